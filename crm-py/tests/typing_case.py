"""What type checkers must accept, and must not; checked by test_typing.py, never run."""

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import crmkit

at = datetime(2026, 11, 22, tzinfo=timezone.utc)
rules = crmkit.Rules({"custom": {}})
crmkit.Rules('{"custom": {}}')
crmkit.Rules(3)  # type: ignore[arg-type]

scored: crmkit.Scored = rules.score_leads({"company": ["x"], "size": [1, None]}, at=at, lang="fr", keep=["company"])
rules.score_leads(scored, at="2026-11-22T09:00:00Z", map={"a": "company"}, reasons="top3")
rules.score_leads(scored)  # type: ignore[call-arg]
rules.score_leads(scored, at=at, lang="de")  # type: ignore[arg-type]
rules.score_leads(3, at=at)  # type: ignore[arg-type]
rules.score_leads(scored, at=at, columns=["score", "reason_ids"], threads=2, progress=lambda rows: print(rows))
rules.score_leads(scored, at=at, progress=lambda: None)  # type: ignore[misc, arg-type]
rows: list[dict[str, Any]] = scored.to_dicts()
count: int = len(scored)
ids: list[dict[str, Any]] = scored.reason_table
stream: crmkit.ScoreStream = rules.score_stream(scored, at=at, threads=2, keep="none")
parts: list[crmkit.Scored] = list(stream)
rules.score_leads(stream, at=at)
explained: crmkit.Explained = scored.explain(0, "fr")
points: int = explained.score
band: str | None = explained.band_text
scored.explain(0, lang="de")  # type: ignore[arg-type]

keyed: crmkit.Evaluated = rules.identity_keys(scored, columns=["email_key"], map={"a": "email"}, threads=2)
rules.identity_keys(3)  # type: ignore[arg-type]
grouped: crmkit.Evaluated = rules.duplicate_groups(keyed, by={"person": "any", "company": ["company_key", "email_domain"]})
rules.duplicate_groups(keyed, by=3)  # type: ignore[arg-type]
routed: crmkit.Routed = rules.route(grouped, at=at, state={"open": {"marie": 3}}, lang="fr", columns=["user", "reasons"])
rules.route(grouped)  # type: ignore[call-arg]
remembered: dict[str, Any] = rules.route(grouped, at=at, state=routed.state).state

answer: dict[str, Any] = rules.eval("lead_score", {"lead": {"value": Decimal("1")}, "at": at})
text: str = rules.eval_json("lead_score", "{}")

with crmkit.Crm.open("crm.db", rules) as crm:
    crm.run("lead.create", {"fields": {}}, actor="a", role="member", workspace="w", at=at)
    crm.run("lead.create", {"fields": {}}, actor="a", role="boss", workspace="w", at=at)  # type: ignore[arg-type]
    crm.run("lead.create", {"fields": {}})  # type: ignore[call-arg]
    found: list[dict[str, Any]] = crm.find("lead", actor="a", role="agent", workspace="w", at=at)
    done: dict[str, int] = crm.score_leads(actor="a", role="admin", workspace="w", at=at, id="x")
    crm.score_leads(actor="a", role="admin", workspace="w")  # type: ignore[call-arg]
    dry = crmkit.DryRun()
    left: list[dict[str, Any]] = dry.left
    sent: dict[str, Any] = crm.deliver({"email": dry}, actor="a", role="admin", workspace="w", at=at, limit=5)
    crm.deliver({"sms": lambda parcel: str(parcel["key"])}, actor="a", role="admin", workspace="w", at=at, worker="b")
    crm.deliver({"sms": lambda: None}, actor="a", role="admin", workspace="w", at=at)  # type: ignore[dict-item, misc]
    crm.deliver([dry], actor="a", role="admin", workspace="w", at=at)  # type: ignore[arg-type]
    crmkit.NotSent("no such mailbox", final=True)

try:
    crmkit.Rules("{")
except crmkit.InvalidInput as error:
    code: str = error.code
    field: str | None = error.field

forecast: crmkit.Forecast = rules.forecast({"amount": ["1"]}, as_of="2026-11-22", periods={}, currency="EUR", lang="fr")
rules.forecast({"amount": ["1"]}, periods={})  # type: ignore[call-arg]
rules.forecast({"amount": ["1"]}, as_of=at, periods={}, rounding="sometimes")  # type: ignore[arg-type]
total: dict[str, Any] = forecast.total
median: Decimal = rules.bands({"amount": ["1"]}, currency="EUR").p50
risk: crmkit.Evaluated = rules.deal_risk({"amount": ["1"]}, at=at, currency="EUR")
question: crmkit.ForecastQuestion = rules.forecast_question(as_of=at, periods={}, owners={"marie": None})
again: crmkit.Forecast = question({"amount": ["1"]})
question(3)  # type: ignore[arg-type]
bands: crmkit.Bands = crmkit.bands({"amount": ["1"]}, currency="EUR")
bands.quantile(0.5)  # type: ignore[arg-type]
rules.bands({"amount": ["1"]})  # type: ignore[call-arg]
rules.bands({"amount": ["1"]}, currency="EUR", scenarios="weak")  # type: ignore[arg-type]
rules.deal_risk({"amount": ["1"]})  # type: ignore[call-arg]
due: crmkit.Evaluated = rules.sla_due({"created_at": [at]}, calendar={"id": "x"}, target=4, unit="hours", pauses="held")
took: crmkit.Evaluated = crmkit.sla_elapsed({"created_at": [at]}, calendar="x", end="done_at", threads=2)
rules.sla_due({"created_at": [at]}, unit="days")  # type: ignore[arg-type]
rules.sla_elapsed({"created_at": [at]}, target="minutes")  # type: ignore[call-arg]
rules.deal_risk({"amount": ["1"]}, at=at, lang="de")  # type: ignore[arg-type]
credited: crmkit.Attribution = rules.attribution({"subject": ["a"], "channel": ["x"]}, conversions={"subject": ["a"]}, at=at)
channels: crmkit.Evaluated = credited.by("channel")
crmkit.attribution({"subject": ["a"], "channel": ["x"]}, model="linear")
rules.attribution({"subject": ["a"]}, direct="drop")  # type: ignore[arg-type]
brought: crmkit.Evaluated = rules.attribution_paths({"path": ["a > b"], "conversions": [1]}, unique="first")
quoted: crmkit.Evaluated = rules.quote_totals({"quote": ["a"]}, price_mode="gross", per="rate")
rules.quote_totals({"quote": ["a"]}, rounding="never")  # type: ignore[arg-type]
well: crmkit.Evaluated = rules.health({"tickets_open": [1]}, at=at, model={"id": "x"})
rules.health({"tickets_open": [1]})  # type: ignore[call-arg]
belongs: crmkit.Segmented = crmkit.segment({"size": [1]}, at=at, where={"field": "size", "op": "ge", "value": 1})
mask: list[bool] = belongs.mask
rules.segment({"size": [1]}, at=at, record="task")  # type: ignore[arg-type]
