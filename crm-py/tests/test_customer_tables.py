"""Attribution, quotes' totals, health and segments over frames, against fractions."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmkit

AT = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
TOUCHES: dict[str, list[Any]] = {
    "lead": ["a", "b", "a", "a", None],
    "at": [AT - timedelta(days=days) for days in (9, 8, 7, 2, 1)],
    "channel": ["search", "fair", "email", "call", "search"],
    "cost": [Decimal("1.20"), None, Decimal("0.10"), None, None],
}
DEALS: dict[str, list[Any]] = {
    "lead": ["a", "c"],
    "converted_at": [AT - timedelta(days=3), AT],
    "amount": [Decimal("100.01"), Decimal("7.00")],
    "currency": ["EUR", "EUR"],
}


def rounded(value: Fraction) -> int:
    """Half away from zero."""
    sign = -1 if value < 0 else 1
    return sign * int(abs(value) + Fraction(1, 2))


def shared(weights: list[Fraction], total: int) -> list[int]:
    """The largest remainders, ties to the first."""
    whole = sum(weights)
    exact = [weight * total / whole for weight in weights]
    parts = [int(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def test_an_attribution_by_hand() -> None:
    found = crmkit.attribution(TOUCHES, model="u_shape", conversions=DEALS, currency="EUR", lang="fr")
    rows = found.to_dicts()
    assert [row["share_micro"] for row in rows] == [500_000, None, 500_000, None, None]
    assert [row["attributed_amount"] for row in rows] == [Decimal("50.01"), None, Decimal("50.00"), None, None]
    assert [row["left_out"] for row in rows] == [None, "not_converted", None, "after_milestone", None]
    assert rows[1]["left_out_text"] == "pas de conversion" and rows[4]["problem"] == "missing_subject"
    assert found.conversions == 2 and found.answer["unattributed"] == 1
    assert found.amounts == {"EUR": {"all": "107.01", "attributed": "100.01", "unattributed": "7.00"}}
    by = {(row["channel"], row["currency"]): row for row in found.by("channel").to_dicts()}
    assert by["search", "EUR"]["amount"] == Decimal("50.01") and by["search", "EUR"]["cost"] == Decimal("1.20")
    assert by["email", "EUR"]["conversions"] == Decimal("0.500000")
    assert "Attribution: 5 rows" in repr(found) and "attributed_amount" in found.columns


touch = st.tuples(st.integers(0, 3), st.integers(0, 400), st.sampled_from(["search", "email", "direct", "fair"]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(touch, min_size=1, max_size=20), st.lists(st.integers(0, 10**7), min_size=4, max_size=4),
    st.sampled_from(["first", "last", "linear", "rank", "u_shape"]), st.integers(1, 3),
)  # fmt: skip
def test_shares_are_fractions(touches: list[Any], cents: list[int], model: str, threads: int) -> None:
    table = {
        "subject": [subject for subject, _, _ in touches],
        "at": [AT + timedelta(hours=hours) for _, hours, _ in touches],
        "channel": [channel for _, _, channel in touches],
        "amount": [Decimal(cents[subject]).scaleb(-2) for subject, _, _ in touches],
    }
    found = crmkit.attribution(table, model=model, currency="EUR", session_minutes=0, threads=threads).to_dicts()
    wanted: dict[int, tuple[int, Decimal]] = {}
    for subject in range(4):
        own = [row for row, (who, _, _) in enumerate(touches) if who == subject]
        path = sorted(own, key=lambda row: (touches[row][1], touches[row][2]))
        if not path:
            continue
        count = len(path)
        weights = {
            "first": [Fraction(place == 0) for place in range(count)],
            "last": [Fraction(place == count - 1) for place in range(count)],
            "linear": [Fraction(1)] * count,
            "rank": [Fraction(place + 1) for place in range(count)],
            # Two key touches and what is left between the others; where there are none, the two share all.
            "u_shape": [Fraction(2) if place in (0, count - 1) else Fraction(1, max(count - 2, 1)) for place in range(count)],
        }[model]
        shares, parts = shared(weights, 1_000_000), shared(weights, cents[subject])
        for row, share, part in zip(path, shares, parts):
            wanted[row] = (share, Decimal(part).scaleb(-2))
    assert {row: (one["share_micro"], one["attributed_amount"]) for row, one in enumerate(found)} == wanted


@pytest.mark.parametrize("library", ["polars", "pandas", "pyarrow"])
def test_frames_of_all_libraries(library: str) -> None:
    frames = pytest.importorskip(library)
    make = frames.table if library == "pyarrow" else frames.DataFrame
    expected = crmkit.attribution(TOUCHES, conversions=DEALS, currency="EUR").to_dicts(["share_micro", "attributed_amount"])
    found = crmkit.attribution(make(TOUCHES), conversions=make(DEALS), currency="EUR", keep=["channel"])
    assert found.to_dicts(["share_micro", "attributed_amount"]) == expected
    table = {"quote": ["a", "a"], "qty": [2, 1], "unit_price": [Decimal("10.05"), Decimal("3.10")], "rate": [20, 10]}
    assert crmkit.quote_totals(make(table), currency="EUR").to_dicts(["net", "vat", "gross"]) == [
        {"net": Decimal("23.20"), "vat": Decimal("4.33"), "gross": Decimal("27.53")}
    ]
    if library == "pyarrow":
        assert frames.table(found).schema.field("attributed_amount").type == frames.decimal128(38, 2)
    if library == "polars":
        cut = make(TOUCHES).with_columns(frames.col("channel").cast(frames.Categorical))
        cut = frames.concat([cut[:2], cut[2:]], rechunk=False)
        again = crmkit.attribution(cut, conversions=DEALS, currency="EUR")
        assert again.to_dicts(["share_micro", "attributed_amount"]) == expected


def test_paths() -> None:
    paths = {"path": ["search > email", "email", ""], "conversions": [3, 2, 1], "value": ["10", "1", "2"]}
    found = crmkit.attribution_paths(paths, value="value")
    assert [(row["channel"], row["conversions"]) for row in found.to_dicts()] == [
        ("email", Decimal("3.500000")), ("search", Decimal("1.500000"))
    ]  # fmt: skip
    assert found.to_dicts()[0]["value_exact"] == "6" and found.answer["values"]["unattributed"] == "2.000000"
    with pytest.raises(crmkit.InvalidInput, match="conversions"):
        crmkit.attribution_paths({"path": ["a"], "conversions": ["-1"]})


prices = st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
line = st.tuples(
    st.integers(0, 3), st.integers(1, 30), prices, st.sampled_from([0, 5, 10, 25]), st.sampled_from(["20", "5.5", "0"])
)


@settings(max_examples=60, deadline=None)
@given(st.lists(line, min_size=1, max_size=20), st.booleans(), st.integers(1, 3))
def test_totals_are_fractions(lines: list[Any], per_line: bool, threads: int) -> None:
    names = ("quote", "qty", "unit_price", "discount", "rate")
    table = {name: [one[place] for one in lines] for place, name in enumerate(names)}
    rounding: Any = "per_line" if per_line else "per_rate"
    found = crmkit.quote_totals(table, currency="EUR", rounding=rounding, threads=threads)
    order = list(dict.fromkeys(one[0] for one in lines))
    wanted = []
    for quote in order:
        own = [one for one in lines if one[0] == quote]
        nets = [rounded(Fraction(price) * 100 * quantity * (100 - off) / 100) for _, quantity, price, off, _ in own]
        if per_line:
            vat = sum(rounded(net * Fraction(one[4]) / 100) for net, one in zip(nets, own))
        else:
            rates = {one[4] for one in own}
            bases = {rate: sum(net for net, one in zip(nets, own) if one[4] == rate) for rate in rates}
            vat = sum(rounded(base * Fraction(rate) / 100) for rate, base in bases.items())
        net = sum(nets)
        wanted.append((str(quote), len(own), *(Decimal(cents).scaleb(-2) for cents in (net, vat, net + vat))))
    keys = ("quote", "lines", "net", "vat", "gross")
    assert [tuple(row[key] for key in keys) for row in found.to_dicts()] == wanted


def test_quotes_by_rate_and_what_is_wrong() -> None:
    table = {
        "quote": ["a", "a", "b"], "quantity": [1, 1, 1], "unit_price": ["100.00", "50.00", None],
        "rate": ["20", "5.5", "20"], "currency": ["EUR", None, "EUR"],
    }  # fmt: skip
    by_rate = crmkit.quote_totals(table, per="rate", lang="fr", discount_percent=Decimal("10")).to_dicts()
    assert [(row["rate"], row["base"], row["vat"], row["problem"]) for row in by_rate] == [
        (Decimal("20.000000"), Decimal("90.00"), Decimal("18.00"), None),
        (Decimal("5.500000"), Decimal("45.00"), Decimal("2.48"), None),
        (None, None, None, "missing_value"),
    ]
    whole = crmkit.quote_totals(table)
    assert whole.answer["totals"] == {"EUR": {"net": "150.00", "vat": "22.75", "gross": "172.75"}}
    assert whole.answer["problems"] == {"missing_value": 1}
    with pytest.raises(crmkit.InvalidInput, match="unit_price"):
        crmkit.quote_totals({"quote": ["a"], "quantity": [1], "rate": [20]})


def test_health() -> None:
    model = {
        "id": "two", "version": 1,
        "measures": [
            {"code": "nps", "weight": 50, "source": "measurement.nps", "points": [[-100, 0], [100, 100]]},
            {"code": "open", "weight": 50, "source": "tickets_open", "steps": [[0, 100], [2, 50], [5, 0]]},
        ],
        "bands": [{"code": "red", "from": 0}, {"code": "green", "from": 60}],
    }  # fmt: skip
    table = {"name": ["x", "y", "z"], "NPS": [50, None, None], "tickets_open": [2, 0, None]}
    found = crmkit.health(table, at=AT, model=model, map={"NPS": "measurement.nps"}, lang="fr", keep=["name"])
    rows = found.to_dicts(["name", "score", "band", "coverage_bp", "reason_points_centi"])
    assert rows[0] == {
        "name": "x", "score": Decimal("62.50"), "band": "green", "coverage_bp": 10_000, "reason_points_centi": [3750, 2500]
    }  # fmt: skip
    assert (rows[1]["score"], rows[1]["coverage_bp"]) == (Decimal("100.00"), 5_000)
    assert (rows[2]["score"], rows[2]["band"]) == (None, "unknown")
    assert found.answer["bands"] == {"green": 2, "unknown": 1}
    own = crmkit.Rules({"health": {"models": [model]}}).health({"tickets_open": [0]}, at=AT, model="two")
    assert own.to_dicts(["model"]) == [{"model": "two 1"}]
    with pytest.raises(crmkit.InvalidInput, match="model"):
        crmkit.health({"tickets_open": [0]}, at=AT, model="three")


def test_segment() -> None:
    table = {"Effectif": [10, 80, None, 120], "company": ["a", "b", "c", "d"], "archived_at": [None, None, None, AT]}
    where = {"field": "size", "op": "ge", "value": 50}
    found = crmkit.segment(table, at=AT, record="lead", where=where, map={"Effectif": "size"})
    assert found.mask == [False, True, False, False] and found.count == 1 and found.without_column == []
    segments = [{"code": "big", "record": "lead", "where": where}]
    others = crmkit.segment(table, at=AT, where={"not": {"segment": "big"}}, segments=segments, map={"Effectif": "size"})
    assert others.mask == [True, False, True, False]
    with pytest.raises(crmkit.InvalidInput, match="siez"):
        crmkit.segment(table, at=AT, where={"field": "siez", "op": "ge", "value": 50})


def test_dates_and_days() -> None:
    table = {"subject": [1, 1], "at": [date(2026, 11, 2), date(2026, 11, 1)], "channel": ["email", "search"]}
    found = crmkit.attribution(table, model="first", zone="Europe/Paris")
    assert [row["share_micro"] for row in found.to_dicts()] == [0, 1_000_000]
    with pytest.raises(crmkit.InvalidInput, match="at"):
        crmkit.attribution(table)
