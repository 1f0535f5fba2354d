//! The customer's page: each number by hand, what is fed and how old it is, files on what comes after the signature, and that
//! the question beside a number finds the records behind it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::borrow::Cow;

use crm_core::command::{Command, Cx, Role, Verb};
use crm_core::kernel::customer::{
    IdeaState, PaymentStatus, RenewalKind, RenewalState, RunState, StepState, SubscriptionStatus,
};
use crm_core::kernel::money::Money;
use crm_core::kernel::number::Number;
use crm_core::model::{
    AnyRecord, ExpansionIdea, HealthEntry, LearningProgress, Payment, PlaybookRun, PlaybookStep, Quote, Renewal,
    Subscription, SubscriptionItem,
};
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Id, Result};
use serde_json::{Value as Json, json};

use crate::support::{at, cx};
use crate::ticket_driver::{ask, run, try_ask};

const AT: &str = "2026-11-23T09:00:00Z";

/// Rows of which a host's own commands make others; here they are only there.
#[derive(Clone)]
struct Put(Vec<(Id, AnyRecord)>);

impl Command for Put {
    type Output = ();
    const VERB: Verb = Verb::Create;
    fn name() -> Cow<'static, str> {
        "test.put".into()
    }
    fn to_json(&self) -> Json {
        Json::Null
    }
    fn from_json(_: &Json, _: &Rules) -> Result<Self> {
        Ok(Self(Vec::new()))
    }
    fn decide(&self, cx: &mut Cx<'_>) -> Result<()> {
        for (id, body) in &self.0 {
            cx.insert(*id, body.clone())?;
        }
        Ok(())
    }
}

fn id(name: &str) -> Id {
    Id::from_text(name)
}

fn eur(amount: &str) -> Option<Money> {
    Some(Money::parse(amount, "EUR".parse().unwrap()).unwrap())
}

fn day(text: &str) -> Option<chrono::NaiveDate> {
    Some(text.parse().unwrap())
}

fn rows() -> Vec<(Id, AnyRecord)> {
    let account = Some(id("acme"));
    let payment = |status, due, paid: &str, amount| Payment {
        account,
        status: Some(status),
        due_on: day(due),
        paid_on: if paid.is_empty() { None } else { day(paid) },
        amount: eur(amount),
        as_of: Some(at("2026-11-13T09:00:00Z")),
        external_source: "billing".into(),
        ..Payment::default()
    };
    let subscription = Subscription {
        name: "Acme 2026".into(),
        account,
        starts_on: day("2026-01-01"),
        ends_on: day("2026-12-31"),
        term_months: Some(12),
        renewal: Some(RenewalKind::Auto),
        status: Some(SubscriptionStatus::Active),
        currency: "EUR".into(),
        ..Subscription::default()
    };
    let item = |quantity: i64, price, months| SubscriptionItem {
        subscription: Some(id("subscription")),
        product: format!("p{months}"),
        quantity: Some(Number::from_integer(quantity).unwrap()),
        unit_price: eur(price),
        interval_months: Some(months),
        ..SubscriptionItem::default()
    };
    let step = |due, state| PlaybookStep {
        playbook_run: Some(id("run")),
        due_on: day(due),
        state: Some(state),
        required: Some(true),
        ..PlaybookStep::default()
    };
    let course = |completed, lessons| LearningProgress {
        account,
        completed: Some(completed),
        lessons: Some(lessons),
        as_of: Some(at("2026-11-01T09:00:00Z")),
        external_source: "academy".into(),
        ..LearningProgress::default()
    };
    let idea =
        |state, value| ExpansionIdea { account, state: Some(state), value: eur(value), ..ExpansionIdea::default() };
    let health = |score, when: &str| HealthEntry {
        account,
        score: Some(score),
        happened_at: Some(at(when)),
        band: "green".into(),
        ..HealthEntry::default()
    };
    let rows: Vec<AnyRecord> = vec![
        payment(PaymentStatus::Open, "2026-11-13", "", "100.50").into(),
        payment(PaymentStatus::Failed, "2026-10-24", "", "50").into(),
        payment(PaymentStatus::Open, "2026-11-23", "", "999").into(),
        payment(PaymentStatus::Paid, "2026-09-01", "2026-09-03", "70").into(),
        payment(PaymentStatus::Paid, "2026-10-01", "2026-10-05", "80").into(),
        item(10, "10", 1).into(),
        item(1, "600", 12).into(),
        step("2026-11-01", StepState::Done).into(),
        step("2026-11-20", StepState::Open).into(),
        step("2026-11-23", StepState::Open).into(),
        step("2026-12-01", StepState::Open).into(),
        course(3, 4).into(),
        course(0, 8).into(),
        idea(IdeaState::Idea, "1000").into(),
        idea(IdeaState::Qualified, "500").into(),
        idea(IdeaState::Dropped, "9000").into(),
        health(71, "2026-11-01T09:00:00Z").into(),
        health(64, "2026-11-21T09:00:00Z").into(),
    ];
    let renewal = Renewal {
        subscription: Some(id("subscription")),
        account,
        cycle: Some(1),
        due_on: day("2026-12-31"),
        state: Some(RenewalState::NoticeMissed),
        amount: eur("1800"),
        ..Renewal::default()
    };
    let run =
        PlaybookRun { account, playbook: "onboarding".into(), state: Some(RunState::Active), ..PlaybookRun::default() };
    let quote = Quote { account, title: "Extension".into(), ..Quote::default() };
    let named: Vec<(Id, AnyRecord)> = vec![
        (id("subscription"), subscription.into()),
        (id("renewal"), renewal.into()),
        (id("run"), run.into()),
        (id("quote"), quote.into()),
    ];
    let others = rows.into_iter().enumerate().map(|(n, row)| (id(&format!("row {n}")), row));
    named.into_iter().chain(others).collect()
}

