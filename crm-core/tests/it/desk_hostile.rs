//! The lead desk at its JSON doors, asked what nobody in good faith asks: each question has an answer in which nothing
//! is lost, or an error that names its code and place in both languages; nothing panics, and nothing takes for ever.

use crm_core::model::{AnyRecord, Key, Kind, Lead};
use crm_core::rules::Rules;
use crm_core::store::{Commit, Draft, MemoryStore, Store, Write};
use crm_core::{Crm, Error, Id, Lang};
use serde_json::{Value as Json, json};

use crate::support::workspace;

const AT: &str = "2026-11-22T09:00:00Z";

fn crm(rules: Json) -> Crm<MemoryStore> {
    Crm::new(MemoryStore::new(), Rules::from_json(&rules).unwrap())
}

fn id(name: &str) -> String {
    Id::from_text(name).to_string()
}

/// A document of somebody in a role, in a workspace, under a command id made from a name.
fn document(workspace: &str, role: &str, name: &str, command: &str, body: Json) -> Vec<u8> {
    json!({"command": command, "id": id(name), "workspace": workspace, "at": AT, "body": body,
           "actor": {"name": role, "role": role}})
    .to_string()
    .into_bytes()
}

fn run(crm: &Crm<MemoryStore>, name: &str, command: &str, body: Json) -> Result<Json, Error> {
    crm.run_json(&document("acme", "admin", name, command, body)).map(|done| done["output"].clone())
}

fn make(crm: &Crm<MemoryStore>, record: &str, name: &str, fields: Json) -> String {
    let body = json!({"id": id(name), "fields": fields});
    run(crm, &format!("make {record} {name}"), &format!("{record}.create"), body).unwrap();
    id(name)
}

fn ask(crm: &Crm<MemoryStore>, workspace: &str, question: &str, body: Json) -> Result<Json, Error> {
    let actor = json!({"name": "v", "role": "viewer"});
    crm.query_json(json!({"workspace": workspace, "actor": actor, "at": AT, question: body}).to_string().as_bytes())
}

fn get(crm: &Crm<MemoryStore>, record: &str, id: &str) -> Json {
    ask(crm, "acme", "get", json!({"record": record, "id": id})).unwrap()["row"].clone()
}

/// The code and place of an error, after a look at its sentences: one in each language, none of them long.
fn told(error: &Error) -> (&'static str, String) {
    let (en, fr) = (error.text(Lang::English), error.text(Lang::French));
    assert!(!en.is_empty() && !fr.is_empty() && en != fr, "{en} / {fr}");
    assert!(en.len() < 3000 && fr.len() < 3000, "an error of {} and {} bytes: {en:.200}", en.len(), fr.len());
    assert!(!en.contains('\0') && !fr.contains('\0'));
    (error.code().name(), error.field().unwrap_or_default().to_owned())
}

#[track_caller]
fn refused(result: Result<Json, Error>, code: &str, field: &str) {
    let error = result.expect_err("an error");
    assert_eq!(told(&error), (code, field.to_owned()), "{error}");
}

fn eval(rule: &str, input: Json) -> Result<Json, Error> {
    Rules::default().eval(rule, &input)
}

/// Something that takes as long as it must, and no longer than a test may wait, with tests beside it and no optimizer.
#[allow(clippy::disallowed_methods, reason = "a test looks at the clock, no rule does")]
fn soon<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = std::time::Instant::now();
    let done = run();
    let took = start.elapsed();
    assert!(took.as_secs() < 60, "{what} took {} ms", took.as_millis());
    done
}

/// Texts that break what takes text for granted.
fn texts() -> Vec<(&'static str, String)> {
    let mega = 10 * 1024 * 1024;
    vec![
        ("nothing", String::new()),
        ("white space", " \t\u{a0}\u{2003}\u{3000}\n".into()),
        ("ten megabytes", "a".repeat(mega)),
        ("ten megabytes of @", "@".repeat(mega)),
        ("ten megabytes of dots", "a.".repeat(mega / 2)),
        ("ten megabytes of digits", "1".repeat(mega)),
        ("ten megabytes of accents", "e\u{301}".repeat(mega / 3)),
        ("marks without a letter", "\u{301}".repeat(mega / 2)),
        ("words", "sas ".repeat(mega / 4)),
        ("right to left", "\u{202e}moc.elgoog@eiram\u{202c}".into()),
        ("right to left in a domain", "marie@exemple\u{202e}.fr".into()),
        ("zero width", "ma\u{200b}rie@exe\u{200d}mple.fr\u{feff}".into()),
        ("a NUL", "marie\0@exemple.fr".into()),
        ("control characters", "\u{1}\u{7f}\u{85}@\u{9}\u{b}".into()),
        ("a Cyrillic a", "x@\u{430}pple.com".into()),
        ("fullwidth", "ｍａｒｉｅ＠ｅｘｅｍｐｌｅ．ｆｒ".into()),
        ("broken punycode", "x@xn--999999999999.fr".into()),
        ("long punycode", format!("x@xn--{}.fr", "a9".repeat(100))),
        ("non-characters", "\u{fffe}\u{ffff}\u{10ffff}@\u{fffd}.fr".into()),
        ("plus signs", "+".repeat(5000)),
        ("quotes", "\"a\\\"@b\"@c.fr".into()),
        ("a phone in Arabic digits", "+٣٣٦١٢٣٤٥٦٧٨".into()),
        ("extensions", "0612345678 ext ext ext 9;ext=9x9#9".into()),
        ("a formula", "=HYPERLINK(\"http://x\")".into()),
    ]
}

