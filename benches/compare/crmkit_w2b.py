"""W2b by crmkit: `crmkit_w2b.py table <deals> <cell>`: P10, P50 and P90 of the first open deals, under the same harness as
the other competitors. The cell is in cents; amounts stay what they are in cents, whatever their currency."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from bench import run

import crmkit

HERE = Path(__file__).parent


def main():
    n = int(sys.argv[2])
    with pa.memory_map(str(HERE / "data" / "deals_1000000.arrow")) as file:
        deals = pa.ipc.open_file(file).read_all()
    stages = np.concatenate([chunk.indices.to_numpy() for chunk in deals["stage"].chunks])
    table = deals.select(["amount", "probability"]).take(np.flatnonzero(stages < 6)[:n]).combine_chunks()
    rules = crmkit.Rules()

    def bands():
        found = rules.bands(table, currency="EUR", quantiles_bp=[1_000, 5_000, 9_000], bins=0)
        return [found.p10, found.p50, found.p90]

    run("W2b", f"crmkit bands n={n}", n, bands)


main()
