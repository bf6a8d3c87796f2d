"""What trainings by alternating least squares have in common on Spark: it keeps the ratings, broadcasts one side and
has `latent solve-block` solve blocks of the other."""

import contextlib
import math
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from pyspark import RDD, Broadcast, SparkFiles
from pyspark.sql import DataFrame, SparkSession
from pyspark.storagelevel import StorageLevel

import latent_blocks as blocks
from latent_checkpoints import Checkpoints, Progress
from latent_ratings import packed, rows_of_ids

# The rows that the driver sends to the program of its own at a time.
ROWS_AT_A_TIME = 1 << 18


@dataclass(frozen=True)
class Options:
    """What trainings are told. Numbers of `learning` are options of the model, by the names of `latent train`."""

    model: str
    factors: int
    sweeps: int
    seed: int
    learning: dict[str, float | str]
    partitions: int
    program: str
    checkpoint_every: int
    # Of so many bytes on a side is a file on each machine, which all processes there map.
    mapped_from: int = 200 << 20


@dataclass
class Side:
    """Users or items: ids with their rows, blocks of ratings, and what was learned."""

    name: str
    ids: DataFrame
    count: int
    size: int
    lists: RDD | None = None
    learned: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    # Sums over all rows, of which the next half is solved: the Gram matrix, or those of the slope.
    sums: np.ndarray = field(default_factory=lambda: np.empty(0))

    def ids_in_order(self) -> Iterator[int | str]:
        return (row[0] for row in self.ids.toLocalIterator(prefetchPartitions=True))

    def blocks_in_order(self) -> Iterator:
        return self.lists.toLocalIterator(prefetchPartitions=True)

    def rating_counts(self) -> np.ndarray:
        """The number of ratings of each row."""
        def counted(block):  # noqa: ANN001, ANN202
            return np.diff(np.frombuffer(block["offsets"], np.uint64)).astype(np.uint32).tobytes()

        return np.frombuffer(b"".join(self.lists.map(counted).collect()), np.uint32)


@dataclass(frozen=True)
class Half:
    """How a side is solved: what each process is sent first, and then of the other side; what it is asked for a block
    (with its rows as they stand), and how its answer is read: a kind of frame and the shape and type of its sums."""

    first: list[blocks.Frame]
    others: blocks.Frame
    question: Callable[[dict, np.ndarray | None], blocks.Frame]
    answer: int
    sums: tuple[tuple[int, ...], type]
    sends_rows: bool


def _add_up(answers):  # noqa: ANN001, ANN202 (row, sums, error)
    """The sums of answers and of their errors, in the order of rows."""
    answers = sorted(answers, key=lambda answer: answer[0])
    return sum(answer[1] for answer in answers), sum(answer[2] for answer in answers)


def _mapped(shared: Broadcast, digest: bytes) -> blocks.Frame:
    """Names the file of this executor that holds a frame; the first process that needs it writes it, under another
    name until it is whole, and removes earlier ones."""
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


