"""Who runs W1, by which script, and whose figure crmkit's is divided by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Competitor:
    """One way to score the leads. `only` names it on the command line."""

    only: str
    text: str
    script: str
    way: str
    needs: tuple[str, ...] = ()
    # At most so many rows, for those that take one record at a time.
    most_rows: int | None = None
    # Whether a data team would write it over frames: the best of these is what crmkit is compared with.
    frame: bool = True
    # Whether rows come out in their order with more than one thread; otherwise only their sums can be compared.
    ordered: bool = True

    def arguments(self, rows: int, threads: int) -> list[str]:
        """What its script is called with."""
        return [self.way, str(rows)] if self.most_rows else [self.way, str(rows), str(threads)]


PEERS, RECORDS, OURS = "w1_peers.py", "w1_records.py", "crmkit_w1.py"

COMPETITORS = [
    Competitor("crmkit", "**crmkit**, pyarrow table to pyarrow table", OURS, "pyarrow", ("crmkit",), frame=False),
    Competitor("crmkit", "**crmkit**, polars frame to polars frame", OURS, "polars", ("crmkit", "polars"), frame=False),
    Competitor("numpy", "numpy + pyarrow.compute, vectorised by an expert", PEERS, "numpy", ("numpy", "pandas")),
    Competitor("polars", "polars, bit-mask reasons (an expert's)", PEERS, "polars", ("polars",)),
    Competitor("polars", "polars, `concat_list` reasons (what people write)", PEERS, "polars-naive", ("polars",)),
    Competitor("datafusion", "DataFusion SQL", PEERS, "datafusion", ("datafusion",), ordered=False),
    Competitor("pandas", "pandas, idiomatic", PEERS, "pandas-plain", ("pandas",)),
    Competitor("duckdb", "DuckDB SQL, its own table", PEERS, "duckdb", ("duckdb",)),
    Competitor("duckdb", "DuckDB SQL over an Arrow table", PEERS, "duckdb-arrow", ("duckdb",)),
    Competitor("python", "plain Python, record by record", RECORDS, "python", most_rows=20_000, frame=False),
    Competitor("zen", "zen-engine, decision table", RECORDS, "zen", ("zen",), most_rows=2_000, frame=False),
]
