"""The pipeline review, run as a person would, beside a computation of its own: `csv`, `decimal`, and nothing of crmkit."""

from __future__ import annotations

import csv
import itertools
from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from conftest import Review

ROOT = Path(__file__).parents[2]
REVIEW = ROOT / "examples" / "python" / "pipeline_review.py"
DATA = "b_pipeline_maven_crm"
SAMPLE = ROOT / "examples" / "data" / "pipeline"
CENT = Decimal("0.01")


class Ledger:
    """The same export, added up in decimals."""

    def __init__(self, folder: Path) -> None:
        def rows(name: str) -> list[dict[str, str]]:
            with (folder / name).open(encoding="utf-8-sig", newline="") as file:
                return list(csv.DictReader(file))

        prices = {row["product"]: Decimal(row["sales_price"]) for row in rows("products.csv")}
        prices["GTXPro"] = prices.get("GTX Pro", Decimal(0))
        manager = {row["sales_agent"]: row["manager"] for row in rows("sales_teams.csv")}
        deals = rows("sales_pipeline.csv")
        stages = [row["deal_stage"] for row in deals]
        won, lost = stages.count("Won"), stages.count("Lost")
        likely = int((Decimal(10_000 * won) / (won + lost)).to_integral_value(ROUND_HALF_UP))
        self.bp = {"Prospecting": likely // 2, "Engaging": likely, "Won": 10_000, "Lost": 0}
        self.count: dict[str, int] = defaultdict(int)
        self.value: dict[str, Decimal] = defaultdict(Decimal)
        self.won: dict[str, Decimal] = defaultdict(Decimal)
        self.open: dict[str, Decimal] = defaultdict(Decimal)
        self.weighted: dict[str, Decimal] = defaultdict(Decimal)
        self.outcomes: list[tuple[Decimal, int]] = []
        for row in deals:
            stage, owner = row["deal_stage"], row["sales_agent"]
            amount = Decimal(row["close_value"]) if row["close_value"] else prices[row["product"]]
            self.count[stage] += 1
            self.value[stage] += amount
            for name in (owner, manager[owner], ""):
                if stage == "Won":
                    self.won[name] += amount
                elif stage != "Lost":
                    self.open[name] += amount
                    self.weighted[name] += amount * self.bp[stage] / 10_000
            if stage in ("Prospecting", "Engaging"):
                self.outcomes.append((amount, self.bp[stage]))

    def mean(self) -> Decimal:
        return sum((amount * bp for amount, bp in self.outcomes), Decimal(0)) / 10_000

    def variance(self) -> Decimal:
        spread = (amount * amount * bp * (10_000 - bp) for amount, bp in self.outcomes)
        return sum(spread, Decimal(0)) / 10_000**2


def closed(forecast: dict[str, Any], user: str) -> Decimal:
    found = [node for period in forecast["periods"] for node in period["nodes"] if node["user"] == user]
    return sum((Decimal(node["categories"]["closed"]["amount"]) for node in found), Decimal(0))


def test_the_board_is_the_export(folder: Path, review: Review) -> None:
    _, totals = review(folder)
    ledger = Ledger(folder)
    columns = {column["stage"]: column["figures"][0] for column in totals["board"]["columns"]}
    for stage, figures in columns.items():
        name = stage.capitalize()
        assert (figures["count"], Decimal(figures["value"])) == (ledger.count[name], ledger.value[name])
    printed = [Decimal(columns[stage]["weighted"]) for stage in ("prospecting", "engaging")]
    assert sum(printed) == ledger.mean().quantize(CENT, ROUND_HALF_UP)


def test_the_forecast_is_the_export(folder: Path, review: Review) -> None:
    _, totals = review(folder)
    ledger, forecast = Ledger(folder), totals["forecast"]
    assert forecast["excluded"] == [] and forecast["diagnostics"] == [] and forecast["outside"] == {"before": 0, "after": 0}
    assert Decimal(forecast["total"]["categories"]["closed"]["amount"]) == ledger.won[""]
    whole = forecast["undated"]["open"]
    assert Decimal(whole["amount"]) == ledger.open[""]
    assert Decimal(whole["weighted"]) == ledger.weighted[""].quantize(CENT, ROUND_HALF_UP)
    nodes = forecast["undated"]["nodes"]
    assert {node["user"] for node in nodes} >= set(ledger.open) - {""}
    for node in nodes:
        user = node["user"]
        assert closed(forecast, user) == ledger.won[user]
        assert Decimal(node["open"]["amount"]) == ledger.open[user]
        assert Decimal(node["open"]["weighted_exact"]) == ledger.weighted[user]
        # Printed so that everybody's sum is the total: a cent from one's own rounding in each of two categories.
        assert abs(Decimal(node["open"]["weighted"]) - ledger.weighted[user]) < 2 * CENT
    for depth in (0, 1):
        printed = [Decimal(node["open"]["weighted"]) for node in nodes if node["depth"] == depth]
        assert sum(printed) == Decimal(whole["weighted"])


def test_the_bands_are_of_the_open_deals(folder: Path, review: Review) -> None:
    _, totals = review(folder)
    ledger, bands = Ledger(folder), totals["bands"]
    assert bands["deals"]["uncertain"] == len(ledger.outcomes)

    def exact(ratio: dict[str, str]) -> Fraction:
        return Fraction(int(ratio["numerator"]), int(ratio["denominator"]))

    assert exact(bands["mean"]) == Fraction(ledger.mean()) * 100
    assert exact(bands["variance"]) == Fraction(ledger.variance()) * 100**2


def test_the_samples_bands_are_those_of_all_outcomes(review: Review) -> None:
    _, totals = review(SAMPLE)
    sums: dict[Decimal, int] = {Decimal(0): 1}
    for amount, bp in Ledger(SAMPLE).outcomes:
        grown: dict[Decimal, int] = defaultdict(int)
        for value, mass in sums.items():
            grown[value] += mass * (10_000 - bp)
            grown[value + amount] += mass * bp
        sums = grown
    values = sorted(sums)
    reached = list(itertools.accumulate(sums[value] for value in values))
    for name, share in (("p10", 10), ("p50", 50), ("p90", 90)):
        least = next(value for value, mass in zip(values, reached, strict=True) if 100 * mass >= share * reached[-1])
        assert Decimal(totals["bands"]["bands"][name]) == least


def test_what_is_not_there_is_told(tmp_path: Path, refusal: Callable[..., str]) -> None:
    assert "has no sales_pipeline.csv" in refusal(str(tmp_path))
    assert "is there already" in refusal(str(SAMPLE), "--database", str(REVIEW))


def test_the_review_reads_well(review: Review) -> None:
    english, totals = review(SAMPLE)
    assert english.startswith("Pipeline review of 2026-11-20\n64 deals of 5 owners in the teams of 2 managers\n")
    assert all(score > 0 for score in totals["risks"]) and totals["risks"] == sorted(totals["risks"], reverse=True)
    french, same = review(SAMPLE, "--lang", "fr")
    assert french.startswith("Revue du pipeline au 20/11/2026\n")
    for part in ("Prévision par responsable", "aucune tâche en cours ni activité prévue", "la probabilité d’atteindre"):
        assert part in french
    assert same["forecast"]["total"]["total"] == totals["forecast"]["total"]["total"]
