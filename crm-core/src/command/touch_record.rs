//! Recording touches, and saying who a visitor is. Both are written once: what is repeated changes nothing, and nothing
//! rewrites what was recorded.

use std::borrow::Cow;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::create::record_from_json;
use super::import::read_row;
use super::redirect::survivor_of;
use super::{Command, Cx, Import, ImportRow, Imported, Rejected, Verb};
use crate::kernel::error::{Code, Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::marketing::TouchKind;
use crate::kernel::text;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Key, Kind, Row, Submission, Touch, VisitorLink, body_to_json};
use crate::rules::attribution::{Arrival, Channel};
use crate::rules::{Rules, check};

/// How much later than now something may have happened, because clocks differ.
const CLOCKS_DIFFER_MINUTES: i64 = 5;
/// Most rows of one command.
const MOST_ROWS: usize = 1_000;

/// Records a touch of a visitor, a lead, a contact or an account. Where it came from is computed now, by the rule
/// [`attribution`](crate::rules::attribution), and kept. Its id follows from the system's id, or else from what it says, so
/// that a repetition changes nothing. The past may be told in any order; the future is refused.
///
/// ```
/// use crm_core::command::{Actor, Ctx, RecordTouch, Role};
/// use crm_core::model::Touch;
/// use crm_core::store::{MemoryStore, Workspace};
/// use crm_core::{Crm, Id, rules::Rules};
/// # fn main() -> crm_core::Result<()> {
/// let crm = Crm::new(MemoryStore::new(), Rules::default());
/// let at = "2026-11-22T09:00:00Z".parse().unwrap();
/// let cx = Ctx::new(Workspace::new("acme")?, Actor::new("marie", Role::Admin)?, at, Id::from_text("1"));
/// let referrer = "https://www.google.fr/search?q=couvreur".to_owned();
/// let touch = Touch { visitor: "v1".into(), referrer, ..Touch::default() };
/// let done = crm.run(&cx, &RecordTouch { touch })?.done()?;
/// let touch = crm.get::<Touch>(&cx, done.id)?.unwrap().body;
/// assert_eq!((touch.channel.as_str(), touch.term.as_str()), ("organic_search", "couvreur"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordTouch {
    /// The touch; `happened_at` is the command's instant unless it is given.
    pub touch: Touch,
}

/// Something that was written once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenOnce {
    /// Its row.
    pub id: Id,
    /// Whether it was there already; then nothing was changed.
    pub existing: bool,
}

/// Records up to a thousand touches of another system. A bad row is rejected with its line; the others go in.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportTouches {
    /// The system.
    pub source: String,
    /// The rows; one without an external id is known by what it says.
    pub rows: Vec<ImportRow>,
}

/// Says which lead or contact a visitor is. The visitor's touches are the person's from then on, those before as well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkVisitor {
    /// The link; `linked_at` is the command's instant unless it is given.
    pub link: VisitorLink,
}

impl Command for RecordTouch {
    type Output = WrittenOnce;
    const VERB: Verb = Verb::Log;

