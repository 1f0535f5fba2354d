"""Revenue in Python: what the quarter will bring, how surely, what changed, what is at risk; and an edit that asks first."""

from typing import Any

import crmkit


def on(day: str) -> dict[str, Any]:
    return {"actor": "anne", "role": "admin", "workspace": "acme", "at": f"{day}T08:00:00Z"}


def record(number: int) -> str:
    return f"0192f0c1-0000-7000-8000-{number:012}"


def tell(parts: list[dict[str, Any]]) -> None:
    for part in parts:
        print(" ", part["text"])


euros = {"currency": "EUR", "lang": "fr"}
quarter = {"periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}, **euros}
days = {"start": "2026-10-01", "end": "2027-01-01"}
monday, later, today = on("2026-11-02"), on("2026-11-16"), on("2026-11-30")

# From a first contact over an offer to a negotiation; a deal that is won or lost is neither likely nor unlikely.
stages = [
    {"code": "contact", "probability_bp": 1000, "category": "pipeline"},
    {"code": "devis", "probability_bp": 4000, "category": "best_case"},
    {"code": "négociation", "probability_bp": 7000, "category": "commit"},
    {"code": "gagnée", "kind": "won"},
    {"code": "perdue", "kind": "lost"},
]
deals = [
    ("Toiture du lycée", "marie", "devis", "24000", "EUR", "2026-12-11"),
    ("Bardage Rénov’Ouest", "marie", "négociation", "18000", "EUR", "2026-11-27"),
    ("Entretien de la mairie", "marie", "négociation", "12000", "EUR", "2026-11-13"),
    ("Isolation Toits du Nord", "paul", "contact", "30000", "EUR", "2026-12-18"),
    ("Solar Roofs Inc.", "paul", "contact", "20000", "USD", "2026-12-04"),
]
lycee, bardage, mairie, isolation, solar = map(record, range(1, 6))

with crmkit.Crm.memory() as crm:
    # Anne leads Marie and Paul, and is to close 60,000 euros.
    crm.run("pipeline.create", {"code": "ventes", "name": "Ventes", "stages": stages}, **monday)
    for user in ("marie", "paul"):
        crm.run("employee.create", {"fields": {"user": user, "manager": "anne"}}, **monday)
    rate = {"from": "USD", "to": "EUR", "valid_from": "2026-11-01", "rate": "0.92"}
    crm.run("exchange_rate.set", {"rates": [rate]}, **monday)
    quota = {"owner": "anne", "period": days, "amount": {"amount": "60000", "currency": "EUR"}}
    crm.run("quota.set", quota, **monday)
    for number, (name, owner, stage, amount, currency, close_date) in enumerate(deals, 1):
        value = {"amount": amount, "currency": currency}
        fields = {"name": name, "owner": owner, "stage": stage, "value": value, "close_date": close_date}
        crm.run("deal.create", {"id": record(number), "fields": fields}, **monday)
    crm.run("deal.move", {"id": solar, "stage": "devis"}, **on("2026-11-05"))
    crm.run("deal.win", {"id": mairie}, **on("2026-11-12"))

    print("Prévision du trimestre")
    forecast = crm.query("forecast", {**quarter, "view": "manager"}, **later)
    team = forecast["periods"][0]["nodes"]
    tell(team)
    tell(team[0]["pacing"]["reasons"])

    print("Fourchette\N{NO-BREAK SPACE}: P10, P50, P90")
    bands = crm.query("bands", {**quarter, "target": "60000"}, **later)
    tell(bands["quantiles"])
    tell([bands["target"]])

    # A snapshot; then an amount is raised and a close date pushed into the next quarter.
    snapshot = record(6)
    crm.run("snapshot.take", {"id": snapshot, "name": "mi-novembre", "currency": "EUR"}, **later)
    raised = {"value": {"amount": "28000", "currency": "EUR"}}
    crm.run("deal.patch", {"id": lycee, "fields": raised}, **on("2026-11-20"))
    crm.run("deal.patch", {"id": isolation, "fields": {"close_date": "2027-01-22"}}, **on("2026-11-24"))

    print("Depuis la mi-novembre")
    waterfall = crm.query("waterfall", {"from": snapshot, "filter": {"period": days}, **euros}, **today)
    for bucket in waterfall["buckets"].values():
        tell(bucket["top"])

    print("Affaires, de la plus risquée à la moins risquée")
    risks = crm.query("deal_risks", {"lang": "fr"}, **today)["deals"]
    for deal in risks:
        print(" ", deal["name"])
    print("Pourquoi la première")
    reasons = risks[0]["risk"]["reasons"]
    tell(reasons)
    print("Que faire")
    tell([reason["fix"] for reason in reasons])

    print("Supprimer une étape")
    try:
        crm.run("stage.delete", {"pipeline": "ventes", "code": "devis"}, **today)
    except crmkit.CrmError as refused:
        print(" ", refused.message("fr"))
    print("La fusionner avec la suivante")
    merge = {"pipeline": "ventes", "from": "devis", "to": "négociation"}
    impact = crm.query("pipeline_impact", {"command": "stage.merge", "body": merge, "lang": "fr"}, **today)
    tell(impact["totals"])
