#!/usr/bin/env python3
"""Learns implicit-als on Spark: Spark keeps the ratings, shuffles and retries; `latent solve-block` does the numbers.

    spark-submit --files /usr/bin/latent --py-files latent_blocks.py latent_train.py \\
        --ratings hdfs:///ratings.parquet --out hdfs:///factors

What is learned is what `latent train --model implicit-als` learns from the same ratings, up to the order of sums.
Factors of users and items are written as Parquet, `OUT/users` and `OUT/items`: id, factors.
"""

import argparse
import math
import os
import sys

import numpy as np
from pyspark import SparkFiles, StorageLevel
from pyspark.sql import SparkSession, functions as F, types as T

import latent_blocks as blocks

# The ids that the driver has the program start from, and the rows that it has turned, at a time.
ROWS_AT_A_TIME = 1 << 18


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratings", required=True, help="a file or folder of ratings, or a jdbc: URL")
    parser.add_argument("--format", choices=("parquet", "csv", "jdbc"), help="what they are (default: by their name)")
    parser.add_argument("--query", help="the query over JDBC (default: latent's own table of ratings)")
    parser.add_argument("--user-column", default="user")
    parser.add_argument("--item-column", default="item")
    parser.add_argument("--value-column", help="of the confidence (default: ratings are all alike)")
    parser.add_argument("--out", required=True, help="the folder to write factors to; it must not exist")
    parser.add_argument("--factors", type=int, default=128)
    parser.add_argument("--sweeps", type=int, default=8)
    parser.add_argument("--alpha", type=float, default=math.nan)
    parser.add_argument("--regularization", type=float, default=math.nan)
    parser.add_argument("--confidence", choices=blocks.CONFIDENCES, default="equal")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--partitions", type=int, help="blocks of each side (default: three a core)")
    parser.add_argument("--latent", default="latent", help="the program: in PATH, a path, or a name of --files")
    options = parser.parse_args()
    if not 1 <= options.factors <= 4096:
        parser.error("--factors must be from 1 to 4096.")
    if not 1 <= options.sweeps <= 1000:
        parser.error("--sweeps must be from 1 to 1000.")
    if options.confidence != "equal" and not options.value_column:
        parser.error(f"--confidence {options.confidence} needs --value-column.")
    return options


def read_ratings(spark, options):
    """user, item, value: each pair once (values of repeats are added up), ids all 64-bit integers or all texts."""
    kind = options.format or (
        "jdbc" if options.ratings.startswith("jdbc:") else "csv" if ".csv" in options.ratings else "parquet")
    if kind == "csv":
        found = spark.read.csv(options.ratings, header=True, inferSchema=True)
    elif kind == "jdbc":
        query = options.query or "select user_id as user, item_id as item, value from latent.rating"
        # One snapshot: another query could see other ratings.
        found = spark.read.jdbc(options.ratings, f"({query}) as ratings", properties={"fetchsize": "10000"})
    else:
        found = spark.read.parquet(options.ratings)

    def id_of(column):
        whole = isinstance(found.schema[column].dataType, (T.ByteType, T.ShortType, T.IntegerType, T.LongType))
        return F.col(column).cast("bigint" if whole else "string")

    value = F.col(options.value_column).cast("float") if options.value_column else F.lit(1.0).cast("float")
    return found.select(
        id_of(options.user_column).alias("user"), id_of(options.item_column).alias("item"), value.alias("value")
    ).where("user is not null and item is not null")


def dense(ratings, column):
    """The ids of a side in order, each with its row: integers by value, texts by their bytes, as in a model file."""
    ids = ratings.select(column).distinct().orderBy(column)
    schema = T.StructType([ids.schema[column], T.StructField(column + "_row", T.LongType(), False)])
    return ids.rdd.zipWithIndex().map(lambda pair: (pair[0][0], pair[1])).toDF(schema).persist(
        StorageLevel.MEMORY_AND_DISK)


class Side:
    """Users or items: their ids, their blocks of ratings, and their rows as they stand, with their Gram matrix."""

    def __init__(self, ids, count):
        self.ids, self.count = ids, count
        self.size, self.lists, self.rows, self.gram = None, None, None, None


def add_up(answers):
    """The sum of the Gram matrices of answers, and of what their ratings add to the error, in the order of their rows."""
    answers = sorted(answers, key=lambda answer: answer[0])
    return sum(answer[2] for answer in answers), sum(answer[3] for answer in answers)


