//! Revenue in Rust: what the quarter will bring, how surely, what changed, what is at risk; and an edit that asks first.

use crm_core::command::{
    Actor, Command, Create, CreatePipeline, Ctx, DeleteStage, MoveDeal, Patch, Role, SetExchangeRates, SetQuota, Step,
    TakeSnapshot, WinDeal,
};
use crm_core::engine::Find;
use crm_core::kernel::money::Money;
use crm_core::kernel::predicate::{Operator, Predicate};
use crm_core::kernel::reason::Reason;
use crm_core::kernel::time::parse_instant;
use crm_core::model::{AnyRecord, Deal, Employee, Kind};
use crm_core::rules::Rules;
use crm_core::rules::deal_risk::Verdict;
use crm_core::store::Workspace;
use crm_core::{Crm, Id, Lang, Result, lang};
use crm_sqlite::SqliteStore;
use serde_json::{Map, Value as Json, json};

/// Name, owner, stage, amount, currency and close date.
const DEALS: [(&str, &str, &str, &str, &str, &str); 5] = [
    ("Toiture du lycée", "marie", "devis", "24000", "EUR", "2026-12-11"),
    ("Bardage Rénov’Ouest", "marie", "négociation", "18000", "EUR", "2026-11-27"),
    ("Entretien de la mairie", "marie", "négociation", "12000", "EUR", "2026-11-13"),
    ("Isolation Toits du Nord", "paul", "contact", "30000", "EUR", "2026-12-18"),
    ("Solar Roofs Inc.", "paul", "contact", "20000", "USD", "2026-12-04"),
];

fn record(number: usize) -> Result<Id> {
    format!("0192f0c1-0000-7000-8000-{number:012}").parse()
}

fn fields(json: &Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap_or_default()
}

/// Prints the sentence of each part of an answer.
fn tell<'a>(parts: impl IntoIterator<Item = &'a Json>) {
    for text in parts.into_iter().filter_map(|part| part.get("text")?.as_str()) {
        println!("  {text}");
    }
}

