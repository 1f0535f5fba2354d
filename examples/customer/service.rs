//! After the signature: onboarding, a contract, health, what else could be sold, the renewal.

use crm_core::Result;
use serde_json::json;

use super::firm::{Customer, Firm, anne, mailer, marie, scout, value};
use super::{CONTRACT, IDEA};

/// How work begins.
pub(crate) fn beginning(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("An agent suggests how to begin", "Un agent propose la mise en route");
    let body = json!({"account": claire.account});
    firm.told(scout("2026-03-16T09:30"), "onboarding_suggestion", &body, "/commands/0/reasons/*", "{text}")?;
    let done = firm.run(scout("2026-03-16T09:31"), "onboarding.suggest", &json!({"account": claire.account}))?;
    let [plan, note, call] = [0, 1, 2].map(|place| value(&done, &format!("/drafts/{place}/draft")));
    firm.tell(&done, "/drafts/*", "{command}")?;
    firm.approve(marie("2026-03-16T10:00"), &plan)?;
    firm.approve(marie("2026-03-16T10:00"), &note)?;
    firm.approve(marie("2026-03-16T10:00"), &call)?;
    let told = firm.ask(marie("2026-03-16T10:01"), "playbook_runs", &json!({"account": claire.account}))?;
    let run = value(&told, "/rows/0/id");
    let told = firm.ask(marie("2026-03-16T10:01"), "playbook_run", &json!({"id": run}))?;
    let task = value(&told, "/steps/0/task");
    firm.tell(&told, "/steps/*", "{due_on} {title}")?;
    firm.run(marie("2026-03-18T16:00"), "task.complete", &json!({"id": task}))?;
    let told = firm.ask(marie("2026-03-18T16:01"), "playbook_run", &json!({"id": run}))?;
    firm.tell(&told, "/reasons/*", "{text}")?;
    firm.tell(&told, "/steps/1", "{due_on} {title} ({reasons/0/text})")?;
    Ok(())
}

/// The contract.
pub(crate) fn contract(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("A contract, and when the customer is told", "Un contrat, et quand avertir le client");
    let body = json!({
        "id": CONTRACT,
        "fields": {
            "name": firm.say("Yearly care", "Entretien annuel"), "account": claire.account,
            "contact": claire.contact, "deal": claire.deal, "owner": "marie", "currency": "EUR",
            "starts_on": "2026-04-01", "term_months": 12, "renewal": "auto", "customer_kind": "non_professional",
        },
    });
    firm.run(marie("2026-04-01T09:00"), "subscription.create", &body)?;
    let body = json!({"fields": {
        "subscription": CONTRACT, "product": firm.say("care", "entretien"), "quantity": "1",
        "unit_price": {"amount": "45.00", "currency": "EUR"}, "interval_months": 1,
    }});
    firm.run(marie("2026-04-01T09:01"), "subscription_item.create", &body)?;
    let told = firm.ask(marie("2026-04-01T09:05"), "subscription", &json!({"id": CONTRACT}))?;
    firm.tell(&told, "/revenue/*", firm.say("{mrr currency} a month", "{mrr currency} par mois"))?;
    firm.tell(&told, "/term/reasons/*", "{text}")?;
    Ok(())
}

/// How the customer is doing.
pub(crate) fn health(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("Payments are late: why the health moved", "Des retards de paiement\u{a0}: pourquoi la santé bouge");
    let body = json!({"fields": {
        "kind": "call", "direction": "outbound", "account": claire.account, "contact": claire.contact,
        "subject": firm.say("How is the house?", "Comment va la maison\u{202f}?"),
    }});
    firm.run(marie("2026-09-20T09:00"), "activity.log", &body)?;
    let body = json!({"account": claire.account, "measure": "nps", "value": 30});
    firm.run(mailer("2026-09-25T09:00"), "measurement.record", &body)?;
    firm.payment(mailer("2026-09-28T08:00"), claire, "F-063", "2026-06-30", Some("2026-06-29"))?;
    firm.run(anne("2026-09-28T09:00"), "health.recalculate", &json!({"account": claire.account}))?;
    let body = json!({"account": claire.account});
    firm.told(marie("2026-09-28T09:05"), "health", &body, "/live", "{score} ({band_text})")?;
    firm.payment(mailer("2026-10-01T09:00"), claire, "F-081", "2026-08-31", None)?;
    firm.payment(mailer("2026-10-01T09:00"), claire, "F-092", "2026-09-30", None)?;
    firm.run(anne("2026-10-10T09:00"), "health.recalculate", &json!({"account": claire.account}))?;
    let told = firm.ask(marie("2026-10-10T09:05"), "health", &json!({"account": claire.account}))?;
    firm.tell(&told, "/live", "{score} ({band_text})")?;
    firm.tell(&told, "/entry/delta_reasons/*", "{text}")?;
    Ok(())
}

