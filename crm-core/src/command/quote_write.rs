//! Writing quotes: a first version, changes while nobody has it, and the version that is to stand in its place.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::{head, head_json, id_of, only_head};
use super::create::record_from_json;
use super::quote_answer::agreed_net;
use super::quote_now::QuoteNow;
use super::quote_primary::{give_value, has_primary, may_value, only_primary};
use super::quote_state::{
    foreign, quote_at, quote_of, refuse, refuse_many, refuse_unseen, revision_of, standing_of, versions,
};
use super::quote_terms::{keep_terms, read_terms, terms_of, written_terms};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::quotes::{QuoteAct, QuoteStanding, QuoteState};
use crate::model::{AnyRecord, Key, Kind, Quote, Row, set_fields};
use crate::rules::Rules;

/// What is ours and nobody's offer: it may change after the quote was issued.
const OURS: &[&str] = &["owner", "primary"];

/// Writes a quote: `{"fields": {"deal": "...", "title": "..."}, "terms": {"lines": [...]}}`, for a deal or an account. The terms
/// are those of the rule [`quote`](crate::rules::quote); what they leave out is as the part `quotes` of the configuration
/// has it. It is the deal's primary quote where the deal has none, unless `primary` says otherwise; that takes who may change
/// the deal, since its value follows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateQuote {
    /// The id, where the host has its own.
    pub id: Option<Id>,
    /// The fields of the record.
    pub fields: Map<String, Json>,
    /// What it offers.
    pub terms: Map<String, Json>,
}

/// Changes a quote that nobody has yet: `{"id": "...", "version": 3, "fields": {...}, "terms": {"lines": [...]}}`. Of the
/// terms, each key that is named is replaced, and `null` takes it away. After a quote was issued, only `owner` and `primary`
/// change; one that was declined, replaced or taken back is no deal's primary quote any more. Who names a quote the primary
/// one has to be allowed to change the deal: its value is the quote's then, also where somebody had written another
/// (`deal_value` says so).
#[derive(Clone, Debug, PartialEq)]
pub struct EditQuote {
    /// The quote.
    pub id: Id,
    /// The row's version that the editor saw; another one is refused.
    pub version: Option<u64>,
    /// The fields to set.
    pub fields: Map<String, Json>,
    /// The terms to replace.
    pub terms: Map<String, Json>,
}

/// Begins the version that is to stand in a quote's place: `{"id": "..."}`. It is written like a new quote, from the same
/// terms; until it is issued, the former version stands and may be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviseQuote {
    /// The quote.
    pub id: Id,
    /// The row's version that the editor saw; another one is refused.
    pub version: Option<u64>,
}

fn fields_of(map: &Map<String, Json>, rules: &Rules) -> Result<Map<String, Json>> {
    let Some(fields) = map.get("fields").filter(|fields| !fields.is_null()) else { return Ok(Map::new()) };
    let fields = json::object(fields, "an object of fields").map_err(|e| e.at("fields"))?;
    // Checked here on an empty record, so that a wrong field is told before anything is read.
    let mut empty: AnyRecord = Quote::default().into();
    set_fields(&mut empty, &rules.schema(Kind::Quote), fields).map_err(|e| e.at("fields"))?;
    Ok(fields.clone())
}

fn put(map: &mut Map<String, Json>, key: &str, part: &Map<String, Json>) {
    if !part.is_empty() {
        map.insert(key.into(), Json::Object(part.clone()));
    }
}

/// A record that goes with another one, where the actor sees it and it is in use.
fn in_sight(cx: &mut Cx<'_>, kind: Kind, id: Option<Id>) -> Result<Option<Id>> {
    let Some(id) = id else { return Ok(None) };
    let row = cx.row(Key { kind, id })?;
    Ok(row.filter(|row| row.archived_at.is_none()).map(|row| row.id))
}

