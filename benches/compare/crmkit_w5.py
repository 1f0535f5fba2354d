"""W5 by crmkit: `crmkit_w5.py {pyarrow|polars} <rows> <threads>`, under the same harness as the other competitors."""

import sys
from pathlib import Path

import pyarrow as pa
from bench import run

import crmkit

HERE = Path(__file__).parent
# The workload takes a mail provider's domain for a company's, which crmkit does not by itself.
RULES = {"identity": {"default_region": None, "company_domains": ["gmail.com", "yahoo.com"]}}
BY = {"email": "email", "phone": ["phone_key"], "company": ["company_key", "email_domain"]}


def main():
    source, n, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with pa.memory_map(str(HERE / "data" / "contacts_1000000.arrow")) as file:
        contacts = pa.ipc.open_file(file).read_all().slice(0, n)
    rules = crmkit.Rules(RULES)
    if source == "polars":
        import polars

        contacts, frame = polars.from_arrow(contacts), polars.DataFrame
    else:
        frame = pa.table

    def grouped():
        return frame(rules.duplicate_groups(contacts, by=BY, keep="none", threads=threads))

    def rows(answer):
        from answers import W5

        groups = pa.table(answer)
        return W5.normal([groups[f"{name}_group"].to_pandas() for name in BY])

    run("W5", f"crmkit, {source} frame in and out", n, grouped, threads=threads, rows=rows)


main()
