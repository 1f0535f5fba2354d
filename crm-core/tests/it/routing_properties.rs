//! Routing: what holds for random people, rules and leads.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use crm_core::kernel::fact::{Fact, Facts};
use crm_core::kernel::predicate::Predicate;
use crm_core::kernel::zone::Zone;
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::rules::routing::{Outcome, Request, RoutingTable, State};
use crm_core::{Instant, Schema, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::score_golden::schema;
use super::support::at;

/// A lead's values by field.
struct Lead<'a>(&'a Schema, BTreeMap<&'static str, Value>);

impl Facts for Lead<'_> {
    fn fact(&self, field: usize) -> Fact<'_> {
        let name = self.0.field(field).map(|f| f.name.as_ref()).unwrap_or_default();
        self.1.get(name).map_or(Fact::Unknown, Value::as_fact)
    }
}

const TEXTS: [&str; 5] = ["web", "Fair", "é", "b", "x"];
const PAGES: [&str; 6] = ["/", "/a", "/A/b", "/a/b/c", "/b", "é"];
const DOMAINS: [&str; 4] = ["acme.fr", "lille.acme.fr", "gmail.com", "b.co.uk"];
const ZONES: [&str; 4] = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];

fn lead() -> impl Strategy<Value = BTreeMap<&'static str, Value>> {
    let text = |list: &'static [&'static str]| prop::option::of(prop::sample::select(list));
    (text(&TEXTS), text(&TEXTS), text(&TEXTS), text(&PAGES), text(&DOMAINS), prop::option::of(0i64..20)).prop_map(
        |(source, campaign, country, page, domain, size)| {
            let mut lead = BTreeMap::new();
            let mut put = |field: &'static str, text: Option<String>| {
                text.map(|t| lead.insert(field, Value::Text(t)));
            };
            put("source", source.map(str::to_uppercase));
            put("campaign", campaign.map(Into::into));
            put("country", country.map(Into::into));
            put("landing_page", page.map(Into::into));
            put("email", domain.map(|d| format!("a@{d}")));
            size.map(|size| lead.insert("size", Value::Integer(size)));
            lead
        },
    )
}

/// What a random rule asks: `match` with its meaning as a plain predicate, and `when`.
fn conditions() -> impl Strategy<Value = (Json, Json)> {
    let some = |list: &'static [&'static str]| prop::option::weighted(0.4, prop::sample::subsequence(list, 1..=2));
    let page = prop::option::weighted(
        0.4,
        (prop::sample::select(vec!["exact", "prefix", "glob"]), prop::sample::select(&PAGES[..])),
    );
    let when = prop::option::weighted(
        0.5,
        prop::sample::select(vec![
            json!({"field": "country", "op": "eq", "value": "WEB"}),
            json!({"field": "country", "op": "in", "value": ["b", "É"]}),
            json!({"field": "country", "op": "ne", "value": "b"}),
            json!({"field": "size", "op": "ge", "value": 10}),
            json!({"all": [{"field": "country", "op": "in", "value": ["web", "x"]}, {"field": "campaign", "op": "eq", "value": "x"}]}),
            json!({"all": [{"field": "source", "op": "eq", "value": "web"}, {"field": "size", "op": "lt", "value": 10}]}),
            json!({"any": [{"field": "country", "op": "eq", "value": "b"}, {"field": "source", "op": "is_null"}]}),
            json!({"not": {"field": "source", "op": "eq", "value": "web"}}),
        ]),
    );
    (some(&TEXTS), some(&TEXTS), page, prop::option::weighted(0.2, prop::sample::select(&DOMAINS[..])), when).prop_map(
        |(source, campaign, page, domain, when)| {
            let (mut of, mut plain) = (serde_json::Map::new(), Vec::new());
            for (field, values) in [("source", source), ("campaign", campaign)] {
                if let Some(values) = values {
                    of.insert(field.into(), values.clone().into());
                    plain.push(json!({"field": field, "op": "in", "value": values}));
                }
            }
            if let Some((kind, page)) = page {
                // A glob here is a page with something behind it.
                let glob = if kind == "glob" { format!("{page}*") } else { page.into() };
                of.insert("landing_page".into(), json!({kind: glob}));
                let op = if kind == "exact" { "eq" } else { "starts_with" };
                plain.push(json!({"field": "landing_page", "op": op, "value": page}));
            }
            if let Some(domain) = domain {
                of.insert("email_domain".into(), domain.into());
                plain.push(
                    json!({"field": "email", "op": "ends_with", "value": [format!("@{domain}"), format!(".{domain}")]}),
                );
            }
            plain.extend(when.clone());
            let rule = json!({"match": of, "when": when});
            (rule, json!({"all": plain}))
        },
    )
}

fn load(routing: Json) -> Rules {
    Rules::from_json(&json!({"routing": routing})).unwrap()
}

