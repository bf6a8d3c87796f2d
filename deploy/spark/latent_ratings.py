"""Ratings on Spark: sources, row numbers for ids, hold-out splits, and blocks for the program."""

import os
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession, functions as F, types as T
from pyspark.storagelevel import StorageLevel

_WHOLE = (T.ByteType, T.ShortType, T.IntegerType, T.LongType)
_REPEATS = {"sum": "sum(value)", "count": "count(*)", "max": "max(value)", "mean": "mean(value)",
            "newest": "max_by(value, struct(time, value))"}
REPEATS = ("error", *_REPEATS)
# The limit of a store.
_ID_BYTES = 1024
# The constants of RatingHashes in Latent's Split.swift, as signed 64-bit integers.
_GOLDEN, _FIRST, _SECOND = (
    constant - (1 << 64) for constant in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_SIGN, _FNV_START, _FNV_PRIME = -(1 << 63), np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


class RatingsError(RuntimeError):
    """An error that ratings can't be used for training, with a remedy."""


# MARK: Where ratings come from


@dataclass(frozen=True)
class Source:
    """A source of ratings: a file or folder, or a jdbc: URL with a query, and the column names."""

    place: str
    form: str
    query: str
    user: str
    item: str
    value: str | None
    time: str | None
    repeats: str

    @staticmethod
    def form_of(place: str) -> str:
        """Infers the format from the name."""
        return "jdbc" if place.startswith("jdbc:") else "csv" if ".csv" in place else "parquet"

    def read(self, spark: SparkSession, copy: str | None, share: float = 0, seed: int = 0) -> DataFrame:
        """Reads user, item, value and, if a share is held out, `held`: each pair once, cached by Spark. Ids are
        64-bit integers if all are, else texts. Ratings from a database are first copied to the folder `copy` with a
        single query, because another query could see other ratings."""
        found = self._found(spark, copy)
        value = F.expr(f"try_cast({_quoted(self.value)} as float)") if self.value else F.lit(1.0).cast("float")
        time = F.expr(_seconds(found, self.time) if self.time else "null")
        chosen = found.select(
            F.col(_quoted(self.user)).alias("user"), F.col(_quoted(self.item)).alias("item"), value.alias("value"),
            time.alias("time"))
        for side in ("user", "item"):
            chosen = chosen.withColumn(side, _identifier(chosen, side, is_text=self.form == "csv"))
        return self._once(chosen, share, seed)

    def users(self, spark: SparkSession) -> DataFrame:
        """Reads user: each once."""
        found = self._found(spark, None).select(F.col(_quoted(self.user)).alias("user"))
        found = found.where("user is not null").distinct()
        return found.select(_identifier(found, "user", is_text=self.form == "csv").alias("user"))

    def _found(self, spark: SparkSession, copy: str | None) -> DataFrame:
        """Reads all columns. Raises an error if one is missing."""
        if self.form == "csv":
            found = spark.read.csv(self.place, header=True, mode="FAILFAST", escape='"')
        elif self.form == "jdbc":
            self._copy(spark, copy)
            found = spark.read.parquet(copy)
        else:
            found = spark.read.parquet(self.place)
        missing = [name for name in (self.user, self.item, self.value, self.time)
                   if name and name not in found.columns]
        if missing:
            raise RatingsError(
                f"{self._shown}: there is no column {', '.join(missing)} among {', '.join(found.columns)}. "
                "Name them by --user-column, --item-column, --value-column and --time-column.")
        return found

    @property
    def _shown(self) -> str:
        """The place without its query, which may contain a password."""
        return self.place.partition("?")[0]

    def _copy(self, spark: SparkSession, folder: str | None) -> None:
        if folder is None:
            raise RatingsError("Ratings from a database need --work: a folder that all machines see.")
        if Folder(spark, folder).is_complete():
            return
        properties = {"driver": "org.postgresql.Driver", "fetchsize": "10000"}
        if password := os.environ.get("PGPASSWORD"):
            properties["password"] = password
        query = spark.read.jdbc(self.place, f"({self.query}) as ratings", properties=properties)
        query.write.mode("overwrite").parquet(folder)

    def _once(self, ratings: DataFrame, share: float, seed: int) -> DataFrame:
        """Merges repeated pairs. Raises errors for values that are missing or not numbers."""
        rule = _REPEATS.get(self.repeats, "max(value)")
        # Aggregates are shuffled for each pair, so only what can be wrong is computed.
        untimed = F.expr("count_if(time is null)") if self.repeats == "newest" else F.lit(0)
        is_number = "isnotnull(value) and not isnan(value) and abs(value) < double('infinity')"
        once = ratings.groupBy("user", "item").agg(
            F.expr(rule).cast("float").alias("value"), F.count("*").alias("times"), untimed.alias("untimed"),
            (F.expr(f"count_if(not ({is_number}))") if self.value else F.lit(0)).alias("bad"))
        if share:
            once = held_out(once, share, seed)
        once = once.persist(StorageLevel.MEMORY_AND_DISK)
        is_bad = " or ".join(
            f"{side} is null or not octet_length(cast({side} as string)) between 1 and {_ID_BYTES}"
            for side in ("user", "item"))
        count, repeated, bad, untimed, misnamed = once.agg(
            F.count("*"), F.count_if(F.col("times") > 1), F.sum("bad"),
            F.expr("count_if(times > 1 and untimed > 0)"), F.expr(f"count_if({is_bad})")).first()
        if not count:
            raise RatingsError(f"{self._shown}: there are no ratings.")
        if bad:
            raise RatingsError(f"{self._shown}: {bad} values are not numbers. Leave them out, or name another column.")
        if misnamed:
            raise RatingsError(
                f"{self._shown}: {misnamed} ratings have no user or no item, or one whose id is longer than {_ID_BYTES} "
                "bytes. Leave them out.")
        if untimed and self.repeats == "newest":
            raise RatingsError(
                f"{self._shown}: of {untimed} pairs with several ratings one has no time in {self.time}. Leave these out, "
                "or choose another --repeats.")
        if repeated and self.repeats == "error":
            raise RatingsError(
                f"{self._shown}: {repeated} pairs of a user and an item have several ratings. Say what becomes of "
                "them: --repeats newest (with --time-column), sum, count, max or mean.")
        return once.drop("times", "untimed", "bad")


def _quoted(column: str) -> str:
    """Quotes a column's name for Spark."""
    return "`" + column.replace("`", "``") + "`"


def _seconds(ratings: DataFrame, column: str) -> str:
    """Returns an expression that converts a column of numbers, times, or texts of either to seconds."""
    name = _quoted(column)
    if isinstance(ratings.schema[column].dataType, (T.DateType, T.TimestampNTZType)):
        return f"cast(cast({name} as timestamp) as double)"
    return f"coalesce(try_cast({name} as double), try_cast(try_cast({name} as timestamp) as double))"


def _identifier(ratings: DataFrame, side: str, is_text: bool) -> Column:
    """Returns the column of ids as 64-bit integers or texts. Texts from a CSV file become integers if all are in
    plain form, as in `latent import`."""
    if isinstance(ratings.schema[side].dataType, _WHOLE):
        return F.col(side).cast("bigint")
    text = F.col(side).cast("string")
    if not is_text:
        return text
    number = F.expr(f"try_cast({side} as bigint)")
    others = ratings.where(number.isNull() | (number.cast("string") != text)).limit(1).count()
    return text if others else number


class Folder:
    """A folder on a Hadoop file system."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        self.path = path
        self._hadoop = spark.sparkContext._jvm.org.apache.hadoop.fs
        self._system = self._hadoop.Path(path).getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())

    def _at(self, name: str):  # noqa: ANN202 (a path of the JVM's)
        return self._hadoop.Path(self.path, name) if name else self._hadoop.Path(self.path)

    def exists(self) -> bool:
        return self._system.exists(self._at(""))

    def is_complete(self, name: str = "") -> bool:
        """Returns whether Spark has completely written the folder, or the subfolder of that name."""
        return self._system.exists(self._at(f"{name}/_SUCCESS" if name else "_SUCCESS"))

    def names(self) -> list[str]:
        if not self.exists():
            return []
        return sorted(status.getPath().getName() for status in self._system.listStatus(self._at("")))

    def remove(self, name: str = "") -> None:
        self._system.delete(self._at(name), True)


# MARK: What is held out


def _mixed(value: Column) -> Column:
    """Computes `mixed` of Split.swift; integers wrap around."""
    value = value + F.lit(_GOLDEN)
    value = value.bitwiseXOR(F.shiftrightunsigned(value, 30)) * F.lit(_FIRST)
    value = value.bitwiseXOR(F.shiftrightunsigned(value, 27)) * F.lit(_SECOND)
    return value.bitwiseXOR(F.shiftrightunsigned(value, 31))


def _signed(value: int) -> int:
    return (value & (1 << 64) - 1) - (1 << 64 if value >> 63 & 1 else 0)


def _mixed_number(value: int) -> int:
    """Does the same for a single number."""
    mask = (1 << 64) - 1
    value = (value + _GOLDEN) & mask
    value = (value ^ value >> 30) * _FIRST & mask
    value = (value ^ value >> 27) * _SECOND & mask
    return value ^ value >> 31


@F.pandas_udf(T.LongType())
def _fnv(texts: pd.Series, bases: pd.Series) -> pd.Series:
    """Computes FNV-1a over the bytes of each text, starting from its base, one byte of all texts at a time."""
    array = pa.array(texts, pa.large_string())
    ends = np.frombuffer(array.buffers()[1], np.int64)[: len(array) + 1]
    data = np.frombuffer(array.buffers()[2], np.uint8) if ends[-1] else np.empty(0, np.uint8)
    lengths = np.diff(ends)
    hashes = bases.to_numpy(np.int64).view(np.uint64) ^ _FNV_START
    for place in range(int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > place)
        hashes[longer] = (hashes[longer] ^ data[ends[longer] + place]) * _FNV_PRIME
    return pd.Series(hashes.view(np.int64))


def held_out(ratings: DataFrame, share: float, seed: int) -> DataFrame:
    """Adds a column `held` to `ratings`: those that `latent train --split random:SHARE` holds out, by the same hash
    of the seed and the two ids."""
    base = _mixed_number(seed)

    def hashed(side: str, base: int) -> Column:
        base = F.lit(_signed(base)).cast("bigint")
        if isinstance(ratings.schema[side].dataType, T.LongType):
            return _mixed(F.col(side).bitwiseXOR(base))
        return _mixed(_fnv(F.col(side), base))

    both = _mixed(hashed("user", base) + F.lit(_GOLDEN) * hashed("item", ~base))
    # Flipping the highest bit makes signed comparison order the bits as unsigned numbers.
    bound = _signed(int(share * 2.0**64) ^ 1 << 63)
    return ratings.withColumn("held", both.bitwiseXOR(F.lit(_SIGN)) < F.lit(bound))


# MARK: Rows and blocks


def rows_of_ids(ratings: DataFrame, column: str) -> tuple[DataFrame, DataFrame]:
    """Returns the ids of a side with row numbers in sorted order, integers by value, texts by their bytes, as in a
    model file; and the DataFrame they are computed from. Both are cached until they are unpersisted, in this
    order."""
    ids = ratings.select(column).distinct().sort(column).persist(StorageLevel.MEMORY_AND_DISK)
    counts = dict(ids.groupBy(F.spark_partition_id()).count().collect())
    firsts, sum_ = {}, 0
    for partition in sorted(counts):
        firsts[partition] = sum_
        sum_ += counts[partition]
    schema = T.StructType([ids.schema[column], T.StructField(f"{column}_row", T.LongType(), False)])

    def numbered(batches):  # noqa: ANN001, ANN202 (record batches of Arrow)
        from pyspark import TaskContext

        first = firsts.get(TaskContext.get().partitionId(), 0)
        for batch in batches:
            yield pa.RecordBatch.from_arrays(
                [batch.column(0), pa.array(np.arange(first, first + batch.num_rows))], schema.names)
            first += batch.num_rows

    return ids.mapInArrow(numbered, schema).persist(StorageLevel.MEMORY_AND_DISK), ids


def packed(rated: DataFrame, own: str, other: str, count: int, size: int, has_values: bool) -> DataFrame:
    """Packs the ratings of a side into blocks of whole rows, a block per partition, of `size` rows each but the last:
    `first` row, `rows`, `ratings`, and as bytes `offsets`, `others`, `values`. Sorts them, so that results are
    reproducible."""

    def pack(batches):  # noqa: ANN001, ANN202 (record batches of Arrow)
        parts = [[column.to_numpy() for column in batch.columns] for batch in batches if batch.num_rows]
        if not parts:
            return
        first, width, *arrays = sorted_block(*map(np.concatenate, zip(*parts, strict=True)), count=count, size=size)
        yield pa.RecordBatch.from_arrays(
            [pa.array([first]), pa.array([width]), pa.array([len(arrays[1])])]
            + [pa.array([array.tobytes()], pa.binary()) for array in arrays],
            names=["first", "rows", "ratings", "offsets", "others", "values"])

    schema = "first long, rows long, ratings long, offsets binary, others binary, values binary"
    # Both row numbers in one integer halve the data that Spark shuffles, and are sorted here in a tenth of Spark's
    # time.
    pair = F.shiftleft(F.col(f"{own}_row"), 32).bitwiseOR(F.col(f"{other}_row")).alias("pair")
    return (
        rated.select(pair, *(["value"] if has_values else []))
        .repartitionById(-(-count // size), (F.shiftrightunsigned("pair", 32) / size).cast("int"))
        .mapInArrow(pack, schema))


def sorted_block(
    pairs: np.ndarray, values: np.ndarray | None = None, *, count: int, size: int
) -> tuple[int, int, np.ndarray, np.ndarray, np.ndarray]:
    """Builds a block of a side of `count` rows from its pairs in any order. A pair is its own row times 2^32 plus the
    other row. Returns the first row, the number of rows, the offsets of each row's ratings with a final total, the
    other rows, and the values."""
    pairs = pairs.view(np.uint64)
    if values is None:
        pairs, values = np.sort(pairs), np.empty(0, np.float32)
    else:
        order = np.argsort(pairs)
        pairs, values = pairs[order], values[order].astype(np.float32)
    rows = (pairs >> 32).astype(np.int64)
    first = int(rows[0]) // size * size
    width = min(size, count - first)
    offsets = np.searchsorted(rows, np.arange(first, first + width + 1)).astype(np.uint64)
    return first, width, offsets, pairs.astype(np.uint32), values
