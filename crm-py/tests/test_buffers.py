"""Results attach to frames without copies: the addresses of buffers, where a library shows them (DuckDB shows none)."""

from datetime import datetime, timezone
from typing import Any

import pytest

import crmkit

AT = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
COLUMNS = {"ref": [1, 2, 3], "size": [24, None, 120], "company": ["a", "b" * 40, None]}
pyarrow = pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def rules() -> crmkit.Rules:
    return crmkit.Rules()


def addresses(array: Any) -> list[int | None]:
    if isinstance(array, pyarrow.ChunkedArray):
        (array,) = array.chunks
    return [None if buffer is None else buffer.address for buffer in array.buffers()]


def test_pyarrow(rules: crmkit.Rules) -> None:
    table = pyarrow.table(COLUMNS)
    scored = rules.score_leads(table, at=AT, lang="en")
    once, again = pyarrow.table(scored), pyarrow.table(scored)
    for name in COLUMNS:
        assert addresses(once[name]) == addresses(table[name]), name
    for name in once.column_names:
        assert addresses(once[name]) == addresses(again[name]), f"{name}: a stream at every call, over the same buffers"
    cut = pyarrow.table(rules.score_leads(table.slice(1, 2), at=AT))["ref"]
    start = cut.chunk(0).buffers()[1].address + 8 * cut.chunk(0).offset
    assert start == table["ref"].chunk(0).buffers()[1].address + 8 and cut.to_pylist() == [2, 3], "a slice is one, too"
    streamed = pyarrow.RecordBatchReader.from_stream(rules.score_stream(table, at=AT)).read_all()
    assert addresses(streamed["company"]) == addresses(table["company"])


def test_polars(rules: crmkit.Rules) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(COLUMNS)
    scored = rules.score_leads(frame, at=AT)
    table, back = pyarrow.table(scored), polars.DataFrame(scored)
    for name in COLUMNS:
        assert addresses(table[name]) == addresses(pyarrow.table(frame)[name]), f"{name}: kept on the frame's own buffers"
    for name in ("ref", "size", "score", "coverage_bp", "next_change_at"):
        assert addresses(back[name].to_arrow()) == addresses(table[name]), f"{name}: attached as it is"


def test_pandas(rules: crmkit.Rules) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"ref": [1, 2, 3], "size": pandas.array([24, 7, 120], dtype="int64[pyarrow]")})
    scored = rules.score_leads(frame, at=AT)
    table = pyarrow.table(scored)
    assert addresses(table["ref"])[1] == frame["ref"].to_numpy().__array_interface__["data"][0], "a NumPy column"
    assert addresses(table["size"]) == addresses(frame["size"].array.__arrow_array__()), "an Arrow column"
    back = table.to_pandas(types_mapper=pandas.ArrowDtype)
    for name in table.column_names:
        assert addresses(back[name].array.__arrow_array__()) == addresses(table[name]), name
