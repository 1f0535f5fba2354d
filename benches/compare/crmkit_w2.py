"""W2 by crmkit: `crmkit_w2.py {pyarrow|polars} <rows> <threads>`, under the same harness as the other competitors."""

import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from bench import run

import crmkit

HERE = Path(__file__).parent
COLUMNS = ["amount", "probability", "category", "owner_id", "close_date", "currency"]


def question(threads):
    """Rates and the tree of owners, read once; managers are people of their own, who own nothing."""
    rates = [
        {"from": rate["currency"], "to": "EUR", "valid_from": rate["date"], "rate": rate["rate"]}
        for rate in pq.read_table(HERE / "data" / "rates.parquet").to_pylist()
        if rate["currency"] != "EUR"
    ]
    people = pq.read_table(HERE / "data" / "owners.parquet").to_pylist()
    managers = {f"m{person['manager_id']}": None for person in people}
    return crmkit.Rules().forecast_question(
        as_of=date(2025, 6, 30),
        currency="EUR",
        periods={"unit": "month", "from": date(2024, 1, 1), "to": date(2026, 1, 1)},
        rates=rates,
        owners=managers | {str(person["owner_id"]): f"m{person['manager_id']}" for person in people},
        rounding="never",
        view="manager",
        map={"owner_id": "owner"},
        threads=threads,
    )


def main():
    source, n, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with pa.memory_map(str(HERE / "data" / "deals_1000000.arrow")) as file:
        deals = pa.ipc.open_file(file).read_all().slice(0, n).select(COLUMNS)
    ask = question(threads)
    if source == "polars":
        import polars

        deals, frame = polars.from_arrow(deals), polars.DataFrame
    else:
        frame = pa.table

    def rows(answer):
        """Those of managers, as everybody adds them up."""
        from answers import W2

        table = pa.table(answer).to_pylist()
        months = ((row["period_start"].year * 12 + row["period_start"].month, row) for row in table if row["owner"][0] == "m")
        return W2.rows(
            (row["owner"][1:], month, row["category"], row["count"], row["amount"], row["weighted"]) for month, row in months
        )

    run("W2", f"crmkit, {source} frame in and out", n, lambda: frame(ask(deals)), threads=threads, rows=rows)


main()
