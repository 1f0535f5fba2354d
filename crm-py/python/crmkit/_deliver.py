"""Giving what was approved to channels: start, call once, settle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID, uuid5

from crmkit._errors import Busy, Conflict, CrmError, Forbidden, NotFound, StorageError

if TYPE_CHECKING:
    from crmkit._crm import Crm

Channel: TypeAlias = Callable[[dict[str, Any]], "str | None"]

# How often the answer of a channel is written down again where the store fails. The channel is called once.
_MOST_SETTLES = 5
_MOST_NOTE = 500
_PAGE = 100


class NotSent(Exception):
    """What a channel raises where it is certain that nothing left. Any other exception says that nobody knows.

    `final` where trying again is of no use, for example since there is no such mailbox.
    """

    def __init__(self, why: str = "", *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


class DryRun:
    """A channel that keeps what it is given, in `left`, and sends nothing."""

    dry_run = True

    def __init__(self) -> None:
        self.left: list[dict[str, Any]] = []

    def __call__(self, parcel: dict[str, Any]) -> None:
        self.left.append(parcel)


def deliver(
    crm: Crm, channels: Mapping[str, Channel], who: Mapping[str, Any], worker: str, job: UUID, limit: int
) -> dict[str, Any]:
    """What `Crm.deliver` does."""
    done: dict[str, Any] = {"deliveries": [], "blocked": [], "expired": [], "passed_over": []}
    tried: set[str] = set()
    # What was held back before comes last, so that it holds up nothing else.
    for state in ("queued", "blocked"):
        for kind, channel in channels.items():
            for item in _due(crm, who, state, kind):
                if len(done["deliveries"]) >= limit:
                    return done
                if item["id"] not in tried:
                    tried.add(item["id"])
                    _deliver_one(crm, channel, who, worker, job, item, done)
    return done


def _due(crm: Crm, who: Mapping[str, Any], state: str, kind: str) -> Iterator[dict[str, Any]]:
    """The rows that may be started now: a page has them first."""
    after: str | None = None
    while True:
        body = {"states": [state], "channel": kind, "limit": _PAGE, "after": after}
        page = crm.query("outbox", body, **who)
        for item in page["items"]:
            if not item["is_due"]:
                return
            yield item
        after = page["next"]
        if after is None:
            return


def _deliver_one(
    crm: Crm,
    channel: Channel,
    who: Mapping[str, Any],
    worker: str,
    job: UUID,
    item: dict[str, Any],
    done: dict[str, Any],
) -> None:
    body = {"id": item["id"], "worker": worker, "dry_run": getattr(channel, "dry_run", False) is True}
    # The id follows from the row as it is: whoever repeats the round repeats no call.
    begin = uuid5(job, f"start {item['id']} {item['version']}")
    try:
        if item["state"] == "blocked":
            plan = crm.plan("outbox.start", body, **who, id=begin)
            if not plan["changes"]:
                done["blocked"].append(plan["output"])
                return
        answer = crm.run("outbox.start", body, **who, id=begin)
    except (Conflict, NotFound, Forbidden):
        # Somebody else began it, or it changed meanwhile.
        done["passed_over"].append(item["id"])
        return
    started = answer["output"]
    if started["status"] != "started":
        done[started["status"]].append(started)
        return
    if answer["replayed"]:
        # It began before, and nobody knows whether the channel was called.
        done["passed_over"].append(item["id"])
        return
    parcel: dict[str, Any] = started["parcel"]
    stopped: BaseException | None = None
    try:
        provider_id = channel(dict(parcel))
        outcome: dict[str, Any] = {"outcome": "sent"}
        if provider_id is not None:
            outcome |= _kept(provider_id)
    except NotSent as why:
        outcome = {"outcome": "failed", "is_final": why.final, "note": _note(why)}
    except BaseException as why:  # noqa: BLE001  whatever it was, nobody knows whether the message left
        outcome = {"outcome": "unknown", "note": _note(why)}
        stopped = None if isinstance(why, Exception) else why
    settled = _settle(crm, who, job, parcel, outcome)
    done["deliveries"].append({"parcel": parcel, "answer": outcome, **settled})
    if stopped is not None:
        raise stopped


def _settle(
    crm: Crm, who: Mapping[str, Any], job: UUID, parcel: dict[str, Any], outcome: dict[str, Any]
) -> dict[str, Any]:
    body = {"id": parcel["id"], "fence": parcel["fence"], **outcome}
    command = uuid5(job, f"settle {parcel['id']} {parcel['fence']}")
    error: CrmError | None = None
    for _ in range(_MOST_SETTLES):
        try:
            return {"settled": crm.run("outbox.settle", body, **who, id=command)["output"], "error": None}
        except (Busy, StorageError) as failed:
            error = failed
        except CrmError as failed:
            return {"settled": None, "error": failed}
    return {"settled": None, "error": error}


def _kept(provider_id: object) -> dict[str, str]:
    """A provider's id that can be kept; one that cannot is no reason to doubt that the message left."""
    text = str(provider_id)
    if text.strip() and text.isprintable() and len(text) <= 998:
        return {"provider_id": text}
    return {"note": "the channel's id cannot be kept"}


def _note(why: BaseException) -> str:
    text = f"{type(why).__name__}: {why}"
    return "".join(c if c.isprintable() else " " for c in text).strip()[:_MOST_NOTE]
