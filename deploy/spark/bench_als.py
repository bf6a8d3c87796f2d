#!/usr/bin/env python3
"""Spark's own ALS on the ratings of deploy/spark/bench, its factors as latent_train.py writes them."""

import argparse
import time

from py4j.java_gateway import JavaPackage
from py4j.protocol import Py4JJavaError
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession, functions as F

from latent_assembly import shuffled


def _blas(netlib: JavaPackage) -> str:
    """The class that Spark takes: a library of the machine's where there is one."""
    try:
        return netlib.NativeBLAS.getInstance().getClass().getName()
    except Py4JJavaError:
        return netlib.JavaBLAS.getInstance().getClass().getName()


def main() -> None:
    """The whole job."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--ratings", required=True)
    parser.add_argument("--out", required=True)
    for name in ("factors", "sweeps", "partitions"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("alpha", "regularization"):
        parser.add_argument(f"--{name}", type=float, required=True)
    options = parser.parse_args()
    spark = SparkSession.builder.appName("ALS").getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", options.partitions)
    beginning = time.monotonic()
    ratings = spark.read.parquet(options.ratings).select(
        F.col("user").cast("int"), F.col("item").cast("int"), F.lit(1.0).cast("float").alias("rating"))
    model = ALS(
        rank=options.factors, maxIter=options.sweeps, regParam=options.regularization, alpha=options.alpha,
        implicitPrefs=True, userCol="user", itemCol="item", seed=4, numUserBlocks=options.partitions,
        numItemBlocks=options.partitions).fit(ratings)
    # Factors are there and cached by now.
    print(f"learned in {time.monotonic() - beginning:.1f} s, shuffled {shuffled(spark.sparkContext)} bytes")
    for side, factors in (("users", model.userFactors), ("items", model.itemFactors)):
        factors.select("id", F.col("features").alias("factors")).write.parquet(f"{options.out}/{side}")
    # What its normal equations are summed up by.
    print("BLAS:", _blas(spark.sparkContext._jvm.dev.ludovic.netlib.blas))
    spark.stop()


if __name__ == "__main__":
    main()
