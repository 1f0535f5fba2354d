"""``python -m crmkit score leads.csv``: a ranked table of leads with their bands and reasons."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from contextlib import suppress
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmkit import _native
from crmkit._errors import CrmError
from crmkit._rules import Rules
from crmkit._scored import Scored
from crmkit._texts import Texts
from crmkit._values import Fields, decimal_text, encode, instant, read

_RESULT = ("score", "band", "grade", "fit", "engagement", "coverage_bp", "reasons", "next_change_at", "diagnostics")
_SHOWN_ROWS = 20
_SHOWN_REFUSED = 10
_SHOWN_REASONS = 3


def main(arguments: list[str]) -> int:
    """Runs the command line; gives the exit status: 0, 1 for a file that is refused, 2 for wrong options."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show an accent shows a mark instead.
            stream.reconfigure(errors="replace")
    try:
        try:
            return _run(_parser().parse_args(arguments))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough, which is no failure. The interpreter must not meet the pipe again at its exit.
        _discard_output()
        return 0
    except OSError as error:
        _discard_output()
        _complain(error.strerror or str(error))
        return 1


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(*lines: str) -> None:
    # Nobody may be there to read it; the exit status tells all the same.
    with suppress(BrokenPipeError):
        print("crmkit: " + "\n  ".join(lines), file=sys.stderr)


def _run(options: argparse.Namespace) -> int:
    texts = Texts(options.lang)
    for read in (options.file, options.rules):
        if options.out and read and _same(options.out, read):
            _complain(texts.overwrites(options.out, read))
            return 2
    try:
        lines = _score(options, texts)
    except CrmError as error:
        where = f"{error.field}: " if error.field else ""
        hint = [texts.file_hint(error._hint)] if error._hint else []
        _complain(f"{options.file}: {where}{error.message(options.lang)}", *hint)
        return 1
    except BrokenPipeError:
        raise
    except OSError as error:
        _complain(f"{error.filename or options.file}: {error.strerror or error}")
        return 1
    # Only now: who reads but the first lines finds the file of `--out` whole all the same.
    for line in lines:
        print(line)
    return 0