const FIELDS: &[&str] = &[
    "company",
    "first_name",
    "last_name",
    "job_title",
    "email",
    "phone",
    "mobile",
    "website",
    "source",
    "campaign",
    "landing_page",
    "country",
    "postal_code",
    "registration_number",
    "vat_number",
    "external_source",
    "external_id",
    "description",
    "stage",
    "owner",
    "language",
];

#[test]
fn any_text_in_any_field_has_an_answer_from_every_rule() {
    let rules = Rules::from_json(&json!({"routing": {
        "members": [{"user": "u", "email": "u@exemple.fr"}], "teams": [{"id": "t", "members": ["u"]}],
        "rules": [{"id": "p", "priority": 1, "match": {"landing_page": {"glob": "/*a*b"}, "email_domain": "exemple.fr"},
                   "target": {"team": "t"}, "strategy": "sticky_account"}],
        "fallback": {"target": {"team": "t"}}}}))
    .unwrap();
    for (what, text) in texts() {
        soon(what, || {
            let lead: serde_json::Map<String, Json> =
                FIELDS.iter().map(|f| ((*f).to_owned(), Json::from(text.as_str()))).collect();
            let lead = Json::Object(lead);
            let with_id =
                |name: &str, created: &str| json!({"id": id(name), "created_at": created, "fields": lead.clone()});
            let inputs = [
                ("identity", json!({"lead": lead})),
                ("duplicates", json!({"a": lead, "b": lead})),
                ("duplicates", json!({"records": [lead, lead, {"record": "contact", "email": text}]})),
                ("merge", json!({"leads": [with_id("a", AT), with_id("b", "9999-12-31T23:59:59Z")], "lang": "fr"})),
                (
                    "conversion",
                    json!({"lead": lead, "accounts": [{"id": id("x"), "name": text}],
                                      "contacts": [{"id": id("y"), "email": text, "last_name": text}], "at": AT}),
                ),
                ("routing", json!({"lead": lead, "at": AT})),
                (
                    "enrichment",
                    json!({"lead": lead, "legal_text": text, "pages": [{"url": text, "title": text,
                    "text": text, "json_ld": [text], "links": [text], "og": {"site_name": text}}]}),
                ),
            ];
            for (rule, input) in inputs {
                match rules.eval(rule, &input) {
                    Ok(answer) => {
                        let size = answer.to_string().len();
                        assert!(size < 3_000_000, "{what}: {rule} answers {size} bytes");
                        for diagnostic in answer["diagnostics"].as_array().into_iter().flatten() {
                            assert!(diagnostic["field"].is_string(), "{what}: {rule}: {diagnostic:.300}");
                        }
                    }
                    // A lead that says nothing about a person or a company converts into nothing.
                    Err(error) => assert_eq!((rule, told(&error).0), ("conversion", "missing"), "{what}: {error}"),
                }
            }
            for value in ["email", "phone", "domain", "company", "name", "profile_page", "siren", "siret", "vat"] {
                rules.eval("identity", &json!({value: text})).unwrap();
            }
            for values in ["names", "phones"] {
                rules.eval("identity", &json!({values: [text, format!("{text}b")]})).unwrap();
            }
            rules
                .eval(
                    "identity",
                    &json!({"person": {"first_name": text, "last_name": text, "company": text,
                                                     "phone": text}}),
                )
                .unwrap();
        });
    }
}

