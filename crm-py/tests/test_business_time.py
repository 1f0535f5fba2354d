"""Business time over frames, against a walk from minute to minute."""

from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmkit

ZONE = ZoneInfo("Europe/Paris")
HOURS = {day: [["09:00", "12:30"], ["14:00", "18:00"]] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
CALENDAR: dict[str, Any] = {
    "id": "support",
    "zone": "Europe/Paris",
    "weekly": HOURS | {"saturday": [["22:00", "30:00"]]},
    "holidays": ["2026-03-31", "2026-04-01"],
}
# A week in which the clocks go forward, on Sunday between 02:00 and 03:00.
START = datetime(2026, 3, 26, tzinfo=timezone.utc)


def is_open(at: datetime) -> bool:
    """What the clocks of Paris say; the night before a Sunday belongs to the Saturday."""
    local = at.astimezone(ZONE)
    minute = local.hour * 60 + local.minute
    if local.weekday() == 6:
        return minute < 6 * 60
    if local.weekday() == 5:
        return minute >= 22 * 60
    closed = local.date() in (date(2026, 3, 31), date(2026, 4, 1))
    return not closed and (9 * 60 <= minute < 12 * 60 + 30 or 14 * 60 <= minute < 18 * 60)


def runs(at: datetime, pauses: list[tuple[datetime, datetime]]) -> bool:
    return is_open(at) and not any(start <= at < end for start, end in pauses)


def minutes(start: int) -> datetime:
    return START + timedelta(minutes=start)


ticket = st.tuples(
    st.integers(0, 9_000), st.integers(0, 4_000), st.integers(1, 900),
    st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 600)), max_size=3),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(ticket, min_size=1, max_size=8), st.booleans(), st.integers(1, 3))
