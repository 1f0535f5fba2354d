"""What was approved on its way to channels."""

from collections.abc import Iterator
from typing import Any

import pytest

import crmkit

AT = "2026-11-23T09:00:00Z"
LATER = "2026-11-23T10:00:00Z"
OLGA: Any = {"actor": "olga", "role": "owner", "workspace": "acme", "at": AT}
ANNE: Any = {**OLGA, "actor": "anne", "role": "member"}
MAILER: Any = {**OLGA, "actor": "mailer", "role": "admin", "at": LATER}
MENTIONS = ["sender_identity", "commercial_nature", "opt_out", "data_source", "rights", "privacy_contact"]


@pytest.fixture
def crm() -> Iterator[crmkit.Crm]:
    with crmkit.Crm.memory() as opened:
        opened.run("channel.connect", {"kind": "email", "fields": {"name": "Devis"}}, **OLGA)
        yield opened


def approved(crm: crmkit.Crm, email: str = "contact@renovouest.fr") -> str:
    lead = {
        "email": email,
        "person_type": "legal_person",
        "received_at": "2026-11-20T09:00:00Z",
        "collected_from": "person",
        "informed_at": "2026-11-20T09:00:00Z",
    }
    lead_id = crm.run("lead.create", {"fields": lead}, **OLGA)["output"]["id"]
    fields = {"channel": "email", "subject": "Devis", "text": "Bonjour", "lead": lead_id, "mentions": MENTIONS}
    fields |= {"purpose": "prospecting", "topic": "other"}
    draft: str = crm.run("draft.compose", {"fields": fields}, **ANNE)["output"]["id"]
    crm.run("draft.submit", {"id": draft}, **ANNE)
    row = crm.query("get", {"record": "draft", "id": draft}, **OLGA)["row"]
    seen = {"id": draft, "revision": row["revision"], "content_hash": row["content_hash"]}
    crm.run("draft.approve", seen, **OLGA)
    return draft


def state(crm: crmkit.Crm, draft: str) -> str:
    found: str = crm.query("get", {"record": "draft", "id": draft}, **OLGA)["row"]["state"]
    return found


def test_a_dry_run_keeps_exactly_what_left(crm: crmkit.Crm) -> None:
    draft, dry = approved(crm), crmkit.DryRun()
    done = crm.deliver({"email": dry}, **MAILER)
    assert [d["settled"]["state"] for d in done["deliveries"]] == ["sent"]
    assert [(p["recipient"], p["subject"], p["text"]) for p in dry.left] == [
        ("contact@renovouest.fr", "Devis", "Bonjour")
    ]
    assert state(crm, draft) == "sent"
    assert crm.deliver({"email": dry}, **MAILER)["deliveries"] == []
    assert len(dry.left) == 1


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (crmkit.NotSent("no such mailbox\r\nX: 1", final=True), "failed"),
        (TimeoutError("no answer"), "unknown"),
        (ValueError("\0" * 5000), "unknown"),
    ],
)
def test_only_not_sent_says_that_nothing_left(crm: crmkit.Crm, raised: Exception, expected: str) -> None:
    calls = []

    def channel(parcel: dict[str, Any]) -> str | None:
        calls.append(parcel["key"])
        raise raised

    draft = approved(crm)
    done = crm.deliver({"email": channel}, **MAILER)
    assert (done["deliveries"][0]["settled"]["state"], state(crm, draft)) == (expected, expected)
    # Nothing is tried again by itself.
    crm.deliver({"email": channel}, **MAILER)
    crm.run("outbox.tick", {}, **MAILER)
    assert len(calls) == 1


def test_stopping_the_worker_loses_nothing(crm: crmkit.Crm) -> None:
    def channel(parcel: dict[str, Any]) -> str | None:
        raise KeyboardInterrupt

    draft = approved(crm)
    with pytest.raises(KeyboardInterrupt):
        crm.deliver({"email": channel}, **MAILER)
    assert state(crm, draft) == "unknown"
    item = crm.query("outbox", {"draft": draft}, **OLGA)["items"][0]
    found = crm.run("outbox.reconcile", {"id": item["id"], "found": "found", "provider_id": "m1"}, **MAILER)
    assert found["output"]["state"] == "sent"


