#!/usr/bin/env python3
"""Tests of the jobs and of deploy/spark/bench that do not need Spark to run. Run by deploy/spark/test."""

import contextlib
import dataclasses
import io
import math
import os
import tempfile
import types
import unittest

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException

import latent_job
import bench
from bench import Compared, Measured, comparison
from growth import Size, fitted, report
from latent_blocks import SolverError
from latent_ratings import RatingsError, sorted_block
from latent_sweeps import Options, Training

_OPTIONS = Options(
    "als", 16, 8, 0, {"regularization": 0.1, "user-damping": math.nan}, 4, "latent", 2, "routes")
# Messages of Spark and Py4J as observed.
_STAGE = """An error occurred while calling o91.collectToPython.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times, most recent \
failure: Lost task 0.3 in stage 3.0 (TID 9) (127.0.0.1 executor 0): org.apache.spark.api.python.PythonException: \
Traceback (most recent call last):
  File "/spark/python/lib/pyspark.zip/pyspark/worker.py", line 2044, in main
    process()
latent_blocks.SolverError: the solve frame with tag 6: it ends after 10 bytes.

\tat org.apache.spark.api.python.BasePythonRunner.handlePythonException(PythonRunner.scala:581)
\tat java.base/java.lang.Thread.run(Thread.java:840)

Driver stacktrace:
\tat org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages(DAGScheduler.scala:2856)
Caused by: org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "/spark/python/lib/pyspark.zip/pyspark/worker.py", line 2044, in main
latent_blocks.SolverError: the solve frame with tag 6: it ends after 10 bytes.
\t... 1 more
"""
_DATABASE = """An error occurred while calling o40.jdbc.
: org.postgresql.util.PSQLException: Connection to localhost:1 refused.
\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:352)
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: java.net.ConnectException: Connection refused
\t... 30 more
"""
_DISK = """An error occurred while calling o12.count.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 1 in stage 0.0 failed 4 times, most recent \
failure: Lost task 1.3 in stage 0.0 (TID 4) (host executor driver): java.io.IOException: No space left on device
\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)

Driver stacktrace:
\tat org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages(DAGScheduler.scala:2856)
Caused by: java.io.IOException: No space left on device
\t... 30 more
"""
_MEMORY = """An error occurred while calling o12.count.
: java.lang.OutOfMemoryError: Java heap space
\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)
"""


class Errors(unittest.TestCase):
    """Tests of error messages."""

    def test_told(self) -> None:
        for error, said in (
                (SolverError("there is no program x"), "there is no program x"),
                (RatingsError("x.csv: there are no ratings."), "x.csv: there are no ratings."),
                (FileNotFoundError(2, "No such file", "x"), "[Errno 2] No such file: 'x'"),
                (Py4JError(_STAGE), "the solve frame with tag 6: it ends after 10 bytes."),
                (Py4JError(_DATABASE), "PSQLException: Connection to localhost:1 refused. (ConnectException: Connection refused)"),
                (Py4JError(_DISK), "IOException: No space left on device"),
                (Py4JError(_MEMORY), "OutOfMemoryError: Java heap space"),
                (AnalysisException("[PATH_NOT_FOUND] Path does not exist: file:/x.\nmore"),
                 "[PATH_NOT_FOUND] Path does not exist: file:/x."),
                (Py4JError(""), "Py4JError")):
            self.assertEqual(latent_job.told(error), said)

    def test_exit_code(self) -> None:
        def failing() -> int:
            raise Py4JError(_STAGE)

        with contextlib.redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(latent_job.exit_code(failing), 1)
        self.assertEqual(errors.getvalue(), "error: the solve frame with tag 6: it ends after 10 bytes.\n")
        self.assertEqual(latent_job.exit_code(lambda: 3), 3)
        # A bug of the job itself is not hidden.
        with self.assertRaises(KeyError):
            latent_job.exit_code(lambda: {}["x"])