/// Finds whom a quote is for, and refuses what does not fit together.
fn settle_customer(cx: &mut Cx<'_>, quote: &mut Quote, before: Option<&Quote>) -> Result<()> {
    let named = |e: Error, field: &str| e.at(field).at("fields");
    let is_new = |now: Option<Id>, was: fn(&Quote) -> Option<Id>| now.is_some() && before.map(was) != Some(now);
    let deal = quote.deal.map(|id| Key { kind: Kind::Deal, id });
    if let Some(key) = deal.filter(|key| is_new(Some(key.id), |quote| quote.deal)) {
        let row = cx.active(key).map_err(|e| named(e, "deal"))?;
        if let AnyRecord::Deal(deal) = &row.body {
            match (quote.account, deal.account) {
                (Some(own), Some(of_deal)) if own != of_deal => return Err(foreign(key.id)),
                (None, of_deal) => quote.account = in_sight(cx, Kind::Account, of_deal)?,
                _ => {}
            }
            quote.contact = match quote.contact {
                None => in_sight(cx, Kind::Contact, deal.contact)?,
                contact => contact,
            };
            if quote.owner.is_empty() {
                quote.owner.clone_from(&deal.owner);
            }
        }
    } else if let Some(key) = deal.filter(|_| is_new(quote.account, |quote| quote.account)) {
        // Another account than the deal's is another customer.
        let row = cx.existing(key).map_err(|e| named(e, "deal"))?;
        let of_deal = if let AnyRecord::Deal(deal) = &row.body { deal.account } else { None };
        if of_deal.is_some() && of_deal != quote.account {
            return Err(foreign(key.id));
        }
    }
    for (kind, field, id, is_new) in [
        (Kind::Account, "account", quote.account, is_new(quote.account, |quote| quote.account)),
        (Kind::Contact, "contact", quote.contact, is_new(quote.contact, |quote| quote.contact)),
    ] {
        let Some(id) = id.filter(|_| is_new) else { continue };
        let row = cx.active(Key { kind, id }).map_err(|e| named(e, field))?;
        match &row.body {
            AnyRecord::Account(account) if quote.owner.is_empty() => quote.owner.clone_from(&account.owner),
            AnyRecord::Contact(contact) if quote.language.is_empty() => quote.language.clone_from(&contact.language),
            _ => {}
        }
    }
    if quote.deal.is_none() && quote.account.is_none() {
        return Err(OfferProblem::NoCustomer.into());
    }
    Ok(())
}

/// The series of a new quote, and the language it is written in.
fn settle_words(cx: &Cx<'_>, quote: &mut Quote) -> Result<()> {
    let settings = cx.rules().quotes();
    let series = settings.series(&quote.series).map_err(|e| e.at("series").at("fields"))?;
    quote.series.clone_from(&series.id);
    if quote.language.parse::<crate::lang::Lang>().is_err() {
        settings.language.code().clone_into(&mut quote.language);
    }
    if quote.owner.is_empty() {
        cx.actor().name().clone_into(&mut quote.owner);
    }
    Ok(())
}

/// Whether nothing of a quote stands any more.
const fn is_off(standing: QuoteStanding) -> bool {
    matches!(standing, QuoteStanding::Declined | QuoteStanding::Superseded | QuoteStanding::Cancelled)
}

/// Whether the actor may change what a deal is worth.
fn values(cx: &mut Cx<'_>, deal: Id) -> Result<bool> {
    match may_value(cx, deal) {
        Ok(()) => Ok(true),
        Err(e) if matches!(e.code(), Code::Forbidden | Code::NotFound) => Ok(false),
        Err(e) => Err(e),
    }
}

/// Makes the quote the only primary one of its deal, where it is to be that.
fn settle_primary(cx: &mut Cx<'_>, id: Id, quote: &Quote) -> Result<()> {
    match quote.deal.filter(|_| quote.primary == Some(true)) {
        Some(deal) => only_primary(cx, deal, id),
        None => Ok(()),
    }
}

impl Command for CreateQuote {
    type Output = QuoteNow;
    const VERB: Verb = Verb::Quote;

    fn name() -> Cow<'static, str> {
        "quote.create".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        if let Some(id) = self.id {
            map.insert("id".into(), id.to_string().into());
        }
        put(&mut map, "fields", &self.fields);
        put(&mut map, "terms", &self.terms);
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `fields` and `terms`")?;
        json::only_keys(map, &["id", "fields", "terms"])?;
        let (fields, terms) = (fields_of(map, rules)?, terms_of(map)?);
        read_terms(&terms, rules.quotes()).map_err(|e| e.at("terms"))?;
        Ok(Self { id: id_of(map, "id")?, fields, terms })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<QuoteNow> {
        let fields = Json::Object(self.fields.clone());
        let mut quote: Quote = record_from_json(&fields, cx.rules()).map_err(|e| e.at("fields"))?;
        let id = self.id.unwrap_or_else(|| cx.new_id());
        settle_customer(cx, &mut quote, None)?;
        settle_words(cx, &mut quote)?;
        let terms = read_terms(&self.terms, cx.rules().quotes()).map_err(|e| e.at("terms"))?;
        keep_terms(&mut quote, &terms).map_err(|e| e.at("terms"))?;
        quote.state = Some(QuoteState::Draft);
        quote.revision = Some(1);
        quote.root_quote = Some(id);
        quote.primary = match (quote.primary, quote.deal) {
            (None, Some(deal)) => Some(!has_primary(cx, deal, None)? && values(cx, deal)?),
            (Some(true), Some(deal)) => {
                may_value(cx, deal).map_err(|e| e.at("primary").at("fields"))?;
                Some(true)
            }
            (said, Some(_)) => said,
            (_, None) => None,
        };
        settle_primary(cx, id, &quote)?;
        let row = cx.insert(id, quote.clone().into())?;
        Ok(QuoteNow::of(&row, &quote))
    }
}

impl Command for EditQuote {
    type Output = QuoteNow;
    const VERB: Verb = Verb::Quote;

