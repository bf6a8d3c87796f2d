"""Ratings by Spark: where they come from, rows for ids, what is held out, and blocks for the program."""

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
# As a store has it.
_ID_BYTES = 1024
# What RatingHashes of Latent's Split.swift mixes with, as 64-bit integers with a sign.
_GOLDEN, _FIRST, _SECOND = (
    constant - (1 << 64) for constant in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_SIGN, _FNV_START, _FNV_PRIME = -(1 << 63), np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


class RatingsError(RuntimeError):
    """Ratings that no model is learned from, with what to do about it."""


# MARK: Where ratings come from


@dataclass(frozen=True)
class Source:
    """Where ratings are: a file or folder, or a jdbc: URL with a query, and the names of their columns."""

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
        """What is there, by its name."""
        return "jdbc" if place.startswith("jdbc:") else "csv" if ".csv" in place else "parquet"

    def read(self, spark: SparkSession, copy: str | None, share: float = 0, seed: int = 0) -> DataFrame:
        """user, item, value and, where a share is held out, `held`: each pair once, kept by Spark. Ids are 64-bit
        integers where all are, else texts. What comes from a database is first written to the folder `copy`, from one
        query: another one could see other ratings."""
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
        """user: each once."""
        found = self._found(spark, None).select(F.col(_quoted(self.user)).alias("user"))
        found = found.where("user is not null").distinct()
        return found.select(_identifier(found, "user", is_text=self.form == "csv").alias("user"))

    def _found(self, spark: SparkSession, copy: str | None) -> DataFrame:
        """What is there, all columns. Throws where one is missing."""
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
        """The place without what could be a password."""
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
        """Each pair once; errors where a value is missing or is no number."""
        rule = _REPEATS.get(self.repeats, "max(value)")
        # What is asked of each pair is moved for each: no more than can be wrong.
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
            raise RatingsError(f"{self._shown}: {bad} values are no numbers. Leave them out, or name another column.")
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
    """The name of a column, whatever it holds, for Spark."""
    return "`" + column.replace("`", "``") + "`"


def _seconds(ratings: DataFrame, column: str) -> str:
    """A column of numbers, of times, or of texts of either, as seconds."""
    name = _quoted(column)
    if isinstance(ratings.schema[column].dataType, (T.DateType, T.TimestampNTZType)):
        return f"cast(cast({name} as timestamp) as double)"
    return f"coalesce(try_cast({name} as double), try_cast(try_cast({name} as timestamp) as double))"


def _identifier(ratings: DataFrame, side: str, is_text: bool) -> Column:
    """The column of ids as 64-bit integers or as texts. Texts of a CSV file are integers where all are written as
    such, as `latent import` has it."""
    if isinstance(ratings.schema[side].dataType, _WHOLE):
        return F.col(side).cast("bigint")
    text = F.col(side).cast("string")
    if not is_text:
        return text
    number = F.expr(f"try_cast({side} as bigint)")
    others = ratings.where(number.isNull() | (number.cast("string") != text)).limit(1).count()
    return text if others else number


class Folder:
    """A folder on a file system of Hadoop's."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        self.path = path
        self._hadoop = spark.sparkContext._jvm.org.apache.hadoop.fs
        self._system = self._hadoop.Path(path).getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())

    def _at(self, name: str):  # noqa: ANN202 (a path of the JVM's)
        return self._hadoop.Path(self.path, name) if name else self._hadoop.Path(self.path)

    def exists(self) -> bool:
        return self._system.exists(self._at(""))

    def is_complete(self, name: str = "") -> bool:
        """Whether Spark has written the folder, or the one of that name in it, to its end."""
        return self._system.exists(self._at(f"{name}/_SUCCESS" if name else "_SUCCESS"))

    def names(self) -> list[str]:
        if not self.exists():
            return []
        return sorted(status.getPath().getName() for status in self._system.listStatus(self._at("")))

    def remove(self, name: str = "") -> None:
        self._system.delete(self._at(name), True)


# MARK: What is held out


def _mixed(value: Column) -> Column:
    """`mixed` of Split.swift; integers wrap."""
    value = value + F.lit(_GOLDEN)
    value = value.bitwiseXOR(F.shiftrightunsigned(value, 30)) * F.lit(_FIRST)
    value = value.bitwiseXOR(F.shiftrightunsigned(value, 27)) * F.lit(_SECOND)
    return value.bitwiseXOR(F.shiftrightunsigned(value, 31))


def _signed(value: int) -> int:
    return (value & (1 << 64) - 1) - (1 << 64 if value >> 63 & 1 else 0)


def _mixed_number(value: int) -> int:
    """The same of one number."""
    mask = (1 << 64) - 1
    value = (value + _GOLDEN) & mask
    value = (value ^ value >> 30) * _FIRST & mask
    value = (value ^ value >> 27) * _SECOND & mask
    return value ^ value >> 31


@F.pandas_udf(T.LongType())
def _fnv(texts: pd.Series, bases: pd.Series) -> pd.Series:
    """FNV-1a over the bytes of each text, started from its base: a byte of all texts at a time."""
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
    """`ratings` with a column `held`: what `--split random:SHARE` of `latent train` holds out, by the same hash of
    the seed and the two ids."""
    base = _mixed_number(seed)

    def hashed(side: str, base: int) -> Column:
        base = F.lit(_signed(base)).cast("bigint")
        if isinstance(ratings.schema[side].dataType, T.LongType):
            return _mixed(F.col(side).bitwiseXOR(base))
        return _mixed(_fnv(F.col(side), base))

    both = _mixed(hashed("user", base) + F.lit(_GOLDEN) * hashed("item", ~base))
    # Bits compare as numbers without a sign where the highest is turned over.
    bound = _signed(int(share * 2.0**64) ^ 1 << 63)
    return ratings.withColumn("held", both.bitwiseXOR(F.lit(_SIGN)) < F.lit(bound))


# MARK: Rows and blocks


def rows_of_ids(ratings: DataFrame, column: str) -> tuple[DataFrame, DataFrame]:
    """The ids of a side in their order, each with its row: integers by value, texts by their bytes, as in a model file;
    and what they are computed from. Spark keeps both until they are let go of, in this order."""
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
    """The ratings of a side as blocks of whole rows, a block a partition, `size` rows each but the last: `first`
    row, `rows`, `ratings`, and as bytes `offsets`, `others`, `values`; sorted, so that results repeat."""

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
    # Both rows in one number: half of what Spark would move otherwise, and sorted here in a tenth of its time.
    pair = F.shiftleft(F.col(f"{own}_row"), 32).bitwiseOR(F.col(f"{other}_row")).alias("pair")
    return (
        rated.select(pair, *(["value"] if has_values else []))
        .repartitionById(-(-count // size), (F.shiftrightunsigned("pair", 32) / size).cast("int"))
        .mapInArrow(pack, schema))


def sorted_block(
    pairs: np.ndarray, values: np.ndarray | None = None, *, count: int, size: int
) -> tuple[int, int, np.ndarray, np.ndarray, np.ndarray]:
    """A block of a side of `count` rows, from its pairs in any order, each the own row times 2^32 and the other one: its
    first row, how many it has, where the ratings of each begin and at last their number, the others, and values."""
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
