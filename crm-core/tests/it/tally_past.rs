//! Whatever happened since: a report of an instant is the one that was given then, byte for byte, for every kind; and what
//! came later for earlier is listed.

use chrono::{SecondsFormat, TimeDelta};
use crm_core::command::{self, Actor, Role};
use crm_core::kernel::json;
use crm_core::rules::Rules;
use crm_core::rules::report::ReportKind;
use crm_core::store::{LogQuery, MemoryStore, Store};
use crm_core::{Code, Crm};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{at, cx, workspace};

/// What somebody does, drawn as numbers.
#[derive(Clone, Debug)]
struct Deed {
    kind: u8,
    which: usize,
    value: usize,
    /// How many minutes after the one before; a few come later than they are for.
    minutes: i64,
}

prop_compose! {
    fn deed()(kind in 0..24u8, which in 0..64usize, value in 0..64usize,
              minutes in prop_oneof![5 => 1..3_000i64, 1 => Just(0), 1 => -2_000..0i64]) -> Deed {
        Deed { kind, which, value, minutes }
    }
}

const PEOPLE: [&str; 3] = ["marie", "paul", "anne"];
const SOURCES: [&str; 3] = ["web", "fair", ""];

struct World {
    crm: Crm<MemoryStore>,
    told: u32,
    leads: Vec<String>,
    deals: Vec<String>,
    tickets: Vec<String>,
    done: std::collections::BTreeMap<String, u32>,
}

fn rules() -> Rules {
    let targets =
        json!({"urgent": {"first_response": 900}, "*": {"first_response": 14_400, "total_resolution": 57_600}});
    let policy = json!({"id": "standard", "position": 1, "is_default": true, "targets": targets});
    Rules::from_json(&json!({"sla": {"policies": [policy]}})).unwrap()
}

impl World {
    fn new() -> Self {
        let crm = Crm::new(MemoryStore::new(), rules());
        let (leads, deals, tickets) = (Vec::new(), Vec::new(), Vec::new());
        let mut world = World { crm, told: 0, leads, deals, tickets, done: Default::default() };
        let stages = json!([{"code": "new", "probability_bp": 1000}, {"code": "offer", "probability_bp": 5000},
                            {"code": "won", "kind": "won"}, {"code": "lost", "kind": "lost"}]);
        let pipeline = json!({"code": "sales", "name": "Sales", "stages": stages});
        world.run("2026-09-01T00:00:00Z", "pipeline.create", pipeline).unwrap();
        world
    }

    fn run(&mut self, when: &str, name: &str, body: Json) -> crm_core::Result<Json> {
        self.told += 1;
        let mut ctx = cx(Role::Admin, &format!("command {}", self.told));
        ctx.actor = Actor::new("root", Role::Admin).unwrap();
        ctx.at = at(when);
        let command = command::parse(name, &body, self.crm.rules()).unwrap_or_else(|e| panic!("{name} {body}: {e}"));
        self.crm.run_any(&ctx, &*command)?.done()
    }

    fn ask(&self, when: &str, body: Json) -> Json {
        let document =
            json!({"workspace": "acme", "actor": {"name": "root", "role": "admin"}, "at": when, "report": body});
        self.crm.query_json(document.to_string().as_bytes()).unwrap_or_else(|e| panic!("{body}: {e}"))
    }

    fn head(&self) -> u64 {
        let read = self.crm.store().snapshot(&workspace()).unwrap();
        read.log(&LogQuery::Last).unwrap().first().map_or(0, |entry| entry.seq)
    }

