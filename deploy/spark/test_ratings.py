#!/usr/bin/env python3
"""Generates ratings with planted tastes; some users and items have one rating, some hundreds. Run by
deploy/spark/test.

usage: test_ratings.py FILE [USERS ITEMS]
"""

import sys

import numpy as np

_TASTES = 6


def main() -> None:
    """Writes the file."""
    path, users, items = sys.argv[1], *(map(int, sys.argv[2:] or ("600", "200")))
    random = np.random.default_rng(15)
    activity = np.minimum(random.pareto(1.0, users) * 4 + 1, items // 2).astype(int)
    popularity = 1 / np.arange(1, items + 1) ** 0.7
    taste, kind = random.integers(0, _TASTES, users), random.integers(0, _TASTES, items)
    chances = [np.cumsum(popularity * np.where(kind == one, 8, 1)) for one in range(_TASTES)]
    with open(path, "w", encoding="utf-8") as file:
        file.write("user,item,value\n")
        for user in range(users):
            chance = chances[taste[user]]
            drawn = np.searchsorted(chance, random.random(2 * activity[user]) * chance[-1])
            for item in list(dict.fromkeys(drawn.tolist()))[: activity[user]]:
                # Ids beyond 32 bits; texts that sort differently from their numbers.
                file.write(f"{(user * 7919) % users + 2**40},film-{item},{random.integers(1, 6)}\n")


if __name__ == "__main__":
    main()
