"""The files of a Zoho export, and how their cells become values: what each column is, and where one cannot be read."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

CURRENCY = "USD"
STAGES = {
    "Prospect": "prospect",
    "Qualification": "qualification",
    "Needs Analysis": "needs_analysis",
    "Initial Offer": "initial_offer",
    "Proposal/Price Quote": "proposal",
    "Negotiation/Review": "negotiation",
    "Closed Won": "closed_won",
    "Closed Lost": "closed_lost",
}
CASES = {"Closed": "closed", "On Hold": "hold", "Escalated": "open"}
CAMPAIGNS = {"Planning": "planned", "Active": "active", "Inactive": "ended", "Complete": "ended"}


class Unread(Exception):
    """A cell that says something else than its column promises; `args[0]` is the key of the reason."""


def text(cell: str) -> str:
    return cell


def moment(cell: str) -> str:
    """`15 Apr, 2021 00:03:00`, or the ISO form of some files. The export names no zone; it is read as UTC."""
    for form in ("%d %b, %Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return f"{datetime.strptime(cell, form).isoformat()}Z"
        except ValueError:
            continue
    raise Unread("no_moment")


def day(cell: str) -> str:
    return moment(cell)[:10]


def money(cell: str) -> dict[str, Any]:
    """`$22,700.00`, and `$1,117.10K` for thousands."""
    found = re.fullmatch(r"\$(\d{1,3}(?:,\d{3})*(?:\.\d+)?)(K?)", cell)
    if not found:
        raise Unread("no_amount")
    amount = Decimal(found[1].replace(",", "")) * (1000 if found[2] else 1)
    return {"amount": str(amount.quantize(Decimal("0.01"))), "currency": CURRENCY}


def yes(cell: str) -> bool:
    if cell not in ("Yes", "No"):
        raise Unread("no_answer")
    return cell == "Yes"


def whole(cell: str) -> int:
    if not cell.isdecimal():
        raise Unread("no_number")
    return int(cell)


def one_of(codes: dict[str, str]) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if cell not in codes:
            raise Unread("no_code")
        return codes[cell]

    return read


@dataclass
class Module:
    """A file of the export: its record, and of each field the column with its reader."""

    file: str
    record: str
    fields: dict[str, tuple[str, Callable[[str], Any]]]
    # The column of the record's own number. Without one a record is known by its line, and an equal line is a repetition.
    number: str | None = None
    # What follows from the rest: a field with the column that it is told by.
    derived: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """The column that a field is of."""
        return self.fields[name][0] if name in self.fields else self.derived.get(name, name)


MODULES = [
    Module("Users.csv", "employee", {"user": ("Last Name", text), "email": ("Email", text)}, "USER_ID"),
    Module("Accounts.csv", "account", {
        "name": ("Account Name", text), "owner": ("Account Owner", text), "industry": ("Industry", text),
        "website": ("Website", text), "lifecycle": ("Account Type", str.lower),
    }, "ACCOUNTID"),
    Module("Contacts.csv", "contact", {
        "last_name": ("Last Name", text), "owner": ("Contact Owner", text), "email": ("Email", text),
        "source": ("Lead Source", text), "mobile": ("Mobile", text),
    }, "CONTACTID", {"account": "Account Id"}),
    Module("Leads.csv", "lead", {
        "last_name": ("Last Name", text), "company": ("Company", text), "owner": ("Lead Owner", text),
        "email": ("Email", text), "mobile": ("Mobile", text), "website": ("Website", text), "industry": ("Industry", text),
        "source": ("Lead Source", text), "stage": ("Lead Status", text), "received_at": ("Created Time", moment),
        "converted": ("CONVERTED", yes),
    }, "LEADID"),
    Module("Potentials.csv", "deal", {
        "name": ("Potential Name", text), "owner": ("Potential Owner", text), "opened_at": ("Created Time", moment),
        "close_date": ("Closing Date", day), "value": ("Amount", money), "stage": ("Stage", one_of(STAGES)),
        "source": ("Lead Source", text),
    }, "LEADID", {"closed_at": "Closing Date", "stage_entered_at": "Created Time"}),
    Module("Cases.csv", "ticket", {
        "owner": ("Case Owner", text), "status": ("Status", one_of(CASES)), "channel": ("Case Origin", text),
        "opened_at": ("Created Time", moment),
    }, derived={"closed_at": "Modified Time", "subject": "Case Origin"}),
    Module("Tasks.csv", "task", {
        "assignee": ("Task Owner", text), "title": ("Subject", text), "due_at": ("Due Date", moment),
    }, derived={"completed_at": "Modified Time"}),
    Module("Campaigns.csv", "campaign", {
        "name": ("Campaign Name", text), "kind": ("Type", text), "status": ("Status", one_of(CAMPAIGNS)),
        "starts_on": ("Start Date", day), "ends_on": ("End Date", day), "budget": ("Budgeted Cost", money),
        "cost": ("Actual Cost", money),
    }, "CAMPAIGNID"),
    Module("Calls.csv", "activity", {
        "actor": ("Call Owner", text), "subject": ("Subject", text), "direction": ("Call Type", str.lower),
        "happened_at": ("Call Start Time", moment), "duration_seconds": ("Call Duration (in seconds)", whole),
    }, "TASKID", {"account": "ACCOUNTID", "contact": "CONTACTID", "lead": "LEADID", "deal": "POTENTIALID"}),
]  # fmt: skip
# Columns that a rule of `completed` reads beside those of the fields.
ALSO = {"Cases.csv": ["Modified Time"], "Tasks.csv": ["Status", "Modified Time"], "Contacts.csv": ["Account Id"]}


@dataclass
class Refused:
    """What was not taken in, and where it stands."""

    file: str
    line: int
    column: str
    # The reason in both languages, or the key of one of ours.
    reason: dict[str, str] | str


class Wrong(Exception):
    """A folder that is not such an export: the file, and the columns that it lacks (all, where it is not there)."""


def lines(folder: Path, module: Module) -> Iterator[tuple[int, dict[str, str]]]:
    """The records of a file, each with the line on which it begins."""
    path = folder / module.file
    if not path.is_file():
        raise Wrong(module.file, [])
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        wanted = [column for column, _ in module.fields.values()] + ALSO.get(module.file, [])
        lacking = [column for column in [*wanted, *filter(None, [module.number])] if column not in (rows.fieldnames or [])]
        if lacking:
            raise Wrong(module.file, lacking)
        while True:
            line = rows.reader.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            yield line, {key: cell or "" for key, cell in row.items() if key is not None}


def read(module: Module, row: dict[str, str]) -> tuple[dict[str, Any], tuple[str, str] | None]:
    """The fields of a record, or the column that cannot be read and why."""
    fields: dict[str, Any] = {}
    for name, (column, reader) in module.fields.items():
        if row[column]:
            try:
                fields[name] = reader(row[column])
            except Unread as unread:
                return {}, (column, str(unread.args[0]))
    return fields, None
