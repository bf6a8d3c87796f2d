#!/usr/bin/env python3
"""Kills processes with -9: a solver, a Python worker and an executor of a job with broadcast factors and of one with
routed factors, then the driver of another job, which is resumed. All must end with the factors of an undisturbed job,
bit for bit. Run by deploy/spark/test.

usage: test_killed.py WORK SUBMIT FOLDER LATENT
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable

import numpy as np
import pyarrow.parquet as parquet

from processes import descendants

# A job that takes longer is taken to hang.
_SECONDS = 900
_KINDS = {
    "solver": re.compile(rb"solve-block\0--threads"),
    "worker": re.compile(rb"-m\0(?:latent_daemon|pyspark\.daemon)\0"),
    "executor": re.compile(rb"CoarseGrainedExecutorBackend"),
    "driver": re.compile(rb"org\.apache\.spark\.deploy\.SparkSubmit")}


def is_alive(process: int) -> bool:
    """Returns whether a process is running; zombies are not."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Job:
    """A job in local-cluster mode, with two executors, each in its own JVM."""

    _all: list["Job"] = []

    def __init__(self, arguments: Iterable[str], log: str) -> None:
        Job._all.append(self)
        self._log = log
        with open(log, "ab") as errors:
            self._process = subprocess.Popen(
                arguments, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True)
        # On timeout the job is killed, which also ends its output.
        self._limit = threading.Timer(_SECONDS, os.killpg, (self._process.pid, signal.SIGKILL))
        self._limit.daemon = True
        self._limit.start()
        self._started: dict[int, bytes] = {}
        self._deadline = time.monotonic() + _SECONDS

    @classmethod
    def end_all(cls) -> None:
        """Terminates jobs that are still running after a failure."""
        for job in cls._all:
            if job._process.poll() is None:
                os.killpg(job._process.pid, signal.SIGTERM)
                job._process.wait()

    def wait_for(self, text: str) -> None:
        """Reads the output up to a line that contains `text`."""
        for line in self._process.stdout:
            if text in line:
                return
        raise SystemExit(f"error: the job ended before it said {text}\n{self._tail()}")

    def kill(self, kind: str) -> None:
        """Kills the first process of a kind, waiting until there is one."""
        while time.monotonic() < self._deadline and self._process.poll() is None:
            self._started = descendants(self._process.pid)
            for process, command in self._started.items():
                if _KINDS[kind].search(command):
                    try:
                        os.kill(process, signal.SIGKILL)
                    except ProcessLookupError:
                        continue
                    print(f"killed: the first {kind}", flush=True)
                    return
        raise SystemExit(f"error: there was no {kind} to kill\n{self._tail()}")

    def end(self, is_killed: bool = False) -> None:
        """Waits until the job and its processes have ended."""
        self._process.stdout.read()
        code = self._process.wait(_SECONDS)
        self._limit.cancel()
        if (code != 0) != is_killed:
            raise SystemExit(f"error: the job ended with exit code {code}\n{self._tail()}")
        while time.monotonic() < self._deadline and any(map(is_alive, self._started)):
            time.sleep(0.1)

    def _tail(self) -> str:
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-20:])


def factors(folder: str) -> dict[str, tuple[list, np.ndarray]]:
    """Returns the ids and factors of both sides."""
    found = {}
    for side in ("users", "items"):
        table = parquet.read_table(f"{folder}/{side}").sort_by("id")
        found[side] = table["id"].to_pylist(), np.array(table["factors"].to_pylist(), np.float32)
    return found


def main() -> int:
    """Runs all cases and returns the exit code."""
    try:
        return killed(*sys.argv[1:])
    finally:
        Job.end_all()


def killed(work: str, submit: str, folder: str, latent: str) -> int:
    """Runs all cases and returns the exit code, but leaves jobs running after a failure."""

    def job(name: str, model: str, *more: str) -> Job:
        return Job(
            [submit, folder, "--master", "local-cluster[2,1,1024]", "--ratings", f"{work}/ratings.csv", "--model", model,
             *(["--value-column", "value"] if model == "als" else []), "--factors", "16", "--sweeps", "8", "--split",
             "none", "--partitions", "4", "--checkpoint-every", "1", "--latent", latent, "--factors-out",
             f"{work}/{name}", "--work", f"{work}/{name}-work", *more],
            f"{work}/{name}.log")

    wanted = {}
    for model in ("implicit-als", "als"):
        whole = job(f"whole-{model}", model)
        whole.end()
        wanted[model] = factors(f"{work}/whole-{model}")
    disturbed = {"broadcast": "implicit-als", "routes": "als"}
    for name, model in disturbed.items():
        one = job(name, model, "--exchange", name)
        for sweep, kind in ((1, "solver"), (2, "worker"), (3, "executor")):
            one.wait_for(f"sweep {sweep} of")
            one.kill(kind)
        one.end()
    stopped = job("stopped", "implicit-als", "--exchange", "routes")
    stopped.wait_for("sweep 4 of")
    stopped.kill("driver")
    stopped.end(is_killed=True)
    resumed = job("stopped", "implicit-als", "--exchange", "routes", "--resume")
    resumed.wait_for("going on behind sweep")
    resumed.end()
    failed = False
    for name, model in (disturbed | {"stopped": "implicit-als"}).items():
        found = factors(f"{work}/{name}")
        same = all(found[side][0] == wanted[model][side][0] and np.array_equal(found[side][1], wanted[model][side][1])
                   for side in found)
        failed |= not same
        print(f"{name}, {model}: the model is {'the same, bit for bit' if same else 'ANOTHER ONE'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