def pack(rated, own, other, count, size, has_values):
    """The ratings of a side as blocks of whole rows: (first row, rows, ratings, offsets, others, values), packed by
    Spark's Python workers, a block a partition."""

    def packed(batches):
        parts = [[batch.column(name).to_numpy() for name in range(3)] for batch in batches if batch.num_rows]
        if not parts:
            return
        rows, others, values = (np.concatenate([part[column] for part in parts]) for column in range(3))
        first = int(rows[0]) // size * size
        width = min(size, count - first)
        offsets = np.searchsorted(rows, np.arange(first, first + width + 1)).astype(np.uint64)
        import pyarrow as pa
        yield pa.RecordBatch.from_arrays(
            [pa.array([first]), pa.array([width]), pa.array([len(rows)]), pa.array([offsets.tobytes()], pa.large_binary()),
             pa.array([others.astype(np.uint32).tobytes()], pa.large_binary()),
             pa.array([values.astype(np.float32).tobytes() if has_values else b""], pa.large_binary())],
            names=["first", "rows", "ratings", "offsets", "others", "values"])

    schema = "first long, rows long, ratings long, offsets binary, others binary, values binary"
    return (
        rated.select(F.col(own + "_row"), F.col(other + "_row"), "value")
        .repartitionById(-(-count // size), (F.col(own + "_row") / size).cast("int"))
        .sortWithinPartitions(own + "_row", other + "_row")
        .mapInArrow(packed, schema))


class Training:
    """A training: its sides, the weights, and a process of the program on the driver."""

    def __init__(self, spark, options):
        self.spark, self.options = spark, options
        self.factors, self.width = options.factors, blocks.stride(options.factors)

    def program(self):
        name = self.options.latent
        return os.path.abspath(name) if os.path.sep in name else name

    def start(self, solver, ids):
        """The rows that items start from, in the order of their ids, and their Gram matrix."""
        rows, gram = [], np.zeros((self.width, self.width))
        for first in range(0, len(ids), ROWS_AT_A_TIME):
            some = ids[first:first + ROWS_AT_A_TIME]
            if isinstance(some[0], str):
                texts = [text.encode() for text in some]
                arrays = (np.cumsum([len(text) for text in texts]).astype(np.uint64), b"".join(texts))
                extra = (1, len(arrays[1]))
            else:
                arrays, extra = (np.array(some, np.int64),), (0, 0)
            answer = solver.ask_one(blocks.frame(
                blocks.START, first, blocks.slots(len(some), self.factors, self.options.seed, *extra), *arrays))
            rows.append(answer.array(len(some), self.width))
            gram += answer.array(self.width, self.width)
        return np.concatenate(rows), gram

    def turn(self, solver, side):
        """Turns a side's rows into the basis in which their Gram matrix is diagonal; that basis as a frame."""
        answer = solver.ask_one(blocks.frame(
            blocks.GRAM, 0, blocks.slots(self.factors), side.gram.astype(np.float32)))
        basis = blocks.frame(
            blocks.BASIS, 0, blocks.slots(self.factors), answer.array(self.factors),
            answer.array(self.factors, self.factors))
        turned = np.empty_like(side.rows)
        starts = range(0, len(side.rows), ROWS_AT_A_TIME)
        frames = [basis] + [
            blocks.frame(
                blocks.TURN, first, blocks.slots(len(side.rows[first:first + ROWS_AT_A_TIME]), self.factors),
                side.rows[first:first + ROWS_AT_A_TIME]) for first in starts]
        for answer in solver.ask(frames, len(starts)):
            first, count = answer.tag, answer.count(0)
            turned[first:first + count] = answer.array(count, self.width)
        side.rows = turned
        return [b"".join(basis)]

    def half(self, solver, own, other, weights):
        """Solves a side for the other one as it stands. Returns what its ratings add to the error."""
        basis = self.turn(solver, other)
        # One copy a machine, which every process there is sent.
        shared = self.spark.sparkContext.broadcast((
            b"".join(basis),
            b"".join(blocks.frame(
                blocks.FACTORS, 0, blocks.slots(len(other.rows), self.factors), other.rows))))
        # Only where rows are solved 64 factors at a time what they were matters.
        before = self.spark.sparkContext.broadcast(own.rows) if self.factors > 64 and own.rows is not None else None
        program, factors, width, count = self.program(), self.factors, self.width, other.count
        alpha, regularization = weights
        confidence = blocks.CONFIDENCES.index(self.options.confidence)

        def solve(found):
            found = list(found)
            if not found:
                return
            path = SparkFiles.get(program)
            with blocks.Solver(path if os.path.exists(path) else program) as solver:
                def frames():
                    yield [shared.value[0]]
                    yield [shared.value[1]]
                    for block in found:
                        arrays = [block["offsets"], block["others"]]
                        if confidence:
                            arrays.append(block["values"])
                        if before is not None:
                            arrays.append(before.value[block["first"]:block["first"] + block["rows"]])
                        yield blocks.frame(
                            blocks.SOLVE, block["first"],
                            blocks.slots(
                                block["rows"], factors, block["ratings"], count, alpha, regularization, confidence,
                                1 if before is None else 3), *arrays)
                for block, answer in zip(found, solver.ask(frames(), len(found)), strict=True):
                    if answer.kind != blocks.SOLVED or answer.tag != block["first"]:
                        raise blocks.SolverError("an answer of latent solve-block is to another block")
                    rows = answer.array(block["rows"], width)
                    gram = answer.array(width, width)
                    yield answer.tag, rows.tobytes(), gram.astype(np.float64), answer.number(2)

        answers = own.lists.mapPartitions(solve).persist(StorageLevel.MEMORY_AND_DISK)
        # By a tree of two levels, whose sums are in the order of the blocks, so that results repeat bit for bit.
        group = max(1, math.isqrt(own.lists.getNumPartitions())) * own.size
        sums = answers.map(lambda answer: (answer[0] // group, (answer[0], None, *answer[2:]))).groupByKey().mapValues(add_up).sortByKey()
        own.gram, gain = add_up((0, None, *pair) for _, pair in sums.collect())
        solved = np.empty((own.count, width), np.float32)
        for first, rows, _, _ in answers.toLocalIterator():
            block = np.frombuffer(rows, np.float32).reshape(-1, width)
            solved[first:first + len(block)] = block
        own.rows = solved
        answers.unpersist()
        shared.destroy()
        if before is not None:
            before.destroy()
        return gain

    def run(self):
        options = self.options
        ratings = read_ratings(self.spark, options)
        ratings = ratings.groupBy("user", "item").agg(F.sum("value").cast("float").alias("value"))
        ratings = ratings.persist(StorageLevel.MEMORY_AND_DISK)
        if ratings.where("isnan(value) or abs(value) = double('infinity') or value is null or value < 0").limit(1).count():
            raise SystemExit("error: a value is below 0 or no number: it is no confidence. Leave it out.")
        users, items = (Side(ids, ids.count()) for ids in (dense(ratings, "user"), dense(ratings, "item")))
        if not users.count:
            raise SystemExit("error: there are no ratings.")
        partitions = options.partitions or 3 * self.spark.sparkContext.defaultParallelism
        rated = ratings.join(users.ids, "user").join(items.ids, "item").select("user_row", "item_row", "value")
        for side, own, other in ((users, "user", "item"), (items, "item", "user")):
            side.size = max(1, -(-side.count // partitions))
            packed = pack(rated, own, other, side.count, side.size, options.confidence != "equal")
            side.lists = packed.rdd.persist(StorageLevel.MEMORY_AND_DISK)
        weight = {"equal": F.lit(1.0), "value": F.col("value").cast("double"), "log": F.log1p("value")}
        count, total = ratings.agg(F.count("*"), F.sum(weight[options.confidence])).first()
        with blocks.Solver(self.program()) as solver:
            answer = solver.ask_one(blocks.frame(
                blocks.WEIGHTS, 0,
                blocks.slots(users.count, items.count, count, self.factors, float(total), options.alpha,
                             options.regularization)))
            weights = answer.number(5), answer.number(6)
            print(f"implicit-als of {count} ratings of {users.count} users and {items.count} items, alpha "
                  f"{weights[0]:.6g}, regularization {weights[1]:.6g}, in {partitions} blocks a side", flush=True)
            items.rows, items.gram = self.start(solver, [row[0] for row in items.ids.orderBy("item_row").toLocalIterator()])
            for sweep in range(options.sweeps):
                self.half(solver, users, items, weights)
                gain = self.half(solver, items, users, weights)
                # The users' Gram matrix is diagonal in the basis that they are in.
                diagonal = np.einsum("ij,ij->j", users.rows.astype(np.float64), users.rows.astype(np.float64))
                loss = (gain + float(diagonal @ np.diag(items.gram))) / count
                print(f"sweep {sweep + 1} of {options.sweeps}: loss {loss:.6f}", flush=True)
        for side, name in ((users, "user"), (items, "item")):
            self.write(side, name)

    def write(self, side, name):
        """id and factors of a side, as Parquet."""
        rows, factors = self.spark.sparkContext.broadcast(side.rows), self.factors
        schema = T.StructType([
            side.ids.schema[name], T.StructField("factors", T.ArrayType(T.FloatType(), False), False)])
        (side.ids.rdd.map(lambda pair: (pair[0], rows.value[pair[1], :factors].tolist())).toDF(schema)
         .withColumnRenamed(name, "id").write.parquet(f"{self.options.out}/{name}s"))
        rows.destroy()


def main():
    options = arguments()
    spark = SparkSession.builder.appName("latent").getOrCreate()
    try:
        Training(spark, options).run()
    except blocks.SolverError as error:
        sys.exit(f"error: {error}")
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
