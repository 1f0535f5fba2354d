//! What is looked at before a hand-off: everything that the rule [`approval`](crate::rules::approval) asks for.
//!
//! What is counted and read here is part of what the commit depends on. Whoever stops everything, disconnects the channel
//! or starts another message meanwhile makes the command decide again, so limits hold when several workers start at once.

use serde_json::Value as Json;

use super::Cx;
use super::approval_policy::approver_check;
use super::channel::{allows, channel_key, channel_of};
use super::consent_state::consent_check;
use super::enrolment_state::stop_check;
use super::kill_switch::{switch_key, switch_of};
use crate::kernel::approval::{ChannelKind, ParcelState};
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::consent_reason::Mention;
use crate::kernel::error::Result;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::sequence_reason::LimitSpan;
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::model::{AnyRecord, Channel, Draft, Kind, OutboxItem};
use crate::rules::Rules;
use crate::rules::approval::{Check, Checks, Finding, Proposal};
use crate::store::{Archived, MOST_ROWS, Order, Query};

/// A hand-off that somebody wants to begin.
pub(super) struct Candidate<'c> {
    pub(super) draft: &'c Draft,
    pub(super) proposal: &'c Proposal,
    pub(super) item: &'c OutboxItem,
    /// The workspace's channel of the kind, if there ever was one.
    pub(super) channel: Option<&'c Channel>,
    /// Whether whoever asks only writes down what would leave.
    pub(super) is_dry_run: bool,
}

/// The workspace's channel of a kind. The commit depends on it.
pub(super) fn channel(cx: &mut Cx<'_>, kind: ChannelKind) -> Result<Option<Channel>> {
    cx.by_itself(|cx| Ok(cx.row(channel_key(kind))?.as_ref().and_then(channel_of).cloned()))
}

/// Looks at everything, whoever asks: limits and switches are the workspace's.
pub(super) fn checks(cx: &mut Cx<'_>, candidate: &Candidate<'_>) -> Result<Checks> {
    cx.by_itself(|cx| {
        let Candidate { draft, proposal, item, channel, is_dry_run } = candidate;
        let kind = item.channel;
        let (frequency, quota) = match (kind, channel) {
            (Some(kind), Some(channel)) => (frequency(cx, item, channel)?, quota(cx, kind, channel)?),
            // Without a channel there are no limits, and the check of the channel refuses.
            (Some(_), None) => (Check::Passed, Check::Passed),
            (None, _) => (Check::NotMade, Check::NotMade),
        };
        Ok(Checks {
            kill_switch: kill_switch(cx)?,
            channel: kind.map_or(Check::NotMade, |kind| connected(kind, *channel, *is_dry_run)),
            recipient: kind.map_or(Check::NotMade, |kind| allowed(cx.rules(), kind, *channel, &item.recipient)),
            consent: with_headers(consent_check(cx, draft, proposal, &item.recipient)?, draft, kind, *channel),
            approver: approver_check(cx, draft, proposal)?,
            stop: stop_check(cx, draft)?,
            frequency,
            quota,
        })
    })
}

fn kill_switch(cx: &mut Cx<'_>) -> Result<Check> {
    let row = cx.row(switch_key())?;
    let switch = row.as_ref().and_then(switch_of).filter(|switch| switch.stopped == Some(true));
    Ok(Check::refused_by(
        switch
            .map(|switch| ApprovalReason::KillSwitch { by: switch.by.clone(), since: switch.since.unwrap_or(cx.at()) }),
    ))
}

fn connected(kind: ChannelKind, channel: Option<&Channel>, is_dry_run: bool) -> Check {
    Check::refused_by(match channel.filter(|channel| channel.connected == Some(true)) {
        None => Some(ApprovalReason::ChannelNotConnected { channel: kind }),
        // What is to be written down only is never given to a channel that sends.
        Some(channel) if channel.dry_run == Some(true) && !is_dry_run => {
            Some(ApprovalReason::DryRunOnly { channel: kind })
        }
        Some(_) => None,
    })
}

fn allowed(rules: &Rules, kind: ChannelKind, channel: Option<&Channel>, recipient: &str) -> Check {
    let is_allowed = channel.is_none_or(|channel| allows(channel, kind, recipient, rules.identity()));
    let refused = || ApprovalReason::RecipientNotAllowed { address: recipient.to_owned() };
    Check::refused_by((!is_allowed).then(refused))
}

