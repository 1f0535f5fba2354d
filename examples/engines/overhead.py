#!/usr/bin/env python3
"""What an engine costs on top of scoring: each recipe against `pyarrow_score.py` on the same Parquet file.

    python overhead.py leads.parquet --at 2025-06-30T12:00:00Z [--job job.json] [--rounds 5] [--only duckdb,ray]

Every engine has a process of its own in which both take turns: engine, in-process, engine, in-process. All of it
counts: reading, scoring, writing. Starting the engine, and its first run, are told apart."""

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pyarrow_score
from score_batch import score_batch

ENGINES = {"duckdb": "duckdb", "datafusion": "datafusion", "dask": "distributed", "ray": "ray", "spark": "pyspark"}
# What a folder of files has, so that engines have something to share out.
ROWS_PER_GROUP = 100_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("leads")
    parser.add_argument("--at", required=True)
    parser.add_argument("--job", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(ENGINES))
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine:
        print(json.dumps(measured(given)))
        return
    with tempfile.TemporaryDirectory() as folder:
        leads = Path(folder) / "leads.parquet"
        table = pq.read_table(given.leads)
        pq.write_table(table, leads, row_group_size=ROWS_PER_GROUP)
        print(f"{table.num_rows:,} leads from Parquet to Parquet, {given.rounds} rounds\n")
        del table
        print("| engine | wall time, in-process call = 1 | start and first run, s |\n|---|--:|--:|")
        for engine in given.only:
            if find_spec(ENGINES[engine]) is None:
                print(f"| {engine} | skipped: {ENGINES[engine]} is not installed | |")
                continue
            command = [sys.executable, "-B", __file__, str(leads), "--engine", engine, *options(given)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            row = json.loads(done.stdout.splitlines()[-1])
            print(f"| {engine} | {row['ratio']:.2f} | {row['start']:.1f} |", flush=True)


def options(given):
    job = ["--job", str(given.job)] if given.job else []
    return ["--at", given.at, "--rounds", str(given.rounds), *job]


def measured(given):
    """One engine's ratio, and the seconds until its first scores."""
    score = score_batch(given.at, json.loads(given.job.read_text()) if given.job else None)
    recipe = importlib.import_module(f"{given.engine}_score")
    with tempfile.TemporaryDirectory() as folder:
        names = iter(range(1_000_000))

        def seconds(module, session):
            start = time.perf_counter()
            module.score_file(session, given.leads, f"{folder}/{next(names)}.parquet", score)
            return time.perf_counter() - start

        seconds(pyarrow_score, None)
        start = time.perf_counter()
        with recipe.session() as session:
            seconds(recipe, session)
            start = time.perf_counter() - start
            turns = [(seconds(recipe, session), seconds(pyarrow_score, None)) for _ in range(given.rounds)]
    engine, alone = (statistics.median(column) for column in zip(*turns))
    return {"ratio": engine / alone, "start": start}


if __name__ == "__main__":
    main()
