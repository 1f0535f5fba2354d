"""Support in Python: what is promised and why, what waits for whom, who is there; a day's work and a week's figures."""

import re
from typing import Any

import crmkit

hours = [["09:00", "12:30"], ["14:00", "18:00"]]
rules = crmkit.Rules({
    "calendar": [{"id": "bureau", "zone": "Europe/Paris", "french_holidays": "metropole", "weekly": {
        "monday": hours, "tuesday": hours, "wednesday": hours, "thursday": hours, "friday": hours}}],
    "sla": {"policies": [{"id": "standard", "is_default": True, "calendar": "bureau", "due_soon": {"seconds": "1h"},
        "targets": {
            "urgent": {"first_response": "2h", "first_resolution": "8h"},
            "*": {"first_response": "5h", "first_resolution": "16h"}},
        "escalation": [{"id": "anne", "metric": "first_resolution", "before": "30m", "notify": ["anne"]}]}]},
    "staff": {"calendar": "bureau", "half_day_at": "13:00", "capacity_points": 10},
    "tasks": {"zone": "Europe/Paris", "calendar": "bureau"},
    "templates": {"zone": "Europe/Paris", "language": "fr"},
    "access": {"roles": {"member": {"read": "team", "write": "own"}}, "team": {"colleagues": True}},
})


def on(at: str, actor: str = "anne", role: str = "admin") -> dict[str, Any]:
    return {"actor": actor, "role": role, "workspace": "acme", "at": f"2026-{at}:00Z"}


def record(number: int) -> str:
    return f"0192f0c1-0000-7000-8000-{number:012}"


def value(part: Any, place: str) -> Any:
    for step in place.split("/"):
        part = part[int(step)] if isinstance(part, list) else part[step]
    return part


def tell(answer: Any, place: str, line: str = "{text}") -> None:
    """Prints a line for each part at a place such as `clocks/*/reasons/*`."""
    step, _, rest = place.partition("/")
    if step == "*":
        for part in answer:
            tell(part, rest, line)
    elif step:
        tell(value(answer, step), rest, line)
    else:
        print(" ", re.sub(r"\{(.*?)\}", lambda found: str(value(answer, found[1])), line))


account, contact, ticket, offer, invoice, visit, call_back, call, leave = map(record, range(1, 10))
monday, friday, today, later = on("05-18T07:00"), on("05-22T15:30"), on("06-03T08:00"), on("06-03T08:10")
fr, en = {"lang": "fr"}, {"lang": "en"}

