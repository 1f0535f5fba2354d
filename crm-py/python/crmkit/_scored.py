"""A scored table."""

from __future__ import annotations

import json
from html import escape
from typing import Any, Protocol, runtime_checkable

from crmkit import _native

_SHOWN = 10


@runtime_checkable
class ArrowStreamExportable(Protocol):
    """Anything that offers an Arrow C stream: a polars or pandas frame, a pyarrow table, a DuckDB relation ..."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table as a capsule."""
        ...


class Scored:
    """A table with scores, for any frame: ``polars.DataFrame(scored)``, ``pyarrow.table(scored)`` ...

    Its columns are those of the input that were kept, then ``score``, ``band``, ``grade``, ``fit``, ``engagement``,
    ``coverage_bp``, ``reasons`` (texts), ``reason_codes`` (such as ``job_title:+15``), ``next_change_at`` and
    ``diagnostics`` (cells that could not be read).
    """

    def __init__(self, native: _native.Scored) -> None:
        self._native = native

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A new stream over the same buffers at every call; `requested_schema` is not followed."""
        return self._native.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._native)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._native.columns()

    @property
    def model(self) -> str:
        """The score model, as ``id@version``."""
        return self._native.metadata("crmkit.model") or ""

    @property
    def read(self) -> list[tuple[str, str]]:
        """The columns that rules read, each with the field that it feeds."""
        pairs = json.loads(self._native.metadata("crmkit.read") or "[]")
        return [(column, field) for column, field in pairs]

    @property
    def ignored(self) -> list[str]:
        """The columns that no rule reads."""
        names: list[str] = json.loads(self._native.metadata("crmkit.ignored") or "[]")
        return names

    def to_dicts(self, columns: list[str] | None = None) -> list[dict[str, Any]]:
        """The rows as dicts; `columns` takes only some. Columns of nested types need a frame, or to be left out."""
        return self._native.rows(0, len(self), columns)

    def __repr__(self) -> str:
        return f"<crmkit.Scored: {len(self)} rows, model {self.model}>"

    def _repr_html_(self) -> str:
        names = [name for name in self.columns if name in ("company", "last_name", "email")]
        names += ["score", "band", "grade", "reasons"]
        rows = self._native.rows(0, _SHOWN, names)
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{_html(row[name])}</td>" for name in names) + "</tr>" for row in rows)
        more = f"<p>{len(self)} rows, model {escape(self.model)}</p>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

    def __reduce__(self) -> str:
        raise TypeError("a Scored table is not pickled: turn it into a frame or into dicts first")


def _html(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "<br>".join(escape(str(item)) for item in value)
    return escape(str(value))
