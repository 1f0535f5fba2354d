"""A review of a Zoho export as it is: its files into a SQLite store, what was refused and where, and reports over the rest.

    python examples/python/zoho_review.py FOLDER [--lang en|fr] [--at DAY] [--database FILE] [--totals FILE]

FOLDER holds the modules as Zoho exports them: Users.csv, Accounts.csv, Contacts.csv, Leads.csv, Potentials.csv (deals),
Cases.csv, Tasks.csv, Campaigns.csv and Calls.csv. `--totals` writes the numbers as JSON, so that they can be checked by
other means.

The review is of a day: without `--at`, of the first day of the month after the last record was made. A record that tells of
something later, such as a deal that was won next month, is refused, and so is a cell that cannot be read, each with its
line and column. What the export does not say is not guessed: how likely a deal is (its column says 0 or 100 of deals of any
stage), and through which stages it came."""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import crmkit
from zoho_export import CURRENCY, MODULES, STAGES, Module, Refused, Unread, Wrong, lines, moment, read
from zoho_texts import FILES, amount, count, month, number, share, words
from zoho_texts import STAGES as STAGE_NAMES
from zoho_texts import date as shown_date

BATCH = 1000
SHOWN = 3
LINKED = ("contact", "account", "lead")


class Import:
    """What of the export came in, by file."""

    def __init__(self, crm: crmkit.Crm, folder: Path, when: dict[str, Any]) -> None:
        self.crm, self.folder, self.when = crm, folder, when
        self.tally: dict[str, Counter[str]] = defaultdict(Counter)
        self.refused: list[Refused] = []
        # The ids of the store by the numbers of the export.
        self.ids: dict[str, dict[str, str]] = {}

    def run(self) -> None:
        for module in MODULES:
            tally = self.tally[module.file]
            rows: list[tuple[int, dict[str, Any]]] = []
            seen: set[tuple[str, ...]] = set()
            for line, row in lines(self.folder, module):
                tally["lines"] += 1
                cells = tuple(row.values())
                if module.number is None and cells in seen:
                    tally["repeated"] += 1
                    continue
                seen.add(cells)
                fields, unread = read(module, row)
                try:
                    if unread is None:
                        fields |= self.completed(module, row, fields)
                except Unread as problem:
                    unread = (next(iter(module.derived.values())), str(problem.args[0]))
                if unread is not None:
                    self.refused.append(Refused(module.file, line, *unread))
                    continue
                fields["external_id"] = row[module.number] if module.number else str(line)
                rows.append((line, fields))
            if module.record == "activity":
                self.log(module, rows)
            else:
                self.insert(module, rows)
            tally["refused"] = sum(refused.file == module.file for refused in self.refused)
            tally["taken"] = tally["lines"] - tally["repeated"] - tally["refused"]

    def completed(self, module: Module, row: dict[str, str], fields: dict[str, Any]) -> dict[str, Any]:
        """What follows from several columns."""
        if module.record == "deal":
            closed = fields.get("stage", "").startswith("closed_")
            ends = {"closed_at": moment(row["Closing Date"])} if closed else {"stage_entered_at": fields["opened_at"]}
            return {"pipeline": "zoho", **ends}
        if module.record == "ticket":
            # A case has no subject in the export.
            closed = fields.get("status") == "closed"
            return {"subject": row["Case Origin"], **({"closed_at": moment(row["Modified Time"])} if closed else {})}
        if module.record == "task":
            return {"completed_at": moment(row["Modified Time"])} if row["Status"] == "Completed" else {}
        links: dict[str, Any] = {}
        for record, column in module.derived.items():
            named = row[column] if row[column] != "0" else ""
            found = self.ids.get(record, {}).get(named)
            if found:
                links[record] = found
            elif named:
                self.tally[module.file]["dangling"] += 1
        return links

    def insert(self, module: Module, rows: list[tuple[int, dict[str, Any]]]) -> None:
        for first in range(0, len(rows), BATCH):
            batch = [{"line": line, "fields": fields} for line, fields in rows[first : first + BATCH]]
            output = self.crm.run(f"{module.record}.import", {"source": "zoho", "rows": batch}, **self.when)["output"]
            self.tally[module.file]["repeated"] += output["skipped"]
            for rejected in output["rejected"]:
                self.reject(module, rejected["line"], rejected["error"]["field"], rejected["error"]["message"])
        if module.record in LINKED:
            kept = self.crm.find(module.record, limit=len(rows) + 1, **self.when)
            self.ids[module.record] = {row["external_id"]: row["id"] for row in kept}

    def log(self, module: Module, rows: list[tuple[int, dict[str, Any]]]) -> None:
        """Calls are not imported but logged, each by a command whose id is the call's: a second run logs nothing twice."""
        for line, fields in rows:
            number = fields.pop("external_id")
            command = uuid5(NAMESPACE_URL, f"zoho call {number}")
            try:
                self.crm.run("activity.log", {"fields": {"kind": "call", **fields}}, **self.when, id=command)
            except crmkit.InvalidInput as error:
                message = {lang: error.message(lang) for lang in ("en", "fr")}
                self.reject(module, line, str(error.field or ""), message)

    def reject(self, module: Module, line: int, name: str, reason: dict[str, str]) -> None:
        self.refused.append(Refused(module.file, line, module.column(name.split(".")[0]), reason))


