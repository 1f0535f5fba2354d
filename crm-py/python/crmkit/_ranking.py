"""The best leads of a stream, kept while it passes, and their table."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmkit._scored import Scored
from crmkit._texts import Texts

_SHOWN_REASONS = 3
_WIDEST = 40
_NAMES = ("company", "first_name", "last_name", "email", "external_id")


@dataclass(frozen=True)
class _Lead:
    band: str
    grade: str
    name: str
    reasons: str


class Ranking:
    """The first so many leads by score, those of one score in the order of the file.

    `columns` are the columns of the result that have the names of people and companies, by field.
    """

    def __init__(self, most: int, lang: str, columns: Mapping[str, str], reasons: int) -> None:
        self._most = max(most, 0)
        self._lang = "fr" if lang == "fr" else "en"
        self._columns = columns
        self._reasons = min(reasons, _SHOWN_REASONS)
        self._best: list[tuple[int, int, _Lead]] = []
        self.leads = 0

    def add(self, part: Scored) -> None:
        """The next rows."""
        for score, row in part._native.top(self._most):
            place = -(self.leads + row)
            if len(self._best) < self._most:
                heapq.heappush(self._best, (score, place, self._lead(part, row)))
            elif (score, place) > self._best[0][:2]:
                heapq.heapreplace(self._best, (score, place, self._lead(part, row)))
            else:
                # What follows in this part is no better.
                break
        self.leads += len(part)

    def _lead(self, part: Scored, row: int) -> _Lead:
        explained = part.explain(row, self._lang)  # type: ignore[arg-type]
        reasons = " · ".join(str(reason["text"]) for reason in explained.reasons[: self._reasons])
        cells = part._native.rows(row, 1, list(self._columns.values()))[0] if self._columns else {}
        named = {field: cells[column] for field, column in self._columns.items() if cells[column]}
        person = " ".join(str(named[part]) for part in ("first_name", "last_name") if part in named)
        name = ", ".join(part for part in (str(named.get("company", "")), person) if part)
        name = name or str(named.get("email") or named.get("external_id") or f"#{self.leads + row + 1}")
        return _Lead(explained.band_text or "-", explained.grade or "-", name, reasons)

    def table(self, texts: Texts) -> list[str]:
        """The lines of the table."""
        ranked = sorted(self._best, key=lambda entry: entry[:2], reverse=True)
        rows = [
            (str(rank), str(score), lead.band, lead.grade, lead.name, lead.reasons)
            for rank, (score, _, lead) in enumerate(ranked, start=1)
        ]
        head = texts.head
        widths = [max([len(head[i]), *(min(len(row[i]), _WIDEST) for row in rows)]) for i in range(5)]
        lines = [""]
        for line in (head, *rows):
            cells = [
                cell[:_WIDEST].rjust(width) if i < 2 else cell[:_WIDEST].ljust(width)
                for i, (cell, width) in enumerate(zip(line, widths))
            ]
            lines.append("  ".join((*cells, line[5])).rstrip())
        if self.leads > len(rows):
            lines.append(texts.more(self.leads - len(rows)))
        return lines


def name_columns(found: Sequence[str], mapped: Mapping[str, str]) -> dict[str, str]:
    """The columns that say who a lead is, by field: as they are mapped, or by their own names."""
    by_field = {field: column for column, field in mapped.items()}
    columns = {field: by_field.get(field, field) for field in _NAMES}
    return {field: column for field, column in columns.items() if column in found}
