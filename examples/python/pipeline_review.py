"""A pipeline review: opportunities from CSV files into a SQLite file; board, forecast, risks and bands out.

    python examples/python/pipeline_review.py [FOLDER] [--lang en|fr] [--database FILE] [--totals FILE]

FOLDER holds `sales_pipeline.csv`, `sales_teams.csv` and `products.csv` in the form of the Maven Analytics data set "CRM
Sales Opportunities"; without it a small bundled sample is reviewed. `--totals` writes the numbers as JSON, so that they can
be checked by other means.

What the export does not say is not guessed. An open deal has no close date there, so it is undated. It has no value either:
the list price of its product stands in, and the review says so. How likely an engaged deal is won follows from those that
were closed; a deal that is not engaged yet is taken to be half as likely."""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import crmkit
from pipeline_texts import CODES, day, told, words

SAMPLE = Path(__file__).parents[1] / "data" / "pipeline"
STAGES = {"Prospecting": "prospecting", "Engaging": "engaging", "Won": "won", "Lost": "lost"}
# The export writes one product in two ways.
ALSO_CALLED = {"GTXPro": "GTX Pro"}
CURRENCY = "USD"
BATCH = 1000
RISKS, PEOPLE = 8, 40


class Export:
    """The files, read."""

    def __init__(self, folder: Path) -> None:
        def rows(name: str) -> list[dict[str, str]]:
            with (folder / name).open(encoding="utf-8-sig", newline="") as file:
                return list(csv.DictReader(file))

        self.folder = folder
        self.deals = rows("sales_pipeline.csv")
        self.teams = {row["sales_agent"]: row["manager"] for row in rows("sales_teams.csv")}
        self.prices = {row["product"]: row["sales_price"] for row in rows("products.csv")}
        closed = [date.fromisoformat(row["close_date"]) for row in self.deals if row["close_date"]]
        self.first, self.last = min(closed), max(closed)

    def fields(self, row: dict[str, str]) -> dict[str, Any]:
        """A deal as it began: engaged, if it ever was."""
        began = row["engage_date"] and instant(row["engage_date"])
        product = ALSO_CALLED.get(row["product"], row["product"])
        return {
            "external_id": row["opportunity_id"],
            "name": f"{row['account'] or row['opportunity_id']} · {product}",
            "pipeline": "sales",
            "stage": "engaging" if began else "prospecting",
            "owner": row["sales_agent"],
            "value": {"amount": row["close_value"] or self.prices[product], "currency": CURRENCY},
            **({"opened_at": began, "stage_entered_at": began} if began else {}),
        }

    def ends(self) -> Iterator[dict[str, Any]]:
        """How the closed ones ended."""
        for row in self.deals:
            if row["close_date"]:
                ended = instant(row["close_date"])
                stage = STAGES[row["deal_stage"]]
                fields = {"external_id": row["opportunity_id"], "stage": stage, "close_date": row["close_date"]}
                reason = {"lost_reason": "not in the export"} if stage == "lost" else {}
                yield {**fields, **reason, "stage_entered_at": ended, "closed_at": ended}

    def won_bp(self) -> int:
        """The share of closed deals that were won, in basis points, rounded half up."""
        won = sum(row["deal_stage"] == "Won" for row in self.deals)
        closed = sum(row["deal_stage"] in ("Won", "Lost") for row in self.deals)
        return (20_000 * won + closed) // (2 * closed)

    def stays(self) -> list[dict[str, Any]]:
        """How long the won deals took."""
        won = [row for row in self.deals if row["deal_stage"] == "Won"]
        return [
            {
                "pipeline": "sales",
                "won_at": (end := instant(row["close_date"])),
                "stays": [{"stage": "engaging", "entered_at": instant(row["engage_date"]), "left_at": end}],
            }
            for row in won
        ]


def instant(day: str) -> str:
    return f"{day}T00:00:00Z"