class Review:
    """Prints the review, and keeps its totals."""

    def __init__(self, crm: crmkit.Crm, when: dict[str, Any], lang: str) -> None:
        self.crm, self.when, self.lang, self.text = crm, when, lang, words(lang)
        self.last = date.fromisoformat(when["at"][:10])
        self.first = (self.last - timedelta(days=1)).replace(month=1, day=1)
        self.window = {"fixed": {"from": self.first.isoformat(), "to": self.last.isoformat()}}
        self.totals: dict[str, Any] = {}

    def heading(self, key: str, *rest: str) -> None:
        print(f"\n{self.text[key]}", *(self.text[line] for line in rest), sep="\n")

    def line(self, key: str, **values: Any) -> None:
        shown = {name: count(value, self.lang) if isinstance(value, int) else value for name, value in values.items()}
        print(self.text[key].format(**shown).rstrip())

    def report(self, name: str, kind: str, **spec: Any) -> dict[str, Any]:
        body = {"report": {"kind": kind, "window": self.window, **spec}, "lang": self.lang}
        self.totals[name] = self.crm.query("report", body, **self.when)
        answer: dict[str, Any] = self.totals[name]
        return answer

    def imported(self, done: Import) -> None:
        days = {"day": shown_date(self.when["at"], self.lang), "first": shown_date(self.first.isoformat(), self.lang)}
        self.line("title", **days)
        self.heading("imported", "import_head")
        for file, tally in done.tally.items():
            keys = ("lines", "taken", "repeated", "refused", "dangling")
            self.line("import_line", name=FILES[file][self.lang], **{key: tally[key] for key in keys})
        if any(tally["dangling"] for tally in done.tally.values()):
            self.line("dangling")
        self.heading("refused")
        if not done.refused:
            self.line("nothing_refused")
        groups: dict[tuple[str, str], list[Refused]] = defaultdict(list)
        for refused in done.refused:
            groups[refused.file, refused.column].append(refused)
        for (file, column), group in groups.items():
            for one in group[:SHOWN]:
                reason = self.text[one.reason] if isinstance(one.reason, str) else one.reason[self.lang]
                print(self.text["refused_line"].format(file=file, line=one.line, column=column, reason=reason))
            if len(group) > SHOWN:
                self.line("refused_more", count=len(group) - SHOWN, column=column, file=file)
        self.totals["imported"] = done.tally
        self.totals["refused"] = [[one.file, one.line, one.column] for one in done.refused]

    def leads(self) -> None:
        answer = self.report("leads", "lead_volume")
        self.heading("leads", "leads_head")
        for row in [*answer["rows"], {"source": self.text["total"], **answer["total"]}]:
            figures = {"created": row["created"], "converted": row["converted"], "merged": row["duplicates_merged"]}
            rate = share(row["conversion_rate"]["bp"], self.lang)
            self.line("leads_line", name=row["source"] or self.text["nobody"], rate=rate, **figures)

    def wins(self) -> None:
        answer = self.report("wins", "win_rate", currency=CURRENCY)
        self.heading("wins", "wins_head")
        for row in [*answer["rows"], {"owner": self.text["total"], **answer["total"]}]:
            median = row["won_days"]["median"]
            days = number(median["days"], self.lang) if median else "–"
            shown = {"rate": share(row["win_rate"]["bp"], self.lang), "value": amount(row["won_value"], self.lang)}
            name = row["owner"] or self.text["nobody"]
            self.line("wins_line", name=name, won=row["won"], lost=row["lost"], days=days, **shown)
        self.line("days_note")

    def stages(self) -> None:
        answer = self.report("stages", "stage_conversion", group_by=["stage"])
        self.heading("stages", "stages_note", "stages_head")
        order = list(STAGE_NAMES)
        for row in sorted(answer["rows"], key=lambda row: order.index(row["stage"])):
            self.stage(STAGE_NAMES[row["stage"]][self.lang], row)
        self.stage(self.text["total"], answer["total"])

    def stage(self, name: str, row: dict[str, Any]) -> None:
        figures = {key: row[key] for key in ("entered", "advanced", "lost")}
        self.line("stages_line", name=name, still=row["still_there"], **figures)

    def support(self) -> None:
        answer = self.report("support", "support_volume", by="month", group_by=[])
        self.heading("support", "support_head")
        for row in [*answer["rows"], {"from": None, **answer["total"]}]:
            name = self.text["total"] if row["from"] is None else month(row["from"], self.lang)
            ends = {"start": row["backlog_start"], "end": row["backlog_end"]}
            self.line("support_line", name=name, opened=row["opened"], resolved=row["resolved"], **ends)
        identity = answer["identity"]
        start, end = identity["backlog_start"], identity["backlog_end"]
        self.line("holds" if identity["holds"] else "fails", start=start, came=identity["came"], went=identity["went"], end=end)

    def board(self) -> None:
        board = self.crm.query("board", {"currency": CURRENCY, "cards": 0, "window": self.window, "lang": self.lang}, **self.when)
        self.totals["board"] = board
        self.heading("board", "board_head")
        for column in board["columns"]:
            for figures in column["figures"]:
                self.line("board_line", name=column["name"], count=figures["count"], value=amount(figures["value"], self.lang))

    def forecast(self) -> None:
        quarter = date(self.last.year, self.last.month - (self.last.month - 1) % 3, 1)
        periods = {"unit": "quarter", "from": quarter.isoformat(), "to": after(quarter, 6).isoformat()}
        answer = self.crm.query("forecast", {"periods": periods, "currency": CURRENCY, "lang": self.lang}, **self.when)
        self.totals["forecast"] = answer
        self.heading("forecast", "forecast_head")
        for period in answer["periods"]:
            won, still = period["categories"]["closed"], period["open"]
            shown = {"won": amount(won["amount"], self.lang), "open": amount(still["amount"], self.lang)}
            self.line("forecast_line", name=period["period"]["text"], count=won["count"] + still["count"], **shown)
        self.line("before", count=answer["outside"]["before"])

    def work(self, done: Import) -> None:
        tasks = self.crm.find("task", limit=1_000_000, **self.when)
        still = [task for task in tasks if task.get("completed_at") is None]
        late = [task for task in still if task["due_at"].isoformat() < self.when["at"]]
        calls = self.crm.find("activity", limit=1_000_000, **self.when)
        linked = sum(any(call.get(record) for record in LINKED) for call in calls)
        seconds = sum(call.get("duration_seconds") or 0 for call in calls)
        campaigns = self.crm.find("campaign", limit=1_000_000, **self.when)
        spent = {key: str(sum((row[key]["amount"] for row in campaigns), Decimal(0))) for key in ("cost", "budget")}
        self.totals["work"] = {
            "tasks": len(tasks), "open": len(still), "late": len(late), "calls": len(calls), "linked": linked,
            "seconds": seconds, **spent,
        }  # fmt: skip
        self.heading("work")
        self.line("tasks", open=len(still), tasks=len(tasks), late=len(late))
        hours = f"{count(seconds // 3600, self.lang)}\u00a0h"
        self.line("calls", calls=len(calls), hours=hours, linked=linked)
        shown = {key: amount(value, self.lang) for key, value in spent.items()}
        self.line("spent", campaigns=len(campaigns), **shown)