    fn name() -> Cow<'static, str> {
        "quote.edit".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        put(&mut map, "fields", &self.fields);
        put(&mut map, "terms", &self.terms);
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`, and `fields` or `terms`")?;
        json::only_keys(map, &["id", "version", "fields", "terms"])?;
        let (id, version) = head(map)?;
        Ok(Self { id, version, fields: fields_of(map, rules)?, terms: terms_of(map)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<QuoteNow> {
        let (mut row, before) = quote_at(cx, self.id)?;
        refuse_unseen(&row, self.version)?;
        let standing = standing_of(cx.rules(), &before, cx.at());
        let is_ours = self.terms.is_empty() && self.fields.keys().all(|field| OURS.contains(&field.as_str()));
        let is_named = self.fields.get("primary") == Some(&Json::Bool(true));
        // A deal is not worth what a customer refused, or what was taken back.
        if !is_ours || is_named && is_off(standing) {
            refuse(QuoteAct::Edit, standing)?;
        }
        let schema = cx.rules().schema(Kind::Quote);
        set_fields(&mut row.body, &schema, &self.fields).map_err(|e| e.at("fields"))?;
        let Some(mut quote) = quote_of(&row).cloned() else { return Ok(QuoteNow::of(&row, &before)) };
        if before.state == Some(QuoteState::Draft) {
            settle_customer(cx, &mut quote, Some(&before))?;
            settle_words(cx, &mut quote)?;
        }
        if !self.terms.is_empty() {
            let mut written = written_terms(&quote)?;
            written.extend(self.terms.clone());
            let terms = read_terms(&written, cx.rules().quotes()).map_err(|e| e.at("terms"))?;
            keep_terms(&mut quote, &terms).map_err(|e| e.at("terms"))?;
        }
        let is_other = before.primary != Some(true) || before.deal != quote.deal;
        if let Some(deal) = quote.deal.filter(|_| quote.primary == Some(true) && (is_named || is_other)) {
            may_value(cx, deal).map_err(|e| e.at("primary").at("fields"))?;
        }
        settle_primary(cx, self.id, &quote)?;
        let row = cx.update(Row { body: quote.clone().into(), ..row })?;
        let mut now = QuoteNow::of(&row, &quote);
        // Whoever names it the primary one again gives the deal its value again.
        let counts = is_named && !quote.hash.is_empty();
        if let (Some(deal), Some(net)) = (quote.deal.filter(|_| counts), agreed_net(&quote)?.or(quote.net)) {
            now.deal_value = give_value(cx, deal, net, true)?;
        }
        Ok(now)
    }
}

impl Command for ReviseQuote {
    type Output = QuoteNow;
    const VERB: Verb = Verb::Quote;

    fn name() -> Cow<'static, str> {
        "quote.revise".into()
    }

    fn to_json(&self) -> Json {
        Json::Object(head_json(self.id, self.version))
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, version) = only_head(body)?;
        Ok(Self { id, version })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<QuoteNow> {
        let (row, former) = quote_at(cx, self.id)?;
        cx.reached(row.key())?;
        refuse_unseen(&row, self.version)?;
        refuse(QuoteAct::Revise, standing_of(cx.rules(), &former, cx.at()))?;
        let root = former.root_quote.unwrap_or(self.id);
        let all = versions(cx, root)?;
        refuse_many(&all)?;
        refuse_other(&all, self.id)?;
        let last = all.iter().filter_map(quote_of).map(revision_of).max().unwrap_or(1);
        let number = last.saturating_add(1);
        let quote = Quote {
            revision: i64::try_from(number).ok(),
            root_quote: Some(root),
            previous_quote: Some(self.id),
            state: Some(QuoteState::Draft),
            primary: former.deal.map(|_| false),
            number: String::new(),
            hash: String::new(),
            issued_on: None,
            valid_until: None,
            draft: None,
            sent_at: None,
            answered_at: None,
            answered_by: String::new(),
            answer_note: String::new(),
            acceptance: String::new(),
            without_mentions: Vec::new(),
            without_reason: String::new(),
            external_id: String::new(),
            external_source: String::new(),
            ..former
        };
        let id = Id::from_text(&format!("quote {root} version {number}"));
        let row = cx.insert(id, quote.clone().into())?;
        Ok(QuoteNow::of(&row, &quote))
    }
}

/// Refuses a version beside one that is being written, or was accepted.
///
/// # Errors
/// [`OfferProblem::OtherVersionOpen`], [`OfferProblem::OtherVersionAccepted`].
pub(super) fn refuse_other(versions: &[Row], id: Id) -> Result<()> {
    for row in versions.iter().filter(|row| row.id != id) {
        let Some(quote) = quote_of(row) else { continue };
        match quote.state {
            Some(QuoteState::Draft) if row.archived_at.is_none() => {
                return Err(OfferProblem::OtherVersionOpen { id: row.id.to_string() }.into());
            }
            // Put away or not, that is what was agreed.
            Some(QuoteState::Accepted) => {
                return Err(OfferProblem::OtherVersionAccepted { number: quote.number.clone() }.into());
            }
            _ => {}
        }
    }
    Ok(())
}
