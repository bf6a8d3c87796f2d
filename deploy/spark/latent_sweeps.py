"""The common part of trainings by alternating least squares on Spark. Spark keeps the ratings and sends the factors
of one side to where `latent solve-block` solves blocks of the other."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import numpy as np
from pyspark import RDD
from pyspark.sql import DataFrame, SparkSession
from pyspark.storagelevel import StorageLevel

import latent_blocks as blocks
from latent_checkpoints import Checkpoints, Progress
from latent_factors import Found, Side
from latent_ratings import rows_of_ids
from latent_routed_factors import RoutedFactors, block_number, needed_alone
from latent_shared_factors import BroadcastFactors, FileFactors

# The ways to exchange factors, by name.
EXCHANGES = {kind.name: kind for kind in (BroadcastFactors, FileFactors, RoutedFactors)}
# The sizes of a side in bytes from which these are used by default.
_FILE_FROM, _ROUTES_FROM = 200 << 20, 4 << 30


# Options that may change when a training is resumed.
_ANY = ("program", "checkpoint_every", "exchange")


@dataclass(frozen=True)
class Options:
    """The options of a training. `learning` holds the model's options, by the names of `latent train`."""

    model: str
    factors: int
    sweeps: int
    seed: int
    learning: dict[str, float | str]
    partitions: int
    program: str
    checkpoint_every: int
    # A name in EXCHANGES; None chooses one for each side by its size.
    exchange: str | None = None

    @property
    def identity(self) -> dict:
        """The options that affect the result or the order of summation: all but those of where and by what work is
        done."""
        return {name: value for name, value in asdict(self).items() if name not in _ANY}

    def exchange_of(self, byte_count: int) -> str:
        """Returns how to exchange a side whose factors have this size."""
        by_size = "routes" if byte_count >= _ROUTES_FROM else "file" if byte_count >= _FILE_FROM else "broadcast"
        return self.exchange or by_size


# Builds the request for a side's initial rows, from ids, the first row, and the numbers of ratings.
Start = Callable[[list, int, np.ndarray], blocks.Frame]


@dataclass(frozen=True)
class Half:
    """How to solve a side: the frames sent to each process first, and the request for a block, with its current rows
    if it `needs_rows`."""

    first: list[blocks.Frame]
    question: Callable[[dict, np.ndarray | bytes | None], blocks.Frame]
    needs_rows: bool = False