with crmkit.Crm.memory(rules) as crm:
    # Anne leads the three who do support.
    for user, capacity in (("anne", 10), ("marie", 10), ("paul", 10), ("zoé", 4)):
        place = {} if user == "anne" else {"manager": "anne", "team": "support"}
        crm.run("employee.create", {"fields": {"user": user, "capacity_points": capacity, **place}}, **monday)
    crm.run("account.create", {"id": account, "fields": {"name": "Rénov’Ouest"}}, **monday)
    luc = {"first_name": "Luc", "last_name": "Martin", "account": account}
    crm.run("contact.create", {"id": contact, "fields": luc}, **monday)

    print("Vendredi, 17 h 30\N{NO-BREAK SPACE}: une réponse est promise sous 5 heures ouvrées")
    leak = {"subject": "Fuite au lycée", "contact": contact, "owner": "marie", "team": "support", "channel": "email"}
    crm.run("ticket.create", {"id": ticket, "fields": leak}, **friday)
    events = [{"at": "2026-05-22T15:30:00Z", "kind": "created"}]
    ask = {"ask": "timeline", "at": "2026-05-26T13:00:00Z", "events": events, "explain": {"metric": "first_response"}}
    tell(rules.eval("sla", {"asks": [ask], **fr}), "answers/0/ledger/lines/*")
    print("Tuesday, 9 o’clock")
    tell(crm.query("ticket", {"id": ticket, **en}, **on("05-26T07:00")), "sla/clocks/*/reasons/*")

    print("Marie répond\N{NARROW NO-BREAK SPACE}; la suite dépend du client")
    photos = {"kind": "email", "description": "Avez-vous des photos\N{NARROW NO-BREAK SPACE}?"}
    reply = {"id": ticket, "activity": photos, "status": "pending"}
    crm.run("ticket.reply", reply, **on("05-26T09:00", "marie", "member"))
    tell(crm.query("ticket", {"id": ticket, **fr}, **on("05-26T15:00")), "sla/clocks/*/reasons/*")
    print("Le client répond, et c’est urgent")
    answer = {"id": ticket, "activity": {"kind": "email", "description": "Les voici, l’eau monte."}}
    crm.run("ticket.receive", answer, **on("05-27T08:00"))
    crm.run("ticket.patch", {"id": ticket, "fields": {"priority": "urgent"}}, **on("05-27T08:05"))
    tell(crm.query("ticket", {"id": ticket, **fr}, **on("05-27T08:05")), "sla/clocks/1/reasons/*")

    print("Une semaine sans minuterie\N{NO-BREAK SPACE}: chaque alerte une fois, à son heure")
    new = {"subject": "Devis illisible", "owner": "paul", "team": "support"}
    crm.run("ticket.create", {"id": offer, "fields": new}, **on("06-02T13:00"))
    new = {"subject": "Facture en double", "team": "support", "priority": "high"}
    crm.run("ticket.create", {"id": invoice, "fields": new}, **on("06-03T07:00"))
    tell(crm.run("ticket.tick", {}, **today), "output/alerts/*", "{effective_at} {metric} {kind}")
    tell(crm.run("ticket.tick", {}, **on("06-03T08:01")), "output", "{tickets} ticket à revoir une minute après")
    tell(crm.query("ticket", {"id": ticket, **fr}, **today), "sla/clocks/1/reasons/*")
    print("Tableau")
    board = crm.query("ticket_board", fr, **today)
    tell(board, "columns/*", "{name}\N{NO-BREAK SPACE}: {count}, dont {sla/breached} en retard et {sla/due_soon} bientôt")

    print("Le dernier vendredi du mois")
    series = {"recurrence": "FREQ=MONTHLY;BYDAY=-1FR", "due_date": "2026-05-29", "priority": "high"}
    task = {"title": "Visite d’entretien", "assignee": "marie", "account": account, **series}
    crm.run("task.create", {"id": visit, "fields": task}, **monday)
    tell(crm.query("task", {"id": visit, **fr}, **today), "reasons/*")
    crm.run("task.complete", {"id": visit}, **today)
    tell(crm.query("tasks", {"assignee": "marie", **fr}, **today), "tasks/*/reasons/*")

    print("La boîte de Marie")
    task = {"title": "Rappeler le lycée", "assignee": "marie", "ticket": ticket, "due_date": "2026-06-05"}
    crm.run("task.create", {"id": call_back, "fields": task}, **today)
    why = "{title}\N{NO-BREAK SPACE}: {reasons/0/text}"
    tell(crm.query("inbox", {"user": "marie", **fr}, **today), "items/*", why)
    tell(crm.query("inbox", {"user": "marie", **fr}, **today), "items/0/actions/*", "- {label}")
    print("Marie’s inbox")
    tell(crm.query("inbox", {"user": "marie", **en}, **today), "items/*", "{title}: {reasons/0/text}")

    print("Un appel, d’après un modèle")
    said: dict[str, Any] = {"id": call, "fields": {"ticket": ticket}, "template": {"id": "log_call"}}
    try:
        crm.run("activity.log", said, **later)
    except crmkit.CrmError as refused:
        for lang in ("fr", "en"):
            print(f"  {refused.field}: {refused.message(lang)}")
    said["template"]["inputs"] = {"summary": "Réparation demain à 8 h."}
    crm.run("activity.log", said, **later)
    print("Chez le client, sans autre saisie")
    tell(crm.query("timeline", {"record": "account", "id": account, **fr}, **later), "entries/0/reason")

    print("Marie part en congé")
    days = {"user": "marie", "kind": "paid", "from_date": "2026-06-04", "to_date": "2026-06-12", "to_half": "morning"}
    crm.run("leave.set", {"id": leave, **days}, **today)
    impact = crm.query("leave_impact", {"id": leave, **fr}, **today)
    covered = "{title}\N{NO-BREAK SPACE}: {why/text}\N{NARROW NO-BREAK SPACE}; {cover/user}, {cover/reasons/0/text}"
    tell(impact, "records/*", covered)
    print("À qui confier la facture")
    ranking = crm.query("assignment_ranking", {"record": "ticket", "id": invoice, **fr}, **on("06-04T08:00"))
    tell(ranking, "ranked/*", "{rank}. {user}\N{NO-BREAK SPACE}: {reasons/0/text}")
    tell(ranking, "excluded/*", "{user}\N{NO-BREAK SPACE}: {reasons/0/text}")
    print("Paul peut-il résoudre le ticket de Marie\N{NARROW NO-BREAK SPACE}?")
    can = crm.query("can", {"command": "ticket.resolve", "id": ticket, **fr}, **on("06-03T08:00", "paul", "member"))
    tell(can, "decided_by/*")

    print("Trois semaines")
    crm.run("ticket.resolve", {"id": ticket}, **on("06-03T08:30", "marie", "member"))
    window = {"fixed": {"from": "2026-05-18", "to": "2026-06-08"}}
    volume = crm.query("support_volume", {"window": window}, **on("06-03T09:00"))
    sum_of = "{backlog_start} + {opened} + {reopened} + {restored} - {resolved} - {removed} = {backlog_end}"
    tell(volume, "total", sum_of)
