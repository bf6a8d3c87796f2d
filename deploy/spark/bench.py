#!/usr/bin/env python3
"""The benchmark of deploy/spark/bench. It generates ratings, runs both jobs and evaluates their models with the same
code; or it runs Latent's job in several sizes and reports how its resource needs grow."""

import argparse
import ctypes
import itertools
import math
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

import latent_blocks as blocks
from growth import Size, report
from processes import PeakMemory

_TASTES = 40
_JUDGED_USERS = 5_000
# How long processes may outlive a job.
_LEFT_SECONDS = 60
# prctl(2): orphaned descendants become children of this process, so that their CPU time is counted.
_SET_CHILD_SUBREAPER = 36


def make_ratings(work: str, count: int, users: int = 0, seed: int = 15) -> tuple[int, int, int]:
    """Writes about `count` ratings with planted tastes, a fifth of them held out. Returns the numbers of training
    ratings, users and items."""
    random = np.random.default_rng(seed)
    users, items = users or max(100, count // 60), int(max(100, 20 * count**0.45))
    activity = random.pareto(1.5, users) + 1
    popularity = np.arange(1, items + 1) ** -0.8
    taste, kind = random.integers(0, _TASTES, users), random.integers(0, _TASTES, items)
    chances = np.concatenate(
        [one + np.cumsum(weights) / weights.sum() * (1 - 1e-9) for one in range(_TASTES)
         if (weights := popularity * np.where(kind == one, 30.0, 1.0)) is not None])
    user = np.repeat(np.arange(users), np.maximum(2, activity / activity.sum() * count * 1.3).astype(int))
    item = np.searchsorted(chances, taste[user] + random.random(len(user)) * (1 - 1e-9)) % items
    pairs = np.unique(user * items + item)
    pairs = random.permutation(pairs)[:count]
    is_held = random.random(len(pairs)) < 0.2
    for name, part in (("ratings", pairs[~is_held]), ("held", pairs[is_held])):
        parquet.write_table(
            pa.table({"user": (part // items).astype(np.int64), "item": (part % items).astype(np.int64)}),
            f"{work}/{name}.parquet", row_group_size=1 << 18)
    learned = pairs[~is_held]
    return len(learned), len(np.unique(learned // items)), len(np.unique(learned % items))


@dataclass
class Measured:
    """A job's wall-clock seconds, CPU seconds and peak memory (bytes) over all its processes, and its output."""

    seconds: float
    processor: float
    memory: int
    said: str

    @property
    def learning(self) -> float:
        """Seconds without Spark's startup and shutdown."""
        return float(re.search(r"learned in ([0-9.]+) s", self.said)[1])

    @property
    def shuffled(self) -> int:
        """Shuffled bytes."""
        return int(re.search(r"shuffled (\d+) bytes", self.said)[1])


def measured(arguments: list[str]) -> Measured:
    """Runs and measures a job."""
    before, beginning = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with PeakMemory() as peak:
        job = subprocess.Popen(arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            said, errors = job.communicate()
        except BaseException:
            # The job terminates what it has started and leaves nothing behind.
            job.terminate()
            job.communicate()
            raise
        seconds = time.monotonic() - beginning
        if job.returncode:
            raise SystemExit(f"error: a job failed\n{said[-4000:]}\n{errors[-2000:]}")
        # Processes left by the job become our children.
        limit, is_left = time.monotonic() + _LEFT_SECONDS, True
        while is_left and time.monotonic() < limit:
            try:
                if os.waitpid(-1, os.WNOHANG) == (0, 0):
                    time.sleep(0.05)
            except ChildProcessError:
                is_left = False
        if is_left:
            raise SystemExit("error: a job left processes behind")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(seconds, processor, peak.bytes, said)


def ndcg(work: str, factors: str) -> dict[int, float]:
    """Returns the NDCG@10 by user of the factors in a folder, on held-out ratings of some users, excluding their
    training items."""
    sides = []
    for side in ("users", "items"):
        table = parquet.read_table(f"{factors}/{side}")
        numbers = table["factors"].combine_chunks().flatten()
        sides.append((np.array(table["id"]), np.array(numbers, np.float32).reshape(len(table), -1)))
    (user_ids, users), (item_ids, items) = sides
    rows = {user: row for row, user in enumerate(user_ids.tolist())}
    places = {item: row for row, item in enumerate(item_ids.tolist())}
    held_users = np.unique(parquet.read_table(f"{work}/held.parquet", columns=["user"])["user"].to_numpy())
    known = held_users[np.isin(held_users, user_ids)]
    judged = np.sort(known[np.argsort(known * 2654435761 % (1 << 32))][:_JUDGED_USERS])

    def by_user(file: str) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        table = parquet.read_table(f"{work}/{file}.parquet")
        user, item = table["user"].to_numpy(), table["item"].to_numpy()
        is_judged = np.isin(user, judged)
        for user, item in zip(user[is_judged].tolist(), item[is_judged].tolist(), strict=True):
            if item in places:
                found.setdefault(user, []).append(places[item])
        return found

    seen, held = by_user("ratings"), by_user("held")
    discounts, found = 1 / np.log2(np.arange(2, 12)), {}
    for user in held:
        scores = items @ users[rows[user]]
        scores[seen.get(user, [])] = -np.inf
        best = np.argpartition(-scores, 10)[:10]
        best = best[np.argsort(-scores[best])]
        hits = np.isin(best, held[user])
        found[user] = float(hits @ discounts) / discounts[: len(held[user])].sum()
    return found


def mean(found: dict[int, float]) -> float:
    return sum(found.values()) / len(found)


@dataclass
class Compared:
    """A named job, and the NDCG@10 of users with its model."""

    name: str
    job: Measured
    ndcg: dict[int, float]

    @property
    def figures(self) -> tuple[float, ...]:
        """The values of the table's columns."""
        job = self.job
        return (job.seconds, job.learning, job.processor, job.shuffled / 1e6, job.memory / 1e6, mean(self.ndcg))


def comparison(ours: Compared, theirs: Compared) -> list[str]:
    """Returns the comparison table, in lines of up to 80 characters."""
    lines = [f"{'':15} {'wall s':>8} {'learning s':>10} {'processor s':>11} {'shuffled MB':>11} {'memory MB':>9} "
             f"{'NDCG@10':>7}"]
    for one in (ours, theirs):
        lines.append("{:15} {:8.1f} {:10.1f} {:11.1f} {:11.1f} {:9.0f} {:7.4f}".format(one.name, *one.figures))
    ratios = (right / left if left else math.nan for left, right in zip(ours.figures, theirs.figures, strict=True))
    lines.append("{:15} {:8.2f} {:10.2f} {:11.2f} {:11.2f} {:9.2f} {:7.2f}".format("Spark's / ours", *ratios))
    more = np.array([value - theirs.ndcg[user] for user, value in ours.ndcg.items() if user in theirs.ndcg])
    error = more.std(ddof=1) / math.sqrt(len(more)) if len(more) > 1 else math.nan
    return [*lines, f"more NDCG@10 of ours: {more.mean():.4f} +- {error:.4f} (standard error), by {len(more)} users"]


def as_ours(regularization: float, alpha: float, size: Size) -> float:
    """Converts a regularization of Spark's ALS to Latent's. Spark's is multiplied by the number of ratings, Latent's
    by the sum of confidences, to which pairs without a rating contribute as well. The two are equal for a user with
    the mean number of ratings. An optimum is then about the same in any size."""
    ratings = size.ratings / size.users
    return regularization * ratings / (size.items + alpha * ratings)


def tries(shares: list[float], alphas: list[float], found: list[float]) -> list[str]:
    """Returns a table of the results for each regularization, as a multiple of alpha, and each alpha, in their
    order."""
    lines = [" ".join([f"{'regularization':<16}", *(f"{f'alpha {alpha:.3g}':>12}" for alpha in alphas)])]
    for row, share in enumerate(shares):
        values = found[row * len(alphas):(row + 1) * len(alphas)]
        lines.append(" ".join([f"{f'{share:.4g} x alpha':<16}", *(f"{value:12.4f}" for value in values)]))
    return lines


def growth_title() -> str:
    """Returns the header for the rows of :func:`growth_row`."""
    return f"{Size.header()} {'processor s':>11} {'shuffled MB':>11} {'memory MB':>9}"


def growth_row(size: Size, job: Measured) -> str:
    """Returns a table row of the resources used by a job of one size."""
    return f"{size.row()} {job.processor:11.1f} {job.shuffled / 1e6:11.1f} {job.memory / 1e6:9.0f}"


class Bench:
    """Jobs on the ratings in `work`."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.work = options, options.work
        self._start = [options.submit, options.spark, "--master", options.master]

    def ours(self, size: Size, *more: str) -> Measured:
        """Runs Latent's job."""
        return measured([
            *self._start, "--ratings", f"{self.work}/ratings.parquet", "--split", "none", "--latent",
            self.options.latent, *self._common(size), *more])

    def theirs(self, size: Size, ratings: str, out: str, pairs: list[tuple[float, float]]) -> Measured:
        """Runs Spark's own ALS for each pair of a regularization and an alpha."""
        return measured([
            *self._start, "--job", "bench_als.py", "--ratings", f"{ratings}/ratings.parquet", "--out", out,
            *self._common(size), "--weights", *(f"{regularization},{alpha}" for regularization, alpha in pairs)])

    def tuned(self, size: Size) -> tuple[tuple[float, float], tuple[float, float]]:
        """Returns the best regularization and alpha for Latent's job and for Spark's ALS, tuned on a smaller sample
        of the same kind. None of its ratings is used for training or evaluation later."""
        options, sample = self.options, f"{self.work}/sample"
        alphas = [times * self._usual_alpha(size) for times in options.alphas]
        if len(alphas) == len(options.regularizations) == 1:
            weights = options.regularizations[0] * alphas[0], alphas[0]
            return (as_ours(*weights, size), alphas[0]), weights
        os.mkdir(sample)
        small = Size(*make_ratings(sample, min(options.ratings, options.sample), seed=16), size.factors, size.sweeps, 2)
        print(f"NDCG@10 on {small.ratings} other ratings", flush=True)
        regularization, alpha = self._best("ours", alphas, lambda pairs: self._try_ours(small, sample, pairs))
        best = self._best("Spark's ALS", alphas, lambda pairs: self.theirs(small, sample, f"{sample}/als", pairs))
        shutil.rmtree(sample)
        return (as_ours(regularization, alpha, size), alpha), best

    def _best(
        self, name: str, alphas: list[float], learn: Callable[[list[tuple[float, float]]], object]
    ) -> tuple[float, float]:
        """Returns the best of all pairs of a regularization and an alpha; `learn` trains them all into
        sample/als/NUMBER."""
        shares, sample = self.options.regularizations, f"{self.work}/sample"
        pairs = [(share * alpha, alpha) for share, alpha in itertools.product(shares, alphas)]
        learn(pairs)
        found = [mean(ndcg(sample, f"{sample}/als/{number}")) for number in range(len(pairs))]
        shutil.rmtree(f"{sample}/als")
        best = pairs[int(np.argmax(found))]
        print(f"{name}:", *tries(shares, alphas, found), "", sep="\n", flush=True)
        return best

    def _try_ours(self, size: Size, sample: str, pairs: list[tuple[float, float]]) -> None:
        """Trains on a single machine, which gives the same model."""
        store, models = f"sqlite:{sample}/ratings.sqlite", f"{sample}/models"
        csv.write_csv(parquet.read_table(f"{sample}/ratings.parquet"), f"{sample}/ratings.csv")
        self._run("import", f"{sample}/ratings.csv", "--store", store)
        for number, (regularization, alpha) in enumerate(pairs):
            name = ["--models", models, "--name", f"try-{number}"]
            self._run("train", "--model", "implicit-als", "--factors", size.factors, "--sweeps", size.sweeps, "--seed", 4,
                      "--alpha", alpha, "--regularization", as_ours(regularization, alpha, size), "--split", "none",
                      "--publish", "--store", store, *name)
            self._run("export", "model", "--format", "npy", "--out", f"{sample}/npy", *name)
            for side in ("user", "item"):
                os.makedirs(f"{sample}/als/{number}/{side}s")
                ids, vectors = (np.load(f"{sample}/npy/{side}_{what}.npy") for what in ("ids", "vectors"))
                parquet.write_table(
                    pa.table({"id": ids, "factors": list(vectors)}), f"{sample}/als/{number}/{side}s/all.parquet")
            shutil.rmtree(f"{sample}/npy")

    def _run(self, *words: object) -> None:
        """Runs the latent program."""
        done = subprocess.run([self.options.latent, *map(str, words)], text=True, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"error: latent {words[0]} failed\n{done.stderr[-2000:]}")

    def _usual_alpha(self, size: Size) -> float:
        """Returns Latent's default alpha for a size."""
        slots = blocks.slots(
            size.users, size.items, size.ratings, size.factors, float(size.ratings), math.nan, math.nan)
        question = b"".join(blocks.frame(blocks.WEIGHTS, 0, slots))
        found = subprocess.run([self.options.latent, "solve-block"], input=question, capture_output=True, check=True)
        return blocks.Answer(blocks.WEIGHTS, 0, bytearray(found.stdout[64:])).number(5)

    def _common(self, size: Size) -> list[str]:
        return ["--factors", str(size.factors), "--sweeps", str(size.sweeps), "--partitions", str(size.partitions)]

    def beside(self) -> None:
        """Runs and compares both jobs, one after the other."""
        options = self.options
        size = Size(*make_ratings(self.work, options.ratings), options.factors, options.sweeps, options.partitions)
        print(f"{size}\n{self._machine()}\n", flush=True)
        regularizations, alphas = zip(*self.tuned(size), strict=True)
        more = ["--exchange", options.exchange] if options.exchange else []
        ours = self.ours(size, "--factors-out", f"{self.work}/latent", "--alpha", str(alphas[0]), "--regularization",
                         str(regularizations[0]), *more)
        theirs = self.theirs(size, self.work, f"{self.work}/als", [(regularizations[1], alphas[1])])
        print(*comparison(
            Compared("Latent on Spark", ours, ndcg(self.work, f"{self.work}/latent")),
            Compared("Spark's ALS", theirs, ndcg(self.work, f"{self.work}/als/0"))), sep="\n")
        for name, regularization, alpha in zip(("ours", "Spark's"), regularizations, alphas, strict=True):
            print(f"{name}: alpha {alpha:.6g}, regularization {regularization:.6g}")
        users, items = re.search(r"\((\w+)\) and \d+ items \((\w+)\)", ours.said).groups()
        stages = re.search(r"learned in .*? s(?: \((.*)\))?, shuffled", ours.said)[1]
        print(f"ours, learning s: {stages}; sweeps {re.findall(r'after ([0-9.]+) s', ours.said)[-1]} of these")
        print(f"ours, how factors are sent: of users {users}, of items {items}")
        # The class, and the libraries it has loaded.
        print(*re.search(r"BLAS: .*", theirs.said)[0].split(), sep="\n  ")

    def _machine(self) -> str:
        return f"{self.options.master}, load {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors"

    def growth(self) -> None:
        """Runs Latent's job in several sizes: a base size, then variations of each parameter. The last one is
        excluded from the fit."""
        count, factors, partitions = self.options.ratings, self.options.factors, self.options.partitions
        plans = [  # ratings, users (0: a 60th), factors, sweeps, partitions
            (count, 0, factors, 4, partitions), (count // 2, 0, factors, 4, partitions),
            (2 * count, 0, factors, 4, partitions), (count, count // 20, factors, 4, partitions),
            (count, 0, factors // 2, 4, partitions), (count, 0, 2 * factors, 4, partitions),
            (count, 0, factors, 8, partitions), (count, 0, factors, 4, 3 * partitions),
            (2 * count, 0, factors // 2, 8, 2 * partitions), (4 * count, 0, factors, 6, 2 * partitions)]
        print(f"exchange {self.options.exchange or 'by size'}, {self._machine()}\n\n{growth_title()}", flush=True)
        more = ["--exchange", self.options.exchange] if self.options.exchange else []
        found = []
        for ratings, users, *others in plans:
            size = Size(*make_ratings(self.work, ratings, users), *others)
            # Factors are written to a Parquet folder: otherwise the job would have no output.
            job = self.ours(size, "--factors-out", f"{self.work}/latent", *more)
            shutil.rmtree(f"{self.work}/latent")
            found.append((size, {"processor s": job.processor, "shuffled MB": job.shuffled / 1e6,
                                 "memory MB": job.memory / 1e6}))
            print(growth_row(size, job), flush=True)
        report(found, Size(*self.options.needs) if self.options.needs else None)


def numbers(text: str) -> list[float]:
    """Parses comma-separated numbers, which must be positive and distinct."""
    found = [float(part) for part in text.split(",")]
    if not all(math.isfinite(number) and number > 0 for number in found) or len(set(found)) < len(found):
        raise ValueError(text)
    return found


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(prog="deploy/spark/bench", allow_abbrev=False)
    for name in ("work", "submit", "spark", "latent"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--ratings", type=int, default=1_000_000, help="made up; a fifth is held out")
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--sweeps", type=int, default=8)
    parser.add_argument("--partitions", type=int, default=6)
    parser.add_argument("--exchange", help="of latent_train.py")
    tried = {"type": numbers, "metavar": "NUMBER,..."}
    parser.add_argument("--alphas", default=[0.03, 0.1, 0.3, 1.0], **tried, help="of both, in units of Latent's usual one: "
                        "of several the best on other ratings is taken, by each for itself (default: 0.03,0.1,0.3,1)")
    parser.add_argument("--regularizations", default=[0.1, 0.15, 0.22, 0.33], **tried,
                        help="the same: shares of alpha, as Spark's ALS counts it (default: 0.1,0.15,0.22,0.33)")
    parser.add_argument("--sample", type=int, default=250_000, help="how many other ratings")
    parser.add_argument("--master", default="local[*,4]")
    parser.add_argument("--growth", action="store_true", help="what ours needs in ten sizes about those given")
    parser.add_argument("--needs", type=lambda text: [int(float(part)) for part in text.split(",")],
                        metavar="RATINGS,USERS,ITEMS,FACTORS,SWEEPS,PARTITIONS",
                        help="with --growth: also what this would need")
    options = parser.parse_args()
    if options.needs and len(options.needs) != 6:
        parser.error("--needs is six numbers.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    bench = Bench(options)
    if options.growth:
        bench.growth()
    else:
        bench.beside()


if __name__ == "__main__":
    main()
