"""Rules over tables of deals where nothing is configured."""

from __future__ import annotations

from functools import cache
from typing import Any

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
