"""How a job of Spark begins, tells of its errors, and ends."""

import re
import sys
from collections.abc import Callable

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

import latent_blocks as blocks
from latent_ratings import RatingsError

# By these PySpark logs errors that it raises as well, with their stack traces.
_LOGGERS = "DataFrameQueryContextLogger", "SQLQueryContextLogger"
# What says itself what is wrong.
_OWN = blocks.SolverError, RatingsError, OSError
# How Python and Java write what was raised, be it the cause of something else: the name without where it is from.
_SOLVER, _ABORTED = f"{blocks.SolverError.__name__}: ", "SparkException: Job aborted"
_RAISED = re.compile(r"^(?:: |Caused by: )?(?:[\w$]+\.)*([A-Z]\w*(?:Error|Exception): .+)", re.MULTILINE)


def told(error: Exception) -> str:
    """What an error says to people, without the stack traces of where it came through: the first thing that was raised,
    and the last one where that is another."""
    said = str(error).strip() or type(error).__name__
    if isinstance(error, _OWN):
        return said
    found = _RAISED.findall(said) or said.splitlines()[:1]
    for line in reversed(found):
        if line.startswith(_SOLVER):
            return line.removeprefix(_SOLVER)
    # That a stage failed says nothing of why.
    found = [line.strip() for line in found if _ABORTED not in line] or found
    return found[0] if len(found) == 1 or found[-1] in found[0] else f"{found[0]} ({found[-1]})"


def exit_code(job: Callable[[], int]) -> int:
    """Runs a job; its exit code, or 1 where it fails, which is told in a line on standard error."""
    try:
        return job()
    except (*_OWN, PySparkException, Py4JError) as error:
        print(f"error: {told(error)}", file=sys.stderr)
        return 1


def run(job: Callable[[SparkSession], int]) -> int:
    """Runs a job in a session of its own; its exit code."""
    spark = SparkSession.builder.appName("latent").getOrCreate()
    # Hashes wrap, as integers of processors do.
    spark.conf.set("spark.sql.ansi.enabled", "false")
    for name in _LOGGERS:
        PySparkLogger.getLogger(name).disabled = True
    try:
        return exit_code(lambda: job(spark))
    finally:
        spark.stop()
