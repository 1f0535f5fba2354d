//! The question `suggestions`: what to do next about a record, or about a page of somebody's records.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{Ctx, Verb, held_draft, is_open, suggested, told_by_host};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::model::{Key, Kind, Row};
use crate::rules::check;
use crate::rules::next_action::{NextFacts, SUBJECTS};
use crate::rules::read::{Object, coded, text};
use crate::store::{Cursor, Order, Query, Read, Store};

/// Records of a page where nobody says how many, and the most: each takes some look-ups by index.
const USUAL_RECORDS: i64 = 20;
const MOST_RECORDS: i64 = 100;
const KEYS: &[&str] = &["record", "id", "owner", "facts", "limit", "after", "lang"];

impl<S: Store> Crm<S> {
    /// The question `suggestions`: `{"record": "lead", "id": "...", "facts": [{"fact": "quote", "sent_at": "..."}], "lang":
    /// "fr"}`, where `facts` are what only the host knows (`quote`, `renewal`, `health`); or `{"record": "lead", "owner":
    /// "marie", "limit": 20, "after": "..."}`, a page of somebody's open records (without `owner` those of who asks),
    /// those that changed last first.
    ///
    /// Each record has `suggestions` and what was `left_out`, as the rule [`next_action`](crate::rules::next_action) has
    /// them; of what was held before also the `draft`. `suggestion.hold` takes record, id, action and `key`.
    pub(super) fn suggestions_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "suggestions")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        let lang = lang_of(body)?;
        let record = coded(o.required("record")?, |code| SUBJECTS.iter().find(|s| **s == code), SUBJECTS);
        let kind = crate::rules::kind(record.map_err(|e| e.at("record"))?)?;
        let read = self.reading(ctx)?;
        if let Some(id) = o.get("id") {
            for option in ["owner", "limit", "after"] {
                if o.get(option).is_some() {
                    let expected = "either `id` or `owner`";
                    return Err(Error::from(Problem::WrongShape { expected, found: "both".into() }).at(option));
                }
            }
            let told = o.optional("facts", told_by_host)?.unwrap_or_default();
            let id = Id::from_json(id).map_err(|e| e.at("id"))?;
            let missing = || Problem::NotFound { record: kind.name().into(), id: id.to_string() };
            let row = read.get(Key { kind, id })?.ok_or_else(missing)?;
            return self.record_json(&*read, ctx, &row, &told, lang);
        }
        if o.get("facts").is_some() {
            return Err(Problem::Missing { name: "id".into() }.into());
        }
        let owner = o.optional("owner", text)?.unwrap_or_else(|| ctx.actor.name().to_owned());
        let limit = o.optional_integer("limit")?.unwrap_or(USUAL_RECORDS);
        check::between(limit, 1, MOST_RECORDS).map_err(|e| e.at("limit"))?;
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        let mut all = vec![Predicate::test("owner", Operator::Equal, owner.as_str())];
        match kind {
            Kind::Deal => all.push(Predicate::test("state", Operator::Equal, "open")),
            Kind::Lead => {
                all.push(Predicate::test("converted_at", Operator::IsNull, Json::Null));
                all.push(Predicate::test("merged_into", Operator::IsNull, Json::Null));
            }
            _ => {}
        }
        query.filter = Some(Predicate::All(all).compile(&schema)?);
        query.order = vec![Order { field: schema.resolve("updated_at")?.0, descending: true }];
        query.limit = usize::try_from(limit).unwrap_or(1);
        query.after = o.optional("after", |v| Cursor::from_text(&text(v)?))?;
        let page = read.find(&query)?;
        let told = NextFacts::default();
        let records = page.rows.iter().map(|row| self.record_json(&*read, ctx, row, &told, lang));
        Ok(json!({
            "at": format_instant(ctx.at),
            "table": self.rules.next_actions().named(),
            "owner": owner,
            "records": records.collect::<Result<Vec<_>>>()?,
            "next": page.next.map(|next| next.to_text()),
        }))
    }

    fn record_json(&self, read: &dyn Read, ctx: &Ctx, row: &Row, told: &NextFacts, lang: Option<Lang>) -> Result<Json> {
        let mut map = Map::new();
        map.insert("record".into(), row.body.kind().name().into());
        map.insert("id".into(), row.id.to_string().into());
        map.insert("at".into(), format_instant(ctx.at).into());
        map.insert("table".into(), self.rules.next_actions().named());
        if !is_open(row) {
            map.extend(crate::rules::next_action::Suggested::default().to_json(lang));
            return Ok(Json::Object(map));
        }
        let language = self.rules.templates().language();
        let suggested = suggested(read, &self.rules, ctx.at, row, told, language)?;
        let mut answer = suggested.to_json(lang);
        let left_out = answer.get_mut("left_out").and_then(Json::as_array_mut).into_iter().flatten();
        for (shown, (one, _)) in left_out.zip(&suggested.left_out) {
            let draft = held_draft(read, &self.rules, ctx.at, &one.key)?;
            if let (Some(map), Some(draft)) = (shown.as_object_mut(), draft) {
                map.insert("draft".into(), draft.id.to_string().into());
            }
        }
        map.extend(answer);
        Ok(Json::Object(map))
    }
}
