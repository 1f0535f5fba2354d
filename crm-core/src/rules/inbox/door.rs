//! The JSON door of the inbox.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::item::{Context, Item, What};
use super::rank::Placed;
use super::settings::InboxSettings;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::inbox_reason::InboxSource;
use crate::kernel::json;
use crate::kernel::service::SlaState;
use crate::lang::Lang;
use crate::rules::Priorities;
use crate::rules::check;
use crate::rules::read::{Object, date, instant, integer, list, text};
use crate::rules::task::{Due, Horizon, LocalDays, TaskFacts};

/// Most items of one call.
const MOST_ITEMS: usize = 10_000;

/// Puts given items in order: `{"at": "...", "zone": "Europe/Paris", "week_starts": "monday", "items": [...], "lang": "fr"}`.
///
/// Each item has `source` and `id`, and may have `title`, `created_at`, `version` and the ids of its `lead`, `account`,
/// `contact`, `deal` and `ticket`; by source also
///
/// | `source` | with |
/// |---|---|
/// | `task` | `due_date`, `due_at`, `priority`, `snoozed_until`, `completed_at`, `blocking_task` |
/// | `ticket` | `sla_state`, `sla_due_at`, `priority` |
/// | `reply` | `received_at` |
/// | `approval` | `asked_at`, `expires_at` |
/// | `close_date` | `close_date` |
/// | `risk` | `score`, `score_before` |
/// | `lead` | `received_at`, `score`, `is_hot`, `owner` |
///
/// The answer has the `items` in order, each with its `rank`, its `reasons`, whose points add up to the rank's urgency, and
/// the `actions` that fit; the `counts` by source, and the ids that are `hidden`: done, put off, or not due to be seen yet.
///
/// # Errors
/// Unknown options and sources, an item twice, values that do not fit, with their path.
pub(in crate::rules) fn eval_json(
    settings: &InboxSettings,
    priorities: &Priorities,
    days: &LocalDays,
    input: &Json,
) -> Result<Json> {
    let o = Object::new(input, &["at", "zone", "week_starts", "items", "lang"])?;
    let at = o.required("at").and_then(|v| instant(v).map_err(|e| e.at("at")))?;
    let lang = o.lang()?;
    let days = days.asked(&o)?;
    let horizon = Horizon::new(&days, at);
    let items = o.required("items")?;
    check::most("items", items.as_array().map_or(0, Vec::len), MOST_ITEMS).map_err(|e| e.at("items"))?;
    let items = list(items, item).map_err(|e| e.at("items"))?;
    let mut placed: Vec<(Placed, &Item<'_>)> = Vec::new();
    let mut hidden = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (i, item) in items.iter().enumerate() {
        if !seen.insert((item.what.source(), item.id.as_str())) {
            let twice = RulesProblem::DuplicateId { id: item.id.clone() };
            return Err(Error::from(twice).at("id").at_index(i).at("items"));
        }
        match item.place(&horizon, settings, priorities) {
            Some(place) => placed.push((place, item)),
            None => hidden.push(item.id.as_str()),
        }
    }
    placed.sort_by(|(a, _), (b, _)| a.rank.cmp(&b.rank));
    hidden.sort_unstable();
    let mut counts: BTreeMap<InboxSource, u64> = BTreeMap::new();
    for (place, _) in &placed {
        let count = counts.entry(place.rank.source()).or_default();
        *count = count.saturating_add(1);
    }
    let shown: Vec<Json> =
        placed.iter().map(|(place, item)| Json::Object(item.to_json(place, &horizon, lang))).collect();
    let counts: Map<String, Json> =
        counts.into_iter().map(|(source, n)| (source.code().to_owned(), n.into())).collect();
    Ok(json!({"items": shown, "counts": counts, "hidden": hidden}))
}

impl Item<'_> {
    /// `{"source", "id", "version", "title", "rank", "reasons", "actions"}`.
    pub fn to_json(&self, placed: &Placed, horizon: &Horizon<'_>, lang: Option<Lang>) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("source".into(), self.what.source().code().into());
        map.insert("id".into(), self.id.as_str().into());
        if let Some(version) = self.version {
            map.insert("version".into(), version.into());
        }
        map.insert("title".into(), self.title.as_str().into());
        for (name, id) in self.context.links() {
            if let Some(id) = id {
                map.insert(name.into(), id.into());
            }
        }
        map.insert("rank".into(), placed.rank.to_json());
        map.insert("reasons".into(), placed.reasons.iter().map(|why| why.to_json(lang, horizon.clock())).collect());
        map.insert("actions".into(), self.actions(horizon).iter().map(|action| action.to_json(lang)).collect());
        map
    }
}

