"""A process's descendants, and the memory they use."""

import os
import threading


def descendants(root: int) -> dict[int, bytes]:
    """Returns the direct and indirect child processes of `root`, with their command lines."""
    parents, commands = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            with open(f"/proc/{name}/cmdline", "rb") as file:
                commands[int(name)] = file.read()
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, new = {}, {root}
    while new:
        new = {process for process, parent in parents.items() if parent in new}
        found |= {process: commands.get(process, b"") for process in new}
    return found


def memory(processes: dict[int, bytes]) -> int:
    """Returns the resident memory of processes in bytes, counting shared memory once."""
    sum_ = 0
    for process in processes:
        try:
            with open(f"/proc/{process}/smaps_rollup", "rb") as file:
                sum_ += sum(int(line.split()[1]) << 10 for line in file if line.startswith(b"Pss:"))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return sum_


class PeakMemory:
    """Measures the peak memory of all descendants of this process, sampled every half a second."""

    def __init__(self) -> None:
        self.bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            self.bytes = max(self.bytes, memory(descendants(os.getpid())))