#[test]
fn bytes_that_are_no_json_are_refused_with_their_place() {
    let crm = crm(json!({}));
    let good = document("acme", "admin", "1", "lead.create", json!({"fields": {"company": "X?X"}}));
    let with = |bytes: &[u8]| {
        let at = good.windows(3).position(|w| w == b"X?X").unwrap();
        [&good[..at], bytes, &good[at + 3..]].concat()
    };
    for (bytes, code) in [
        (&b"\xff\xfe"[..], "invalid_text"),
        (b"\xc3", "invalid_text"),
        (b"\xed\xa0\x80", "invalid_text"),
        (b"\\ud800", "invalid_json"),
        (b"\\udc00\\ud800", "invalid_json"),
        (b"\\u0000", "invalid_text"),
        (b"\n", "invalid_json"),
    ] {
        let document = with(bytes);
        assert_eq!(told(&crm.run_json(&document).unwrap_err()).0, code, "{bytes:?}");
        assert_eq!(told(&crm.plan_json(&document).unwrap_err()).0, code, "{bytes:?}");
        assert_eq!(told(&crm.query_json(&document).unwrap_err()).0, code, "{bytes:?}");
    }
    let large = with("a".repeat(10 * 1024 * 1024).as_bytes());
    assert_eq!(told(&crm.run_json(&large).unwrap_err()).0, "too_large");
    let key = "k".repeat(1_000_000);
    refused(run(&crm, "2", "lead.merge", json!({&key: 1})), "unknown_field", "");
    refused(run(&crm, "2", &key, json!({})), "unknown_command", "");
    refused(
        run(&crm, "2", "lead.create", json!({"fields": {&key: 1}})),
        "unknown_field",
        &format!("body.fields.{}…", "k".repeat(200)),
    );
    refused(Rules::default().eval(&key, &json!({})), "unknown_field", "");
    assert_eq!(
        crm.query_json(&document("acme", "admin", "1", "x", json!({}))).unwrap_err().code().name(),
        "unknown_field"
    );
    assert_eq!(ask(&crm, "acme", "find", json!({"record": "lead", "count": true})).unwrap()["count"], 0);
}

#[test]
fn merges_that_make_no_sense_change_nothing() {
    let crm = crm(json!({}));
    let (a, b) = (make(&crm, "lead", "a", json!({"company": "A"})), make(&crm, "lead", "b", json!({"company": "B"})));
    let contact = make(&crm, "contact", "c", json!({"last_name": "C"}));
    let away = make(&crm, "lead", "away", json!({"company": "A"}));
    run(&crm, "put away", "lead.archive", json!({"id": away})).unwrap();
    let other = document("other", "admin", "elsewhere", "lead.create", json!({"id": id("z"), "fields": {}}));
    crm.run_json(&other).unwrap();
    let many: Vec<String> = (0..1000).map(|n| id(&format!("many {n}"))).collect();
    let merge =
        |primary: &str, sources: Json| json!({"primary": primary, "sources": sources, "override_primary": true});
    let cases = [
        (merge(&a, json!([a])), "invalid_value", "sources[0]"),
        (merge(&a, json!([b, b])), "invalid_value", "sources[1]"),
        (merge(&a, json!([])), "missing", "sources"),
        (merge(&a, json!(many)), "too_large", "sources"),
        (merge(&a, json!([b, id("z")])), "not_found", "sources[1]"),
        (merge(&id("z"), json!([a])), "not_found", "primary"),
        (merge(&a, json!([contact])), "not_found", "sources[0]"),
        (merge(&a, json!([away])), "wrong_state", "sources[0]"),
        (merge(&a, json!("b")), "missing", ""),
        (merge(&a, json!([1])), "invalid_value", "body.sources[0]"),
        (merge(&a, json!(["a"])), "invalid_value", "body.sources[0]"),
        (merge("", json!([b])), "invalid_value", "body.primary"),
        (
            json!({"primary": a, "sources": [b], "override_primary": true, "override": {"consent": b}}),
            "invalid_value",
            "override.consent",
        ),
        (
            json!({"primary": a, "sources": [b], "override_primary": true, "override": {"email_key": b}}),
            "invalid_value",
            "override.email_key",
        ),
        (
            json!({"primary": a, "sources": [b], "override_primary": true, "override": {"companyy": b}}),
            "unknown_field",
            "body.override.companyy",
        ),
        (
            json!({"primary": a, "sources": [b], "override_primary": true, "override": {"company": contact}}),
            "not_found",
            "override.company",
        ),
        (
            json!({"primary": a, "sources": [b], "override_primary": true, "versions": {&a: -1}}),
            "invalid_value",
            &format!("body.versions.{a}"),
        ),
        (
            json!({"primary": a, "sources": [b], "override_primary": true, "versions": {&b: u64::MAX}}),
            "conflict",
            "sources[0]",
        ),
        (
            json!({"primary": a, "sources": [b], "override_primary": true, "versions": {"b": 1}}),
            "invalid_value",
            "body.versions",
        ),
    ];
    for (n, (body, code, field)) in cases.into_iter().enumerate() {
        let error = run(&crm, &format!("merge {n}"), "lead.merge", body.clone()).expect_err(&body.to_string());
        assert_eq!(told(&error), (code, field.to_owned()), "{body}: {error}");
    }
    for (command, body) in [
        ("lead.merge", merge(&a, json!([b]))),
        ("lead.unmerge", json!({"merge": id("m")})),
        ("lead.convert", json!({"id": a})),
        ("lead.unconvert", json!({"conversion": id("c")})),
    ] {
        let document = document("acme", "viewer", "not allowed", command, body);
        assert_eq!(told(&crm.run_json(&document).unwrap_err()).0, "forbidden", "{command}");
        assert_eq!(told(&crm.plan_json(&document).unwrap_err()).0, "forbidden", "{command}");
    }
    assert_eq!(
        (get(&crm, "lead", &a)["version"].clone(), get(&crm, "lead", &b)["version"].clone()),
        (1.into(), 1.into())
    );
    // What is merged in one workspace cannot be undone in another.
    run(&crm, "m", "lead.merge", merge(&a, json!([b]))).unwrap();
    let elsewhere = document("other", "admin", "u", "lead.unmerge", json!({"merge": id("m")}));
    assert_eq!(told(&crm.run_json(&elsewhere).unwrap_err()).0, "not_found");
    refused(run(&crm, "n", "lead.merge", merge(&a, json!([b]))), "wrong_state", "sources[0]");
    refused(run(&crm, "restore", "lead.restore", json!({"id": b})), "wrong_state", "");
}

