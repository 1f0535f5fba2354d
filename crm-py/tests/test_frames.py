"""Frames of other packages, in and out."""

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

import crmkit

AT = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
ROWS = {
    "company": ["Rénov'Ouest", "Toits du Nord", None],
    "job_title": ["Gérante", "Stagiaire", "Directeur"],
    "size": [24, None, 120],
    "value": [Decimal("12500.00"), None, Decimal("99.50")],
    "last_activity_at": [AT, None, datetime(2026, 1, 1, tzinfo=timezone.utc)],
    "tags": [["vip"], [], None],
}


@pytest.fixture(scope="module")
def rules() -> crmkit.Rules:
    return crmkit.Rules()


@pytest.fixture(scope="module")
def expected(rules: crmkit.Rules) -> list[Any]:
    scored = rules.score_leads(ROWS, at=AT, currency="EUR", lang="fr")
    return [(row["score"], row["band"], row["reasons"]) for row in scored.to_dicts()]


def answers(scored: crmkit.Scored) -> list[Any]:
    return [(row["score"], row["band"], row["reasons"]) for row in scored.to_dicts()]


def test_categories_of_polars(rules: crmkit.Rules) -> None:
    polars = pytest.importorskip("polars")
    titles = ["Gérante", "Stagiaire", None, "Directeur"] * 500
    plain = polars.DataFrame({"job_title": titles, "country": ["FR", None] * 1000, "size": [24, 120, 7, None] * 500})
    global_ = plain.with_columns(polars.col("job_title", "country").cast(polars.Categorical))
    named = polars.Categorical(polars.Categories("of_a_test")) if hasattr(polars, "Categories") else polars.Categorical
    expected = rules.score_leads(plain, at=AT).to_dicts()
    frames = [
        global_,
        global_[1000:].clear().vstack(global_[:999]).vstack(global_[999:]),
        plain.with_columns(polars.col("job_title").cast(named), polars.col("country").cast(polars.Categorical)),
        plain.with_columns(polars.col("country").cast(polars.Enum(["BE", "FR"]))),
    ]
    for frame in frames:
        scored = rules.score_leads(frame, at=AT)
        assert scored.to_dicts() == expected
        back = polars.DataFrame(scored)
        assert back.schema["job_title"] == frame.schema["job_title"] and back["job_title"].to_list() == titles
        assert polars.DataFrame(rules.score_stream(frame, at=AT))["score"].to_list() == back["score"].to_list()
    # A list of texts that is long for the rows stays with polars.
    many = polars.Series([f"title {n}" for n in range(5000)], dtype=polars.Categorical)
    assert rules.score_leads(global_, at=AT).to_dicts() == expected and len(many) == 5000


def test_polars(rules: crmkit.Rules, expected: list[Any]) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(ROWS)
    scored = rules.score_leads(frame, at=AT, currency="EUR", lang="fr")
    assert answers(scored) == expected
    back = polars.DataFrame(scored)
    assert back.columns[:6] == list(ROWS) and back["score"].to_list() == [e[0] for e in expected]
    assert back["value"].to_list() == ROWS["value"], "kept as it was"
    assert polars.DataFrame(scored).equals(back), "a stream at every call"
    categories = frame.with_columns(polars.col("job_title").cast(polars.Categorical))
    assert answers(rules.score_leads(categories, at=AT, currency="EUR", lang="fr")) == expected
    assert answers(rules.score_leads(polars.concat([frame[:1], frame[1:]], rechunk=False), at=AT, currency="EUR", lang="fr")) == expected
    with pytest.raises(TypeError, match=r"call \.collect\(\) first"):
        rules.score_leads(frame.lazy(), at=AT)
    assert len(rules.score_leads(frame.clear(), at=AT, currency="EUR")) == 0
    naive = frame.with_columns(polars.col("last_activity_at").dt.replace_time_zone(None))
    with pytest.raises(crmkit.InvalidInput, match="zone"):
        rules.score_leads(naive, at=AT, currency="EUR")
    assert answers(rules.score_leads(naive, at=AT, currency="EUR", zone="UTC", lang="fr")) == expected
    nested = frame.with_columns(polars.struct("company", "size").alias("both"), polars.lit(b"x").alias("raw"))
    assert polars.DataFrame(rules.score_leads(nested, at=AT, currency="EUR"))["both"].to_list() == nested["both"].to_list()
    with pytest.raises(crmkit.InvalidInput, match="both"):
        rules.score_leads(nested, at=AT, currency="EUR").to_dicts()


