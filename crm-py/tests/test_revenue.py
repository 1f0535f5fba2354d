"""Forecasts, bands and risk over frames, against fractions."""

import doctest
import itertools
import math
import pickle
import sys
from datetime import date, datetime, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmkit
from crmkit import _revenue

QUESTION: dict[str, Any] = {
    "as_of": date(2026, 11, 22),
    "currency": "EUR",
    "periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"},
}
DEALS: dict[str, list[Any]] = {
    "owner": ["marie", "paul", "marie", None],
    "amount": [Decimal("100.01"), Decimal("200.01"), None, Decimal("50.00")],
    "probability_bp": [5000, 5000, 100, 10000],
    "close_date": [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 1), None],
}
RATES = [{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.923451"}]

amounts = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
deal = st.tuples(st.sampled_from("abc"), amounts, st.integers(0, 10_000), st.sampled_from(["EUR", "USD"]))
deals = st.lists(deal, min_size=1, max_size=30)


def table(rows: list[Any]) -> dict[str, list[Any]]:
    owners, values, probabilities, currencies = (list(column) for column in zip(*rows))
    days = [date(2026, 10, 1 + place % 31) for place in range(len(rows))]
    return {"owner": owners, "amount": values, "probability_bp": probabilities, "currency": currencies, "close_date": days}


def sums(forecast: crmkit.Forecast) -> dict[Any, tuple[int, Fraction, Fraction]]:
    return {
        (row["owner"], row["category"]): (row["count"], Fraction(row["amount"]), Fraction(row["weighted"]))
        for row in forecast.to_dicts()
    }


def test_an_example_by_hand() -> None:
    forecast = crmkit.forecast(DEALS, **QUESTION)
    assert forecast.total["amount"] == Decimal("300.02") and forecast.total["weighted_exact"] == Decimal("150.010000")
    assert forecast.by_owner["paul"] == {"count": 1, "amount": Decimal("200.01"), "weighted": Decimal("100.005000")}
    assert [one["code"] for one in forecast.excluded] == ["missing_amount"] and forecast.excluded[0]["row"] == 2
    assert forecast.excluded_count == 1 and forecast.currency == "EUR" and len(forecast) == 3
    assert forecast.answer["undated"]["total"]["amount"] == "50.00"
    assert forecast.periods[0]["start"] == date(2026, 10, 1) and forecast.by_category["pipeline"]["count"] == 2


@settings(max_examples=60, deadline=None)
@given(deals)
def test_exact_sums_are_those_of_fractions(rows: list[Any]) -> None:
    rate = Fraction("0.923451")
    forecast = crmkit.forecast(table(rows), rates=RATES, rounding="never", threads=2, **QUESTION)
    expected: dict[Any, tuple[int, Fraction, Fraction]] = {}
    for owner, amount, probability, currency in rows:
        value = Fraction(amount) * (1 if currency == "EUR" else rate)
        count, whole, weighted = expected.get((owner, "pipeline"), (0, Fraction(0), Fraction(0)))
        expected[(owner, "pipeline")] = (count + 1, whole + value, weighted + value * Fraction(probability, 10_000))
    assert sums(forecast) == expected
    exact = sum((weighted for _, _, weighted in expected.values()), Fraction(0))
    assert Fraction(forecast.total["weighted_exact"]) == exact
    assert abs(Fraction(forecast.total["weighted"]) - exact) <= Fraction(1, 200)


@settings(max_examples=40, deadline=None)
@given(deals, st.randoms(use_true_random=False), st.integers(0, 30))
def test_neither_order_nor_parts_change_a_sum(rows: list[Any], random: Any, cut: int) -> None:
    whole = crmkit.forecast(table(rows), rates=RATES, **QUESTION)
    shuffled = rows[:]
    random.shuffle(shuffled)
    # The days go by place; all of them are in October.
    assert sums(crmkit.forecast(table(shuffled), rates=RATES, **QUESTION)) == sums(whole)
    parts: dict[Any, Any] = {}
    by_currency = [[row for row in rows if row[3] == currency] for currency in ("EUR", "USD")]
    for part in ([rows[:cut], rows[cut:]], by_currency):
        parts = {}
        for some in filter(None, part):
            for key, one in sums(crmkit.forecast(table(some), rates=RATES, **QUESTION)).items():
                parts[key] = tuple(a + b for a, b in zip(parts.get(key, (0, 0, 0)), one))
        assert parts == sums(whole)
    if all(row[1] >= 0 for row in rows):
        assert all(weighted <= amount for _, amount, weighted in sums(whole).values())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5_000), st.integers(0, 10_000)), min_size=1, max_size=12))
