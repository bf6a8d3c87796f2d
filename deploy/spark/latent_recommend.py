#!/usr/bin/env python3
"""Recommends items to all users with a published model, as Parquet: user, items, scores.

    spark-submit --files /usr/bin/latent,model.safetensors --py-files latent.zip latent_recommend.py \\
        --file model.safetensors --users hdfs:///users.parquet --out hdfs:///recommendations

Items that users have rated are left out. Users that the model does not know get none.
"""

import argparse
import os
import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession, functions as F, types as T

import latent_blocks as blocks
import latent_job
from latent_ratings import RatingsError, Source


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Parses the command line, or `words`."""
    parser = argparse.ArgumentParser(
        prog="latent_recommend.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False)
    parser.error = lambda message: (parser.print_usage(sys.stderr), parser.exit(64, f"error: {message}\n"))
    parser.add_argument("--file", required=True, help="the model's file: a path on all machines, or a name of --files")
    parser.add_argument("--users", required=True, help="Parquet or CSV with a column of users, such as the ratings")
    parser.add_argument("--user-column", default="user")
    parser.add_argument("--out", required=True, help="the folder to write; it must not exist")
    parser.add_argument("--count", type=int, default=10, help="items for each user (default: 10)")
    parser.add_argument("--latent", default="latent", help="the program: a path, in PATH, or a name of --files")
    options = parser.parse_args(words)
    if not 1 <= options.count <= 1000:
        parser.error("--count must be from 1 to 1000.")
    if os.path.sep in options.latent:
        options.latent = os.path.abspath(options.latent)
    return options


def _lists(offsets: np.ndarray, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values)


def _identifiers(answer: blocks.Answer, count: int) -> pa.Array:
    """Returns the items of an answer: integers, or texts split at their end offsets."""
    if not answer.count(3):
        return pa.array(answer.array(count, dtype=np.int64))
    ends = np.concatenate([[0], answer.array(count, dtype=np.uint64).astype(np.int64)])
    texts = answer.array(answer.count(4), dtype=np.uint8)
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(texts.tobytes())).cast(pa.string())


def main() -> int:
    """Runs the program and returns its exit code."""
    options = arguments()
    return latent_job.run(lambda spark: recommend(spark, options))


def recommend(spark: SparkSession, options: argparse.Namespace) -> int:
    """Writes the lists of all users and returns the exit code."""
    form = Source.form_of(options.users)
    users = Source(options.users, form, "", options.user_column, "", None, None, "").users(spark)
    some = users.first()
    if some is None:
        raise RatingsError(f"{options.users}: there are no users.")
    program, file, most = options.latent, options.file, options.count

    def recommended(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with blocks.Solver(program, "score-block", blocks.shipped(file), "--threads", "1") as solver:
            for batch in batches:
                if not batch.num_rows:
                    continue
                is_text, byte_count, arrays = blocks.identifiers(batch.column(0).to_pylist())
                slots = blocks.slots(batch.num_rows, most, 0, is_text, byte_count)
                answer = solver.ask_one(blocks.frame(blocks.SCORE, 0, slots, *arrays))
                entries, offsets = answer.count(1), answer.array(batch.num_rows + 1, dtype=np.uint64)
                items = _identifiers(answer, entries)
                scores = pa.array(answer.array(entries))
                yield pa.RecordBatch.from_arrays(
                    [batch.column(0), _lists(offsets, items), _lists(offsets, scores)], ["user", "items", "scores"])

    # The model determines the type of item ids.
    with blocks.Solver(program, "score-block", blocks.shipped(file), "--threads", "1") as solver:
        is_text, byte_count, arrays = blocks.identifiers([some[0]])
        slots = blocks.slots(1, 1, 0, is_text, byte_count)
        has_texts = solver.ask_one(blocks.frame(blocks.SCORE, 0, slots, *arrays)).count(3)
    item = T.StringType() if has_texts else T.LongType()
    schema = T.StructType([
        users.schema["user"], T.StructField("items", T.ArrayType(item)),
        T.StructField("scores", T.ArrayType(T.FloatType()))])
    users.mapInArrow(recommended, schema).write.parquet(options.out)
    count, known = spark.read.parquet(options.out).agg(F.count("*"), F.expr("count_if(size(items) > 0)")).first()
    print(f"lists of {known} of {count} users", flush=True)
    if not known:
        print("warning: the model knows none of them. Are ids integers in one, and texts in the other?", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
