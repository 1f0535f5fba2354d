#!/usr/bin/env python3
"""Leads in Dask: one call for each partition, in the cluster's workers.

    python dask_score.py leads.parquet scores --at 2026-11-23T08:00:00Z [--scheduler tcp://host:8786]

Without a scheduler two worker processes are started on this machine. Workers elsewhere need `crmkit` and `pyarrow`
installed: `dask worker` in an environment that has them, or `client.register_plugin(PipInstall(["crmkit"]))`. Columns
stay Arrow columns (`dtype_backend="pyarrow"`), so that pandas copies and guesses nothing."""

from contextlib import contextmanager

import dask
import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import score_batch
from dask.distributed import Client
from score_batch import arguments, show


@contextmanager
def session(scheduler=None):
    dask.config.set({"dataframe.convert-string": False})
    # No dashboard: it would need another package and a free port.
    local = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with Client(scheduler) if scheduler else Client(**local) as client:
        client.upload_file(score_batch.__file__)
        yield client


def score_partition(leads, score):
    """A pandas frame of leads to one of scores."""
    scored = score.table(pa.Table.from_pandas(leads, preserve_index=False))
    return scored.to_pandas(types_mapper=pd.ArrowDtype)


def score_file(client, leads, scores, score):
    frame = dd.read_parquet(leads, dtype_backend="pyarrow", split_row_groups="adaptive", blocksize="64MiB")
    meta = score_partition(frame._meta, score)
    frame.map_partitions(score_partition, score, meta=meta).to_parquet(scores, write_index=False)


def main():
    given, score = arguments(__doc__, scheduler={"help": "of a running cluster"})
    with session(given.scheduler) as client:
        score_file(client, given.leads, given.scores, score)
    show(given.scores)


if __name__ == "__main__":
    main()