/// Rows as no command leaves them: somebody wrote into the store.
fn point(crm: &Crm<MemoryStore>, from: &str, to: &str) {
    let key = Key { kind: Kind::Lead, id: from.parse().unwrap() };
    let mut row = crm.store().snapshot(&workspace()).unwrap().get(key).unwrap().unwrap();
    let replaces = row.version;
    row.version += 1;
    if let AnyRecord::Lead(lead) = &mut row.body {
        lead.merged_into = Some(to.parse().unwrap());
    }
    let draft = Draft { command_id: Id::from_text(&format!("{from} {to}")), keys: vec![], content: "{}".into() };
    let commit = Commit { guards: vec![], writes: vec![Write { row, replaces }], draft };
    crm.store().commit(&workspace(), &commit).unwrap();
}

#[test]
fn leads_merged_in_a_circle_or_into_nothing_are_told_and_hold_nothing_up() {
    let crm = crm(json!({}));
    let rows = [json!({"line": 2, "fields": {"external_id": "1", "email": "x@exemple.fr"}})];
    let import = json!({"source": "s", "on_existing": "update", "rows": rows});
    run(&crm, "first", "lead.import", import.clone()).unwrap();
    let a = crm_core::command::Import::<Lead>::id_of("s", "1").to_string();
    let (b, c) = (make(&crm, "lead", "b", json!({})), make(&crm, "lead", "c", json!({"email": "x@exemple.fr"})));
    for target in [&b, &a] {
        point(&crm, &a, target);
        if target == &b {
            point(&crm, &b, &a);
        }
        refused(ask(&crm, "acme", "resolve", json!({"record": "lead", "id": a})), "corrupt", "");
        for (command, body) in [
            ("lead.patch", json!({"id": a, "fields": {"city": "Brest"}})),
            ("lead.merge", json!({"primary": c, "sources": [a]})),
            ("lead.archive", json!({"id": a})),
            ("lead.enrich", json!({"id": a})),
            ("lead.import", import.clone()),
        ] {
            let place = if command == "lead.merge" { "sources[0]" } else { "" };
            refused(run(&crm, &format!("{command} {target}"), command, body), "corrupt", place);
        }
        let converted = run(&crm, &format!("convert {target}"), "lead.convert", json!({"id": a})).unwrap();
        assert_eq!(converted["status"], "skipped");
        let routed = run(&crm, &format!("route {target}"), "lead.route", json!({"ids": [a]})).unwrap();
        assert_eq!(routed["leads"][0]["decision"]["outcome"], "closed");
        ask(&crm, "acme", "similar", json!({"id": c})).unwrap();
        ask(&crm, "acme", "duplicates", json!({})).unwrap();
    }
    point(&crm, &c, &id("nobody"));
    refused(ask(&crm, "acme", "resolve", json!({"record": "lead", "id": c})), "corrupt", "");
}