/// What the law asks for in headers needs an address to unsubscribe at.
fn with_headers(consent: Check, draft: &Draft, kind: Option<ChannelKind>, channel: Option<&Channel>) -> Check {
    let mention = Mention::ListUnsubscribe;
    let is_asked = kind == Some(ChannelKind::Email) && asks_headers(draft);
    if !is_asked || channel.is_some_and(|channel| !channel.unsubscribe_url.is_empty()) {
        return consent;
    }
    let missing = Reason::Approval(ApprovalReason::MissingMention { mention });
    let mut findings = match consent {
        Check::Passed => Vec::new(),
        Check::Refused(findings) if !findings.is_empty() => findings,
        other => return other,
    };
    if findings.iter().all(|finding| finding.reason != missing) {
        findings.push(Finding { reason: missing, until: None });
    }
    Check::Refused(findings)
}

/// Whether a draft is to have the headers for unsubscribing.
pub(super) fn asks_headers(draft: &Draft) -> bool {
    draft.mentions.iter().any(|mention| mention == Mention::ListUnsubscribe.code())
}

/// What has left, or may have, to the same address, by any channel.
fn frequency(cx: &mut Cx<'_>, item: &OutboxItem, channel: &Channel) -> Result<Check> {
    let same = match item.address_hash.as_str() {
        "" => Predicate::test("recipient", Operator::Equal, item.recipient.as_str()),
        hash => Predicate::test("address_hash", Operator::Equal, hash),
    };
    let limits = [(LimitSpan::Day, channel.contact_daily_limit), (LimitSpan::Week, channel.contact_weekly_limit)];
    limited(cx, &same, &limits, |span, limit| ApprovalReason::ContactLimit { span, limit })
}

/// What has left, or may have, by the same channel.
fn quota(cx: &mut Cx<'_>, kind: ChannelKind, channel: &Channel) -> Result<Check> {
    let same = Predicate::test("channel", Operator::Equal, kind.code());
    let limits = [(LimitSpan::Day, channel.daily_limit)];
    limited(cx, &same, &limits, |span, limit| ApprovalReason::ChannelLimit { span, limit })
}

/// The first instant of the local day that is so many days before that of an instant.
fn day_start(rules: &Rules, at: Instant, days_back: u64) -> Instant {
    let zone = &rules.sequences().zone;
    let days = i64::try_from(days_back).unwrap_or(0).saturating_neg();
    zone.day_start(zone.day(plus_days(at, days).unwrap_or(at)))
}

/// Hand-offs of the last local days, this one's included, that left or may have.
pub(crate) fn left_since(rules: &Rules, at: Instant, same: &Predicate, days: u64) -> Result<Query> {
    let schema = rules.schema(Kind::OutboxItem);
    // Nearly everything has left: the states that have not are named, so that stores go by the days.
    let states: Vec<Json> =
        ParcelState::ALL.iter().filter(|state| !state.may_have_left()).map(|state| state.code().into()).collect();
    let start = day_start(rules, at, days.saturating_sub(1));
    let parts = vec![
        same.clone(),
        Predicate::test("state", Operator::NotIn, states),
        Predicate::test("started_at", Operator::AtLeast, format_instant(start)),
    ];
    let mut query = Query::all(Kind::OutboxItem, schema.clone(), at);
    query.filter = Some(Predicate::All(parts).compile(&schema)?);
    query.archived = Archived::Include;
    Ok(query)
}

fn limited(
    cx: &mut Cx<'_>,
    same: &Predicate,
    limits: &[(LimitSpan, Option<i64>)],
    reason: impl Fn(LimitSpan, u64) -> ApprovalReason,
) -> Result<Check> {
    let mut findings = Vec::new();
    for (span, limit) in limits {
        let Some(limit) = limit.and_then(|limit| u64::try_from(limit).ok()) else { continue };
        let mut query = left_since(cx.rules(), cx.at(), same, span.days())?;
        if cx.count(&query)? < limit {
            continue;
        }
        // It is one fewer when the oldest of as many as are allowed is no longer counted.
        let until = match usize::try_from(limit).ok().filter(|limit| (1..=MOST_ROWS).contains(limit)) {
            None => None,
            Some(limit) => {
                let (field, _) = query.schema.resolve("started_at")?;
                (query.order, query.limit) = (vec![Order { field, descending: true }], limit);
                let oldest = cx.find(&query)?.rows.pop().and_then(|row| match row.body {
                    AnyRecord::OutboxItem(item) => item.started_at,
                    _ => None,
                });
                let zone = &cx.rules().sequences().zone;
                let days = chrono::Days::new(span.days());
                oldest.and_then(|at| zone.day(at).checked_add_days(days)).map(|day| zone.day_start(day))
            }
        };
        findings.push(Finding { reason: Reason::Approval(reason(*span, limit)), until });
    }
    Ok(if findings.is_empty() { Check::Passed } else { Check::Refused(findings) })
}
