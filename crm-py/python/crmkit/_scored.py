"""A scored table."""

from __future__ import annotations

import json
import operator
from html import escape
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from crmkit import _native
from crmkit._described import ScoreDescribed
from crmkit._explained import Explained
from crmkit._values import Fields

Lang: TypeAlias = Literal["en", "fr"]

_SHOWN = 10


@runtime_checkable
class ArrowStreamExportable(Protocol):
    """Anything that offers an Arrow C stream: a polars or pandas frame, a pyarrow table, a DuckDB relation ..."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table as a capsule."""
        ...


class Scored(ScoreDescribed[_native.Scored]):
    """A table with scores, for any frame: ``polars.DataFrame(scored)``, ``pyarrow.table(scored)`` ...

    Its columns are those of the input that were kept, on the input's own buffers, then ``score``, ``band``, ``grade``,
    ``fit``, ``engagement``, ``coverage_bp``, with a language ``reasons`` (texts), ``reason_codes`` (such as
    ``job_title:+15``), ``next_change_at`` and ``diagnostics`` (cells that could not be read); or those that `columns`
    asked for.
    """

    def __init__(self, native: _native.Scored, fields: Fields, lang: str | None) -> None:
        self._native = native
        self._fields = fields
        self._lang = lang

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A new stream over the same buffers at every call; `requested_schema` is not followed."""
        return self._native.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._native)

    def explain(self, row: int, lang: Lang | None = None) -> Explained:
        """One row's whole answer with the evidence of its reasons, and its cells that could not be read.

        Texts are in `lang`, else in the language of the table, else in English. A notebook shows it as a waterfall.
        """
        place = operator.index(row)
        if not 0 <= place < len(self):
            raise IndexError(f"there is no row {place} in a table of {len(self)} rows; the first is row 0")
        texts = lang or self._lang or "en"
        return Explained(self._fields.score(json.loads(self._native.explain(place, texts))), texts)

    def to_dicts(self, columns: list[str] | None = None) -> list[dict[str, Any]]:
        """The rows as dicts; `columns` takes only some. Columns of nested types need a frame, or to be left out."""
        return self._native.rows(0, len(self), columns)

    def __repr__(self) -> str:
        return f"<crmkit.Scored: {len(self)} rows, model {self.model}>"

    def _repr_html_(self) -> str:
        reasons = "reasons" if "reasons" in self.columns else "reason_codes"
        shown = ("company", "last_name", "email", "score", "band", "grade", reasons)
        names = [name for name in self.columns if name in shown]
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