#[test]
fn conversions_to_what_is_not_there_are_refused() {
    let crm = crm(json!({}));
    let lead = make(&crm, "lead", "l", json!({"company": "A", "last_name": "B"}));
    let account = make(&crm, "account", "a", json!({"name": "X"}));
    let contact = make(&crm, "contact", "c", json!({"last_name": "Y"}));
    let gone = make(&crm, "account", "gone", json!({"name": "A"}));
    run(&crm, "put away", "account.archive", json!({"id": gone})).unwrap();
    let cases = [
        (json!({"account": {"use": contact}}), "not_found", "account"),
        (json!({"account": {"use": gone}}), "wrong_state", "account"),
        (json!({"contact": {"use": account}}), "not_found", "contact"),
        (json!({"deal": {"use": account}}), "not_found", "deal"),
        (json!({"account": {"use": "x"}}), "invalid_value", "body.account.use"),
        (json!({"account": {"use": null}}), "invalid_value", "body.account.use"),
        (json!({"account": "maybe"}), "invalid_value", "body.account"),
        (
            json!({"deal": {"create": {"value": {"amount": "1e999", "currency": "EUR"}}}}),
            "invalid_value",
            "body.deal.create.value.amount",
        ),
        (json!({"deal": {"create": {"nope": 1}}}), "unknown_field", "body.deal.create.nope"),
        (json!({"nope": 1}), "unknown_field", ""),
        (json!({"version": u64::MAX}), "conflict", ""),
        (json!({"account": "none", "contact": "none", "deal": "none"}), "missing", ""),
    ];
    for (n, (options, code, field)) in cases.into_iter().enumerate() {
        let mut body = options.clone();
        body["id"] = lead.as_str().into();
        let error = run(&crm, &format!("convert {n}"), "lead.convert", body).expect_err(&options.to_string());
        assert_eq!(told(&error), (code, field.to_owned()), "{options}: {error}");
    }
    assert_eq!(get(&crm, "lead", &lead)["version"], 1);
    for other in [&contact, &id("nothing")] {
        refused(run(&crm, "other", "lead.convert", json!({"id": other})), "not_found", "");
    }
}

fn routed(routing: Json, lead: Json, at: &str) -> Result<Json, Error> {
    Rules::from_json(&json!({"routing": routing}))?.eval("routing", &json!({"lead": lead, "at": at, "lang": "fr"}))
}

#[test]
fn routing_tables_that_make_no_sense_are_refused_with_their_place() {
    let team = |members: Json, more: Json| {
        let mut table = json!({"members": members, "teams": [{"id": "t", "members": ["u"]}],
                               "rules": [{"id": "r", "priority": 1, "target": {"team": "t"}}]});
        for (key, value) in more.as_object().unwrap() {
            table[key] = value.clone();
        }
        table
    };
    let u = || json!([{"user": "u"}]);
    let rule = |more: Json| {
        let mut rule = json!({"id": "r", "priority": 1, "target": {"team": "t"}});
        for (key, value) in more.as_object().unwrap() {
            rule[key] = value.clone();
        }
        team(u(), json!({"rules": [rule]}))
    };
    let cases = [
        (team(json!([]), json!({})), "teams[0].members[0]"),
        (team(u(), json!({"teams": [{"id": "t", "members": []}]})), "teams[0].members"),
        (team(json!([{"user": "u"}, {"user": "Ü"}]), json!({})), "members[1].user"),
        (team(json!([{"user": ""}]), json!({})), "members[0].user"),
        (team(json!([{"user": "u\u{0}"}]), json!({})), "members[0].user"),
        (team(json!([{"user": "u", "weight": 65536}]), json!({})), "members[0].weight"),
        (team(json!([{"user": "u", "weight": -1}]), json!({})), "members[0].weight"),
        (team(json!([{"user": "u", "weight": 1.5}]), json!({})), "members[0].weight"),
        (team(json!([{"user": "u", "weight": 1e300}]), json!({})), "members[0].weight"),
        (team(json!([{"user": "u", "zone": "Mars/Olympus"}]), json!({})), "members[0].zone"),
        (team(json!([{"user": "u", "zone": "../../etc/passwd"}]), json!({})), "members[0].zone"),
        (team(json!([{"user": "u", "leave": [{"from": "10000-01-01"}]}]), json!({})), "members[0].leave[0].from"),
        (team(json!([{"user": "u", "leave": [{"from": "2026-02-30"}]}]), json!({})), "members[0].leave[0].from"),
        (
            team(json!([{"user": "u", "caps": {"window": {"seconds": 0, "most": 1}}}]), json!({})),
            "members[0].caps.window.seconds",
        ),
        (team(json!([{"user": "u", "caps": {"day": i64::MAX}}]), json!({})), "members[0].caps.day"),
        (team(u(), json!({"teams": [{"id": "t", "members": ["u"]}, {"id": "t", "members": ["u"]}]})), "teams[1].id"),
        (team(u(), json!({"queues": ["q", "q"]})), "queues[1].id"),
        (
            team(
                u(),
                json!({"rules": [{"id": "r", "priority": 1, "target": "drop"}, {"id": "r", "priority": 2, "target": "drop"}]}),
            ),
            "rules[1].id",
        ),
        (rule(json!({"priority": i64::MAX})), "rules[0].priority"),
        (rule(json!({"id": "fallback"})), "rules[0].id"),
        (rule(json!({"on_none": {"queue": "q"}})), "rules[0].on_none.queue"),
        (rule(json!({"on_none": "r"})), "rules[0].on_none"),
        (rule(json!({"target": {"team": "t", "user": "u"}})), "rules[0].target"),
        (rule(json!({"strategy": "quota_month"})), "rules[0].strategy"),
        (rule(json!({"strategy": "sticky_account", "else": "sticky_account"})), "rules[0].else"),
        (rule(json!({"match": {"source": []}})), "rules[0].match.source"),
        (rule(json!({"match": {"segment": "a\u{0}b"}})), "rules[0].match.segment"),
        (rule(json!({"match": {"email_domain": "@"}})), "rules[0].match.email_domain"),
        (rule(json!({"match": {"landing_page": {"glob": "*a".repeat(100_000)}}})), "rules[0].match.landing_page.glob"),
        (rule(json!({"when": {"field": "nope", "op": "eq", "value": 1}})), "rules[0].when.field"),
        (rule(json!({"days": []})), "rules[0].days"),
        (rule(json!({"valid": {"from": "2026-12-01", "to": "2026-01-01"}})), "rules[0].valid.to"),
        (rule(json!({"nope": 1})), "rules[0]"),
    ];
    for (table, field) in cases {
        let error = routed(table.clone(), json!({}), AT).expect_err(&format!("{table:.400}"));
        let (_, found) = told(&error);
        assert_eq!(found, format!("routing.{field}"), "{error}");
    }
}

