"""implicit-als on Spark."""

import math

import numpy as np

import latent_blocks as blocks
from latent_ratings import weight_sum
from latent_sweeps import ROWS_AT_A_TIME, Half, Side, Training


class ImplicitALS(Training):
    """Options: alpha and regularization, not a number (NaN) where they follow from the data, and confidence."""

    def __init__(self, spark, ratings, options) -> None:  # noqa: ANN001 (as Training)
        self.confidence = blocks.CONFIDENCES.index(options.learning["confidence"])
        self.has_values = self.confidence != 0
        self.weight_sum = weight_sum(ratings, options.learning["confidence"])
        self.alpha = self.regularization = math.nan
        super().__init__(spark, ratings, options)

    @property
    def numbers(self) -> int:
        return self.options.factors

    @property
    def summary(self) -> str:
        return f"alpha {self.alpha:.6g}, regularization {self.regularization:.6g}"

    @property
    def facts(self) -> list[float]:
        return [self.alpha, self.regularization]

    def prepare(self, solver: blocks.Solver) -> None:
        learning = self.options.learning
        answer = solver.ask_one(blocks.frame(
            blocks.WEIGHTS, 0,
            blocks.slots(
                self.users.count, self.items.count, self.count, self.options.factors, self.weight_sum,
                learning["alpha"], learning["regularization"])))
        self.alpha, self.regularization = answer.number(5), answer.number(6)

    def start_frame(self, ids: list, first: int) -> blocks.Frame:
        is_text, byte_count, arrays = blocks.identifiers(ids)
        slots = blocks.slots(len(ids), self.options.factors, self.options.seed, is_text, byte_count)
        return blocks.frame(blocks.START, first, slots, *arrays)

    def _start_sums(self, answer: blocks.Answer) -> np.ndarray:
        return answer.array(self.width, self.width).astype(np.float64)

    def half(self, solver: blocks.Solver, own: Side, other: Side) -> Half:
        basis = self._turn(solver, other)
        factors, others = self.options.factors, other.count
        weights = self.alpha, self.regularization, self.confidence
        # What rows were matters only where they are solved 64 factors at a time.
        sends_rows = factors > 64 and len(own.learned) > 0

        def question(block, rows):  # noqa: ANN001, ANN202
            arrays = [block["offsets"], block["others"]]
            if weights[2]:
                arrays.append(block["values"])
            if sends_rows:
                arrays.append(rows)
            slots = blocks.slots(block["rows"], factors, block["ratings"], others, *weights, 3 if sends_rows else 1)
            return blocks.frame(blocks.SOLVE, block["first"], slots, *arrays)

        sent = blocks.frame(blocks.FACTORS, 0, blocks.slots(others, factors), other.learned)
        sums = (self.width, self.width), np.float32
        return Half([basis], sent, question, blocks.SOLVED, sums, sends_rows)

    def loss(self, error: float) -> float:
        # The users' Gram matrix is diagonal in the basis that they are in.
        diagonal = np.einsum("ij,ij->j", self.users.learned, self.users.learned, dtype=np.float64)
        return (error + float(diagonal @ np.diag(self.items.sums))) / self.count

    def _turn(self, solver: blocks.Solver, side: Side) -> blocks.Frame:
        """Turns a side's rows into the basis in which their Gram matrix is diagonal; that basis as a frame."""
        factors = self.options.factors
        answer = solver.ask_one(blocks.frame(blocks.GRAM, 0, blocks.slots(factors), side.sums.astype(np.float32)))
        basis = blocks.frame(
            blocks.BASIS, 0, blocks.slots(factors), answer.array(factors), answer.array(factors, factors))
        turned = np.empty_like(side.learned)
        starts = range(0, side.count, ROWS_AT_A_TIME)

        def frames():  # noqa: ANN202
            yield basis
            for first in starts:
                rows = side.learned[first:first + ROWS_AT_A_TIME]
                yield blocks.frame(blocks.TURN, first, blocks.slots(len(rows), factors), rows)

        for answer in solver.ask(frames(), len(starts)):
            first, count = answer.tag, answer.count(0)
            turned[first:first + count] = answer.array(count, self.width)
        side.learned = turned
        return basis
