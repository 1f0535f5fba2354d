//! What people do with a renewal: tell the customer, talk about it, close it.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::body::{head, head_json, id_of, text_of};
use super::compose::{ComposeDraft, Composed};
use super::create::Saved;
use super::draft_steps::DraftStep;
use super::draft_submit::submit;
use super::renewal_tick::{is_closed, look_at, raise};
use super::subscription_state::{day_of, renewal_of, subscription_of, terms_of};
use super::subscription_steps::refuse_other_version;
use super::{Command, Cx, Verb};
use crate::kernel::approval::ChannelKind;
use crate::kernel::consent_reason::{ContactPurpose, Mention};
use crate::kernel::customer::{RenewalKind, RenewalState, SubscriptionStatus};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::sales::StageKind;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::{self, Lang};
use crate::model::{AnyRecord, Deal, Draft, Key, Kind, Renewal, Row, Subscription};
use crate::rules::Rules;
use crate::rules::read::{Object, coded, instant};

/// A renewal that is still open, as the person saw it, with its subscription.
fn found(cx: &mut Cx<'_>, id: Id, version: Option<u64>) -> Result<(Row, Renewal, Row, Subscription)> {
    let row = cx.active(Key { kind: Kind::Renewal, id })?;
    // Whoever writes to its customer works on it.
    cx.reached(row.key())?;
    refuse_other_version(&row, version)?;
    let missing = |kind: Kind, id: Id| Problem::NotFound { record: kind.name().into(), id: id.to_string() };
    let renewal = renewal_of(&row).cloned().ok_or_else(|| missing(Kind::Renewal, id))?;
    if let Some(state) = renewal.state.filter(|state| is_closed(Some(*state))) {
        return Err(Problem::StateForbids { record: "renewal", id: id.to_string(), state: state.code() }.into());
    }
    let of = renewal.subscription.ok_or_else(|| missing(Kind::Subscription, id))?;
    let key = Key { kind: Kind::Subscription, id: of };
    let subscription = cx.by_itself(|cx| cx.existing(key))?;
    let body = subscription_of(&subscription).cloned().ok_or_else(|| missing(Kind::Subscription, of))?;
    Ok((row, renewal, subscription, body))
}

/// Writes the renewal and has the subscription's looked at.
fn saved(cx: &mut Cx<'_>, row: Row, renewal: Renewal) -> Result<Saved> {
    let of = renewal.subscription;
    let row = cx.update(Row { body: renewal.into(), ..row })?;
    if let Some(subscription) = of {
        cx.by_itself(|cx| look_at(cx, subscription))?;
    }
    let row = cx.existing(row.key())?;
    Ok(Saved { id: row.id, version: row.version })
}

/// Says that the customer was told: `{"id", "version", "at"}`; now, where `at` is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalNoticeSent {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// When; not in the future.
    pub at: Option<Instant>,
}

impl Command for RenewalNoticeSent {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "renewal.notice_sent".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        if let Some(at) = self.at {
            map.insert("at".into(), format_instant(at).into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["id", "version", "at"])?;
        let (id, version) = head(json::object(body, "an object with `id`")?)?;
        Ok(Self { id, version, at: o.optional("at", instant)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let (row, mut renewal, ..) = found(cx, self.id, self.version)?;
        let at = self.at.unwrap_or_else(|| cx.at());
        if at > cx.at() {
            let (found, latest) = (format_instant(at), format_instant(cx.at()));
            return Err(Error::from(Problem::InFuture { found, latest }).at("at"));
        }
        renewal.notice_sent_at = Some(at);
        saved(cx, row, renewal)
    }
}

/// Writes the message that tells the customer: `{"id", "version", "lang"}`. It is a draft and leaves when somebody says yes;
/// once it left, the renewal knows. There is one for each renewal; where no address of the customer is known it waits
/// for one and is not submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalNotice {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// The language of the message.
    pub language: Lang,
}

impl Command for RenewalNotice {
    type Output = Composed;
    const VERB: Verb = Verb::Draft;

