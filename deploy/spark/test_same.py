#!/usr/bin/env python3
"""Trains a job on WORK/ratings.csv with several numbers of partitions and each way of exchanging factors. Compares
the models with WORK/one, which `latent train` trained and `latent export` wrote. Then runs the job on the same
ratings as Parquet up to a version, WORK/models/spark. Run by deploy/spark/test.

usage: test_same.py WORK LATENT [--short]

Scores may differ, because of the order of summation, by less than a thousandth. With the same partitions, the ways of
exchanging factors must not differ at all.
"""

import glob
import json
import math
import os
import sys

import numpy as np
from pyspark.sql import SparkSession

import latent_factors
import test_checkpoints
import test_reading
import test_told
from latent_als import ALS
from latent_implicit_als import ImplicitALS
from latent_ratings import Source, held_out
from latent_sweeps import EXCHANGES, Options, Training
from latent_train import Job, arguments

_TOLERANCE = 1e-3
# In the last run, only one side is routed.
_RUNS = (1, "broadcast"), (2, "file"), (5, "broadcast"), (5, "routes"), (5, "by size")
_SHORT_RUNS = {"implicit-als-8": (2, 4), "implicit-als-72": (), "als-8": (1, 3)}
_IMPLICIT = {"alpha": math.nan, "regularization": math.nan}
# The same as in deploy/spark/test for `latent train`: solved at once, and 64 factors at a time; several confidences.
_CASES = {
    "implicit-als-8": (ImplicitALS, "implicit-als", 8, _IMPLICIT | {"confidence": "equal"}),
    "implicit-als-72": (ImplicitALS, "implicit-als", 72, _IMPLICIT | {"confidence": "value"}),
    "als-8": (ALS, "als", 8, {"regularization": 0.1, "user-damping": 30.0, "item-damping": 30.0})}


class BySize(Options):
    """Options by which the larger side is routed, and the other one broadcast."""

    def exchange_of(self, byte_count: int) -> str:
        return "routes" if byte_count > 256 << 10 else "broadcast"


def scores(training: Training) -> np.ndarray:
    """Returns the model's scores of each pair of a user and an item, without the global mean."""
    users, items = (
        np.concatenate(list(side.factors.in_order()))[:, : training.numbers].astype(np.float64)
        for side in (training.users, training.items))
    if not isinstance(training, ALS):
        return users @ items.T
    return training.deviation * (users[:, :1] + items[:, :1].T + users[:, 1:] @ items[:, 1:].T)


def expected(folder: str) -> tuple[list, list, np.ndarray]:
    """Returns the user and item ids and the scores of an exported model."""
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
    """Returns the number of ratings held out for the only version of a model."""
    (path,) = glob.glob(f"{folder}/versions/*/manifest.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)["run"]["counts"]["ratings_held_out"]


def learned(training: Training) -> np.ndarray:
    """Returns the factors of both sides."""
    return np.concatenate([rows for side in (training.users, training.items) for rows in side.factors.in_order()])


def main() -> int:
    """Runs all cases and returns the exit code."""
    work, program, *short = sys.argv[1:]
    spark = SparkSession.builder.appName("latent").getOrCreate()
    spark.conf.set("spark.sql.ansi.enabled", "false")
    spark.conf.set("spark.sql.shuffle.partitions", 4)
    ratings = Source(f"{work}/ratings.csv", "csv", "", "user", "item", "value", None, "error").read(spark, None)
    failed, sums_at_once = False, latent_factors.SUMS_AT_ONCE
    for case, (kind, model, factors, learning) in _CASES.items():
        users, items, wanted = expected(f"{work}/one/{case}")
        found: dict[int, np.ndarray] = {}
        for number in _SHORT_RUNS[case] if short else range(len(_RUNS)):
            partitions, exchange = _RUNS[number]
            make, exchange_ = (Options, exchange) if exchange in EXCHANGES else (BySize, None)
            training = kind(
                spark, ratings, make(model, factors, 3, 4, learning, partitions, program, 2, exchange_))
            # In one run, executors add up the sums first.
            latent_factors.SUMS_AT_ONCE = 0 if exchange == "by size" else sums_at_once
            training.run(None, None)
            if list(training.users.ids_in_order()) != users or list(training.items.ids_in_order()) != items:
                print(f"{case}: other ids, or in another order", flush=True)
                failed = True
                continue
            off = float(np.abs(scores(training) - wanted).max())
            bits = learned(training)
            same = np.array_equal(found.setdefault(partitions, bits), bits)
            failed |= not off < _TOLERANCE or not same
            print(f"{case}, {partitions} blocks a side, {exchange}: scores differ by at most {off:.2g}"
                  f"{'' if same else ', and NOT THE SAME as sent otherwise'}", flush=True)
            training.close()
    held = {share: held_out(ratings, share, 7).where("held").count() for share in (0.1, 0.5)}
    wanted_held = {share: held_on_one_machine(f"{work}/models/held-{share}") for share in held}
    print(f"held out: {held}, on one machine {wanted_held}", flush=True)
    failed |= held != wanted_held
    os.makedirs(f"{work}/reading")
    failed |= test_reading.failures(spark, f"{work}/reading") > 0
    failed |= test_checkpoints.failures(spark, f"{work}/checkpoints") > 0
    ratings.write.parquet(f"{work}/ratings.parquet")
    # The same options as in deploy/spark/test for the model `one` of `latent train`.
    failed |= 0 != Job(spark, arguments([
        "--ratings", f"{work}/ratings.parquet", "--value-column", "value", "--confidence", "value", "--factors", "72",
        "--sweeps", "3", "--seed", "4", "--exchange", "routes", "--partitions", "3", "--checkpoint-every", "1",
        "--work", f"{work}/steps", "--latent", program, "--models", f"{work}/models", "--name", "spark", "--publish",
        "--force"])).run()
    failed |= test_told.failures(spark, work, program) > 0
    spark.stop()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
