#!/usr/bin/env python3
"""What deploy/spark/bench runs: makes ratings up, runs both jobs, and judges what they learned by the same code; or runs
ours in several sizes, and says by what its needs grow."""

import argparse
import ctypes
import os
import re
import resource
import shutil
import subprocess
import time
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from growth import Size, report
from processes import PeakMemory

_TASTES = 40
_JUDGED_USERS = 5_000
# How long processes may go on behind a job.
_LEFT_SECONDS = 60
# prctl(2): processes whose parents have ended become children of this one, and their time is counted.
_SET_CHILD_SUBREAPER = 36


def make_ratings(work: str, count: int, users: int = 0) -> tuple[int, int, int]:
    """Writes about `count` ratings with planted tastes, a fifth of them held out; how many ratings to learn from, users
    and items there are."""
    random = np.random.default_rng(15)
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
    """A job's wall seconds, processor seconds and most memory (bytes) of all its processes, and what it printed."""

    seconds: float
    processor: float
    memory: int
    said: str

    @property
    def learning(self) -> float:
        """Seconds without the start and the end of Spark."""
        return float(re.search(r"learned in ([0-9.]+) s", self.said)[1])

    @property
    def shuffled(self) -> int:
        """Bytes."""
        return int(re.search(r"shuffled (\d+) bytes", self.said)[1])


def measured(arguments: list[str]) -> Measured:
    """Runs a job."""
    before, beginning = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with PeakMemory() as peak:
        done = subprocess.run(arguments, text=True, capture_output=True, check=False)
        seconds = time.monotonic() - beginning
        if done.returncode:
            raise SystemExit(f"error: a job failed\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}")
        # What the job left behind becomes ours.
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
    return Measured(seconds, processor, peak.bytes, done.stdout)


def ndcg(work: str, name: str) -> float:
    """NDCG@10 of factors on held-out ratings, of some users, their training items left out."""
    sides = []
    for side in ("users", "items"):
        table = parquet.read_table(f"{work}/{name}/{side}")
        factors = table["factors"].combine_chunks()
        sides.append((np.array(table["id"]), np.array(factors.flatten(), np.float32).reshape(len(table), -1)))
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
    discounts, sum_ = 1 / np.log2(np.arange(2, 12)), 0.0
    for user in held:
        scores = items @ users[rows[user]]
        scores[seen.get(user, [])] = -np.inf
        best = np.argpartition(-scores, 10)[:10]
        best = best[np.argsort(-scores[best])]
        hits = np.isin(best, held[user])
        sum_ += float(hits @ discounts) / discounts[: len(held[user])].sum()
    return sum_ / len(held)