/// What else could be sold, who belongs where, all in one answer.
pub(crate) fn hub(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("The customer in a few lines", "Le client en quelques lignes");
    let body = json!({
        "id": IDEA,
        "fields": {
            "title": firm.say("Solar panels", "Panneaux solaires"), "account": claire.account, "kind": "cross_sell",
            "value": {"amount": "6500.00", "currency": "EUR"}, "owner": "marie",
            "evidence": firm.say("She asked on the phone", "Elle a demandé au téléphone"),
        },
    });
    firm.run(marie("2026-10-12T09:00"), "expansion_idea.create", &body)?;
    firm.run(marie("2026-10-12T09:01"), "expansion_idea.qualify", &json!({"id": IDEA}))?;
    let body = json!({
        "code": "watch", "record": "account", "name": firm.say("To be watched", "À surveiller"),
        "where": {"all": [
            {"field": "health_band", "op": "in", "value": ["yellow", "red"]},
            {"field": "country", "op": "eq", "value": "FR"},
        ]},
    });
    firm.run(anne("2026-10-12T10:00"), "segment.create", &body)?;
    let body = json!({"code": "watch", "record": "account", "id": claire.account});
    firm.told(anne("2026-10-12T10:01"), "segment_why", &body, "/reasons/*", "{text}")?;
    let told = firm.ask(marie("2026-10-12T10:05"), "customer", &json!({"account": claire.account}))?;
    firm.tell(&told, "/subscriptions/revenue/total/*", firm.say("{arr currency} a year", "{arr currency} par an"))?;
    firm.tell(
        &told,
        "/payments",
        firm.say(
            "{overdue} payments late, {oldest_overdue_days} days at most",
            "{overdue} paiements en retard, {oldest_overdue_days} jours au plus",
        ),
    )?;
    firm.tell(
        &told,
        "/onboarding/rows/*",
        firm.say("{done} of {required} steps done", "{done} étape sur {required} faite"),
    )?;
    firm.tell(&told, "/expansion/rows/*", "{title}, {value/amount value/currency}")?;
    Ok(())
}

/// The year in a table, the notice of the renewal, a day.
pub(crate) fn renewal(firm: &Firm) -> Result<()> {
    firm.title("The renewal, a report, a day in sentences", "Le renouvellement, un rapport, la journée en phrases");
    let body = json!({
        "report": {
            "kind": "win_rate", "window": {"to_date": {"unit": "year"}, "zone": "Europe/Paris"}, "currency": "EUR",
            "group_by": ["owner"],
        }, "csv": {"headers": firm.lang.code()}, "lang": firm.lang.code(),
    });
    firm.done(anne("2026-10-12T11:00"), "report.export", &body, "", "{csv}")?;
    let done = firm.run(anne("2027-02-08T06:00"), "renewal.tick", &json!({}))?;
    let renewal = value(&done, "/renewals/0/id");
    let told = firm.ask(marie("2027-02-08T08:00"), "renewals", &json!({}))?;
    firm.tell(&told, "/rows/*/notice/reasons/2", "{text}")?;
    firm.tell(&told, "/rows/*/risk", "{band_text} ({score})")?;
    firm.tell(&told, "/rows/*/risk/reasons/*", "{text}")?;
    let body = json!({"id": renewal, "lang": firm.lang.code()});
    let done = firm.run(marie("2027-02-08T09:00"), "renewal.notice", &body)?;
    let draft = value(&done, "/id");
    firm.approve(marie("2027-02-08T09:05"), &draft)?;
    firm.deliver(mailer("2027-02-08T09:06"))?;
    firm.run(anne("2027-02-09T06:00"), "renewal.tick", &json!({}))?;
    firm.told(marie("2027-02-09T08:00"), "renewals", &json!({}), "/rows/*/notice/reasons/2", "{text}")?;
    firm.told(marie("2027-03-04T08:05"), "narrative", &json!({"currency": "EUR"}), "/reasons/*", "{text}")?;
    Ok(())
}
