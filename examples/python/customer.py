"""One customer in Python: from the first touch over quote, onboarding, contract and health to the renewal.

    python customer.py [--lang fr]
"""

import re
import sys
from typing import Any

import crmkit

LANG = "fr" if sys.argv[1:] == ["--lang", "fr"] else "en"
LEAD, QUOTE, CONTRACT, IDEA = (f"0192f0c1-0000-7000-8000-{number:012}" for number in range(1, 5))


def by_lang(english: str, french: str) -> str:
    return french if LANG == "fr" else english


def on(at: str, actor: str, role: str) -> dict[str, Any]:
    return {"actor": actor, "role": role, "workspace": "acme", "at": f"{at}:00Z"}


def anne(at: str) -> dict[str, Any]:
    return on(at, "anne", "owner")


def marie(at: str) -> dict[str, Any]:
    return on(at, "marie", "member")


def scout(at: str) -> dict[str, Any]:
    return on(at, "scout", "agent")


def mailer(at: str) -> dict[str, Any]:
    return on(at, "mailer", "admin")


def value(part: Any, place: str) -> Any:
    for step in place.split("/") if place else ():
        part = part[int(step)] if isinstance(part, list) else part[step]
    return part


def said(text: str, currency: str | None = None) -> str:
    """A value, or an amount with its currency as the language writes it."""
    if currency is None:
        return text
    whole, _, cents = text.partition(".")
    french = f"{int(whole):,}".replace(",", "\xa0") + f",{cents}\xa0{currency}"
    return by_lang(f"{int(whole):,}.{cents} {currency}", french)


def tell(answer: Any, place: str, line: str) -> None:
    """Prints a line for each part at a place such as `rows/*/reasons/*`, with values in the places of `{...}`."""
    step, _, rest = place.partition("/")
    if step == "*":
        for part in answer:
            tell(part, rest, line)
    elif step:
        tell(answer[int(step) if isinstance(answer, list) else step], rest, line)
    else:
        text = re.sub(r"\{(.*?)\}", lambda found: said(*(str(value(answer, at)) for at in found[1].split(" "))), line)
        print("\n".join(f"  {line}" if line else "" for line in text.rstrip("\n").splitlines()))


# A firm that puts heat pumps in: what its quotes say, and how its work begins.
configuration = {
    "quotes": {
        "zone": "Europe/Paris", "language": LANG, "currency": "EUR", "price_mode": "gross", "profile": "renovation",
        "seller": {
            "name": "Armor Énergie", "form": "SARL", "capital": {"amount": "10000", "currency": "EUR"},
            "address": "3 quai de la Douane, 29200 Brest", "siren": "732829320", "rcs": "Brest B 732 829 320",
            "vat_number": "FR44732829320",
        },
        "legal": {
            "payment_terms": by_lang("30 % with the order", "30\N{NO-BREAK SPACE}% à la commande"),
            "insurance": by_lang("Ten-year liability, France", "Décennale, France"),
            "waste": by_lang("sorted and taken away", "tri et évacuation"),
            "signature_line": by_lang("read and approved", "Bon pour accord"),
        },
    }, "tasks": {"zone": "Europe/Paris"},
    "playbooks": {"items": [{
        "code": "handover", "title": {"en": "A new heat pump", "fr": "Une nouvelle pompe à chaleur"},
        "steps": [
            {
                "code": "visit", "title": {"en": "Visit the house", "fr": "Visiter la maison"}, "offset": 3,
                "unit": "business_days",
            },
            {
                "code": "works", "title": {"en": "Put the heat pump in", "fr": "Poser la pompe à chaleur"},
                "anchor": {"step": "visit"}, "offset": 2, "unit": "weeks", "after": ["visit"],
            },
            {
                "code": "papers",
                "title": {
                    "en": "Hand over the papers and show how it works",
                    "fr": "Remettre les documents et expliquer le fonctionnement",
                }, "anchor": {"step": "works"}, "offset": 1, "unit": "business_days", "after": ["works"],
            },
        ],
    }]},
}

