"""A client of `latent solve-block`: frames as ARCHITECTURE.md, "Blocks", says them."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator

import numpy as np

FACTORS, BASIS, FILE, START, GRAM, TURN, SOLVE, SOLVED, WEIGHTS = range(1, 10)
ALS_START, ALS_SOLVE, ALS_SOLVED, MODEL, PART, SCORE, SCORED = range(10, 17)
CONFIDENCES = ("equal", "value", "log")

_START = struct.Struct("<8sHHIQQ")
_SIGNATURE = b"\x89LATENT\n"
_VERSION = 1
_BYTE_LIMIT = 1 << 34

# A header, and what stands behind it, not put together in memory.
Frame = list[bytes | memoryview]


class SolverError(RuntimeError):
    """The program ended with an error, or answered what it should not have."""


def shipped(name: str) -> str:
    """The path of one of the job's --files of that name, else the name itself."""
    from pyspark import SparkFiles

    path = SparkFiles.get(os.path.basename(name))
    return path if os.path.exists(path) else name


def stride(factors: int) -> int:
    """The numbers of a row of so many factors: filled up to a multiple of 16."""
    return (factors + 15) // 16 * 16


def slots(*values: int | float) -> bytes:
    """Eight slots: whole numbers as they are, others in double precision."""
    packed = b"".join(struct.pack("<d" if isinstance(value, float) else "<Q", value) for value in values)
    return packed.ljust(64, b"\0")


def frame(kind: int, tag: int, slots: bytes, *arrays: np.ndarray | bytes) -> Frame:
    """A frame of slots and arrays."""
    pieces: Frame = [slots]
    for array in arrays:
        if isinstance(array, np.ndarray):
            array = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        view = memoryview(array)
        pieces += [view, b"\0" * (-len(view) % 64)]
    start = _START.pack(_SIGNATURE, _VERSION, kind, 0, sum(len(piece) for piece in pieces), tag)
    digest = hashlib.sha256(start)
    for piece in pieces:
        digest.update(piece)
    return [start + digest.digest(), *pieces]


def identifiers(ids: list[int] | list[str]) -> tuple[bool, int, list[np.ndarray | bytes]]:
    """Ids as frames hold them: whether they are texts, the bytes of these, and the arrays."""
    if not isinstance(ids[0], str):
        return False, 0, [np.array(ids, np.int64)]
    texts = [text.encode() for text in ids]
    joined = b"".join(texts)
    return True, len(joined), [np.cumsum([len(text) for text in texts]).astype(np.uint64), joined]


def file_frame(path: str, digest: bytes) -> Frame:
    """A frame that names the file at `path`, which holds a frame with that checksum."""
    name = os.fsencode(path)
    return frame(FILE, 0, slots(len(name)), digest, name)


class Answer:
    """A frame that came back."""

    def __init__(self, kind: int, tag: int, payload: bytearray) -> None:
        self.kind, self.tag, self._payload, self._position = kind, tag, payload, 64

    def count(self, slot: int) -> int:
        return struct.unpack_from("<Q", self._payload, 8 * slot)[0]

    def number(self, slot: int) -> float:
        return struct.unpack_from("<d", self._payload, 8 * slot)[0]

    def array(self, *shape: int, dtype: type = np.float32) -> np.ndarray:
        """The next array."""
        found = np.frombuffer(self._payload, dtype, int(np.prod(shape)), self._position).reshape(shape)
        self._position += (found.nbytes + 63) // 64 * 64
        return found


def find(program: str) -> str:
    """Where the program is: one of the job's --files, a path, or a name in PATH. Throws where it is not."""
    path = shutil.which(shipped(program))
    if not path:
        raise SolverError(f"there is no program {program} on {os.uname().nodename}. Send it along: --files {program}")
    return path


class Solver:
    """One process of the program, asked frame by frame."""

    def __init__(self, program: str, *arguments: str) -> None:
        # A file and not a pipe, which could fill up unread.
        self._errors = tempfile.TemporaryFile()
        self._command = arguments[0]
        self._process = subprocess.Popen(
            [find(program), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0)

    def __enter__(self) -> Solver:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        """Ends the process; raises where it ends with an error that nothing has told of yet."""
        if kind is not None:
            self._process.kill()
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        code = self._process.wait()
        self._process.stdout.close()
        try:
            if kind is None and code != 0:
                raise self._failure(code)
        finally:
            self._errors.close()

    def ask(self, frames: Iterable[Frame], answers: int) -> Iterator[Answer]:
        """Sends frames and yields the answers, `answers` of them. A thread of its own writes: the program answers
        while it is written to, and two full pipes would wait for each other."""
        failures: list[BaseException] = []

        def write() -> None:
            try:
                for pieces in frames:
                    for piece in pieces:
                        self._write(piece)
            except BrokenPipeError:
                pass  # The end of its answers tells.
            except BaseException as error:  # noqa: BLE001 (raised again below)
                failures.append(error)
                self._process.kill()

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        for _ in range(answers):
            try:
                answer = self._read()
            except SolverError as error:
                writer.join()
                raise (failures[0] if failures else error) from None
            yield answer
        writer.join()
        if failures:
            raise failures[0]

    def ask_one(self, *frames: Frame) -> Answer:
        """The one answer to frames, the last of which asks."""
        (answer,) = self.ask(frames, 1)
        return answer

    def _write(self, piece: bytes | memoryview) -> None:
        view = memoryview(piece)
        while len(view):
            view = view[self._process.stdin.write(view):]

    def _read(self) -> Answer:
        header = self._bytes(64)
        signature, version, kind, zero, length, tag = _START.unpack_from(header)
        if signature != _SIGNATURE or version != _VERSION or zero or not 64 <= length <= _BYTE_LIMIT:
            raise SolverError(f"latent {self._command} answered with what is not a frame of version {_VERSION}")
        payload = self._bytes(length)
        digest = hashlib.sha256(header[:32])
        digest.update(payload)
        if digest.digest() != bytes(header[32:]):
            raise SolverError(f"an answer of latent {self._command} was altered on its way")
        return Answer(kind, tag, payload)

    def _bytes(self, count: int) -> bytearray:
        found = bytearray(count)
        view, done = memoryview(found), 0
        while done < count:
            got = self._process.stdout.readinto(view[done:])
            if not got:
                raise self._failure(self._process.wait())
            done += got
        return found

    def _failure(self, code: int) -> SolverError:
        self._errors.seek(0)
        said = self._errors.read(4000).decode(errors="replace").strip().removeprefix("error: ")
        if code < 0:
            said = f"latent {self._command} was ended by signal {-code}. {said}"
        return SolverError(
            said or f"latent {self._command} ended with exit code {code} and fewer answers than frames")
