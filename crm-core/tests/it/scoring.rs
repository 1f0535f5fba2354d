//! Scoring stored leads: from their events, whoever reports them, and again when somebody was faster.

use std::sync::Mutex;

use crm_core::command::{self, Create, Role, ScoreLeads};
use crm_core::model::{Event, Lead};
use crm_core::rules::Rules;
use crm_core::store::{Commit, Entry, LogQuery, MemoryStore, Read, Store, Workspace};
use crm_core::{Crm, Id, Result};
use serde_json::json;

use crate::support::{at, cx, member, workspace};

fn rules() -> Rules {
    let model = json!({"id": "m", "version": 1, "total": {"min": 0, "max": 100}, "engagement": {"groups": [
        {"id": "g", "rules": [{"id": "demo", "event": "demo", "per": "event", "points": 10}]}]}});
    Rules::from_json(&json!({"lead_score": model})).unwrap()
}

fn event(lead: Id, external_id: &str) -> Create<Event> {
    Create::new(Event {
        lead: Some(lead),
        kind: "demo".into(),
        happened_at: Some(at("2026-11-20T09:00:00Z")),
        external_source: "site".into(),
        external_id: external_id.into(),
        ..Event::default()
    })
}

fn lead<S: Store>(crm: &Crm<S>) -> Id {
    crm.run(&member("lead"), &Create::new(Lead { company: "A".into(), ..Lead::default() })).unwrap().done().unwrap().id
}

#[test]
fn an_event_reported_twice_counts_once() {
    let crm = Crm::new(MemoryStore::new(), rules());
    let id = lead(&crm);
    for (name, external) in [("1", "e1"), ("2", "e1"), ("3", "e2"), ("4", ""), ("5", "")] {
        crm.run(&member(name), &event(id, external)).unwrap();
    }
    // e1, e2, and two of which nobody knows that they are one.
    assert_eq!(crm.explain_score(&member("read"), id).unwrap().score(), 40);
    crm.score_all(&cx(Role::Admin, "all"), None, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!(crm.get::<Lead>(&member("read"), id).unwrap().unwrap().body.score, Some(40));
}

/// A store in which an event comes in just before the first scoring is committed.
struct Faster {
    inner: MemoryStore,
    event: Mutex<Option<Commit>>,
}

impl Store for Faster {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        self.inner.snapshot(workspace)
    }
    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        if commit.draft.content.contains("lead.score")
            && let Some(event) = self.event.lock().unwrap().take()
        {
            self.inner.commit(workspace, &event)?;
        }
        self.inner.commit(workspace, commit)
    }
}

#[test]
fn a_score_never_misses_an_event_that_was_faster_and_the_trail_replays() {
    let crm = Crm::new(Faster { inner: MemoryStore::new(), event: Mutex::new(None) }, rules());
    let id = lead(&crm);
    let late = crm.plan(&member("event"), &event(id, "e1")).unwrap().commit;
    *crm.store().event.lock().unwrap() = Some(late);
    crm.run(&member("score"), &ScoreLeads { ids: vec![id] }).unwrap();
    assert_eq!(crm.get::<Lead>(&member("read"), id).unwrap().unwrap().body.score, Some(10));

    let copy = Crm::new(MemoryStore::new(), rules());
    for entry in crm.store().snapshot(&workspace()).unwrap().log(&LogQuery::After { seq: 0, limit: 100 }).unwrap() {
        let content = entry.json().unwrap();
        let command = command::parse(content["command"].as_str().unwrap(), &content["body"], copy.rules()).unwrap();
        copy.run_any(&member("any").with_id(entry.command_id), &*command).unwrap();
    }
    let admin = cx(Role::Admin, "verify");
    assert_eq!(crm.verify(&admin).unwrap(), copy.verify(&admin).unwrap());
}
