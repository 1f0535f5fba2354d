//! The questions `quote` and `quotes`: what is offered, how it stands, and what may be done now.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{
    Ctx, Cx, Gate, Role, Verb, allowed, is_held, quote_of, revision_of, standing_of, stored_terms, verb_of, whole_terms,
};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json as kernel_json;
use crate::kernel::money::Money;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::quotes::{MentionState, QuoteAct, QuoteStanding, QuoteState};
use crate::kernel::reason::Reason;
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::model::{AnyRecord, Key, Kind, Quote, Row};
use crate::rules::check;
use crate::rules::offer::acts;
use crate::rules::quote::{MentionScope, QuoteTerms, check_mentions, diff, expires_at, totals};
use crate::rules::read::{Object, coded, text};
use crate::store::{Archived, Cursor, MOST_ROWS, Order, Query, Read, Store};

/// Quotes of a page where nobody says how many, and the most.
const USUAL_QUOTES: i64 = 50;
const MOST_QUOTES: i64 = 200;

/// The command that does something to a quote.
const fn command_of(act: QuoteAct) -> &'static str {
    match act {
        QuoteAct::Edit => "quote.edit",
        QuoteAct::Issue => "quote.issue",
        QuoteAct::Send => "quote.send",
        QuoteAct::Revise => "quote.revise",
        QuoteAct::Accept | QuoteAct::AcceptLate => "quote.accept",
        QuoteAct::Decline => "quote.decline",
        QuoteAct::Cancel => "quote.cancel",
        QuoteAct::Archive => "quote.archive",
    }
}

/// What a reader may do to a quote now; what would wait for somebody's OK says so.
fn may(role: Role, row: &Row, standing: QuoteStanding) -> Json {
    let of = |command: &'static str, act: Option<QuoteAct>| {
        let verb = verb_of(command)?;
        let held = is_held(role, command);
        let is_possible = allowed(role, verb) || held;
        is_possible.then(|| json!({"command": command, "act": act.map(QuoteAct::code), "held": held}))
    };
    match row.archived_at {
        Some(_) => of("quote.restore", None).into_iter().collect(),
        None => acts(standing).filter_map(|act| of(command_of(act), Some(act))).collect(),
    }
}

fn known(text: &str) -> Json {
    Json::from(Some(text).filter(|text| !text.is_empty()))
}

fn money(money: Option<Money>) -> Json {
    money.map_or(Json::Null, Money::to_json)
}

fn id_json(id: Option<Id>) -> Json {
    id.map(|id| id.to_string()).into()
}

/// A quote as lists have it.
fn card(row: &Row, quote: &Quote, standing: QuoteStanding) -> Map<String, Json> {
    let mut map = Map::new();
    let mut put = |key: &str, value: Json| map.insert(key.into(), value);
    put("id", row.id.to_string().into());
    put("version", row.version.into());
    put("archived_at", row.archived_at.map(format_instant).into());
    put("number", known(&quote.number));
    put("revision", revision_of(quote).into());
    put("title", known(&quote.title));
    put("standing", standing.code().into());
    put("state", quote.state.unwrap_or(QuoteState::Draft).code().into());
    put("owner", known(&quote.owner));
    put("deal", id_json(quote.deal));
    put("account", id_json(quote.account));
    put("contact", id_json(quote.contact));
    put("primary", (quote.primary == Some(true)).into());
    put("issued_on", quote.issued_on.map(|day| day.to_string()).into());
    put("valid_until", quote.valid_until.map(|day| day.to_string()).into());
    put("sent_at", quote.sent_at.map(format_instant).into());
    put("net", money(quote.net));
    put("vat", money(quote.vat));
    put("gross", money(quote.gross));
    put("hash", known(&quote.hash));
    map
}