def test_bands_are_those_of_all_outcomes(rows: list[tuple[int, int]]) -> None:
    amounts, chances = [Decimal(cents).scaleb(-2) for cents, _ in rows], [bp for _, bp in rows]
    found = crmkit.bands({"amount": amounts, "probability_bp": chances}, currency="EUR")
    # Chances as whole numbers of 10,000 to the power of how many deals there are.
    outcomes: dict[int, int] = {}
    for won in itertools.product((0, 1), repeat=len(rows)):
        chance = math.prod(bp if is_won else 10_000 - bp for (_, bp), is_won in zip(rows, won))
        value = sum(cents for (cents, _), is_won in zip(rows, won) if is_won)
        outcomes[value] = outcomes.get(value, 0) + chance
    whole = 10_000 ** len(rows)
    for q in ("0.1", "0.5", "0.9", "0.25", "0.0001", "0.9999"):
        reached = 0
        for value in sorted(outcomes):
            reached += outcomes[value]
            if reached >= Fraction(q) * whole:
                break
        assert found.quantile(q) == Decimal(value).scaleb(-2)
    mean = Fraction(sum(value * chance for value, chance in outcomes.items()), whole * 100)
    square = Fraction(sum(value**2 * chance for value, chance in outcomes.items()), whole * 10_000)
    assert found.mean == mean and found.variance == square - mean**2
    bars = found.distribution
    assert sum(share for _, _, share in bars) == (1 if bars else 0)
    for place, (low, high, share) in enumerate(bars):
        # The first bar has everything below, too, and the last everything above.
        reached = [value for value in outcomes if (place == 0 or value >= low * 100) and (place == len(bars) - 1 or value < high * 100)]
        assert abs(share - Fraction(sum(map(outcomes.__getitem__, reached)), whole)) <= Fraction(1, 1_000_000)


def frames() -> list[Any]:
    """The deals as frames of whatever is installed."""
    found: list[Any] = [DEALS]
    for name, make in (
        ("polars", lambda polars: polars.DataFrame(DEALS)),
        ("polars", lambda polars: polars.DataFrame(DEALS).with_columns(polars.col("owner").cast(polars.Categorical))),
        ("pandas", lambda pandas: pandas.DataFrame(DEALS).astype({"probability_bp": "int32"})),
        ("pyarrow", lambda pyarrow: pyarrow.table(DEALS)),
    ):
        try:
            found.append(make(__import__(name)))
        except ImportError:
            continue
    return found


@pytest.mark.parametrize("place", range(len(frames())))
def test_any_frame(place: int) -> None:
    expected = crmkit.forecast(DEALS, **QUESTION)
    found = crmkit.forecast(frames()[place], **QUESTION)
    assert found.to_dicts() == expected.to_dicts() and found.answer == expected.answer


def test_a_question_is_read_once() -> None:
    question = crmkit.Rules().forecast_question(owners={"marie": "anne", "paul": "anne", "anne": None}, view="manager", lang="fr", **QUESTION)
    forecast = question(DEALS)
    assert forecast.by_owner["anne"]["amount"] == Decimal("300.02") and question(DEALS).to_dicts() == forecast.to_dicts()
    assert forecast.answer["periods"][0]["period"]["text"] == "T4\u00a02026" or "2026" in forecast.answer["periods"][0]["period"]["text"]


def test_back_into_frames() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(crmkit.forecast(DEALS, **QUESTION))
    assert frame["amount"].sum() == Decimal("350.02") and frame.columns[0] == "owner"


def test_risk_of_deals() -> None:
    at = datetime(2026, 12, 10, 9, tzinfo=timezone.utc)
    risk = crmkit.deal_risk(DEALS | {"open_tasks": [0, 1, None, 2]}, at=at, currency="EUR", lang="fr", keep=["owner"])
    rows = risk.to_dicts(["owner", "score", "band", "coverage_bp"])
    assert rows[0]["score"] >= 40 and rows[0]["band"] == "watch" and rows[0]["coverage_bp"] < 10_000
    reasons = risk.to_dicts(["reasons", "reason_codes", "score"])
    assert "overdue_close" in reasons[0]["reason_codes"] and len(reasons[0]["reasons"]) == len(reasons[0]["reason_codes"])


HOSTILE = "<script>alert('x')</script>"


