"""Turns a trained model into a version: writes files for `latent assemble` and imports ratings of judged users."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice

import numpy as np
from pyspark import RDD, SparkContext
from pyspark.sql import DataFrame, functions as F, types as T

import latent_blocks as blocks
from latent_factors import Side, rating_counts
from latent_ratings import packed
from latent_routed_factors import rated
from latent_sweeps import Training


def write_model(training: Training, folder: str, known: DataFrame | None) -> None:
    """Writes the model to a local folder: model.frames, users.frames and items.frames. The users' rated items are
    those of the training ratings, or of `known` if given: user and item, each pair once."""
    os.makedirs(folder)
    facts, users, items = np.array(training.facts, np.float64), training.users, training.items
    model = blocks.frame(
        blocks.MODEL, 0,
        blocks.slots(training.model_number, training.numbers, users.count, items.count, training.count, len(facts)),
        facts)
    rated_items = users.ratings.values()
    if known is not None:
        known = known.join(users.ids, "user").join(items.ids, "item").withColumn("value", F.lit(1.0))
        rated_items = packed(known, "user", "item", users.count, users.size, False).rdd.map(lambda row: (0, row.asDict()))
    _write(f"{folder}/model.frames", [model])
    _write(f"{folder}/users.frames", _parts(training, users, 0, rated_items.map(_rated)))
    _write(f"{folder}/items.frames", _parts(training, items, 1, items.ratings.values().map(_counted)))


def _rated(found: tuple[int, dict]) -> tuple[int, int, int, list[bytes]]:
    """Returns for a block of users its first row, the number of rows and of rated items, and the arrays of these."""
    block = found[1]
    return block["first"], block["rows"], block["ratings"], [block["offsets"], bytes(memoryview(rated(block)))]


def _counted(found: tuple[int, dict]) -> tuple[int, int, int, list[bytes]]:
    """Returns for a block of items its first row, the number of rows, 0, and the number of ratings of each row."""
    block = found[1]
    return block["first"], block["rows"], 0, [rating_counts(block).tobytes()]


def _write(path: str, frames: Iterator[blocks.Frame] | list[blocks.Frame]) -> None:
    with open(path, "wb") as file:
        for pieces in frames:
            file.writelines(pieces)


def _parts(training: Training, side: Side, number: int, found: RDD) -> Iterator[blocks.Frame]:
    """Yields a side's blocks, in the order of its ids, with the rows and the users' rated items or the items' rating
    counts."""
    ids = side.ids_in_order()
    lists = found.toLocalIterator(prefetchPartitions=True)
    for (first, count, ratings, arrays), rows in zip(lists, side.factors.in_order(), strict=True):
        is_text, byte_count, names = blocks.identifiers(list(islice(ids, count)))
        slots = blocks.slots(count, training.numbers, ratings, is_text, byte_count, number)
        yield blocks.frame(blocks.PART, first, slots, *names, rows, *arrays)


def write_parquet(training: Training, folder: str) -> None:
    """Writes ids and factors of users and items as Parquet, for other programs, to FOLDER/users and FOLDER/items."""
    for side in (training.users, training.items):
        schema = T.StructType([
            T.StructField("id", side.ids.schema[side.name].dataType), T.StructField("factors", T.ArrayType(T.FloatType()))])
        with ExitStack() as used:
            side.factors.by_id(schema, used).write.mode("overwrite").parquet(f"{folder}/{side.name}s")


def import_judged(ratings: DataFrame, most: int, has_values: bool, program: str, folder: str) -> str:
    """Imports all ratings of at most `most` users into a store in the local `folder`, and returns its URL. The choice
    of users depends only on their ids."""
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
    # Without values the ratings are counts, even if each is 1.
    types += [] if has_values else ["--feedback", "implicit"]
    run(program, "import", path, "--store", store, "--repeats", "error", *types, quietly=True)
    os.remove(path)
    return store


def _field(identifier: int | str) -> str:
    """Returns an id as a field of a CSV file."""
    text = str(identifier)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def run(program: str, *arguments: str, quietly: bool = False) -> int:
    """Runs the program on this machine and returns its exit code if that is 0 or 3 (the model was refused)."""
    done = subprocess.run(
        [blocks.find(program), *arguments], check=False, text=True,
        stdout=subprocess.PIPE if quietly else None, stderr=subprocess.PIPE if quietly else None)
    if done.returncode not in (0, 3):
        said = (done.stderr or "").strip().removeprefix("error: ")
        raise blocks.SolverError(f"latent {arguments[0]} ended with exit code {done.returncode}. {said}".strip())
    return done.returncode


def shuffled(context: SparkContext) -> int:
    """Returns the number of bytes that the job has shuffled so far."""
    executors = context._jsc.sc().statusStore().executorList(False)
    return sum(executors.apply(number).totalShuffleWrite() for number in range(executors.size()))
