#!/usr/bin/env python3
"""Trains implicit-als or als on Spark, which keeps the ratings while `latent solve-block` does the numerical work.

    spark-submit --files /usr/bin/latent --py-files latent.zip latent_train.py \\
        --ratings hdfs:///ratings.parquet --work hdfs:///latent-work --models latent-models --publish

The model equals that of `latent train` for the same ratings, up to the order of summation. As there, it is judged on
held-out ratings, refitted to all ratings, and put in service unless it is refused (exit code 3).
"""

import argparse
import math
import os
import sys
import tempfile
import time

from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession

import latent_blocks as blocks
import latent_job
from latent_als import ALS
from latent_assembly import import_judged, run, shuffled, write_model, write_parquet
from latent_checkpoints import Checkpoints
from latent_implicit_als import ImplicitALS
from latent_ratings import REPEATS, Folder, RatingsError, Source
from latent_sweeps import EXCHANGES, Options, Training

_LATENT_RATINGS = "select user_id as user, item_id as item, value, rated_at as time from latent.rating"
_MODELS = {"implicit-als": ImplicitALS, "als": ALS}
# The default factors, sweeps and other options of each model; NaN derives an option from the data.
_DEFAULTS = {
    "implicit-als": (128, 8, {"alpha": math.nan, "regularization": math.nan, "confidence": "equal"}),
    "als": (32, 15, {"regularization": 0.1, "user-damping": 30.0, "item-damping": 30.0})}


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Parses the command line, or `words`; usage errors exit with code 64, as in `latent`."""
    parser = argparse.ArgumentParser(
        prog="latent_train.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False, exit_on_error=True)
    parser.error = lambda message: (parser.print_usage(sys.stderr), parser.exit(64, f"error: {message}\n"))
    read = parser.add_argument_group("ratings")
    read.add_argument("--ratings", required=True, help="a file or folder of Parquet or CSV, or a jdbc: URL")
    read.add_argument("--format", choices=("parquet", "csv", "jdbc"), help="what they are (default: by their name)")
    read.add_argument("--query", default=_LATENT_RATINGS, help="the query over JDBC (default: Latent's own table)")
    read.add_argument("--user-column", default="user")
    read.add_argument("--item-column", default="item")
    read.add_argument("--value-column", help="without one each rating is a 1")
    read.add_argument("--time-column", help="tells the newest of several ratings of a pair")
    read.add_argument("--repeats", choices=REPEATS, help="what several ratings of a pair become "
                        "(default: newest with --time-column, count without --value-column, else error)")
    model = parser.add_argument_group("model")
    model.add_argument("--model", choices=_MODELS, default="implicit-als")
    for name in ("factors", "sweeps"):
        model.add_argument(f"--{name}", type=int)
    for name in ("alpha", "regularization", "user-damping", "item-damping"):
        model.add_argument(f"--{name}", type=float)
    model.add_argument("--confidence", choices=blocks.CONFIDENCES)
    model.add_argument("--seed", type=int, default=0)
    model.add_argument("--split", default="random:0.2", help="random:SHARE or none (default: random:0.2)")
    model.add_argument("--split-seed", type=int, default=0)
    model.add_argument("--no-refit", action="store_true", help="the judged model is served")
    out = parser.add_argument_group("version")
    out.add_argument("--models", help="the folder of models on this machine: writes a version")
    out.add_argument("--name", help="the model's name in it")
    out.add_argument("--store", help="the store to judge by (default: one made of some users' ratings)")
    out.add_argument("--ratings-query", help="as of latent train: a sample of users in --store, all their ratings")
    out.add_argument("--judged-users", type=int, default=50_000, help="users to judge by without --store")
    out.add_argument("--publish", action="store_true")
    out.add_argument("--unless-worse", action="store_true")
    out.add_argument("--force", action="store_true")
    out.add_argument("--factors-out", help="a folder for ids and factors as Parquet; of als a bias "
                     "and factors of ratings less their mean, in units of their deviation")
    job = parser.add_argument_group("job")
    job.add_argument("--partitions", type=int, help="blocks of each side (default: three a core)")
    job.add_argument("--work", help="a folder that all machines see, for checkpoints")
    job.add_argument("--checkpoint-every", type=int, default=2, help="sweeps")
    job.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in --work")
    job.add_argument("--exchange", choices=EXCHANGES, help="how factors get to where they are needed: all to all "
                     "processes, all to a file on each machine, or those alone that a block needs (default: for each "
                     "side by its size, file from 200 MiB on, routes from 4 GiB)")
    job.add_argument("--latent", default="latent", help="the program: a path, in PATH, or a name of --files")
    options = parser.parse_args(words)
    for name, lowest, highest in (("factors", 1, 4096), ("sweeps", 1, 1000), ("partitions", 1, 1_000_000),
                                  ("checkpoint_every", 1, 1000), ("judged_users", 1, 100_000_000),
                                  ("seed", 0, (1 << 64) - 1),
                                  ("split_seed", 0, (1 << 64) - 1)):
        value = getattr(options, name)
        if value is not None and not lowest <= value <= highest:
            parser.error(f"--{name.replace('_', '-')} must be from {lowest} to {highest}.")
    if not options.models and not options.factors_out:
        parser.error("give --models to write a version, or --factors-out for Parquet.")
    if "password=" in options.ratings.lower():
        parser.error("what is on a command line can be seen by others: give the password by PGPASSWORD.")
    if options.resume and not options.work:
        parser.error("--resume needs --work.")
    kinds = {option for _, _, learning in _DEFAULTS.values() for option in learning}
    for name in sorted(kinds - set(_DEFAULTS[options.model][2])):
        if getattr(options, name.replace("-", "_")) is not None:
            parser.error(f"--{name} does not go with --model {options.model}.")
    for name in ("alpha", "regularization", "user_damping", "item_damping"):
        value = getattr(options, name)
        if value is not None and not (math.isfinite(value) and value >= 0 and (value > 0 or name.endswith("damping"))):
            parser.error(f"--{name.replace('_', '-')} must be a number {'from' if 'damping' in name else 'above'} 0.")
    needs_values = options.model == "als" or options.confidence in ("value", "log")
    if needs_values and not source(options).value:
        parser.error("--value-column names the column of values.")
    if (options.force or options.unless_worse) and not options.publish:
        parser.error("--force and --unless-worse go with --publish.")
    if options.unless_worse and options.split == "none":
        parser.error("--unless-worse needs held-out ratings: give a --split other than none.")
    if os.path.sep in options.latent:
        options.latent = os.path.abspath(options.latent)
    try:
        options.share = _share(options.split)
    except ValueError:
        parser.error("--split is none or random:SHARE, such as random:0.2.")
    return options


def _share(split: str) -> float:
    """Returns the share to hold out."""
    if split == "none":
        return 0.0
    kind, _, share = split.partition(":")
    if kind != "random" or not 0 < float(share) < 1:
        raise ValueError(split)
    return float(share)


def source(options: argparse.Namespace) -> Source:
    """Returns the source of the ratings."""
    form = options.format or Source.form_of(options.ratings)
    value, when = options.value_column, options.time_column
    if form == "jdbc" and options.query == _LATENT_RATINGS:
        value, when = "value", "time"
    repeats = options.repeats or ("newest" if when else "error" if value else "count")
    return Source(
        options.ratings, form, options.query, options.user_column, options.item_column, value, when, repeats)


def _executors(context: SparkContext) -> int:
    """Returns the number of executors known to Spark, excluding the driver, which only does work if it is alone."""
    return max(1, context._jsc.sc().getExecutorMemoryStatus().size() - 1)


class Job:
    """A run of the program: the ratings, up to two trainings, and the version."""

    def __init__(self, spark: SparkSession, options: argparse.Namespace) -> None:
        factors, sweeps, learning = _DEFAULTS[options.model]
        self.given = {name: getattr(options, name.replace("-", "_")) for name in ("factors", "sweeps", *learning)}
        self.given = {name: value for name, value in self.given.items() if value is not None}
        self.spark, self.options = spark, options
        self.training = Options(
            options.model, self.given.get("factors", factors), self.given.get("sweeps", sweeps), options.seed,
            learning | {name: value for name, value in self.given.items() if name in learning},
            options.partitions, options.latent, options.checkpoint_every, options.exchange)
        self.seconds: dict[str, float] = {}
        # The numbers of ratings, users and items read, if the served model is not trained on all of them.
        self.read_counts: dict[str, int] = {}

    def run(self) -> int:
        """Runs the job and returns the exit code."""
        options = self.options
        work = Folder(self.spark, options.work) if options.work else None
        if work and not options.resume:
            for name in ("ratings", "judged", "served"):
                work.remove(name)
        for place in (f"{options.factors_out}/users", f"{options.factors_out}/items") if options.factors_out else ():
            if Folder(self.spark, place).exists() and not options.resume:
                raise RatingsError(f"{place} is there already. Name another folder by --factors-out, or remove it.")
        is_refit = bool(options.share) and not options.no_refit
        store = options.store
        with tempfile.TemporaryDirectory(prefix="latent-") as folder:
            # What can fail without training is checked first, if possible even before reading the ratings.
            if options.models and store:
                self.check(store, folder, is_refit)
            beginning = time.monotonic()
            ratings = source(options).read(
                self.spark, f"{options.work}/ratings" if work else None, options.share, options.split_seed)
            self.seconds["reading"] = time.monotonic() - beginning
            if options.models and not store:
                store = import_judged(
                    ratings, options.judged_users, bool(source(options).value), options.latent, folder)
                self.check(store, folder, is_refit)
            if options.share:
                part = ratings.where("not held").drop("held")
                ratings = ratings.drop("held")
                if options.models and not is_refit:
                    self.read_counts = {"ratings": ratings.count()} | {
                        f"{side}s": ratings.select(side).distinct().count() for side in ("user", "item")}
                # The served users have also rated the held-out items.
                self.learn(part, "judged", folder, is_served=not is_refit, known=None if is_refit else ratings)
            if is_refit or not options.share:
                self.learn(ratings, "served", folder, is_served=True)
            stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.seconds.items())
            print(f"learned in {sum(self.seconds.values()):.1f} s ({stages}), "
                  f"shuffled {shuffled(self.spark.sparkContext)} bytes", flush=True)
            code = self.assemble(store, folder, is_refit) if options.models else 0
        if work:
            for name in ("ratings", "judged", "served"):
                work.remove(name)
        return code

    def learn(
        self, ratings: DataFrame, name: str, folder: str, is_served: bool, known: DataFrame | None = None
    ) -> None:
        """Trains on some ratings and writes the model, for users that have rated these or, if given, the items in
        `known`."""
        beginning = time.monotonic()
        training: Training = _MODELS[self.options.model](self.spark, ratings, self.training)
        checkpoints = progress = None
        if self.options.work:
            digest = ratings.selectExpr("bit_xor(xxhash64(user, item, value))").first()[0]
            place = f"{self.options.work}/{name}"
            checkpoints = Checkpoints(self.spark, place, training.identity | {"ratings": digest})
            progress = checkpoints.newest() if self.options.resume else None
            if self.options.resume and not progress:
                print(f"{place} has no checkpoint of these ratings and options: learning from the start", flush=True)
        training.run(checkpoints, progress)
        self.seconds[name] = time.monotonic() - beginning
        if self.options.models:
            write_model(training, f"{folder}/{name}", known)
        if is_served and self.options.factors_out:
            write_parquet(training, self.options.factors_out)
        training.close()

    def check(self, store: str, folder: str, is_refit: bool) -> None:
        """Raises an error if `latent assemble` would fail after the training because of its options, the store or the
        folder of models."""
        run(self.options.latent, "assemble", *self._words(store, folder, is_refit), "--check", quietly=True)

    def assemble(self, store: str, folder: str, is_refit: bool) -> int:
        """Runs `latent assemble` to create a version that is judged on `store`, and returns its exit code."""
        options, context = self.options, self.spark.sparkContext
        words = ["--executors", _executors(context), "--partitions", self.training.partitions,
                 "--shuffle-bytes", shuffled(context),
                 "--training-seconds", self.seconds["judged" if options.share else "served"]]
        if is_refit:
            words += ["--refitting-seconds", self.seconds["served"]]
        for name, count in self.read_counts.items():
            words += [f"--{name}-read", count]
        return run(options.latent, "assemble", *self._words(store, folder, is_refit), *map(str, words))

    def _words(self, store: str, folder: str, is_refit: bool) -> list[str]:
        """Returns the arguments of `latent assemble` that are known before training."""
        options = self.options
        served = "served" if is_refit or not options.share else "judged"
        words = [f"{folder}/{served}", "--model", options.model, "--seed", options.seed, "--split", options.split,
                 "--split-seed", options.split_seed, "--store", store, "--models", options.models,
                 "--engine", f"spark {self.spark.version}"]
        if is_refit:
            words += ["--judged", f"{folder}/judged"]
        for name, value in self.given.items():
            words += [f"--{name}", value]
        for name in ("name", "ratings_query"):
            if value := getattr(options, name):
                words += [f"--{name.replace('_', '-')}", value]
        flags = ("publish", "unless-worse", "force")
        words += [f"--{name}" for name in flags if getattr(options, name.replace("-", "_"))]
        return list(map(str, words))


def main() -> int:
    """Runs the program and returns its exit code."""
    options = arguments()

    def job(spark: SparkSession) -> int:
        # Spark's default of 200 is for larger machines and smaller data than is typical here.
        options.partitions = options.partitions or 3 * spark.sparkContext.defaultParallelism
        spark.conf.set("spark.sql.shuffle.partitions", options.partitions)
        return Job(spark, options).run()

    return latent_job.run(job)


if __name__ == "__main__":
    sys.exit(main())
