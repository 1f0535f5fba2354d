"""Rules over tables of touches, of quotes' lines and of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from crmkit import _native
from crmkit._customers import Attribution, Segmented
from crmkit._evaluated import Evaluated
from crmkit._revenue_rules import Table
from crmkit._scored import Lang
from crmkit._tables import names, stream
from crmkit._values import encode, instant


class CustomerRules:
    """Attribution, quotes' totals, health and segments."""

    _native: _native.Rules

    def attribution(
        self,
        table: Table,
        *,
        model: str | Mapping[str, Any] = "u_shape",
        conversions: Table | None = None,
        at: datetime | str | None = None,
        session_minutes: int | None = None,
        window_days: int | None = None,
        direct: Literal["keep", "ignore"] | None = None,
        unique: bool | Literal["first", "last"] | None = None,
        currency: str | None = None,
        zone: str | None = None,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        keep: Literal["all", "none"] | Sequence[str] = "all",
        threads: int = 1,
    ) -> Attribution:
        """What each touch of a table had to do with what became of its subject: shares of a million, and amounts to the
        cent.

            found = rules.attribution(touches, model="u_shape", conversions=deals, currency="EUR")
            found.by("channel")

        Each row is a touch: ``subject`` (or ``lead``, ``customer``), ``at`` (times with a zone, or without in `zone`;
        dates; texts) and ``channel``, or what tells it: ``source``, ``medium``, ``campaign`` (with or without ``utm_``),
        ``referrer``, ``landing_page``, ``click_id``, ``kind``; ``id`` orders touches of one instant, ``cost`` is added up
        by `Attribution.by`. `map` gives other names.

        What became of subjects stands beside their touches, in any of their rows or all, or in the table `conversions`
        with a row for each: ``subject``, ``converted_at``, ``amount`` with ``currency`` (without it, in `currency`), and
        ``lead_at`` and ``deal_at`` for models that give weight to them. With ``converted_at`` only who has one was
        converted; without any of it everybody was, with all touches.

        `model` is ``"first"``, ``"last"``, ``"last_non_direct"``, ``"linear"``, ``"rank"``, ``"u_shape"``, ``"w_shape"``,
        ``"full_path"``, ``"j_shape"``, ``"inverse_j"``, ``"time_decay"`` or one with parameters, such as
        ``{"model": "time_decay", "half_life_days": 14}``. How paths are prepared is as configured unless it is said here.

        Adds ``channel`` and ``channel_group`` where the table does not name channels, ``position``, ``share_micro``,
        ``attributed_amount`` and ``attributed_currency``, ``left_out`` (why a touch does not count: ``not_converted``,
        ``after_milestone``, ``same_session`` ...), ``problem``, and with `lang` both as text. A row that cannot be read
        keeps its place, has a ``problem`` and is no touch. `threads` never changes the result.
        """
        options = {
            "model": model, "at": None if at is None else instant(at), "session_minutes": session_minutes,
            "window_days": window_days, "direct": direct, "unique": unique, "currency": currency, "zone": zone,
            "lang": lang, "map": map, "keep": names(keep), "threads": threads,
        }  # fmt: skip
        others = None if conversions is None else stream(conversions)
        return Attribution(self._native.attribution(stream(table), others, encode(options)))

    def attribution_paths(
        self,
        table: Table,
        *,
        model: str | Mapping[str, Any] = "linear",
        path: str = "path",
        conversions: str = "conversions",
        value: str | None = None,
        separator: str | None = None,
        unique: bool | Literal["first", "last"] | None = None,
    ) -> Evaluated:
        """What each channel brought, of a table of paths (``"search > email"``, or lists of texts) with how often each led
        to a conversion, and a column of values if `value` names one.

            rules.attribution_paths({"path": ["search > email", "email"], "conversions": [3, 2]})

        One row for each channel: ``channel``, ``conversions`` and ``value`` (rounded to six places, which add up to the
        total), and ``conversions_exact`` and ``value_exact``, fractions as text. ``answer`` has the totals and what paths
        without a channel brought.
        """
        options = {
            "model": model, "path": path, "conversions": conversions, "value": value, "separator": separator,
            "unique": unique,
        }  # fmt: skip
        return Evaluated(self._native.eval_table("attribution_paths", stream(table), encode(options)))

    def quote_totals(
        self,
        table: Table,
        *,
        currency: str | None = None,
        price_mode: Literal["net", "gross"] | None = None,
        rounding: Literal["per_rate", "per_line"] | None = None,
        discount_percent: object = None,
        per: Literal["quote", "rate"] = "quote",
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        threads: int = 1,
    ) -> Evaluated:
        """What quotes come to, of a table of their lines: one row for each quote, or with `per` ``"rate"`` for each of its
        taxes.

            rules.quote_totals(lines, currency="EUR")

        Columns: ``quote`` (or ``quote_id``), ``quantity`` (or ``qty``), ``unit_price``, ``rate`` (percent) or ``category``
        (of EN 16931), ``discount_percent`` (or ``discount``) or ``discount_amount``, ``kind`` (``item``, ``optional``,
        ``section``, ``text``); and of the whole quote, in any of its rows: ``currency``, ``price_mode``, ``rounding``,
        ``quote_discount_percent`` or ``quote_discount_amount``. Numbers are whole numbers, decimals or texts of up to six
        places; a float counts only where it is exactly such a number.

        Gives ``quote``, ``currency``, ``lines``, ``net``, ``vat``, ``gross``, ``discount``, ``optional_gross``,
        ``problem`` and, with `lang`, ``problem_text``; or ``category``, ``rate``, ``base`` and ``vat`` of each tax. A quote
        that cannot be added up keeps its place and says why. ``answer`` has the totals by currency.
        """
        percent = None if discount_percent is None else str(discount_percent)
        options = {
            "currency": currency, "price_mode": price_mode, "rounding": rounding, "discount_percent": percent, "per": per,
            "lang": lang, "map": map, "threads": threads,
        }  # fmt: skip
        return Evaluated(self._native.eval_table("quote_totals", stream(table), encode(options)))

    def health(
        self,
        table: Table,
        *,
        at: datetime | str,
        model: str | Mapping[str, Any] | None = None,
        currency: str | None = None,
        zone: str | None = None,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        keep: Literal["all", "none"] | Sequence[str] = "all",
        threads: int = 1,
    ) -> Evaluated:
        """How well each customer of a table is as of `at`.

            rules.health(df, at=at, map={"NPS": "measurement.nps"}, lang="fr")

        Columns are named as the model's sources (``tickets_open``, ``payment_overdue_days``, ``measurement.nps`` ...), each
        with ``<source>_as_of`` for the instant since which its value has stood. `model` is the id of a configured model, or
        a model; without it the first that fits the row's account, whose fields are columns, too. An empty cell and a
        column that is not there are facts that nobody knows, which lowers the coverage. A band begins above its ``from``:
        of bands from 50 and 75 on, 75 is in the first. ``rules.eval("health", {"op": "backtest", ...})`` tests a model
        against what happened.

        Adds ``score`` (null where too little is known), ``band``, ``coverage_bp``, ``reasons`` (sentences, with `lang`),
        ``reason_codes``, ``reason_points_centi`` (hundredths of a point, which add up to the score), ``model``,
        ``next_change_at`` and ``diagnostics`` (cells that could not be read). ``answer["bands"]`` counts bands.
        """
        options = {
            "at": instant(at), "model": model, "currency": currency, "zone": zone, "lang": lang, "map": map,
            "keep": names(keep), "threads": threads,
        }  # fmt: skip
        return Evaluated(self._native.eval_table("health", stream(table), encode(options)))

    def segment(
        self,
        table: Table,
        *,
        at: datetime | str,
        where: Mapping[str, Any] | None = None,
        record: Literal["account", "contact", "deal", "lead"] | None = None,
        segment: str | None = None,
        segments: Sequence[Mapping[str, Any]] | None = None,
        week_start: str | None = None,
        currency: str | None = None,
        zone: str | None = None,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        keep: Literal["all", "none"] | Sequence[str] = "all",
        threads: int = 1,
    ) -> Segmented:
        """Which rows of a table belong to a segment as of `at`.

            found = rules.segment(df, at=at, record="account", where={"field": "size", "op": "ge", "value": 50})
            df[found.mask]

        The segment is a condition `where` on the fields of a `record` (a lead where nobody says), which may name some of
        `segments`, or one of these by its code, `segment`. Days of a condition begin in `zone`. Columns are the record's
        fields.

        Adds ``member``, which is never null (who is not certainly a member is none), and ``diagnostics`` (cells that could
        not be read). ``answer`` counts rows and members.
        """
        options = {
            "at": instant(at), "where": where, "record": record, "segment": segment, "segments": segments,
            "week_start": week_start, "currency": currency, "zone": zone, "lang": lang, "map": map, "keep": names(keep),
            "threads": threads,
        }  # fmt: skip
        return Segmented(self._native.eval_table("segment", stream(table), encode(options)))
