"""The two sides of a training on Spark: ids with their rows, blocks of ratings, and where factors are between halves
of a sweep, which is for subclasses of Factors to say."""

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


# The bytes of sums that the driver takes at once; where there are more, executors add them up first.
SUMS_AT_ONCE = 64 << 20


class Found:
    """What a partition holds: the ratings of one block of rows, and what was routed to it.

    A partition's elements are pairs of the block's number and a tuple whose first is one of these kinds."""

    RATINGS, SENT, ROWS, ID = range(4)

    def __init__(self, elements: Iterable[tuple[int, tuple]]) -> None:
        self.block: dict | None = None
        # Rows of the other side, by the number of the block that they are of.
        self.sent: dict[int, bytes] = {}
        self.rows = b""
        # By their place in the block.
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
    """The number of ratings of each row of a block."""
    return np.diff(np.frombuffer(block["offsets"], np.uint64)).astype(np.uint32)


def rating_values(block: dict) -> np.ndarray:
    """The values of a block's ratings, in double precision."""
    return np.frombuffer(block["values"], np.float32).astype(np.float64)


# Finds in a partition what a block is to be solved with.
Finder = Callable[[Found], object]


@dataclass
class Side:
    """Users or items."""

    name: str
    ids: DataFrame
    # What these are computed from.
    sorted_ids: DataFrame
    count: int
    # Rows of a block, but for the last.
    size: int
    # Numbers of a row.
    numbers: int
    # Elements of kind RATINGS, one a partition; none before `pack`.
    ratings: RDD | None = None
    factors: Factors | None = None
    # Sums over all rows, of which the next half is solved: the Gram matrix, or those of the slope.
    sums: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def width(self) -> int:
        """The numbers of a row, filled up."""
        return blocks.stride(self.numbers)

    @property
    def block_count(self) -> int:
        return -(-self.count // self.size)

    @property
    def byte_count(self) -> int:
        """The bytes of all factors."""
        return 4 * self.width * self.count

    def pack(self, rated: DataFrame, other: Side, has_values: bool) -> None:
        """Makes the blocks of ratings, by the rows of both sides."""
        size = self.size
        rows = packed(rated, self.name, other.name, self.count, size, has_values).rdd
        self.ratings = rows.map(lambda row: (row["first"] // size, (Found.RATINGS, row.asDict())))

    def ids_in_order(self) -> Iterator[int | str]:
        return (row[0] for row in self.ids.toLocalIterator(prefetchPartitions=True))

    def of_blocks(self, function: Callable[[dict], object]) -> list:
        """What a function says of each block, in their order: sums made from it repeat bit for bit."""
        found = self.ratings.map(lambda element: (element[0], function(element[1][1]))).collect()
        return [value for _, value in sorted(found, key=lambda pair: pair[0])]

    def close(self) -> None:
        """Lets go of what Spark keeps."""
        self.factors.close()
        self.ratings.unpersist()
        self.ids.unpersist()
        self.sorted_ids.unpersist()


def _add_up(answers: Iterable[tuple]) -> tuple[np.ndarray, float]:
    """The sums of answers and of their errors, in the order of what they begin with, so that they repeat bit for bit."""
    ordered = sorted(answers, key=lambda answer: answer[0])
    return sum(answer[1] for answer in ordered), sum(answer[2] for answer in ordered)


class Factors(ABC):
    """The factors of a side. What answers `used` is closed when nothing need be computed from it again."""

    # What it is called on the command line.
    name: str

    def __init__(self, side: Side) -> None:
        self.side = side

    @property
    @abstractmethod
    def exist(self) -> bool:
        """Whether any were learned yet."""

    @abstractmethod
    def keep(self, answers: RDD, used: ExitStack) -> tuple[np.ndarray, float]:
        """Takes those that were solved: pairs of a block's number and its first row, sums, error and rows; and what they
        were computed from. Returns their sums, and the sum of errors."""

    @property
    def are_few_sums(self) -> bool:
        """Whether the driver takes the sums of all blocks at once."""
        return 8 * self.side.width**2 * self.side.block_count <= SUMS_AT_ONCE

    def added_up(self, answers: RDD) -> tuple[np.ndarray, float]:
        """The sums of answers, and of their errors, as `keep` has them."""
        sums = answers.mapValues(lambda answer: answer[:3])
        if self.are_few_sums:
            return self.added_up_here(sums.collect())
        group, groups = self._tree
        found = sums.map(lambda pair: (pair[0] // group, pair[1])).groupByKey(groups).mapValues(_add_up).collect()
        return _add_up((key, *pair) for key, pair in found)

    def added_up_here(self, answers: list[tuple[int, tuple]]) -> tuple[np.ndarray, float]:
        """The same of answers that are here."""
        group, _ = self._tree
        groups: dict[int, list[tuple]] = {}
        for number, answer in answers:
            groups.setdefault(number // group, []).append(answer)
        return _add_up((key, *_add_up(found)) for key, found in groups.items())

    @property
    def _tree(self) -> tuple[int, int]:
        """Sums are added up by a tree of two levels: of how many blocks first, and how many such groups there are."""
        group = max(1, math.isqrt(self.side.block_count))
        return group, -(-self.side.block_count // group)

    @abstractmethod
    def turn(self, solver: blocks.Solver, program: str, basis: blocks.Frame) -> None:
        """Turns them into a basis."""

    @abstractmethod
    def send(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        """Has the other side's blocks be solved with them: its elements and what is sent to them, and how a process
        finds the frame that it is to send to its program."""

    def settle(self) -> None:
        """Lets go of what they were before they were turned: the half is over."""

    @abstractmethod
    def add_rows(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        """Has each block of this side find its rows as they stand."""

    @abstractmethod
    def add_ids(self, elements: RDD, used: ExitStack) -> tuple[RDD, Finder]:
        """Has each block of this side find its ids, a list."""

    @abstractmethod
    def in_order(self) -> Iterator[np.ndarray]:
        """The rows of each block."""

    @abstractmethod
    def by_id(self, schema: T.StructType, used: ExitStack) -> DataFrame:
        """Ids and lists of factors, as the two columns of `schema`."""

    @abstractmethod
    def saved(self) -> np.ndarray | RDD:
        """What a checkpoint keeps: all rows, or pairs of a first row and the bytes of some rows."""

    @abstractmethod
    def restore(self, saved: np.ndarray | RDD) -> None:
        """Goes on with what a checkpoint kept."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of what Spark keeps."""
