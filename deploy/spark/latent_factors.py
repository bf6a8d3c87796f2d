"""The two sides of a training on Spark: ids with their rows, blocks of ratings, and the factors. Subclasses of
Factors decide where the factors are kept between the halves of a sweep."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
from pyspark import RDD
from pyspark.sql import DataFrame, types as T

import latent_blocks as blocks
from latent_ratings import packed


# The number of bytes of sums that the driver collects at once; if there are more, executors add them up first.
SUMS_AT_ONCE = 64 << 20


class Found:
    """The contents of a partition: the ratings of one block of rows, and what was routed to it.

    A partition's elements are pairs of the block's number and a tuple that begins with one of these kinds.
    """

    RATINGS, SENT, ROWS, ID = range(4)

    def __init__(self, elements: Iterable[tuple[int, tuple]]) -> None:
        self.block: dict | None = None
        # Rows of the other side, by the number of their block.
        self.sent: dict[int, bytes] = {}
        self.rows = b""
        # By position in the block.
        self.ids: dict[int, int | str] = {}
        for _, (kind, *found) in elements:
            if kind == Found.RATINGS:
                (self.block,) = found
            elif kind == Found.SENT:
                self.sent[found[0]] = found[1]
            elif kind == Found.ROWS:
                (self.rows,) = found
            else:
                self.ids[found[0]] = found[1]

    @property
    def first(self) -> int:
        return self.block["first"]

    @property
    def end(self) -> int:
        return self.block["first"] + self.block["rows"]

    @property
    def rating_counts(self) -> np.ndarray:
        """The number of ratings of each row."""
        return rating_counts(self.block)


def rating_counts(block: dict) -> np.ndarray:
    """Returns the number of ratings of each row of a block."""
    return np.diff(np.frombuffer(block["offsets"], np.uint64)).astype(np.uint32)


def rating_values(block: dict) -> np.ndarray:
    """Returns the values of a block's ratings, in double precision."""
    return np.frombuffer(block["values"], np.float32).astype(np.float64)


# Extracts from a partition an input for solving its block.
Finder = Callable[[Found], object]


@dataclass
class Side:
    """Users or items."""

    name: str
    ids: DataFrame
    # The DataFrame from which `ids` are computed.
    sorted_ids: DataFrame
    count: int
    # The number of rows in each block but the last.
    size: int
    # The number of values in a row.
    numbers: int
    # Elements of kind RATINGS, one per partition; None before `pack`.
    ratings: RDD | None = None
    factors: Factors | None = None
    # Sums over all rows, from which the next half is solved: the Gram matrix, or the sums of the slope.
    sums: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def width(self) -> int:
        """The padded number of values in a row."""
        return blocks.stride(self.numbers)

    @property
    def block_count(self) -> int:
        return -(-self.count // self.size)

    @property
    def byte_count(self) -> int:
        """The size of all factors in bytes."""
        return 4 * self.width * self.count

    def pack(self, rated: DataFrame, other: Side, has_values: bool) -> None:
        """Builds the blocks of ratings, by the row numbers of both sides."""
        size = self.size
        rows = packed(rated, self.name, other.name, self.count, size, has_values).rdd
        self.ratings = rows.map(lambda row: (row["first"] // size, (Found.RATINGS, row.asDict())))

    def ids_in_order(self) -> Iterator[int | str]:
        return (row[0] for row in self.ids.toLocalIterator(prefetchPartitions=True))

    def of_blocks(self, function: Callable[[dict], object]) -> list:
        """Returns the results of a function for each block, in block order, so that their sums are reproducible bit
        for bit."""
        found = self.ratings.map(lambda element: (element[0], function(element[1][1]))).collect()
        return [value for _, value in sorted(found, key=lambda pair: pair[0])]

    def close(self) -> None:
        """Unpersists what Spark has cached."""
        self.factors.close()
        self.ratings.unpersist()
        self.ids.unpersist()
        self.sorted_ids.unpersist()


def _add_up(answers: Iterable[tuple]) -> tuple[np.ndarray, float]:
    """Adds up the sums of answers and their errors in the order of their first elements, so that the result is
    reproducible bit for bit."""
    ordered = sorted(answers, key=lambda answer: answer[0])
    return sum(answer[1] for answer in ordered), sum(answer[2] for answer in ordered)


class Factors(ABC):
    """The factors of a side. Resources in `used` are closed when nothing computed from them needs recomputing any
    more."""

    # The name on the command line.
    name: str

    def __init__(self, side: Side) -> None:
        self.side = side

    @property
    @abstractmethod
    def exist(self) -> bool:
        """Whether there are any factors yet."""

    @abstractmethod
    def keep(self, answers: RDD, used: ExitStack) -> tuple[np.ndarray, float]:
        """Stores solved factors: pairs of a block's number and its first row, sums, error and rows; `used` are the
        resources they were computed from. Returns the total of the sums and of the errors."""

    @property
    def are_few_sums(self) -> bool:
        """Whether the driver collects the sums of all blocks at once."""
        return 8 * self.side.width**2 * self.side.block_count <= SUMS_AT_ONCE

    def added_up(self, answers: RDD) -> tuple[np.ndarray, float]:
        """Returns the total of the sums and of the errors of answers in the form of `keep`."""
        sums = answers.mapValues(lambda answer: answer[:3])
        if self.are_few_sums:
            return self.added_up_here(sums.collect())
        group, groups = self._tree
        found = sums.map(lambda pair: (pair[0] // group, pair[1])).groupByKey(groups).mapValues(_add_up).collect()
        return _add_up((key, *pair) for key, pair in found)

    def added_up_here(self, answers: list[tuple[int, tuple]]) -> tuple[np.ndarray, float]:
        """Does the same for answers on the driver."""
        group, _ = self._tree
        groups: dict[int, list[tuple]] = {}
        for number, answer in answers:
            groups.setdefault(number // group, []).append(answer)
        return _add_up((key, *_add_up(found)) for key, found in groups.items())

    @property
    def _tree(self) -> tuple[int, int]:
        """The shape of the two-level tree by which sums are added up: the number of blocks in a group, and of
        groups."""
        group = max(1, math.isqrt(self.side.block_count))
        return group, -(-self.side.block_count // group)

    @abstractmethod
    def turn(self, solver: blocks.Solver, program: str, basis: blocks.Frame) -> None:
        """Transforms the factors to a basis."""

    @abstractmethod
    def send(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        """Provides the factors to the other side's blocks. Returns its elements with those sent to them, and a finder
        of the frame that a process sends to its program."""

    def settle(self) -> None:
        """Releases the factors from before `turn` at the end of a half."""

    @abstractmethod
    def add_rows(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        """Provides each block of this side with its current rows."""

    @abstractmethod
    def add_ids(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        """Provides each block of this side with the list of its ids."""

    @abstractmethod
    def in_order(self) -> Iterator[np.ndarray]:
        """Yields the rows of each block."""

    @abstractmethod
    def by_id(self, schema: T.StructType, used: ExitStack) -> DataFrame:
        """Returns ids and lists of factors, as the two columns of `schema`."""

    @abstractmethod
    def saved(self) -> np.ndarray | RDD:
        """Returns the factors for a checkpoint: all rows, or pairs of a first row and the bytes of some rows."""

    @abstractmethod
    def restore(self, saved: np.ndarray | RDD) -> None:
        """Restores the factors from a checkpoint."""

    @abstractmethod
    def close(self) -> None:
        """Unpersists what Spark has cached."""