def test_a_walk_from_minute_to_minute_agrees(tickets: list[Any], many: bool, threads: int) -> None:
    pa = pytest.importorskip("pyarrow")
    wanted = []
    for start, long, target, breaks in tickets:
        pauses = [(minutes(at), minutes(at + length)) for at, length in breaks]
        took = sum(runs(minutes(start + passed), pauses) for passed in range(long))
        passed, left = 0, target
        while left:
            left -= runs(minutes(start + passed), pauses)
            passed += 1
        wanted.append((minutes(start), minutes(start + long), target, pauses, minutes(start + passed), took * 60))
    # Enough rows for the calendar to be laid out, or too few.
    rows = wanted * (2_000 // len(wanted) if many else 1)
    table = frame(rows, of_lists=many)
    due = pa.table(crmkit.sla_due(table, calendar=CALENDAR, pauses="on_hold", threads=threads))
    assert due["due"].to_pylist() == [row[4] for row in rows]
    took = pa.table(crmkit.sla_elapsed(table, calendar=CALENDAR, pauses="on_hold", threads=threads))
    assert took["working_seconds"].to_pylist() == [row[5] for row in rows]
    assert took["problem"].null_count == due["problem"].null_count == len(rows)


def frame(rows: list[Any], *, of_lists: bool) -> Any:
    """Tickets with pauses as pairs with names, or as lists of two."""
    pa = pytest.importorskip("pyarrow")
    time = pa.timestamp("us", "UTC")
    starts, ends, targets, pauses = (list(column) for column in list(zip(*rows))[:4])
    held: Any = pa.list_(pa.list_(time)) if of_lists else pa.list_(pa.struct([("from", time), ("to", time)]))
    if not of_lists:
        pauses = [[{"from": start, "to": end} for start, end in one] for one in pauses]
    return pa.table({
        "created_at": pa.array(starts, pa.timestamp("ms", "Europe/Paris")), "resolved_at": pa.array(ends, time),
        "target_minutes": pa.array(targets, pa.int32()), "on_hold": pa.array(pauses, held),
    })  # fmt: skip


TICKETS: dict[str, list[Any]] = {
    "created_at": [datetime(2026, 3, 26, 10, tzinfo=timezone.utc), None, datetime(2026, 3, 30, 6, tzinfo=timezone.utc)],
    "resolved_at": [datetime(2026, 3, 26, 9, tzinfo=timezone.utc), datetime(2026, 3, 26, 9, tzinfo=timezone.utc), None],
    "target_minutes": [90, 60, None],
}


def test_no_row_is_lost() -> None:
    due = crmkit.sla_due(TICKETS, calendar=CALENDAR, lang="fr", keep="none")
    assert due.columns == ["due", "problem", "problem_text"]
    rows = due.to_dicts()
    assert rows[0]["due"] == datetime(2026, 3, 26, 11, 30, tzinfo=timezone.utc)
    assert [row["problem"] for row in rows] == [None, "missing_start", "missing_target"]
    assert rows[0]["problem_text"] is None and "created_at" in rows[1]["problem_text"]
    assert due.answer["problems"] == {"missing_start": 1, "missing_target": 1} and due.answer["answered"] == 1
    took = crmkit.sla_elapsed(TICKETS, calendar=CALENDAR)
    assert [row["problem"] for row in took.to_dicts()] == ["end_before_start", "missing_start", "missing_end"]


def test_a_target_for_all_rows() -> None:
    rules = crmkit.Rules({"calendar": [CALENDAR]})
    for target in ({"target": timedelta(hours=2)}, {"target": 120, "unit": "minutes"}):
        due = rules.sla_due(TICKETS, keep="none", **target).to_dicts()  # type: ignore[arg-type]
        assert due[0]["due"] == datetime(2026, 3, 26, 13, 30, tzinfo=timezone.utc)
        assert due[2]["due"] == datetime(2026, 3, 30, 9, tzinfo=timezone.utc)
    with pytest.raises(ValueError, match="whole seconds"):
        rules.sla_due(TICKETS, target=timedelta(microseconds=1))


def test_each_row_may_have_its_calendar() -> None:
    always = {"id": "always", "zone": "UTC", "weekly": {day: [["00:00", "24:00"]] for day in (*HOURS, "saturday", "sunday")}}
    rules = crmkit.Rules({"calendar": [CALENDAR, always]})
    tickets = {"created_at": [START] * 4, "target_minutes": [60] * 4, "desk": ["always", "support", None, "nobody"]}
    found = rules.sla_due(tickets, calendar="support", calendar_column="desk").to_dicts()
    hour = timedelta(hours=1)
    assert [row["due"] for row in found] == [START + hour, START + 9 * hour, START + 9 * hour, None]
    assert found[3]["problem"] == "unknown_calendar"


@pytest.mark.parametrize("engine", ["polars", "pandas", "pyarrow", "duckdb"])
def test_any_frame_will_do(engine: str) -> None:
    pa = pytest.importorskip("pyarrow")
    library = pytest.importorskip(engine)
    table = frame([(START, START + timedelta(hours=12), 60, [(START, START + timedelta(hours=9))])] * 3, of_lists=False)
    given = {
        "polars": lambda: library.from_arrow(table),
        "pandas": lambda: table.to_pandas(types_mapper=library.ArrowDtype),
        "pyarrow": lambda: table,
        "duckdb": lambda: library.from_arrow(table),
    }[engine]()
    due = pa.table(crmkit.sla_due(given, calendar=CALENDAR, pauses="on_hold", keep="none"))
    assert due["due"].to_pylist() == [START + timedelta(hours=10)] * 3
    took = pa.table(crmkit.sla_elapsed(given, calendar=CALENDAR, pauses="on_hold", keep="none"))
    # Until 13:00 in Paris, an hour of it paused and half an hour of lunch.
    assert took["working_seconds"].to_pylist() == [9_000] * 3


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"start": "created"}, "start"),
        ({"calendar": None}, None),
        ({"calendar": "nobody"}, "calendar"),
        ({"target": "resolved_at"}, "resolved_at"),
        ({"target": 4}, None),
        ({"unit": "days"}, "unit"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, Any], field: str | None) -> None:
    with pytest.raises(crmkit.InvalidInput) as refused:
        crmkit.sla_due(TICKETS, **({"calendar": CALENDAR} | options))
    assert refused.value.field == field


def test_times_without_zone_need_one() -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"created_at": pa.array([datetime(2026, 3, 26, 11)], pa.timestamp("us")), "target_minutes": [60]})
    with pytest.raises(crmkit.InvalidInput, match="zone"):
        crmkit.sla_due(table, calendar=CALENDAR)
    due = pa.table(crmkit.sla_due(table, calendar=CALENDAR, zone="Europe/Paris"))
    assert due["due"].to_pylist() == [datetime(2026, 3, 26, 11, tzinfo=timezone.utc)]
