#!/usr/bin/env python3
"""What deploy/spark/bench runs: makes ratings up, runs both jobs, and judges what they learned by the same code."""

import argparse
import ctypes
import os
import re
import resource
import subprocess
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

_TASTES = 40
_JUDGED_USERS = 5_000
# prctl(2): processes whose parents have ended become children of this one, and their time is counted.
_SET_CHILD_SUBREAPER = 36


def make_ratings(work: str, count: int) -> tuple[int, int]:
    """Writes about `count` ratings with planted tastes, a fifth of them held out; how many users and items."""
    random = np.random.default_rng(15)
    users, items = max(100, count // 60), int(max(100, 20 * count**0.45))
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
    return users, items


def measured(arguments: list[str], environment: dict[str, str]) -> tuple[float, float, str]:
    """Runs a job: wall seconds, processor seconds of all that it started, and what it printed."""
    before, beginning = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(arguments, text=True, capture_output=True, env=os.environ | environment, check=False)
    seconds = time.monotonic() - beginning
    if done.returncode:
        raise SystemExit(f"error: a job failed\n{done.stderr[-4000:]}")
    while True:  # What the job left behind becomes ours.
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


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

    def by_user(file: str) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        table = parquet.read_table(f"{work}/{file}.parquet")
        for user, item in zip(table["user"].to_pylist(), table["item"].to_pylist(), strict=True):
            if item in places:
                found.setdefault(user, []).append(places[item])
        return found

    seen, held = by_user("ratings"), by_user("held")
    judged = sorted(set(held) & set(rows), key=lambda user: user * 2654435761 % (1 << 32))[:_JUDGED_USERS]
    discounts, sum_ = 1 / np.log2(np.arange(2, 12)), 0.0
    for user in judged:
        scores = items @ users[rows[user]]
        scores[seen.get(user, [])] = -np.inf
        best = np.argpartition(-scores, 10)[:10]
        best = best[np.argsort(-scores[best])]
        hits = np.isin(best, held[user])
        sum_ += float(hits @ discounts) / discounts[: len(held[user])].sum()
    return sum_ / len(judged)


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(prog="deploy/spark/bench", allow_abbrev=False)
    for name in ("work", "submit", "spark", "latent"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--sweeps", type=int, default=8)
    parser.add_argument("--partitions", type=int, default=6)
    parser.add_argument("--regularization", type=float, default=0.1, help="of Spark's ALS")
    parser.add_argument("--master", default="local[*,4]")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    users, items = make_ratings(options.work, options.ratings)
    print(f"{options.ratings} ratings of {users} users and {items} items, {options.factors} factors, "
          f"{options.sweeps} sweeps, {options.master}, load {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors")
    start = [options.submit, options.spark, "--master", options.master]
    common = ["--factors", str(options.factors), "--sweeps", str(options.sweeps), "--partitions",
              str(options.partitions)]
    ours = measured([
        *start, "--ratings", f"{options.work}/ratings.parquet", "--split", "none", "--latent", options.latent,
        "--factors-out", f"{options.work}/latent", *common], {})
    alpha = re.search(r"alpha ([0-9.e+-]+)", ours[2])[1]
    theirs = measured([
        *start, "--job", "bench_als.py", "--ratings", f"{options.work}/ratings.parquet", "--out",
        f"{options.work}/als", "--alpha", alpha, "--regularization", str(options.regularization), *common], {})
    print(f"{'':24} {'wall s':>8} {'learning s':>10} {'processor s':>12} {'shuffled MB':>12} {'NDCG@10':>8}")
    for name, folder, (seconds, processor, said) in (
            ("Latent on Spark", "latent", ours), ("Spark's ALS", "als", theirs)):
        learning = float(re.search(r"learned in ([0-9.]+) s", said)[1])
        shuffled = int(re.search(r"shuffled (\d+) bytes", said)[1]) / 1e6
        print(f"{name:24} {seconds:8.1f} {learning:10.1f} {processor:12.1f} {shuffled:12.1f} "
              f"{ndcg(options.work, folder):8.4f}")
    print(re.search(r"BLAS: .*", theirs[2])[0])


if __name__ == "__main__":
    main()
