#!/usr/bin/env python3
"""A workload by crmkit and by what data teams would write instead, on one machine in one go.

    python benches/compare/compare.py --perf DIR [--workload w1|w2|w2b|w3|w4|w4b|w5] [--rows 1000000] [--only polars,crmkit]
                                      [--rounds 7] [--threads 2]

DIR holds the workloads (gen.py, w1_spec.py, w1_peers.py ...); CRMKIT_PERF may name it instead. The exit status is 1
where answers differ."""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import checks  # noqa: E402
import rounds  # noqa: E402
import table  # noqa: E402
from workloads import WORKLOADS  # noqa: E402


def main():
    given = arguments()
    workload = given.workload
    chosen = [c for c in workload.competitors if not given.only or c.only in given.only]
    missing = {c: [name for name in c.needs if importlib.util.find_spec(name) is None] for c in chosen}
    for competitor, names in missing.items():
        if names:
            say(f"skipped: {competitor.text}: {', '.join(names)} is not installed")
    chosen = [c for c in chosen if not missing[c]]
    if not chosen:
        sys.exit("compare: nothing to run")
    reference = checks.Reference(workload, given.perf, data(given), given.rows)
    wrong = False
    for threads in [1, *([given.threads] if given.threads > 1 else [])]:
        competing = [c for c in chosen if threads == 1 or not c.most_rows]
        with tempfile.TemporaryDirectory(prefix="compare-", dir=given.data) as folder:
            folder = Path(folder)
            rounds.prepare(workload, given.perf, given.data, given.rows, folder)
            try:
                first_rows = reference.first_rows
                runners = rounds.measure(competing, given.rows, threads, given.rounds, folder, first_rows, say)
            except rounds.Failed as failure:
                sys.exit(f"compare: {failure}")
        print(table.of(workload, runners, given.rows, threads))
        problems = reference.differences(runners)
        print("\n".join(problems) if problems else reference.agreement(runners), end="\n\n", flush=True)
        wrong |= bool(problems)
    sys.exit(1 if wrong else 0)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--perf", type=Path, default=os.environ.get("CRMKIT_PERF"), help="the folder of the workloads")
    parser.add_argument("--workload", choices=WORKLOADS, default="w1")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="a second table with N threads")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], metavar="NAME,...",
                        help="polars, duckdb, python ...")
    parser.add_argument("--data", type=Path, default=target() / "compare", help="where generated data are kept")
    given = parser.parse_args()
    if not given.perf:
        parser.error("--perf DIR (or CRMKIT_PERF) is missing: the folder with gen.py and w1_spec.py")
    given.perf = Path(given.perf).resolve()
    given.workload = WORKLOADS[given.workload]()
    for name in ("gen.py", *given.workload.scripts):
        if not (given.perf / name).is_file():
            parser.error(f"{given.perf} has no {name}")
    if unknown := set(given.only) - {c.only for c in given.workload.competitors}:
        parser.error(f"--only: nobody is called {', '.join(sorted(unknown))}")
    given.data.mkdir(parents=True, exist_ok=True)
    given.data = given.data.resolve()
    return given


def target():
    """Cargo's folder for what can be made again."""
    return Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).resolve().parents[2] / "target"))


def data(given):
    """The rows, generated where they are not there yet."""
    name = given.workload.data
    rows = given.data / f"{name}_{given.rows}.arrow"
    if not all(path.exists() for path in (rows, *(given.data / beside for beside in given.workload.beside))):
        say(f"generating {given.rows} rows of {name}")
        command = [sys.executable, "-B", given.perf / "gen.py", name, "--n", str(given.rows), "--out", given.data]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return rows


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
