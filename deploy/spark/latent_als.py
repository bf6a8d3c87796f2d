"""als on Spark: predicts ratings with biases and factors."""

import math

import numpy as np

import latent_blocks as blocks
from latent_factors import Side, rating_counts, rating_values
from latent_sweeps import Half, Start, Training


class ALS(Training):
    """Options: regularization, user-damping and item-damping."""

    model_number = 1
    answer = blocks.ALS_SOLVED, np.float64

    def __init__(self, spark, ratings, options) -> None:  # noqa: ANN001 (as Training)
        super().__init__(spark, ratings, options)
        sums, lowest, highest = zip(*self.users.of_blocks(_outline), strict=True)
        mean = self.mean = math.fsum(sums) / self.count
        self.lowest, self.highest = min(lowest), max(highest)
        squares = self.users.of_blocks(lambda block: float(((rating_values(block) - mean) ** 2).sum()))
        self.deviation = math.sqrt(math.fsum(squares) / self.count)
        # The root mean square of the activities of a side's rows.
        self.roots = {side.name: math.sqrt(math.fsum(side.of_blocks(_activity)) / side.count)
                      for side in (self.users, self.items)}
        # The sums from which the users' slope was last solved.
        self.slope_sums = self.users.sums = np.zeros(self.users.width + 1)

    @property
    def numbers(self) -> int:
        return self.options.factors + 1

    @property
    def sums_shape(self) -> tuple[int, ...]:
        return (self.users.width + 1,)

    @property
    def summary(self) -> str:
        return f"mean {self.mean:.6g}, regularization {self.options.learning['regularization']:.6g}"

    @property
    def facts(self) -> list[float]:
        numbers = [self.mean, self.deviation, self.roots["user"], self.lowest, self.highest]
        return numbers + self.slope_sums.tolist()

    def prepare(self, solver: blocks.Solver) -> None:
        """Does nothing: there is nothing to prepare."""

    def start(self) -> Start:
        numbers, seed = self.numbers, self.options.seed
        prior = self._damping(self.items), self.roots["item"]

        def frame(ids: list, first: int, counts: np.ndarray) -> blocks.Frame:
            is_text, byte_count, arrays = blocks.identifiers(ids)
            slots = blocks.slots(len(ids), numbers, seed, is_text, byte_count, *prior)
            return blocks.frame(blocks.ALS_START, first, slots, *arrays, counts)

        return frame

    def half(self, solver: blocks.Solver, own: Side, other: Side) -> Half:
        numbers = self.numbers
        settings = np.array([
            self.options.learning["regularization"], self._damping(own), self.roots[own.name], self.mean,
            self.deviation])
        sums, measures = own.sums, int(own is self.items)
        if own is self.users:
            self.slope_sums = sums

        def question(block, rows):  # noqa: ANN001, ANN202
            slots = blocks.slots(block["rows"], numbers, block["ratings"], measures)
            return blocks.frame(
                blocks.ALS_SOLVE, block["first"], slots, settings, sums, block["offsets"], block["others"],
                block["values"])

        return Half([], question)

    def loss(self, error: float) -> float:
        return error / self.count * self.deviation**2

    def _damping(self, side: Side) -> float:
        return float(self.options.learning[f"{side.name}-damping"])


def _outline(block: dict) -> tuple[float, float, float]:
    """Returns the sum, minimum and maximum of a block's ratings."""
    values = rating_values(block)
    return float(values.sum()), float(values.min()), float(values.max())


def _activity(block: dict) -> float:
    """Returns the sum of the squared activities of a block's rows."""
    return float((np.log1p(rating_counts(block).astype(np.float64)) ** 2).sum())
