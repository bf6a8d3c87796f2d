"""From what was learned to a version: files for `latent assemble`, and ratings of judged users in a store."""

import os
import subprocess
from collections.abc import Iterator
from itertools import islice

import numpy as np
from pyspark import SparkContext
from pyspark.sql import DataFrame, functions as F, types as T

import latent_blocks as blocks
from latent_als import ALS
from latent_sweeps import Side, Training


def write_model(training: Training, folder: str) -> None:
    """Writes what was learned to a folder on this machine: model.frames, users.frames and items.frames."""
    os.makedirs(folder)
    facts = np.array(training.facts, np.float64)
    model = blocks.frame(
        blocks.MODEL, 0,
        blocks.slots(
            int(isinstance(training, ALS)), training.numbers, training.users.count, training.items.count,
            training.count, len(facts)),
        facts)
    _write(f"{folder}/model.frames", [model])
    _write(f"{folder}/users.frames", _parts(training, training.users, 0))
    _write(f"{folder}/items.frames", _parts(training, training.items, 1))


def _write(path: str, frames: Iterator[blocks.Frame] | list[blocks.Frame]) -> None:
    with open(path, "wb") as file:
        for pieces in frames:
            file.writelines(pieces)


def _parts(training: Training, side: Side, number: int) -> Iterator[blocks.Frame]:
    """A side's blocks, in the order of its ids: rows, and of users what they rated, of items how often that was."""
    ids = side.ids_in_order()
    for block in side.blocks_in_order():
        first, count = block["first"], block["rows"]
        is_text, byte_count, arrays = blocks.identifiers(list(islice(ids, count)))
        arrays.append(side.learned[first:first + count])
        if number == 0:
            arrays += [block["offsets"], block["others"]]
        else:
            arrays.append(np.diff(np.frombuffer(block["offsets"], np.uint64)).astype(np.uint32))
        slots = blocks.slots(
            count, training.numbers, 0 if number else block["ratings"], is_text, byte_count, number)
        yield blocks.frame(blocks.PART, first, slots, *arrays)


def write_parquet(training: Training, folder: str) -> None:
    """id and factors of users and items as Parquet, for other programs: FOLDER/users and FOLDER/items."""
    for side in (training.users, training.items):
        rows, numbers = training.spark.sparkContext.broadcast(side.learned), training.numbers
        schema = T.StructType([
            side.ids.schema[side.name], T.StructField("factors", T.ArrayType(T.FloatType(), False), False)])
        found = side.ids.rdd.map(lambda pair, rows=rows: (pair[0], rows.value[pair[1], :numbers].tolist()))
        found.toDF(schema).withColumnRenamed(side.name, "id").write.mode("overwrite").parquet(f"{folder}/{side.name}s")
        rows.destroy()


def import_judged(ratings: DataFrame, most: int, has_values: bool, program: str, folder: str) -> str:
    """Imports all ratings of at most `most` users into a store in `folder` on this machine; its URL. Which users
    follows from their ids alone."""
    users = ratings.select("user").distinct()
    if users.count() > most:
        users = users.orderBy(F.xxhash64("user")).limit(most)
        ratings = ratings.join(F.broadcast(users), "user")
    store, path = f"sqlite:{folder}/judged.sqlite", f"{folder}/judged.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("user,item,value\n")
        for row in ratings.toLocalIterator(prefetchPartitions=True):
            file.write(f"{_field(row['user'])},{_field(row['item'])},{row['value']!r}\n")
    types = []
    for side in ("user", "item"):
        types += [f"--{side}-id-type", "integer" if isinstance(ratings.schema[side].dataType, T.LongType) else "text"]
    # Without values they are counts, if only of 1.
    types += [] if has_values else ["--feedback", "implicit"]
    run(program, "import", path, "--store", store, "--repeats", "error", *types, quietly=True)
    os.remove(path)
    return store


def _field(identifier: int | str) -> str:
    """An id as a field of a CSV file."""
    text = str(identifier)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def run(program: str, *arguments: str, quietly: bool = False) -> int:
    """Runs the program on this machine; its exit code where that is 0 or 3 (a model that was refused)."""
    done = subprocess.run(
        [blocks.find(program), *arguments], check=False, text=True,
        stdout=subprocess.PIPE if quietly else None, stderr=subprocess.PIPE if quietly else None)
    if done.returncode not in (0, 3):
        said = (done.stderr or "").strip().removeprefix("error: ")
        raise blocks.SolverError(f"latent {arguments[0]} ended with exit code {done.returncode}. {said}".strip())
    return done.returncode


def shuffled(context: SparkContext) -> int:
    """The bytes that the job has shuffled so far."""
    executors = context._jsc.sc().statusStore().executorList(False)
    return sum(executors.apply(number).totalShuffleWrite() for number in range(executors.size()))