impl<S: Store> Crm<S> {
    /// The question `quote`: `{"id": "...", "lang": "fr"}`, one quote with its terms, what they come to and why, the mentions
    /// that it lacks, its versions, what differs from the one before, what the reader may do now, and the message that it
    /// leaves with.
    pub(super) fn quote_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "quote")?;
        kernel_json::only_keys(body, &["id", "lang"])?;
        let lang = lang_of(body)?;
        let id = body.get("id").ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let id = Id::from_json(id).map_err(|e: Error| e.at("id"))?;
        let missing = || Problem::NotFound { record: Kind::Quote.name().into(), id: id.to_string() };
        let whole = self.whole(ctx)?;
        let read = self.reading(ctx)?;
        let row = Gate::new(&self.rules, ctx).get(&*whole, Key { kind: Kind::Quote, id })?.ok_or_else(missing)?;
        let quote = quote_of(&row).ok_or_else(missing)?;
        let standing = standing_of(&self.rules, quote, ctx.at);
        // What is being written is shown as it would be issued.
        let terms = match quote.state {
            Some(QuoteState::Draft) | None => whole_terms(&mut Cx::new(&*whole, &self.rules, ctx), quote)?,
            _ => stored_terms(quote)?,
        };
        let mut map = card(&row, quote, standing);
        let settings = self.rules.quotes();
        let expires = quote.valid_until.map(|day| format_instant(expires_at(day, &settings.zone)));
        map.insert("expires_at".into(), expires.into());
        map.insert("series".into(), known(&quote.series));
        map.insert("language".into(), known(&quote.language));
        map.insert("terms".into(), terms.to_json());
        map.insert("totals".into(), totals(&terms)?.told(lang));
        map.insert("mentions".into(), self.mentions_of(quote, &terms, lang));
        map.insert("answer".into(), answer_of(quote));
        let versions = self.versions_of(ctx, &*read, quote.root_quote.unwrap_or(id))?;
        let listed = versions.iter().filter_map(|row| {
            let quote = quote_of(row)?;
            Some(Json::Object(card(row, quote, standing_of(&self.rules, quote, ctx.at))))
        });
        map.insert("versions".into(), listed.collect());
        let former = versions.iter().find(|row| Some(row.id) == quote.previous_quote).and_then(quote_of);
        let diff = match former.map(stored_terms).transpose()? {
            Some(before) if before.currency == terms.currency => diff(&before, &terms)?.told(&before, &terms, lang),
            _ => Json::Null,
        };
        map.insert("diff".into(), diff);
        map.insert("may".into(), may(ctx.actor.role(), &row, standing));
        let message = quote.draft.map(|id| read.get(Key { kind: Kind::Draft, id })).transpose()?.flatten();
        let message = message.and_then(|row| match &row.body {
            AnyRecord::Draft(draft) => Some(json!({
                "draft": row.id.to_string(), "state": draft.state.map(|state| state.code()),
                "recipients": draft.recipients, "revision": draft.revision, "content_hash": draft.content_hash,
            })),
            _ => None,
        });
        map.insert("message".into(), message.into());
        Ok(Json::Object(map))
    }

    /// The question `quotes`: `{"deal": "...", "account": "...", "state": "sent", "owner": "marie", "limit": 50, "after": "..."}`,
    /// a page of quotes, the latest first; `state` is where they stand today, so that `expired` is one, too.
    pub(super) fn quotes_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "quotes")?;
        let given = Json::Object(body.clone());
        let o = Object::new(&given, &["deal", "account", "state", "owner", "limit", "after"])?;
        let limit = o.optional_integer("limit")?.unwrap_or(USUAL_QUOTES);
        check::between(limit, 1, MOST_QUOTES).map_err(|e| e.at("limit"))?;
        let mut parts = Vec::new();
        for key in ["deal", "account"] {
            let id = o.optional(key, Id::from_json)?;
            parts.extend(id.map(|id| Predicate::test(key, Operator::Equal, id.to_string())));
        }
        let owner = o.optional("owner", text)?;
        parts.extend(owner.map(|owner| Predicate::test("owner", Operator::Equal, owner)));
        let state = o.optional("state", |v| coded(v, QuoteStanding::from_code, QuoteStanding::CODES))?;
        let today = self.rules.quotes().zone.day(ctx.at).to_string();
        parts.extend(state.map(|state| stands(state, &today)));
        let schema = self.rules.schema(Kind::Quote);
        let mut query = Query::all(Kind::Quote, schema.clone(), ctx.at);
        if !parts.is_empty() {
            query.filter = Some(Predicate::All(parts).compile(&schema)?);
        }
        query.order = vec![Order { field: schema.resolve("created_at")?.0, descending: true }];
        query.limit = usize::try_from(limit).unwrap_or(1);
        query.after = o.optional("after", |v| Cursor::from_text(&text(v)?))?;
        let page = self.reading(ctx)?.find(&query)?;
        let cards: Vec<Json> = page
            .rows
            .iter()
            .filter_map(|row| {
                let quote = quote_of(row)?;
                Some(Json::Object(card(row, quote, standing_of(&self.rules, quote, ctx.at))))
            })
            .collect();
        Ok(json!({"quotes": cards, "next": page.next.map(|next| next.to_text())}))
    }

    /// The quote of a draft, as whoever decides about it has to see it.
    pub(super) fn quote_of_draft(&self, ctx: &Ctx, read: &dyn Read, id: Id, hash: &str) -> Result<Json> {
        let Some(row) = read.get(Key { kind: Kind::Quote, id })? else { return Ok(Json::Null) };
        let Some(quote) = quote_of(&row) else { return Ok(Json::Null) };
        let mut map = card(&row, quote, standing_of(&self.rules, quote, ctx.at));
        map.insert("is_same".into(), (quote.hash == hash).into());
        Ok(Json::Object(map))
    }

    /// Every version that the reader sees, in order.
    fn versions_of(&self, ctx: &Ctx, read: &dyn Read, root: Id) -> Result<Vec<Row>> {
        let schema = self.rules.schema(Kind::Quote);
        let mut query = Query::all(Kind::Quote, schema.clone(), ctx.at);
        query.filter = Some(Predicate::test("root_quote", Operator::Equal, root.to_string()).compile(&schema)?);
        (query.archived, query.limit) = (Archived::Include, MOST_ROWS);
        let mut rows = read.find(&query)?.rows;
        rows.sort_by_key(|row| quote_of(row).map(revision_of));
        Ok(rows)
    }

    /// What it lacks of what the law asks for, and without which of it somebody issued it.
    fn mentions_of(&self, quote: &Quote, terms: &QuoteTerms, lang: Option<Lang>) -> Json {
        let Some(profile) = self.rules.quotes().profile else { return Json::Null };
        let scope = MentionScope { profile, issued_on: quote.issued_on, valid_until: quote.valid_until };
        // A quote gets its days when it is issued.
        let is_draft = matches!(quote.state, Some(QuoteState::Draft) | None);
        let dated = [crate::kernel::quotes::QuoteMention::QuoteDate, crate::kernel::quotes::QuoteMention::Validity];
        let checks = check_mentions(terms, &scope).into_iter();
        let missing = checks.filter(|one| !(is_draft && dated.contains(&one.mention))).filter_map(|one| {
            let is_wrong = matches!(one.state, MentionState::Missing | MentionState::Wrong);
            let reason = one.reason.filter(|_| is_wrong)?;
            Some(Json::Object(Reason::Quote(reason).to_json(lang)))
        });
        json!({"profile": profile.code(), "missing": missing.collect::<Vec<_>>(),
            "without": quote.without_mentions, "reason": known(&quote.without_reason)})
    }
}

