#!/usr/bin/env python3
"""Leads in Apache Spark: `mapInArrow`, the way beyond one machine.

    python spark_score.py leads.parquet scores --at 2026-11-23T08:00:00Z --local
    python spark_score.py leads.parquet scores --at 2026-11-23T08:00:00Z --master spark://host:7077 --package crmkit.zip

Workers without crmkit get it from here, in one of two ways:
- `--package crmkit.zip`: their Python has pyarrow already. The archive is the wheel under a name that ends in `.zip`,
  or a `.zip` of the installed folder `crmkit`.
- `--environment env.tar.gz`: a whole environment with pyarrow and crmkit, made by `venv-pack -p env -o env.tar.gz`.
Spark unpacks archives in each executor's folder; `--py-files` would leave them packed, and Python loads no native
module from inside a zip."""

import os
import sys
from contextlib import contextmanager

import score_batch
from pyspark.sql import SparkSession
from score_batch import arguments, show

SCORES = "lead_id bigint, score bigint, band string, reason_codes array<string>"


@contextmanager
def session(master="local[2]", package=None, environment=None):
    if master.startswith("local"):
        # Otherwise it would be the first `python3` of the PATH. In a cluster PYSPARK_PYTHON says what workers run.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("lead scores")
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", score_batch.ROWS_PER_BATCH)
    if package:
        builder = builder.config("spark.archives", f"{package}#packages")
        builder = builder.config("spark.executorEnv.PYTHONPATH", "packages")
    if environment:
        builder = builder.config("spark.archives", f"{environment}#environment")
        os.environ["PYSPARK_PYTHON"] = "./environment/bin/python"
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    # The function's own module, which is plain Python.
    spark.sparkContext.addPyFile(score_batch.__file__)
    try:
        yield spark
    finally:
        spark.stop()


def score_file(spark, leads, scores, score):
    spark.read.parquet(leads).mapInArrow(score.batches, SCORES).write.mode("overwrite").parquet(scores)


def main():
    more = {
        "local": {"action": "store_true", "help": "in this process, on two threads"},
        "master": {"help": "of a running cluster"},
        "package": {"help": "an archive with crmkit for the workers"},
        "environment": {"help": "an archive with the workers' whole Python"},
    }
    given, score = arguments(__doc__, **more)
    if given.local == bool(given.master):
        raise SystemExit("spark_score: give either --local or --master")
    if given.package and given.environment:
        raise SystemExit("spark_score: give either --package or --environment")
    with session(given.master or "local[2]", given.package, given.environment) as spark:
        score_file(spark, given.leads, given.scores, score)
        spark.read.parquet(given.scores).groupBy("band").count().orderBy("band").show()
    show(given.scores)


if __name__ == "__main__":
    main()
