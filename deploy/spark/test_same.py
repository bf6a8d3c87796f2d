#!/usr/bin/env python3
"""A job that learns from WORK/ratings.csv in 1, 2 and 5 partitions and holds what comes out against WORK/one, which
`latent train` learned and `latent export` wrote; run by deploy/spark/test.

Scores may differ as sums in another order do: by less than a thousandth.
"""

import glob
import json
import math
import sys

import numpy as np
from pyspark.sql import SparkSession

from latent_als import ALS
from latent_implicit_als import ImplicitALS
from latent_ratings import Source, held_out
from latent_sweeps import Options, Training

_TOLERANCE = 1e-3
_IMPLICIT = {"alpha": math.nan, "regularization": math.nan}
# As deploy/spark/test has `latent train` learn: solved at once, and 64 factors at a time; each way of confidence.
_CASES = {
    "implicit-als-8": (ImplicitALS, "implicit-als", 8, _IMPLICIT | {"confidence": "equal"}),
    "implicit-als-72": (ImplicitALS, "implicit-als", 72, _IMPLICIT | {"confidence": "value"}),
    "als-8": (ALS, "als", 8, {"regularization": 0.1, "user-damping": 30.0, "item-damping": 30.0})}


def scores(training: Training) -> np.ndarray:
    """What the model says of each pair of a user and an item, without the mean of all."""
    users, items = (side.learned[:, : training.numbers].astype(np.float64) for side in (training.users, training.items))
    if not isinstance(training, ALS):
        return users @ items.T
    return training.deviation * (users[:, :1] + items[:, :1].T + users[:, 1:] @ items[:, 1:].T)


def expected(folder: str) -> tuple[list, list, np.ndarray]:
    """The ids of users and items, and scores, of a model that was exported."""
    def ids(side: str) -> list:
        try:
            return np.load(f"{folder}/{side}_ids.npy").tolist()
        except FileNotFoundError:
            with open(f"{folder}/{side}_ids.json", encoding="utf-8") as file:
                return json.load(file)

    users, items = (np.load(f"{folder}/{side}_vectors.npy").astype(np.float64) for side in ("user", "item"))
    found = users @ items.T
    try:
        found += np.load(f"{folder}/user_biases.npy")[:, None] + np.load(f"{folder}/item_biases.npy")
    except FileNotFoundError:
        pass
    return ids("user"), ids("item"), found


def held_on_one_machine(folder: str) -> int:
    """How many ratings were held out for the only version of a model."""
    (path,) = glob.glob(f"{folder}/versions/*/manifest.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)["run"]["counts"]["ratings_held_out"]


def main() -> int:
    """All cases; the exit code."""
    work, program = sys.argv[1:]
    spark = SparkSession.builder.appName("latent").getOrCreate()
    spark.conf.set("spark.sql.ansi.enabled", "false")
    spark.conf.set("spark.sql.shuffle.partitions", 4)
    ratings = Source(f"{work}/ratings.csv", "csv", "", "user", "item", "value", None, "error").read(spark, None)
    failed = False
    for case, (kind, model, factors, learning) in _CASES.items():
        users, items, wanted = expected(f"{work}/one/{case}")
        for partitions in (1, 2, 5):
            # One of them by files that are mapped.
            options = Options(model, factors, 3, 4, learning, partitions, program, 2, 0 if partitions == 2 else 1 << 40)
            training = kind(spark, ratings, options)
            training.run(None, None)
            if list(training.users.ids_in_order()) != users or list(training.items.ids_in_order()) != items:
                print(f"{case}: other ids, or in another order", flush=True)
                failed = True
                continue
            off = float(np.abs(scores(training) - wanted).max())
            failed |= not off < _TOLERANCE
            print(f"{case}, {partitions} blocks a side: scores differ by at most {off:.2g}", flush=True)
            training.close()
    held = {share: held_out(ratings, share, 7).where("held").count() for share in (0.1, 0.5)}
    wanted_held = {share: held_on_one_machine(f"{work}/models/held-{share}") for share in held}
    print(f"held out: {held}, on one machine {wanted_held}", flush=True)
    spark.stop()
    return int(failed or held != wanted_held)


if __name__ == "__main__":
    sys.exit(main())