/// What the customer answered, or why it was withdrawn.
fn answer_of(quote: &Quote) -> Json {
    if !matches!(quote.state, Some(QuoteState::Accepted | QuoteState::Declined | QuoteState::Cancelled)) {
        return Json::Null;
    }
    let acceptance = kernel_json::parse(quote.acceptance.as_bytes()).ok();
    json!({"at": quote.answered_at.map(format_instant), "by": known(&quote.answered_by),
        "note": known(&quote.answer_note), "acceptance": acceptance})
}

/// That a quote stands so on a day.
fn stands(standing: QuoteStanding, today: &str) -> Predicate {
    let is = |state: QuoteState| Predicate::test("state", Operator::Equal, state.code());
    let over = || Predicate::test("valid_until", Operator::Less, today);
    let open = |state| {
        let endless = Predicate::test("valid_until", Operator::IsNull, Json::Null);
        let not_over = Predicate::test("valid_until", Operator::AtLeast, today);
        Predicate::All(vec![is(state), Predicate::Any(vec![endless, not_over])])
    };
    match standing {
        QuoteStanding::Draft => is(QuoteState::Draft),
        QuoteStanding::Issued => open(QuoteState::Issued),
        QuoteStanding::Sent => open(QuoteState::Sent),
        QuoteStanding::Expired => {
            let open: Vec<Json> = [QuoteState::Issued, QuoteState::Sent].map(|state| state.code().into()).to_vec();
            Predicate::All(vec![Predicate::test("state", Operator::In, open), over()])
        }
        QuoteStanding::Accepted => is(QuoteState::Accepted),
        QuoteStanding::Declined => is(QuoteState::Declined),
        QuoteStanding::Superseded => is(QuoteState::Superseded),
        QuoteStanding::Cancelled => is(QuoteState::Cancelled),
    }
}
