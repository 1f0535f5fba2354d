//! The lead desk in Rust: who is the same, merged with a way back; who gets the lead; what it becomes; and always why.

use crm_core::command::{Actor, ConvertLead, Create, Ctx, EnrichLead, MergeLeads, Role, RouteLeads, Undo};
use crm_core::engine::SimilarTo;
use crm_core::kernel::reason::Reason;
use crm_core::kernel::time::parse_instant;
use crm_core::model::{Deal, Lead};
use crm_core::rules::Rules;
use crm_core::rules::conversion::Outcome;
use crm_core::rules::enrichment::{Page, Supplied};
use crm_core::store::Workspace;
use crm_core::{Crm, Id, Lang, Result, lang};
use crm_sqlite::SqliteStore;

/// Marie takes two leads of three; Zoé is away.
const RULES: &str = r#"{"routing": {
    "zone": "Europe/Paris",
    "members": [{"user": "marie", "weight": 2}, {"user": "paul", "weight": 1},
                {"user": "zoé", "weight": 2, "leave": [{"from": "2026-11-16", "to": "2026-11-27"}]}],
    "teams": [{"id": "sales", "members": ["zoé", "marie", "paul"]}],
    "rules": [{"id": "all", "labels": {"en": "everything", "fr": "tout"}, "priority": 1,
               "target": {"team": "sales"}}]}}"#;

fn main() -> Result<()> {
    let crm = Crm::new(SqliteStore::in_memory()?, Rules::parse(RULES.as_bytes())?);
    let sonia = Actor::new("sonia", Role::Manager)?;
    let friday = parse_instant("2026-11-20T16:30:00Z")?;
    let monday = parse_instant("2026-11-23T08:00:00Z")?;
    let acme = Workspace::new("acme")?;
    let on = |at, request: &str| Ctx::new(acme.clone(), sonia.clone(), at, Id::from_text(request));
    let create = |at, request, lead: Lead| crm.run(&on(at, request), &Create::new(lead))?.done().map(|lead| lead.id);
    let sentence = |reason: Reason| lang::reason(&reason, Lang::French);
    let why = |reason: Reason| println!("  {}", sentence(reason));

    // The same person, met at a fair and then on the website.
    let claire = Lead {
        company: "Rénov’Ouest".into(),
        first_name: "Claire".into(),
        last_name: "Le Goff".into(),
        email: "claire.legoff@gmail.com".into(),
        phone: "+33 2 98 46 21 07".into(),
        ..Lead::default()
    };
    let web = Lead {
        company: "RENOV’OUEST SARL".into(),
        email: "ClaireLeGoff+devis@googlemail.com".into(),
        phone: "02.98.46.21.07".into(),
        job_title: "Gérante".into(),
        ..claire.clone()
    };
    let karim = Lead { company: "Toits du Nord".into(), email: "karim@toits-du-nord.fr".into(), ..Lead::default() };
    let claire = create(friday, "lead 1", claire)?;
    let web = create(monday, "lead 2", web)?;
    let karim = create(monday, "lead 3", karim)?;

    println!("Un doublon");
    for candidate in crm.similar(&on(monday, "question"), &SimilarTo::Stored(web))?.candidates {
        candidate.comparison.reasons().iter().cloned().for_each(why);
    }

    println!("Fusion");
    let merge = MergeLeads::new(claire, vec![web]);
    for choice in crm.explain_merge(&on(monday, "preview"), &merge)?.choices {
        why(Reason::MergedField { field: choice.field, rule: choice.rule });
    }
    crm.run(&on(monday, "merge"), &merge)?;
    let undone = crm.run(&on(monday, "undo"), &Undo::<MergeLeads>::new(Id::from_text("merge")))?.done()?;
    println!("  annulée, {} fiches comme avant, puis refaite", undone.restored);
    crm.run(&on(monday, "merge again"), &merge)?;

    println!("Attribution");
    for id in [claire, karim] {
        let decision = crm.explain_route(&on(monday, "preview"), id, false, &[])?;
        decision.skipped.into_iter().chain(decision.reasons).map(Reason::Routing).for_each(why);
        crm.run(&on(monday, &format!("route {id}")), &RouteLeads { ids: vec![id], ..RouteLeads::default() })?;
    }

    println!("Enrichissement");
    let url = "https://www.toits-du-nord.fr/mentions-legales".into();
    let text = "Toits du Nord, SARL au capital de 10 000 €, SIREN 732 829 320".into();
    let supplied = Supplied { pages: vec![Page { url, text, ..Page::default() }], ..Supplied::default() };
    for written in crm.run(&on(monday, "enrich"), &EnrichLead { id: karim, supplied })?.done()?.written {
        println!("  {} → {}", sentence(written.reason()), written.value);
    }

    println!("Conversion");
    let convert = ConvertLead::new(claire);
    let plan = crm.explain_conversion(&on(monday, "preview"), &convert)?;
    for (name, outcome) in [("compte", plan.account), ("contact", plan.contact), ("affaire", plan.deal)] {
        if let Outcome::Create { reasons, .. } = outcome {
            let reasons: Vec<String> = reasons.into_iter().map(|r| sentence(Reason::Conversion(r))).collect();
            println!("  {name} à créer ({})", reasons.join(", "));
        }
    }
    let deal = crm.run(&on(monday, "convert"), &convert)?.done()?.deal;
    if let Some(deal) = deal.map(|id| crm.get::<Deal>(&on(monday, "read"), id)).transpose()?.flatten() {
        println!("  affaire créée\u{a0}: {}, suivie par {}", deal.body.name, deal.body.owner);
    }
    Ok(())
}
