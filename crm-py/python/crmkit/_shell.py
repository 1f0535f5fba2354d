"""``python -m crmkit score leads.csv``: a ranked table of leads with their bands and reasons."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmkit import _native
from crmkit._errors import CrmError
from crmkit._rules import Rules
from crmkit._scored import Scored
from crmkit._values import Fields, encode, read

_RESULT = ("score", "band", "grade", "fit", "engagement", "coverage_bp", "reasons", "next_change_at", "diagnostics")
_SHOWN_ROWS = 20
_SHOWN_REJECTS = 10
_SHOWN_REASONS = 3

_TEXTS = {
    "en": {
        "read": "{rows} leads read from {file} ({records} records, {duplicates} repeated, {repaired} repaired)",
        "scored": "scored by {model} as of {at}",
        "head": ("rank", "score", "band", "grade", "lead", "reasons"),
        "more": "... and {n} more leads; --top shows more, --out writes all",
        "rejects": "{n} records not read:",
        "rejects_more": "... and {n} more",
        "written": "{n} rows written to {file}",
        "ignored": "columns not used: {names}",
    },
    "fr": {
        "read": "{rows} prospects lus dans {file} ({records} enregistrements, {duplicates} en double, "
        "{repaired} réparés)",
        "scored": "notés par {model} au {at}",
        "head": ("rang", "note", "niveau", "classe", "prospect", "raisons"),
        "more": "... et {n} autres prospects\u00a0; --top en montre plus, --out les écrit tous",
        "rejects": "{n} enregistrements non lus\u00a0:",
        "rejects_more": "... et {n} autres",
        "written": "{n} lignes écrites dans {file}",
        "ignored": "colonnes non utilisées\u00a0: {names}",
    },
}


def main(arguments: list[str]) -> int:
    """Runs the command line; gives the exit status: 0, 1 for a file that is refused, 2 for wrong options."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show an accent shows a mark instead.
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    try:
        return _score(options)
    except CrmError as error:
        where = f"{error.field}: " if error.field else ""
        print(f"crmkit: {options.file}: {where}{error.message(options.lang)}", file=sys.stderr)
    except OSError as error:
        print(f"crmkit: {error.filename or options.file}: {error.strerror or error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crmkit", description="Scores leads, with reasons.")
    commands = parser.add_subparsers(dest="command", required=True)
    score = commands.add_parser("score", help="score a CSV export of leads from any CRM")
    score.add_argument("file", help="the CSV file")
    score.add_argument("--rules", metavar="FILE", help="a configuration as JSON; without it, the standard score")
    score.add_argument("--at", help="the instant to score for, as 2026-11-22T09:00:00Z; default: now")
    score.add_argument("--lang", choices=("en", "fr"), default="en", help="the language of reasons")
    score.add_argument("--map", metavar="COLUMN=FIELD", action="append", default=[], help="which column is which field")
    score.add_argument("--currency", help="the currency of amounts that name none, as EUR")
    score.add_argument("--zone", help="the zone of times that name none, as Europe/Paris")
    score.add_argument("--decimal", choices=("point", "comma"), default="point", help="the decimal mark of the file")
    score.add_argument("--date-order", choices=("day-first", "month-first"), help="how 03/04/2026 is read")
    score.add_argument("--encoding", choices=("utf-8", "windows-1252"), default="utf-8", help="the file's encoding")
    score.add_argument("--delimiter", help="the delimiter, or `tab`; default: as the header shows")
    score.add_argument("--top", type=int, default=_SHOWN_ROWS, metavar="N", help="how many leads to show")
    score.add_argument("--out", metavar="FILE", help="write all leads with their scores to this CSV file")
    return parser


