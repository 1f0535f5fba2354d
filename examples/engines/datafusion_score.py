#!/usr/bin/env python3
"""Leads in DataFusion: the rules as a function of SQL.

    python datafusion_score.py leads.parquet scores.parquet --at 2026-11-23T08:00:00Z

The function takes the columns that the table has and gives a struct; DataFusion cuts the batches, writes the files and
uses its own threads."""

from contextlib import contextmanager

import pyarrow as pa
from datafusion import SessionConfig, SessionContext, column, udf
from score_batch import ROWS_PER_BATCH, arguments, show


@contextmanager
def session():
    yield SessionContext(SessionConfig().with_batch_size(ROWS_PER_BATCH))


def score_file(context, leads, scores, score):
    context.register_parquet("leads", leads)
    columns = context.table("leads").schema()

    def lead_score(*arrays):
        return score(pa.RecordBatch.from_arrays(list(arrays), schema=columns)).to_struct_array()

    struct = pa.struct(list(score.schema(columns)))
    context.register_udf(udf(lead_score, columns.types, struct, "immutable", "lead_score"))
    names = ", ".join(f'"{name}"' for name in columns.names)
    # Not `scored['band']` and so on: the optimizer would call the function once for each of them.
    scored = context.sql(f"select lead_score({names}) as scored from leads").unnest_columns("scored")
    fields = [column(f'"scored.{field.name}"').alias(field.name) for field in struct]
    scored.select(*fields).write_parquet(scores, "snappy")
    context.deregister_table("leads")


def main():
    given, score = arguments(__doc__)
    with session() as context:
        score_file(context, given.leads, given.scores, score)
    show(given.scores)


if __name__ == "__main__":
    main()