    fn deed(&mut self, deed: &Deed, when: &str) {
        let Deed { which, value, .. } = *deed;
        // Of nothing yet an id that nobody has.
        let nobody = || crm_core::Id::from_text("nobody").to_string();
        let one = |all: &[String]| all.get(which % all.len().max(1)).cloned().unwrap_or_else(nobody);
        let (lead, deal, ticket) = (one(&self.leads), one(&self.deals), one(&self.tickets));
        let (person, source) = (PEOPLE[value % 3], SOURCES[which % 3]);
        let other = self.leads.get((which + 1 + value) % self.leads.len().max(1)).cloned().unwrap_or_else(nobody);
        let (name, body) = match deed.kind {
            0..=2 => {
                ("lead.create", json!({"fields": {"company": format!("c{value}"), "source": source, "owner": person}}))
            }
            3 => (
                "lead.patch",
                json!({"id": lead, "fields": {"source": source, "stage": (["disqualified", "open"][value % 2])}}),
            ),
            4 => ("lead.merge", json!({"primary": lead, "sources": [other]})),
            5 => ("lead.archive", json!({"id": lead})),
            6 => ("lead.restore", json!({"id": lead})),
            7 => ("lead.convert", json!({"id": lead})),
            8 => (
                "activity.log",
                json!({"fields": {"kind": "call", "direction": (["outbound", "inbound"][value % 2]), "lead": lead}}),
            ),
            9..=10 => (
                "deal.create",
                json!({"fields": {"name": format!("d{value}"), "stage": (["new", "offer"][value % 2]), "owner": person,
                "source": source, "value": {"amount": value.to_string(), "currency": "EUR"}}}),
            ),
            11 => ("deal.move", json!({"id": deal, "stage": (["new", "offer"][value % 2])})),
            12 => ("deal.win", json!({"id": deal})),
            13 => ("deal.lose", json!({"id": deal, "lost_reason": "price"})),
            14 => ("deal.reopen", json!({"id": deal})),
            15 => ("deal.archive", json!({"id": deal})),
            16 => (
                "deal.patch",
                json!({"id": deal, "fields": {"owner": person, "value": {"amount": value.to_string(), "currency": "EUR"}}}),
            ),
            17..=18 => (
                "ticket.create",
                json!({"fields": {"subject": "x", "owner": person, "priority": (["normal", "urgent"][value % 2])}}),
            ),
            19 => ("ticket.resolve", json!({"id": ticket})),
            20 => ("ticket.reopen", json!({"id": ticket})),
            21 => ("ticket.archive", json!({"id": ticket})),
            22 => (
                "ticket.patch",
                json!({"id": ticket, "fields": {"owner": person, "priority": (["normal", "urgent"][value % 2])}}),
            ),
            _ => (
                "draft.compose",
                json!({"fields": {"channel": "email", "subject": "s", "text": "t", "recipients": ["a@example.com"]}}),
            ),
        };
        match self.run(when, name, body.clone()) {
            Ok(output) => {
                *self.done.entry(name.to_owned()).or_default() += 1;
                let id = output["id"].as_str().unwrap_or_default().to_owned();
                match name {
                    "lead.create" => self.leads.push(id),
                    "deal.create" => self.deals.push(id),
                    "ticket.create" => self.tickets.push(id),
                    "draft.compose" => drop(self.run(when, "draft.submit", json!({"id": id}))),
                    _ => {}
                }
            }
            // What is not there, closed already or archived: the state of then is what it is.
            Err(e) => assert!(
                !matches!(e.code(), Code::InvalidJson | Code::UnknownField | Code::Corrupt),
                "{name} {body}: {e:?}"
            ),
        }
    }
}

fn report(kind: ReportKind, n: usize) -> Json {
    let mut report = json!({"kind": kind.code(), "window": {"rolling": {"count": 60, "unit": "day", "include_current": true}, "zone": "Europe/Paris"}});
    if kind != ReportKind::PipelineSnapshot && n.is_multiple_of(2) {
        report["by"] = json!("month");
    }
    if matches!(kind, ReportKind::PipelineSnapshot | ReportKind::WinRate) {
        report["currency"] = json!("EUR");
    }
    report
}

fn text(instant: crm_core::Instant) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_report_of_then_is_the_one_given_then(deeds in proptest::collection::vec(deed(), 10..50)) {
        let mut world = World::new();
        let mut now = at("2026-09-01T00:00:00Z");
        let mut given: Vec<(Json, String, u64, String)> = Vec::new();
        let mut latest = now;
        for (n, deed) in deeds.iter().enumerate() {
            now = (now + TimeDelta::try_minutes(deed.minutes).unwrap()).max(at("2026-09-01T00:00:00Z"));
            latest = latest.max(now);
            world.deed(deed, &text(now));
            // A report of the latest instant that anybody named, so that nothing known lies ahead of it.
            let kind = ReportKind::ALL[n % ReportKind::ALL.len()];
            let spec = report(kind, n);
            let when = text(latest);
            let answer = world.ask(&when, json!({"report": spec, "lang": "fr"}));
            given.push((spec, when, world.head(), json::canonical(&answer)));
        }
        let end = text(latest + TimeDelta::try_days(9).unwrap());
        for (spec, when, seq, answer) in &given {
            let again = world.ask(&end, json!({"report": spec, "as_of": when, "known_seq": seq, "lang": "fr"}));
            prop_assert_eq!(&json::canonical(&again), answer, "{} of {}", spec, when);
            // What is known now, with what came later for earlier: nothing changed that is not told.
            if spec["kind"] != "pipeline_snapshot" {
                let told = world.ask(&end, json!({"report": spec, "as_of": when, "restated_since": seq, "lang": "fr"}));
                let then: Json = serde_json::from_str(answer).unwrap();
                let same = told["rows"] == then["rows"] && told["total"] == then["total"];
                prop_assert_eq!(told["restated"]["changed"].as_bool(), Some(!same), "{}", told);
                prop_assert!(same || !told["restated"]["records"].as_array().unwrap().is_empty(), "{}", told);
                prop_assert!(same || !told["restated"]["entries"].as_array().unwrap().is_empty(), "{}", told);
                prop_assert!(told["identity"].is_null() || told["identity"]["holds"] == true, "{}", told);
            }
        }
    }
}
