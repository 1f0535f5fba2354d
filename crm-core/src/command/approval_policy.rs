//! What the workspace's policy says of a draft as it is now, and whether what approved it still may.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::draft_state::{content_of, decider, draft_of, proposal_of};
use super::open_work::asked;
use super::team::{employee, rows_of};
use super::template_use::is_as_template;
use super::{Cx, Role};
use crate::kernel::approval::{ChannelKind, DraftEventKind, RuleEffect};
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::staff::EmployeeStatus;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Channel, Draft, Key, Kind, Row};
use crate::rules::approval::{
    Around, Backing, Check, Decider, Decision, DraftFacts, PolicyRule, Proposal, Terms, Verdict, judge as decide,
};
use crate::store::LogQuery;

/// What the policy says of a draft.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// Who may decide.
    pub(crate) terms: Terms,
    /// Until when.
    pub(crate) expires_at: Option<Instant>,
    /// Until when a decision of this instant holds.
    pub(crate) approval_expires_at: Option<Instant>,
    /// It leaves no earlier if it is approved at this instant: the time to take it back, and what the draft says itself.
    pub(crate) not_before: Option<Instant>,
    /// The rule that approves it, its revision, and who made it.
    pub(crate) auto: Option<(Id, u32, Decider)>,
    /// The author's submitting is their OK: a person who may decide wrote it, and nobody is asked about such.
    pub(crate) by_author: bool,
    /// Nobody may approve it: the ban.
    pub(crate) forbidden: Option<ApprovalReason>,
    /// Why.
    pub(crate) reasons: Vec<Reason>,
}

/// Judges a draft as it is now, for submitting it and for every decision about it. The commit depends on the rules, and on
/// how many drafts each has approved today.
///
/// # Errors
/// The store's own.
pub(crate) fn judge(cx: &mut Cx<'_>, draft_id: Id, draft: &Draft, proposal: &Proposal) -> Result<Judged> {
    let mut verdict = verdict(cx, (draft_id, draft), proposal, Counted::Today)?;
    let auto = match &verdict.decision {
        // A rule of somebody who does not work here any more approves nothing.
        Decision::Auto { made_by, .. } if has_left(cx, &made_by.name)? => {
            verdict.terms.needs_person = true;
            let lost = ApprovalReason::ApproverLost { by: made_by.name.clone() };
            verdict.reasons = vec![Reason::Approval(lost), Reason::Approval(ApprovalReason::AskBeforeSending)];
            None
        }
        Decision::Auto { rule, revision, made_by } => Some((rule.parse()?, *revision, made_by.clone())),
        _ => None,
    };
    // A step of a sequence that asks for an OK gets a person's.
    let asks = draft.needs_person == Some(true);
    let needs_person = verdict.terms.needs_person || asks;
    Ok(Judged {
        terms: Terms { needs_person, ..verdict.terms },
        expires_at: verdict.expires_at,
        approval_expires_at: verdict.approval_expires_at,
        not_before: draft.send_not_before.into_iter().chain(verdict.not_before).max(),
        auto: auto.filter(|_| !asks),
        // What somebody else submits is nobody's own word.
        by_author: !asks && verdict.decision == Decision::ByAuthor && proposal.contributors().contains(&decider(cx)),
        forbidden: ban_of(&verdict),
        reasons: verdict.reasons,
    })
}

/// The ban that stands, if there is one.
fn ban_of(verdict: &Verdict) -> Option<ApprovalReason> {
    let is_ban = |reason: &&Reason| matches!(reason, Reason::Approval(ApprovalReason::ForbiddenByRule { .. }));
    match verdict.reasons.iter().find(is_ban) {
        Some(Reason::Approval(ban)) => Some(ban.clone()),
        _ => None,
    }
}

/// Whether rules are asked how many drafts they approved today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// They are: one of them may approve.
    Today,
    /// They are not: none of them is to approve.
    Never,
}