#[test]
fn large_routing_tables_decide_and_are_linted_soon() {
    let away = |n: usize| json!({"user": format!("user {n}"), "leave": [{"from": "1900-01-01", "to": "9999-12-31"}]});
    let members: Vec<Json> = (0..10_000).map(away).collect();
    let users: Vec<Json> = members.iter().map(|m| m["user"].clone()).collect();
    let table = json!({"members": members, "teams": [{"id": "t", "members": users}],
                       "rules": [{"id": "r", "priority": 1, "target": {"team": "t"}},
                                 {"id": "s", "priority": 2, "target": {"team": "t"}}]});
    let answer = soon("ten thousand people away until 9999", || routed(table, json!({}), AT).unwrap());
    assert_eq!(answer["decision"]["outcome"], "nobody");
    assert_eq!(answer["decision"]["skipped"].as_array().unwrap().len(), 10_000);
    assert_eq!(answer["decision"]["skipped"][0]["until"], "9999-12-31");

    let text = |rule: usize, n: usize| format!("{rule} {n}");
    let rule = |n: usize| {
        let values: Vec<String> = (0..10).map(|i| text(n, i)).collect();
        json!({"id": format!("r{n}"), "priority": n, "match": {"source": values}, "target": "drop"})
    };
    let rules = json!({"routing": {"rules": (0..10_000).map(rule).collect::<Vec<_>>()}});
    let rules = soon("ten thousand rules", || Rules::from_json(&rules).unwrap());
    let last = json!({"lead": {"source": "9999 9"}, "at": AT});
    let answer = soon("the last of them", || rules.eval("routing", &last).unwrap());
    assert_eq!(answer["decision"]["rule"], "r9999");

    let rules = json!({"routing": {"rules": (0..1000).map(rule).collect::<Vec<_>>()}});
    let rules = Rules::from_json(&rules).unwrap();
    let lints = soon("a thousand rules' lints", || rules.eval("routing_lint", &json!({"at": AT})).unwrap());
    assert_eq!(lints["lints"], json!([]));

    let leave: Vec<Json> = (0..1000).map(|_| json!({"from": "1900-01-01", "to": "9999-12-31"})).collect();
    let table = json!({"members": [{"user": "u", "leave": leave}],
                       "rules": [{"id": "r", "priority": 1, "target": {"user": "u"}}]});
    let rules = Rules::from_json(&json!({"routing": table})).unwrap();
    soon("a thousand leaves to 9999", || {
        for at in [AT, "9999-12-31T23:59:59Z", "1900-01-01T00:00:00Z"] {
            assert_eq!(rules.eval("routing", &json!({"lead": {}, "at": at})).unwrap()["decision"]["outcome"], "nobody");
            rules.eval("routing_lint", &json!({"at": at})).unwrap();
        }
    });

    let page = "a".repeat(65_536);
    let glob = json!({"glob": format!("*{}b", "a*".repeat(90))});
    let table = json!({"rules": [{"id": "r", "priority": 1, "match": {"landing_page": glob}, "target": "drop"}]});
    soon("a glob that goes back", || routed(table, json!({"landing_page": page}), AT).unwrap());
}

