"""The workloads: what their rows are, who runs them, by which script, and whose figure crmkit's is divided by."""

from dataclasses import dataclass

import checks


@dataclass(frozen=True)
class Competitor:
    """One way to do the work. `only` names it on the command line."""

    only: str
    text: str
    script: str
    way: str
    needs: tuple[str, ...] = ()
    # At most so many rows, for those that take one record at a time.
    most_rows: int | None = None
    # Whether a data team would write it over frames: the best of these is what crmkit is compared with.
    frame: bool = True
    # With how many threads rows come out in their order; with more only their sums can be compared.
    ordered_threads: float = float("inf")
    # Whether it does the whole work. What does less is timed and never compared with the others' answers.
    exact: bool = True
    # What its script is called with instead of the number of threads.
    extra: str | None = None
    # Which of the calls that its script times is meant, counted from 0.
    call: int = 0

    def arguments(self, rows: int, threads: int) -> list[str]:
        """What its script is called with. The record scripts of W1 have one argument less."""
        last = str(threads) if self.extra is None else self.extra
        return [self.way, str(rows)] if self.script == RECORDS else [self.way, str(rows), last]


@dataclass(frozen=True)
class Workload:
    """Rows, competitors, and what their answers are checked with."""

    name: str
    # What a row is.
    row: str
    # What `gen.py` calls the data, and the files that it writes beside them.
    data: str
    beside: tuple[str, ...]
    # The scripts of the workload, and ours beside them.
    scripts: tuple[str, ...]
    ours: tuple[str, ...]
    # Records on which everybody is compared who takes one record at a time.
    first_rows: tuple[int, ...]
    competitors: tuple[Competitor, ...]
    # The check sums that the workload publishes for a million rows, and its reference semantics.
    published: object
    reference: object
    # Whether answers are approximations, of which the errors are told instead of comparing them.
    approximate: bool = False


RECORDS = "w1_records.py"
PLAIN = ("crmkit",)
POLARS = ("crmkit", "polars")


def w1():
    ours, peers = "crmkit_w1.py", "w1_peers.py"
    return Workload(
        name="W1",
        row="lead",
        data="leads",
        beside=(),
        scripts=("w1_spec.py", peers, RECORDS),
        ours=(ours, "w1.json"),
        first_rows=(2_000, 20_000),
        competitors=(
            Competitor("crmkit", "**crmkit**, pyarrow table to pyarrow table", ours, "pyarrow", PLAIN, frame=False),
            Competitor("crmkit", "**crmkit**, polars frame to polars frame", ours, "polars", POLARS, frame=False),
            Competitor("numpy", "numpy + pyarrow.compute, vectorised by an expert", peers, "numpy", ("numpy", "pandas")),
            Competitor("polars", "polars, bit-mask reasons (an expert's)", peers, "polars", ("polars",)),
            Competitor("polars", "polars, `concat_list` reasons (what people write)", peers, "polars-naive", ("polars",)),
            Competitor("datafusion", "DataFusion SQL", peers, "datafusion", ("datafusion",), ordered_threads=1),
            Competitor("pandas", "pandas, idiomatic", peers, "pandas-plain", ("pandas",)),
            Competitor("duckdb", "DuckDB SQL, its own table", peers, "duckdb", ("duckdb",)),
            Competitor("duckdb", "DuckDB SQL over an Arrow table", peers, "duckdb-arrow", ("duckdb",)),
            Competitor("python", "plain Python, record by record", RECORDS, "python", most_rows=20_000, frame=False),
            Competitor("zen", "zen-engine, decision table", RECORDS, "zen", ("zen",), most_rows=2_000, frame=False),
        ),
        published=checks.w1_published,
        reference=checks.w1_reference,
    )


def w2():
    ours, peers = "crmkit_w2.py", "w2_peers.py"
    return Workload(
        name="W2",
        row="deal",
        data="deals",
        beside=("rates.parquet", "owners.parquet"),
        scripts=(peers,),
        ours=(ours,),
        first_rows=(),
        competitors=(
            Competitor("crmkit", "**crmkit**, pyarrow table to pyarrow table", ours, "pyarrow", PLAIN, frame=False),
            Competitor("crmkit", "**crmkit**, polars frame to polars frame", ours, "polars", POLARS, frame=False),
            Competitor("duckdb", "DuckDB DECIMAL, its own table", peers, "duckdb-dec", ("duckdb",)),
            Competitor("polars", "polars Decimal(38)", peers, "polars-dec", ("polars",)),
            Competitor("pandas", "pandas, objects of `Decimal`", peers, "pandas-dec", ("pandas",)),
            Competitor("pandas", "pandas, float64", peers, "pandas-f64", ("pandas",), exact=False),
        ),
        published=None,
        reference=checks.w2_reference,
    )


def w2b():
    ours, peers = "crmkit_w2b.py", "w2b_peers.py"
    sizes = (200, 2_000)
    text = {200: "200 deals", 2_000: "2,000 deals"}
    competitors = []
    for n in sizes:
        competitors += [
            Competitor("crmkit", f"**crmkit**, {text[n]}", ours, "table", PLAIN, n, frame=False, extra="1"),
            Competitor("numpy", f"numpy Monte Carlo, a million trials, {text[n]}", peers, "mc", ("numpy",), n, extra="1000000"),
            Competitor("numpy", f"numpy, direct convolution in cells of 100 EUR, {text[n]}", peers, "direct", ("scipy",), n, extra="100"),
        ]
    return Workload(
        name="W2b",
        row="deal",
        data="deals",
        beside=(),
        scripts=(peers,),
        ours=(ours,),
        first_rows=(),
        competitors=tuple(competitors),
        published=None,
        reference=checks.w2_reference,
        approximate=True,
    )