fn verdict(cx: &mut Cx<'_>, (draft_id, draft): (Id, &Draft), proposal: &Proposal, counted: Counted) -> Result<Verdict> {
    cx.by_itself(|cx| {
        let rules = rules_of(cx, counted)?;
        by_rules(cx, (draft_id, draft), proposal, &rules)
    })
}

/// What the policy would say of a stored draft with other rules than the workspace has.
///
/// # Errors
/// The store's own.
pub(crate) fn preview(cx: &mut Cx<'_>, row: &Row, rules: &[PolicyRule]) -> Result<Option<Verdict>> {
    let Some(draft) = draft_of(row) else { return Ok(None) };
    let proposal = proposal_of(cx.workspace(), row.id, draft)?;
    cx.by_itself(|cx| by_rules(cx, (row.id, draft), &proposal, rules)).map(Some)
}

fn by_rules(
    cx: &mut Cx<'_>,
    (draft_id, draft): (Id, &Draft),
    proposal: &Proposal,
    rules: &[PolicyRule],
) -> Result<Verdict> {
    let around = around(cx, draft, proposal, rules)?;
    let schema = cx.rules().schema(Kind::Draft);
    let row = match cx.row(Key { kind: Kind::Draft, id: draft_id })? {
        Some(row) => Row { body: draft.clone().into(), ..row },
        None => Row {
            id: draft_id,
            version: 1,
            created_at: cx.at(),
            updated_at: cx.at(),
            archived_at: None,
            clocks: BTreeMap::new(),
            body: draft.clone().into(),
        },
    };
    let facts = row.facts(&schema);
    Ok(decide(cx.rules().approval(), rules, &DraftFacts::new(&schema, &facts, &around), cx.at()))
}

/// Every rule that is not put away, as it is and as it will be, those that approve with how many drafts they approved
/// today.
pub(crate) fn rules_of(cx: &mut Cx<'_>, counted: Counted) -> Result<Vec<PolicyRule>> {
    let query = asked(cx, Kind::ApprovalRule, Vec::new())?;
    let mut rows = Vec::new();
    cx.each_page(query, |page| {
        rows.extend(page);
        Ok(())
    })?;
    let staged: BTreeSet<Id> = cx.staged(Kind::ApprovalRule).map(|row| row.id).collect();
    rows.retain(|row: &Row| !staged.contains(&row.id));
    rows.extend(cx.staged(Kind::ApprovalRule).filter(|row| row.archived_at.is_none()).cloned());
    let schema = cx.rules().schema(Kind::Draft);
    let mut rules = Vec::new();
    for row in rows {
        let AnyRecord::ApprovalRule(rule) = row.body else { continue };
        let is_auto = rule.effect == Some(RuleEffect::Auto) && rule.enabled == Some(true);
        let used = if is_auto && counted == Counted::Today { Some(used_today(cx, row.id)?) } else { None };
        rules.push(PolicyRule::new(&row.id.to_string(), *rule, used, &schema));
    }
    Ok(rules)
}

/// How many drafts a rule approved on the local day of the command, those of the command itself too.
pub(crate) fn used_today(cx: &mut Cx<'_>, rule: Id) -> Result<u64> {
    let days = &cx.rules().tasks().days;
    let day = days.day(cx.at());
    let (from, to) = (days.start(day), days.end(day));
    let filter = vec![
        Predicate::test("rule", Operator::Equal, rule.to_string()),
        Predicate::test("kind", Operator::Equal, DraftEventKind::Approved.code()),
        Predicate::test("happened_at", Operator::AtLeast, format_instant(from)),
        Predicate::test("happened_at", Operator::Less, format_instant(to)),
    ];
    let query = asked(cx, Kind::DraftEvent, filter)?;
    let stored = cx.count(&query)?;
    let is_use = |row: &&Row| match &row.body {
        AnyRecord::DraftEvent(event) => event.rule == Some(rule) && event.kind == Some(DraftEventKind::Approved),
        _ => false,
    };
    let staged = cx.staged(Kind::DraftEvent).filter(is_use).count();
    Ok(stored.saturating_add(u64::try_from(staged).unwrap_or(u64::MAX)))
}