def _same(one: str, other: str) -> bool:
    """Whether two paths lead to one file, by whatever links."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crmkit", description="Scores leads, with reasons.")
    commands = parser.add_subparsers(dest="command", required=True)
    score = commands.add_parser("score", help="score a CSV export of leads from any CRM")
    score.add_argument("file", help="the CSV file")
    score.add_argument("--rules", metavar="FILE", help="a configuration as JSON; without it, the standard score")
    score.add_argument("--at", help="the instant to score for, as 2026-11-22T09:00:00Z; default: now")
    score.add_argument("--lang", choices=("en", "fr"), default="en", help="the language of the output")
    score.add_argument("--map", metavar="COLUMN=FIELD", action="append", default=[], help="which column is which field")
    score.add_argument("--currency", help="the currency of amounts that name none, as EUR")
    score.add_argument("--zone", help="the zone of times that name none, as Europe/Paris; default: UTC")
    score.add_argument("--decimal", choices=("point", "comma"), default="point", help="the decimal mark of the file")
    score.add_argument("--date-order", choices=("day-first", "month-first"), help="how 03/04/2026 is read")
    score.add_argument("--encoding", choices=("utf-8", "windows-1252"), default="utf-8", help="the file's encoding")
    score.add_argument("--delimiter", help="the delimiter, or `tab`; default: as the header shows")
    score.add_argument("--top", type=int, default=_SHOWN_ROWS, metavar="N", help="how many leads to show")
    score.add_argument("--out", metavar="FILE", help="write all leads with their scores to this CSV file")
    return parser


def _score(options: argparse.Namespace, texts: Texts) -> list[str]:
    """Reads, scores and writes; gives what there is to say."""
    rules = Rules(Path(options.rules).read_bytes() if options.rules else None)
    reading = {name: getattr(options, name) for name in _READING}
    # A host's choice, which the output tells: the library itself reads no time without a zone.
    reading["zone"] = options.zone or "UTC"
    found = json.loads(_native.read_leads(Path(options.file).read_bytes(), encode(reading), rules._native))
    leads: list[dict[str, Any]] = found["rows"]
    file = os.path.basename(options.file)
    lines = [texts.read(len(leads), file, found["records"], found["duplicates"], found["repaired"])]
    types = rules._fields.of("lead")
    if options.zone is None and any(types.get(field) == "instant" for field in found["fields"]):
        lines.append(texts.zone())
    if found["ignored"]:
        lines.append(texts.ignored(found["ignored"]))
    at = options.at or instant(datetime.now(timezone.utc).replace(microsecond=0))
    if leads:
        scored = rules.score_leads(_columns(leads, rules._fields), at=at, lang=options.lang)
        bands: dict[str, str] = json.loads(rules._native.band_texts(options.lang))
        lines += [texts.scored(len(scored), scored.model, at), *_table(leads, scored, bands, options.top, texts)]
        if options.out:
            _write(options.out, scored, bands)
            lines.append(texts.written(len(scored), options.out))
    return lines + _refused(found, texts)


_READING = ("lang", "encoding", "delimiter", "decimal", "date_order", "currency", "map")


def _refused(found: dict[str, Any], texts: Texts) -> list[str]:
    refused: list[tuple[str, int]] = found["refused"]
    if not refused:
        return []
    lines = ["", texts.refused(found["rejects"])]
    lines += [f"  {texts.alike(first, others)}" for first, others in refused[:_SHOWN_REFUSED]]
    if len(refused) > _SHOWN_REFUSED:
        lines.append(f"  {texts.refused_more(sum(others + 1 for _, others in refused[_SHOWN_REFUSED:]))}")
    if found["hints"]:
        lines.append(f"  {texts.hint(found['hints'])}")
    return lines


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


def _table(leads: list[dict[str, Any]], scored: Scored, bands: dict[str, str], top: int, texts: Texts) -> list[str]:
    results = scored.to_dicts(list(_RESULT))
    ranked = sorted(range(len(leads)), key=lambda row: (-results[row]["score"], row))
    rows = []
    for rank, row in enumerate(ranked[: max(top, 0)], start=1):
        result = results[row]
        reasons = " · ".join(result["reasons"][:_SHOWN_REASONS])
        band = bands.get(result["band"], "-")
        rows.append((str(rank), str(result["score"]), band, result["grade"] or "-", _name(leads[row]), reasons))
    head = texts.head
    widths = [max([len(head[i]), *(min(len(row[i]), 40) for row in rows)]) for i in range(5)]
    lines = [""]
    for line in (head, *rows):
        cells = [cell[:40].rjust(w) if i < 2 else cell[:40].ljust(w) for i, (cell, w) in enumerate(zip(line, widths))]
        lines.append("  ".join((*cells, line[5])).rstrip())
    if len(ranked) > len(rows):
        lines.append(texts.more(len(ranked) - len(rows)))
    return lines


def _write(path: str, scored: Scored, bands: dict[str, str]) -> None:
    names = [name for name in scored.columns if name not in (*_RESULT, "reason_codes")]
    names += _RESULT
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(_native.csv_record([(False, name) for name in names]))
        for row in scored.to_dicts():
            row["band"] = bands.get(row["band"])
            file.write(_native.csv_record([_cell(row[name]) for name in names]))


def _cell(value: Any) -> tuple[bool, str]:
    """Whether it is a number, which no spreadsheet takes for a formula, and its text."""
    if value is None:
        return True, ""
    if isinstance(value, bool):
        return False, "true" if value else "false"
    if isinstance(value, int):
        return True, str(value)
    if isinstance(value, Decimal):
        return True, decimal_text(value)
    if isinstance(value, list):
        return False, " | ".join(str(item) for item in value)
    if isinstance(value, (date, datetime)):
        return False, value.isoformat()
    return False, str(value)
