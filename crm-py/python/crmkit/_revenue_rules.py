"""Rules over tables of deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from crmkit import _native
from crmkit._evaluated import Evaluated
from crmkit._revenue import Bands, Forecast
from crmkit._scored import ArrowStreamExportable, Lang
from crmkit._tables import names, stream
from crmkit._values import encode, instant

Table = ArrowStreamExportable | Mapping[str, Sequence[Any]]
# One percent to ninety-nine.
_PERCENTS = tuple(range(100, 10_000, 100))


class ForecastQuestion:
    """What is asked of a forecast, read and checked once: ``question = rules.forecast_question(...)``, then
    ``question(df)`` for as many tables as there are, each a `Forecast`."""

    def __init__(self, native: _native.ForecastQuestion, lang: str | None) -> None:
        self._native = native
        self._lang = lang

    def __call__(self, table: Table) -> Forecast:
        """The forecast of a table of deals."""
        return Forecast(self._native.ask(stream(table)), self._lang)


class RevenueRules:
    """Forecasts, bands and risk."""

    _native: _native.Rules

    def forecast(
        self,
        table: Table,
        *,
        as_of: date | str,
        periods: Mapping[str, Any],
        currency: str | None = None,
        rates: Sequence[Mapping[str, Any]] | None = None,
        owners: Sequence[Mapping[str, Any]] | Mapping[str, str | None] | None = None,
        pipelines: Sequence[Mapping[str, Any]] | None = None,
        filters: Mapping[str, Any] | None = None,
        view: Literal["rep", "manager"] = "rep",
        presentation: Literal["single", "cumulative"] | None = None,
        rounding: Literal["each_deal", "never"] | None = None,
        rate_basis: Literal["close_date", "created_on", "as_of", "period_average"] | None = None,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        zone: str | None = None,
        threads: int = 1,
    ) -> Forecast:
        """What a table of deals comes to, by owner, period and category, on the day `as_of`.

            rules.forecast(df, as_of=date(2026, 11, 22), currency="EUR",
                           periods={"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"},
                           owners={"marie": "anne", "anne": None}, view="manager",
                           rates=[{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.92"}])

        Columns: ``owner`` (text, category or whole numbers), ``amount`` (or ``value``: decimals, whole major units or
        text) with ``currency`` (without it, amounts are in `currency`), ``close_date``, ``probability_bp`` or
        ``probability`` (a decimal from 0 to 1), ``category``, ``state``, ``pipeline``, ``stage``, ``created_on``, ``id``;
        `map` gives others. With `pipelines` a deal's stage says what it means, how likely it is and its category; without,
        the deal itself does. A deal that cannot count is `Forecast.excluded` with its reason, never guessed.

        With `view` ``"manager"`` each row has somebody's own deals and those of all reports. `rounding` ``"never"`` keeps
        products of amounts and rates exact; by default each deal is rounded to minor units. `threads` never changes the
        result.
        """
        question = self.forecast_question(
            as_of=as_of, periods=periods, currency=currency, rates=rates, owners=owners, pipelines=pipelines,
            filters=filters, view=view, presentation=presentation, rounding=rounding, rate_basis=rate_basis, lang=lang,
            map=map, zone=zone, threads=threads,
        )  # fmt: skip
        return question(table)

    def forecast_question(
        self,
        *,
        as_of: date | str,
        periods: Mapping[str, Any],
        currency: str | None = None,
        rates: Sequence[Mapping[str, Any]] | None = None,
        owners: Sequence[Mapping[str, Any]] | Mapping[str, str | None] | None = None,
        pipelines: Sequence[Mapping[str, Any]] | None = None,
        filters: Mapping[str, Any] | None = None,
        view: Literal["rep", "manager"] = "rep",
        presentation: Literal["single", "cumulative"] | None = None,
        rounding: Literal["each_deal", "never"] | None = None,
        rate_basis: Literal["close_date", "created_on", "as_of", "period_average"] | None = None,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        zone: str | None = None,
        threads: int = 1,
    ) -> ForecastQuestion:
        """The question of `forecast`, to be asked of many tables: years of rates and a tree of owners are read once."""
        people = owners
        if isinstance(owners, Mapping):
            people = [{"user": user, "manager": manager} for user, manager in owners.items()]
        options = {
            "as_of": as_of,
            "periods": periods,
            "currency": currency,
            "rates": rates,
            "owners": people,
            "pipelines": pipelines,
            "filters": filters,
            "view": view,
            "presentation": presentation,
            "rounding": rounding,
            "rate_basis": rate_basis,
            "lang": lang,
            "map": map,
            "zone": zone,
            "threads": threads,
        }
        return ForecastQuestion(_native.ForecastQuestion(self._native, encode(options)), lang)

    def bands(
        self,
        table: Table,
        *,
        currency: str,
        rates: Sequence[Mapping[str, Any]] | None = None,
        date: date | str | None = None,  # noqa: A002
        quantiles_bp: Sequence[int] = _PERCENTS,
        pipelines: Sequence[Mapping[str, Any]] | None = None,
        target: str | None = None,
        scenarios: Literal["standard"] | Sequence[Mapping[str, Any]] | None = None,
        cell: str | None = None,
        most_cells: int | None = None,
        movers: int | None = None,
        bins: int | None = None,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        zone: str | None = None,
    ) -> Bands:
        """The distribution of what will close of a table of deals: no sampling, no floats.

            bands = rules.bands(df, currency="EUR", target="50000.00")
            bands.p10, bands.p50, bands.p90, bands.answer["target"]

        Columns are those of `forecast`. Each deal comes with its probability or not at all, independently; `scenarios`
        mixes several ways in which the period may go. Rates are those of the close date, else of `date`. `cell` or
        `most_cells` say how fine the lattice of money is, `bins` how many bars the histogram has, `movers` how many of
        the deals that move the median most are told.
        """
        source = stream(table)
        options = {
            "currency": currency, "rates": rates, "date": date, "pipelines": pipelines, "target": target,
            "scenarios": scenarios, "cell": cell, "most_cells": most_cells, "movers": movers, "bins": bins,
            "lang": lang, "map": map, "zone": zone,
        }  # fmt: skip

        def ask(levels: Sequence[int]) -> _native.Evaluated:
            return self._native.eval_table("bands", source, encode({**options, "quantiles_bp": list(levels)}))

        levels = sorted({*quantiles_bp, 1_000, 5_000, 9_000})
        return Bands(ask(levels), ask, lang)

    def deal_risk(
        self,
        table: Table,
        *,
        at: datetime | str,
        pipelines: Sequence[Mapping[str, Any]] | None = None,
        currency: str | None = None,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        zone: str | None = None,
        keep: Literal["all", "none"] | Sequence[str] = "all",
        threads: int = 1,
    ) -> Evaluated:
        """What puts each deal of a table at risk, as of `at`.

            rules.deal_risk(df, at=at, lang="fr", currency="EUR")

        A column that is not there is a fact that nobody knows, which lowers the coverage; an empty cell says that there
        is none. Columns: ``pipeline``, ``stage``, ``state``, ``archived``, ``opened_at``, ``stage_entered_at``,
        ``amount`` with ``currency``, ``stage_amount``, ``close_date``, ``pushes``, ``moved_back_at``, ``probability_bp``
        or ``probability``, ``category``, ``last_touch_at``, ``last_inbound_at``, ``last_outbound_at``, ``open_tasks``,
        ``next_activity_at``, ``contacts_reached``, ``decision_maker``, ``quote_sent_at``, ``quote_expires_on``,
        ``quote_answered`` and ``hot_ticket_at``.

        Adds ``score`` (null for deals that have none), ``band``, ``coverage_bp``, ``reasons`` (sentences, only with
        `lang`), ``reason_codes``, ``reason_points`` (they sum to the score), ``unknown``, ``next_change_at`` and
        ``diagnostics``. The other options are as in `score_leads`.
        """
        options = {
            "at": instant(at), "pipelines": pipelines, "currency": currency, "lang": lang, "map": map, "zone": zone,
            "keep": names(keep), "threads": threads,
        }  # fmt: skip
        return Evaluated(self._native.eval_table("deal_risk", stream(table), encode(options)))