    fn name() -> Cow<'static, str> {
        "renewal.notice".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        map.insert("lang".into(), self.language.code().into());
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["id", "version", "lang"])?;
        let (id, version) = head(json::object(body, "an object with `id`")?)?;
        let language = o.lang()?;
        Ok(Self { id, version, language: language.unwrap_or(rules.templates().language()) })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Composed> {
        let (row, mut renewal, _, subscription) = found(cx, self.id, self.version)?;
        let (Some(ends_on), Some(opt_out_on)) = (renewal.due_on, renewal.opt_out_on) else {
            return Err(Problem::Missing { name: "due_on".into() }.into());
        };
        let (subject, text) = lang::renewal_notice(&subscription.name, ends_on, opt_out_on, self.language);
        // Who writes has to be said in any message; as quotes say it.
        let seller = cx.rules().quotes().seller.as_ref().and_then(|seller| seller.get("name")).and_then(Json::as_str);
        let (text, mentions) = match seller {
            Some(seller) => (format!("{text}\n{seller}"), vec![Mention::SenderIdentity.code().to_owned()]),
            None => (text, Vec::new()),
        };
        let draft = Draft {
            channel: ChannelKind::Email.code().to_owned(),
            language: self.language.code().to_owned(),
            subject,
            text,
            mentions,
            purpose: ContactPurpose::Service.code().to_owned(),
            account: subscription.account,
            contact: subscription.contact,
            deal: renewal.deal,
            ..Draft::default()
        };
        let id = Id::from_text(&format!("notice of {}", self.id));
        let mut composed = ComposeDraft { id: Some(id), draft, template: None, submit: false }.decide(cx)?;
        // Without an address somebody has to add one first.
        if !composed.recipients.is_empty() {
            let submitted = submit(cx, id)?;
            let step = DraftStep::of(&submitted, None)?;
            (composed.version, composed.state) = (submitted.version, Some(step.state));
            (composed.revision, composed.content_hash) = (Some(step.revision), Some(step.content_hash));
        }
        renewal.draft = Some(id);
        cx.by_itself(|cx| cx.update(Row { body: renewal.into(), ..row }))?;
        Ok(composed)
    }
}

/// Begins to talk about a renewal: `{"id", "version", "deal"}`. Links a deal, or makes one in the pipeline of renewals with
/// the value of a year and the last day of the term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRenewalDeal {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// The deal, where there is one already.
    pub deal: Option<Id>,
}

/// A deal in a pipeline's first open stage, or in a named one.
pub(super) fn new_deal(cx: &mut Cx<'_>, mut deal: Deal, pipeline: Option<&str>, stage: Option<&str>) -> Result<Id> {
    let pipelines = cx.pipelines()?;
    let pipeline = match pipeline {
        Some(code) => Some(pipelines.required(code)?),
        None => pipelines.default_pipeline(),
    };
    if let Some(pipeline) = pipeline {
        let stage = match stage {
            Some(code) => pipeline.required(code)?,
            None => pipeline.first_of(StageKind::Open)?,
        };
        deal.pipeline.clone_from(&pipeline.code);
        deal.stage.clone_from(&stage.code);
    }
    let id = cx.new_id();
    cx.insert(id, deal.into())?;
    Ok(id)
}

impl Command for OpenRenewalDeal {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "renewal.open_deal".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        put_id(&mut map, "deal", self.deal);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "version", "deal"])?;
        let (id, version) = head(map)?;
        Ok(Self { id, version, deal: id_of(map, "deal")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let (row, mut renewal, _, subscription) = found(cx, self.id, self.version)?;
        let deal = match (self.deal, renewal.deal) {
            (Some(deal), _) => cx.active(Key { kind: Kind::Deal, id: deal }).map_err(|e| e.at("deal"))?.id,
            // There is one already.
            (None, Some(deal)) => deal,
            (None, None) => {
                let deal = Deal {
                    name: subscription.name.clone(),
                    account: subscription.account,
                    contact: subscription.contact,
                    owner: renewal.owner.clone(),
                    value: renewal.amount,
                    close_date: renewal.due_on,
                    ..Deal::default()
                };
                let settings = cx.rules().renewals();
                new_deal(cx, deal, settings.pipeline(), settings.stage())?
            }
        };
        renewal.deal = Some(deal);
        renewal.state = Some(RenewalState::Negotiating);
        saved(cx, row, renewal)
    }
}

pub(super) fn put_id(map: &mut Map<String, Json>, key: &str, id: Option<Id>) {
    if let Some(id) = id {
        map.insert(key.into(), id.to_string().into());
    }
}

