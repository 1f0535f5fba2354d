"""Tables that rules over touches and customers give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmkit._evaluated import Evaluated


class Attribution(Evaluated):
    """A table of touches with the credit of each: ``polars.DataFrame(found)``, ``found.by("channel")`` ..."""

    def by(self, column: str) -> Evaluated:
        """The touches added up by a column of the table, such as ``channel`` or one that was kept: one row of each value,
        with ``touches`` (that count), ``share_micro`` (a million is a conversion), ``conversions`` (the same as a decimal),
        ``amount`` and ``cost`` where there are any; with amounts or costs a row of each ``currency``."""
        return Evaluated(self._native.attribution_by(column))

    @property
    def conversions(self) -> int:
        """How many subjects were converted, with or without a touch."""
        return int(self.answer["conversions"])

    @property
    def amounts(self) -> Mapping[str, Any]:
        """Amounts as text by currency: ``all``, ``attributed``, ``unattributed``."""
        amounts: Mapping[str, Any] = self.answer["amounts"]
        return amounts


class Segmented(Evaluated):
    """A table with who belongs to a segment."""

    @property
    def mask(self) -> list[bool]:
        """One value for each row, in order: ``df[found.mask]``."""
        return [row["member"] for row in self.to_dicts(["member"])]

    @property
    def count(self) -> int:
        """How many rows belong."""
        return int(self.answer["members"])

    @property
    def without_column(self) -> list[str]:
        """The fields of the condition that no column feeds: nobody knows them of anybody."""
        return list(self.answer["without_column"])