class Training(ABC):
    """A training on `ratings` (user, item, value), each pair once."""

    # Whether values matter, or only that there is a rating.
    has_values = True

    def __init__(self, spark: SparkSession, ratings: DataFrame, options: Options) -> None:
        self.spark, self.options = spark, options
        self.count = ratings.count()
        self.users, self.items = (self._side(ratings, name) for name in ("user", "item"))
        rated = ratings.join(self.users.ids, "user").join(self.items.ids, "item")
        for own, other in ((self.users, self.items), (self.items, self.users)):
            own.lists = packed(rated, own.name, other.name, own.count, own.size, self.has_values)
        self.losses: list[float] = []

    def _side(self, ratings: DataFrame, name: str) -> Side:
        ids = rows_of_ids(ratings, name)
        count = ids.count()
        return Side(name, ids, count, max(1, -(-count // self.options.partitions)))

    @property
    @abstractmethod
    def numbers(self) -> int:
        """The numbers of a row."""

    @property
    def width(self) -> int:
        """The same, filled up."""
        return blocks.stride(self.numbers)

    @property
    @abstractmethod
    def summary(self) -> str:
        """What is special to the model, for people."""

    @property
    @abstractmethod
    def facts(self) -> list[float]:
        """The numbers that a model file needs beside rows."""

    @abstractmethod
    def prepare(self, solver: blocks.Solver) -> None:
        """Finds out what all sweeps need."""

    @abstractmethod
    def start_frame(self, ids: list, first: int) -> blocks.Frame:
        """Asks for the rows that items start from: some, beginning with row `first`."""

    @abstractmethod
    def half(self, solver: blocks.Solver, own: Side, other: Side) -> Half:
        """How a side is solved for the other one as it stands."""

    @abstractmethod
    def loss(self, error: float) -> float:
        """The loss of a sweep, from the sum of errors measured in its second half."""

    def run(self, checkpoints: Checkpoints | None, progress: Progress | None) -> None:
        """All sweeps, or those that are left from `progress`."""
        with blocks.Solver(self.options.program, "solve-block") as solver:
            self.prepare(solver)
            print(
                f"{self.options.model} of {self.count} ratings of {self.users.count} users and {self.items.count} "
                f"items, {self.summary}, in {self.options.partitions} blocks a side", flush=True)
            done = self._go_on(progress) if progress else self._start(solver)
            for sweep in range(done + 1, self.options.sweeps + 1):
                self._solve(self.half(solver, self.users, self.items), self.users)
                error = self._solve(self.half(solver, self.items, self.users), self.items)
                self.losses.append(self.loss(error))
                print(f"sweep {sweep} of {self.options.sweeps}: loss {self.losses[-1]:.6f}", flush=True)
                if checkpoints and sweep < self.options.sweeps and sweep % self.options.checkpoint_every == 0:
                    checkpoints.save(Progress(sweep, self._learned(), self.losses))

    def close(self) -> None:
        """Lets go of what Spark keeps."""
        for side in (self.users, self.items):
            side.lists.unpersist()
            side.ids.unpersist()

    def _learned(self) -> dict[str, np.ndarray]:
        return {"users": self.users.learned, "items": self.items.learned,
                "user sums": self.users.sums, "item sums": self.items.sums}

    def _go_on(self, progress: Progress) -> int:
        self.users.learned, self.items.learned = progress.learned["users"], progress.learned["items"]
        self.users.sums, self.items.sums = progress.learned["user sums"], progress.learned["item sums"]
        self.losses = progress.losses
        print(f"going on behind sweep {progress.sweeps}", flush=True)
        return progress.sweeps

    def _start(self, solver: blocks.Solver) -> int:
        """Has items be what a training starts from."""
        ids = list(self.items.ids_in_order())
        rows, sums = [], []
        for first in range(0, len(ids), ROWS_AT_A_TIME):
            some = ids[first:first + ROWS_AT_A_TIME]
            answer = solver.ask_one(self.start_frame(some, first))
            rows.append(answer.array(len(some), self.width))
            sums.append(self._start_sums(answer))
        self.items.learned, self.items.sums = np.concatenate(rows), sum(sums)
        return 0

    @abstractmethod
    def _start_sums(self, answer: blocks.Answer) -> np.ndarray:
        """The sums of rows that were started, behind them in the answer."""

    def _solve(self, half: Half, own: Side) -> float:
        """Solves a side: its rows and sums are new. Returns the error that was measured."""
        context, width, program = self.spark.sparkContext, self.width, self.options.program
        question, kind, (shape, type_) = half.question, half.answer, half.sums
        first = [b"".join(pieces) for pieces in half.first]
        # One copy a machine, which every process there is sent or maps.
        shared = context.broadcast([b"".join(half.others)])
        digest = half.others[0][32:64] if sum(map(len, half.others)) >= self.options.mapped_from else None
        before = context.broadcast(own.learned) if half.sends_rows else None

        def solve(found):  # noqa: ANN001, ANN202
            found = list(found)
            if not found:
                return

            def frames():  # noqa: ANN202
                yield first
                yield shared.value if digest is None else _mapped(shared, digest)
                for block in found:
                    row = block["first"]
                    yield question(block, None if before is None else before.value[row:row + block["rows"]])

            with blocks.Solver(program, "solve-block", "--threads", "1") as solver:
                for block, answer in zip(found, solver.ask(frames(), len(found)), strict=True):
                    if answer.kind != kind or answer.tag != block["first"]:
                        raise blocks.SolverError("an answer of latent solve-block is to another block")
                    rows = answer.array(block["rows"], width).tobytes()
                    yield answer.tag, answer.array(*shape, dtype=type_).astype(np.float64), answer.number(2), rows

        answers = own.lists.mapPartitions(solve).persist(StorageLevel.MEMORY_AND_DISK)
        # By a tree of two levels, whose sums are in the order of the rows, so that results repeat bit for bit.
        group = max(1, math.isqrt(own.lists.getNumPartitions())) * own.size
        sums = answers.map(lambda answer: (answer[0] // group, answer[:3])).groupByKey().mapValues(_add_up)
        own.sums, error = _add_up((key, *pair) for key, pair in sums.collect())
        learned = np.empty((own.count, width), np.float32)
        for row, _, _, numbers in answers.toLocalIterator(prefetchPartitions=True):
            block = np.frombuffer(numbers, np.float32).reshape(-1, width)
            learned[row:row + len(block)] = block
        own.learned = learned
        answers.unpersist()
        shared.destroy()
        if before is not None:
            before.destroy()
        return error