def load(crm: crmkit.Crm, export: Export, when: dict[str, Any]) -> None:
    likely = export.won_bp()
    stages = [
        {"code": "prospecting", "name": CODES["prospecting"], "probability_bp": likely // 2, "category": "pipeline"},
        {"code": "engaging", "name": CODES["engaging"], "probability_bp": likely, "category": "best_case"},
        {"code": "won", "name": CODES["won"], "kind": "won"},
        {"code": "lost", "name": CODES["lost"], "kind": "lost"},
    ]
    crm.run("pipeline.create", {"code": "sales", "name": CODES["sales"], "stages": stages}, **when)
    people = {**dict.fromkeys(export.teams.values(), ""), **export.teams}
    named = [{"external_id": user, "user": user, "manager": manager or None} for user, manager in people.items()]
    insert(crm, "employee", named, when)
    insert(crm, "deal", [export.fields(row) for row in export.deals], when)
    insert(crm, "deal", list(export.ends()), when)


def insert(crm: crmkit.Crm, record: str, rows: list[dict[str, Any]], when: dict[str, Any]) -> None:
    for first in range(0, len(rows), BATCH):
        batch = [{"line": first + i + 2, "fields": row} for i, row in enumerate(rows[first : first + BATCH])]
        body = {"source": "export", "on_existing": "update", "rows": batch}
        for rejected in crm.run(f"{record}.import", body, **when)["output"]["rejected"]:
            raise SystemExit(f"line {rejected['line']}: {rejected['error']}")


def review(crm: crmkit.Crm, export: Export, when: dict[str, Any], lang: str) -> dict[str, Any]:
    """Prints the review; gives its totals."""
    text = words(lang)
    unpriced = sum(not row["close_value"] for row in export.deals)
    print(text["title"].format(day=day(export.last, lang)))
    owners = {row["sales_agent"] for row in export.deals}
    managers = {export.teams[owner] for owner in owners}
    print(text["read"].format(deals=len(export.deals), owners=len(owners), managers=len(managers)))
    print(text["unpriced"].format(count=unpriced), end="\n\n")

    everything = {"from": export.first.replace(day=1).isoformat(), "to": f"{export.last.year + 1}-01-01"}
    common = {"currency": CURRENCY, "lang": lang}
    board = crm.query("board", {**common, "cards": 0, "window": {"fixed": everything}}, **when)
    print(text["board"])
    for column in board["columns"]:
        figures = column["figures"][0]
        line = text["open_column"] if column["kind"] == "open" else text["closed_column"]
        print(told(line, lang, name=column["name"], **figures, risky=figures["at_risk"]["count"]))

    asked = {**common, "periods": {"unit": "year", **everything}, "view": "manager"}
    forecast = crm.query("forecast", asked, **when)
    nodes = forecast["undated"]["nodes"]
    closed: dict[str, list[dict[str, Any]]] = {}
    for period in forecast["periods"]:
        for node in period["nodes"]:
            closed.setdefault(node["user"], []).append(node["categories"]["closed"])
    for depth, title in enumerate(("managers", "owners")):
        print(f"\n{text[title]}")
        print(text["people_head"])
        for node in [node for node in nodes if node["depth"] == depth][:PEOPLE]:
            won = sum(Decimal(cell["amount"]) for cell in closed[node["user"]])
            print(told(text["person"], lang, name=node["user"], won=str(won), **node["open"]))
    print(told(text["person"], lang, name=text["total"], won=forecast["total"]["categories"]["closed"]["amount"],
               **forecast["undated"]["open"]))

    print(f"\n{text['risks']}")
    risks = at_risk(crm, when, lang)
    for risk in risks[:RISKS]:
        shown = {"name": risk["name"], "owner": risk["owner"], "value": risk["value"]["amount"]}
        print(told(text["risk"], lang, score=risk["risk"]["score"], **shown))
        print(f"      {' · '.join(reason['text'] for reason in risk['risk']['reasons'])}")
    if len(risks) > RISKS:
        print(text["more"].format(count=len(risks) - RISKS))

    print(f"\n{text['bands']}")
    open_deals = {"undated": True, "filters": {"categories": ["pipeline", "best_case", "commit"]}}
    target = forecast["undated"]["open"]["weighted"]
    bands = crm.query("bands", {**common, "periods": asked["periods"], **open_deals, "target": target, "movers": 3}, **when)
    print(told(text["band"], lang, mean=bands["mean"]["amount"], **bands["bands"]))
    print(f"  {bands['target']['text']}")
    return {"board": board, "forecast": forecast, "bands": bands, "risks": [risk["risk"]["score"] for risk in risks]}


def at_risk(crm: crmkit.Crm, when: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    """Every open deal with points of risk, the riskiest first; of equal ones the larger."""
    found: list[dict[str, Any]] = []
    body: dict[str, Any] = {"limit": 200, "lang": lang}
    while True:
        page = crm.query("deal_risks", body, **when)
        found += [deal for deal in page["deals"] if deal["risk"]["score"]]
        if page["next"] is None:
            break
        body["after"] = page["next"]
    return sorted(found, key=lambda deal: (-deal["risk"]["score"], -Decimal(deal["value"]["amount"]), deal["id"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--lang", choices=("en", "fr"), default="en")
    parser.add_argument("--database", type=Path, help="a new SQLite file to keep; without it a temporary one")
    parser.add_argument("--totals", type=Path, help="where to write the numbers as JSON")
    given = parser.parse_args()
    for name in ("sales_pipeline.csv", "sales_teams.csv", "products.csv"):
        if not (given.folder / name).is_file():
            parser.error(f"{given.folder} has no {name}")
    if given.database and given.database.exists():
        parser.error(f"{given.database} is there already")
    export = Export(given.folder)
    when: dict[str, Any] = {
        "actor": "review", "role": "admin", "workspace": "review", "at": f"{export.last.isoformat()}T23:00:00Z",
    }
    # How long won deals took, frozen: the same table for every deal of this review.
    typical = crmkit.Rules().eval("deal_risk", {"ask": "typical_times", "deals": export.stays(), "at": when["at"]})
    rules = crmkit.Rules({"deal_risk": {"typical_times": typical["typical_times"]}})
    with tempfile.TemporaryDirectory() as folder:
        with crmkit.Crm.open(given.database or Path(folder) / "review.db", rules) as crm:
            load(crm, export, when)
            totals = review(crm, export, when, given.lang)
    if given.totals:
        given.totals.write_text(json.dumps(totals, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