def test_what_holds_a_message_back_is_told(crm: crmkit.Crm) -> None:
    approved(crm)
    dry = crmkit.DryRun()
    crm.run("kill_switch.stop", {"note": "odd mails"}, **ANNE)
    for _ in range(2):
        done = crm.deliver({"email": dry}, **MAILER)
        assert [[r["code"] for r in b["reasons"]] for b in done["blocked"]] == [["kill_switch"]]
    crm.run("kill_switch.resume", {}, **OLGA)
    crm.deliver({"email": lambda _: "m1"}, **MAILER)
    assert dry.left == []
    sent = crm.query("channels", {}, **OLGA)["channels"][0]
    assert (sent["kind"], sent["sent_today"]) == ("email", 1)


def test_a_round_that_is_repeated_calls_nobody_again(crm: crmkit.Crm) -> None:
    for n in range(3):
        approved(crm, f"contact@office{n}.fr")
    calls: list[str] = []

    def channel(parcel: dict[str, Any]) -> str | None:
        calls.append(parcel["key"])
        return f"m{len(calls)}"

    job = "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10"
    crm.deliver({"email": channel}, **MAILER, id=job, limit=2)
    crm.deliver({"email": channel}, **MAILER, id=job)
    assert len(calls) == len(set(calls)) == 3


def test_a_channel_that_answers_nonsense_is_believed_as_far_as_it_goes(crm: crmkit.Crm) -> None:
    def channel(parcel: dict[str, Any]) -> Any:
        parcel.clear()
        return {"message": "accepted\r\n"}

    draft = approved(crm)
    done = crm.deliver({"email": channel}, **MAILER)["deliveries"][0]
    # It returned: the message left. What it did to its own copy of the parcel is its own affair.
    assert (done["settled"]["state"], state(crm, draft)) == ("sent", "sent")
    assert done["parcel"]["recipient"] == "contact@renovouest.fr"


def test_a_late_answer_moves_what_was_unknown(crm: crmkit.Crm) -> None:
    def channel(parcel: dict[str, Any]) -> str | None:
        raise TimeoutError

    draft = approved(crm)
    parcel = crm.deliver({"email": channel}, **MAILER)["deliveries"][0]["parcel"]
    late = {"id": parcel["id"], "fence": parcel["fence"], "outcome": "sent", "provider_id": "m9"}
    assert crm.run("outbox.settle", late, **MAILER)["output"]["state"] == "sent"
    assert state(crm, draft) == "sent"
    found = crm.query("outbox", {"draft": draft}, **OLGA)["items"][0]
    assert found["provider_id"] == "m9"


def test_what_an_agent_may_only_propose_is_held(crm: crmkit.Crm) -> None:
    lead = crm.run("lead.create", {"fields": {"company": "Rénov'Ouest"}}, **OLGA)["output"]["id"]
    scout: Any = {**OLGA, "actor": "scout", "role": "agent"}
    plan = crm.plan("lead.archive", {"id": lead}, **scout)
    assert plan["held"] is True
    job = "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a11"
    held = crm.run("lead.archive", {"id": lead}, **scout, id=job)
    assert held["status"] == "held" and held["state"] == "waiting" and "output" not in held
    again = crm.run("lead.archive", {"id": lead}, **scout, id=job)
    assert again == {**held, "replayed": True}
    assert len(crm.find("lead", **OLGA)) == 1
    shown = crm.query("library", {"kind": "command", "states": ["waiting"], "lang": "fr"}, **OLGA)
    (card,) = shown["groups"][0]["cards"]
    assert (card["id"], card["command"], card["content_hash"]) == (held["draft"], "lead.archive", held["content_hash"])
    seen = {"id": held["draft"], "revision": held["revision"], "content_hash": held["content_hash"]}
    with pytest.raises(crmkit.Forbidden):
        crm.run("draft.approve", seen, **scout)
    with pytest.raises(crmkit.CrmError):
        crm.run("draft.approve", {**seen, "content_hash": "0" * 64}, **OLGA)
    done = crm.run("draft.approve", seen, **OLGA)
    assert done["status"] == "done" and done["output"]["state"] == "done"
    assert crm.find("lead", **OLGA) == []
