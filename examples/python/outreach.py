"""Outreach in Python: nothing leaves without an OK. An agent proposes, people decide, and what leaves is what they saw.

    python outreach.py [--lang fr]
"""

import re
import sys
from typing import Any

import crmkit

LANG = "fr" if sys.argv[1:] == ["--lang", "fr"] else "en"


def by_lang(english: str, french: str) -> str:
    return french if LANG == "fr" else english


def on(at: str, actor: str, role: str) -> dict[str, Any]:
    return {"actor": actor, "role": role, "workspace": "acme", "at": f"2026-11-{at}:00Z"}


def anne(at: str) -> dict[str, Any]:
    return on(at, "anne", "owner")


def marie(at: str) -> dict[str, Any]:
    return on(at, "marie", "member")


def scout(at: str) -> dict[str, Any]:
    return on(at, "scout", "agent")


def mailer(at: str) -> dict[str, Any]:
    return on(at, "mailer", "admin")


def days(count: int) -> dict[str, Any]:
    return {"count": count, "unit": "days"}


def record(number: int) -> str:
    return f"0192f0c1-0000-7000-8000-{number:012}"


def value(part: Any, place: str) -> str:
    for step in place.split("/"):
        part = part[int(step)] if isinstance(part, list) else part[step]
    return str(part)


def tell(answer: Any, place: str = "", line: str = "{text}") -> None:
    """Prints a line for each part at a place such as `blocked/*/reasons/*`; `{key:8}` is the beginning of a value."""
    step, _, rest = place.partition("/")
    if step == "*":
        for part in answer:
            tell(part, rest, line)
    elif step:
        tell(answer[int(step) if isinstance(answer, list) else step], rest, line)
    else:
        text = re.sub(r"\{(.*?)(?::(\d+))?\}", lambda found: value(answer, found[1])[: int(found[2] or 9999)], line)
        print("\n".join(f"  {line}" if line else "" for line in text.rstrip("\n").split("\n")))


sender = {
    "organization": "Cabinet Armor", "address": "3 quai de la Douane, 29200 Brest",
    "opt_out": "https://armor.example/stop", "privacy_contact": "rgpd@armor.example",
    "data_source": {"en": "the trade register", "fr": "registre du commerce"},
}
ask = {"ask": "configuration", "packs": ["accounting"], "zone": "Europe/Paris", "language": LANG, "sender": sender}
configuration = crmkit.Rules({}).eval("starters", ask)["configuration"]

yann, claire, hugo, luc, follow_up, answer, reminder = map(record, range(1, 8))