with crmkit.Crm.memory(crmkit.Rules(configuration)) as crm:

    def ask(question: str, body: dict[str, Any], *lines: tuple[str, str], **who: Any) -> dict[str, Any]:
        """Asks a question, and prints lines of the answer."""
        told = crm.query(question, {**body, "lang": LANG}, **who)
        for place, line in lines:
            tell(told, place, line)
        return told

    def approve(draft: str, **who: Any) -> None:
        """Somebody's OK for a draft exactly as it stands."""
        seen = ask("draft", {"id": draft}, **who)
        body = {"id": draft, "revision": seen["revision"], "content_hash": seen["content_hash"]}
        crm.run("draft.approve", body, **who)

    def deliver(**who: Any) -> None:
        """Hands what is approved to a channel that sends nothing."""
        dry = crmkit.DryRun()
        crm.deliver({"email": dry}, **who)
        tell(dry.left, "*", "{subject} → {recipient}\n{text}")

    def payment(at: str, invoice: str, due_on: str, paid_on: str | None = None) -> None:
        """What billing says of an invoice."""
        fields = {
            "account": account, "subscription": CONTRACT, "invoice": invoice,
            "amount": {"amount": "45.00", "currency": "EUR"}, "due_on": due_on, "paid_on": paid_on,
            "status": "paid" if paid_on else "open", "as_of": f"{at}:00Z",
            "external_source": "billing", "external_id": invoice,
        }
        crm.run("payment.create", {"fields": fields}, **mailer(at))

    crm.run("channel.connect", {
        "kind": "email", "fields": {"name": "devis@armor.example", "dry_run": True},
    }, **anne("2026-03-02T07:00"))
    crm.run("pipeline.create", {
        "code": "sales", "name": by_lang("Sales", "Ventes"),
        "stages": [
            {"code": "new", "name": by_lang("New", "Nouvelle"), "probability_bp": 2000},
            {"code": "won", "name": by_lang("Won", "Gagnée"), "kind": "won"},
            {"code": "lost", "name": by_lang("Lost", "Perdue"), "kind": "lost"},
        ],
    }, **anne("2026-03-02T07:00"))

    print(by_lang("From a letter to a deal", "D’une lettre à une affaire"))
    crm.run("touch.record", {"fields": {
        "visitor": "v-81",
        "landing_page": "https://armor.example/pac?utm_source=letter&utm_medium=email&utm_campaign=spring",
        "happened_at": "2026-03-05T17:45:00Z",
    }}, **mailer("2026-03-05T18:00"))
    crm.run("touch.record", {"fields": {
        "visitor": "v-81", "landing_page": "https://armor.example/devis?gclid=x1",
        "happened_at": "2026-03-09T19:30:00Z",
    }}, **mailer("2026-03-09T20:00"))
    crm.run("lead.create", {
        "id": LEAD,
        "fields": {
            "first_name": "Claire", "last_name": "Morvan", "company": "Association Les Ajoncs",
            "email": "claire@ajoncs.example", "person_type": "professional", "subject_related": True,
            "collected_from": "person", "informed_at": "2026-03-10T09:00:00Z", "country": "FR",
            "street": "2 rue de Siam", "postal_code": "29200", "city": "Brest", "owner": "marie", "language": LANG,
        },
    }, **marie("2026-03-10T09:00"))
    crm.run("visitor.link", {"fields": {
        "visitor": "v-81", "lead": LEAD, "evidence": "form",
    }}, **marie("2026-03-10T09:01"))
    ask("attribution", {"lead": LEAD}, ("trail/*", "{label} ({reasons/0/text})"), **marie("2026-03-10T09:05"))
    done = crm.run("lead.convert", {"id": LEAD}, **marie("2026-03-10T10:00"))
    account, contact, deal = (value(done, place) for place in ("output/account", "output/contact", "output/deal"))
    ask("attribution", {"deal": deal}, ("influenced_campaigns/*/reasons/*", "{text}"), **marie("2026-03-10T10:01"))
    done = crm.run("message.receive", {
        "channel": "email", "provider_id": "1@ajoncs.example", "sender": "claire@ajoncs.example",
        "subject": by_lang("A quote", "Un devis"),
        "text": by_lang("A quote for a heat pump, please?", "Un devis pour une pompe à chaleur\N{NARROW NO-BREAK SPACE}?"),
    }, **mailer("2026-03-11T08:30"))
    talk = value(done, "output/conversation")

    print(by_lang("A quote, and what it has to say", "Un devis, et ce qu’il doit dire"))
    crm.run("quote.create", {
        "id": QUOTE, "fields": {"deal": deal, "title": by_lang("Heat pump", "Pompe à chaleur")},
        "terms": {"lines": [
            {
                "id": "pump", "description": by_lang("Heat pump, 8 kW", "Pompe à chaleur, 8 kW"), "quantity": "1",
                "unit_price": "8990.00", "vat": {"rate": "20"},
            },
            {
                "id": "works", "description": by_lang("Fitting", "Pose"), "quantity": "2", "unit_price": "1450.00",
                "vat": {"rate": "10"},
            },
            {
                "id": "thermostat", "description": "Thermostat", "quantity": "1", "unit_price": "249.00",
                "vat": {"rate": "20"}, "kind": "optional",
            },
        ]},
    }, **marie("2026-03-12T10:00"))
    ask("quote", {"id": QUOTE}, ("totals/trace/*", "{text}"), **marie("2026-03-12T10:05"))
    try:
        crm.run("quote.issue", {"id": QUOTE}, **marie("2026-03-12T10:06"))
    except crmkit.CrmError as refused:
        print(" ", refused.message(LANG))
    crm.run("quote.edit", {
        "id": QUOTE,
        "terms": {"legal": {
            "payment_terms": by_lang("30 % with the order", "30\N{NO-BREAK SPACE}% à la commande"),
            "insurance": by_lang("Ten-year liability, France", "Décennale, France"),
            "waste": by_lang("sorted and taken away", "tri et évacuation"),
            "signature_line": by_lang("read and approved", "Bon pour accord"),
            "late_penalty": by_lang("three times the legal rate, and 40 EUR", "trois fois le taux légal, et 40 EUR"),
        }},
    }, **marie("2026-03-12T10:10"))
    done = crm.run("quote.issue", {"id": QUOTE}, **marie("2026-03-12T10:11"))
    tell(done, "output", "{number}, {gross/amount gross/currency}")

    print(by_lang("It leaves with an OK, here in a dry run", "Il part avec un accord, ici à blanc"))
    done = crm.run("quote.send", {
        "id": QUOTE, "conversation": talk, "topic": "energy_renovation",
    }, **marie("2026-03-12T10:12"))
    draft = value(done, "output/draft")
    approve(draft, **marie("2026-03-12T10:14"))
    deliver(**mailer("2026-03-12T10:15"))

    print(by_lang("Exactly this is accepted, and the deal won", "Exactement ce devis est accepté, l’affaire gagnée"))
    told = ask("quote", {"id": QUOTE}, **marie("2026-03-16T09:00"))
    revision, hash = (value(told, place) for place in ("revision", "hash"))
    done = crm.run("quote.accept", {
        "id": QUOTE, "revision": revision, "hash": hash, "by": "Claire Morvan", "chosen": ["thermostat"],
    }, **marie("2026-03-16T09:01"))
    draft = value(done, "output/win/draft")
    ask("draft", {"id": draft}, ("reasons/*", "{text}"), **marie("2026-03-16T09:02"))
    approve(draft, **marie("2026-03-16T09:03"))
    ask(
        "deal", {"id": deal},
        ("", "{account_name}, {deal/value/amount deal/value/currency} ({stage_name})"),
        **marie("2026-03-16T09:04"),
    )

    print(by_lang("An agent suggests how to begin", "Un agent propose la mise en route"))
    ask("onboarding_suggestion", {"account": account}, ("commands/0/reasons/*", "{text}"), **scout("2026-03-16T09:30"))
    done = crm.run("onboarding.suggest", {"account": account}, **scout("2026-03-16T09:31"))
    plan, note, call = (value(done, f"output/drafts/{place}/draft") for place in range(3))
    tell(done, "output/drafts/*", "{command}")
    approve(plan, **marie("2026-03-16T10:00"))
    approve(note, **marie("2026-03-16T10:00"))
    approve(call, **marie("2026-03-16T10:00"))
    told = ask("playbook_runs", {"account": account}, **marie("2026-03-16T10:01"))
    run = value(told, "rows/0/id")
    told = ask("playbook_run", {"id": run}, **marie("2026-03-16T10:01"))
    task = value(told, "steps/0/task")
    tell(told, "steps/*", "{due_on} {title}")
    crm.run("task.complete", {"id": task}, **marie("2026-03-18T16:00"))
    ask(
        "playbook_run", {"id": run},
        ("reasons/*", "{text}"),
        ("steps/1", "{due_on} {title} ({reasons/0/text})"),
        **marie("2026-03-18T16:01"),
    )

    print(by_lang("A contract, and when the customer is told", "Un contrat, et quand avertir le client"))
    crm.run("subscription.create", {
        "id": CONTRACT,
        "fields": {
            "name": by_lang("Yearly care", "Entretien annuel"), "account": account, "contact": contact, "deal": deal,
            "owner": "marie", "currency": "EUR", "starts_on": "2026-04-01", "term_months": 12, "renewal": "auto",
            "customer_kind": "non_professional",
        },
    }, **marie("2026-04-01T09:00"))
    crm.run("subscription_item.create", {"fields": {
        "subscription": CONTRACT, "product": by_lang("care", "entretien"), "quantity": "1",
        "unit_price": {"amount": "45.00", "currency": "EUR"}, "interval_months": 1,
    }}, **marie("2026-04-01T09:01"))
    ask(
        "subscription", {"id": CONTRACT},
        ("revenue/*", by_lang("{mrr currency} a month", "{mrr currency} par mois")),
        ("term/reasons/*", "{text}"),
        **marie("2026-04-01T09:05"),
    )

    print(by_lang(
        "Payments are late: why the health moved", "Des retards de paiement\N{NO-BREAK SPACE}: pourquoi la santé bouge"
    ))
    crm.run("activity.log", {"fields": {
        "kind": "call", "direction": "outbound", "account": account, "contact": contact,
        "subject": by_lang("How is the house?", "Comment va la maison\N{NARROW NO-BREAK SPACE}?"),
    }}, **marie("2026-09-20T09:00"))
    crm.run("measurement.record", {"account": account, "measure": "nps", "value": 30}, **mailer("2026-09-25T09:00"))
    payment("2026-09-28T08:00", "F-063", "2026-06-30", "2026-06-29")
    crm.run("health.recalculate", {"account": account}, **anne("2026-09-28T09:00"))
    ask("health", {"account": account}, ("live", "{score} ({band_text})"), **marie("2026-09-28T09:05"))
    payment("2026-10-01T09:00", "F-081", "2026-08-31")
    payment("2026-10-01T09:00", "F-092", "2026-09-30")
    crm.run("health.recalculate", {"account": account}, **anne("2026-10-10T09:00"))
    ask(
        "health", {"account": account},
        ("live", "{score} ({band_text})"),
        ("entry/delta_reasons/*", "{text}"),
        **marie("2026-10-10T09:05"),
    )

    print(by_lang("The customer in a few lines", "Le client en quelques lignes"))
    crm.run("expansion_idea.create", {
        "id": IDEA,
        "fields": {
            "title": by_lang("Solar panels", "Panneaux solaires"), "account": account, "kind": "cross_sell",
            "value": {"amount": "6500.00", "currency": "EUR"}, "owner": "marie",
            "evidence": by_lang("She asked on the phone", "Elle a demandé au téléphone"),
        },
    }, **marie("2026-10-12T09:00"))
    crm.run("expansion_idea.qualify", {"id": IDEA}, **marie("2026-10-12T09:01"))
    crm.run("segment.create", {
        "code": "watch", "record": "account", "name": by_lang("To be watched", "À surveiller"),
        "where": {"all": [
            {"field": "health_band", "op": "in", "value": ["yellow", "red"]},
            {"field": "country", "op": "eq", "value": "FR"},
        ]},
    }, **anne("2026-10-12T10:00"))
    ask(
        "segment_why", {"code": "watch", "record": "account", "id": account},
        ("reasons/*", "{text}"),
        **anne("2026-10-12T10:01"),
    )
    ask(
        "customer", {"account": account},
        ("subscriptions/revenue/total/*", by_lang("{arr currency} a year", "{arr currency} par an")),
        ("payments", by_lang(
            "{overdue} payments late, {oldest_overdue_days} days at most",
            "{overdue} paiements en retard, {oldest_overdue_days} jours au plus",
        )),
        ("onboarding/rows/*", by_lang("{done} of {required} steps done", "{done} étape sur {required} faite")),
        ("expansion/rows/*", "{title}, {value/amount value/currency}"),
        **marie("2026-10-12T10:05"),
    )

    print(by_lang("The renewal, a report, a day in sentences", "Le renouvellement, un rapport, la journée en phrases"))
    done = crm.run("report.export", {
        "report": {
            "kind": "win_rate", "window": {"to_date": {"unit": "year"}, "zone": "Europe/Paris"}, "currency": "EUR",
            "group_by": ["owner"],
        }, "csv": {"headers": LANG}, "lang": LANG,
    }, **anne("2026-10-12T11:00"))
    tell(done, "output", "{csv}")
    done = crm.run("renewal.tick", {}, **anne("2027-02-08T06:00"))
    renewal = value(done, "output/renewals/0/id")
    ask(
        "renewals", {},
        ("rows/*/notice/reasons/2", "{text}"),
        ("rows/*/risk", "{band_text} ({score})"),
        ("rows/*/risk/reasons/*", "{text}"),
        **marie("2027-02-08T08:00"),
    )
    done = crm.run("renewal.notice", {"id": renewal, "lang": LANG}, **marie("2027-02-08T09:00"))
    draft = value(done, "output/id")
    approve(draft, **marie("2027-02-08T09:05"))
    deliver(**mailer("2027-02-08T09:06"))
    crm.run("renewal.tick", {}, **anne("2027-02-09T06:00"))
    ask("renewals", {}, ("rows/*/notice/reasons/2", "{text}"), **marie("2027-02-09T08:00"))
    ask("narrative", {"currency": "EUR"}, ("reasons/*", "{text}"), **marie("2027-03-04T08:05"))
