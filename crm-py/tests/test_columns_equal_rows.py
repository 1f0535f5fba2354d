"""Columns score like rows: random tables in random layouts, whole, in chunks, in threads and as a stream."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

import crmkit

hypothesis = pytest.importorskip("hypothesis")
pyarrow = pytest.importorskip("pyarrow")
polars = pytest.importorskip("polars")
from hypothesis import strategies as st  # noqa: E402

AT = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
CUSTOM = [{"name": "area", "type": "number"}, {"name": "due", "type": "date"}, {"name": "permit", "type": "boolean"}]


def rule(place: int, points: int, field: str, op: str, value: Any = None) -> dict[str, Any]:
    when = {"field": field, "op": op} | ({} if value is None else {"value": value})
    return {"id": f"r{place}", "points": points, "when": when}


RULES = crmkit.Rules(
    {
        "custom": {"lead": CUSTOM},
        "lead_score": {
            "id": "equal",
            "version": 1,
            "bands": [{"id": "hot", "from": 30}, {"id": "warm", "from": 5}, {"id": "cold", "from": -1000}],
            "fit": {
                "groups": [
                    {
                        "id": "who",
                        "max": 25,
                        "rules": [
                            rule(0, 11, "job_title", "contains", "direct"),
                            rule(1, -4, "job_title", "starts_with", "stagiaire"),
                            rule(2, 9, "country", "in", ["FR", "be", "Ch"]),
                            rule(3, 3, "company", "is_known"),
                        ],
                    },
                    {
                        "id": "what",
                        "min": -10,
                        "max": 30,
                        "rules": [
                            rule(4, 7, "size", "ge", 50),
                            rule(5, -6, "size", "lt", 0),
                            rule(6, 13, "value", "ge", {"amount": "1000.00", "currency": "EUR"}),
                            rule(7, 5, "custom.area", "gt", "12.5"),
                            rule(8, -3, "custom.due", "lt", "2026-01-01"),
                            rule(9, 17, "custom.permit", "eq", True),
                        ],
                    },
                ]
            },
            "engagement": {
                "groups": [
                    {
                        "id": "when",
                        "rules": [
                            rule(10, 8, "last_activity_at", "ge", "2026-11-01T00:00:00Z"),
                            rule(11, 2, "last_activity_at", "is_null"),
                            rule(12, 4, "last_activity_at", "within_days", 7),
                        ],
                    }
                ]
            },
        },
    }
)
LEAD: dict[str, Any] = {
    "company": st.sampled_from(["Acme", "", " ", "É", "x" * 30]),
    "job_title": st.sampled_from(["Directrice générale", "DIRECTEUR", "Stagiaire", "chef de projet directeur", ""]),
    "country": st.sampled_from(["FR", "fr", "BE", "DE", "CH "]),
    "size": st.integers(-3, 130),
    "value": st.decimals("0", "3000", places=2),
    "custom.area": st.integers(-100, 100).map(lambda n: Decimal(n) / 4),
    "custom.due": st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    "custom.permit": st.booleans(),
    "last_activity_at": st.integers(0, 60 * 86_400).map(lambda s: AT - timedelta(seconds=s)),
}
TEXT = [pyarrow.string(), pyarrow.large_string(), pyarrow.string_view()]
TEXTS = [*TEXT, *(pyarrow.dictionary(index, value) for index in (pyarrow.int8(), pyarrow.uint32()) for value in TEXT[:2])]
TIMES = [pyarrow.timestamp(unit, zone) for unit in ("s", "ms", "us", "ns") for zone in ("UTC", "Europe/Paris")]
LAYOUTS: dict[str, list[Any]] = {
    "company": TEXTS,
    "job_title": TEXTS,
    "country": TEXTS,
    "size": [pyarrow.int16(), pyarrow.int64(), pyarrow.float32(), pyarrow.float64(), pyarrow.decimal128(9, 0), *TEXTS],
    "value": [pyarrow.decimal128(18, 2), pyarrow.decimal256(40, 4), pyarrow.decimal64(12, 2), *TEXT],
    "custom.area": [pyarrow.float32(), pyarrow.float64(), pyarrow.decimal128(20, 6), pyarrow.decimal32(7, 2), *TEXT],
    "custom.due": [pyarrow.date32(), pyarrow.date64(), *TEXT],
    "custom.permit": [pyarrow.bool_()],
    "last_activity_at": TIMES,
}
# The types that polars has.
FRAMES: dict[str, list[Any]] = {
    "company": [polars.String, polars.Categorical],
    "job_title": [polars.String, polars.Categorical],
    "country": [polars.String, polars.Categorical],
    "size": [polars.Int16, polars.Int64, polars.UInt8, polars.Float32, polars.Float64, polars.Decimal(9, 0), polars.String],
    "value": [polars.Decimal(18, 2), polars.Decimal(38, 4), polars.String],
    "custom.area": [polars.Float32, polars.Float64, polars.Decimal(20, 6)],
    "custom.due": [polars.Date, polars.String],
    "custom.permit": [polars.Boolean],
    "last_activity_at": [polars.Datetime(unit, zone) for unit in ("ms", "us", "ns") for zone in ("UTC", "Europe/Paris")],
}
Lead = dict[str, Any]
leads = st.lists(st.fixed_dictionaries({}, optional=LEAD), min_size=1, max_size=12)


def of_type(values: list[Any], kind: Any) -> Any:
    """The cells as an array: as texts where the type is one."""
    inner = kind.value_type if pyarrow.types.is_dictionary(kind) else kind
    if inner in TEXT:
        texts = [None if v is None else v if isinstance(v, str) else str(v) for v in values]
        return pyarrow.array(texts, pyarrow.string()).cast(inner).cast(kind)
    if pyarrow.types.is_floating(inner):
        return pyarrow.array([None if v is None else float(v) for v in values], kind)
    return pyarrow.array(values, kind)


def chunked(table: Any, cuts: list[int]) -> Any:
    """The same rows, divided at these places; every part is a slice."""
    ends = sorted({cut % (table.num_rows + 1) for cut in cuts} | {0, table.num_rows})
    return pyarrow.concat_tables(table.slice(start, end - start) for start, end in zip(ends, ends[1:]))


@st.composite
def arrow_tables(draw: Any) -> tuple[list[Lead], Any]:
    rows = draw(leads)
    fed = draw(st.lists(st.sampled_from(sorted(LEAD)), min_size=1, unique=True))
    columns = {name: of_type([row.get(name) for row in rows], draw(st.sampled_from(LAYOUTS[name]))) for name in fed}
    table = pyarrow.table(columns)
    # Rows before and after, sliced away: offsets that are not zero.
    before, after = draw(st.integers(0, 9)), draw(st.integers(0, 2))
    whole = pyarrow.concat_tables([*[table.slice(0, 1)] * before, table, *[table.slice(0, 1)] * after]).combine_chunks()
    table = chunked(whole.slice(before, len(rows)), draw(st.lists(st.integers(0, 20), max_size=3)))
    return [{name: row.get(name) for name in fed} for row in rows], table


@st.composite
def polars_frames(draw: Any) -> tuple[list[Lead], Any]:
    rows = draw(leads)
    fed = draw(st.lists(st.sampled_from(sorted(LEAD)), min_size=1, unique=True))
    columns = []
    for name in fed:
        kind = draw(st.sampled_from(FRAMES[name]))
        values = [row.get(name) for row in rows]
        if kind == polars.UInt8 and any(v is not None and v < 0 for v in values):
            kind = polars.Int16
        text = kind in (polars.String, polars.Categorical)
        cells = [None if v is None else str(v) if text else float(v) if kind in (polars.Float32, polars.Float64) else v for v in values]
        columns.append(polars.Series(name, cells, dtype=kind))
    frame = polars.DataFrame(columns)
    cut = draw(st.integers(0, len(rows)))
    parts = [frame[:cut], frame[cut:]]
    return [{name: row.get(name) for name in fed} for row in rows], polars.concat(parts, rechunk=draw(st.booleans()))


def by_row(lead: Lead) -> tuple[Any, ...]:
    own = {name: value for name, value in lead.items() if not name.startswith("custom.")}
    if own.get("value") is not None:
        own["value"] = {"amount": own["value"], "currency": "EUR"}
    own["custom"] = {name[7:]: value for name, value in lead.items() if name.startswith("custom.")}
    answer = RULES.eval("lead_score", {"lead": own, "at": AT, "lang": "fr"})
    assert answer["diagnostics"] == []
    texts = [reason["text"] for reason in answer["reasons"]]
    sections = [answer["sections"].get(name, {}).get("score") for name in ("fit", "engagement")]
    return answer["score"], answer["band"], *sections, answer["coverage"]["known_bp"], texts, answer["next_change_at"]


COLUMNS = ["score", "band", "fit", "engagement", "coverage_bp", "reasons", "next_change_at"]
HOW: dict[str, Any] = {"at": AT, "lang": "fr", "currency": "EUR", "keep": "none", "columns": [*COLUMNS, "diagnostics"]}


def by_column(scored: crmkit.Scored) -> list[tuple[Any, ...]]:
    rows = scored.to_dicts()
    assert all(row["diagnostics"] == [] for row in rows)
    return [tuple(row[name] for name in COLUMNS) for row in rows]


def agree(rows: list[Lead], table: Any) -> None:
    expected = [by_row(lead) for lead in rows]
    scored = RULES.score_leads(table, **HOW)
    assert by_column(scored) == expected
    for threads in (2, 3):
        assert by_column(RULES.score_leads(table, **HOW, threads=threads)) == expected, threads
    parts = [by_column(part) for part in RULES.score_stream(table, **HOW, threads=2)]
    assert [row for part in parts for row in part] == expected
    last = len(rows) - 1
    assert scored.explain(last).score == expected[last][0]


settings = hypothesis.settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck)
)


@settings
@hypothesis.given(arrow_tables())
def test_arrow(given: tuple[list[Lead], Any]) -> None:
    agree(*given)


@settings
@hypothesis.given(polars_frames())
def test_polars(given: tuple[list[Lead], Any]) -> None:
    agree(*given)


@settings
@hypothesis.given(arrow_tables(), st.integers(1, 5))
def test_any_chunks_give_the_same(given: tuple[list[Lead], Any], size: int) -> None:
    rows, table = given
    whole = by_column(RULES.score_leads(table.combine_chunks(), **HOW))
    reader = pyarrow.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=size))
    parts = [by_column(part) for part in RULES.score_stream(reader, **HOW)]
    assert [row for part in parts for row in part] == whole
    assert len(whole) == len(rows)
