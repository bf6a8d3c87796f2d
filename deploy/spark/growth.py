"""Models of how a job's resource needs grow: terms with non-negative weights, fitted to measurements."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Size:
    """The size of a job's data and model."""

    ratings: int
    users: int
    items: int
    factors: int
    sweeps: int
    partitions: int

    @property
    def width(self) -> int:
        """The padded number of factors in a row."""
        return (self.factors + 15) // 16 * 16

    @property
    def rows(self) -> int:
        return self.users + self.items

    @property
    def routed(self) -> int:
        """The maximum number of rows that all blocks of one side can need of the other, summed over both halves."""
        return sum(min(self.ratings, rows * self.partitions) for rows in (self.users, self.items))

    def __str__(self) -> str:
        return (f"{self.ratings} ratings of {self.users} users and {self.items} items,\n"
                f"{self.factors} factors, {self.sweeps} sweeps, {self.partitions} blocks a side")

    @staticmethod
    def header() -> str:
        return f"{'ratings':>8} {'users':>7} {'items':>6} {'factors':>7} {'sweeps':>6} {'blocks':>6}"

    def row(self) -> str:
        return (f"{self.ratings:8} {self.users:7} {self.items:6} {self.factors:7} {self.sweeps:6} "
                f"{self.partitions:6}")


# The terms that each measurement depends on.
_TERMS = {
    "processor s": {
        "a job": lambda size: 1.0,
        "a rating": lambda size: size.ratings,
        "a row": lambda size: size.rows,
        "a sweep and rating x factors": lambda size: size.sweeps * size.ratings * size.width,
        "a sweep and rating x factors^2": lambda size: size.sweeps * size.ratings * size.width**2,
        "a sweep and row x factors^2": lambda size: size.sweeps * size.rows * size.width**2,
        "a sweep and block": lambda size: size.sweeps * 2 * size.partitions},
    "shuffled MB": {
        "a job": lambda size: 1.0,
        "a rating": lambda size: size.ratings,
        "a row": lambda size: size.rows,
        "a sweep and block x factors^2": lambda size: size.sweeps * 2 * size.partitions * size.width**2,
        "a sweep and routed row x factors": lambda size: size.sweeps * size.routed * size.width},
    "memory MB": {
        "a job": lambda size: 1.0,
        "a rating": lambda size: size.ratings,
        "a row x factors": lambda size: size.rows * size.width}}


def fitted(terms: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Returns the non-negative weights for which the terms (a row for each measurement) have the least squared
    relative error. Tries all subsets of terms, of which there are few."""
    scaled = terms / wanted[:, None]
    units = np.linalg.norm(scaled, axis=0)
    best, least = np.zeros(terms.shape[1]), np.inf
    for chosen in range(1, 1 << terms.shape[1]):
        columns = [column for column in range(terms.shape[1]) if chosen >> column & 1]
        part = scaled[:, columns] / units[columns]
        weights, *_ = np.linalg.lstsq(part, np.ones(len(wanted)), rcond=None)
        error = float(((part @ weights - 1) ** 2).sum())
        if (weights >= 0).all() and error < least:
            least, best = error, np.zeros(terms.shape[1])
            best[columns] = weights / units[columns]
    return best


def report(found: list[tuple[Size, dict[str, float]]], needs: Size | None) -> None:
    """Prints the weights fitted to all measurements but the last, and the predictions for the last and for
    `needs`."""
    *fits, (checked, seen) = found
    for name, terms in _TERMS.items():
        table = np.array([[term(size) for term in terms.values()] for size, _ in fits], np.float64)
        wanted = np.array([values[name] for _, values in fits])
        weights = fitted(table, wanted)
        off = np.abs(table @ weights / wanted - 1).max()

        def said(size: Size) -> float:
            return sum(weight * term(size) for weight, term in zip(weights, terms.values(), strict=True))

        print(f"\n{name}: within {off:.0%} of what it was fitted to")
        for weight, (term, of) in zip(weights, terms.items(), strict=True):
            # Negligible terms are rounding errors of the fit.
            if weight * of(checked) > 1e-6 * said(checked):
                print(f"  {weight:9.3g} {term}")
        print(f"  the last row, which it was not fitted to: {said(checked):.4g}, measured {seen[name]:.4g}")
        if needs:
            print(f"  the job below, extrapolated: {said(needs):.4g}")
    if needs:
        print(f"\nextrapolated to: {needs}")