/// The oracle's domains are exact or a parent that is registrable.
fn plainly(plain: &Json, schema: &Schema, lead: &Lead<'_>, at: Instant) -> bool {
    plain["all"]
        .as_array()
        .unwrap()
        .iter()
        .all(|part| Predicate::from_json(part).unwrap().compile(schema).unwrap().eval(lead, at).holds())
}

fn person() -> impl Strategy<Value = Json> {
    let day = |n: i64| NaiveDate::from_ymd_opt(2026, 10, 20).unwrap() + chrono::TimeDelta::try_days(n).unwrap();
    let leave = (0i64..10, 0i64..4, 0..3).prop_map(move |(from, days, half)| match half {
        1 => json!({"from": day(from).to_string(), "half_day": "morning"}),
        2 => json!({"from": day(from).to_string(), "half_day": "afternoon"}),
        _ => json!({"from": day(from).to_string(), "to": day(from + days).to_string()}),
    });
    let caps = prop::option::of((prop::option::of(0u64..4), prop::option::of(0u64..5), 0u64..6, 1i64..100_000));
    (0u64..4, prop::bool::weighted(0.8), prop::collection::vec(leave, 0..3), prop::sample::select(&ZONES[..]), caps).prop_map(
        |(weight, active, leave, zone, caps)| {
            let caps = caps.map(|(day, open, most, seconds)| json!({"day": day, "open": open, "window": {"seconds": seconds, "most": most}}));
            json!({"weight": weight, "active": active, "leave": leave, "zone": zone, "caps": caps, "quota_month": 60})
        },
    )
}

/// People in one team, and rules of every kind over them.
fn desk() -> impl Strategy<Value = Json> {
    let rule = (
        conditions(),
        prop::sample::select(vec!["fixed", "smooth_weighted", "least_open", "quota_month", "sticky_account"]),
        prop::sample::select(vec![
            json!({"team": "t"}),
            json!({"user": "u0"}),
            json!({"queue": "q"}),
            json!("keep"),
            json!("drop"),
        ]),
        prop::sample::select(vec![json!("next"), json!("fallback"), json!({"queue": "q"})]),
        0i64..5,
    );
    (prop::collection::vec(person(), 1..5), prop::collection::vec(rule, 0..6)).prop_map(|(mut people, rules)| {
        let names: Vec<String> = (0..people.len()).map(|n| format!("u{n}")).collect();
        people.iter_mut().zip(&names).for_each(|(p, name)| p["user"] = name.as_str().into());
        let rules = rules.into_iter().enumerate().map(|(n, ((mut rule, _), strategy, target, on_none, priority))| {
            let team = target.get("team").is_some();
            rule["strategy"] =
                if team || (strategy == "sticky_account" && target.is_object()) { strategy.into() } else { Json::Null };
            (rule["id"], rule["target"], rule["on_none"], rule["priority"]) =
                (n.to_string().into(), target, on_none, priority.into());
            rule
        });
        json!({"zone": "Europe/Paris", "members": people, "teams": [{"id": "t", "members": names}], "queues": ["q"],
               "rules": rules.collect::<Vec<_>>(), "fallback": {"target": {"team": "t"}}})
    })
}

/// Days around the clock changes of autumn.
fn instant() -> impl Strategy<Value = Instant> {
    (0i64..12 * 86_400).prop_map(|s| at("2026-10-20T00:00:00Z") + chrono::TimeDelta::try_seconds(s).unwrap())
}

/// Whether the configuration has somebody away, told by the written days alone.
fn is_away(desk: &Json, user: &str, at: Instant) -> bool {
    let person = desk["members"].as_array().unwrap().iter().find(|p| p["user"] == user).unwrap();
    let local = person["zone"].as_str().unwrap().parse::<Zone>().unwrap().local(at);
    let (day, morning) = (local.date().to_string(), local.time() < chrono::NaiveTime::from_hms_opt(12, 0, 0).unwrap());
    let leave = |l: &Json| {
        let (from, to) = (l["from"].as_str().unwrap(), l["to"].as_str().unwrap_or(l["from"].as_str().unwrap()));
        let half = l["half_day"].as_str().is_none_or(|half| (half == "morning") == morning);
        from <= day.as_str() && day.as_str() <= to && half
    };
    person["active"] == false || person["leave"].as_array().unwrap().iter().any(leave)
}