    fn name() -> Cow<'static, str> {
        "touch.record".into()
    }

    fn to_json(&self) -> Json {
        json!({"fields": body_to_json(&self.touch.clone().into())})
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        Ok(RecordTouch { touch: record_from_json(fields_of(body)?, rules).map_err(|e| e.at("fields"))? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<WrittenOnce> {
        let fields = Json::Object(body_to_json(&self.touch.clone().into()));
        let touch = record_from_json(&fields, cx.rules()).map_err(|e| e.at("fields"))?;
        record(cx, touch).map_err(|e| e.at("fields"))
    }
}

impl Command for ImportTouches {
    type Output = Imported;
    const VERB: Verb = Verb::Import;

    fn name() -> Cow<'static, str> {
        "touch.import".into()
    }

    fn to_json(&self) -> Json {
        let row = |row: &ImportRow| json!({"line": row.line, "fields": row.fields});
        json!({"source": self.source, "rows": self.rows.iter().map(row).collect::<Vec<_>>()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `source` and `rows`")?;
        json::only_keys(map, &["source", "rows"])?;
        let missing = |name: &str| Error::from(Problem::Missing { name: name.into() });
        let source = map.get("source").and_then(Json::as_str).ok_or_else(|| missing("source"))?;
        let rows = map.get("rows").ok_or_else(|| missing("rows"))?;
        let rows = crate::rules::read::list(rows, read_row).map_err(|e| e.at("rows"))?;
        Ok(ImportTouches { source: source.to_owned(), rows })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Imported> {
        check::most("rows", self.rows.len(), MOST_ROWS).map_err(|e| e.at("rows"))?;
        let source = text::check(&self.source).map_err(|e| e.at("source"))?;
        check::id(source).map_err(|e| e.at("source"))?;
        let mut done = Imported::default();
        for row in &self.rows {
            let touch = record_from_json::<Touch>(&Json::Object(row.fields.clone()), cx.rules());
            let touch = touch.map(|touch| Touch { external_source: source.to_owned(), ..touch });
            match touch.and_then(|touch| record(cx, touch)) {
                Ok(WrittenOnce { existing: true, .. }) => done.skipped = done.skipped.saturating_add(1),
                Ok(_) => done.created = done.created.saturating_add(1),
                Err(error) if error.code().is_about_input() || error.code() == Code::NotFound => {
                    done.rejected.push(Rejected { line: row.line, error: error.to_json() });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

impl Command for LinkVisitor {
    type Output = WrittenOnce;
    const VERB: Verb = Verb::Log;

    fn name() -> Cow<'static, str> {
        "visitor.link".into()
    }

    fn to_json(&self) -> Json {
        json!({"fields": body_to_json(&self.link.clone().into())})
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        Ok(LinkVisitor { link: record_from_json(fields_of(body)?, rules).map_err(|e| e.at("fields"))? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<WrittenOnce> {
        let fields = Json::Object(body_to_json(&self.link.clone().into()));
        let mut link: VisitorLink = record_from_json(&fields, cx.rules()).map_err(|e| e.at("fields"))?;
        if link.visitor.is_empty() {
            return Err(Error::from(Problem::Missing { name: "visitor".into() }).at("fields"));
        }
        check::id(&link.visitor).map_err(|e| e.at("visitor").at("fields"))?;
        if link.lead.is_some() == link.contact.is_some() {
            let (expected, found) =
                ("either a `lead` or a `contact`", if link.lead.is_some() { "both" } else { "neither" });
            return Err(Error::from(Problem::WrongShape { expected, found: found.into() }).at("fields"));
        }
        // Known as soon as it was said, whoever repeats it.
        let person = |id: Option<Id>| id.map(|id| id.to_string());
        let said = json!([VISITOR_LINK, link.visitor, person(link.lead), person(link.contact)]);
        let id = Id::from_text(&json::canonical(&said));
        link.linked_at = Some(past(cx, link.linked_at, "linked_at").map_err(|e| e.at("fields"))?);
        link.lead = surviving(cx, Kind::Lead, link.lead).map_err(|e| e.at("lead").at("fields"))?;
        link.contact = surviving(cx, Kind::Contact, link.contact).map_err(|e| e.at("contact").at("fields"))?;
        written(cx, id, link.into())
    }
}

const VISITOR_LINK: &str = "visitor_link";

fn fields_of(body: &Json) -> Result<&Json> {
    let map = json::object(body, "an object with `fields`")?;
    json::only_keys(map, &["fields"])?;
    Ok(map.get("fields").ok_or_else(|| Problem::Missing { name: "fields".into() })?)
}

/// The instant, or now; the future is refused.
fn past(cx: &Cx<'_>, at: Option<Instant>, field: &'static str) -> Result<Instant> {
    let Some(at) = at else { return Ok(cx.at()) };
    let latest = cx
        .at()
        .checked_add_signed(TimeDelta::try_minutes(CLOCKS_DIFFER_MINUTES).unwrap_or_default())
        .unwrap_or(cx.at());
    if at > latest {
        let (found, latest) = (format_instant(at), format_instant(latest));
        return Err(Error::from(Problem::InFuture { found, latest }).at(field));
    }
    Ok(at)
}

/// The record in which one lives on.
fn surviving(cx: &mut Cx<'_>, kind: Kind, id: Option<Id>) -> Result<Option<Id>> {
    let Some(id) = id else { return Ok(None) };
    let row = cx.existing(Key { kind, id })?;
    Ok(Some(survivor_of(cx, row)?.id))
}

fn written(cx: &mut Cx<'_>, id: Id, body: AnyRecord) -> Result<WrittenOnce> {
    let kind = body.kind();
    if cx.by_itself(|cx| cx.row(Key { kind, id }))?.is_some() {
        return Ok(WrittenOnce { id, existing: true });
    }
    cx.insert(id, body)?;
    Ok(WrittenOnce { id, existing: false })
}

/// Writes a touch, once.
fn record(cx: &mut Cx<'_>, mut touch: Touch) -> Result<WrittenOnce> {
    if touch.visitor.is_empty() && touch.lead.is_none() && touch.contact.is_none() && touch.account.is_none() {
        return Err(Problem::MissingOneOf { names: &["visitor", "lead", "contact", "account"] }.into());
    }
    if !touch.visitor.is_empty() {
        check::id(&touch.visitor).map_err(|e| e.at("visitor"))?;
    }
    let happened_at = past(cx, touch.happened_at, "happened_at")?;
    touch.happened_at = Some(happened_at);
    // As it was given: who was merged since is nobody else.
    let id = match touch.external_id.as_str() {
        "" => Id::from_text(&json::canonical(&json!(["touch", body_to_json(&touch.clone().into())]))),
        external_id => Import::<Touch>::id_of(&touch.external_source, external_id),
    };
    touch.lead = surviving(cx, Kind::Lead, touch.lead).map_err(|e| e.at("lead"))?;
    touch.contact = surviving(cx, Kind::Contact, touch.contact).map_err(|e| e.at("contact"))?;
    let channel = cx.rules().attribution().classify(&arrival_of(&touch));
    let Channel { group, medium, source, campaign, term, content, .. } = channel;
    group.code().clone_into(&mut touch.channel);
    (touch.medium, touch.source, touch.campaign, touch.term, touch.content) = (medium, source, campaign, term, content);
    written(cx, id, touch.into())
}

/// What a touch says, as the rule reads it.
pub(crate) fn arrival_of(touch: &Touch) -> Arrival {
    Arrival {
        kind: touch.kind,
        referrer: touch.referrer.clone(),
        landing_page: touch.landing_page.clone(),
        source: touch.source.clone(),
        medium: touch.medium.clone(),
        campaign: touch.campaign.clone(),
        term: touch.term.clone(),
        content: touch.content.clone(),
        click_ids: touch.click_ids.clone(),
    }
}

/// A form that somebody sent is a touch: the page says where from. Of a submission without a person there is none.
pub(super) fn touch_of_form(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    let AnyRecord::Submission(submission) = &row.body else { return Ok(()) };
    let Submission { lead, contact, page, campaign, submitted_at, .. } = &**submission;
    let happened_at = submitted_at.unwrap_or(row.created_at);
    if lead.is_none() && contact.is_none() || happened_at > cx.at() {
        return Ok(());
    }
    let mut touch = Touch {
        lead: *lead,
        contact: *contact,
        kind: Some(TouchKind::Form),
        happened_at: Some(happened_at),
        landing_page: page.clone(),
        submission: Some(row.id),
        first_party: Some(true),
        ..Touch::default()
    };
    let channel = cx.rules().attribution().classify(&arrival_of(&touch));
    let is_unsaid = channel.campaign.is_empty();
    channel.group.code().clone_into(&mut touch.channel);
    touch.campaign = if is_unsaid { campaign.clone() } else { channel.campaign };
    (touch.medium, touch.source, touch.term, touch.content) =
        (channel.medium, channel.source, channel.term, channel.content);
    let id = Id::from_text(&json::canonical(&json!(["touch", "submission", row.id.to_string()])));
    cx.by_itself(|cx| written(cx, id, touch.into())).map(drop)
}
