"""A review of customers' health: a model over a table, and what became of those whom it calls well or unwell.

    python examples/python/health_review.py FILE [--lang en|fr] [--customer ID] [--totals FILE]

FILE is the table "Telco customer churn" (Telco-Customer-Churn.csv): 7,043 customers of a telephone company, each with what
they have and whether they left. `--totals` writes the numbers as JSON, so that they can be checked by other means.

The model is written by hand from what people say of telephone customers, and fitted to nothing: contracts bind, time binds,
help binds, and a high bill drives away. What the table does not say, such as the support of somebody without internet, is
unknown; it lowers the coverage, and the score is of what is known."""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import crmkit
from health_texts import BANDS, MEASURES, count, decimal, share, words

AT = "2026-11-22T09:00:00Z"
SHOWN = 5
CONTRACTS = {"Month-to-month": 1, "One year": 12, "Two year": 24}
ANSWERS = {"Yes": 100, "No": 0, "No internet service": None}
PAYMENTS = {"Electronic check": 0, "Mailed check": 100, "Bank transfer (automatic)": 100, "Credit card (automatic)": 100}
LEFT = {"Yes": "left", "No": "stayed"}
# Of each measure the column, and what its words mean where it has words.
COLUMNS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "tenure": ("tenure", None),
    "contract": ("Contract", CONTRACTS),
    "support": ("TechSupport", ANSWERS),
    "security": ("OnlineSecurity", ANSWERS),
    "payment": ("PaymentMethod", PAYMENTS),
    "charges": ("MonthlyCharges", None),
}
# Weight, and how a value becomes points of a hundred where it is not points already.
WEIGHTS: dict[str, tuple[int, list[list[int]] | None]] = {
    "tenure": (30, [[0, 0], [12, 45], [24, 65], [48, 85], [72, 100]]),
    "contract": (30, [[1, 0], [12, 70], [24, 100]]),
    "support": (8, None),
    "security": (8, None),
    "payment": (10, None),
    "charges": (14, [[20, 100], [60, 50], [110, 0]]),
}
FROM = {"red": 0, "orange": 30, "yellow": 50, "green": 75}


def model() -> dict[str, Any]:
    measures: list[dict[str, Any]] = []
    for code, (weight, points) in WEIGHTS.items():
        measure = {"code": code, "weight": weight, "source": f"measurement.{code}", "labels": MEASURES[code]}
        measures.append({**measure, "points": points} if points else measure)
    bands = [{"code": code, "from": least, "labels": BANDS[code]} for code, least in FROM.items()]
    return {"id": "telco", "version": 1, "min_coverage_bp": 5000, "measures": measures, "bands": bands}


class Wrong(Exception):
    """A file that cannot be reviewed, and why."""


class Table:
    """The file, read: a column of facts for each measure, who it is of, and what became of them."""

    def __init__(self, file: Path, text: dict[str, str]) -> None:
        if not file.is_file():
            raise Wrong(text["no_file"].format(file=file))
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            wanted = ["customerID", *(column for column, _ in COLUMNS.values()), "Churn"]
            lacking = [column for column in wanted if column not in (rows.fieldnames or [])]
            if lacking:
                raise Wrong(text["lacking"].format(file=file, columns=", ".join(lacking)))
            self.columns: dict[str, list[Any]] = {f"measurement.{code}": [] for code in COLUMNS}
            self.names: list[str] = []
            self.outcomes: list[str] = []
            for row in rows:
                for code, (column, meanings) in COLUMNS.items():
                    self.columns[f"measurement.{code}"].append(meant(file, rows.line_num, row, column, meanings, text))
                self.names.append(row["customerID"])
                self.outcomes.append(meant(file, rows.line_num, row, "Churn", LEFT, text))

    def facts(self, row: int) -> dict[str, Any]:
        return {name: values[row] for name, values in self.columns.items() if values[row] is not None}


def meant(
    file: Path, line: int, row: dict[str, str], column: str, meanings: dict[str, Any] | None, text: dict[str, str]
) -> Any:
    """What a cell says: a number as it stands, or what a word means; a word that is not known is told, not guessed."""
    cell = row[column]
    if meanings is None:
        return cell or None
    if cell not in meanings:
        wrong = {"file": file, "line": line, "column": column, "found": repr(cell), "expected": ", ".join(meanings)}
        raise Wrong(text["bad_cell"].format(**wrong))
    return meanings[cell]