fn requests<'a>(leads: &'a [Lead<'a>], owner: Option<&'a str>, force: bool) -> Vec<Request<'a, Lead<'a>>> {
    leads.iter().map(|facts| Request { account_owner: owner, force, ..Request::new(facts) }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_index_finds_what_asking_every_rule_finds(
        rules in prop::collection::vec(conditions(), 1..80), leads in prop::collection::vec(lead(), 1..8)
    ) {
        let schema = schema();
        let when = at("2026-11-20T09:00:00Z");
        let listed = rules.iter().enumerate().map(|(n, (rule, _))| {
            let mut rule = rule.clone();
            (rule["id"], rule["priority"], rule["target"]) = (format!("{n}").into(), n.into(), json!("drop"));
            rule
        });
        let loaded = load(json!({"rules": listed.collect::<Vec<_>>()}));
        let mut router = loaded.routing().router(when);
        for lead in leads {
            let lead = Lead(&schema, lead);
            let wanted = rules.iter().position(|(_, plain)| plainly(plain, &schema, &lead, when));
            // b.co.uk is a domain, co.uk is none: the oracle's parents are registrable here.
            let found = router.explain(&mut State::new(), &Request::new(&lead));
            prop_assert_eq!(found.rule, wanted.map(|n| n.to_string()));
            prop_assert_eq!(found.failed.len(), wanted.unwrap_or(rules.len()), "each rule before has its reason");
        }
    }

    #[test]
    fn nobody_who_is_away_gets_a_lead_and_many_are_one_by_one(
        desk in desk(), leads in prop::collection::vec(lead(), 1..12), when in instant(),
        owner in prop::option::of(0usize..5), force in any::<bool>(), owned in any::<bool>()
    ) {
        let schema = schema();
        let rules = load(desk.clone());
        let table: &RoutingTable = rules.routing();
        let owner = owner.map(|n| format!("u{n}"));
        let leads: Vec<Lead<'_>> = leads.into_iter().map(|mut lead| {
            if let Some(owner) = owner.clone().filter(|_| owned) {
                lead.insert("owner", Value::Text(owner));
            }
            Lead(&schema, lead)
        }).collect();
        let many = table.simulate(State::new(), requests(&leads, owner.as_deref(), force), when);
        prop_assert_eq!(&many, &table.simulate(State::new(), requests(&leads, owner.as_deref(), force), when), "replayed");
        let mut state = State::new();
        let mut counts = crm_core::rules::routing::Counts::default();
        for (request, batch) in requests(&leads, owner.as_deref(), force).iter().zip(&many.decisions) {
            // One by one, remembered as JSON in between.
            state = State::from_json(&state.to_json(when)).unwrap();
            let alone = table.decide(&mut state, request, when);
            prop_assert_eq!(&alone, batch);
            counts.add(&alone);
            if let Outcome::User(user) | Outcome::Kept(user) = &alone.outcome {
                prop_assert!(!is_away(&desk, user, when), "{user} at {when}");
            }
            let explained = table.explain(&mut state.clone(), request, when);
            prop_assert_eq!(explained.reasons.is_empty(), false, "no decision without a reason");
        }
        prop_assert_eq!(&counts, &many.counts);
        prop_assert_eq!(state.to_json(when), many.state.to_json(when));
    }

    #[test]
    fn caps_are_never_exceeded(desk in desk(), leads in prop::collection::vec(lead(), 1..30), when in instant()) {
        let schema = schema();
        let rules = load(desk.clone());
        let leads: Vec<Lead<'_>> = leads.into_iter().map(|lead| Lead(&schema, lead)).collect();
        let done = rules.routing().simulate(State::new(), requests(&leads, None, false), when);
        for person in desk["members"].as_array().unwrap() {
            let got = done.counts.users.get(person["user"].as_str().unwrap()).copied().unwrap_or(0);
            for cap in ["/caps/day", "/caps/open", "/caps/window/most"] {
                prop_assert!(person.pointer(cap).and_then(Json::as_u64).is_none_or(|most| got <= most), "{person} got {got}");
            }
        }
    }

    #[test]
    fn the_order_of_rules_is_total(desk in desk(), lead in lead(), when in instant(), seed in any::<prop::sample::Index>()) {
        // However the rules are written down, the same one decides.
        let schema = schema();
        let mut other = desk.clone();
        let rules = other["rules"].as_array_mut().unwrap();
        if !rules.is_empty() {
            let by = seed.index(rules.len());
            rules.rotate_left(by);
            rules.reverse();
        }
        let lead = Lead(&schema, lead);
        let decide = |desk: Json| load(desk).routing().explain(&mut State::new(), &Request::new(&lead), when);
        prop_assert_eq!(decide(desk), decide(other));
    }
}

#[test]
fn a_thousand_times_the_same_gives_the_same() {
    let rules = load(json!({"members": [{"user": "a"}, {"user": "b"}], "teams": [{"id": "t", "members": ["a", "b"]}],
        "rules": [{"id": "r", "priority": 1, "target": {"team": "t"}}]}));
    let input =
        json!({"lead": {"company": "x"}, "at": "2026-11-20T09:00:00Z", "state": {"turns": {"r": {"a": 0, "b": 1}}}});
    let first = rules.eval("routing", &input).unwrap();
    assert!((0..1000).all(|_| rules.eval("routing", &input).unwrap() == first));
    assert_eq!(rules.schema(Kind::Lead).name(), "lead");
}