def test_names_are_text_in_a_notebook() -> None:
    deals = DEALS | {"owner": [HOSTILE, "paul", "marie", HOSTILE]}
    shown = crmkit.forecast(deals, lang="fr", **QUESTION)._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert 'lang="fr"' in shown and "Prévision" in shown and "<svg" in shown and 'scope="col"' in shown
    assert "0000" not in shown, "weighted is shown to the cent"
    bands = crmkit.bands(DEALS | {"amount": [Decimal(100)] * 4}, currency="EUR")._repr_html_()
    assert 'lang="en"' in bands and "P50" in bands and "<svg" in bands
    risk = crmkit.deal_risk(deals, at="2026-12-10T09:00:00Z", currency="EUR", lang="fr")
    assert risk.to_dicts(["owner"])[0] == {"owner": HOSTILE}


def test_plots_name_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"crmkit\[plot\]"):
        crmkit.forecast(DEALS, **QUESTION).plot()


def test_plots() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    assert crmkit.forecast(DEALS, **QUESTION).plot().get_ylabel() == "EUR"
    from matplotlib import pyplot

    axes = pyplot.subplots()[1]
    bands = crmkit.bands(DEALS | {"amount": [Decimal(100)] * 4}, currency="EUR")
    assert bands.plot(axes) is axes and axes.get_xlabel() == "EUR" and len(axes.patches) == len(bands.distribution)
    assert [line.get_xdata()[0] for line in axes.lines] == [float(one) for one in (bands.p10, bands.p50, bands.p90)]
    pyplot.close("all")


def test_the_examples_of_the_documentation() -> None:
    found = doctest.testmod(_revenue)
    assert found.failed == 0 and found.attempted >= 7


def test_what_is_wrong_is_said() -> None:
    for wrong, text in (
        (lambda: crmkit.forecast(DEALS, **(QUESTION | {"currency": "euro"})), "currency"),
        (lambda: crmkit.forecast(DEALS, owners={"a": "b", "b": "a"}, **QUESTION), "owners"),
        (lambda: crmkit.forecast(DEALS, owners=[{"user": "a"}, {"user": "a"}], **QUESTION), "owners"),
        (lambda: crmkit.forecast({"colour": ["red"]}, **QUESTION), "colour"),
        (lambda: crmkit.forecast(DEALS, map={"Montant": "amount"}, **QUESTION), "Montant"),
        (lambda: crmkit.forecast({"amount": [1.5], "close_date": [date(2026, 12, 1)]}, **QUESTION), "amount"),
    ):
        with pytest.raises(crmkit.InvalidInput, match=text):
            wrong()
    for wrong, text in (
        (lambda: crmkit.bands(DEALS, currency="euro"), "currency"),
        (lambda: crmkit.bands(DEALS, currency="EUR", bins=-1), "bins"),
        (lambda: crmkit.bands(DEALS, currency="EUR", quantiles_bp=[10_001]), "quantiles_bp"),
        (lambda: crmkit.bands({"colour": ["red"]}, currency="EUR"), "colour"),
        (lambda: crmkit.bands({"amount": [1.5]}, currency="EUR"), "amount"),
        (lambda: crmkit.deal_risk(DEALS, at="today", currency="EUR"), "at"),
        (lambda: crmkit.deal_risk(DEALS, at="2026-12-10T09:00:00Z"), "currency"),
        (lambda: crmkit.deal_risk(DEALS, at="2026-12-10T09:00:00Z", currency="EUR", keep=["colour"]), "colour"),
        (lambda: crmkit.deal_risk({"colour": ["red"]}, at="2026-12-10T09:00:00Z"), "colour"),
    ):
        with pytest.raises(crmkit.InvalidInput, match=text):
            wrong()
    bad = crmkit.forecast(
        {"amount": ["1", "2", "3"], "currency": ["EUR", "CHF", "EUR"], "probability_bp": [-1, 10, 10001],
         "close_date": ["2026-12-01"] * 3},
        **QUESTION,
    )
    assert [one["code"] for one in bad.excluded] == ["unreadable", "no_rate", "unreadable"] and bad.total["count"] == 0
    with pytest.raises(TypeError, match="float"):
        crmkit.bands(DEALS, currency="EUR").quantile(0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="quantile"):
        crmkit.bands(DEALS | {"amount": [Decimal(1)] * 4}, currency="EUR").quantile("1")
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(crmkit.forecast(DEALS, **QUESTION))