class Training(ABC):
    """A training on `ratings` (user, item, value), each pair once."""

    # Whether values matter, rather than only the existence of a rating.
    has_values = True
    # The trainer's number in a model's file of frames.
    model_number: int
    # The kind of the frame with solved rows, and the type of the sums after the rows.
    answer: tuple[int, type]

    def __init__(self, spark: SparkSession, ratings: DataFrame, options: Options) -> None:
        self.spark, self.options = spark, options
        self.count = ratings.count()
        self.users, self.items = (self._side(ratings, name) for name in ("user", "item"))
        rated = ratings.join(self.users.ids, "user").join(self.items.ids, "item")
        pairs = (self.users, self.items), (self.items, self.users)
        is_routed = any(isinstance(side.factors, RoutedFactors) for side in (self.users, self.items))
        for own, other in pairs:
            own.pack(rated, other, self.has_values)
            if isinstance(other.factors, RoutedFactors):
                own.ratings = needed_alone(own.ratings)
            if is_routed:
                own.ratings = own.ratings.partitionBy(own.block_count, block_number)
            own.ratings.persist(StorageLevel.MEMORY_AND_DISK)
        for own, other in pairs:
            if isinstance(own.factors, RoutedFactors):
                own.factors.route_to(other)
        self.losses: list[float] = []

    def _side(self, ratings: DataFrame, name: str) -> Side:
        ids, sorted_ids = rows_of_ids(ratings, name)
        count = ids.count()
        side = Side(name, ids, sorted_ids, count, max(1, -(-count // self.options.partitions)), self.numbers)
        side.factors = EXCHANGES[self.options.exchange_of(side.byte_count)](side)
        return side

    @property
    @abstractmethod
    def numbers(self) -> int:
        """The number of values in a row."""

    @property
    @abstractmethod
    def sums_shape(self) -> tuple[int, ...]:
        """The shape of the sums after the rows."""

    @property
    @abstractmethod
    def summary(self) -> str:
        """A description of the model's own parameters."""

    @property
    @abstractmethod
    def facts(self) -> list[float]:
        """The values that a model file needs in addition to the rows."""

    @abstractmethod
    def prepare(self, solver: blocks.Solver) -> None:
        """Computes what all sweeps need."""

    @abstractmethod
    def start(self) -> Start:
        """Returns the builder of requests for the items' initial rows."""

    @abstractmethod
    def half(self, solver: blocks.Solver, own: Side, other: Side) -> Half:
        """Returns how to solve one side for the current state of the other."""

    @abstractmethod
    def loss(self, error: float) -> float:
        """Returns the loss of a sweep, from the sum of the errors measured in its second half."""

    def run(self, checkpoints: Checkpoints | None, progress: Progress | None) -> None:
        """Runs all sweeps, or the remaining ones from `progress`."""
        with blocks.Solver(self.options.program, "solve-block") as solver:
            self.prepare(solver)
            print(
                f"{self.options.model} of {self.count} ratings of {self.users.count} users ({self.users.factors.name}) "
                f"and {self.items.count} items ({self.items.factors.name}), {self.summary}, in "
                f"{self.options.partitions} blocks a side", flush=True)
            if progress:
                self._restore(progress)
                print(f"going on behind sweep {progress.sweeps}", flush=True)
            else:
                self._start()
            started = time.monotonic()
            for sweep in range(progress.sweeps + 1 if progress else 1, self.options.sweeps + 1):
                self._solve(self.half(solver, self.users, self.items), self.users, self.items)
                error = self._solve(self.half(solver, self.items, self.users), self.items, self.users)
                self.losses.append(self.loss(error))
                print(f"sweep {sweep} of {self.options.sweeps}: loss {self.losses[-1]:.6f}, after "
                      f"{time.monotonic() - started:.1f} s", flush=True)
                if checkpoints and sweep < self.options.sweeps and sweep % self.options.checkpoint_every == 0:
                    self._restore(checkpoints.save(self._progress(sweep)))

    @property
    def identity(self) -> dict:
        """What must match, in addition to the ratings, to resume from a checkpoint."""
        return self.options.identity | {
            "count": self.count, "exchanges": [side.factors.name for side in (self.users, self.items)]}

    def close(self) -> None:
        """Unpersists what Spark has cached."""
        for side in (self.users, self.items):
            side.close()

    def _progress(self, sweeps: int) -> Progress:
        sides = {side.name: side for side in (self.users, self.items)}
        return Progress(
            sweeps, {name: side.factors.saved() for name, side in sides.items()},
            {name: side.sums for name, side in sides.items()}, self.losses)

    def _restore(self, progress: Progress) -> None:
        for side in (self.users, self.items):
            side.factors.restore(progress.factors[side.name])
            side.sums = progress.sums[side.name]
        self.losses = progress.losses

    def _start(self) -> None:
        """Initialises the items' factors."""
        with ExitStack() as used:
            elements, ids = self.items.factors.add_ids(self.items.ratings, used)
            start = self.start()
            self._answer(
                elements, self.items, lambda found: [start(ids(found), found.first, found.rating_counts)], used)

    def _solve(self, half: Half, own: Side, other: Side) -> float:
        """Solves a side, which replaces its rows and sums. Returns the error measured."""
        first, question, rows = [b"".join(pieces) for pieces in half.first], half.question, None
        with ExitStack() as used:
            elements, factors = other.factors.send(own.ratings, used)
            if half.needs_rows:
                elements, rows = own.factors.add_rows(elements, used)

            def frames(found: Found) -> list[blocks.Frame]:
                return [first, factors(found), question(found.block, rows(found) if rows else None)]

            error = self._answer(elements, own, frames, used)
        other.factors.settle()
        return error

    def _answer(
        self, elements: RDD, own: Side, frames: Callable[[Found], list[blocks.Frame]], used: ExitStack
    ) -> float:
        """Answers the request for each block of a side, which replaces its rows and sums. Returns the sum of
        errors."""
        program, width, shape, (kind, type_) = self.options.program, own.width, self.sums_shape, self.answer
        size = own.size

        def answers(elements: Iterable[tuple[int, tuple]]) -> Iterator[tuple[int, tuple]]:
            found = Found(elements)
            if found.block is None:
                return
            with blocks.Solver(program, "solve-block", "--threads", "1") as solver:
                answer = solver.ask_one(*frames(found))
            if answer.kind != kind or answer.tag != found.first:
                raise blocks.SolverError("an answer of latent solve-block is to another block")
            rows = answer.array(found.block["rows"], width).tobytes()
            sums = answer.array(*shape, dtype=type_).astype(np.float64)
            yield found.first // size, (found.first, sums, answer.number(2), rows)

        own.sums, error = own.factors.keep(elements.mapPartitions(answers, preservesPartitioning=True), used)
        return error
