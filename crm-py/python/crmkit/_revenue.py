"""What a table of deals comes to: forecasts and bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from typing import Any

from crmkit import _native
from crmkit._bars import number, table
from crmkit._evaluated import Evaluated

_COUNTED = ("pipeline", "best_case", "commit", "closed")
_SHOWN = 12
_WORDS = {
    "en": {
        "forecast": "Forecast",
        "period": "Period",
        "pipeline": "Pipeline",
        "best_case": "Best case",
        "commit": "Commit",
        "closed": "Closed",
        "weighted": "Weighted",
        "excluded": "deals do not count",
        "one_excluded": "deal does not count",
        "undated": "No close date",
        "bands": "What will close",
        "level": "Probability of no more than this",
        "amount": "Amount",
        "mean": "Mean",
    },
    "fr": {
        "forecast": "Prévision",
        "period": "Période",
        "pipeline": "Pipeline",
        "best_case": "Meilleur cas",
        "commit": "Engagé",
        "closed": "Gagné",
        "weighted": "Pondéré",
        "excluded": "affaires ne comptent pas",
        "one_excluded": "affaire ne compte pas",
        "undated": "Sans date de clôture",
        "bands": "Ce qui sera conclu",
        "level": "Probabilité de ne pas dépasser ce montant",
        "amount": "Montant",
        "mean": "Moyenne",
    },
}


def _pyplot() -> Any:
    """matplotlib's pyplot, which is no dependency of the package."""
    try:
        return import_module("matplotlib.pyplot")
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'crmkit[plot]'") from error