/// What is known around a draft.
fn around(cx: &mut Cx<'_>, draft: &Draft, proposal: &Proposal, rules: &[PolicyRule]) -> Result<Around> {
    let conversation = match draft.conversation {
        Some(id) => cx.row(Key { kind: Kind::Conversation, id })?,
        None => None,
    };
    let is_open = conversation.as_ref().is_some_and(|row| match &row.body {
        AnyRecord::Conversation(talk) => row.archived_at.is_none() && talk.unanswered_since.is_some(),
        _ => false,
    });
    let mut addresses: BTreeSet<String> = BTreeSet::new();
    let mut domains: BTreeSet<String> = BTreeSet::new();
    if let Some(AnyRecord::Conversation(talk)) = conversation.as_ref().map(|row| &row.body) {
        addresses.insert(talk.address.clone());
    }
    let links = [
        (Kind::Lead, draft.lead),
        (Kind::Contact, draft.contact),
        (Kind::Account, draft.account),
        (Kind::Deal, draft.deal),
    ];
    for (kind, id) in links {
        let Some(key) = id.map(|id| Key { kind, id }) else { continue };
        // What an agent wrote into a record itself makes nobody known.
        let is_asked = rules.iter().any(|rule| rule.record.recipient_known.is_some());
        if is_asked && is_by_agent(cx, key)? {
            continue;
        }
        match cx.row(key)?.map(|row| row.body) {
            Some(AnyRecord::Lead(lead)) => {
                addresses.extend([lead.email, lead.phone, lead.mobile]);
                addresses.extend(lead.other_emails.into_iter().chain(lead.other_phones));
            }
            Some(AnyRecord::Contact(contact)) => {
                addresses.extend([contact.email, contact.phone, contact.mobile]);
                addresses.extend(contact.other_emails);
            }
            Some(AnyRecord::Account(account)) => {
                addresses.insert(account.phone);
                domains.extend([account.website, account.domain]);
            }
            _ => {}
        }
    }
    domains.extend(rules.iter().flat_map(|rule| rule.record.recipients.iter().cloned()));
    if let Some(kind) = ChannelKind::from_code(&draft.channel) {
        let row = cx.row(Key { kind: Kind::Channel, id: Channel::id_of(kind) })?;
        if let Some(AnyRecord::Channel(channel)) = row.map(|row| row.body) {
            domains.extend(channel.allowed_recipients);
        }
    }
    // Letter by letter: what only counts as the same address is another.
    let is_known = !draft.recipients.is_empty() && draft.recipients.iter().all(|one| addresses.contains(one));
    Ok(Around {
        contributors: proposal.contributors().to_vec(),
        recipient_known: Some(is_known),
        conversation_open: Some(is_open),
        template_kept: Some(is_as_template(cx.rules().templates(), draft)),
        peer_check: proposal.peer_check().cloned(),
        domains,
    })
}

/// The fields of records in which addresses stand.
const ADDRESSES: &[&str] = &["email", "mobile", "other_emails", "other_phones", "phone"];

/// Whether an agent was the last to write the addresses of a record.
fn is_by_agent(cx: &Cx<'_>, key: Key) -> Result<bool> {
    let id = key.id.to_string();
    let mut is_by_agent = false;
    for entry in cx.log(&LogQuery::Record { key, after_version: 0 })? {
        let content = entry.json()?;
        let text = |at: &str| content.pointer(at).and_then(Json::as_str);
        let changes = content.get("changes").and_then(Json::as_array).into_iter().flatten();
        let is_own = |change: &&Json| {
            change.get("id").and_then(Json::as_str) == Some(&id)
                && change.get("record").and_then(Json::as_str) == Some(key.kind.name())
        };
        // Of a row that was made there, everything was written.
        let is_written = |change: &Json| match change.get("fields").and_then(Json::as_object) {
            Some(fields) if change.get("version") != Some(&Json::from(1)) => {
                ADDRESSES.iter().any(|field| fields.contains_key(*field))
            }
            _ => true,
        };
        if changes.filter(is_own).any(is_written) {
            is_by_agent = text("/actor/role") == Some(Role::Agent.name());
        }
    }
    Ok(is_by_agent)
}