#[test]
fn numbers_and_days_at_their_limits_route() {
    let users = ["a", "b", "c"];
    for weights in [[65_535, 65_535, 65_535], [0, 0, 65_535], [65_535, 1, 1]] {
        for strategy in ["smooth_weighted", "least_open", "quota_month"] {
            let member = |(user, weight): (&&str, &i64)| {
                json!({"user": user, "weight": weight, "quota_month": 1_000_000, "zone": "Europe/Paris",
                       "hours": {"sunday": [["02:00", "03:00"]]},
                       "caps": {"window": {"seconds": 31 * 86_400, "most": 1_000_000}}})
            };
            let table = json!({"zone": "Pacific/Kiritimati", "members": users.iter().zip(&weights).map(member).collect::<Vec<_>>(),
                "teams": [{"id": "t", "members": users}],
                "rules": [{"id": "r", "priority": -1_000_000_000, "target": {"team": "t"}, "strategy": strategy,
                           "accept_within_seconds": 366 * 86_400}]});
            let rules = Rules::from_json(&json!({"routing": table})).unwrap();
            let turns = json!({"r": {"a": i64::MAX, "b": i64::MIN, "c": i64::MAX, "nobody": i64::MIN}});
            let state = json!({"turns": turns, "open": {"a": u64::MAX, "b": u64::MAX, "c": u64::MAX},
                               "assigned": {"a": ["9999-12-31T23:59:59Z", "1900-01-01T00:00:00Z"]}});
            for at in
                ["1900-01-01T00:00:00Z", "2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z", "9999-12-31T23:59:59.999999Z"]
            {
                let leads: Vec<Json> = (0..20).map(|_| json!({})).collect();
                let input = json!({"leads": leads, "state": state, "at": at, "lang": "fr"});
                let answer = rules.eval("routing", &input).unwrap();
                assert_eq!(answer["decisions"].as_array().unwrap().len(), 20);
                // What was answered can be given back.
                let mut again = input.clone();
                again["state"] = answer["state"].clone();
                rules.eval("routing", &again).unwrap();
            }
        }
    }
}

#[test]
fn a_refusal_is_never_loosened_by_a_file() {
    for on_existing in ["skip", "fill", "update"] {
        let crm = crm(json!({}));
        let import = |name: &str, fields: Json| {
            let body = json!({"source": "s", "on_existing": on_existing, "rows": [{"line": 2, "fields": fields}]});
            run(&crm, name, "lead.import", body).unwrap()
        };
        import("1", json!({"external_id": "1", "company": "A", "consent": "opted_in", "do_not_call": false}));
        let source = crm_core::command::Import::<Lead>::id_of("s", "1").to_string();
        let primary = make(&crm, "lead", "p", json!({"company": "A"}));
        let merge = json!({"primary": primary, "sources": [source], "override_primary": true});
        run(&crm, "m", "lead.merge", merge).unwrap();
        assert_eq!(get(&crm, "lead", &primary)["consent"], Json::Null, "nobody knows of one of the two");
        import("2", json!({"external_id": "1", "company": "A", "consent": "opted_in", "do_not_call": false}));
        assert_eq!(get(&crm, "lead", &primary)["consent"], Json::Null, "{on_existing}");
        import("3", json!({"external_id": "1", "consent": "opted_out", "do_not_call": true}));
        let row = get(&crm, "lead", &primary);
        assert_eq!((&row["consent"], &row["do_not_call"]), (&json!("opted_out"), &json!(true)), "{on_existing}");

        import("4", json!({"external_id": "2", "do_not_call": true, "consent": "opted_out"}));
        import("5", json!({"external_id": "2", "do_not_call": false, "consent": "opted_in"}));
        let row = get(&crm, "lead", &crm_core::command::Import::<Lead>::id_of("s", "2").to_string());
        assert_eq!((&row["consent"], &row["do_not_call"]), (&json!("opted_out"), &json!(true)), "{on_existing}");
    }
}

