"""Factors that stay on the executors, a block per partition. Each block of the other side is sent only the rows that
it has ratings with. These are determined once, in `routes`."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import numpy as np
from pyspark import RDD
from pyspark.sql import DataFrame, types as T
from pyspark.storagelevel import StorageLevel

import latent_blocks as blocks
from latent_checkpoints import rows_at_a_time
from latent_factors import Factors, Finder, Found, Side


def block_number(number: int) -> int:
    """Returns the partition of a block. Always the same function, so that Spark recognises data that is already
    partitioned by it and leaves it in place."""
    return number


def needed_alone(ratings: RDD) -> RDD:
    """Returns blocks of ratings whose `others` are positions in `needed`: the rows that the block needs,
    ascending."""

    def needed(element: tuple[int, tuple]) -> tuple[int, tuple]:
        number, (kind, block) = element
        rows, places = np.unique(np.frombuffer(block["others"], np.uint32), return_inverse=True)
        return number, (kind, block | {"others": places.astype(np.uint32).tobytes(), "needed": rows.tobytes()})

    return ratings.map(needed)


def rated(block: dict) -> bytes | np.ndarray:
    """Returns the rows of the other side that a block has ratings with."""
    if "needed" not in block:
        return block["others"]
    return np.frombuffer(block["needed"], np.uint32)[np.frombuffer(block["others"], np.uint32)]


def _routes(own: Side, other: Side) -> RDD:
    """Returns, in the partition of each block of `own`, which of its rows each block of `other` needs: pairs of its
    number, and the other block's number with 32-bit row positions."""
    size = own.size

    def routes(element: tuple[int, tuple]) -> Iterator[tuple[int, tuple[int, bytes]]]:
        number, (_, block) = element
        needed = np.frombuffer(block["needed"], np.uint32)
        sources, begins = np.unique(needed // np.uint32(size), return_index=True)
        for source, rows in zip(sources.tolist(), np.split(needed, begins[1:]), strict=True):
            yield source, (number, (rows - np.uint32(source * size)).tobytes())

    routes = other.ratings.flatMap(routes).partitionBy(own.block_count, block_number)
    return routes.persist(StorageLevel.MEMORY_AND_DISK)


class RoutedFactors(Factors):
    """Factors whose partitions hold pairs of a block's number and a tuple of kind ROWS."""

    name = "routes"

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        self._rows: RDD | None = None
        # The cached RDDs of these rows, and of the previous ones.
        self._kept: list[RDD] = []
        self._used = ExitStack()
        self._routes: RDD | None = None

    def route_to(self, other: Side) -> None:
        """Determines which rows the blocks of `other` need; these must be packed, with `needed`."""
        self._routes = _routes(self.side, other)

    @property
    def exist(self) -> bool:
        return self._rows is not None

    def keep(self, answers: RDD, used: ExitStack) -> tuple[np.ndarray, float]:
        answers.persist(StorageLevel.MEMORY_AND_DISK)
        sums = self.added_up(answers)
        # If an executor dies, rows are recomputed from the last checkpoint on.
        self._used.push(used.pop_all())
        self._forget(self._kept)
        self._kept = [answers]
        self._rows = answers.mapValues(lambda answer: (Found.ROWS, answer[3]))
        return sums

    def turn(self, solver: blocks.Solver, program: str, basis: blocks.Frame) -> None:
        width, numbers, sent = self.side.width, self.side.numbers, [b"".join(basis)]

        def turned(elements: Iterable[tuple[int, tuple]]) -> Iterator[tuple[int, tuple]]:
            for number, (kind, rows) in elements:
                count = len(rows) // (4 * width)
                question = blocks.frame(blocks.TURN, number, blocks.slots(count, numbers), rows)
                with blocks.Solver(program, "solve-block", "--threads", "1") as solver:
                    answer = solver.ask_one(sent, question)
                yield number, (kind, answer.array(count, width).tobytes())

        turned = self._rows.mapPartitions(turned, preservesPartitioning=True)
        self._rows = turned.persist(StorageLevel.MEMORY_AND_DISK)
        self._kept.append(turned)

    def send(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        width, numbers = self.side.width, self.side.numbers

        def routed(elements: Iterable[tuple[int, tuple]]) -> Iterator[tuple[int, tuple]]:
            rows = None
            for number, (target, found) in elements:
                if rows is None:  # They come first.
                    rows = np.frombuffer(found, np.float32).reshape(-1, width)
                else:
                    yield target, (Found.SENT, number, rows[np.frombuffer(found, np.uint32)].tobytes())

        sent = self._rows.union(self._routes).mapPartitions(routed)

        def frame(found: Found) -> blocks.Frame:
            rows = [found.sent[number] for number in sorted(found.sent)]
            count = sum(map(len, rows)) // (4 * width)
            return blocks.frame(blocks.FACTORS, 0, blocks.slots(count, numbers), *rows)

        return elements.union(sent.partitionBy(elements.getNumPartitions(), block_number)), frame

    def settle(self) -> None:
        self._forget(self._kept[:-1])

    def add_rows(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        return elements.union(self._rows), lambda found: found.rows

    def add_ids(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        return elements.union(self._ids()), lambda found: [found.ids[place] for place in range(len(found.ids))]

    def in_order(self) -> Iterator[np.ndarray]:
        for _, (_, rows) in self._rows.toLocalIterator(prefetchPartitions=True):
            yield np.frombuffer(rows, np.float32).reshape(-1, self.side.width)

    def by_id(self, schema: T.StructType, used: ExitStack) -> DataFrame:
        width, numbers = self.side.width, self.side.numbers

        def pairs(elements: Iterable[tuple[int, tuple]]) -> Iterator[tuple]:
            found = Found(elements)
            rows = np.frombuffer(found.rows, np.float32).reshape(-1, width)
            return ((id_, rows[place, :numbers].tolist()) for place, id_ in found.ids.items())

        return self._ids().union(self._rows).mapPartitions(pairs).toDF(schema)

    def saved(self) -> RDD:
        size, row = self.side.size, 4 * self.side.width
        some = rows_at_a_time(row)

        def pieces(element: tuple[int, tuple]) -> Iterator[tuple[int, bytes]]:
            number, (_, rows) = element
            for first in range(0, len(rows) // row, some):
                yield number * size + first, rows[first * row:(first + some) * row]

        return self._rows.flatMap(pieces)

    def restore(self, saved: RDD) -> None:
        size = self.side.size

        def whole(pieces: Iterable[tuple[int, tuple[int, bytes]]]) -> Iterator[tuple[int, tuple]]:
            sorted_ = sorted((piece for _, piece in pieces), key=lambda piece: piece[0])
            yield sorted_[0][0] // size, (Found.ROWS, b"".join(rows for _, rows in sorted_))

        pairs = saved.map(lambda piece: (piece[0] // size, piece)).partitionBy(self.side.block_count, block_number)
        rows = pairs.mapPartitions(whole, preservesPartitioning=True).persist(StorageLevel.MEMORY_AND_DISK)
        rows.count()
        self._forget(self._kept)
        self._rows, self._kept = rows, [rows]
        self._used.close()

    def close(self) -> None:
        self._forget(self._kept)
        self._used.close()
        if self._routes is not None:
            self._routes.unpersist()

    def _ids(self) -> RDD:
        """Returns elements of kind ID."""
        size = self.side.size
        pairs = self.side.ids.rdd.map(lambda pair: (pair[1] // size, (Found.ID, pair[1] % size, pair[0])))
        return pairs.partitionBy(self.side.block_count, block_number)

    def _forget(self, kept: list[RDD]) -> None:
        for rdd in list(kept):
            rdd.unpersist()
            self._kept.remove(rdd)
