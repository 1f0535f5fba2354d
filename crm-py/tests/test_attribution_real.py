"""Attribution over public tables, where they are on this machine, beside a count of its own: `csv` and `Fraction`."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import crmkit

ROOT = Path(__file__).parents[2]
MODELS = ["first", "last", "linear", "position"]


def raw(name: str, file: str) -> list[list[str]]:
    path = Path(os.environ.get("CRMKIT_DATA", ROOT.parent / "shared" / "data")) / name / file
    if not path.is_file():
        pytest.skip(f"{path} is absent (CRMKIT_DATA names the folder of data sets)")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def table(name: str, file: str) -> list[dict[str, str]]:
    head, *rows = raw(name, file)
    return [dict(zip(head, row, strict=True)) for row in rows]


def shares(path: list[str]) -> dict[str, dict[str, Fraction]]:
    """Who gets which part of one path, by model."""
    models: dict[str, dict[str, Fraction]] = {name: defaultdict(Fraction) for name in MODELS}
    models["first"][path[0]] += 1
    models["last"][path[-1]] += 1
    for channel in path:
        models["linear"][channel] += Fraction(1, len(path))
    # 40 % each for the first and the last, the others share what is left; all of it where there are no others.
    middle = path[1:-1]
    key = Fraction(2, 5) if middle else Fraction(1, 2)
    models["position"][path[0]] += key
    models["position"][path[-1]] += key
    for channel in middle:
        models["position"][channel] += Fraction(1, 5) / len(middle)
    return models


def counted(paths: list[list[str]], amounts: list[Fraction]) -> dict[str, dict[str, Fraction]]:
    sums: dict[str, dict[str, Fraction]] = {name: defaultdict(Fraction) for name in MODELS}
    for path, amount in zip(paths, amounts):
        for name, credited in shares(path).items():
            for channel, share in credited.items():
                sums[name][channel] += share * amount
    return sums


def told(answer: dict[str, Any]) -> dict[str, dict[str, Fraction]]:
    models = answer["models"]
    return {model["model"]: {one["channel"]: Fraction(one["exact"]) for one in model["channels"]} for model in models}


def test_thousands_of_paths_are_divided_without_a_rest() -> None:
    rows = table("f_paths_channelattribution", "paths.csv")
    paths = [row["path"].split(" > ") for row in rows]
    columns = {"conversions": "total_conversions", "values": "total_conversion_value"}
    ask: dict[str, Any] = {"ask": "paths", "paths": [row["path"] for row in rows], "models": MODELS}
    ask["conversions"] = [int(row["total_conversions"]) for row in rows]
    ask["values"] = [row["total_conversion_value"] for row in rows]
    # The file has what is left of somebody's floats, such as 5.492000000000001: that is refused, and where it stands.
    first = next(i for i, text in enumerate(ask["values"]) if len(text.partition(".")[2]) > 6)
    with pytest.raises(crmkit.InvalidInput, match=rf"values\[{first}\].*decimal places"):
        crmkit.Rules({}).eval("attribution", ask)
    for row in rows:
        row["total_conversion_value"] = f"{Decimal(row['total_conversion_value']):.3f}"
    ask["values"] = [row["total_conversion_value"] for row in rows]
    answer = crmkit.Rules({}).eval("attribution", ask)
    for key, column in columns.items():
        amounts = [Fraction(row[column]) for row in rows]
        expected = counted(paths, amounts)
        found = told(answer[key])
        assert found.keys() == expected.keys()
        for name in MODELS:
            assert {c: v for c, v in found[name].items() if v} == {c: v for c, v in expected[name].items() if v}, name
            assert sum(found[name].values()) == sum(amounts), name
        assert Fraction(answer[key]["total"]) == sum(amounts)


def test_touches_of_customers_with_their_times() -> None:
    journeys: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in table("f_touchpoints_gatemedia", "touchpoints.csv"):
        journeys[row["customer_id"]].append(row)
    rules = crmkit.Rules({"attribution": {"session_minutes": 0, "window_days": 3650}})
    disagreements = 0
    for rows in journeys.values():
        at = {row["touchpoint_id"]: f"{row['touchpoint_date']}T{row['touchpoint_time']}Z" for row in rows}
        touches = [{"id": row["touchpoint_id"], "at": at[row["touchpoint_id"]], "channel": row["channel"]} for row in rows]
        card = rules.eval("attribution", {"ask": "card", "touches": touches, "models": ["linear"]})
        # Ids of one instant are in the order of texts.
        ordered = sorted(at, key=lambda name: (at[name], name))
        assert (card["first_touch"]["id"], card["last_touch"]["id"]) == (ordered[0], ordered[-1])
        assert card["touches"] == len(rows)
        assert sum(credit["share_micro"] for credit in card["models"][0]["credits"]) == 1_000_000
        for flag, ours in (("is_first_touch", ordered[0]), ("is_last_touch", ordered[-1])):
            theirs = [row["touchpoint_id"] for row in rows if row[flag] == "True"]
            disagreements += theirs != [ours]
    assert disagreements == 0


def test_companies_whose_leads_spill_over_unnamed_columns() -> None:
    touches: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    rows = table("f_touchpoints_mops", "touchpoints.csv")
    for row in rows:
        at = datetime.strptime(row["Timestamp"], "%m/%d/%y %H:%M").isoformat() + "Z"
        touches[row["LeadID"]].append((at, int(row["TouchpointID"]), row["Channel"]))
    companies = raw("f_touchpoints_mops", "companies.csv")
    assert companies[0][3:] == ["Lead IDs", "", "", "", ""]
    rules = crmkit.Rules({"attribution": {"session_minutes": 0, "window_days": 3650}})
    seen = 0
    for name, _, value, *leads in companies[1:]:
        path = sorted(touch for lead in leads if lead for touch in touches.pop(lead, []))
        seen += len(path)
        if not path or int(value) == 0:
            continue
        # The instants are to the minute; numbers of one width keep the order of what came within one.
        parts = [{"id": f"{number:04}", "at": at, "channel": channel} for at, number, channel in path]
        ask = {"ask": "attribute", "touches": parts, "models": MODELS, "amount": f"{value}.00", "currency": "USD"}
        expected = shares([channel for _, _, channel in path])
        for model in rules.eval("attribution", ask)["models"]:
            sums: dict[str, Fraction] = defaultdict(Fraction)
            for credit in model["credits"]:
                sums[next(p["channel"] for p in parts if p["id"] == credit["touch"])] += Fraction(credit["amount"])
            assert sum(sums.values()) == int(value), name
            for channel, share in expected[model["model"]].items():
                # Each touch is rounded to the cent once.
                assert abs(sums[channel] - share * int(value)) <= Fraction(len(path), 100), (name, channel)
    # Nobody's touches are counted twice, and none are lost.
    assert seen + sum(map(len, touches.values())) == len(rows)
