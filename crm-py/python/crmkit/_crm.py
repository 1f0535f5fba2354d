"""Records, commands and questions over a store."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid4, uuid5

from crmkit import _native
from crmkit._deliver import Channel, deliver
from crmkit._rules import Rules
from crmkit._values import Fields, encode, instant, read

Role: TypeAlias = Literal["owner", "admin", "manager", "member", "viewer", "agent"]

# Of one command `lead.score`.
_MOST_LEADS = 500


class Crm:
    """An open CRM. Open it with `Crm.open` or `Crm.memory`, close it with `close` or a ``with`` block.

    Threads may share it. A forked process opens its own.
    """

    def __init__(self) -> None:
        raise TypeError("use Crm.open(path) or Crm.memory()")

    _engine: _native.Crm
    _fields: Fields

    @classmethod
    def open(cls, path: str | os.PathLike[str], rules: Rules | None = None) -> Crm:
        """Opens a SQLite file, or makes it."""
        rules = Rules() if rules is None else rules
        return cls._made(_native.Crm.open(os.fspath(path), rules._native), rules)

    @classmethod
    def memory(cls, rules: Rules | None = None) -> Crm:
        """Opens a store that is gone when it is closed."""
        rules = Rules() if rules is None else rules
        return cls._made(_native.Crm.memory(rules._native), rules)

    @classmethod
    def _made(cls, native: _native.Crm, rules: Rules) -> Crm:
        crm = cls.__new__(cls)
        crm._engine = native
        crm._fields = rules._fields
        return crm

    def run(
        self,
        command: str,
        body: Mapping[str, Any],
        *,
        actor: str,
        role: Role,
        workspace: str,
        at: datetime | str,
        id: UUID | str | None = None,  # noqa: A002
    ) -> dict[str, Any]:
        """Carries out a command: ``crm.run("lead.create", {"fields": {"company": "Rénov'Ouest"}}, ...)``.

        The answer is ``{"status": "done", "seq": 1, "replayed": False, "output": {...}}``. A command under an `id`
        that was carried out before gives the first answer again; without `id` each call is a new command. What an agent
        may only propose (to merge, convert, archive, split ...) is held for somebody's OK: ``{"status": "held", "draft":
        "...", "state": "waiting", "revision": 1, "content_hash": "...", "reasons": [...], ...}``, and nothing of it is
        done; the question ``draft`` shows it, and ``draft.approve`` carries it out.

        The commands, by what they are about (``lead.create``, ``lead.patch`` and so on)::

            account            archive, create, import, patch, rekey, restore
            activity           archive, create, import, link, log, patch, restore, unlink
            adjustment         revoke, set
            approval_rule      create, disable, enable, patch
            attachment         create, link, reap, unlink
            campaign           archive, create, import, patch, restore
            campaign_member    archive, create, patch, restore
            channel            connect, disconnect, patch
            consent            erase, record, withdraw
            contact            archive, create, import, patch, rekey, restore
            conversation       archive, assign
            deal               archive, create, import, lose, move, patch, reopen, restore, split, win
            deal_contact       archive, create, import, patch, restore
            distinction        archive
            draft              approve, approve_all, archive, cancel, compose, patch, peer_check, propose, reject,
                               request_changes, restore, retry, submit
            employee           archive, create, hand_over, import, patch, restore
            enrolment          advance, enrol, migrate, nurture, pause, remove, resume
            event              archive, create, import
            exchange_rate      set
            expansion          tick
            expansion_idea     archive, convert, create, drop, patch, qualify, restore
            health             override, override_revoke, recalculate
            kill_switch        resume, stop
            lead               archive, convert, create, distinguish, enrich, import, merge, patch, rekey, restore,
                               route, score, unconvert, unmerge
            learning_progress  archive, create, import, patch, restore
            leave              cancel, import, patch, set
            measurement        import, record
            message            receive, report
            note               add, archive, create, import, patch, restore
            onboarding         suggest
            outbox             reconcile, settle, start, tick
            payment            archive, create, import, patch, restore
            pipeline           create, delete, edit, move_deals
            playbook           activate, create, deactivate, edit
            playbook_run       cancel, migrate, move_anchor, start
            playbook_step      assign, complete, reopen, skip
            quota              set
            quote              accept, archive, cancel, create, decline, edit, issue, restore, revise, send
            renewal            close, notice, notice_sent, open_deal, tick
            report             export
            saved_report       archive, create, patch, restore
            saved_view         archive, create, patch, restore
            segment            archive, create, edit, pin_in, pin_out, refresh, restore, unpin
            sequence           activate, create, edit, pause
            snapshot           take
            stage              create, delete, edit, merge
            submission         archive, create, import
            subscription       archive, cancel, create, import, patch, pause, restore, resume
            subscription_item  archive, change, create, import, patch, restore
            suggestion         hold
            task               archive, assign, complete, create, import, patch, reopen, restore, snooze
            ticket             archive, assign, close, comment, create, import, merge, patch, reapply, receive, reopen,
                               reply, resolve, restore, tick, unmerge
            touch              import, record
            visitor            link
        """
        return self._answer(self._engine.run_json(self._command(command, body, actor, role, workspace, at, id)))

    def plan(
        self,
        command: str,
        body: Mapping[str, Any],
        *,
        actor: str,
        role: Role,
        workspace: str,
        at: datetime | str,
        id: UUID | str | None = None,  # noqa: A002
    ) -> dict[str, Any]:
        """What a command would do, without doing it: ``{"status": "planned", "changes": [...], "output": {...}}``.

        With ``"held": True`` it would wait for somebody's OK, and what is planned is the draft.
        """
        answer = self._answer(self._engine.plan_json(self._command(command, body, actor, role, workspace, at, id)))
        return {**answer, "changes": [self._fields.change(change) for change in answer["changes"]]}

    def query(
        self,
        question: str,
        body: Mapping[str, Any] | None = None,
        *,
        actor: str,
        role: Role,
        workspace: str,
        at: datetime | str,
    ) -> dict[str, Any]:
        """Answers a question, each with its own body, from what the actor sees.

        Of any record: ``find``, ``get``, ``history``, ``timeline``, ``resolve``, ``views``, ``saved_view``, ``can``
        and ``verify``. Of leads: ``score``, ``duplicates``, ``similar``, ``merge``, ``conversion``, ``route`` and
        ``routing_lint``. Of deals and money: ``deal``, ``deals``, ``quote``, ``quotes``, ``board``, ``deal_risk``,
        ``deal_risks``, ``bands``, ``forecast``, ``snapshots``, ``waterfall``, ``pipeline_impact``, ``report`` and
        ``reports``. Of where customers come from: ``attribution``, ``campaign`` and ``campaigns``. Of customers:
        ``customer`` (all that is known of one), ``health``, ``healths``, ``health_history``, ``subscription``,
        ``subscriptions``, ``payments``, ``renewals``, ``expansion``, ``mrr`` and ``revenue_retention``; of how they
        are helped to begin: ``playbook``, ``playbooks``, ``playbook_run``, ``playbook_runs``, ``playbook_migration``,
        ``replan`` and ``onboarding_suggestion``. Of segments: ``segment``, ``segments``, ``segment_preview``,
        ``segment_why`` and ``segments_of``. Of support: ``ticket``, ``tickets``, ``ticket_board``, ``sla_next``,
        ``sla_reapply`` and ``support_volume``. Of the day's work: ``dashboard``, ``narrative`` (the day in a few
        sentences), ``page`` (the day as one HTML file, see `crmkit.report`), ``inbox``, ``task``, ``tasks``,
        ``activity`` and ``templates``. Of the team: ``employee``, ``employees``, ``assignment_ranking``, ``handover``
        and ``leave_impact``. Of what waits for an OK and what leaves: ``library``, ``draft``, ``attention``,
        ``approval_rules``, ``approval_preview``, ``outbox``, ``outbox_next`` and ``channels``. Of whom one may write
        to, and who answers: ``may_contact``, ``consent``, ``retention``, ``sequence``, ``sequences``, ``enrolment``,
        ``enrolments``, ``conversation``, ``conversations`` and ``suggestions``.

            crm.query("find", {"record": "lead", "where": {"field": "band", "op": "eq", "value": "hot"}}, ...)
            crm.query("inbox", {"user": "marie", "zone": "Europe/Paris", "lang": "fr"}, ...)
            quarter = {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}
            crm.query("forecast", {"periods": quarter, "currency": "EUR", "view": "manager", "lang": "fr"}, ...)
            crm.query("library", {"states": ["waiting"], "lang": "fr"}, ...)
        """
        envelope = {"workspace": workspace, "actor": {"name": actor, "role": role}, "at": instant(at)}
        body = {} if body is None else body
        answer = self._answer(self._engine.query_json(encode({**envelope, question: body})))
        record = str(body.get("record", ""))
        if question == "find" and "rows" in answer:
            answer["rows"] = [self._fields.row(record, row) for row in answer["rows"]]
        elif question == "get" and answer["row"] is not None:
            answer["row"] = self._fields.row(record, answer["row"])
        elif question == "history":
            answer["entries"] = [self._entry(entry) for entry in answer["entries"]]
        elif question == "score":
            answer = self._fields.score(answer)
        return answer

    def find(
        self,
        record: str,
        where: Mapping[str, Any] | None = None,
        *,
        actor: str,
        role: Role,
        workspace: str,
        at: datetime | str,
        order: list[Mapping[str, Any]] | None = None,
        limit: int = 100,
    ) -> list[dict[str, Any]]:
        """The records that fulfil a condition, in an order, at most `limit` of them (which may exceed one page)."""
        rows: list[dict[str, Any]] = []
        after: str | None = None
        while len(rows) < limit:
            body: dict[str, Any] = {"record": record, "limit": min(limit - len(rows), 1000), "after": after}
            if where is not None:
                body["where"] = where
            if order is not None:
                body["order"] = order
            page = self.query("find", body, actor=actor, role=role, workspace=workspace, at=at)
            rows += page["rows"]
            after = page["next"]
            if after is None:
                break
        return rows

    def score_leads(
        self,
        *,
        actor: str,
        role: Role,
        workspace: str,
        at: datetime | str,
        id: UUID | str | None = None,  # noqa: A002
    ) -> dict[str, int]:
        """Scores every lead that is not archived, as of `at`: ``{"scored": 1200, "changed": 37}``.

        It runs ``lead.score`` on up to 500 leads at a time. Each such command has an id that follows from `id` and its
        leads: a call that is repeated with its `id` gives the first answers again for the same leads.
        """
        job = uuid4() if id is None else UUID(str(id))
        who: Any = {"actor": actor, "role": role, "workspace": workspace, "at": at}
        find: dict[str, Any] = {"record": "lead", "limit": _MOST_LEADS}
        done = {"scored": 0, "changed": 0}
        while True:
            page = self.query("find", find, **who)
            ids = [row["id"] for row in page["rows"]]
            if ids:
                output = self.run("lead.score", {"ids": ids}, **who, id=uuid5(job, " ".join(ids)))["output"]
                done = {name: n + output[name] for name, n in done.items()}
            if page["next"] is None:
                return done
            find["after"] = page["next"]

    def deliver(
        self,
        channels: Mapping[str, Channel],
        *,
        actor: str,
        role: Role,
        workspace: str,
        at: datetime | str,
        worker: str | None = None,
        limit: int = 100,
        id: UUID | str | None = None,  # noqa: A002
    ) -> dict[str, Any]:
        """Gives what was approved and is due to the host's channels, at most `limit` messages.

        Each message is checked and started in a commit of its own (``outbox.start``), then its channel is called once with
        the parcel (``key``, ``recipient``, ``subject``, ``text``, ``headers``, ``not_after`` ...), then its answer is written
        down (``outbox.settle``). A channel gives the provider's id of the message, or None; it raises `NotSent` where it is
        certain that nothing left. After any other exception nobody knows: the message is ``unknown`` and never
        tried again until ``outbox.reconcile`` says what a look-up found.

            dry = crmkit.DryRun()
            crm.deliver({"email": dry}, actor="mailer", role="admin", workspace="acme", at=now)

        The answer has ``deliveries`` (each with ``parcel``, ``answer``, ``settled`` and ``error``), and what was ``blocked``
        (with the reasons), ``expired`` and ``passed_over`` (somebody else began it). Run ``outbox.tick`` beside it.
        """
        who: Any = {"actor": actor, "role": role, "workspace": workspace, "at": at}
        job = uuid4() if id is None else UUID(str(id))
        return deliver(self, channels, who, actor if worker is None else worker, job, limit)

    def close(self) -> None:
        """Closes the store; closing twice is harmless, using it afterwards is a `CrmError`."""
        self._engine.close()

    def __enter__(self) -> Crm:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> str:
        raise TypeError("an open Crm is not pickled: open the file again in the other process")

    @staticmethod
    def _command(
        command: str,
        body: Mapping[str, Any],
        actor: str,
        role: Role,
        workspace: str,
        at: datetime | str,
        id: UUID | str | None,  # noqa: A002
    ) -> bytes:
        return encode(
            {
                "command": command,
                "id": uuid4() if id is None else id,
                "workspace": workspace,
                "actor": {"name": actor, "role": role},
                "at": instant(at),
                "body": body,
            }
        )

    @staticmethod
    def _answer(text: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(text)
        return answer

    def _entry(self, entry: dict[str, Any]) -> dict[str, Any]:
        typed = {**entry, "at": read(entry.get("at"), "instant")}
        if "changes" in entry:
            typed["changes"] = [self._fields.change(change) for change in entry["changes"]]
        return typed
