//! Enriching stored leads: who wrote a field last decides, and the same again changes nothing.

use crm_core::command::{EnrichLead, Enriched, MergeLeads, Patch, Role};
use crm_core::engine::Find;
use crm_core::kernel::finding::{Topic, Verdict};
use crm_core::model::{Enrichment, Kind, Lead, Row};
use crm_core::rules::Rules;
use crm_core::rules::enrichment::{Page, Policy, Supplied};
use crm_core::store::MemoryStore;
use crm_core::{Code, Crm, Id, command};
use serde_json::json;

use crate::support::{cx, member};

fn crm() -> Crm<MemoryStore> {
    Crm::new(MemoryStore::new(), Rules::default())
}

fn lead(crm: &Crm<MemoryStore>) -> Id {
    let lead = Lead { email: "marie.dupont@renov-ouest.fr".into(), postal_code: "29200".into(), ..Lead::default() };
    crm.run(&member("lead"), &command::Create::new(lead)).unwrap().done().unwrap().id
}

fn enrich(crm: &Crm<MemoryStore>, name: &str, id: Id, company: &str, policy: Option<Policy>) -> Enriched {
    let page = Page { url: "https://renov-ouest.fr".into(), og_site_name: company.into(), ..Page::default() };
    let pages = if company.is_empty() { Vec::new() } else { vec![page] };
    let command = EnrichLead { id, supplied: Supplied { pages, policy, ..Supplied::default() } };
    crm.run(&member(name), &command).unwrap().done().unwrap()
}

fn stored(crm: &Crm<MemoryStore>, id: Id) -> Row<Lead> {
    crm.get::<Lead>(&member("read"), id).unwrap().unwrap()
}

fn patch(crm: &Crm<MemoryStore>, name: &str, id: Id, company: &str) {
    let fields = json!({"company": company}).as_object().unwrap().clone();
    crm.run(&member(name), &Patch::<Lead>::new(id, fields)).unwrap();
}

/// Field, value, and whether the lead's field has it from there.
fn findings(crm: &Crm<MemoryStore>) -> Vec<(String, String, bool)> {
    let page = crm.query(&member("read"), &Find::all(Kind::Enrichment)).unwrap();
    let rows = page.rows.iter().map(|row| row.typed::<Enrichment>().unwrap().body);
    let mut all: Vec<_> = rows.map(|e| (e.field, e.value, e.applied == Some(true))).collect();
    all.sort();
    all
}

fn has(crm: &Crm<MemoryStore>, field: &str, value: &str, applied: bool) -> bool {
    findings(crm).contains(&(field.into(), value.into(), applied))
}

#[test]
fn findings_fill_the_lead_and_are_kept_beside_it() {
    let crm = crm();
    let id = lead(&crm);
    let done = enrich(&crm, "1", id, "Rénov'Ouest", None);
    let written: Vec<&str> = done.written.iter().map(|d| d.field.name()).collect();
    assert_eq!(written, ["company", "website", "first_name", "last_name", "country", "region"]);
    assert_eq!(done.missing, [Topic::Industry, Topic::Language]);
    let row = stored(&crm, id);
    assert_eq!((row.version, done.version), (2, 2));
    assert_eq!((row.body.company.as_str(), row.body.region.as_str()), ("Rénov'Ouest", "Bretagne"));
    assert_eq!(row.body.email, "marie.dupont@renov-ouest.fr");
    assert!(has(&crm, "company", "Rénov'Ouest", true));
    // What has no field of the lead is kept, too.
    assert!(has(&crm, "department", "Finistère", false) && has(&crm, "domain", "renov-ouest.fr", false));
    assert_eq!(findings(&crm).len(), done.facts.len());
}

#[test]
fn the_same_again_changes_nothing() {
    let crm = crm();
    let id = lead(&crm);
    let first = enrich(&crm, "1", id, "Rénov'Ouest", None);
    let (row, kept) = (stored(&crm, id), findings(&crm));
    let rows = crm.query(&member("r"), &Find::all(Kind::Enrichment)).unwrap().rows;
    for (name, policy) in [("2", None), ("3", Some(Policy::AlwaysRefresh)), ("4", Some(Policy::OverrideDefaults))] {
        let again = enrich(&crm, name, id, "Rénov'Ouest", policy);
        assert_eq!((again.written.len(), again.version), (0, first.version));
        assert_eq!((&again.facts, &again.missing), (&first.facts, &first.missing));
        assert_eq!((stored(&crm, id), findings(&crm)), (row.clone(), kept.clone()));
        assert_eq!(crm.query(&member("r"), &Find::all(Kind::Enrichment)).unwrap().rows, rows, "not one row is new");
    }
}

#[test]
fn a_refresh_replaces_findings_and_nothing_else() {
    let crm = crm();
    let id = lead(&crm);
    enrich(&crm, "1", id, "Rénov'Ouest", None);
    // By default, an older finding stays.
    let kept = enrich(&crm, "2", id, "Rénov Grand Ouest", None);
    assert_eq!(kept.conflicts[0].verdict, Verdict::KeptOlder);
    assert_eq!(stored(&crm, id).body.company, "Rénov'Ouest");
    assert!(has(&crm, "company", "Rénov Grand Ouest", false));
    let refreshed = enrich(&crm, "3", id, "Rénov Grand Ouest", Some(Policy::AlwaysRefresh));
    assert_eq!(refreshed.written.iter().map(|d| d.verdict).collect::<Vec<_>>(), [Verdict::Refreshed]);
    assert_eq!(stored(&crm, id).body.company, "Rénov Grand Ouest");
    assert!(has(&crm, "company", "Rénov Grand Ouest", true));
    // Finding nothing clears nothing.
    enrich(&crm, "4", id, "", Some(Policy::AlwaysRefresh));
    assert_eq!(stored(&crm, id).body.company, "Rénov Grand Ouest");
}

