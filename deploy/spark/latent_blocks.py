"""A client of `latent solve-block`: frames as ARCHITECTURE.md, "Blocks", says them."""

import hashlib
import struct
import subprocess
import tempfile
import threading

import numpy as np

FACTORS, BASIS, FILE, START, GRAM, TURN, SOLVE, SOLVED, WEIGHTS = range(1, 10)
CONFIDENCES = ("equal", "value", "log")

_START = struct.Struct("<8sHHIQQ")
_SIGNATURE = b"\x89LATENT\n"
_VERSION = 1
_BYTE_LIMIT = 1 << 34


class SolverError(RuntimeError):
    """The program ended with an error, or answered what it should not have."""


def stride(factors):
    """The numbers of a row of so many factors: filled up to a multiple of 16."""
    return (factors + 15) // 16 * 16


def slots(*values):
    """Eight slots: whole numbers as they are, others in double precision."""
    packed = b"".join(
        struct.pack("<d", value) if isinstance(value, float) else struct.pack("<Q", value)
        for value in values
    )
    return packed.ljust(64, b"\0")


def frame(kind, tag, slots, *arrays):
    """The pieces of a frame: its header and what stands behind, not put together in memory."""
    pieces = [slots]
    for array in arrays:
        if isinstance(array, np.ndarray):
            array = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        view = memoryview(array)
        pieces += [view, b"\0" * (-len(view) % 64)]
    start = _START.pack(_SIGNATURE, _VERSION, kind, 0, sum(len(piece) for piece in pieces), tag)
    digest = hashlib.sha256(start)
    for piece in pieces:
        digest.update(piece)
    return [start + digest.digest()] + pieces


class Answer:
    """A frame that came back."""

    def __init__(self, kind, tag, payload):
        self.kind, self.tag, self._payload, self._position = kind, tag, payload, 64

    def count(self, slot):
        return struct.unpack_from("<Q", self._payload, 8 * slot)[0]

    def number(self, slot):
        return struct.unpack_from("<d", self._payload, 8 * slot)[0]

    def array(self, *shape, dtype=np.float32):
        """The next array."""
        count = int(np.prod(shape))
        found = np.frombuffer(self._payload, dtype, count, self._position).reshape(shape)
        self._position += (found.nbytes + 63) // 64 * 64
        return found


class Solver:
    """One process of `latent solve-block`, asked frame by frame."""

    def __init__(self, program, threads=1):
        # A file and not a pipe, which could fill up unread.
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [program, "solve-block", "--threads", str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
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

    def ask(self, frames, answers):
        """Sends frames and yields the answers, `answers` of them. A thread of its own writes: the program answers
        while it is written to, and two full pipes would wait for each other."""
        failures = []

        def write():
            try:
                for pieces in frames:
                    for piece in pieces:
                        self._write(piece)
            except BrokenPipeError:
                pass  # The end of its answers tells.
            except BaseException as error:
                failures.append(error)
                self._process.kill()

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        for _ in range(answers):
            try:
                answer = self._read()
            except SolverError as error:
                writer.join()
                raise (failures[0] if failures else error)
            yield answer
        writer.join()
        if failures:
            raise failures[0]

    def ask_one(self, *frames):
        """The one answer to frames, the last of which asks."""
        (answer,) = self.ask(frames, 1)
        return answer

    def _write(self, piece):
        view = memoryview(piece)
        while len(view):
            view = view[self._process.stdin.write(view):]

    def _read(self):
        header = self._bytes(64)
        signature, version, kind, zero, length, tag = _START.unpack_from(header)
        if signature != _SIGNATURE or version != _VERSION or zero or not 64 <= length <= _BYTE_LIMIT:
            raise SolverError("latent solve-block answered with what is no frame of version 1")
        payload = self._bytes(length)
        digest = hashlib.sha256(header[:32])
        digest.update(payload)
        if digest.digest() != bytes(header[32:]):
            raise SolverError("an answer of latent solve-block was altered on its way")
        return Answer(kind, tag, payload)

    def _bytes(self, count):
        bytes_ = bytearray(count)
        view, done = memoryview(bytes_), 0
        while done < count:
            got = self._process.stdout.readinto(view[done:])
            if not got:
                raise self._failure(self._process.wait())
            done += got
        return bytes_

    def _failure(self, code):
        self._errors.seek(0)
        said = self._errors.read(4000).decode(errors="replace").strip()
        if code < 0:
            said = f"latent solve-block was ended by signal {-code}. {said}"
        return SolverError(said or f"latent solve-block ended with exit code {code} and fewer answers than frames")
