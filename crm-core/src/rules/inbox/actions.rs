//! What can be done with an item right away: a command with everything filled in that the item knows.

use serde_json::{Map, Value as Json, json};

use super::item::{Item, What};
use crate::kernel::inbox_reason::InboxAction;
use crate::kernel::time::{format_instant, parse_instant};
use crate::lang::{self, Lang};
use crate::rules::task::Horizon;

/// A command that fits an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// What it does.
    pub action: InboxAction,
    /// The command's name.
    pub command: &'static str,
    /// Its body. What only a person can say is empty and stands in [`Action::asks`].
    pub body: Json,
    /// The fields of the body that the person fills in first, as paths.
    pub asks: &'static [&'static str],
}

impl Action {
    /// `{"action", "label", "command", "body", "asks"}`.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("action".into(), self.action.code().into());
        if let Some(lang) = lang {
            map.insert("label".into(), lang::inbox_action(self.action, lang).into());
        }
        map.insert("command".into(), self.command.into());
        map.insert("body".into(), self.body.clone());
        map.insert("asks".into(), self.asks.into());
        Json::Object(map)
    }
}

impl Item<'_> {
    /// What fits the item, the nearest first; what is made belongs to the same records.
    pub fn actions(&self, horizon: &Horizon<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        let seen = || {
            let mut map = Map::new();
            map.insert("id".into(), self.id.as_str().into());
            if let Some(version) = self.version {
                map.insert("version".into(), version.into());
            }
            map
        };
        let mut put = |action, command, body, asks| actions.push(Action { action, command, body, asks });
        match &self.what {
            What::Task(_) => {
                put(InboxAction::Complete, "task.complete", Json::Object(seen()), &[][..]);
                let until = format_instant(horizon.tomorrow.at);
                // After the last day of all years there is none to put it off to.
                if parse_instant(&until).is_ok() {
                    let mut snooze = seen();
                    snooze.insert("until".into(), until.into());
                    put(InboxAction::Snooze, "task.snooze", Json::Object(snooze), &[]);
                }
            }
            What::Ticket { .. } => {
                let mut body = seen();
                let activity = json!({"kind": "email", "direction": "outbound", "subject": self.title});
                body.insert("activity".into(), activity);
                put(InboxAction::Reply, "ticket.reply", Json::Object(body), &["activity.description"]);
            }
            What::Approval { draft: Some((revision, hash)), .. } => {
                let decided = || {
                    let mut body = Map::new();
                    body.insert("id".into(), self.id.as_str().into());
                    body.insert("revision".into(), (*revision).into());
                    body.insert("content_hash".into(), hash.as_str().into());
                    body
                };
                put(InboxAction::Approve, "draft.approve", Json::Object(decided()), &[]);
                for (action, command) in
                    [(InboxAction::RequestChanges, "draft.request_changes"), (InboxAction::Reject, "draft.reject")]
                {
                    let mut body = decided();
                    body.insert("note".into(), "".into());
                    put(action, command, Json::Object(body), &["note"]);
                }
            }
            What::Lead { has_owner: false, .. } => {
                put(InboxAction::Route, "lead.route", json!({"ids": [self.id]}), &[]);
            }
            _ => {}
        }
        if self.context.links().iter().all(|(_, id)| id.is_none()) {
            // A task of its own has nothing that something could be logged on.
            return actions;
        }
        let with = |fields: Json| {
            let mut fields = fields.as_object().cloned().unwrap_or_default();
            for (name, id) in self.context.links() {
                if let Some(id) = id {
                    fields.insert(name.into(), id.into());
                }
            }
            json!({"fields": fields})
        };
        put(
            InboxAction::CreateTask,
            "task.create",
            with(json!({"title": self.title})),
            &["fields.title", "fields.due_date"],
        );
        let log = |kind: &str| with(json!({"kind": kind, "direction": "both", "subject": self.title}));
        put(InboxAction::LogCall, "activity.log", log("call"), &["fields.description"]);
        put(InboxAction::LogMeeting, "activity.log", log("meeting"), &["fields.description"]);
        if let Some((record, id)) = self.noted() {
            put(InboxAction::AddNote, "note.add", json!({"record": record, "id": id, "text": ""}), &["text"]);
        }
        let draft = with(json!({"channel": "email", "subject": self.title}));
        put(InboxAction::DraftEmail, "draft.compose", draft, &["fields.subject", "fields.text"]);
        actions
    }

    /// The record that a note is about: the nearest one.
    fn noted(&self) -> Option<(&'static str, &str)> {
        let links = self.context.links();
        let of = |name: &str| links.iter().find(|(link, _)| *link == name).and_then(|(link, id)| Some((*link, (*id)?)));
        ["ticket", "deal", "lead", "contact", "account"].into_iter().find_map(of)
    }
}
