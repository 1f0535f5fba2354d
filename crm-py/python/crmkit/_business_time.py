"""Business time over tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from crmkit import _native
from crmkit._evaluated import Evaluated
from crmkit._revenue_rules import Table
from crmkit._scored import Lang
from crmkit._tables import names, stream
from crmkit._values import encode

Unit = Literal["seconds", "minutes", "hours"]


class BusinessTimeRules:
    """When rows are due, and how much working time they took."""

    _native: _native.Rules

    def sla_due(
        self,
        table: Table,
        *,
        calendar: Mapping[str, Any] | str | None = None,
        start: str = "created_at",
        target: str | int | timedelta = "target_minutes",
        unit: Unit | None = None,
        pauses: str | None = None,
        calendar_column: str | None = None,
        zone: str | None = None,
        lang: Lang | None = None,
        keep: Literal["all", "none"] | Sequence[str] = "all",
        threads: int = 1,
    ) -> Evaluated:
        """When each row of a table is due: the first instant from its start on until which so much working time has
        passed.

            rules.sla_due(df, calendar="support", start="created_at", target="target_minutes", pauses="on_hold")

        `calendar` is the id of one of the rules' calendars or a calendar (``{"id": ..., "zone": ..., "weekly": ...}``);
        without it, the only one configured. `calendar_column` names a column with the id of each row's calendar;
        `calendar` then counts where that is empty.

        `start` names a column of times with a zone (or without, then in `zone`), of dates (the start of that day, in
        `zone` or the calendar's), or of texts such as ``2026-11-22T09:00:00+01:00``. `target` names a column of durations,
        of whole numbers of a `unit`, or of texts such as ``PT4H30M``; or it is the same for all rows, a whole number of a
        `unit` or a `timedelta`. A column whose name ends with ``_seconds``, ``_minutes`` or ``_hours`` needs no `unit`.
        `pauses` names a column of lists of pairs of times that do not count.

        Adds ``due`` (microseconds, UTC), ``problem`` and, with `lang`, ``problem_text``. A row without an answer has one of
        these problems and is never left out: ``missing_start``, ``missing_target``, ``missing_calendar``,
        ``unreadable_start``, ``unreadable_target``, ``unreadable_pauses``, ``unknown_calendar``, ``negative_target``,
        ``pause_end_before_start``, ``no_working_time``. ``answer["problems"]`` counts them. `threads` never changes the
        result.
        """
        if isinstance(target, timedelta):
            if target.microseconds:
                raise ValueError(f"{target!r} is no target: expected whole seconds")
            target, unit = target.days * 86_400 + target.seconds, "seconds"
        options = {
            "calendar": calendar, "start": start, "target": target, "unit": unit, "pauses": pauses,
            "calendar_column": calendar_column, "zone": zone, "lang": lang, "keep": names(keep), "threads": threads,
        }  # fmt: skip
        return Evaluated(self._native.eval_table("sla_due", stream(table), encode(options)))

    def sla_elapsed(
        self,
        table: Table,
        *,
        calendar: Mapping[str, Any] | str | None = None,
        start: str = "created_at",
        end: str = "resolved_at",
        pauses: str | None = None,
        calendar_column: str | None = None,
        zone: str | None = None,
        lang: Lang | None = None,
        keep: Literal["all", "none"] | Sequence[str] = "all",
        threads: int = 1,
    ) -> Evaluated:
        """How much working time lies between the start and the end of each row of a table.

            rules.sla_elapsed(df, calendar="support", start="created_at", end="resolved_at", pauses="on_hold")

        Adds ``working_seconds``, ``working_microseconds`` (of the second that is not whole), ``problem`` and, with `lang`,
        ``problem_text``. Options and problems are those of `sla_due`, with the end in place of the target:
        ``missing_end``, ``unreadable_end`` and ``end_before_start``.
        """
        options = {
            "calendar": calendar, "start": start, "end": end, "pauses": pauses, "calendar_column": calendar_column,
            "zone": zone, "lang": lang, "keep": names(keep), "threads": threads,
        }  # fmt: skip
        return Evaluated(self._native.eval_table("sla_elapsed", stream(table), encode(options)))
