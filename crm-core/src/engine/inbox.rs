//! The question `inbox`: what somebody should do next.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::inbox_items::Gather;
use super::inbox_rows::activity_item;
use super::timeline_text::Teller;
use super::{Crm, permit};
use crate::command::{Ctx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::inbox_reason::{InboxSource, InboxTab};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant, parse_instant};
use crate::kernel::timeline_reason::EntryKind;
use crate::lang::Lang;
use crate::model::{Key, Kind};
use crate::rules::check;
use crate::rules::inbox::{InboxRank, Item, Placed};
use crate::rules::read::{Object, text};
use crate::rules::task::Horizon;
use crate::store::{Cursor, Order, Query, Read, Store};

/// Rows of a page where nobody says how many, and the most.
const USUAL_ROWS: i64 = 50;
const MOST_ITEMS: i64 = 200;
/// Entries of the timeline that a preview shows.
const PREVIEWED: usize = 5;
const KEYS: &[&str] = &["user", "tab", "item", "zone", "week_starts", "limit", "after", "lang"];

/// Where a page ended. All pages of an inbox are of the instant of the first, so that nothing moves between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: Instant,
    key: [i64; 7],
    source: InboxSource,
    id: String,
}

impl Place {
    fn of(at: Instant, rank: &InboxRank, id: &str) -> Self {
        Self { at, key: rank.key(), source: rank.source(), id: id.to_owned() }
    }

    fn to_text(&self) -> String {
        json::canonical(&json!([format_instant(self.at), self.key, self.source.code(), self.id]))
    }

    fn from_text(text: &str) -> Result<Self> {
        let wrong = || Error::from(Problem::WrongShape { expected: "a cursor", found: shortened(text, 60) });
        let json = json::parse(text.as_bytes()).map_err(|_| wrong())?;
        let Some([Json::String(at), Json::Array(key), Json::String(source), Json::String(id)]) =
            json.as_array().map(Vec::as_slice)
        else {
            return Err(wrong());
        };
        let key: Vec<i64> = key.iter().map(|n| n.as_i64().ok_or_else(wrong)).collect::<Result<_>>()?;
        Ok(Self {
            at: parse_instant(at).map_err(|_| wrong())?,
            key: key.try_into().map_err(|_| wrong())?,
            source: InboxSource::from_code(source).ok_or_else(wrong)?,
            id: id.clone(),
        })
    }
}

/// As what a record may be in an inbox.
const fn sources_of(kind: Kind) -> &'static [InboxSource] {
    match kind {
        Kind::Task => &[InboxSource::Task],
        Kind::Ticket => &[InboxSource::Ticket],
        Kind::Activity => &[InboxSource::Reply],
        Kind::Deal => &[InboxSource::CloseDate, InboxSource::Risk],
        Kind::Lead => &[InboxSource::Lead],
        Kind::Draft => &[InboxSource::Approval],
        _ => &[],
    }
}