fn item(json: &Json) -> Result<Item<'_>> {
    let map = json::object(json, "an object")?;
    let source = map.get("source").ok_or_else(|| Error::from(Problem::Missing { name: "source".into() }))?;
    let known = source.as_str().and_then(InboxSource::from_code);
    let known = known.ok_or_else(|| json::not_one_of(source, InboxSource::CODES).at("source"))?;
    macro_rules! keys {
        ($($key:literal),*) => {{
            const KEYS: &[&str] = &[
                "source", "id", "version", "title", "created_at", "lead", "account", "contact", "deal", "ticket", $($key),*
            ];
            KEYS
        }};
    }
    let keys = match known {
        InboxSource::Task => {
            keys!("due_date", "due_at", "priority", "snoozed_until", "completed_at", "blocking_task")
        }
        InboxSource::Ticket => keys!("sla_state", "sla_due_at", "priority"),
        InboxSource::Reply => keys!("received_at"),
        InboxSource::Approval => keys!("asked_at", "expires_at", "revision", "content_hash"),
        InboxSource::CloseDate => keys!("close_date"),
        InboxSource::Risk => keys!("score", "score_before"),
        InboxSource::Lead => keys!("received_at", "score", "is_hot", "owner"),
    };
    let o = Object::new(json, keys)?;
    let at = |key: &str| o.required(key).and_then(|v| instant(v).map_err(|e| e.at(key)));
    let score = |key: &'static str| {
        let read = |v: &Json| integer(v).and_then(|n| check::between(n, 0, 100).map(|()| n));
        o.optional(key, read)
    };
    let said = |key: &str| o.get(key).and_then(Json::as_str).unwrap_or_default();
    let created_at = o.optional("created_at", instant)?;
    let what = match known {
        InboxSource::Task => {
            // Texts that are not texts are refused before they are borrowed.
            for key in ["priority", "blocking_task"] {
                o.optional(key, text)?;
            }
            let blocker = said("blocking_task");
            What::Task(TaskFacts {
                due: Due::of(o.optional("due_date", date)?, o.optional("due_at", instant)?),
                priority: said("priority"),
                created_at,
                snoozed_until: o.optional("snoozed_until", instant)?,
                completed_at: o.optional("completed_at", instant)?,
                completed_by: "",
                blocker: Some((blocker, "")).filter(|_| !blocker.is_empty()),
                occurrence: None,
            })
        }
        InboxSource::Ticket => What::Ticket {
            state: o.optional("sla_state", |v| {
                v.as_str().and_then(SlaState::from_code).ok_or_else(|| json::not_one_of(v, SlaState::CODES))
            })?,
            due_at: o.optional("sla_due_at", instant)?,
            priority: o.optional("priority", text)?.unwrap_or_default(),
        },
        InboxSource::Reply => What::Reply { received_at: at("received_at")? },
        InboxSource::Approval => {
            let revision = o.optional_integer("revision")?.map(|n| check::between(n, 1, i64::MAX).map(|()| n));
            let revision = revision.transpose().map_err(|e| e.at("revision"))?.and_then(|n| u64::try_from(n).ok());
            let hash = o.optional("content_hash", text)?;
            What::Approval {
                asked_at: at("asked_at")?,
                expires_at: o.optional("expires_at", instant)?,
                draft: revision.zip(hash),
            }
        }
        InboxSource::CloseDate => {
            What::CloseDate { date: o.required("close_date").and_then(|v| date(v).map_err(|e| e.at("close_date")))? }
        }
        InboxSource::Risk => {
            let missing = || Problem::Missing { name: "score".into() };
            What::Risk { score: score("score")?.ok_or_else(missing)?, before: score("score_before")? }
        }
        InboxSource::Lead => What::Lead {
            received_at: at("received_at")?,
            score: score("score")?,
            is_hot: o.flag("is_hot", false)?,
            has_owner: o.optional("owner", text)?.is_some_and(|owner| !owner.is_empty()),
        },
    };
    let version = o
        .optional_integer("version")?
        .map(|n| check::between(n, 1, i64::MAX).map_err(|e| e.at("version")).map(|()| u64::try_from(n).unwrap_or(1)));
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    let link = |key: &str| o.optional(key, text);
    // What stands there itself is one of its records.
    let own = |of: &[InboxSource]| Some(id.clone()).filter(|_| of.contains(&known));
    let (lead, ticket) = (own(&[InboxSource::Lead]), own(&[InboxSource::Ticket]));
    let deal = own(&[InboxSource::CloseDate, InboxSource::Risk]);
    Ok(Item {
        id,
        version: version.transpose()?,
        title: o.optional("title", text)?.unwrap_or_default(),
        created_at,
        context: Context {
            lead: lead.or(link("lead")?),
            account: link("account")?,
            contact: link("contact")?,
            deal: deal.or(link("deal")?),
            ticket: ticket.or(link("ticket")?),
        },
        what,
    })
}
