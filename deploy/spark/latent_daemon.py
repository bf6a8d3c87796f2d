"""PySpark's daemon, which forks the workers of an executor, with what jobs need imported already: a worker that is forked
anew took up to 0.4 s to import it. For spark.python.daemon.module; deploy/spark/submit names it."""

import gc

from pyspark.daemon import manager

import latent_sweeps  # noqa: F401 (and what that imports)

if __name__ == "__main__":
    gc.freeze()
    manager()