class Identity(unittest.TestCase):
    """Tests of which trainings can be resumed."""

    def test_options(self) -> None:
        others = {
            "model": "x", "factors": 17, "sweeps": 4, "seed": 1, "learning": {"regularization": 0.2}, "partitions": 5,
            "program": "/x", "checkpoint_every": 3, "exchange": None}
        self.assertEqual(set(others), {field.name for field in dataclasses.fields(Options)})
        for name, value in others.items():
            may_change = name in ("program", "checkpoint_every", "exchange")
            self.assertEqual(
                dataclasses.replace(_OPTIONS, **{name: value}).identity == _OPTIONS.identity, may_change, name)

    def test_training(self) -> None:
        def identity(sweeps: int, count: int, exchange: str) -> dict:
            side = types.SimpleNamespace(factors=types.SimpleNamespace(name=exchange))
            return Training.identity.fget(types.SimpleNamespace(
                options=dataclasses.replace(_OPTIONS, sweeps=sweeps), count=count, users=side, items=side))

        one = identity(8, 100, "routes")
        self.assertEqual(one, identity(8, 100, "routes"))
        for other in (identity(4, 100, "routes"), identity(8, 99, "routes"), identity(8, 100, "file")):
            self.assertNotEqual(one, other)


class Blocks(unittest.TestCase):
    """Tests of the blocks that are solved at once."""

    def test_sorted_block(self) -> None:
        # The last two of 10 rows, in blocks of 4. The other rows include the greatest 32-bit number; one row has no
        # ratings.
        ratings = [(9, 5, 0.5), (8, (1 << 32) - 1, 1.5), (8, 7, 2.5)]
        pairs = np.array([row << 32 | other for row, other, _ in ratings], np.int64)
        values = np.array([value for *_, value in ratings], np.float32)
        first, width, offsets, others, found = sorted_block(pairs, values, count=10, size=4)
        self.assertEqual((first, width, offsets.tolist()), (8, 2, [0, 2, 3]))
        self.assertEqual((others.tolist(), found.tolist()), ([7, (1 << 32) - 1, 5], [2.5, 1.5, 0.5]))
        self.assertEqual([str(array.dtype) for array in (offsets, others, found)], ["uint64", "uint32", "float32"])
        # Own rows of 31 bits and more, whose pairs are negative as they arrive; without values.
        top = (1 << 32) - 4
        pairs = np.array([top + 2 << 32 | 3, top << 32 | 1, top << 32], np.uint64).view(np.int64)
        first, width, offsets, others, found = sorted_block(pairs, count=1 << 32, size=4)
        self.assertEqual((first, width, offsets.tolist()), (top, 4, [0, 2, 2, 3, 3]))
        self.assertEqual((others.tolist(), len(found)), ([0, 1, 3], 0))