def w3():
    ours, peers = "crmkit_w3.py", "w3_peers.py"
    return Workload(
        name="W3",
        row="lead",
        data="routing",
        beside=("routing_rules.json",),
        scripts=(peers,),
        ours=(ours, "w3.py"),
        first_rows=(500, 5_000),
        competitors=(
            Competitor("crmkit", "**crmkit**, pyarrow table to pyarrow table", ours, "pyarrow", PLAIN, frame=False),
            Competitor("crmkit", "**crmkit**, polars frame to polars frame", ours, "polars", POLARS, frame=False),
            Competitor("polars", "polars, joins for each shape of rule (an expert's)", peers, "polars-join", ("polars",)),
            Competitor("polars", "polars, `when/then` with 1,000 branches", peers, "polars", ("polars",), most_rows=100_000),
            Competitor("duckdb", "DuckDB, joins for each shape of rule", peers, "duckdb-join", ("duckdb",), ordered_threads=0),
            Competitor("duckdb", "DuckDB, `CASE` with 1,000 branches", peers, "duckdb-case", ("duckdb",), most_rows=100_000),
            Competitor("python", "plain Python, sets", peers, "python", most_rows=5_000, frame=False),
            Competitor("zen", "zen-engine, decision table", peers, "zen", ("zen",), most_rows=500, frame=False),
        ),
        published=checks.w3_published,
        reference=checks.w3_reference,
    )


def w4():
    ours, peers = "crmkit_w4.py", "w4_peers.py"
    return Workload(
        name="W4",
        row="ticket",
        data="tickets",
        beside=("fr_holidays.json",),
        scripts=(peers,),
        ours=(ours,),
        first_rows=(),
        competitors=(
            Competitor("crmkit", "**crmkit**, pyarrow table to pyarrow table", ours, "pyarrow-due", PLAIN, frame=False),
            Competitor("crmkit", "**crmkit**, polars frame to polars frame", ours, "polars-due", POLARS, frame=False),
            Competitor("numpy", "numpy `searchsorted` on prefix sums (an expert's)", peers, "numpy", ("numpy",)),
            Competitor("polars", "polars, two `join_asof` on prefix sums (an expert's)", peers, "polars", ("polars",)),
            Competitor("duckdb", "DuckDB, two `ASOF` joins on prefix sums (an expert's)", peers, "duckdb", ("duckdb",)),
            Competitor("python", "businesstimedelta", peers, "businesstimedelta", ("businesstimedelta", "pytz"), 1_000, frame=False, exact=False),
            Competitor("pandas", "pandas `CustomBusinessHour`: whole hours only", peers, "pandas-cbh", ("pandas",), 1_000, frame=False, exact=False),
        ),
        published=checks.w4_due,
        reference=checks.w4_reference,
    )


def w4b():
    ours, peers = "crmkit_w4.py", "w4_peers.py"
    return Workload(
        name="W4b",
        row="ticket",
        data="tickets",
        beside=("fr_holidays.json",),
        scripts=(peers,),
        ours=(ours,),
        first_rows=(),
        competitors=(
            Competitor("crmkit", "**crmkit**, pyarrow table to pyarrow table", ours, "pyarrow-elapsed", PLAIN, frame=False),
            Competitor("crmkit", "**crmkit**, polars frame to polars frame", ours, "polars-elapsed", POLARS, frame=False),
            Competitor("numpy", "numpy `searchsorted` on prefix sums (an expert's)", peers, "numpy", ("numpy",), call=1),
            Competitor("python", "businesstimedelta, without pauses", peers, "businesstimedelta", ("businesstimedelta", "pytz"), 1_000, frame=False, exact=False, call=1),
            Competitor("python", "business-duration: one interval a day, without pauses", peers, "business-duration", ("business_duration", "pandas"), 1_000, frame=False, exact=False),
        ),
        published=checks.w4_elapsed,
        reference=checks.w4_reference,
    )


def w5():
    ours, peers = "crmkit_w5.py", "w5_peers.py"
    libraries = ("pandas", "phonenumbers", "publicsuffixlist", "idna")
    return Workload(
        name="W5",
        row="contact",
        data="contacts",
        beside=(),
        scripts=(peers,),
        ours=(ours,),
        first_rows=(10_000,),
        competitors=(
            Competitor("crmkit", "**crmkit**, pyarrow table to pyarrow table", ours, "pyarrow", PLAIN, frame=False),
            Competitor("crmkit", "**crmkit**, polars frame to polars frame", ours, "polars", POLARS, frame=False),
            Competitor("pandas", "pandas + phonenumbers + publicsuffixlist + idna", peers, "pandas", libraries, most_rows=10_000),
            Competitor("polars", "polars expressions: approximate keys", peers, "polars", ("polars",), exact=False),
            Competitor("duckdb", "DuckDB SQL: approximate keys", peers, "duckdb", ("duckdb",), exact=False),
        ),
        published=None,
        reference=checks.w5_reference,
    )


WORKLOADS = {"w1": w1, "w2": w2, "w2b": w2b, "w3": w3, "w4": w4, "w4b": w4b, "w5": w5}