def review(table: Table, file: Path, customer: str | None, lang: str) -> dict[str, Any]:
    """Prints the review; gives its numbers."""
    text = words(lang)
    rules = crmkit.Rules({"health": {"models": [model()]}})
    columns = {"customer": table.names, **table.columns}
    scored = rules.health(columns, at=AT, lang="fr" if lang == "fr" else "en", keep=["customer"])
    rows = scored.to_dicts(["customer", "score", "band", "coverage_bp", "diagnostics"])
    for row in rows:
        if row["diagnostics"]:
            found = "; ".join(map(str, row["diagnostics"]))
            raise Wrong(text["diagnosed"].format(file=file, name=row["customer"], found=found))
    print(text["title"].format(rows=count(len(rows), lang), file=file.name))

    print(f"\n{text['table']}\n{text['table_head']}")
    for row in rows[:SHOWN]:
        score = "–" if row["score"] is None else decimal(row["score"], lang)
        shown = {"name": row["customer"], "band": BANDS[row["band"]][lang], "known": share(row["coverage_bp"], lang)}
        print(text["table_line"].format(score=score, **shown))

    given = [{"at": AT, "facts": table.facts(i), "outcome": outcome} for i, outcome in enumerate(table.outcomes)]
    test = rules.eval("health", {"op": "backtest", "good": "stayed", "rows": given})
    print(f"\n{text['bands']}\n{text['bands_head']}")
    total: Counter[str] = Counter()
    for band in test["bands"]:
        left = band["outcomes"].get("left", 0)
        total += Counter(n=band["n"], left=left)
        show_band(BANDS[band["band"]][lang], band["n"], left, band["rates_bp"].get("left"), lang)
    if total["n"]:
        rate = (20_000 * total["left"] + total["n"]) // (2 * total["n"])
        show_band(text["total"], total["n"], total["left"], rate, lang)
    if test["auc"] is not None:
        print(text["auc"].format(share=share(test["auc_bp"], lang), pairs=count(test["pairs"], lang)))
        print(text["auc_exact"].format(auc=test["auc"]))

    coverage = Counter(row["coverage_bp"] for row in rows)
    print(f"\n{text['coverage']}")
    for known, n in sorted(coverage.items(), reverse=True):
        print(text["coverage_line"].format(known=share(known, lang), n=count(n, lang)))
    if test["without_score"]:
        print(text["unscored"].format(n=count(test["without_score"], lang)))

    chosen = explained(rules, table, rows, customer, file, lang)
    return {"bands": scored.answer["bands"], "backtest": test, "coverage": coverage, "explained": chosen,
            "scores": {row["customer"]: row["score"] for row in rows}}  # fmt: skip


def show_band(name: str, n: int, left: int, rate: int | None, lang: str) -> None:
    print(words(lang)["bands_line"].format(name=name, n=count(n, lang), left=count(left, lang), rate=share(rate, lang)))


def explained(
    rules: crmkit.Rules, table: Table, rows: list[dict[str, Any]], customer: str | None, file: Path, lang: str
) -> dict[str, Any]:
    """One customer with reasons: the one that is asked for, or of those with the fewest points the first."""
    text = words(lang)
    known = [row for row in rows if row["score"] is not None]
    if customer is None and not known:
        return {}
    name = customer or min(known, key=lambda row: row["score"])["customer"]
    if name not in table.names:
        raise Wrong(text["no_customer"].format(file=file, name=name))
    answer = rules.eval(
        "health", {"op": "score", "at": AT, "model": "telco", "facts": table.facts(table.names.index(name)), "lang": lang}
    )
    print(f"\n{text['explained'].format(name=name, score=decimal(answer['score'], lang), band=answer['band_text'])}")
    for reason in answer["reasons"]:
        print(f"  {reason['text']}")
    if answer["would_help"]:
        print(text["helps"])
        for reason in answer["would_help"]:
            print(f"    {reason['text']}")
    return {"customer": name, **answer}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--lang", choices=("en", "fr"), default="en")
    parser.add_argument("--customer", help="whose health to explain; without it that of the least healthy one")
    parser.add_argument("--totals", type=Path, help="where to write the numbers as JSON")
    given = parser.parse_args()
    try:
        totals = review(Table(given.file, words(given.lang)), given.file, given.customer, given.lang)
    except Wrong as wrong:
        parser.error(str(wrong))
    if given.totals:
        given.totals.write_text(json.dumps(totals, ensure_ascii=False, indent=1, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()
