#!/usr/bin/env python3
"""Leads in Ray Data: one call for each block, in Ray's workers.

    python ray_score.py leads.parquet scores --at 2026-11-23T08:00:00Z [--address auto] [--wheel crmkit-....whl]

Without an address Ray is started on this machine with two workers. Ray ships `crmkit` itself: give it the wheel."""

from contextlib import contextmanager

import ray
import ray.data
import score_batch
from score_batch import arguments, show


@contextmanager
def session(address=None, wheel=None):
    modules = [score_batch.__file__, *([wheel] if wheel else [])]
    local = {} if address else {"num_cpus": 2, "include_dashboard": False}
    ray.init(address, runtime_env={"py_modules": modules}, log_to_driver=False, logging_level="WARNING", **local)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        yield ray
    finally:
        ray.shutdown()


def score_file(_ray, leads, scores, score):
    blocks = ray.data.read_parquet(leads)
    blocks.map_batches(score.table, batch_format="pyarrow", zero_copy_batch=True).write_parquet(scores)


def main():
    given, score = arguments(__doc__, address={"help": "of a running cluster"}, wheel={"help": "the wheel to ship"})
    with session(given.address, given.wheel) as running:
        score_file(running, given.leads, given.scores, score)
    show(given.scores)


if __name__ == "__main__":
    main()
