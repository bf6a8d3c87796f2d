"""Tests of the messages of jobs about errors and probable mistakes, run by a job of deploy/spark/test
(test_same.py)."""

import contextlib
import glob
import io
import os
from collections.abc import Callable

from pyspark.sql import SparkSession

import latent_blocks as blocks
import latent_job
import latent_recommend
import latent_train


def failures(spark: SparkSession, work: str, program: str) -> int:
    """Runs all cases with the model `spark` of WORK/models, and returns the number of failures."""
    count = 0
    folder = f"{work}/told"
    os.makedirs(f"{folder}/there")
    (model,) = glob.glob(f"{work}/models/spark/versions/*/model.safetensors")

    def users(name: str, *ids: str) -> str:
        with open(f"{folder}/{name}.csv", "w", encoding="utf-8") as file:
            file.write("\n".join(["user", *ids, ""]))
        return f"{folder}/{name}.csv"

    def expect(what: str, job: Callable[[], int], code: int, errors: str, said: str = "") -> None:
        nonlocal count
        with contextlib.redirect_stderr(io.StringIO()) as told, contextlib.redirect_stdout(io.StringIO()) as out:
            found = latent_job.exit_code(job)
        lines = told.getvalue().splitlines()
        if found != code or len(lines) != 1 or errors not in lines[0] or said not in out.getvalue():
            count += 1
            print(f"{what}: exit code {found}, {lines}, {out.getvalue()!r}, NOT {errors!r} and {said!r}", flush=True)

    def train(place: str, *more: str) -> Callable[[], int]:
        words = ["--ratings", place, "--latent", program, "--partitions", "2", "--factors-out", f"{folder}/out", *more]
        return lambda: latent_train.Job(spark, latent_train.arguments(words)).run()

    def recommend(place: str, out: str, *more: str) -> Callable[[], int]:
        words = ["--file", model, "--users", place, "--latent", program, "--out", f"{folder}/{out}", *more]
        return lambda: latent_recommend.recommend(spark, latent_recommend.arguments(words))

    nobody, known = users("nobody", "somebody", "someone else"), f"{work}/ratings.csv"
    expect("no file", train(f"{folder}/nowhere.csv"), 1, "nowhere.csv")
    expect("no column", train(known, "--user-column", "person"), 1, "no column person among user, item, value.")
    version = ["--models", f"{work}/models"]
    expect("no store", train(known, *version, "--store", f"sqlite:{folder}/nowhere.sqlite"), 1, "nowhere.sqlite")
    expect("no folder of models", train(known, "--models", f"{known}/models"), 1, "ratings.csv/models")
    expect("a failure of executors",
           lambda: spark.sparkContext.parallelize(["no-program"], 1).map(blocks.find).count(), 1,
           "error: there is no program no-program on ")
    expect("users of another type", recommend(nobody, "lists"), 0, "the model knows none of them", "lists of 0 of 2 ")
    expect("no users", recommend(users("none"), "empty"), 1, "there are no users.")
    expect("no such column", recommend(nobody, "empty", "--user-column", "person"), 1, "no column person among user.")
    expect("lists that are there", recommend(nobody, "there"), 1, "told/there")
    expect("no program", recommend(nobody, "empty", "--latent", "no-program"), 1, "there is no program no-program on ")
    return count
