//! The day on one page: what is on it, and that nothing breaks out of it.

use crm_core::Crm;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use serde_json::{Value as Json, json};

use crate::ticket_driver::{ask, run, run_as};

const MONDAY: &str = "2026-11-02T08:00:00Z";
const TODAY: &str = "2026-11-30T08:00:00Z";

/// Texts that try to be more than text.
const NASTY: [&str; 6] = [
    "</title><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "<style>body{display:none}</style>",
    "facture\u{202e}gpj.exe",
    "'-->]]><!--",
    "&lt;b&gt; &amp; co",
];

fn pipeline() -> Json {
    json!({"code": "ventes", "name": "Ventes", "stages": [
        {"code": "contact", "probability_bp": 1000, "category": "pipeline"},
        {"code": "devis", "probability_bp": 4000, "category": "best_case"},
        {"code": "gagnée", "kind": "won"},
        {"code": "perdue", "kind": "lost"},
    ]})
}

/// A workspace with a deal, task, ticket, lead and draft of each name.
fn desk(names: &[&str]) -> Crm<MemoryStore> {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    run(&crm, MONDAY, "pipeline", "pipeline.create", pipeline());
    for (at, name) in names.iter().enumerate() {
        let value = json!({"amount": format!("{}", 1000 * (at + 1)), "currency": "EUR"});
        let deal = json!({"name": name, "owner": name, "stage": "devis", "value": value, "close_date": "2026-12-11"});
        run(&crm, MONDAY, &format!("deal {at}"), "deal.create", json!({"fields": deal}));
        let task = json!({"title": name, "assignee": "admin", "due_date": "2026-11-27"});
        run(&crm, MONDAY, &format!("task {at}"), "task.create", json!({"fields": task}));
        let lead =
            json!({"company": name, "last_name": name, "email": format!("a{at}@exemple.fr"), "source": "website"});
        run(&crm, MONDAY, &format!("lead {at}"), "lead.create", json!({"fields": lead}));
        let ticket = json!({"subject": name, "priority": "urgent", "owner": "admin"});
        run(&crm, MONDAY, &format!("ticket {at}"), "ticket.create", json!({"fields": ticket}));
        let draft = json!({"channel": "email", "recipients": [format!("a{at}@exemple.fr")], "text": "Bonjour"});
        let draft = json!({"fields": draft, "submit": true});
        run_as(&crm, "admin", TODAY, &format!("draft {at}"), "draft.compose", &draft).unwrap();
    }
    let raised = json!({"value": {"amount": "4000", "currency": "EUR"}});
    let deal = &ask(&crm, MONDAY, "find", json!({"record": "deal", "limit": 1}))["rows"][0]["id"];
    run(&crm, "2026-11-28T08:00:00Z", "raised", "deal.patch", json!({"id": deal, "fields": raised}));
    let leads = ask(&crm, MONDAY, "find", json!({"record": "lead", "limit": 100}));
    let ids: Vec<&Json> = leads["rows"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    run(&crm, TODAY, "scores", "lead.score", json!({"ids": ids}));
    crm
}

fn page(crm: &Crm<MemoryStore>, lang: &str) -> String {
    let body = json!({"lang": lang, "zone": "Europe/Paris", "user": "admin"});
    ask(crm, TODAY, "page", body)["html"].as_str().unwrap().to_owned()
}

/// Every tag of the page in order, with its attributes; quoted values cannot hold a `<`, so that a scan is enough.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

/// Elements are closed in the order in which they were opened.
fn balanced(html: &str) {
    let mut open = Vec::new();
    for tag in tags(html) {
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') && !["!DOCTYPE", "meta"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn no_text_of_a_record_becomes_markup() {
    let plain = page(&desk(&["a", "b", "c", "d", "e", "f"]), "fr");
    let nasty = page(&desk(&NASTY), "fr");
    balanced(&plain);
    balanced(&nasty);
    // The same page, tag by tag: names are nothing but text. Only drawings depend on numbers, which are equal here.
    assert_eq!(tags(&nasty), tags(&plain));
    assert!(!nasty.contains('\u{202e}') && nasty.contains("U+202E"));
    assert!(nasty.contains("&lt;script&gt;") && nasty.contains("&amp;lt;b&amp;gt;"));
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    let html = page(&desk(&NASTY), "en");
    for tag in tags(&html) {
        let name = tag.split([' ', '/', '\n']).find(|part| !part.is_empty()).unwrap();
        assert!(!["script", "link", "img", "iframe", "object", "base", "form"].contains(&name), "{tag}");
        assert!(!tag.contains(" on") && !tag.contains("src=") && !tag.contains("url("), "{tag}");
        if let Some(href) = tag.split("href=\"").nth(1) {
            assert!(href.starts_with('#'), "{tag}");
        }
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn figures_lead_to_parts_of_the_page() {
    let html = page(&desk(&["Toiture", "Bardage"]), "en");
    for tag in tags(&html) {
        if let Some(anchor) = tag.split("href=\"#").nth(1).and_then(|rest| rest.split('"').next()) {
            assert!(html.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        }
    }
}

#[test]
fn every_figure_of_the_dashboard_is_told() {
    let crm = desk(&["Toiture", "Bardage"]);
    let html = page(&crm, "en");
    let window = json!({"to_date": {"unit": "quarter"}, "zone": "Europe/Paris"});
    let told = ask(&crm, TODAY, "dashboard", json!({"window": window, "currency": "EUR"}));
    let counts = [
        ("Waiting for your OK", "/approvals/waiting"),
        ("Overdue tasks", "/tasks/overdue/count"),
        ("Tickets past their deadline", "/tickets/breached/count"),
        ("Tickets due soon", "/tickets/due_soon/count"),
        ("Renewals within 30 days", "/renewals/within/0/count"),
        ("Renewal notices to send within 30 days", "/renewals/notices/count"),
        ("Messages sent this quarter", "/outreach/sent/count"),
    ];
    for (label, at) in counts {
        let count = told.pointer(at).and_then(Json::as_u64).unwrap_or_else(|| panic!("{at} in {told}"));
        assert!(html.contains(&format!("<span>{label}</span><b>{count}</b>")), "{label}: {count}");
    }
    assert_eq!((told["approvals"]["waiting"].as_u64(), told["tasks"]["overdue"]["count"].as_u64()), (Some(2), Some(2)));
    assert!(html.contains("<span>Open deals</span><b>6,000.00 EUR</b><small>2 deals</small>"));
}

#[test]
fn the_first_things_are_the_inbox_in_its_order() {
    let crm = desk(&["Toiture", "Bardage"]);
    let html = page(&crm, "fr");
    let inbox = ask(&crm, TODAY, "inbox", json!({"user": "admin", "zone": "Europe/Paris", "limit": 5, "lang": "fr"}));
    let todo = html.split("<ol").nth(1).unwrap().split("</ol>").next().unwrap();
    let mut rest = todo;
    for item in inbox["items"].as_array().unwrap() {
        let title = format!("<bdi>{}</bdi>", item["title"].as_str().unwrap());
        rest = rest.split_once(&title).unwrap_or_else(|| panic!("{title} in {todo}")).1;
    }
    assert!(html.contains("À faire aujourd’hui") && html.contains("vu par"));
}

#[test]
fn an_empty_workspace_has_a_page_too_and_the_same_bytes_each_time() {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let html = page(&crm, "en");
    balanced(&html);
    assert!(html.contains("Nothing is waiting for you."));
    assert_eq!(html, page(&crm, "en"));
}

#[test]
fn two_currencies_are_not_added_up() {
    let crm = desk(&["Toiture"]);
    let value = json!({"amount": "10", "currency": "USD"});
    let deal = json!({"fields": {"name": "Solar", "stage": "devis", "value": value, "close_date": "2026-12-11"}});
    run(&crm, TODAY, "dollars", "deal.create", deal);
    let asked = crate::ticket_driver::try_ask(&crm, TODAY, "page", &json!({"zone": "UTC"})).unwrap_err();
    assert_eq!(asked.field(), Some("page.currency"), "{asked}");
    let html = ask(&crm, TODAY, "page", json!({"zone": "UTC", "currency": "EUR"}));
    // There is no rate: the deal is told, not converted by a guess.
    assert!(html["html"].as_str().unwrap().contains("Not counted"));
}
