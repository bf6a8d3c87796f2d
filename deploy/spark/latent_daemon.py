"""PySpark's daemon, which forks the workers of an executor, with what jobs need imported already. And a task of theirs
does not begin with reading what PySpark's archives hold, as Python (up to 3.11) does: 0.16 s. For
spark.python.daemon.module; deploy/spark/submit names it."""

import gc
import zipimport

from pyspark.daemon import manager

import latent_sweeps  # noqa: F401 (and what that imports)

if __name__ == "__main__":
    # They don't change while a worker lives, and PySpark has caches be forgotten before each task.
    zipimport.zipimporter.invalidate_caches = lambda _: None
    # Nor is what is imported looked through again when a worker collects garbage, which it does behind each task.
    gc.freeze()
    manager()
