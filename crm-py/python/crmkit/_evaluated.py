"""Tables with what a rule of the lead desk says of each row."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from crmkit import _native
from crmkit._described import Described

_SHOWN = 10


class Evaluated(Described[_native.Evaluated]):
    """A table with what a rule says of each row, for any frame: ``polars.DataFrame(found)``, ``pyarrow.table(found)`` ...

    Its columns are those of the input that were kept, on the input's own buffers, then those of the result.
    """

    def __init__(self, native: _native.Evaluated) -> None:
        self._native = native

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A new stream over the same buffers at every call; `requested_schema` is not followed."""
        return self._native.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._native)

    @property
    def answer(self) -> dict[str, Any]:
        """What the rule says of the table as a whole."""
        answer: dict[str, Any] = json.loads(self._native.answer())
        return answer

    def to_dicts(self, columns: list[str] | None = None) -> list[dict[str, Any]]:
        """The rows as dicts; `columns` takes only some. Columns of nested types need a frame, or to be left out."""
        return self._native.rows(0, len(self), columns)

    def __repr__(self) -> str:
        return f"<crmkit.{type(self).__name__}: {len(self)} rows, columns {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        rows = self._native.rows(0, _SHOWN, self.columns)
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{_cell(row[name])}</td>" for name in row) + "</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{len(self)} rows</p>"

    def __reduce__(self) -> str:
        raise TypeError(f"a table of type {type(self).__name__} is not pickled: turn it into a frame or into dicts first")


def _cell(value: object) -> str:
    return "" if value is None else escape(str(value))


class Routed(Evaluated):
    """A table with who gets which lead."""

    @property
    def state(self) -> dict[str, Any]:
        """What to give with the next call: turns, open leads, recent assignments."""
        state: dict[str, Any] = self.answer.get("state", {})
        return state

    @property
    def counts(self) -> dict[str, Any]:
        """How many leads went where."""
        counts: dict[str, Any] = self.answer.get("counts", {})
        return counts

    @property
    def rules(self) -> list[str]:
        """The ids of all rules in the order in which they are asked: what ``matched_rule`` points into."""
        return list(self._note("crmkit.rules"))
