"""The function that every engine calls: a batch of leads in, the same leads with score and reasons out.

It is pure: the answer depends on the batch and on what the function was made with, never on a clock, on the batches
before it or on the machine. So an engine may cut the leads into batches, send them to any worker and run a batch twice;
the answers are those of one call over the whole table."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import crmkit
import pyarrow as pa
import pyarrow.dataset as ds

ROWS_PER_BATCH = 65_536


@dataclass(frozen=True)
class ScoreBatch:
    """Text only, so that every engine can send it to its workers; they compile the rules once in each process."""

    options: str
    rules: str = ""

    def __call__(self, leads: pa.RecordBatch) -> pa.RecordBatch:
        """One batch for one batch."""
        scored = pa.RecordBatchReader.from_stream(self._scored(leads))
        # pyarrow hands a batch without rows over as a stream without batches.
        return scored.read_next_batch() if leads.num_rows else pa.RecordBatch.from_pylist([], scored.schema)

    def table(self, leads: pa.Table) -> pa.Table:
        """The same for engines whose batches are tables."""
        return pa.table(self._scored(leads))

    def batches(self, leads: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same, batch by batch, as they are asked for."""
        return map(self, leads)

    def reader(self, leads: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """The same as a stream that engines read: one batch is in memory at a time."""
        return pa.RecordBatchReader.from_batches(self.schema(leads.schema), self.batches(leads))

    def schema(self, leads: pa.Schema) -> pa.Schema:
        """What comes out for such leads."""
        return self.table(leads.empty_table()).schema

    def _scored(self, leads: pa.RecordBatch | pa.Table) -> crmkit.Scored:
        return _compiled(self.rules).score_leads(leads, **json.loads(self.options))


@lru_cache
def _compiled(rules: str) -> crmkit.Rules:
    return crmkit.Rules(rules or None)


def score_batch(at: str, job: dict | None = None) -> ScoreBatch:
    """The function for an instant. A job has the `rules` (default: the standard lead score) and more `options` of
    `Rules.score_leads`, such as `map`, `currency` and `zone`."""
    job = job or {}
    options = {"currency": "EUR", "reasons": "top3"} | job.get("options", {})
    options |= {"at": at, "keep": ["lead_id"], "columns": ["score", "band", "reason_codes"]}
    return ScoreBatch(json.dumps(options), json.dumps(job["rules"]) if "rules" in job else "")


def arguments(doc: str, **more: dict) -> tuple[argparse.Namespace, ScoreBatch]:
    """What every recipe is called with, and the function that follows from it."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("leads", help="a Parquet file with a column `lead_id`")
    parser.add_argument("scores", help="the Parquet file (or folder) to write")
    parser.add_argument("--at", required=True, help="the instant to score for, such as 2026-11-23T08:00:00Z")
    parser.add_argument("--job", type=Path, help='JSON: {"rules": {...}, "options": {"map": {...}, ...}}')
    for name, settings in more.items():
        parser.add_argument(f"--{name}", **settings)
    given = parser.parse_args()
    return given, score_batch(given.at, json.loads(given.job.read_text()) if given.job else None)


def show(scores: str, rows: int = 5) -> None:
    """Prints the first rows of what was written."""
    for row in ds.dataset(scores, format="parquet").head(rows).to_pylist():
        print(row["lead_id"], row["score"], row["band"], ", ".join(row["reason_codes"]))
