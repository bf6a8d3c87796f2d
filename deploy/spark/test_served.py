#!/usr/bin/env python3
"""Compares a version published by a job with one that `latent train` created with the same options: the held-out
ratings, the metrics, the daemon's answers, and the lists written by a job. Run by deploy/spark/test.

usage: test_served.py WORK LATENT [LISTS]

WORK/models contains the models `one` and `spark`, WORK/ratings.csv their users. With LISTS, which are those of the
model `spark`, both are served as judged (--no-refit): all ratings count as read, and neither recommends what was held
out.
"""

import csv
import glob
import json
import re
import socket
import subprocess
import sys

import pyarrow.parquet as parquet

# Tolerances of scores and of metrics: an item that changes position affects the metrics more if there are few users.
_TOLERANCE, _FIGURES = 1e-3, 0.01


def version(folder: str) -> dict:
    """Returns the run that created a model's only version."""
    (path,) = glob.glob(f"{folder}/versions/*/manifest.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)["run"]


def asked(port: int, user: object, count: int) -> list[tuple[object, float]]:
    """Returns the daemon's recommendations to a user: items and scores."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection, connection.makefile("rw") as lines:
        lines.write(f"RECOMMEND {user} COUNT {count}\n")
        lines.flush()
        return [(item["item"], item["score"]) for item in json.loads(lines.readline())["items"]]


def served(work: str, latent: str, name: str, users: list, count: int) -> list:
    """Returns the recommendations to users by a daemon with one of the models."""
    daemon = subprocess.Popen(
        [latent, "serve", "--models", f"{work}/models", "--name", name, "--listen", "127.0.0.1:0", "--log-level",
         "warning"], stdout=subprocess.PIPE, text=True)
    try:
        for line in daemon.stdout:
            if found := re.search(r"listening on .*:(\d+)$", line.strip()):
                return [asked(int(found[1]), user, count) for user in users]
        raise SystemExit("error: the daemon ended before it listened")
    finally:
        daemon.terminate()
        daemon.wait()


def main() -> int:
    """Runs the test and returns the exit code."""
    work, latent, *lists = sys.argv[1:]
    failed = False

    def compare(what: str, found: object, wanted: object, same: bool) -> None:
        nonlocal failed
        failed |= not same
        print(f"{what}: {found} on Spark, {wanted} on one machine{'' if same else ': NOT THE SAME'}", flush=True)

    one, spark = (version(f"{work}/models/{name}") for name in ("one", "spark"))
    for name in ("ratings_read", "ratings_held_out", "users_read", "items_read"):
        compare(name, spark["counts"][name], one["counts"][name], spark["counts"][name] == one["counts"][name])
    for name in ("ndcg@10", "recall@20"):
        found, wanted = (run["metrics"][name]["value"] for run in (spark, one))
        compare(name, round(found, 4), round(wanted, 4), abs(found - wanted) < _FIGURES)
    print("record:", {name: spark["parameters"].get(name) for name in ("engine", "executors", "partitions")},
          "shuffled", spark["counts"].get("shuffle_bytes"), flush=True)
    with open(f"{work}/ratings.csv", encoding="utf-8") as file:
        users = sorted({int(row["user"]) for row in csv.DictReader(file)})
    users, count = users[:: max(1, len(users) // 50)], 5
    on_spark, on_one = (served(work, latent, name, users, count) for name in ("spark", "one"))
    off = max(abs(left[1] - right[1]) for pair in zip(on_spark, on_one, strict=True)
              for left, right in zip(*pair, strict=True))
    failed |= not off < _TOLERANCE or not all(on_spark)
    print(f"what the daemon answers {len(users)} users: scores differ by at most {off:.2g}", flush=True)
    for folder in lists:
        of_user = {row["user"]: row["items"][:count] for row in parquet.read_table(folder).to_pylist()}
        # A user whose ratings were all held out has no list; the daemon recommends popular items to them.
        same = [of_user[user] == [item for item, _ in answer] for user, answer in zip(users, on_spark, strict=True)
                if of_user[user]]
        same = all(same) and len(same) > len(users) / 2
        failed |= not same
        print(f"everyone's lists: {'as' if same else 'NOT AS'} the daemon answers", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
