"""W3 by crmkit: `crmkit_w3.py {pyarrow|polars} <rows> <threads>`, under the same harness as the other competitors."""

import json
import sys
from pathlib import Path

import pyarrow as pa
from bench import run
from w3 import config

import crmkit

HERE = Path(__file__).parent


def main():
    source, n, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with pa.memory_map(str(HERE / "data" / "routing_1000000.arrow")) as file:
        leads = pa.ipc.open_file(file).read_all().slice(0, n)
    rules = crmkit.Rules(config(json.loads((HERE / "data" / "routing_rules.json").read_text())))
    if source == "polars":
        import polars

        leads, frame = polars.from_arrow(leads), polars.DataFrame
    else:
        frame = pa.table

    def routed():
        found = rules.route(leads, at="2025-06-30T12:00:00Z", keep="none", columns=["matched_rule"], threads=threads)
        return frame(found)

    # Rules are in the order of their priorities, so that a place is a rule's number.
    numbers = lambda answer: pa.table(answer)["matched_rule"].fill_null(65_535).to_numpy()  # noqa: E731
    from answers import W3

    run("W3", f"crmkit, {source} frame in and out", n, routed, threads=threads, rows=lambda a: W3.normal(numbers(a)))


main()