class Tables(unittest.TestCase):
    """Tests of the output of deploy/spark/bench."""

    _SIZE = Size(15_999_873, 333_333, 38_765, 64, 8, 6)

    def test_ndcg(self) -> None:
        with tempfile.TemporaryDirectory() as work:
            def write(name: str, **columns: list) -> None:
                os.makedirs(os.path.dirname(f"{work}/{name}"), exist_ok=True)
                parquet.write_table(pa.table(columns), f"{work}/{name}.parquet")

            # Each user likes either the even or the odd items. Item 6 scores higher than the others, item 4 higher
            # still. Each user has rated two items of their kind, which are left out.
            kinds, items = [[1.0, 0.0], [0.0, 1.0]], [[1.0 - item % 2, item % 2] for item in range(24)]
            items[4], items[6] = [3.0, 0.0], [2.0, 0.0]
            write("ratings", user=[0, 0, 1, 1], item=[0, 2, 1, 3])
            write("held", user=[0, 0, 1, 9], item=[4, 6, 4, 4])
            write("x/users/part", id=[1, 0], factors=[kinds[1], kinds[0]])
            write("x/items/part", id=list(range(24)), factors=items)
            found = bench.ndcg(work, f"{work}/x")
            self.assertEqual(set(found), {0, 1})
            self.assertAlmostEqual(found[0], 1)
            self.assertEqual(found[1], 0)
            self.assertAlmostEqual(bench.mean(found), 0.5)

    def test_comparison(self) -> None:
        def job(seconds: float, processor: float, name: str, ndcg: list[float]) -> Compared:
            said = f"learned in {seconds - 12:.1f} s (reading 1.0, served 2.0), shuffled {int(9e6 * seconds)} bytes"
            return Compared(name, Measured(seconds, processor, 12_345_678_901, said), dict(enumerate(ndcg)))

        lines = comparison(
            job(1234.5, 2222.2, "Latent on Spark", [0.25, 0.5, 0.25, 0.0]),
            job(12345.6, 22222.2, "Spark's ALS", [0.25, 0.25, 0.0, 0.0]))
        self.assertLessEqual(max(map(len, lines)), 80)
        text = "\n".join(lines)
        for words in ("1234.5", "22222.2", "Spark's / ours", "10.00", "12346", "0.2500", "0.1250",
                      "more NDCG@10 of ours: 0.1250 +- 0.0722 (standard error), by 4 users"):
            self.assertIn(words, text)
        columns = {tuple(line.index(word) + len(word) for word in words) for line, words in (
            (lines[0], ("wall s", "NDCG@10")), (lines[1], ("1234.5", "0.2500")), (lines[2], ("12345.6", "0.1250")))}
        self.assertEqual(len(columns), 1)

    def test_as_ours(self) -> None:
        # The effective regularization of a mean user's row is the same.
        mean = self._SIZE.ratings / self._SIZE.users
        ours = bench.as_ours(8, 48, self._SIZE)
        self.assertAlmostEqual(ours * (self._SIZE.items + 48 * mean), 8 * mean)

    def test_tries(self) -> None:
        lines = bench.tries([0.03, 0.22, 1.0], [1.00797, 4.03], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
        self.assertEqual([line.split()[-2:] for line in lines[1:]],
                         [["0.1000", "0.2000"], ["0.3000", "0.4000"], ["0.5000", "0.6000"]])
        self.assertEqual({len(line) for line in lines}, {len(lines[0])})
        self.assertEqual(bench.numbers("0.1,3"), [0.1, 3.0])
        for text in ("", "1,x", "0", "nan", "1,1"):
            with self.assertRaises(ValueError):
                bench.numbers(text)

    def test_growth(self) -> None:
        measured = Measured(2345.6, 44444.4, 12_345_678_901, "learned in 2333.1 s, shuffled 999999999999 bytes")
        rows = [bench.growth_title(), bench.growth_row(Size(80_000_000, 1_333_333, 72_345, 128, 8, 600), measured)]
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        self.assertLessEqual(len(rows[0]), 80)
        self.assertEqual(len(rows[1].split()), len(rows[0].replace("processor s", "s").replace(" MB", "").split()))

    def test_fit(self) -> None:
        sizes = [Size(count, count // 60, 100 + count // 500, *others) for count, *others in (
            (100_000, 16, 4, 4), (200_000, 16, 4, 4), (400_000, 16, 4, 4), (100_000, 32, 4, 4), (100_000, 64, 4, 4),
            (100_000, 16, 8, 4), (100_000, 16, 4, 12), (300_000, 32, 6, 8), (500_000, 64, 2, 4), (800_000, 32, 8, 8))]

        def needs(size: Size) -> dict[str, float]:
            return {"processor s": 20 + 1e-5 * size.ratings + 1e-9 * size.sweeps * size.ratings * size.width**2,
                    "shuffled MB": 1 + 3e-5 * size.ratings, "memory MB": 900 + 2e-4 * size.ratings}

        with contextlib.redirect_stdout(io.StringIO()) as printed:
            report([(size, needs(size)) for size in sizes], self._SIZE)
        text = printed.getvalue()
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        self.assertEqual(text.count("within 0%"), 3)
        for name, wanted in needs(sizes[-1]).items():
            self.assertIn(f"{wanted:.4g}, measured {wanted:.4g}", text, name)
        for wanted in needs(self._SIZE).values():
            self.assertIn(f"the job below, extrapolated: {wanted:.4g}", text)
        # Weights are never negative, whatever the data.
        falling = fitted(np.array([[1.0, 1], [1, 2], [1, 3]]), np.array([3.0, 2, 1]))
        self.assertTrue((falling >= 0).all())


if __name__ == "__main__":
    unittest.main()
