"""The review of a Zoho export, run as a person would, beside a computation of its own: `csv`, `decimal`, and nothing of
crmkit."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import crmkit

ROOT = Path(__file__).parents[2]
REVIEW = ROOT / "examples" / "python" / "zoho_review.py"
FIRST, LAST = datetime(2021, 1, 1), datetime(2021, 5, 1)
WHO: dict[str, Any] = {"actor": "test", "role": "admin", "workspace": "zoho", "at": "2021-05-01T00:00:00Z"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, str(REVIEW), *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=600, check=False)


@pytest.fixture(scope="module")
def zoho(data_set: Callable[[str], Path]) -> Path:
    return data_set("g_zoho_crm_export")


class Done:
    def __init__(self, folder: Path, beside: Path) -> None:
        self.database, totals = beside / "zoho.db", beside / "totals.json"
        done = run(str(folder), "--database", str(self.database), "--totals", str(totals))
        assert done.returncode == 0, done.stderr
        self.text = done.stdout
        self.totals: dict[str, Any] = json.loads(totals.read_text(encoding="utf-8"))
        self.folder = folder

    def rows(self, file: str) -> list[dict[str, str]]:
        with (self.folder / file).open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def done(zoho: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    return Done(zoho, tmp_path_factory.mktemp("zoho"))


def when(text: str) -> datetime:
    return datetime.strptime(text, "%d %b, %Y %H:%M:%S")


def dollars(text: str) -> Decimal:
    plain = text.replace("$", "").replace(",", "")
    return Decimal(plain.removesuffix("K")) * (1000 if plain.endswith("K") else 1)


def closed(deal: dict[str, str]) -> bool:
    return deal["Stage"].startswith("Closed")


def test_every_line_is_taken_in_repeated_or_refused(done: Done) -> None:
    keys = ("lines", "taken", "repeated", "refused")
    counted = {file: tuple(tally.get(key, 0) for key in keys) for file, tally in done.totals["imported"].items()}
    for file, (lines, taken, repeated, refused) in counted.items():
        rows = done.rows(file)
        assert lines == len(rows) == taken + repeated + refused, file
    assert counted["Leads.csv"] == (3_900, 3_900, 0, 0)
    tasks = Counter(tuple(row.values()) for row in done.rows("Tasks.csv"))
    assert counted["Tasks.csv"] == (2_978, len(tasks), 2_978 - len(tasks), 0) and len(tasks) == 911
    # What tells of a day after the review's, and nothing else, is refused, where it stands; no record spans two lines here.
    late = [i + 2 for i, row in enumerate(done.rows("Potentials.csv")) if closed(row) and when(row["Closing Date"]) > LAST]
    ended = [(i + 2, row) for i, row in enumerate(done.rows("Cases.csv")) if row["Status"] == "Closed"]
    cases = [line for line, row in ended if when(row["Modified Time"]) > LAST]
    wanted = [["Potentials.csv", line, "Closing Date"] for line in late]
    assert done.totals["refused"] == wanted + [["Cases.csv", line, "Modified Time"] for line in cases] and (len(late), len(cases)) == (76, 84)
    for line in ("Potentials.csv, line 8, column Closing Date: `2021-05-13T00:03:00Z` is out of range", "and 73 more in"):
        assert line in done.text
    assert counted["Potentials.csv"][0] == 3_632 and counted["Cases.csv"][0] == 797
    accounts = {row["ACCOUNTID"] for row in done.rows("Accounts.csv")}
    known = {"ACCOUNTID": accounts, "CONTACTID": {row["CONTACTID"] for row in done.rows("Contacts.csv")}}
    known |= {"LEADID": {row["LEADID"] for row in done.rows("Leads.csv")}, "POTENTIALID": set()}
    calls = [(column, row[column]) for row in done.rows("Calls.csv") for column in known if row[column] not in ("", "0")]
    assert done.totals["imported"]["Calls.csv"]["dangling"] == sum(number not in known[column] for column, number in calls)
    strangers = sum(row["Account Id"] not in accounts for row in done.rows("Contacts.csv"))
    assert done.totals["imported"]["Contacts.csv"].get("dangling", 0) == strangers


def test_leads_are_those_of_the_file(done: Done) -> None:
    came = [row for row in done.rows("Leads.csv") if FIRST <= when(row["Created Time"]) < LAST]
    wanted = Counter(row["Lead Source"] for row in came)
    converted = Counter(row["Lead Source"] for row in came if row["CONVERTED"] == "Yes")
    report = done.totals["leads"]
    assert {row["source"]: row["created"] for row in report["rows"]} == wanted
    assert {row["source"]: row["converted"] for row in report["rows"]} == converted
    assert (report["total"]["created"], report["total"]["converted"]) == (550, 491)


def test_a_merged_lead_counts_once(done: Done, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(done.database.read_bytes())
    report = {"kind": "lead_volume", "window": {"fixed": {"from": "2021-01-01", "to": "2021-05-01"}}}
    with crmkit.Crm.open(copy) as crm:
        came = {"field": "received_at", "op": "ge", "value": "2021-01-01T00:00:00Z"}
        where = {"all": [{"field": "source", "op": "eq", "value": "Partner"}, came]}
        one, other = crm.find("lead", where, limit=2, **WHO)
        crm.run("lead.merge", {"primary": one["id"], "sources": [other["id"]]}, **WHO)
        total = crm.query("report", {"report": report}, **WHO)["total"]
    assert (total["created"], total["duplicates_merged"]) == (549, 1)


def test_won_and_lost_deals_are_those_of_the_file(done: Done) -> None:
    inside = [row for row in done.rows("Potentials.csv") if closed(row) and FIRST <= when(row["Closing Date"]) < LAST]
    number: dict[str, Counter[str]] = defaultdict(Counter)
    value: dict[str, Decimal] = defaultdict(Decimal)
    days: dict[str, list[int]] = defaultdict(list)
    for row in inside:
        number[row["Stage"]][row["Potential Owner"]] += 1
        value[row["Stage"]] += dollars(row["Amount"])
        days[row["Stage"]].append((when(row["Closing Date"]).date() - when(row["Created Time"]).date()).days)
    report = done.totals["wins"]
    for stage, kind in (("Closed Won", "won"), ("Closed Lost", "lost")):
        assert {row["owner"]: row[kind] for row in report["rows"] if row[kind]} == number[stage]
        assert Decimal(report["total"][f"{kind}_value"]) == value[stage]
        took = report["total"][f"{kind}_days"]
        assert Fraction(int(took["mean"]["num"]), int(took["mean"]["den"])) == Fraction(sum(days[stage]), len(days[stage]))
        assert Fraction(int(took["median"]["num"]), int(took["median"]["den"])) == Fraction(median(days[stage]))
    total = report["total"]
    assert (total["won"], total["lost"], total["won_value"]) == (442, 130, "28451100.00")
    assert total["win_rate"] == {"num": 442, "den": 572, "bp": 7727} and report["excluded"] == []


def test_open_deals_are_those_of_the_file(done: Done) -> None:
    names = {"proposal": "Proposal/Price Quote", "negotiation": "Negotiation/Review"}
    still = [row for row in done.rows("Potentials.csv") if not closed(row)]
    came = Counter(row["Stage"] for row in still if FIRST <= when(row["Created Time"]) < LAST)
    stages = {row["stage"]: row for row in done.totals["stages"]["rows"]}
    shown = {names.get(code, code.replace("_", " ").title()): row for code, row in stages.items()}
    assert {name: (row["entered"], row["still_there"], row["advanced"], row["lost"]) for name, row in shown.items()} == {
        name: (n, n, 0, 0) for name, n in came.items()
    }
    value: dict[str, Decimal] = defaultdict(Decimal)
    for row in still:
        value[row["Stage"]] += dollars(row["Amount"])
    columns = [column for column in done.totals["board"]["columns"] if column["kind"] == "open"]
    found = {names.get(c["stage"], c["stage"].replace("_", " ").title()): c["figures"][0] for c in columns}
    assert {name: (figures["count"], Decimal(figures["value"])) for name, figures in found.items()} == {
        name: (n, value[name]) for name, n in Counter(row["Stage"] for row in still).items()
    }
    quarter = [row for row in still if datetime(2021, 4, 1) <= when(row["Closing Date"]) < datetime(2021, 7, 1)]
    first = done.totals["forecast"]["periods"][0]
    assert first["open"]["count"] == len(quarter)
    assert Decimal(first["open"]["amount"]) == sum(dollars(row["Amount"]) for row in quarter)


def test_cases_come_and_go_as_in_the_file(done: Done) -> None:
    kept = [row for row in done.rows("Cases.csv") if row["Status"] != "Closed" or when(row["Modified Time"]) <= LAST]
    total, identity = done.totals["support"]["total"], done.totals["support"]["identity"]
    ended = [when(row["Modified Time"]) for row in kept if row["Status"] == "Closed"]
    assert total["opened"] == sum(FIRST <= when(row["Created Time"]) < LAST for row in kept) == 713
    assert total["resolved"] == sum(FIRST <= at < LAST for at in ended) == 165
    assert identity["holds"] and total["backlog_end"] == total["backlog_start"] + total["opened"] - total["resolved"]
    for row in done.totals["support"]["rows"]:
        before = datetime.fromisoformat(row["from"])
        waiting = sum(when(case["Created Time"]) < before for case in kept) - sum(at < before for at in ended)
        assert row["backlog_start"] == waiting
    assert "0 + 713 - 165 = 548" in done.text


def test_work_is_that_of_the_files(done: Done) -> None:
    tasks = {tuple(row.values()): row for row in done.rows("Tasks.csv")}.values()
    still = [row for row in tasks if row["Status"] != "Completed"]
    work = done.totals["work"]
    assert (work["open"], work["late"]) == (len(still), sum(when(row["Due Date"]) < LAST for row in still))
    calls = done.rows("Calls.csv")
    assert (work["calls"], work["seconds"]) == (len(calls), sum(int(row["Call Duration (in seconds)"]) for row in calls))
    campaigns = done.rows("Campaigns.csv")
    assert Decimal(work["cost"]) == sum(dollars(row["Actual Cost"]) for row in campaigns)
    assert Decimal(work["budget"]) == sum(dollars(row["Budgeted Cost"]) for row in campaigns)


EMPTY = {
    "Users.csv": "USER_ID,First Name,Last Name,Email", "Accounts.csv": "ACCOUNTID,Account Name,Account Owner,Industry,Website,Account Type",
    "Contacts.csv": "CONTACTID,Last Name,Contact Owner,Account Id,Email,Lead Source,Mobile",
    "Leads.csv": "LEADID,Last Name,Company,Lead Owner,Email,Mobile,Website,Industry,Lead Source,Lead Status,Created Time,CONVERTED",
    "Potentials.csv": "Potential Name,Potential Owner,Created Time,Closing Date,Amount,Stage,Lead Source,LEADID",
    "Cases.csv": "Case Owner,Status,Case Origin,Created Time,Modified Time",
    "Tasks.csv": "Task Owner,Subject,Created Time,Due Date,Status,Modified Time",
    "Campaigns.csv": "CAMPAIGNID,Campaign Name,Type,Status,Start Date,End Date,Budgeted Cost,Actual Cost",
    "Calls.csv": "TASKID,Call Start Time,Call Duration (in seconds),Call Owner,Subject,Call Type,CONTACTID,ACCOUNTID,POTENTIALID,LEADID",
}  # fmt: skip


def export(folder: Path, **lines: list[str]) -> Path:
    """An export of nothing but the given lines."""
    for file, header in EMPTY.items():
        text = "\n".join([header, *lines.get(file.removesuffix(".csv"), [])]) + "\n"
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def test_what_cannot_be_read_is_told_with_its_line_and_column(tmp_path: Path) -> None:
    deals = [
        '"Two\nlines",Ann,"15 Apr, 2021 00:02:00","16 Apr, 2021 00:03:00","$1,000.00",Prospect,Partner,1',
        'Roof,Ann,"15 Apr, 2021 00:02:00","31 Apr, 2021 00:03:00","$2,000.00",Prospect,Partner,2',
        'Wall,Ann,"15 Apr, 2021 00:02:00","16 Apr, 2021 00:03:00","2 000 €",Prospect,Partner,3',
        'Door,Ann,"15 Apr, 2021 00:02:00","16 Apr, 2021 00:03:00","$3,000.00",Somewhere,Partner,4',
    ]
    leads = ['7,Doe,Acme,Ann,doe@acme.example,,,,Partner,Contacted,"15 Apr, 2021 00:02:00",Maybe']
    folder = export(tmp_path, Potentials=deals, Leads=leads)
    for lang, told in {
        "en": [
            "Leads.csv, line 2, column CONVERTED: neither Yes nor No",
            "Potentials.csv, line 4, column Closing Date: this is no date as Zoho writes them",
            "Potentials.csv, line 5, column Amount: this is no amount as Zoho writes them",
            "Potentials.csv, line 6, column Stage: a value that this review does not know",
        ],
        "fr": [
            "Leads.csv, ligne 2, colonne CONVERTED\u00a0: ni Yes ni No",
            "Potentials.csv, ligne 4, colonne Closing Date\u00a0: ce n’est pas une date telle que Zoho les écrit",
        ],
    }.items():
        done = run(str(folder), "--lang", lang)
        assert done.returncode == 0, done.stderr
        for line in told:
            assert line in done.stdout
    assert ["Affaires", "4", "1", "0", "3", "0"] in [line.split() for line in done.stdout.splitlines()]


def test_a_wrong_folder_is_told(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert done.returncode == 2 and "has no Users.csv" in done.stderr
    folder = export(tmp_path)
    (folder / "Leads.csv").write_text("LEADID,Last Name\n", encoding="utf-8")
    done = run(str(folder), "--lang", "fr")
    assert done.returncode == 2 and "Leads.csv n’a pas de colonne Company, Lead Owner" in done.stderr
    done = run(str(export(folder)), "--database", str(REVIEW))
    assert done.returncode == 2 and "is there already" in done.stderr


def test_it_reads_well_and_twice_the_same(zoho: Path, done: Done) -> None:
    assert done.text.startswith("A Zoho export, as of 2021-05-01; reports from 2021-01-01 on\n")
    french = run(str(zoho), "--lang", "fr")
    assert french.returncode == 0, french.stderr
    assert french.stdout.startswith("Un export Zoho, au 01/05/2021\u202f; rapports à partir du 01/01/2021\n")
    for part in ("28\u202f451\u202f100,00\u00a0$", "77,3\u00a0%", "rien ne s’est perdu en route", "Analyse des besoins"):
        assert part in french.stdout
    assert run(str(zoho), "--lang", "fr").stdout == french.stdout
