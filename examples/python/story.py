"""The README's story in Python: score a table, then keep a lead and ask why it scores what it scores."""

from datetime import datetime, timezone
from decimal import Decimal

import crmkit

at = datetime(2026, 11, 23, 8, 0, tzinfo=timezone.utc)
rules = crmkit.Rules()

# A table: lists here, as well any polars, pandas, pyarrow or DuckDB frame.
leads = {
    "Société": ["Rénov’Ouest", "Toits du Nord"],
    "job_title": ["Gérante", "Stagiaire"],
    "source": ["Recommandation", "Salon"],
    "size": [24, None],
    "last_activity_at": [datetime(2026, 11, 20, 16, 30, tzinfo=timezone.utc), None],
}
for lead in rules.score_leads(leads, at=at, lang="fr", map={"Société": "company"}).to_dicts():
    print(lead["score"], lead["band"], lead["Société"], lead["reasons"][:2])

# Records: commands in, answers out, everything in the trail.
who = {"actor": "marie", "role": "member", "workspace": "acme", "at": at}
with crmkit.Crm.memory(rules) as crm:
    fields = {"company": "Rénov’Ouest", "job_title": "Gérante", "value": {"amount": Decimal("12500"), "currency": "EUR"}}
    lead_id = crm.run("lead.create", {"fields": fields}, **who)["output"]["id"]
    for row in crm.find("lead", {"field": "company", "op": "starts_with", "value": "renov"}, **who):
        print(row["company"], row["value"]["amount"], row["created_at"].date())
    for reason in crm.query("score", {"id": lead_id, "lang": "fr"}, **who)["reasons"]:
        print(" ", reason["text"])