impl<S: Store> Crm<S> {
    /// The question `inbox`: `{"user": "marie", "tab": "all", "zone": "Europe/Paris", "week_starts": "monday", "limit": 50,
    /// "after": "...", "lang": "fr"}`. Everything may be left out: it is then the inbox of who asks.
    ///
    /// The answer has the `items` in the order of [`rules::inbox`](crate::rules::inbox), the `counts` of all by source,
    /// and under `partial` the sources of which there is more than an inbox looks at. The tab `activity` has what the
    /// person did last, with the same actions. `{"item": {"record": "deal", "id": "..."}}` previews one record: its `row`,
    /// the `items` that it is in the inbox as, with rank, reasons and actions (none where it is not; a deal may be two),
    /// `partial` as above, and the last of its `timeline`.
    pub(super) fn inbox_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "inbox")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        let lang = lang_of(body)?;
        if let Some(item) = o.get("item") {
            let (user, days) = (o.optional("user", text)?, self.rules.tasks().days.asked(&o)?);
            let user = user.unwrap_or_else(|| ctx.actor.name().to_owned());
            let previewed = self.previewed(ctx, item, &user, &Horizon::new(&days, ctx.at), lang);
            return previewed.map_err(|e| if e.field().is_some() { e.at("item") } else { e });
        }
        let user = o.optional("user", text)?.unwrap_or_else(|| ctx.actor.name().to_owned());
        let tab = o.optional("tab", |v| {
            v.as_str().and_then(InboxTab::from_code).ok_or_else(|| json::not_one_of(v, InboxTab::CODES))
        })?;
        let (tab, days) = (tab.unwrap_or(InboxTab::All), self.rules.tasks().days.asked(&o)?);
        let limit = o.optional_integer("limit")?.unwrap_or(USUAL_ROWS);
        check::between(limit, 1, MOST_ITEMS).map_err(|e| e.at("limit"))?;
        let limit = usize::try_from(limit).unwrap_or(1);
        let read = self.reading(ctx)?;
        if tab == InboxTab::Activity {
            let after = o.optional("after", |v| Cursor::from_text(&text(v)?))?;
            return self.recent(ctx, &*read, (&user, limit, after), &Horizon::new(&days, ctx.at), lang);
        }
        let after = o.optional("after", |v| Place::from_text(&text(v)?))?;
        let at = after.as_ref().map_or(ctx.at, |place| place.at);
        let horizon = Horizon::new(&days, at);
        let mut gather = Gather::new(self, ctx, &*read, &horizon, &user);
        let rows = gather.rows(|source| tab.has(source))?;
        let (settings, priorities) = (self.rules.inbox(), self.rules.support().priorities());
        let mut placed: Vec<(Place, Placed, Item<'_>)> = Vec::new();
        for item in rows.items() {
            if let Some(found) = item.place(&horizon, settings, priorities) {
                placed.push((Place::of(at, &found.rank, &item.id), found, item));
            }
        }
        placed.sort_by(|(_, a, _), (_, b, _)| a.rank.cmp(&b.rank));
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (place, _, _) in &placed {
            let count = counts.entry(place.source.code()).or_default();
            *count = count.saturating_add(1);
        }
        let mut left = placed.iter().filter(|(place, _, _)| after.as_ref().is_none_or(|after| place > after));
        let shown: Vec<_> = left.by_ref().take(limit).collect();
        let next = shown.last().filter(|_| left.next().is_some()).map(|(place, _, _)| place.to_text());
        let items: Vec<Json> =
            shown.iter().map(|(_, found, item)| Json::Object(item.to_json(found, &horizon, lang))).collect();
        Ok(json!({
            "at": format_instant(at),
            "user": user,
            "items": items,
            "counts": counts,
            "partial": gather.partial().iter().map(|source| source.code()).collect::<Vec<_>>(),
            "next": next,
        }))
    }

    /// What somebody did last.
    fn recent(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        (user, limit, after): (&str, usize, Option<Cursor>),
        horizon: &Horizon<'_>,
        lang: Option<Lang>,
    ) -> Result<Json> {
        let schema = self.rules.schema(Kind::Activity);
        let mut query = Query::all(Kind::Activity, schema.clone(), ctx.at);
        query.filter = Some(Predicate::test("actor", Operator::Equal, user).compile(&schema)?);
        query.order = vec![Order { field: schema.resolve("happened_at")?.0, descending: true }];
        (query.limit, query.after) = (limit, after);
        query.check()?;
        let page = read.find(&query)?;
        let mut teller = Teller::new(read, &self.rules, ctx.at);
        let mut items = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            let reason = Reason::Timeline(teller.tell(EntryKind::Activity, row)?);
            let actions = activity_item(row).map(|item| item.actions(horizon)).unwrap_or_default();
            items.push(json!({
                "source": "activity",
                "id": row.id.to_string(),
                "row": row.to_json(),
                "reasons": [reason.to_json_by(lang, horizon.clock())],
                "actions": actions.iter().map(|action| action.to_json(lang)).collect::<Json>(),
            }));
        }
        Ok(json!({
            "at": format_instant(ctx.at),
            "user": user,
            "items": items,
            "next": page.next.map(|next| next.to_text()),
        }))
    }

    /// One record with why it is in somebody's inbox, if it is, and the last of what happened around it.
    fn previewed(&self, ctx: &Ctx, item: &Json, user: &str, horizon: &Horizon<'_>, lang: Option<Lang>) -> Result<Json> {
        let o = Object::new(item, &["record", "id"])?;
        let kind = crate::rules::kind(&o.text("record")?).map_err(|e| e.at("record"))?;
        let id = o.text("id")?.parse().map_err(|e: Error| e.at("id"))?;
        let missing = || Problem::NotFound { record: kind.name().into(), id: o.text("id").unwrap_or_default() };
        let row = self.row(ctx, Key { kind, id })?.ok_or_else(missing)?;
        let mut question = item.as_object().cloned().unwrap_or_default();
        question.insert("limit".into(), PREVIEWED.into());
        question.insert("lang".into(), lang.map(Lang::code).into());
        let timeline = self.timeline_json(ctx, &question)?;
        let (entries, next) = (timeline.get("entries"), timeline.get("next"));
        let read = self.reading(ctx)?;
        let mut gather = Gather::new(self, ctx, &*read, horizon, user);
        let rows = gather.rows(|source| sources_of(kind).contains(&source))?;
        let (settings, priorities) = (self.rules.inbox(), self.rules.support().priorities());
        let own = rows.items().into_iter().filter(|item| item.id == row.id.to_string());
        let mut placed: Vec<(Placed, Item<'_>)> =
            own.filter_map(|item| Some((item.place(horizon, settings, priorities)?, item))).collect();
        placed.sort_by(|(a, _), (b, _)| a.rank.cmp(&b.rank));
        let items: Vec<Json> =
            placed.iter().map(|(found, item)| Json::Object(item.to_json(found, horizon, lang))).collect();
        Ok(
            json!({"row": row.to_json(), "items": items, "partial": gather.partial().iter().map(|source| source.code()).collect::<Vec<_>>(), "timeline": entries, "next": next}),
        )
    }
}
