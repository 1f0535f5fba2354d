"""W4 by crmkit: `crmkit_w4.py {pyarrow|polars}-{due|elapsed} <rows> <threads>`, under the same harness as the other
competitors."""

import sys
from pathlib import Path

import pyarrow as pa
from bench import run

import crmkit

HERE = Path(__file__).parent
HOURS = [["09:00", "12:30"], ["14:00", "18:00"]]
WEEK = {day: HOURS for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
RULES = {"calendar": [{"id": "support", "zone": "Europe/Paris", "weekly": WEEK, "french_holidays": "metropole"}]}


def main():
    way, n, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    source, question = way.split("-")
    with pa.memory_map(str(HERE / "data" / "tickets_1000000.arrow")) as file:
        tickets = pa.ipc.open_file(file).read_all().slice(0, n)
    rules = crmkit.Rules(RULES)
    if source == "polars":
        import polars

        tickets, frame = polars.from_arrow(tickets), polars.DataFrame
    else:
        frame = pa.table

    def due():
        return frame(rules.sla_due(tickets, keep="none", threads=threads))

    def elapsed():
        return frame(rules.sla_elapsed(tickets, pauses="pauses", keep="none", threads=threads))

    def rows(answer):
        table = pa.table(answer)
        assert table["problem"].null_count == n
        if question == "elapsed":
            return table["working_seconds"].to_numpy()
        return table["due"].cast(pa.int64()).to_numpy() // 1_000_000

    name = f"crmkit, {source} frame in and out ({question})"
    run("W4", name, n, {"due": due, "elapsed": elapsed}[question], threads=threads, rows=rows)


main()
