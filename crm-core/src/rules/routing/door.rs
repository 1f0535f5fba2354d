//! The JSON door: leads and what is remembered in, decisions and what is to be remembered out.

use serde_json::{Map, Value as Json, json};

use super::clause::InSegments;
use super::decision::{Decision, Outcome, Request};
use super::simulate::Counts;
use super::state::State;
use super::table::RoutingTable;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::routing_reason::RoutingReason;
use crate::kernel::time::{format_instant, parse_instant};
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::input::Values;
use crate::rules::read::{Object, list, text};

/// Most leads of one call.
const MOST_LEADS: usize = 100_000;
/// What the host may say of a lead beside its fields.
const LEAD_KEYS: &[&str] = &["lead", "segments", "account_owner", "refused", "force"];

/// A lead with what is known beside its fields.
struct Asked {
    values: Values,
    segments: Vec<String>,
    account_owner: Option<String>,
    refused: Vec<String>,
    force: bool,
}

impl Asked {
    fn read(o: &Object<'_>, schema: &Schema, diagnostics: &mut Vec<Error>) -> Result<Self> {
        let lead = o.optional("lead", |v| json::object(v, "an object"))?;
        Ok(Self {
            values: Values::read(schema, lead, diagnostics)?,
            segments: o.list("segments", text)?,
            account_owner: o.optional("account_owner", text)?,
            refused: o.list("refused", text)?,
            force: o.flag("force", false)?,
        })
    }

    fn facts(&self) -> InSegments<'_, Values> {
        InSegments { facts: &self.values, segments: &self.segments }
    }

    fn request<'a>(&'a self, facts: &'a InSegments<'a, Values>) -> Request<'a, InSegments<'a, Values>> {
        Request { facts, account_owner: self.account_owner.as_deref(), refused: &self.refused, force: self.force }
    }
}

/// Routes leads given as JSON: one, `{"lead": {field: value}, "segments": [code], "account_owner", "refused": [user], "force", "state",
/// "at", "lang"}`, or many, `{"leads": [{"lead": ..., "account_owner": ...}], "state", "at", "lang", "explain"}`.
///
/// The answer has `decision`, or `decisions` and `counts`; `state` is what to give with the next call. Of one lead
/// `failed` tells why the rules before did not apply, of many it does with `"explain": true`. A value that cannot be
/// read makes its field unknown and is listed in `diagnostics`.
///
/// # Errors
/// A field or option that does not exist, a missing or unreadable `at`, more than 100 000 leads.
pub fn eval_json(table: &RoutingTable, schema: &Schema, input: &Json) -> Result<Json> {
    const KEYS: &[&str] =
        &["lead", "leads", "segments", "account_owner", "refused", "force", "state", "at", "lang", "explain"];
    let o = Object::new(input, KEYS)?;
    let at = text(o.required("at")?).and_then(|t| parse_instant(&t)).map_err(|e| e.at("at"))?;
    let lang = o.lang()?;
    let mut state = o.optional("state", State::from_json)?.unwrap_or_default();
    let mut diagnostics = Vec::new();
    let mut map = Map::new();
    if let Some(leads) = o.optional("leads", |v| list(v, Ok))? {
        if let Some(key) = LEAD_KEYS.iter().find(|key| o.get(key).is_some()) {
            let expected = "either `lead` or `leads`";
            return Err(Error::from(Problem::WrongShape { expected, found: "both".into() }).at(key));
        }
        check::most("records", leads.len(), MOST_LEADS).map_err(|e| e.at("leads"))?;
        let explain = o.flag("explain", false)?;
        let mut router = table.router(at);
        let mut counts = Counts::default();
        let mut decisions = Vec::with_capacity(leads.len());
        for (i, lead) in leads.into_iter().enumerate() {
            let inside = |e: Error| e.at_index(i).at("leads");
            let mut own = Vec::new();
            let read = Object::new(lead, LEAD_KEYS).and_then(|o| Asked::read(&o, schema, &mut own));
            let asked = read.map_err(inside)?;
            diagnostics.extend(own.into_iter().map(|e| inside(e.at("lead"))));
            let facts = asked.facts();
            let request = asked.request(&facts);
            let decision =
                if explain { router.explain(&mut state, &request) } else { router.decide(&mut state, &request) };
            counts.add(&decision);
            decisions.push(decision.to_json(lang));
        }
        map.insert("decisions".into(), decisions.into());
        map.insert("counts".into(), counts.to_json());
    } else {
        let asked = Asked::read(&o, schema, &mut diagnostics)?;
        let facts = asked.facts();
        let request = asked.request(&facts);
        let decision = if o.flag("explain", true)? {
            table.explain(&mut state, &request, at)
        } else {
            table.decide(&mut state, &request, at)
        };
        map.insert("decision".into(), decision.to_json(lang));
    }
    map.insert("state".into(), state.to_json(at));
    map.insert("diagnostics".into(), diagnostics.iter().map(Error::to_json).collect());
    Ok(Json::Object(map))
}

/// What looks like a mistake in the configuration: `{"at", "lang"}` gives `{"lints": [...]}`.
///
/// # Errors
/// An unknown option, a missing or unreadable `at`.
pub fn lint_json(table: &RoutingTable, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["at", "lang"])?;
    let at = text(o.required("at")?).and_then(|t| parse_instant(&t)).map_err(|e| e.at("at"))?;
    let lang = o.lang()?;
    Ok(json!({"lints": reasons(&table.lint(at), lang)}))
}

fn reasons(reasons: &[RoutingReason], lang: Option<Lang>) -> Json {
    reasons.iter().map(|r| Json::Object(Reason::Routing(r.clone()).to_json(lang))).collect()
}

impl Decision {
    /// The decision as JSON. With a language, texts are rendered; without, codes and parameters only.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let (user, queue) = match &self.outcome {
            Outcome::User(user) | Outcome::Kept(user) | Outcome::Owned(user) => (Some(user), None),
            Outcome::Queue(queue) => (None, Some(queue)),
            Outcome::Dropped | Outcome::Closed | Outcome::Nobody => (None, None),
        };
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        put("outcome", self.outcome.name().into());
        put("user", user.map(String::as_str).into());
        put("queue", queue.map(String::as_str).into());
        put("rule", self.rule.as_deref().into());
        put("strategy", self.strategy.into());
        put("fallback", self.fallback.into());
        put("accept_by", self.accept_by.map(format_instant).into());
        put("reasons", reasons(&self.reasons, lang));
        put("skipped", reasons(&self.skipped, lang));
        put("failed", reasons(&self.failed, lang));
        Json::Object(map)
    }
}

impl Counts {
    /// The counts as JSON.
    pub fn to_json(&self) -> Json {
        json!({
            "users": self.users, "queues": self.queues, "rules": self.rules, "fallback": self.fallback,
            "kept": self.kept, "owned": self.owned, "dropped": self.dropped, "closed": self.closed,
            "nobody": self.nobody,
        })
    }
}