/// Closes a renewal: `{"id", "version", "outcome", "reason"}`. `renewed` agrees to the next term, with the prices that the
/// subscription says; `churned` and `lapsed` end the subscription with the term. Without an `outcome` it follows from the deal
/// in which the renewal is worked: renewed where that was won, churned where it was lost, with the deal's reason unless another
/// one is said. A deal closes no renewal by itself: what it means for the term somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseRenewal {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// What became of it: renewed, churned or lapsed; `None` takes the deal's.
    pub outcome: Option<RenewalState>,
    /// Why the customer left; required where one did and the deal has none.
    pub reason: String,
}

const OUTCOMES: &[&str] = &["renewed", "churned", "lapsed"];

impl Command for CloseRenewal {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "renewal.close".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        if let Some(outcome) = self.outcome {
            map.insert("outcome".into(), outcome.code().into());
        }
        if !self.reason.is_empty() {
            map.insert("reason".into(), self.reason.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["id", "version", "outcome", "reason"])?;
        let map = json::object(body, "an object with `id`")?;
        let (id, version) = head(map)?;
        let closed = |code: &str| RenewalState::from_code(code).filter(|state| is_closed(Some(*state)));
        let outcome = o.optional("outcome", |json| coded(json, closed, OUTCOMES))?;
        let reason = text_of(map, "reason")?.unwrap_or_default();
        if outcome == Some(RenewalState::Churned) && reason.is_empty() {
            return Err(Problem::Missing { name: "reason".into() }.into());
        }
        Ok(Self { id, version, outcome, reason })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let (row, mut renewal, of, mut subscription) = found(cx, self.id, self.version)?;
        let (Some(ends_on), Some(cycle)) = (renewal.due_on, renewal.cycle.and_then(|c| u32::try_from(c).ok())) else {
            return Err(Problem::Missing { name: "due_on".into() }.into());
        };
        let (outcome, reason) = self.settled(cx, renewal.deal)?;
        if outcome == RenewalState::Renewed {
            let next = terms_of(&subscription)?.map(|terms| terms.term(cycle.saturating_add(1))).transpose()?.flatten();
            let next = next.ok_or_else(|| Problem::Missing { name: "term_months".into() })?;
            if subscription.renewal != Some(RenewalKind::Auto) {
                subscription.renewed_until = subscription.renewed_until.max(Some(next.end));
            }
            cx.by_itself(|cx| raise(cx, of.id, &subscription, cycle, ends_on))?;
        } else {
            subscription.cancelled_on = Some(subscription.cancelled_on.map_or(ends_on, |last| last.min(ends_on)));
            subscription.status = Some(SubscriptionStatus::Cancelled);
            subscription.cancel_reason.clone_from(&reason);
            renewal.lost_reason = reason;
        }
        (renewal.state, renewal.closed_at) = (Some(outcome), Some(cx.at()));
        let today = day_of(cx.rules(), cx.at());
        subscription.renewals_wake_on = Some(today);
        // Whoever closes a renewal settles the subscription with it.
        cx.by_itself(|cx| cx.update(Row { body: subscription.into(), ..of }))?;
        saved(cx, row, renewal)
    }
}

impl CloseRenewal {
    /// What becomes of the renewal, and why: what is said, else what became of its deal.
    fn settled(&self, cx: &mut Cx<'_>, deal: Option<Id>) -> Result<(RenewalState, String)> {
        if let Some(outcome) = self.outcome {
            return Ok((outcome, self.reason.clone()));
        }
        let missing = |name: &'static str| Error::from(Problem::Missing { name: name.into() });
        let deal = deal.ok_or_else(|| missing("outcome"))?;
        let AnyRecord::Deal(deal) = cx.existing(Key { kind: Kind::Deal, id: deal })?.body else {
            return Err(missing("outcome"));
        };
        match deal.state {
            Some(StageKind::Won) => Ok((RenewalState::Renewed, self.reason.clone())),
            Some(StageKind::Lost) => {
                let said = [&self.reason, &deal.lost_reason, &deal.lost_note].into_iter().find(|text| !text.is_empty());
                Ok((RenewalState::Churned, said.cloned().ok_or_else(|| missing("reason"))?))
            }
            Some(StageKind::Open) | None => Err(missing("outcome")),
        }
    }
}
