"""Factors that the driver holds and sends to all machines in full: by a broadcast, or by a file on each machine that
its processes map into memory."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import numpy as np
import pyarrow as pa
from pyspark import RDD, Broadcast, SparkFiles
from pyspark.sql import DataFrame, types as T
from pyspark.storagelevel import StorageLevel

import latent_blocks as blocks
from latent_factors import Factors, Finder, Found, Side


# The number of bytes of rows that the driver collects at once.
_ROWS_AT_ONCE = 256 << 20


class BroadcastFactors(Factors):
    """Factors of which each process is sent a full copy."""

    name = "broadcast"
    is_file = False

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        self.array = np.empty((0, side.width), np.float32)

    @property
    def exist(self) -> bool:
        return len(self.array) > 0

    def keep(self, answers: RDD, used: ExitStack) -> tuple[np.ndarray, float]:
        learned = np.empty((self.side.count, self.side.width), np.float32)
        # Either one job, or one for the sums and one for each block.
        is_at_once = not self.is_file and self.are_few_sums and self.side.byte_count <= _ROWS_AT_ONCE
        if is_at_once:
            found = answers.collect()
            sums = self.added_up_here(found)
        else:
            answers.persist(StorageLevel.MEMORY_AND_DISK)
            sums = self.added_up(answers)
            found = answers.toLocalIterator(prefetchPartitions=True)
        for _, (first, _, _, rows) in found:
            block = np.frombuffer(rows, np.float32).reshape(-1, self.side.width)
            learned[first:first + len(block)] = block
        self.array = learned
        if not is_at_once:
            answers.unpersist()
        used.close()
        return sums

    def turn(self, solver: blocks.Solver, program: str, basis: blocks.Frame) -> None:
        turned = np.empty_like(self.array)
        # Block by block, as executors do for routed factors: sums in a matrix product may depend on the number of
        # rows.
        size = self.side.size
        starts = range(0, len(turned), size)

        def frames() -> Iterator[blocks.Frame]:
            yield basis
            for first in starts:
                rows = self.array[first:first + size]
                yield blocks.frame(blocks.TURN, first, blocks.slots(len(rows), self.side.numbers), rows)

        for answer in solver.ask(frames(), len(starts)):
            first, count = answer.tag, answer.count(0)
            turned[first:first + count] = answer.array(count, self.side.width)
        self.array = turned

    def send(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        frame = blocks.frame(blocks.FACTORS, 0, blocks.slots(self.side.count, self.side.numbers), self.array)
        shared = elements.context.broadcast([b"".join(frame)])
        used.callback(shared.destroy)
        digest = frame[0][32:64] if self.is_file else None
        return elements, lambda found: shared.value if digest is None else _mapped(shared, digest)

    def add_rows(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        return _sliced(self.array, elements, used)

    def add_ids(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        return _sliced(list(self.side.ids_in_order()), elements, used)

    def in_order(self) -> Iterator[np.ndarray]:
        return (self.array[first:first + self.side.size] for first in range(0, self.side.count, self.side.size))

    def by_id(self, schema: T.StructType, used: ExitStack) -> DataFrame:
        rows, numbers, names = self.side.ratings.context.broadcast(self.array), self.side.numbers, schema.names
        used.callback(rows.destroy)

        def listed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                found = rows.value[batch.column(1).to_numpy(), :numbers]
                ends = pa.array(np.arange(len(found) + 1, dtype=np.int32) * np.int32(numbers))
                lists = pa.ListArray.from_arrays(ends, pa.array(found.reshape(-1)))
                yield pa.RecordBatch.from_arrays([batch.column(0), lists], names)

        return self.side.ids.mapInArrow(listed, schema)

    def saved(self) -> np.ndarray:
        return self.array

    def restore(self, saved: np.ndarray) -> None:
        self.array = saved

    def close(self) -> None:
        pass


class FileFactors(BroadcastFactors):
    """Factors in one file per machine, which all processes there map into memory."""

    name = "file"
    is_file = True


def _sliced(values: np.ndarray | list, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
    """Provides each block with its slice of values on the driver."""
    shared = elements.context.broadcast(values)
    used.callback(shared.destroy)
    return elements, lambda found: shared.value[found.first:found.end]


def _mapped(shared: Broadcast, digest: bytes) -> blocks.Frame:
    """Returns a reference to this executor's file of a frame. The first process that needs the file writes it, under
    another name until it is complete, and removes older ones."""
    folder = SparkFiles.getRootDirectory()
    name = f"factors-{digest.hex()}.frame"
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.writelines(shared.value)
        os.replace(file.name, path)
        for other in os.listdir(folder):
            if other.startswith("factors-") and other != name:
                with contextlib.suppress(FileNotFoundError):
                    os.remove(os.path.join(folder, other))
    return blocks.file_frame(path, digest)
