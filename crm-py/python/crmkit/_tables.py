"""What counts as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmkit import _native
from crmkit._categories import places
from crmkit._columns import columns


def names(given: str | Sequence[str]) -> str | list[str]:
    """A word, or a list of names."""
    return given if isinstance(given, str) else list(given)


def stream(table: object) -> object:
    """The table as an object with an Arrow C stream."""
    if hasattr(table, "__arrow_c_stream__"):
        return places(table)
    if isinstance(table, Mapping):
        return _native.Columns(columns(table))
    if callable(getattr(table, "collect", None)):
        raise TypeError(f"a {type(table).__name__} has no rows yet: call .collect() first")
    raise TypeError(
        f"a {type(table).__name__} is no table: expected an object with __arrow_c_stream__ (polars, pandas, "
        "pyarrow, duckdb ...) or a mapping of lists"
    )