def _score(options: argparse.Namespace) -> int:
    texts: dict[str, Any] = _TEXTS[options.lang]
    rules = Rules(Path(options.rules).read_bytes() if options.rules else None)
    reading = {name: getattr(options, name) for name in _READING}
    found = json.loads(_native.read_leads(Path(options.file).read_bytes(), encode(reading)))
    print(
        texts["read"].format(
            rows=len(found["rows"]),
            file=os.path.basename(options.file),
            records=found["records"],
            duplicates=len(found["duplicates"]),
            repaired=found["repaired"],
        )
    )
    if found["ignored"]:
        print(texts["ignored"].format(names=", ".join(found["ignored"])))
    at = options.at or datetime.now(timezone.utc).isoformat()
    leads = [fields for _, fields in found["rows"]]
    if leads:
        scored = rules.score_leads(_columns(leads, rules._fields), at=at, lang=options.lang)
        print(texts["scored"].format(model=scored.model, at=at))
        _show(leads, scored, options.top, texts)
        if options.out:
            _write(options.out, leads, scored)
            print(texts["written"].format(n=len(scored), file=options.out))
    if found["rejects"]:
        print()
        print(texts["rejects"].format(n=len(found["rejects"])))
        for reject in found["rejects"][:_SHOWN_REJECTS]:
            print(f"  {reject['text']}")
        if len(found["rejects"]) > _SHOWN_REJECTS:
            print(f"  {texts['rejects_more'].format(n=len(found['rejects']) - _SHOWN_REJECTS)}")
    return 0


_READING = ("lang", "encoding", "delimiter", "decimal", "date_order", "zone", "currency", "map")


def _columns(leads: list[dict[str, Any]], fields: Fields) -> dict[str, list[Any]]:
    """The leads' fields as columns of typed cells."""
    types = fields.of("lead")
    columns: dict[str, list[Any]] = {}

    def put(name: str, row: int, value: Any) -> None:
        columns.setdefault(name, [None] * len(leads))[row] = value

    for row, lead in enumerate(leads):
        for name, value in _flat(lead):
            # A custom field that the rules do not declare stays text.
            typed = read(value, types.get(name))
            if isinstance(typed, dict):
                put(name, row, Decimal(typed["amount"]))
                put(f"{name}_currency", row, typed["currency"])
            else:
                put(name, row, typed)
    return columns


def _flat(lead: dict[str, Any]) -> list[tuple[str, Any]]:
    own = [(name, value) for name, value in lead.items() if name != "custom"]
    return own + [(f"custom.{name}", value) for name, value in lead.get("custom", {}).items()]


def _name(lead: dict[str, Any]) -> str:
    person = " ".join(lead[part] for part in ("first_name", "last_name") if lead.get(part))
    parts = [part for part in (lead.get("company"), person) if part]
    return ", ".join(parts) or str(lead.get("email") or lead.get("external_id") or "")


def _show(leads: list[dict[str, Any]], scored: Scored, top: int, texts: dict[str, Any]) -> None:
    results = scored.to_dicts(list(_RESULT))
    ranked = sorted(range(len(leads)), key=lambda row: (-results[row]["score"], row))
    rows = []
    for rank, row in enumerate(ranked[: max(top, 0)], start=1):
        result = results[row]
        reasons = "; ".join(result["reasons"][:_SHOWN_REASONS])
        shown = (str(rank), str(result["score"]), result["band"] or "-", result["grade"] or "-", _name(leads[row]))
        rows.append((*shown, reasons))
    head: tuple[str, ...] = texts["head"]
    widths = [max([len(head[i]), *(min(len(row[i]), 40) for row in rows)]) for i in range(5)]
    print()
    for line in (head, *rows):
        cells = [cell[:40].rjust(w) if i < 2 else cell[:40].ljust(w) for i, (cell, w) in enumerate(zip(line, widths))]
        print("  ".join((*cells, line[5])).rstrip())
    if len(ranked) > len(rows):
        print(texts["more"].format(n=len(ranked) - len(rows)))


def _write(path: str, leads: list[dict[str, Any]], scored: Scored) -> None:
    names = [name for name in scored.columns if name not in (*_RESULT, "reason_codes")]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((*names, *_RESULT))
        for row in scored.to_dicts():
            writer.writerow([_cell(row[name]) for name in (*names, *_RESULT)])


def _cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, list):
        value = " | ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return str(value)
