"""Rules over tables where nothing is configured."""

from __future__ import annotations

from functools import cache
from typing import Any

from crmkit._customers import Attribution, Segmented
from crmkit._evaluated import Evaluated
from crmkit._revenue import Bands, Forecast
from crmkit._revenue_rules import Table
from crmkit._rules import Rules


@cache
def _standard() -> Rules:
    return Rules()


def forecast(table: Table, **options: Any) -> Forecast:
    """``Rules().forecast``: what a table of deals comes to, by owner, period and category."""
    return _standard().forecast(table, **options)


def bands(table: Table, **options: Any) -> Bands:
    """``Rules().bands``: the distribution of what will close of a table of deals."""
    return _standard().bands(table, **options)


def deal_risk(table: Table, **options: Any) -> Evaluated:
    """``Rules().deal_risk``: what puts each deal of a table at risk."""
    return _standard().deal_risk(table, **options)


def attribution(table: Table, **options: Any) -> Attribution:
    """``Rules().attribution``: what each touch of a table had to do with what became of its subject."""
    return _standard().attribution(table, **options)


def attribution_paths(table: Table, **options: Any) -> Evaluated:
    """``Rules().attribution_paths``: what each channel brought, of a table of paths."""
    return _standard().attribution_paths(table, **options)


def quote_totals(table: Table, **options: Any) -> Evaluated:
    """``Rules().quote_totals``: what quotes come to, of a table of their lines."""
    return _standard().quote_totals(table, **options)


def health(table: Table, **options: Any) -> Evaluated:
    """``Rules().health``: how well each customer of a table is."""
    return _standard().health(table, **options)


def segment(table: Table, **options: Any) -> Segmented:
    """``Rules().segment``: which rows of a table belong to a segment."""
    return _standard().segment(table, **options)


def sla_due(table: Table, **options: Any) -> Evaluated:
    """``Rules().sla_due``: when each row of a table is due, by a calendar that is given."""
    return _standard().sla_due(table, **options)


def sla_elapsed(table: Table, **options: Any) -> Evaluated:
    """``Rules().sla_elapsed``: how much working time each row of a table took, by a calendar that is given."""
    return _standard().sla_elapsed(table, **options)