#[test]
fn what_a_person_wrote_is_the_persons() {
    let crm = crm();
    let id = lead(&crm);
    enrich(&crm, "1", id, "Rénov'Ouest", None);
    patch(&crm, "p1", id, "Rénov'Ouest SAS");
    let kept = enrich(&crm, "2", id, "Rénov Grand Ouest", Some(Policy::AlwaysRefresh));
    assert_eq!(kept.conflicts.iter().map(|d| d.verdict).collect::<Vec<_>>(), [Verdict::KeptTheirs]);
    assert_eq!(stored(&crm, id).body.company, "Rénov'Ouest SAS");
    // Even if they wrote what the finding had been: they wrote last.
    patch(&crm, "p2", id, "Rénov'Ouest");
    let kept = enrich(&crm, "3", id, "Rénov Grand Ouest", Some(Policy::AlwaysRefresh));
    assert_eq!(kept.conflicts[0].verdict, Verdict::KeptTheirs);
    assert!(!has(&crm, "company", "Rénov'Ouest", true));
    // A field that they emptied is empty.
    patch(&crm, "p3", id, "");
    assert_eq!(enrich(&crm, "4", id, "Rénov Grand Ouest", None).written[0].verdict, Verdict::FilledEmpty);
}

#[test]
fn findings_that_came_with_a_merge_say_nothing_of_who_wrote_here() {
    let crm = crm();
    let (primary, source) = (lead(&crm), {
        let other = Lead { email: "paul.martin@renov-ouest.fr".into(), ..Lead::default() };
        crm.run(&member("other"), &command::Create::new(other)).unwrap().done().unwrap().id
    });
    // Both companies are of version 2: a person's here, a finding there.
    patch(&crm, "p", primary, "Rénov'Ouest");
    enrich(&crm, "1", source, "Rénov'Ouest", None);
    let merge = MergeLeads { override_primary: true, ..MergeLeads::new(primary, vec![source]) };
    crm.run(&member("merge"), &merge).unwrap();
    let moved = crm.query(&member("r"), &Find::all(Kind::Enrichment)).unwrap().rows;
    assert!(moved.iter().any(|row| row.typed::<Enrichment>().unwrap().body.lead == Some(primary)));
    let kept = enrich(&crm, "2", primary, "Rénov Grand Ouest", Some(Policy::AlwaysRefresh));
    assert_eq!(kept.conflicts[0].verdict, Verdict::KeptTheirs);
    assert_eq!(stored(&crm, primary).body.company, "Rénov'Ouest");
}

#[test]
fn the_plan_is_the_preview_and_json_the_same_command() {
    let crm = crm();
    let id = lead(&crm);
    let body = json!({"id": id.to_string(), "pages": [{"url": "https://renov-ouest.fr", "title": "Rénov'Ouest",
        "og": {"site_name": "R"}, "json_ld": ["{}"], "icons": [{"href": "/a", "sizes": "", "type": ""}], "links": ["b"]}],
        "legal_text": "x", "country_hint": "FR", "policy": "always_refresh"});
    let parsed = command::parse("lead.enrich", &body, crm.rules()).unwrap();
    assert_eq!(parsed.to_json(), body);
    let plan = crm.plan(&member("plan"), &*parsed).unwrap();
    assert_eq!(stored(&crm, id).version, 1);
    let done = crm.run_any(&member("run"), &*parsed).unwrap().done().unwrap();
    assert_eq!(plan.output, done);
    assert_eq!(done["written"][0]["code"], "enriched_empty");
    let wrong = json!({"id": id.to_string(), "page": []});
    assert_eq!(command::parse("lead.enrich", &wrong, crm.rules()).err().unwrap().code(), Code::UnknownField);
    assert_eq!(command::parse("lead.enrich", &json!({}), crm.rules()).err().unwrap().code(), Code::Missing);
}

#[test]
fn who_may_change_leads_may_enrich_them() {
    let crm = crm();
    let id = lead(&crm);
    let command = EnrichLead { id, supplied: Supplied::default() };
    assert_eq!(crm.run(&cx(Role::Viewer, "v"), &command).map(|_| ()).unwrap_err().code(), Code::Forbidden);
    crm.run(&cx(Role::Agent, "a"), &command).unwrap();
    let unknown = EnrichLead { id: Id::from_text("nobody"), supplied: Supplied::default() };
    assert_eq!(crm.run(&member("u"), &unknown).map(|_| ()).unwrap_err().code(), Code::NotFound);
    // Findings are the library's: nobody writes them by hand.
    assert!(!command::NAMES.iter().any(|name| name.starts_with("enrichment.")));
    assert!(crm.verify(&cx(Role::Admin, "verify")).is_ok());
}
