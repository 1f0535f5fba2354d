//! The JSON door: one lead in, one score out, the same bytes from Rust, Python and C.

use serde_json::Value as Json;

use super::{Event, LeadScorer};
use crate::kernel::error::{Error, Result};
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::time::parse_instant;
use crate::rules::check;
use crate::rules::input::LeadInput;
use crate::rules::read::{Object, list, wrong};

/// Most events of one lead.
const MOST_EVENTS: usize = 100_000;

/// Scores one lead given as JSON: `{"lead": {field: value}, "events": [{"id", "kind", "at"}], "at", "lang"}`.
///
/// A value that cannot be read makes its field unknown, an event that cannot be read is left out; both are listed in
/// `diagnostics`, and the lead has its score all the same.
///
/// # Errors
/// A field or option that does not exist, a missing or unreadable `at`, or more than 100 000 events.
pub fn eval_json(scorer: &LeadScorer, schema: &Schema, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["lead", "events", "at", "lang"])?;
    let mut lead = LeadInput::read(&o, schema)?;

    let items = o.optional("events", |v| list(v, Ok))?.unwrap_or_default();
    check::most("events", items.len(), MOST_EVENTS).map_err(|e| e.at("events"))?;
    let mut events = Vec::with_capacity(items.len());
    for (i, item) in items.into_iter().enumerate() {
        let inside = |e: Error| e.at_index(i).at("events");
        let event = Object::new(item, &["id", "kind", "at"]).map_err(inside)?;
        match read_event(&event) {
            Ok(event) => events.push(event),
            Err(e) => lead.diagnostics.push(inside(e)),
        }
    }
    let score = scorer.score(&lead.values, &events, lead.at).to_json(lead.lang);
    Ok(lead.answer(score))
}

fn read_event<'a>(event: &Object<'a>) -> Result<Event<'a>> {
    let text = |v: &'a Json| v.as_str().ok_or_else(|| wrong(FieldType::Text, v));
    let at = text(event.required("at")?).and_then(parse_instant).map_err(|e| e.at("at"))?;
    let kind = text(event.required("kind")?).map_err(|e| e.at("kind"))?;
    // Empty text is text that nobody knows, here as everywhere.
    Ok(Event { id: event.optional("id", text)?.filter(|id| !id.is_empty()), kind, at })
}