/// The parts of an answer at a place such as `/periods/0/nodes`.
fn all<'a>(answer: &'a Json, place: &str) -> &'a [Json] {
    answer.pointer(place).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn main() -> Result<()> {
    let crm = Crm::new(SqliteStore::in_memory()?, Rules::default());
    let (acme, anne) = (Workspace::new("acme")?, Actor::new("anne", Role::Admin)?);
    let on = |day: u8, request: &str| -> Result<Ctx> {
        let at = parse_instant(&format!("2026-11-{day:02}T08:00:00Z"))?;
        Ok(Ctx::new(acme.clone(), anne.clone(), at, Id::from_text(request)))
    };
    let ask = |day: u8, name: &str, body: &[&Json]| {
        let body: Map<String, Json> = body.iter().copied().flat_map(fields).collect();
        let question = json!({"workspace": "acme", "actor": {"name": "anne", "role": "admin"},
                              "at": format!("2026-11-{day:02}T08:00:00Z"), name: body});
        crm.query_json(question.to_string().as_bytes())
    };
    let (monday, later, today) = (2, 16, 30);
    let euros = json!({"currency": "EUR", "lang": "fr"});
    let quarter = json!({"periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}});
    let days = json!({"start": "2026-10-01", "end": "2027-01-01"});

    // From a first contact over an offer to a negotiation; a deal that is won or lost is neither likely nor unlikely.
    let pipeline = json!({"code": "ventes", "name": "Ventes", "stages": [
        {"code": "contact", "probability_bp": 1000, "category": "pipeline"},
        {"code": "devis", "probability_bp": 4000, "category": "best_case"},
        {"code": "négociation", "probability_bp": 7000, "category": "commit"},
        {"code": "gagnée", "kind": "won"},
        {"code": "perdue", "kind": "lost"},
    ]});
    crm.run(&on(monday, "pipeline")?, &CreatePipeline::from_json(&pipeline, crm.rules())?)?;
    // Anne leads Marie and Paul, and is to close 60,000 euros.
    for user in ["marie", "paul"] {
        let employee = Employee { user: user.into(), manager: "anne".into(), ..Employee::default() };
        crm.run(&on(monday, user)?, &Create::new(employee))?;
    }
    let rate = json!({"rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-11-01", "rate": "0.92"}]});
    crm.run(&on(monday, "rate")?, &SetExchangeRates::from_json(&rate, crm.rules())?)?;
    let quota = json!({"owner": "anne", "period": days, "amount": {"amount": "60000", "currency": "EUR"}});
    crm.run(&on(monday, "quota")?, &SetQuota::from_json(&quota, crm.rules())?)?;
    for ((name, owner, stage, amount, currency, close_date), number) in DEALS.into_iter().zip(1..) {
        let deal = Deal {
            name: name.into(),
            owner: owner.into(),
            stage: stage.into(),
            value: Some(Money::parse(amount, currency.parse()?)?),
            close_date: close_date.parse().ok(),
            ..Deal::default()
        };
        crm.run(&on(monday, name)?, &Create { id: Some(record(number)?), ..Create::new(deal) })?;
    }
    crm.run(&on(5, "move")?, &MoveDeal::new(record(5)?, Step::to("devis")))?;
    crm.run(&on(12, "win")?, &WinDeal::new(record(3)?, Step::default()))?;

    println!("Prévision du trimestre");
    let forecast = ask(later, "forecast", &[&quarter, &euros, &json!({"view": "manager"})])?;
    let team = all(&forecast, "/periods/0/nodes");
    tell(team);
    tell(team.iter().take(1).flat_map(|anne| all(anne, "/pacing/reasons")));

    println!("Fourchette\u{a0}: P10, P50, P90");
    let bands = ask(later, "bands", &[&quarter, &euros, &json!({"target": "60000"})])?;
    tell(all(&bands, "/quantiles").iter().chain(bands.get("target")));

    // A snapshot; then an amount is raised and a close date pushed into the next quarter.
    let take = TakeSnapshot { name: "mi-novembre".into(), currency: "EUR".parse()?, id: None };
    let snapshot = crm.run(&on(later, "snapshot")?, &take)?.done()?.id;
    let raised = fields(&json!({"value": {"amount": "28000", "currency": "EUR"}}));
    crm.run(&on(20, "raise")?, &Patch::<Deal>::new(record(1)?, raised))?;
    let pushed = fields(&json!({"close_date": "2027-01-22"}));
    crm.run(&on(24, "push")?, &Patch::<Deal>::new(record(4)?, pushed))?;

    println!("Depuis la mi-novembre");
    let since = json!({"from": snapshot.to_string(), "filter": {"period": days}});
    let waterfall = ask(today, "waterfall", &[&since, &euros])?;
    for bucket in waterfall.get("buckets").and_then(Json::as_object).into_iter().flat_map(Map::values) {
        tell(all(bucket, "/top"));
    }

    println!("Affaires, de la plus risquée à la moins risquée");
    let open = Find { filter: Some(Predicate::test("state", Operator::Equal, "open")), ..Find::all(Kind::Deal) };
    let risks = crm.deal_risks(&on(today, "risks")?, &open)?.deals;
    for at_risk in &risks {
        if let AnyRecord::Deal(deal) = &at_risk.deal.body {
            println!("  {}", deal.name);
        }
    }
    if let Some(Verdict::Scored(scored)) = risks.first().map(|deal| &deal.risk.verdict) {
        println!("Pourquoi la première");
        for line in &scored.lines {
            println!("  {}", lang::reason(&Reason::Risk(line.reason.clone()), Lang::French));
        }
        println!("Que faire");
        for line in &scored.lines {
            println!("  {}", lang::risk_fix(line.signal.fix(), Lang::French));
        }
    }

    println!("Supprimer une étape");
    let delete = DeleteStage { pipeline: "ventes".into(), code: "devis".into(), plan: None };
    if let Err(refused) = crm.run(&on(today, "delete")?, &delete) {
        println!("  {}", refused.text(Lang::French));
    }
    println!("La fusionner avec la suivante");
    let merge = json!({"command": "stage.merge", "lang": "fr",
                       "body": {"pipeline": "ventes", "from": "devis", "to": "négociation"}});
    tell(all(&ask(today, "pipeline_impact", &[&merge])?, "/totals"));
    Ok(())
}