/// Whether whoever approved a draft still may, the rule that did still holds, and no ban has come since.
///
/// # Errors
/// The store's own.
pub(crate) fn approver_check(cx: &mut Cx<'_>, draft: &Draft, proposal: &Proposal) -> Result<Check> {
    // What is not approved is refused for that.
    let Some(approval) = proposal.approval() else { return Ok(Check::Passed) };
    if content_of(draft).hash() != approval.content_hash {
        return Ok(Check::refused_by(Some(ApprovalReason::StaleApproval)));
    }
    let lost = || ApprovalReason::ApproverLost { by: approval.by.clone() };
    if has_left(cx, &approval.by)? {
        return Ok(Check::refused_by(Some(lost())));
    }
    let verdict = verdict(cx, (id_of(proposal)?, draft), proposal, Counted::Never)?;
    if let Some(ban) = ban_of(&verdict) {
        return Ok(Check::refused_by(Some(ban)));
    }
    let found = match &approval.backing {
        Backing::Person => {
            let by = Decider { name: approval.by.clone(), role: approval.role };
            let is_admin = matches!(approval.role, Role::Owner | Role::Admin);
            let may = proposal.may_decide(&by).is_ok()
                && cx.rules().approval().approvers.takes(approval.role)
                && (is_admin || !verdict.terms.needs_admin);
            (!may).then(lost)
        }
        Backing::Rule { rule, rule_revision } => over(cx, rule, *rule_revision)?.or_else(|| {
            // What asks for a person by now, asks for one.
            verdict.terms.needs_admin.then_some(ApprovalReason::AdminRequired)
        }),
    };
    Ok(Check::refused_by(found))
}

/// Whether somebody who approved does not work here any more. Whoever is in no list of employees is the host's to say.
fn has_left(cx: &mut Cx<'_>, user: &str) -> Result<bool> {
    let rows = cx.by_itself(|cx| rows_of(cx, user))?;
    let is_gone =
        |row: &Row| row.archived_at.is_some() || employee(row).is_none_or(|e| e.status == Some(EmployeeStatus::Left));
    Ok(!rows.is_empty() && rows.iter().all(is_gone))
}

/// The draft of a state, as its scope has it.
fn id_of(proposal: &Proposal) -> Result<Id> {
    proposal.scope().rsplit('/').next().unwrap_or_default().parse()
}

/// Why a rule that approved something does not hold any more.
fn over(cx: &mut Cx<'_>, rule: &str, revision: u32) -> Result<Option<ApprovalReason>> {
    let key = rule.parse().ok().map(|id| Key { kind: Kind::ApprovalRule, id });
    let row = match key {
        Some(key) => cx.by_itself(|cx| cx.row(key))?,
        None => None,
    };
    let Some((row, AnyRecord::ApprovalRule(known))) = row.as_ref().map(|row| (row, &row.body)) else {
        return Ok(Some(ApprovalReason::RuleOff { rule: rule.to_owned(), since: None }));
    };
    let name = if known.name.is_empty() { rule.to_owned() } else { known.name.clone() };
    let since = if row.archived_at.is_some() { row.archived_at } else { known.switched_at };
    if row.archived_at.is_some() || known.enabled != Some(true) {
        return Ok(Some(ApprovalReason::RuleOff { rule: name, since }));
    }
    // Without an end a rule never approved anything.
    let end = known.valid_until.unwrap_or(cx.at());
    if end <= cx.at() {
        return Ok(Some(ApprovalReason::RuleOver { rule: name, since: end }));
    }
    let is_same = known.effect == Some(RuleEffect::Auto) && known.revision == Some(revision.into());
    Ok((!is_same).then_some(ApprovalReason::RuleOver { rule: name, since: row.updated_at }))
}