#[test]
fn an_agent_loosens_neither_consent_nor_a_wish_not_to_be_called() {
    let crm = crm(json!({}));
    for record in ["lead", "contact"] {
        let fields = json!({"last_name": "A", "consent": "opted_out", "do_not_call": true});
        let id = make(&crm, record, &format!("one {record}"), fields);
        for (n, fields) in [
            json!({"consent": null}),
            json!({"consent": "opted_in"}),
            json!({"do_not_call": false}),
            json!({"do_not_call": null}),
        ]
        .into_iter()
        .enumerate()
        {
            let body = json!({"id": id, "fields": fields});
            let document = document("acme", "agent", &format!("{record} {n}"), &format!("{record}.patch"), body);
            assert_eq!(told(&crm.run_json(&document).unwrap_err()).0, "forbidden", "{fields}");
        }
        assert_eq!(get(&crm, record, &id)["version"], 1);
        let body = json!({"id": id, "fields": {"city": "Brest", "do_not_call": true}});
        crm.run_json(&document("acme", "agent", record, &format!("{record}.patch"), body)).unwrap();
    }
}

#[test]
fn texts_of_many_parts_are_merged_converted_and_compared_soon() {
    let crm = crm(json!({"conversion": {"policies": {"tags": "append", "description": "append"}}}));
    let numbers = |from: usize| (from..from + 20_000).map(|n| format!("+336{n:08}")).collect::<Vec<_>>();
    let fields = |from: usize| {
        let paragraphs: Vec<String> = (from..from + 9_000).map(|n| format!("{n:05}")).collect();
        json!({"last_name": "A", "email": "a@exemple.fr", "tags": numbers(from), "other_phones": numbers(from),
               "description": paragraphs.join("\n\n")})
    };
    let (a, b) = (make(&crm, "lead", "a", fields(0)), make(&crm, "lead", "b", fields(1000)));
    let pair = json!({"a": fields(0), "b": fields(1000)});
    soon("two records of many numbers", || crm.rules().eval("duplicates", &pair).unwrap());
    soon("a merge", || {
        run(&crm, "m", "lead.merge", json!({"primary": a, "sources": [b], "override_primary": true})).unwrap()
    });
    let lead = get(&crm, "lead", &a);
    assert_eq!(lead["tags"].as_array().unwrap().len(), 21_000);
    assert_eq!(lead["other_phones"].as_array().unwrap().len(), 21_000);
    let contact = json!({"last_name": "A", "email": "a@exemple.fr", "tags": numbers(2000)});
    make(&crm, "contact", "c", contact);
    soon("a conversion", || run(&crm, "c", "lead.convert", json!({"id": a})).unwrap());
}

#[test]
fn a_wish_not_to_be_called_is_kept_whatever_is_configured() {
    for policy in ["overwrite", "newest", "fill_if_empty", "most_restrictive"] {
        let crm = crm(json!({"conversion": {"policies": {"do_not_call": policy}}}));
        let contact =
            make(&crm, "contact", "c", json!({"last_name": "B", "email": "b@exemple.fr", "do_not_call": true}));
        let lead = make(&crm, "lead", "l", json!({"last_name": "B", "email": "b@exemple.fr", "do_not_call": false}));
        let done = run(&crm, "convert", "lead.convert", json!({"id": lead})).unwrap();
        assert_eq!(done["contact"], json!(contact));
        assert_eq!(get(&crm, "contact", &contact)["do_not_call"], true, "{policy}");
        let contact =
            make(&crm, "contact", "d", json!({"last_name": "D", "email": "d@exemple.fr", "do_not_call": false}));
        let lead = make(&crm, "lead", "m", json!({"last_name": "D", "email": "d@exemple.fr", "do_not_call": true}));
        run(&crm, "convert d", "lead.convert", json!({"id": lead})).unwrap();
        assert_eq!(get(&crm, "contact", &contact)["do_not_call"], true, "{policy}");
    }
}

#[test]
fn many_records_with_everything_in_common_are_compared_soon() {
    let long = "x".repeat(6000);
    let record = |n: usize| {
        json!({"id": {"of": long, "n": n}, "email": "a@exemple.fr", "company": "A", "phone": "0298000000",
                                   "first_name": "A", "last_name": "B"})
    };
    let records: Vec<Json> = (0..1000).map(record).collect();
    let marks = json!([{"first": 1, "second": 2}]);
    let answer = soon("a thousand of one key", || {
        eval("duplicates", json!({"records": records, "distinctions": marks})).unwrap()
    });
    assert_eq!(answer["pairs"], json!([]));
    assert!(!answer["reasons"].as_array().unwrap().is_empty());
    refused(eval("duplicates", json!({"records": vec![json!({}); 1001]})), "too_large", "records");

    let mut grouping = crm_core::rules::duplicates::Grouping::new();
    let groups = soon("a hundred thousand rows of one key", || {
        (0..100_000).for_each(|n| grouping.add_keys((0..3).map(|k| (k, "a")).chain([(3, n.to_string().as_str())])));
        grouping.finish()
    });
    assert_eq!(groups.sizes, [100_000]);
}
