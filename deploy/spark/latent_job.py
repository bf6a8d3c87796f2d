"""The start, error reporting and end of a Spark job."""

import re
import sys
from collections.abc import Callable

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

import latent_blocks as blocks
from latent_ratings import RatingsError

# The loggers by which PySpark logs errors that it also raises, with their stack traces.
_LOGGERS = "DataFrameQueryContextLogger", "SQLQueryContextLogger"
# Errors whose messages are self-explanatory.
_OWN = blocks.SolverError, RatingsError, OSError
# Matches exceptions in Python's and Java's traces, including causes, and captures the class name without its package.
_SOLVER, _ABORTED = f"{blocks.SolverError.__name__}: ", "SparkException: Job aborted"
_RAISED = re.compile(r"^(?:: |Caused by: )?(?:[\w$]+\.)*([A-Z]\w*(?:Error|Exception): .+)", re.MULTILINE)


def told(error: Exception) -> str:
    """Returns an error's message without stack traces: the first exception raised, and the last one if it is
    another."""
    said = str(error).strip() or type(error).__name__
    if isinstance(error, _OWN):
        return said
    found = _RAISED.findall(said) or said.splitlines()[:1]
    for line in reversed(found):
        if line.startswith(_SOLVER):
            return line.removeprefix(_SOLVER)
    # That a stage failed does not explain why.
    found = [line.strip() for line in found if _ABORTED not in line] or found
    return found[0] if len(found) == 1 or found[-1] in found[0] else f"{found[0]} ({found[-1]})"


def exit_code(job: Callable[[], int]) -> int:
    """Runs a job and returns its exit code; if it fails, reports the error in a line on standard error and returns
    1."""
    try:
        return job()
    except (*_OWN, PySparkException, Py4JError) as error:
        print(f"error: {told(error)}", file=sys.stderr)
        return 1


def run(job: Callable[[SparkSession], int]) -> int:
    """Runs a job in its own session and returns its exit code."""
    spark = SparkSession.builder.appName("latent").getOrCreate()
    # Hashes wrap around, like machine integers.
    spark.conf.set("spark.sql.ansi.enabled", "false")
    for name in _LOGGERS:
        PySparkLogger.getLogger(name).disabled = True
    try:
        return exit_code(lambda: job(spark))
    finally:
        spark.stop()
