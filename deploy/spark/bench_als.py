#!/usr/bin/env python3
"""Runs Spark's own ALS on the ratings of deploy/spark/bench and writes the factors as latent_train.py does: for each
pair of a regularization and an alpha, to OUT/0, OUT/1 and so on."""

import argparse
import os
import time

from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession, functions as F

from latent_assembly import shuffled


def _blas(jvm: JVMView) -> str:
    """Returns the BLAS class that Spark uses, and the native libraries loaded for it."""
    netlib = jvm.dev.ludovic.netlib.blas
    try:
        name = netlib.NativeBLAS.getInstance().getClass().getName()
    except Py4JJavaError:
        name = netlib.JavaBLAS.getInstance().getClass().getName()
    with open(f"/proc/{jvm.java.lang.ProcessHandle.current().pid()}/maps", encoding="utf-8") as file:
        libraries = {os.path.realpath(line.split()[-1]) for line in file if "blas" in line}
    return " ".join([name, *sorted(libraries)])


def main() -> None:
    """Runs the whole job."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--ratings", required=True)
    parser.add_argument("--out", required=True)
    for name in ("factors", "sweeps", "partitions"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--weights", nargs="+", required=True, metavar="REGULARIZATION,ALPHA",
                        type=lambda text: tuple(map(float, text.split(","))))
    options = parser.parse_args()
    spark = SparkSession.builder.appName("ALS").getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", options.partitions)
    for number, (regularization, alpha) in enumerate(options.weights):
        beginning = time.monotonic()
        ratings = spark.read.parquet(options.ratings).select(
            F.col("user").cast("int"), F.col("item").cast("int"), F.lit(1.0).cast("float").alias("rating"))
        model = ALS(
            rank=options.factors, maxIter=options.sweeps, regParam=regularization, alpha=alpha, implicitPrefs=True,
            userCol="user", itemCol="item", seed=4, numUserBlocks=options.partitions,
            numItemBlocks=options.partitions).fit(ratings)
        # By now the factors are computed and cached.
        print(f"learned in {time.monotonic() - beginning:.1f} s, shuffled {shuffled(spark.sparkContext)} bytes")
        for side, factors in (("users", model.userFactors), ("items", model.itemFactors)):
            factors.select("id", F.col("features").alias("factors")).write.parquet(f"{options.out}/{number}/{side}")
    # The BLAS that accumulates the normal equations.
    print("BLAS:", _blas(spark.sparkContext._jvm))
    spark.stop()


if __name__ == "__main__":
    main()
