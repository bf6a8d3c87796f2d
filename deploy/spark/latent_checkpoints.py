"""Checkpoints of a training on a Hadoop file system."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
from pyspark import RDD, Broadcast
from pyspark.sql import SparkSession, functions as F

from latent_ratings import Folder

# The number of bytes in a chunk.
_BYTES_AT_A_TIME = 1 << 24
# The number of checkpoints kept; older ones are removed when a new one is complete.
_KEPT = 2


def rows_at_a_time(byte_count: int) -> int:
    """Returns the number of rows in a chunk, if a row has `byte_count` bytes."""
    return max(1, _BYTES_AT_A_TIME // byte_count)


@dataclass
class Progress:
    """The state of a training after a number of sweeps: each side's factors and sums, by name. Factors are arrays or,
    if the executors hold them, an RDD of pairs of a first row and the bytes of some rows."""

    sweeps: int
    factors: dict[str, np.ndarray | RDD]
    sums: dict[str, np.ndarray]
    losses: list[float]


class Checkpoints:
    """The checkpoints of a training. Each is a Parquet folder that is valid once Spark has written it completely."""

    def __init__(self, spark: SparkSession, path: str, training: dict) -> None:
        """`training` is the data and options that must match for a checkpoint to be resumed."""
        self._spark = spark
        self._folder = Folder(spark, path)
        self._training = hashlib.sha256(json.dumps(training, sort_keys=True).encode()).hexdigest()[:16]

    def newest(self) -> Progress | None:
        """Returns the newest complete checkpoint of the same training."""
        for name in reversed(self._names()):
            if self._folder.is_complete(name):
                return self._read(name)
        return None

    def save(self, progress: Progress) -> Progress:
        """Writes a checkpoint from all machines in parallel, and returns the state to continue with. Factors held by
        executors are read back from the checkpoint, so that they need not be recomputed when an executor dies."""
        context = self._spark.sparkContext
        name = f"sweep-{progress.sweeps:04}-{self._training}"
        arrays = {f"{side} sums": sums for side, sums in progress.sums.items()}
        arrays |= {side: found for side, found in progress.factors.items() if not isinstance(found, RDD)}
        arrays["losses"] = np.array(progress.losses, np.float64)
        shared: Broadcast = context.broadcast(arrays)
        some = {part: rows_at_a_time(array.nbytes // len(array)) for part, array in arrays.items()}
        pieces = [(part, first) for part, array in arrays.items() for first in range(0, len(array), some[part])]
        shapes = {part: (str(array.dtype), array.shape[1] if array.ndim == 2 else 0) for part, array in arrays.items()}

        def piece(place: tuple[str, int]) -> tuple[str, int, str, int, bytes]:
            part, first = place
            return part, first, *shapes[part], shared.value[part][first:first + some[part]].tobytes()

        rows = context.parallelize(pieces, min(len(pieces), context.defaultParallelism)).map(piece)
        kept = {side: found for side, found in progress.factors.items() if isinstance(found, RDD)}
        for side, found in kept.items():
            rows = rows.union(found.map(lambda piece, side=side: (side, piece[0], "", 0, piece[1])))
        rows.toDF("part string, first long, type string, width int, numbers binary").write.mode(
            "overwrite").parquet(f"{self._folder.path}/{name}")
        shared.destroy()
        for old in self._names()[:-_KEPT]:
            self._folder.remove(old)
        return self._read(name) if kept else progress

    def remove(self) -> None:
        self._folder.remove()

    def _names(self) -> list[str]:
        return [name for name in self._folder.names() if name.endswith(self._training)]

    def _read(self, name: str) -> Progress:
        rows = self._spark.read.parquet(f"{self._folder.path}/{name}")
        parts: dict[str, list[np.ndarray]] = {}
        for row in rows.where("type != ''").sort("part", "first").toLocalIterator():
            numbers = np.frombuffer(row["numbers"], row["type"])
            parts.setdefault(row["part"], []).append(
                numbers.reshape(-1, row["width"]) if row["width"] else numbers)
        whole = {part: np.concatenate(pieces) for part, pieces in parts.items()}
        losses = whole.pop("losses").tolist()
        sums = {part.removesuffix(" sums"): whole.pop(part) for part in list(whole) if part.endswith(" sums")}
        for part in set(sums) - set(whole):
            found = rows.where(F.col("part") == part).select("first", "numbers").rdd
            whole[part] = found.map(lambda row: (row[0], bytes(row[1])))
        return Progress(int(name.split("-")[1]), whole, sums, losses)
