"""implicit-als on Spark."""

import math

import numpy as np

import latent_blocks as blocks
from latent_factors import Side, rating_values
from latent_ratings import RatingsError
from latent_sweeps import Half, Start, Training


class ImplicitALS(Training):
    """Options: alpha and regularization, which are NaN to derive them from the data, and confidence."""

    model_number = 0
    answer = blocks.SOLVED, np.float32

    def __init__(self, spark, ratings, options) -> None:  # noqa: ANN001 (as Training)
        self.confidence = blocks.CONFIDENCES.index(options.learning["confidence"])
        self.has_values = self.confidence != 0
        self.alpha = self.regularization = math.nan
        # The eigenvalues of the Gram matrix of the side turned last.
        self.eigenvalues = np.empty(0)
        super().__init__(spark, ratings, options)
        self.weight_sum = self._weight_sum(options.learning["confidence"])

    @property
    def numbers(self) -> int:
        return self.options.factors

    @property
    def sums_shape(self) -> tuple[int, ...]:
        return self.users.width, self.users.width

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

    def _weight_sum(self, confidence: str) -> float:
        """Returns the sum of the confidences of all ratings."""
        if not self.has_values:
            return float(self.count)
        is_log = confidence == "log"

        def weighed(block: dict) -> tuple[float, float]:
            values = rating_values(block)
            return float(values.min()), 0.0 if values.min() < 0 else float((np.log1p(values) if is_log else values).sum())

        lowest, sums = zip(*self.users.of_blocks(weighed), strict=True)
        if min(lowest) < 0:
            raise RatingsError("A value is below 0: it is not a confidence. Leave it out.")
        return math.fsum(sums)

    def start(self) -> Start:
        factors, seed = self.options.factors, self.options.seed

        def frame(ids: list, first: int, counts: np.ndarray) -> blocks.Frame:
            is_text, byte_count, arrays = blocks.identifiers(ids)
            return blocks.frame(
                blocks.START, first, blocks.slots(len(ids), factors, seed, is_text, byte_count), *arrays)

        return frame

    def half(self, solver: blocks.Solver, own: Side, other: Side) -> Half:
        factors, others = self.options.factors, other.count
        answer = solver.ask_one(blocks.frame(blocks.GRAM, 0, blocks.slots(factors), other.sums.astype(np.float32)))
        self.eigenvalues = answer.array(factors)
        basis = blocks.frame(
            blocks.BASIS, 0, blocks.slots(factors), self.eigenvalues, answer.array(factors, factors))
        other.factors.turn(solver, self.options.program, basis)
        weights = self.alpha, self.regularization, self.confidence
        # The previous rows are only needed if a row is solved 64 factors at a time.
        needs_rows = factors > 64 and own.factors.exist

        def question(block, rows):  # noqa: ANN001, ANN202
            arrays = [block["offsets"], block["others"]]
            if weights[2]:
                arrays.append(block["values"])
            if needs_rows:
                arrays.append(rows)
            slots = blocks.slots(block["rows"], factors, block["ratings"], others, *weights, 3 if needs_rows else 1)
            return blocks.frame(blocks.SOLVE, block["first"], slots, *arrays)

        return Half([basis], question, needs_rows)

    def loss(self, error: float) -> float:
        # In their current basis, the users' Gram matrix is diagonal.
        gram = np.diag(self.items.sums)[: self.options.factors]
        return (error + float(self.eigenvalues.astype(np.float64) @ gram)) / self.count
