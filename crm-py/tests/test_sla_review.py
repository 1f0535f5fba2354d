"""The review of promises, run as a person would, beside a computation of its own in `csv` and `datetime`."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from conftest import Review

ROOT = Path(__file__).parents[2]
REVIEW = ROOT / "examples" / "python" / "sla_review.py"
DATA = "c_tickets_uci_incident_log"
SAMPLE = ROOT / "examples" / "data" / "incidents"
DESK = ZoneInfo("America/Los_Angeles")
# The working days that each priority has.
DAYS = {"1 - Critical": 3, "2 - High": 3, "3 - Moderate": 7, "4 - Low": 15}
DAY_SECONDS = 9 * 3600


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=timezone.utc)


def shift(day: date) -> tuple[datetime, datetime]:
    """When the desk works on a day, in UTC."""
    begin, end = (datetime.combine(day, time(hour), DESK).astimezone(timezone.utc) for hour in (8, 17))
    return (begin, end) if day.weekday() < 5 else (begin, begin)


def worked(start: datetime, end: datetime) -> int:
    day, seconds = start.astimezone(DESK).date(), 0
    while day <= end.astimezone(DESK).date():
        begin, over = shift(day)
        seconds += max(0, int((min(over, end) - max(begin, start)).total_seconds()))
        day += timedelta(1)
    return seconds


def due(start: datetime, seconds: int) -> datetime:
    """The first instant at which so much was worked."""
    day = start.astimezone(DESK).date()
    while True:
        begin, over = shift(day)
        begin = max(begin, start)
        if over > begin and (over - begin).total_seconds() >= seconds:
            return begin + timedelta(seconds=seconds)
        seconds -= max(0, int((over - begin).total_seconds()))
        day += timedelta(1)


class Walk:
    """One incident, event by event: a promise is of the priority then, and what is broken stays broken."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self.opened = instant(rows[0]["opened_at"])
        self.priority, self.made = rows[-1]["priority"], rows[-1]["made_sla"] == "true"
        self.due, broken = due(self.opened, DAYS[rows[0]["priority"]] * DAY_SECONDS), False
        for row in rows:
            at = instant(row["sys_updated_at"])
            broken = broken or at > self.due
            if row["incident_state"] == "Closed":
                break
            if not broken:
                self.due = due(self.opened, DAYS[row["priority"]] * DAY_SECONDS)
                broken = at > self.due
        self.state, self.used = "breached" if broken else "met", worked(self.opened, at)


def walks(folder: Path) -> dict[str, Walk]:
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / "incident_event_log.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["number"]].append(row)
    assert all("Closed" in [row["incident_state"] for row in events] for events in rows.values())
    return {number: Walk(events) for number, events in rows.items()}


def test_every_incident_is_due_and_kept_as_a_walk_over_its_days_says(folder: Path, review: Review) -> None:
    _, totals = review(folder)
    expected = {
        number: {"state": walk.state, "due_at": f"{walk.due:%Y-%m-%dT%H:%M:%SZ}", "used_seconds": walk.used}
        for number, walk in walks(folder).items()
    }
    differing = {n: (totals["clocks"].get(n), clock) for n, clock in expected.items() if totals["clocks"].get(n) != clock}
    assert differing == {} and totals["clocks"].keys() == expected.keys()


def test_the_figures_add_up(folder: Path, review: Review) -> None:
    _, totals = review(folder)
    by_priority: dict[str, list[Walk]] = defaultdict(list)
    for walk in walks(folder).values():
        by_priority[walk.priority].append(walk)
    for priority, of in by_priority.items():
        pairs = Counter((walk.state == "met", walk.made) for walk in of)
        used = [walk.used for walk in of]
        assert totals["priorities"].pop(priority) == {
            "incidents": len(of),
            "kept_made": pairs[True, True], "kept_missed": pairs[True, False],
            "broken_made": pairs[False, True], "broken_missed": pairs[False, False],
            "used_seconds": {"sum": sum(used), "median": median(used)},
        }
    assert totals["priorities"] == {}
    agree = sum((walk.state == "met") == walk.made for of in by_priority.values() for walk in of)
    assert totals["agree"] == agree


def test_the_log_of_a_real_desk(data_set: Callable[[str], Path], review: Review) -> None:
    _, totals = review(data_set(DATA))
    told = ("incidents", "kept_made", "kept_missed", "broken_made", "broken_missed")
    assert {priority: tuple(counts[name] for name in told) for priority, counts in totals["priorities"].items()} == {
        "1 - Critical": (18, 0, 0, 0, 18),
        "2 - High": (22, 0, 0, 0, 22),
        "3 - Moderate": (1347, 835, 0, 1, 511),
        "4 - Low": (40, 33, 0, 0, 7),
    }
    assert (totals["agree"], totals["differing"]) == (1426, ["INC0025735"])


def test_what_is_not_there_is_told(tmp_path: Path, refusal: Callable[..., str]) -> None:
    assert "has no incident_event_log.csv" in refusal(str(tmp_path))
    assert "has no incident INC1" in refusal("--explain", "INC1")


def test_the_review_of_the_sample_reads_as_it_should(review: Review) -> None:
    english, totals = review(SAMPLE)
    assert english == (SAMPLE / "review.txt").read_text(encoding="utf-8")
    # By hand: seven days of nine hours from a Tuesday's first hour end with the next Wednesday; it was closed on a Sunday,
    # a Thursday and a Friday later.
    late = {"state": "breached", "due_at": "2026-03-19T00:00:00Z", "used_seconds": 81 * 3600}
    assert totals["clocks"]["INC0900007"] == late
    french, same = review(SAMPLE, "--lang", "fr", "--explain", "INC0900001")
    assert same == totals
    assert french.startswith("8 incidents et 36 événements, ouverts du 02/03/2026 au 12/03/2026\n")
    assert "  7 sur 8 concordent (87,5\u00a0%)\n" in french
    # From ten past eight on a Monday to a Sunday: 8 h 50 and four days.
    kept = "engagement tenu, 44\u00a0h 50\u00a0min de temps ouvré sur 63\u00a0h"
    assert french.splitlines()[-1] == f"  première résolution\u00a0: {kept}"