def _figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Sums with exact numbers."""
    return {name: value if name == "count" else Decimal(value) for name, value in figures.items()}


class Forecast(Evaluated):
    """What deals come to, by owner, period and category: a table for any frame (``polars.DataFrame(forecast)``), and what
    everybody together comes to.

        >>> import crmkit
        >>> forecast = crmkit.forecast(
        ...     {"owner": ["marie", "paul"], "amount": ["100.01", "200.01"], "probability_bp": [5000, 5000],
        ...      "close_date": ["2026-11-30", "2026-12-01"]},
        ...     as_of="2026-11-22", currency="EUR",
        ...     periods={"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"},
        ... )
        >>> forecast.total["amount"], forecast.total["weighted"], forecast.total["weighted_exact"]
        (Decimal('300.02'), Decimal('150.01'), Decimal('150.010000'))
        >>> forecast.by_owner["paul"]["weighted"]
        Decimal('100.005000')

    Its columns are ``owner``, ``period_start``, ``period_end`` (not included; both null without a close date),
    ``category``, ``count``, ``amount`` and ``weighted``. Amounts are exact decimals.
    """

    def __init__(self, native: _native.Evaluated, lang: str | None = None) -> None:
        super().__init__(native)
        self._lang = "fr" if lang == "fr" else "en"

    @cached_property
    def _answer(self) -> dict[str, Any]:
        return super().answer

    @property
    def answer(self) -> dict[str, Any]:
        """What everybody together comes to, as ``Rules.eval("forecast", ...)`` says it, without rows and reasons."""
        return self._answer

    @property
    def currency(self) -> str:
        """The currency of all amounts."""
        return str(self._answer["currency"])

    @property
    def total(self) -> dict[str, Any]:
        """All deals with a close date in the periods that count, omitted ones left out: ``count``, ``amount`` and
        ``weighted`` as printed, ``weighted_exact`` before rounding."""
        return _figures(self._answer["total"]["total"])

    @property
    def open(self) -> dict[str, Any]:
        """The same of open deals."""
        return _figures(self._answer["total"]["open"])

    @property
    def by_category(self) -> dict[str, dict[str, Any]]:
        """The same of each category, omitted ones too."""
        return {name: _figures(one) for name, one in self._answer["total"]["categories"].items()}

    @property
    def periods(self) -> list[dict[str, Any]]:
        """The same of each period: ``start``, ``end`` (not included), ``count``, ``amount``, ``weighted`` ..."""
        return [
            {
                "start": date.fromisoformat(one["period"]["start"]),
                "end": date.fromisoformat(one["period"]["end"]),
                **_figures(one["total"]),
            }
            for one in self._answer["periods"]
        ]

    @cached_property
    def by_owner(self) -> dict[str | None, dict[str, Any]]:
        """Exact ``count``, ``amount`` and ``weighted`` of every owner over all periods, omitted deals left out. With
        ``view="manager"`` those of reports are in those of their managers."""
        owners: dict[str | None, dict[str, Any]] = {}
        for row in self.to_dicts():
            if row["category"] in _COUNTED and row["period_start"] is not None:
                sums = owners.setdefault(row["owner"], {"count": 0, "amount": Decimal(0), "weighted": Decimal(0)})
                for name in sums:
                    sums[name] += row[name]
        return owners

    @property
    def excluded(self) -> list[dict[str, Any]]:
        """The first 1,000 deals that do not count, each with its ``row``, its ``code`` and, with a language, a text."""
        return list(self._answer["excluded"])

    @property
    def excluded_count(self) -> int:
        """How many deals do not count."""
        count: int = self._answer["excluded_count"]
        return count

    def _repr_html_(self) -> str:
        words = _WORDS[self._lang]
        rows: list[tuple[str, list[str], Fraction]] = []
        blocks = [(self._name(one["period"]), one) for one in self._answer["periods"]]
        if self._answer["undated"]["total"]["count"]:
            blocks.append((words["undated"], self._answer["undated"]))
        for name, one in blocks[:_SHOWN]:
            cells = [one["categories"][category]["amount"] for category in _COUNTED]
            weighted = one["total"]["weighted"]
            rows.append((name, [number(text, self._lang) for text in (*cells, weighted)], Fraction(weighted)))
        head = [words[name] for name in ("period", *_COUNTED, "weighted")]
        title = f"{words['forecast']} · {self.currency} · {self._answer['as_of']}"
        if self.excluded_count:
            text = words["one_excluded" if self.excluded_count == 1 else "excluded"]
            title += f" · {self.excluded_count} {text}"
        owners = sorted(self.by_owner.items(), key=lambda owner: -owner[1]["weighted"])[:_SHOWN]
        people = []
        for owner, sums in owners:
            # To the places of the amounts; exactly it is `by_owner`.
            weighted = sums["weighted"].quantize(sums["amount"], ROUND_HALF_UP)
            cells = [number(sums["amount"], self._lang), number(weighted, self._lang)]
            people.append((owner or "-", cells, Fraction(weighted)))
        by_owner = table(self._lang, "", ["", words["amount"], words["weighted"]], people)
        return table(self._lang, title, head, rows) + by_owner

    def _name(self, period: Mapping[str, Any]) -> str:
        return str(period.get("text") or f"{period['start']} - {period['end']}")

    def plot(self, ax: Any = None) -> Any:
        """Bars of the categories by period, on `ax` or on new axes, which are given back; needs ``crmkit[plot]``."""
        pyplot = _pyplot()
        ax = ax or pyplot.subplots()[1]
        names = [self._name(one["period"]) for one in self._answer["periods"]]
        below = [0.0] * len(names)
        for category in reversed(_COUNTED):
            heights = [float(one["categories"][category]["amount"]) for one in self._answer["periods"]]
            ax.bar(names, heights, bottom=below, label=_WORDS[self._lang][category])
            below = [low + height for low, height in zip(below, heights)]
        ax.set_ylabel(self.currency)
        ax.legend()
        return ax


class Bands(Evaluated):
    """The distribution of what will close: exact mean and variance, quantiles, and a histogram as its table.

        >>> import crmkit
        >>> bands = crmkit.bands({"amount": ["100", "200"], "probability_bp": [5000, 5000]}, currency="EUR")
        >>> bands.p10, bands.p50, bands.p90, bands.mean, bands.variance
        (Decimal('0.00'), Decimal('100.00'), Decimal('300.00'), Fraction(150, 1), Fraction(12500, 1))

    Its columns are ``from``, ``to`` (not included), ``share_ppm`` and ``cumulative_ppm``.
    """

    def __init__(
        self, native: _native.Evaluated, ask: Callable[[Sequence[int]], _native.Evaluated], lang: str | None = None
    ) -> None:
        super().__init__(native)
        self._ask = ask
        self._lang = "fr" if lang == "fr" else "en"

    @cached_property
    def _answer(self) -> dict[str, Any]:
        return super().answer

    @property
    def answer(self) -> dict[str, Any]:
        """What ``Rules.eval("bands", ...)`` says of the deals; ids are rows, counted from 0."""
        return self._answer

    @property
    def currency(self) -> str:
        """The currency of all amounts."""
        return str(self._answer["currency"])

    @cached_property
    def _quantiles(self) -> dict[int, Decimal]:
        return {one["level_bp"]: Decimal(one["amount"]) for one in self._answer["quantiles"]}

    def quantile(self, q: Decimal | Fraction | str) -> Decimal:
        """The least amount that the sum stays at or below with at least the probability `q`, from 0.0001 to 0.9999 in
        whole basis points: ``bands.quantile("0.25")``. One that was not asked for yet is computed anew."""
        if isinstance(q, float):
            raise TypeError(f"{q!r} is a float: use a decimal.Decimal, a fractions.Fraction or text")
        level = Fraction(q) * 10_000
        if level.denominator != 1 or not 0 < level < 10_000:
            raise ValueError(f"{q} is no quantile: expected whole basis points between 0 and 1")
        if int(level) not in self._quantiles:
            found = Bands(self._ask([int(level)]), self._ask)
            self._quantiles.update(found._quantiles)
        return self._quantiles[int(level)]

    @property
    def p10(self) -> Decimal:
        """The downside: with a probability of nine tenths it is more than this, or this."""
        return self.quantile("0.1")

    @property
    def p50(self) -> Decimal:
        """The median."""
        return self.quantile("0.5")

    @property
    def p90(self) -> Decimal:
        """The upside."""
        return self.quantile("0.9")

    @property
    def mean(self) -> Fraction:
        """The exact mean."""
        return self._exact("mean") / self._minor

    @property
    def variance(self) -> Fraction:
        """The exact variance."""
        return self._exact("variance") / self._minor**2

    @property
    def distribution(self) -> list[tuple[Decimal, Decimal, Fraction]]:
        """The bars of the histogram: from, to and share."""
        return [(row["from"], row["to"], Fraction(row["share_ppm"], 1_000_000)) for row in self.to_dicts()]

    @property
    def excluded(self) -> list[dict[str, Any]]:
        """Deals that do not count; ``id`` is the row."""
        return list(self._answer["excluded"])

    @property
    def _minor(self) -> int:
        """Minor units of one major unit."""
        text = str(self._answer["certain"])
        return int(10 ** len(text.partition(".")[2]))

    def _exact(self, name: str) -> Fraction:
        exact = self._answer[name]
        return Fraction(int(exact["numerator"]), int(exact["denominator"]))

    def _repr_html_(self) -> str:
        words = _WORDS[self._lang]
        shown = [(f"P{level}", self.quantile(Fraction(level, 100))) for level in (10, 50, 90)]
        shown.append((words["mean"], Decimal(self._answer["mean"]["amount"])))
        rows = [(name, [number(amount, self._lang)], Fraction(amount)) for name, amount in shown]
        quantiles = table(self._lang, f"{words['bands']} · {self.currency}", ["", words["amount"]], rows)
        bars = [
            (f"{number(low, self._lang)} - {number(high, self._lang)}", [_percent(share, self._lang)], share)
            for low, high, share in self.distribution
        ]
        return quantiles + (table(self._lang, "", [words["amount"], "%"], bars) if bars else "")

    def plot(self, ax: Any = None) -> Any:
        """The histogram with P10, P50 and P90, on `ax` or on new axes, which are given back; needs ``crmkit[plot]``."""
        pyplot = _pyplot()
        ax = ax or pyplot.subplots()[1]
        bars = self.distribution
        lows, widths = [float(low) for low, _, _ in bars], [float(high - low) for low, high, _ in bars]
        ax.bar(lows, [float(share) for _, _, share in bars], width=widths, align="edge")
        for level in (10, 50, 90):
            ax.axvline(float(self.quantile(Fraction(level, 100))), linestyle="--", color="gray")
        ax.set_xlabel(self.currency)
        return ax


def _percent(share: Fraction, lang: str) -> str:
    text = f"{float(share * 100):.2f}"
    return text.replace(".", ",") + "\u00a0%" if lang == "fr" else f"{text}%"
