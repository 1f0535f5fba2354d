#!/usr/bin/env python3
"""Leads from Parquet to Parquet in this process, one batch in memory at a time: no engine at all.

    python pyarrow_score.py leads.parquet scores.parquet --at 2026-11-23T08:00:00Z"""

from contextlib import contextmanager

import pyarrow.parquet as pq
from score_batch import ROWS_PER_BATCH, arguments, show


@contextmanager
def session():
    """Nothing to start."""
    yield None


def score_file(_session, leads, scores, score):
    with pq.ParquetFile(leads) as source:
        with pq.ParquetWriter(scores, score.schema(source.schema_arrow)) as out:
            for batch in score.batches(source.iter_batches(ROWS_PER_BATCH)):
                out.write_batch(batch)


def main():
    given, score = arguments(__doc__)
    with session() as none:
        score_file(none, given.leads, given.scores, score)
    show(given.scores)


if __name__ == "__main__":
    main()