with crmkit.Crm.memory(crmkit.Rules(configuration)) as crm:

    def library(who: dict[str, Any], *states: str) -> None:
        tell(crm.query("library", {"states": list(states), "as": "text", "lang": LANG}, **who))

    def seen(draft: str) -> dict[str, Any]:
        """A draft as it stands: what a decision is about."""
        row = crm.query("get", {"record": "draft", "id": draft}, **marie("23T09:00"))["row"]
        return {"id": draft, "revision": row["revision"], "content_hash": row["content_hash"]}

    def waiting(at: str) -> str:
        """The draft that has waited longest."""
        groups = crm.query("library", {"states": ["waiting"]}, **marie(at))["groups"]
        return str(groups[0]["cards"][0]["id"])

    def compose(id: str, lead: str, template: str, more: dict[str, Any], inputs: dict[str, str]) -> dict[str, Any]:
        fields = {"lead": lead, "language": LANG, **more}
        return {"id": id, "fields": fields, "template": {"id": template, "inputs": inputs}, "submit": True}

    # Anne's firm: Marie, and an agent that may propose and nothing else.
    morning = anne("23T07:00")
    name = by_lang("Scout, AI assistant of the firm", "Scout, assistant IA du cabinet")
    for user, full_name in (("anne", "Anne Morel"), ("marie", "Marie Kerouac"), ("scout", name)):
        crm.run("employee.create", {"fields": {"user": user, "full_name": full_name}}, **morning)
    for id, first_name, last_name, company, email in (
        (yann, "Yann", "Le Goff", "Ty Breizh", "yann@tybreizh.example"),
        (claire, "Claire", "Morvan", "Atelier Morvan", "claire@morvan.example"),
        (hugo, "Hugo", "Kerbrat", "Le Comptoir", "hugo@lecomptoir.example"),
        (luc, "Luc", "Caradec", "Garage Caradec", "luc@caradec.example"),
    ):
        person = {"first_name": first_name, "last_name": last_name, "company": company, "email": email}
        law = {"person_type": "professional", "subject_related": True, "country": "FR", "collected_from": "other"}
        fields = {**person, **law, "owner": "marie", "language": LANG}
        crm.run("lead.create", {"id": id, "fields": fields}, **morning)

    # What Anne decides in advance: one way out, and what may take it without anybody looking.
    crm.run("channel.connect", {"kind": "email", "fields": {"name": "marie@armor.example", "dry_run": True}}, **morning)
    rule = {
        "name": by_lang("Answers after a meeting", "Réponses après un rendez-vous"), "effect": "auto",
        "channel": "email", "authors": ["scout"], "templates": ["accounting_after_meeting"],
        "recipient_known": True, "conversation_open": True, "daily_cap": 5, "valid_until": "2026-12-31T23:00:00Z",
    }
    crm.run("approval_rule.create", {"fields": rule}, **morning)
    steps = [
        {"id": "message_1", "type": "email", "template": "accounting_first_contact", "delay": days(0)},
        {"id": "message_2", "type": "email", "template": "accounting_follow_up", "delay": days(2)},
        {"id": "call", "type": "call", "title": "Yann", "delay": days(3)},
    ]
    sequence = {"code": "companies", "definition": {"stop_on": ["reply"], "steps": steps}}
    crm.run("sequence.create", sequence, **morning)
    crm.run("sequence.activate", {"code": "companies"}, **morning)

    print(by_lang("Scout proposes three messages", "Scout propose trois messages"))
    crm.run("message.receive", {
        "channel": "email", "provider_id": "1@lecomptoir.example", "sender": "hugo@lecomptoir.example",
        "subject": by_lang("Our meeting", "Notre rendez-vous"),
        "text": by_lang("Thank you for your time. What is next?", "Merci de votre visite. Quelle est la suite ?"),
    }, **mailer("23T08:30"))
    talk = crm.query("conversations", {}, **marie("23T08:35"))["conversations"][0]["id"]
    crm.run("enrolment.enrol", {"sequence": "companies", "leads": [yann]}, **scout("23T08:40"))
    crm.run("enrolment.advance", {}, **scout("23T08:40"))
    sure = {"confidence_bp": 9200}
    crm.run("draft.compose", compose(follow_up, claire, "accounting_follow_up", sure, {}), **scout("23T08:45"))
    inputs = {
        "summary": by_lang("a cash flow plan, month by month.", "un plan de trésorerie, mois par mois."),
        "next_step": by_lang("our engagement letter, by Thursday", "notre lettre de mission, d’ici à jeudi"),
    }
    more = {"conversation": talk, **sure}
    crm.run("draft.compose", compose(answer, hugo, "accounting_after_meeting", more, inputs), **scout("23T08:50"))
    library(marie("23T09:00"))

    print(by_lang("Scout would approve its own", "Scout voudrait approuver le sien"))
    try:
        crm.run("draft.approve", seen(follow_up), **scout("23T09:01"))
    except crmkit.CrmError as refused:
        print(" ", refused.message(LANG))

    print(by_lang(
        "Marie approves one with her own edit, and rejects one",
        "Marie en approuve un en le modifiant, et en refuse un",
    ))
    subject = by_lang("Ty Breizh: a calmer year-end", "Ty Breizh\N{NO-BREAK SPACE}: une clôture plus sereine")
    first = waiting("23T09:05")
    crm.run("draft.approve", {**seen(first), "fields": {"subject": subject}}, **marie("23T09:05"))
    note = by_lang(
        "She became a client on Friday: I will call her.", "Cliente depuis vendredi\N{NO-BREAK SPACE}: je l’appelle."
    )
    crm.run("draft.reject", {**seen(follow_up), "note": note}, **marie("23T09:06"))
    library(marie("23T09:10"))

    print(by_lang("What leaves, in a dry run", "Ce qui part, à blanc"))
    crm.run("draft.compose", compose(reminder, luc, "accounting_follow_up", {}, {}), **marie("23T09:12"))
    crm.run("draft.approve", seen(reminder), **marie("23T09:13"))
    crm.run("consent.record", {"lead": luc, "act": "withdrawn", "source": "phone"}, **marie("23T09:30"))
    dry = crmkit.DryRun()
    crm.deliver({"email": dry}, **mailer("23T10:00"))
    for parcel in dry.left:
        tell(parcel, "", "[{key:8}] {subject} → {recipient}\n{text}")
    print(by_lang(
        "Luc said no on the phone: his message stays", "Luc a dit non au téléphone\N{NO-BREAK SPACE}: son message reste"
    ))
    library(marie("23T10:00"), "blocked")

    print(by_lang(
        "Two days later the next message has its OK for the day after, and Yann answers",
        "Deux jours après, la relance a son accord pour le lendemain, et Yann répond",
    ))
    crm.run("enrolment.advance", {}, **scout("25T10:05"))
    second = waiting("25T10:10")
    crm.run("draft.approve", {**seen(second), "send_not_before": "2026-11-26T08:00:00Z"}, **marie("25T10:10"))
    crm.run("message.receive", {
        "channel": "email", "provider_id": "2@tybreizh.example", "sender": "yann@tybreizh.example",
        "subject": f"Re: {subject}",
        "text": by_lang("Yes, call me on Friday morning.", "Oui, appelez-moi vendredi matin."),
    }, **mailer("25T15:00"))
    tell(crm.query("enrolments", {"lead": yann, "lang": LANG}, **marie("25T15:05")), "rows/*/reasons/*")
    tasks = crm.query("tasks", {"assignee": "marie", "lang": LANG}, **marie("25T15:05"))
    tell(tasks, "tasks/1", "{task/title} ({reasons/0/text})")
    library(marie("25T15:05"), "cancelled")
    print(by_lang(
        "The Library in the evening, and what needs attention", "La bibliothèque le soir, et ce qui demande attention"
    ))
    counts = {"states": ["sent", "blocked", "rejected", "cancelled"], "lang": LANG}
    tell(crm.query("library", counts, **marie("25T17:00")), "groups/*", by_lang("{label}: {count}", "{label}\N{NO-BREAK SPACE}: {count}"))
    attention = crm.query("attention", {"lang": LANG}, **marie("25T17:00"))
    colon = by_lang(": ", "\N{NO-BREAK SPACE}: ")
    tell(attention, "blocked/drafts/*", f"{{name}}{colon}{{held_back/reasons/0/text}}")
