//! The day's figures and the day in sentences: every number has a question that finds what it counts, and every number
//! of the text is one of the dashboard's.

use crm_core::command::Role;
use crm_core::store::MemoryStore;
use serde_json::{Value as Json, json};

use super::forecast_commands::{Desk, euro};

const NOW: &str = "2026-11-22T09:00:00Z";

fn ask(desk: &Desk<MemoryStore>, name: &str, body: Json) -> Json {
    desk.asked(NOW, name, body)
}

/// A day with something of everything.
fn busy() -> Desk<MemoryStore> {
    let desk = Desk::new();
    let long_ago = "2026-10-01T09:00:00Z";
    let stages = json!([{"code": "new", "probability_bp": 1000}, {"code": "offer", "probability_bp": 5000},
                        {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]);
    desk.admin(long_ago, "pipeline.create", json!({"code": "sales", "name": "Sales", "stages": stages}));
    let deal = |name: &str, amount: &str, date: &str| {
        desk.deal(
            long_ago,
            json!({"name": name, "owner": "marie", "stage": "offer", "value": euro(amount), "close_date": date}),
        )
    };
    let (won, lost, slipped) = (
        deal("Won", "10.00", "2026-11-21"),
        deal("Lost", "20.00", "2026-11-21"),
        deal("Slipped", "1200.50", "2026-11-20"),
    );
    deal("Left alone", "99.50", "2026-10-02");
    let yesterday = "2026-11-21T10:00:00Z";
    desk.admin(yesterday, "deal.win", json!({"id": won}));
    desk.admin(yesterday, "deal.lose", json!({"id": lost, "lost_reason": "price"}));
    desk.admin(yesterday, "deal.patch", json!({"id": slipped, "fields": {"close_date": "2026-12-20"}}));
    for (title, due) in [("a", "2026-11-20"), ("b", "2026-11-21"), ("c", "2026-11-22"), ("d", "2026-11-23")] {
        desk.admin(long_ago, "task.create", json!({"fields": {"title": title, "assignee": "marie", "due_date": due}}));
    }
    for company in ["x", "y", "z"] {
        desk.admin(long_ago, "lead.create", json!({"fields": {"company": company}}));
    }
    let draft = json!({"fields": {"channel": "email", "subject": "s", "text": "t", "recipients": ["a@example.com"]}});
    let draft = desk.admin(NOW, "draft.compose", draft)["id"].clone();
    desk.admin(NOW, "draft.submit", json!({"id": draft}));
    desk
}

/// Every object of an answer that has a number and the question that finds what it counts.
fn figures(json: &Json, out: &mut Vec<(u64, Json)>) {
    match json {
        Json::Object(map) => {
            if let (Some(count), Some(find)) =
                (map.get("count").and_then(Json::as_u64), map.get("query").and_then(|q| q.get("find")))
            {
                out.push((count, find.clone()));
            }
            map.values().for_each(|value| figures(value, out));
        }
        Json::Array(all) => all.iter().for_each(|value| figures(value, out)),
        _ => {}
    }
}

fn numbers(json: &Json, out: &mut Vec<String>) {
    match json {
        Json::Object(map) => map.values().for_each(|value| numbers(value, out)),
        Json::Array(all) => all.iter().for_each(|value| numbers(value, out)),
        other => digits(&other.to_string(), out),
    }
}

/// The runs of digits of a text, of amounts without what stands between thousands.
fn digits(text: &str, out: &mut Vec<String>) {
    let mut plain = String::new();
    let mut all = text.chars().peekable();
    while let Some(c) = all.next() {
        let between = matches!(c, ',' | '\u{a0}') && plain.chars().last().is_some_and(|d| d.is_ascii_digit());
        let thousands = between && all.clone().take(3).filter(char::is_ascii_digit).count() == 3;
        if !thousands {
            plain.push(c);
        }
    }
    let runs = plain.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    out.extend(runs.map(|run| run.trim_start_matches('0').to_owned()));
}

#[test]
fn every_number_has_a_question_that_finds_what_it_counts() {
    for desk in [busy(), Desk::new()] {
        let dashboard = ask(
            &desk,
            "dashboard",
            json!({"currency": "EUR", "window": {"to_date": {"unit": "month"}, "zone": "Europe/Paris"}}),
        );
        let mut all = Vec::new();
        figures(&dashboard, &mut all);
        assert!(all.len() >= 18, "{}", all.len());
        for (count, find) in all {
            let mut question = find.clone();
            question["count"] = json!(true);
            assert_eq!(ask(&desk, "find", question)["count"], count, "{find}");
        }
    }
}

#[test]
fn the_day_in_numbers() {
    let desk = busy();
    let body = json!({"currency": "EUR", "window": {"to_date": {"unit": "month"}, "zone": "Europe/Paris"}});
    let dashboard = ask(&desk, "dashboard", body.clone());
    for (path, wanted) in [
        ("/open/count", 2),
        ("/won/count", 1),
        ("/tasks/overdue/count", 2),
        ("/tasks/due_today/count", 1),
        ("/leads/unowned/count", 3),
        ("/since_yesterday/won/count", 1),
        ("/since_yesterday/lost/count", 1),
        ("/since_yesterday/slipped/count", 1),
        ("/approvals/waiting", 1),
        ("/renewals/within/2/count", 0),
        ("/tickets/breached/count", 0),
        ("/outreach/sent/count", 0),
    ] {
        assert_eq!(dashboard.pointer(path), Some(&json!(wanted)), "{path} {dashboard:#}");
    }
    assert_eq!((&dashboard["open"]["value"], &dashboard["weighted"]["value"]), (&json!("1300.00"), &json!("650.00")));
    // Of somebody else there is nothing, but leads that nobody has and what waits for anybody's OK.
    let mut paul = body;
    paul["user"] = json!("paul");
    let dashboard = ask(&desk, "dashboard", paul);
    for path in ["/open/count", "/won/count", "/tasks/overdue/count", "/since_yesterday/slipped/count"] {
        assert_eq!(dashboard.pointer(path), Some(&json!(0)), "{path}");
    }
}

#[test]
fn the_day_in_sentences() {
    let desk = busy();
    for (lang, wanted) in [
        (
            "en",
            [
                "First, do the 2 overdue tasks.",
                "2 deals are open, worth 1,300.00 EUR (650.00 EUR weighted).",
                "Since yesterday: 1 deal won, 1 deal lost, 1 deal pushed back.",
                "1 draft waits for an OK.",
                "No ticket is late or due today.",
            ],
        ),
        (
            "fr",
            [
                "À faire d’abord\u{a0}: 2 tâches en retard.",
                "2 affaires sont ouvertes, pour 1\u{a0}300,00\u{a0}EUR (pondéré\u{a0}: 650,00\u{a0}EUR).",
                "Depuis hier\u{a0}: 1 affaire gagnée, 1 affaire perdue, 1 affaire repoussée.",
                "1 brouillon attend un accord.",
                "Aucun ticket n’est en retard ni à traiter aujourd’hui.",
            ],
        ),
    ] {
        let body = json!({"currency": "EUR", "zone": "Europe/Paris", "lang": lang});
        let told = ask(&desk, "narrative", body.clone());
        let text = told["text"].as_str().unwrap();
        let sentences: Vec<&str> =
            told["reasons"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
        assert_eq!(sentences[..5], wanted);
        assert_eq!((sentences.len(), told["reasons"][5]["code"].as_str()), (7, Some("riskiest_deal")), "{text}");
        assert!(sentences[5].contains("Left alone") && sentences[5].len() > 60, "{}", sentences[5]);
        assert_eq!(told, ask(&desk, "narrative", body));
        // Every number of the text is one of the dashboard's, or of the reason of the risk, which has its own question.
        let (mut said, mut known) = (Vec::new(), Vec::new());
        sentences.iter().filter(|one| !one.contains("Left alone")).for_each(|one| digits(one, &mut said));
        numbers(&told["dashboard"], &mut known);
        for number in said {
            assert!(known.contains(&number), "{number} of {text}");
        }
    }
}

/// A consumer whose contract is renewed by itself after a year; gives the renewal.
fn renewed(desk: &Desk<MemoryStore>, name: &str, starts_on: &str, kind: &str) -> Json {
    let begin = "2026-01-01T09:00:00Z";
    let account =
        desk.admin(begin, "account.create", json!({"fields": {"name": name, "owner": "marie"}}))["id"].clone();
    let fields = json!({"name": "Suivi", "account": account, "owner": "marie", "starts_on": starts_on,
        "term_months": 12, "customer_kind": kind});
    desk.admin(begin, "subscription.create", json!({"fields": fields}))["id"].clone()
}

#[test]
fn customers_who_have_to_be_told_of_a_renewal() {
    let desk = Desk::new();
    // The last days on which they are told in time: 30 November, 14 December; the third one is in January.
    let first = renewed(&desk, "Le Goff", "2026-01-01", "consumer");
    renewed(&desk, "Ajoncs", "2026-01-15", "non_professional");
    renewed(&desk, "Kervella", "2026-02-20", "consumer");
    // To whom the law promises nothing.
    renewed(&desk, "Mairie", "2026-01-01", "professional");
    desk.admin("2026-11-22T08:00:00Z", "renewal.tick", json!({}));
    let told = |lang: &str, user: &str| {
        let body = json!({"currency": "EUR", "lang": lang, "user": user, "zone": "Europe/Paris"});
        let told = ask(&desk, "narrative", body);
        let reasons = told["reasons"].as_array().unwrap();
        let notice = reasons.iter().find(|one| one["code"] == "notices_soon").map(|one| one["text"].clone());
        (notice.unwrap_or_default(), told["dashboard"]["renewals"]["notices"].clone())
    };
    let (text, notices) = told("en", "marie");
    assert_eq!(text, "2 notices of renewals are to be sent within 30 days, the first by 30 November 2026: Le Goff.");
    assert_eq!(
        (&notices["count"], &notices["days"], &notices["next"]["notice_to"]),
        (&json!(2), &json!(30), &json!("2026-11-30"))
    );
    let mut question = notices["query"]["find"].clone();
    question["count"] = json!(true);
    assert_eq!(ask(&desk, "find", question)["count"], 2);
    let french = "2 avis de reconduction sont à envoyer sous 30 jours, le premier au plus tard le 30\u{a0}novembre\u{a0}2026\u{a0}: Le Goff.";
    assert_eq!(told("fr", "marie").0, french);
    assert_eq!(told("fr", "paul").0, Json::Null);
    // Who was told is no more to be told.
    let renewal = crm_core::model::Renewal::id_of(first.as_str().unwrap().parse().unwrap(), 1).to_string();
    desk.admin("2026-11-22T08:30:00Z", "renewal.notice_sent", json!({"id": renewal}));
    assert_eq!(
        told("en", "marie").0,
        "1 notice of a renewal is to be sent within 30 days, by 14 December 2026: Ajoncs."
    );
    assert_eq!(
        told("fr", "marie").0,
        "1 avis de reconduction est à envoyer sous 30 jours, au plus tard le 14\u{a0}décembre\u{a0}2026\u{a0}: Ajoncs."
    );
}

#[test]
fn a_day_without_anything_has_five_sentences() {
    let desk: Desk<MemoryStore> = Desk::new();
    for (lang, wanted) in [
        (
            "en",
            "Nothing is late: the day is free for what comes next. No deal is open. No deal was won, lost or pushed back since yesterday. Nothing waits for an OK. No ticket is late or due today.",
        ),
        (
            "fr",
            "Rien n’est en retard\u{a0}: la journée est libre pour avancer. Aucune affaire n’est ouverte. Depuis hier, aucune affaire n’a été gagnée, perdue ni repoussée. Aucun brouillon n’attend d’accord. Aucun ticket n’est en retard ni à traiter aujourd’hui.",
        ),
    ] {
        let told = ask(&desk, "narrative", json!({"currency": "EUR", "lang": lang}));
        assert_eq!(told["text"], wanted);
    }
    for (body, code, path) in [
        (json!({"currency": "EUR", "lang": "de"}), "invalid_value", "narrative.lang"),
        (json!({"currency": "EUR", "zone": "Mars"}), "invalid_value", "narrative.zone"),
        (json!({"currency": "EURO"}), "invalid_value", "narrative.currency"),
        (json!({"colour": "red"}), "unknown_field", ""),
    ] {
        let error = desk.ask(("root", Role::Admin), NOW, "narrative", body.clone()).unwrap_err();
        assert_eq!((error.code().name(), error.field().unwrap_or_default()), (code, path), "{body}: {error}");
    }
}
