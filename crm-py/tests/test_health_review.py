"""The review of customers' health, run as a person would, beside a computation of its own: `csv`, `Fraction`, and nothing of
crmkit."""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor
from pathlib import Path

from conftest import Review

ROOT = Path(__file__).parents[2]
REVIEW = ROOT / "examples" / "python" / "health_review.py"
HEADER = "customerID,tenure,OnlineSecurity,TechSupport,Contract,PaymentMethod,MonthlyCharges,Churn"
SAMPLE = [
    "gone,1,No,No,Month-to-month,Electronic check,100.00,Yes",
    "loyal,72,Yes,Yes,Two year,Mailed check,20.00,No",
    "phone,24,No internet service,No internet service,One year,Mailed check,20.00,No",
]


def sample(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    file = tmp_path / "churn.csv"
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return file


def along(points: list[tuple[int, int]], value: Fraction) -> Fraction:
    """On the line through the points, to a millionth of a point as the model has it."""
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        if value <= x1:
            risen = (max(value, Fraction(x0)) - x0) * (y1 - y0) / (x1 - x0)
            return y0 + Fraction(floor(risen * 1_000_000 + Fraction(1, 2)), 1_000_000)
    return Fraction(points[-1][1])


def health(row: dict[str, str]) -> Fraction:
    """The model, written once more."""
    said = {"Yes": Fraction(100), "No": Fraction(0)}
    months = {"Month-to-month": 1, "One year": 12, "Two year": 24}[row["Contract"]]
    parts: list[tuple[int, Fraction | None]] = [
        (30, along([(0, 0), (12, 45), (24, 65), (48, 85), (72, 100)], Fraction(row["tenure"]))),
        (30, along([(1, 0), (12, 70), (24, 100)], Fraction(months))),
        (8, said.get(row["TechSupport"])),
        (8, said.get(row["OnlineSecurity"])),
        (10, Fraction(0 if row["PaymentMethod"] == "Electronic check" else 100)),
        (14, along([(20, 100), (60, 50), (110, 0)], Fraction(row["MonthlyCharges"]))),
    ]
    known = [(weight, points) for weight, points in parts if points is not None]
    return sum((weight * points for weight, points in known), Fraction(0)) / sum(weight for weight, _ in known)


def band(score: Decimal) -> str:
    """A band reaches up to where the next begins, and includes that."""
    return ["red", "orange", "yellow", "green"][bisect_left([30, 50, 75], score)]


def rounded(score: Fraction) -> Decimal:
    return (Decimal(score.numerator) / score.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_backtest_is_that_of_the_file(data_set: Callable[[str], Path], review: Review) -> None:
    file = data_set("f_churn_telco") / "Telco-Customer-Churn.csv"
    english, totals = review(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    # Bands and pairs are of the score as it is shown, in hundredths.
    scores = {row["customerID"]: rounded(health(row)) for row in rows}
    assert {name: Decimal(score) for name, score in totals["scores"].items()} == scores
    bands = Counter(band(scores[row["customerID"]]) for row in rows)
    left = Counter(band(scores[row["customerID"]]) for row in rows if row["Churn"] == "Yes")
    test = totals["backtest"]
    assert {one["band"]: one["n"] for one in test["bands"]} == bands == totals["bands"]
    assert {one["band"]: one["outcomes"]["left"] for one in test["bands"]} == left
    stayed = sorted(scores[row["customerID"]] for row in rows if row["Churn"] == "No")
    gone = [scores[row["customerID"]] for row in rows if row["Churn"] == "Yes"]
    above = sum(len(stayed) - bisect_right(stayed, score) for score in gone)
    ties = sum(bisect_right(stayed, score) - bisect_left(stayed, score) for score in gone)
    auc = (above + Fraction(ties, 2)) / (len(stayed) * len(gone))
    assert test["auc"] == f"{auc.numerator}/{auc.denominator}" == "16137347/19340412"
    assert [one["rates_bp"]["left"] for one in test["bands"]] == [5744, 2530, 1148, 251]
    for part in ("7,043 customers", "57.4%", "25.3%", "11.5%", "2.5%", "AUC 16137347/19340412", "84.0% of the weights: 1,526"):
        assert part in english
    french, same = review(file, "--lang", "fr")
    assert same["backtest"] == test and same["scores"] == totals["scores"]
    for part in ("7\u202f043 clients", "57,4\u00a0%", "rouge", "(AUC 16137347/19340412, exactement\u202f;", "ancienneté"):
        assert part in french


def test_one_customer_is_explained(tmp_path: Path, review: Review) -> None:
    file = sample(tmp_path, *SAMPLE)
    text, totals = review(file)
    explained = totals["explained"]
    assert explained["customer"] == "gone" and "gone: 2.53 points, red" in text
    assert sum(Decimal(reason["points"]) for reason in explained["reasons"]) == Decimal(explained["score"])
    helps = explained["would_help"]
    assert [Decimal(one["gain"]) for one in helps] == sorted((Decimal(one["gain"]) for one in helps), reverse=True)
    french, totals = review(file, "--lang", "fr", "--customer", "phone")
    assert totals["explained"]["coverage_bp"] == 8_400
    assert "assistance technique\u00a0: valeur inconnue" in french
    assert totals["bands"] == {"green": 2, "red": 1}


def test_what_is_wrong_is_told(tmp_path: Path, refusal: Callable[..., str]) -> None:
    assert "nowhere.csv est introuvable" in refusal(str(tmp_path / "nowhere.csv"), "--lang", "fr")
    told = refusal(str(sample(tmp_path, header=HEADER.replace("tenure", "age"))))
    assert "has no column tenure: it is not the Telco churn table" in told
    told = refusal(str(sample(tmp_path, SAMPLE[0], SAMPLE[1].replace("Two year", "Ten years"))))
    assert "line 3, column Contract: 'Ten years' is none of Month-to-month, One year, Two year" in told
    told = refusal(str(sample(tmp_path, SAMPLE[0].replace("gone,1,", "gone,long,"))))
    assert "customer gone" in told and "measurement.tenure" in told
    told = refusal(str(tmp_path / "churn.csv"), "--lang", "fr")
    assert "client gone" in told and "`long` n’est pas un nombre" in told
    assert "has no customer nobody" in refusal(str(sample(tmp_path, *SAMPLE)), "--customer", "nobody")
