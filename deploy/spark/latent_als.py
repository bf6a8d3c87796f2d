"""als on Spark: ratings are predicted by biases and factors."""

import math

import numpy as np
from pyspark.sql import DataFrame, functions as F

import latent_blocks as blocks
from latent_sweeps import Half, Side, Training


class ALS(Training):
    """Options: regularization, user-damping and item-damping."""

    def __init__(self, spark, ratings, options) -> None:  # noqa: ANN001 (as Training)
        super().__init__(spark, ratings, options)
        value = F.col("value").cast("double")
        self.mean, self.lowest, self.highest = ratings.agg(
            F.sum(value) / F.count("*"), F.min(value), F.max(value)).first()
        self.deviation = math.sqrt(ratings.agg(F.sum((value - F.lit(self.mean)) ** 2)).first()[0] / self.count)
        self.roots = {side.name: _root(ratings, side) for side in (self.users, self.items)}
        self.item_counts = self.items.rating_counts()
        # Sums that the users' slope was solved from last.
        self.slope_sums = self.users.sums = np.zeros(self.width + 1)

    @property
    def numbers(self) -> int:
        return self.options.factors + 1

    @property
    def summary(self) -> str:
        return f"mean {self.mean:.6g}, regularization {self.options.learning['regularization']:.6g}"

    @property
    def facts(self) -> list[float]:
        numbers = [self.mean, self.deviation, self.roots["user"], self.lowest, self.highest]
        return numbers + self.slope_sums.tolist()

    def prepare(self, solver: blocks.Solver) -> None:
        """All is known."""

    def start_frame(self, ids: list, first: int) -> blocks.Frame:
        is_text, byte_count, arrays = blocks.identifiers(ids)
        slots = blocks.slots(
            len(ids), self.numbers, self.options.seed, is_text, byte_count, self._damping(self.items),
            self.roots["item"])
        return blocks.frame(blocks.ALS_START, first, slots, *arrays, self.item_counts[first:first + len(ids)])

    def _start_sums(self, answer: blocks.Answer) -> np.ndarray:
        return answer.array(self.width + 1, dtype=np.float64).copy()

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

        sent = blocks.frame(blocks.FACTORS, 0, blocks.slots(other.count, numbers), other.learned)
        return Half([], sent, question, blocks.ALS_SOLVED, ((self.width + 1,), np.float64), sends_rows=False)

    def loss(self, error: float) -> float:
        return error / self.count * self.deviation**2

    def _damping(self, side: Side) -> float:
        return float(self.options.learning[f"{side.name}-damping"])


def _root(ratings: DataFrame, side: Side) -> float:
    """The root of the mean square of the activities of a side's rows."""
    squares = ratings.groupBy(side.name).count().agg(F.sum(F.pow(F.log1p("count"), F.lit(2.0)))).first()[0]
    return math.sqrt(squares / side.count)
