//! The question `can`: whether who asks may do something, and which rule decides.

use serde_json::{Map, Value as Json};

use super::Crm;
use super::door::lang_of;
use crate::command::{Ctx, Gate, NAMES, verb_of};
use crate::kernel::access_reason::AccessReason;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::nearest;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::model::{Key, Kind};
use crate::rules::access::{Decision, verb_of_json};
use crate::rules::kind;
use crate::rules::read::{Object, text};
use crate::store::Store;

impl<S: Store> Crm<S> {
    /// The question `can`: `{"command": "lead.patch", "id": "...", "lang": "fr"}` or `{"action": "write", "record": "lead",
    /// "id": "..."}`, where `action` is `read`, `write` or a verb of the permission table. Without `id` it is about the kind
    /// of record. The answer is that of the rule [`access`](crate::rules::access); of a record that is not seen it is the
    /// same as of one that is not there.
    ///
    /// Everybody may ask what they may do.
    ///
    /// # Errors
    /// What the question gets wrong, and the store's own.
    pub(super) fn can_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        let lang = lang_of(body)?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["command", "action", "record", "id", "lang"])?;
        let (verb, record) = match (o.optional("command", text)?, o.get("action")) {
            (Some(name), None) => {
                let unknown = || Problem::UnknownCommand {
                    found: shortened(&name, 60),
                    nearest: nearest(&name, NAMES.iter().copied()).map(Into::into),
                };
                let verb = verb_of(&name).ok_or_else(|| Error::from(unknown()).at("command"))?;
                (verb, name.split('.').next().and_then(|record| kind(record).ok()))
            }
            (None, Some(action)) => (verb_of_json(action).map_err(|e| e.at("action"))?, None),
            _ => {
                let expected = "either `command` or `action`";
                return Err(Problem::WrongShape { expected, found: json::shown(&whole) }.into());
            }
        };
        let named = o.optional("record", |v| kind(&text(v)?))?;
        let kind: Kind = named.or(record).ok_or_else(|| Problem::Missing { name: "record".into() })?;
        let (gate, read) = (Gate::new(&self.rules, ctx), self.whole(ctx)?);
        let Some(id) = o.optional("id", Id::from_json)? else {
            return Ok(gate.decide(&*read, verb, kind, None)?.to_json(lang));
        };
        let decision = match gate.get(&*read, Key { kind, id })? {
            Some(row) => gate.decide(&*read, verb, kind, Some(&row))?,
            None => {
                let reason = AccessReason::NotFound { record: kind.name(), id: id.to_string() };
                Decision { allowed: false, visible: false, decided_by: vec![reason] }
            }
        };
        Ok(decision.to_json(lang))
    }
}