def after(first: date, months: int) -> date:
    """The first day of a month so many months later."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def last_made(folder: Path) -> date:
    """The first day of the month after the last record was made."""
    made = [""]
    for module in MODULES:
        for _, row in lines(folder, module):
            if re.match(r"\d", row.get("Created Time", "")):
                try:
                    made.append(moment(row["Created Time"])[:10])
                except Unread:
                    continue
    return after(date.fromisoformat(max(made) or "1970-01-01").replace(day=1), 1)


def pipeline(crm: crmkit.Crm, when: dict[str, Any], lang: str) -> None:
    kinds = {"closed_won": "won", "closed_lost": "lost"}
    stages = [
        {"code": code, "name": STAGE_NAMES[code][lang], **({"kind": kinds[code]} if code in kinds else {"probability_bp": 5000})}
        for code in STAGES.values()
    ]
    crm.run("pipeline.create", {"code": "zoho", "name": "Zoho", "stages": stages}, **when)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lang", choices=("en", "fr"), default="en")
    parser.add_argument("--at", type=date.fromisoformat, metavar="DAY", help="the day of the review, such as 2021-05-01")
    parser.add_argument("--database", type=Path, help="a new SQLite file to keep; without it a temporary one")
    parser.add_argument("--totals", type=Path, help="where to write the numbers as JSON")
    given = parser.parse_args()
    if given.database and given.database.exists():
        parser.error(f"{given.database} is there already")
    text = words(given.lang)
    try:
        as_of = given.at or last_made(given.folder)
        when: dict[str, Any] = {"actor": "review", "role": "admin", "workspace": "zoho", "at": f"{as_of}T00:00:00Z"}
        with tempfile.TemporaryDirectory() as folder:
            with crmkit.Crm.open(given.database or Path(folder) / "review.db") as crm:
                pipeline(crm, when, given.lang)
                done = Import(crm, given.folder, when)
                done.run()
                review = Review(crm, when, given.lang)
                review.imported(done)
                review.leads()
                review.wins()
                review.stages()
                review.support()
                review.board()
                review.forecast()
                review.work(done)
    except Wrong as wrong:
        file, columns = wrong.args
        key = "lacking" if columns else "not_there"
        parser.error(text[key].format(file=file, folder=given.folder, columns=", ".join(columns)))
    if given.totals:
        given.totals.write_text(json.dumps(review.totals, ensure_ascii=False, indent=1, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()