def test_pyarrow(rules: crmkit.Rules, expected: list[Any]) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table(ROWS)
    for source in (table, table.to_reader(max_chunksize=2), table.combine_chunks(), table.slice(0)):
        scored = rules.score_leads(source, at=AT, currency="EUR", lang="fr")
        assert answers(scored) == expected
    back = pyarrow.table(scored)
    back.validate(full=True)
    types = {field.name: str(field.type) for field in back.schema}
    assert types["score"] == "int64" and types["next_change_at"] == "timestamp[us, tz=UTC]"
    assert types["reasons"].startswith("list<")
    assert back["company"].chunk(0).buffers()[2].address == table["company"].chunk(0).buffers()[2].address
    assert answers(rules.score_leads(table.slice(1, 2), at=AT, currency="EUR", lang="fr")) == expected[1:]
    empty = pyarrow.table({"company": pyarrow.array([], pyarrow.string())})
    assert len(rules.score_leads(empty, at=AT)) == 0

    def failing() -> Any:
        yield table.to_batches()[0]
        raise ValueError("the third batch is gone")

    reader = pyarrow.RecordBatchReader.from_batches(table.schema, failing())
    with pytest.raises(crmkit.InvalidInput, match="the third batch is gone"):
        rules.score_leads(reader, at=AT, currency="EUR")


def test_pandas(rules: crmkit.Rules, expected: list[Any]) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(ROWS)
    scored = rules.score_leads(frame, at=AT, currency="EUR", lang="fr")
    assert answers(scored) == expected, "integers with gaps are floats in pandas, and whole"
    back = pandas.DataFrame.from_arrow(scored)
    assert back["score"].tolist() == [e[0] for e in expected]
    typed = frame.convert_dtypes(dtype_backend="pyarrow")
    assert answers(rules.score_leads(typed, at=AT, currency="EUR", lang="fr")) == expected


def test_duckdb(rules: crmkit.Rules, expected: list[Any]) -> None:
    duckdb = pytest.importorskip("duckdb")
    pyarrow = pytest.importorskip("pyarrow")
    leads = pyarrow.table(ROWS)
    connection = duckdb.connect()
    relation = connection.sql("select * from leads")
    scored = rules.score_leads(relation, at=AT, currency="EUR", lang="fr")
    assert answers(scored) == expected
    found = connection.sql("select company, score from scored order by score desc").fetchall()
    assert [score for _, score in found] == sorted((e[0] for e in expected), reverse=True)
    assert leads.num_rows == 3
    connection.close()


def test_objects_that_only_look_like_tables(rules: crmkit.Rules) -> None:
    class Broken:
        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            return 3

    class Raising:
        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            raise KeyError("mine")

    with pytest.raises(TypeError, match="no capsule"):
        rules.score_leads(Broken(), at=AT)
    with pytest.raises(KeyError, match="mine"):
        rules.score_leads(Raising(), at=AT)

    class Reused:
        def __init__(self, scored: crmkit.Scored) -> None:
            self.capsule = scored.__arrow_c_stream__()

        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            return self.capsule

    table = Reused(rules.score_leads({"company": ["x"]}, at=AT))
    assert len(rules.score_leads(table, at=AT)) == 1
    with pytest.raises(crmkit.InvalidInput, match="released"):
        rules.score_leads(table, at=AT)
