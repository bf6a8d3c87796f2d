"""Tests of which checkpoint a training resumes from, run by a job of deploy/spark/test (test_same.py)."""

import os

import numpy as np
from pyspark.sql import SparkSession

from latent_checkpoints import Checkpoints, Progress


def failures(spark: SparkSession, folder: str) -> int:
    """Runs all cases and returns the number of failures."""
    count = 0

    def expect(what: str, found: object, wanted: object) -> None:
        nonlocal count
        if found != wanted:
            count += 1
            print(f"{what}: {found}, NOT {wanted}", flush=True)

    def after(sweeps: int) -> Progress:
        factors = {side: np.arange(16 * sweeps * rows, dtype=np.float32).reshape(-1, 16)
                   for side, rows in (("user", 3), ("item", 2))}
        return Progress(sweeps, factors, {"user": np.full((2, 2), sweeps / 3), "item": np.ones(5)}, [0.5] * sweeps)

    def parts(progress: Progress | None) -> tuple | None:
        return progress and (
            progress.sweeps, progress.losses, *({side: array.tolist() for side, array in arrays.items()}
                                                for arrays in (progress.factors, progress.sums)))

    one, other = ({"factors": 8, "sweeps": sweeps} for sweeps in (8, 4))
    checkpoints = Checkpoints(spark, folder, one)
    expect("nothing yet", checkpoints.newest(), None)
    for sweeps in (1, 2, 3):
        checkpoints.save(after(sweeps))
    expect("the newest", parts(checkpoints.newest()), parts(after(3)))
    expect("as many as are kept", len(os.listdir(folder)), 2)
    # The same sweep, but of a training with fewer sweeps.
    expect("of another training", Checkpoints(spark, folder, other).newest(), None)
    expect("of the same again", parts(Checkpoints(spark, folder, dict(reversed(one.items()))).newest()), parts(after(3)))
    (newest,) = (name for name in os.listdir(folder) if name.startswith("sweep-0003-"))
    os.remove(f"{folder}/{newest}/_SUCCESS")
    expect("one that is not complete", parts(checkpoints.newest()), parts(after(2)))
    return count
