"""The lead desk in Python: who is the same, merged with a way back; who gets the lead; what it becomes; always why."""

from typing import Any

import crmkit

# Marie takes two leads of three; Zoé is away.
rules = crmkit.Rules(
    {
        "routing": {
            "zone": "Europe/Paris",
            "members": [
                {"user": "marie", "weight": 2},
                {"user": "paul", "weight": 1},
                {"user": "zoé", "weight": 2, "leave": [{"from": "2026-11-16", "to": "2026-11-27"}]},
            ],
            "teams": [{"id": "sales", "members": ["zoé", "marie", "paul"]}],
            "rules": [{"id": "all", "labels": {"en": "everything", "fr": "tout"}, "priority": 1, "target": {"team": "sales"}}],
        }
    }
)
friday: dict[str, Any] = {"actor": "sonia", "role": "manager", "workspace": "acme", "at": "2026-11-20T16:30:00Z"}
monday = {**friday, "at": "2026-11-23T08:00:00Z"}


def tell(reasons: list[dict[str, Any]]) -> None:
    for reason in reasons:
        print(" ", reason["text"])


with crmkit.Crm.memory(rules) as crm:

    def create(when: dict[str, Any], **fields: str) -> str:
        return crm.run("lead.create", {"fields": fields}, **when)["output"]["id"]

    # The same person, met at a fair and then on the website.
    name = {"first_name": "Claire", "last_name": "Le Goff"}
    claire = create(friday, company="Rénov’Ouest", email="claire.legoff@gmail.com", phone="+33 2 98 46 21 07", **name)
    web = {"company": "RENOV’OUEST SARL", "email": "ClaireLeGoff+devis@googlemail.com", "phone": "02.98.46.21.07"}
    web_id = create(monday, job_title="Gérante", **web, **name)
    karim = create(monday, company="Toits du Nord", email="karim@toits-du-nord.fr")

    print("Un doublon")
    for candidate in crm.query("similar", {"id": web_id, "lang": "fr"}, **monday)["candidates"]:
        tell(candidate["reasons"])

    print("Fusion")
    merge = {"primary": claire, "sources": [web_id]}
    tell(crm.query("merge", {**merge, "lang": "fr"}, **monday)["fields"])
    command_id = "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10"
    crm.run("lead.merge", merge, id=command_id, **monday)
    undone = crm.run("lead.unmerge", {"merge": command_id}, **monday)["output"]
    print(f"  annulée, {undone['restored']} fiches comme avant, puis refaite")
    crm.run("lead.merge", merge, **monday)

    print("Attribution")
    for lead in (claire, karim):
        decision = crm.query("route", {"id": lead, "lang": "fr"}, **monday)
        tell(decision["skipped"] + decision["reasons"])
        crm.run("lead.route", {"ids": [lead]}, **monday)

    print("Enrichissement")
    legal = "Toits du Nord, SARL au capital de 10 000 €, SIREN 732 829 320"
    pages = [{"url": "https://www.toits-du-nord.fr/mentions-legales", "text": legal}]
    for written in crm.run("lead.enrich", {"id": karim, "pages": pages}, **monday)["output"]["written"]:
        print(f"  {written['field']} → {written['value']}")

    print("Conversion")
    plan = crm.query("conversion", {"id": claire, "lang": "fr"}, **monday)
    for record, label in {"account": "compte", "contact": "contact", "deal": "affaire"}.items():
        if plan[record]["do"] == "create":
            print(f"  {label} à créer ({', '.join(reason['text'] for reason in plan[record]['reasons'])})")
    deal_id = crm.run("lead.convert", {"id": claire}, **monday)["output"]["deal"]
    deal = crm.query("get", {"record": "deal", "id": deal_id}, **monday)["row"]
    print(f"  affaire créée\N{NO-BREAK SPACE}: {deal['name']}, suivie par {deal['owner']}")
