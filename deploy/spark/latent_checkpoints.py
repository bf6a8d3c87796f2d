"""What a training has learned so far, kept on a file system of Hadoop's."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
from pyspark import Broadcast
from pyspark.sql import SparkSession

from latent_ratings import Folder

# The rows that are written as one.
_ROWS_AT_A_TIME = 1 << 16
# Earlier ones go when a new one is complete.
_KEPT = 2


@dataclass
class Progress:
    """What a training has learned after some sweeps, by name."""

    sweeps: int
    learned: dict[str, np.ndarray]
    losses: list[float]


class Checkpoints:
    """The checkpoints of one training, each a folder of Parquet that counts once Spark has written it to its end."""

    def __init__(self, spark: SparkSession, path: str, training: dict) -> None:
        """`training` is what must be the same to go on from one: data and options."""
        self._spark = spark
        self._folder = Folder(spark, path)
        self._training = hashlib.sha256(json.dumps(training, sort_keys=True).encode()).hexdigest()[:16]

    def newest(self) -> Progress | None:
        """The newest that is complete and of the same training."""
        for name in reversed(self._names()):
            if self._folder.is_complete(name):
                return self._read(name)
        return None

    def save(self, progress: Progress) -> None:
        """Writes one, from all machines at once."""
        context = self._spark.sparkContext
        name = f"sweep-{progress.sweeps:04}-{self._training}"
        arrays = progress.learned | {"losses": np.array(progress.losses, np.float64)}
        shared: Broadcast = context.broadcast(arrays)
        pieces = [(part, first) for part, array in arrays.items() for first in range(0, len(array), _ROWS_AT_A_TIME)]
        shapes = {part: (str(array.dtype), array.shape[1] if array.ndim == 2 else 0) for part, array in arrays.items()}

        def piece(place: tuple[str, int]) -> tuple[str, int, str, int, bytes]:
            part, first = place
            return part, first, *shapes[part], shared.value[part][first:first + _ROWS_AT_A_TIME].tobytes()

        rows = context.parallelize(pieces, min(len(pieces), context.defaultParallelism)).map(piece)
        rows.toDF("part string, first long, type string, width int, numbers binary").write.mode(
            "overwrite").parquet(f"{self._folder.path}/{name}")
        shared.destroy()
        for old in self._names()[:-_KEPT]:
            self._folder.remove(old)

    def remove(self) -> None:
        self._folder.remove()

    def _names(self) -> list[str]:
        return [name for name in self._folder.names() if name.endswith(self._training)]

    def _read(self, name: str) -> Progress:
        rows = self._spark.read.parquet(f"{self._folder.path}/{name}").sort("part", "first")
        parts: dict[str, list[np.ndarray]] = {}
        for row in rows.toLocalIterator():
            numbers = np.frombuffer(row["numbers"], row["type"])
            parts.setdefault(row["part"], []).append(
                numbers.reshape(-1, row["width"]) if row["width"] else numbers)
        whole = {part: np.concatenate(pieces) for part, pieces in parts.items()}
        losses = whole.pop("losses").tolist()
        return Progress(int(name.split("-")[1]), whole, losses)
