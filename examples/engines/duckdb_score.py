#!/usr/bin/env python3
"""Leads in DuckDB: any query feeds the rules as a stream, and the scores are a table of the next query.

    python duckdb_score.py leads.parquet scores.parquet --at 2026-11-23T08:00:00Z

Nothing is materialised between the two: a Parquet file larger than memory passes through."""

from contextlib import contextmanager

import duckdb
from score_batch import ROWS_PER_BATCH, arguments, show


@contextmanager
def session():
    with duckdb.connect() as connection:
        yield connection


def score_file(connection, leads, scores, score):
    # A connection runs one query at a time: the reading one gets its own.
    source = connection.cursor()
    query = source.read_parquet(leads)
    scored = score.reader(query.to_arrow_reader(ROWS_PER_BATCH))
    connection.from_arrow(scored).write_parquet(scores)
    source.close()


def main():
    given, score = arguments(__doc__)
    with session() as connection:
        score_file(connection, given.leads, given.scores, score)
        scores = connection.read_parquet(given.scores)
        print(connection.sql("select band, count(*) as leads from scores group by all order by all"))
    show(given.scores)


if __name__ == "__main__":
    main()