class Bench:
    """Jobs on ratings in `work`."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.work = options, options.work
        self._start = [options.submit, options.spark, "--master", options.master]

    def ours(self, size: Size, *more: str) -> Measured:
        """Latent's."""
        return measured([
            *self._start, "--ratings", f"{self.work}/ratings.parquet", "--split", "none", "--latent",
            self.options.latent, *self._common(size), *more])

    def theirs(self, size: Size, alpha: str) -> Measured:
        """Spark's own ALS."""
        return measured([
            *self._start, "--job", "bench_als.py", "--ratings", f"{self.work}/ratings.parquet", "--out",
            f"{self.work}/als", "--alpha", alpha, "--regularization", str(self.options.regularization),
            *self._common(size)])

    def _common(self, size: Size) -> list[str]:
        return ["--factors", str(size.factors), "--sweeps", str(size.sweeps), "--partitions", str(size.partitions)]

    def beside(self) -> None:
        """Both, one after the other."""
        options = self.options
        size = Size(*make_ratings(self.work, options.ratings), options.factors, options.sweeps, options.partitions)
        print(f"{size}, {options.master}, load {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors", flush=True)
        more = ["--exchange", options.exchange] if options.exchange else []
        ours = self.ours(size, "--factors-out", f"{self.work}/latent", *more)
        print(re.search(r".* in \d+ blocks a side", ours.said)[0], flush=True)
        theirs = self.theirs(size, re.search(r"alpha ([0-9.e+-]+)", ours.said)[1])
        print(f"{'':16} {'wall s':>8} {'learning s':>10} {'processor s':>11} {'shuffled MB':>11} {'memory MB':>9} "
              f"{'NDCG@10':>7}")
        for name, folder, job in (("Latent on Spark", "latent", ours), ("Spark's ALS", "als", theirs)):
            print(f"{name:16} {job.seconds:8.1f} {job.learning:10.1f} {job.processor:11.1f} {job.shuffled / 1e6:11.1f} "
                  f"{job.memory / 1e6:9.0f} {ndcg(self.work, folder):7.4f}", flush=True)
        print(re.search(r"BLAS: .*", theirs.said)[0])

    def growth(self) -> None:
        """Ours in several sizes: all in the middle, then more and less of each; the last one is not fitted to."""
        count, factors, partitions = self.options.ratings, self.options.factors, self.options.partitions
        plans = [  # ratings, users (0: a 60th), factors, sweeps, partitions
            (count, 0, factors, 4, partitions), (count // 2, 0, factors, 4, partitions),
            (2 * count, 0, factors, 4, partitions), (count, count // 20, factors, 4, partitions),
            (count, 0, factors // 2, 4, partitions), (count, 0, 2 * factors, 4, partitions),
            (count, 0, factors, 8, partitions), (count, 0, factors, 4, 3 * partitions),
            (2 * count, 0, factors // 2, 8, 2 * partitions), (4 * count, 0, factors, 6, 2 * partitions)]
        print(f"{self.options.exchange or 'by size'}, {self.options.master}, load {os.getloadavg()[0]:.1f} of "
              f"{os.cpu_count()} processors\n{Size.header()} {'learning s':>10} {'processor s':>11} {'shuffled MB':>11} "
              f"{'memory MB':>9}", flush=True)
        more = ["--exchange", self.options.exchange] if self.options.exchange else []
        found = []
        for ratings, users, *others in plans:
            size = Size(*make_ratings(self.work, ratings, users), *others)
            # Factors go to a folder of Parquet, as else nothing would be made of them.
            job = self.ours(size, "--factors-out", f"{self.work}/latent", *more)
            shutil.rmtree(f"{self.work}/latent")
            found.append((size, {"processor s": job.processor, "shuffled MB": job.shuffled / 1e6,
                                 "memory MB": job.memory / 1e6}))
            print(f"{size.row()} {job.learning:10.1f} {job.processor:11.1f} {job.shuffled / 1e6:11.1f} "
                  f"{job.memory / 1e6:9.0f}", flush=True)
        report(found, Size(*self.options.needs) if self.options.needs else None)


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(prog="deploy/spark/bench", allow_abbrev=False)
    for name in ("work", "submit", "spark", "latent"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--ratings", type=int, default=1_000_000, help="made up; a fifth is held out")
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--sweeps", type=int, default=8)
    parser.add_argument("--partitions", type=int, default=6)
    parser.add_argument("--exchange", help="of latent_train.py")
    parser.add_argument("--regularization", type=float, default=0.1, help="of Spark's ALS")
    parser.add_argument("--master", default="local[*,4]")
    parser.add_argument("--growth", action="store_true", help="what ours needs in ten sizes about those given")
    parser.add_argument("--needs", type=lambda text: [int(float(part)) for part in text.split(",")],
                        metavar="RATINGS,USERS,ITEMS,FACTORS,SWEEPS,PARTITIONS",
                        help="with --growth: also what this would need")
    options = parser.parse_args()
    if options.needs and len(options.needs) != 6:
        parser.error("--needs is six numbers.")
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    bench = Bench(options)
    if options.growth:
        bench.growth()
    else:
        bench.beside()


if __name__ == "__main__":
    main()
