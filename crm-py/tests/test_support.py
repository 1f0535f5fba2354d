"""Tickets, tasks and who sees them, through Python."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import crmkit

AT = datetime(2026, 11, 20, 16, 30, tzinfo=timezone.utc)
ADA: Any = {"actor": "ada", "role": "admin", "workspace": "acme"}
PAUL: Any = {**ADA, "actor": "paul", "role": "member", "at": AT}
ZOE: Any = {**PAUL, "actor": "zoé"}
HOURS = [["09:00", "18:00"]]
RULES = {
    "calendar": [{"id": "office", "zone": "Europe/Paris", "weekly": {"monday": HOURS, "friday": HOURS}}],
    "sla": {
        "policies": [
            {"id": "all", "is_default": True, "calendar": "office", "targets": {"*": {"first_response": "2h"}}}
        ]
    },
    "access": {"roles": {"member": {"read": "own", "write": "own"}}},
}


@pytest.fixture(params=["memory", "file"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    rules = crmkit.Rules(RULES)
    opened = crmkit.Crm.memory(rules) if request.param == "memory" else crmkit.Crm.open(tmp_path / "day.db", rules)
    with opened:
        yield opened


def made(crm: crmkit.Crm, record: str, fields: dict[str, Any]) -> str:
    done = crm.run(f"{record}.create", {"fields": fields}, **ADA, at=AT)
    return str(done["output"]["id"])


def test_alerts_are_told_once_however_late_somebody_asks(crm: crmkit.Crm) -> None:
    leak = made(crm, "ticket", {"subject": "Fuite", "owner": "paul"})
    row = crm.find("ticket", {"field": "subject", "op": "eq", "value": "fuite"}, **PAUL)[0]
    # Half an hour is left on Friday, an hour and a half on Monday.
    assert row["id"] == leak and row["sla_due_at"] == datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc)
    late = AT + timedelta(days=10)
    told = crm.run("ticket.tick", {}, **ADA, at=late)["output"]["alerts"]
    assert [(alert["kind"], alert["effective_at"][:19]) for alert in told] == [("breached", "2026-11-23T09:30:00")]
    assert crm.run("ticket.tick", {}, **ADA, at=late + timedelta(minutes=1))["output"]["alerts"] == []
    alert = crm.find("sla_alert", **{**PAUL, "at": late})[0]
    assert alert["effective_at"].replace(microsecond=0) == row["sla_due_at"]
    assert crm.query("verify", **ADA, at=late)


def test_what_is_not_seen_is_not_there(crm: crmkit.Crm) -> None:
    leak = made(crm, "ticket", {"subject": "Fuite", "owner": "paul"})
    task = made(crm, "task", {"title": "Tuiles", "assignee": "paul", "due_date": date(2026, 11, 23)})
    assert [row["due_date"] for row in crm.find("task", **PAUL)] == [date(2026, 11, 23)]
    assert crm.find("task", **ZOE) == crm.find("ticket", **ZOE) == []
    assert crm.query("inbox", {"user": "zoé"}, **ZOE)["items"] == []
    assert {item["id"] for item in crm.query("inbox", **PAUL)["items"]} == {leak, task}

    def refused(id: str) -> tuple[str, str]:  # noqa: A002
        with pytest.raises(crmkit.NotFound) as error:
            crm.run("ticket.resolve", {"id": id}, **ZOE)
        return error.value.code, error.value.message("fr").replace(id, "...")

    assert refused(leak) == refused(str(uuid4()))
    can = crm.query("can", {"command": "ticket.resolve", "id": leak, "lang": "fr"}, **PAUL)
    assert can["allowed"] and all(reason["text"] for reason in can["decided_by"])
    crm.run("ticket.resolve", {"id": leak}, **PAUL)