fn crm() -> Crm<MemoryStore> {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let account = json!({"id": id("acme").to_string(), "fields": {"name": "Acme", "size": 120}});
    run(&crm, AT, "account", "account.create", account);
    let mut ctx = cx(Role::Admin, "put");
    ctx.at = at(AT);
    crm.run(&ctx, &Put(rows())).unwrap();
    crm
}

#[test]
fn every_number_is_that_of_the_records_behind_it() {
    let crm = crm();
    let acme = id("acme").to_string();
    for name in ["Anne", "Paul"] {
        run(&crm, AT, name, "contact.create", json!({"fields": {"last_name": name, "account": acme}}));
    }
    let big = json!({"code": "big", "record": "account", "where": {"field": "size", "op": "ge", "value": 50}});
    run(&crm, AT, "big", "segment.create", big);
    let ticket = json!({"fields": {"subject": "En panne", "account": acme}});
    run(&crm, AT, "ticket", "ticket.create", ticket);
    let page = ask(&crm, AT, "customer", json!({"account": acme, "lang": "fr"}));
    let numbers = [
        ("/account/name", json!("Acme")),
        ("/contacts/count", json!(2)),
        ("/deals/count", json!(0)),
        ("/support/count", json!(1)),
        ("/support/breached", json!(0)),
        ("/support/last/subject", json!("En panne")),
        // Due before today and not paid: 100.50 and 50; what is due today is not overdue.
        ("/payments/overdue", json!(2)),
        ("/payments/overdue_amount", json!([{"amount": "150.50", "currency": "EUR"}])),
        ("/payments/oldest_overdue_days", json!(30)),
        ("/payments/last_payment/paid_on", json!("2026-10-05")),
        ("/payments/as_of", json!("2026-11-13T09:00:00Z")),
        ("/payments/age_days", json!(10)),
        ("/payments/sources", json!(["billing"])),
        // 3 of 12 lessons.
        ("/learning/completion_bp", json!(2500)),
        ("/learning/age_days", json!(22)),
        // 10 * 10 a month, and 600 a year.
        ("/subscriptions/revenue/total/0/mrr", json!("150.00")),
        ("/subscriptions/revenue/total/0/arr", json!("1800.00")),
        ("/subscriptions/active", json!(1)),
        ("/subscriptions/next_renewal/due_on", json!("2026-12-31")),
        ("/health/last/score", json!(64)),
        ("/health/score", json!("0.64")),
        ("/health/count", json!(2)),
        ("/health/age_days", json!(2)),
        ("/segments/rows/0/code", json!("big")),
        ("/onboarding/rows/0/late", json!(1)),
        ("/onboarding/rows/0/done", json!(1)),
        ("/onboarding/rows/0/progress_bp", json!(2500)),
        ("/renewals/count", json!(1)),
        ("/renewals/notice_missed", json!(1)),
        ("/renewals/amount/0/amount", json!("1800.00")),
        ("/expansion/count", json!(2)),
        ("/expansion/value", json!([{"amount": "1500.00", "currency": "EUR"}])),
        ("/quotes/count", json!(1)),
    ];
    for (pointer, wanted) in numbers {
        assert_eq!(page.pointer(pointer), Some(&wanted), "{pointer} in {page:#}");
    }
    // What stands beside a number finds as many.
    for (block, count) in [
        ("contacts", "count"),
        ("deals", "count"),
        ("support", "count"),
        ("payments", "overdue"),
        ("learning", "count"),
        ("subscriptions", "count"),
        ("health", "count"),
        ("attachments", "count"),
        ("onboarding", "count"),
        ("renewals", "count"),
        ("expansion", "count"),
        ("quotes", "count"),
    ] {
        let found = ask(&crm, AT, "find", page[block]["query"]["find"].clone());
        assert_eq!(found["rows"].as_array().unwrap().len(), page[block][count].as_u64().unwrap() as usize, "{block}");
        assert!(page[block].get("as_of").is_some(), "{block}");
    }
    let late = page.pointer("/onboarding/rows/0/query/find").unwrap().clone();
    assert_eq!(ask(&crm, AT, "find", late)["rows"].as_array().unwrap().len(), 1);
    let timeline = ask(&crm, AT, "timeline", page["timeline"]["query"]["timeline"].clone());
    assert_eq!(timeline["entries"], page["timeline"]["entries"]);
    // Fewer are shown, and as many counted.
    let short = ask(&crm, AT, "customer", json!({"account": acme, "limit": 1}));
    assert_eq!(
        (short["payments"]["overdue_rows"].as_array().unwrap().len(), &short["payments"]["overdue"]),
        (1, &json!(2))
    );
    for (body, code, path) in [
        (json!({"account": id("nobody").to_string()}), "not_found", "customer.account"),
        (json!({}), "missing", ""),
        (json!({"account": acme, "limit": 51}), "invalid_value", "customer.limit"),
    ] {
        let error = try_ask(&crm, AT, "customer", &body).unwrap_err();
        assert_eq!(error.code().name(), code);
        assert!(path.is_empty() || error.field() == Some(path), "{error}");
    }
}

#[test]
fn files_belong_to_quotes_subscriptions_and_runs() {
    let crm = crm();
    let acme = id("acme").to_string();
    let file = json!({"name": "plan.pdf", "media_type": "application/pdf", "size_bytes": 10, "sha256": "a".repeat(64)});
    let made = run(&crm, AT, "file", "attachment.create", json!({"fields": file, "account": acme, "role": "plan"}));
    for (links, (record, name)) in
        (2..).zip([("quote", "quote"), ("subscription", "subscription"), ("playbook_run", "run")])
    {
        let body = json!({"id": made["id"], record: id(name).to_string()});
        assert_eq!(run(&crm, AT, record, "attachment.link", body)["links"], links, "{record}");
    }
    let page = ask(&crm, AT, "customer", json!({"account": acme}));
    assert_eq!(
        (&page["attachments"]["count"], &page["attachments"]["rows"][0]["name"]),
        (&json!(1), &json!("plan.pdf"))
    );
    let off = json!({"id": made["id"], "playbook_run": id("run").to_string()});
    assert_eq!(run(&crm, AT, "off", "attachment.unlink", off)["links"], 3);
}
