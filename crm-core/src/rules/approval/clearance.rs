//! The last check before a hand-off, in its fixed order.

use super::proposal::{Backing, Parcel, Proposal};
use crate::kernel::approval::ParcelState;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::reason::Reason;
use crate::kernel::time::Instant;

/// Why something does not leave, and until when by time alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Why.
    pub reason: Reason,
    /// The first instant at which it does not stand any more if nothing else happens.
    pub until: Option<Instant>,
}

/// What one check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// Nothing speaks against it.
    Passed,
    /// This speaks against it; an empty list passes nothing.
    Refused(Vec<Finding>),
    /// It could not be made: nothing leaves.
    NotMade,
}

impl Check {
    /// Passed, unless there is a reason.
    pub fn refused_by(reason: Option<ApprovalReason>) -> Self {
        reason.map_or(Check::Passed, |reason| {
            Check::Refused(vec![Finding { reason: Reason::Approval(reason), until: None }])
        })
    }
}

/// Everything that is looked at outside of the draft itself. There is no default: whoever asks has looked at each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// Nobody stopped everything that leaves.
    pub kill_switch: Check,
    /// The channel is connected.
    pub channel: Check,
    /// The recipient may be written to.
    pub recipient: Check,
    /// Consent and law.
    pub consent: Check,
    /// Whoever approved may still do so; the rule that approved still holds.
    pub approver: Check,
    /// Nothing has made the message useless.
    pub stop: Check,
    /// The person has not had too many.
    pub frequency: Check,
    /// The channel has not sent too many.
    pub quota: Check,
}

/// That every check passed for one hand-off at one instant. Only [`release`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Clearance {
    key: String,
    at: Instant,
}

impl Clearance {
    pub(super) fn is_for(&self, key: &str, at: Instant) -> bool {
        self.key == key && self.at == at
    }
}

/// Why a hand-off does not begin: never empty; the first decides, and all are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In the order of the checks.
    pub findings: Vec<Finding>,
}

impl Refusal {
    /// The first instant at which nothing stands against it any more by time alone, if there is one.
    pub fn until(&self) -> Option<Instant> {
        self.findings.iter().map(|finding| finding.until).collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

/// The last check before a hand-off: kill switch, channel, recipient, consent and law, the approval itself and whoever
/// gave it, what stops it, the person's limits, the channel's limits.
///
/// # Errors
/// Everything that stands against it.
pub fn release(proposal: &Proposal, key: &str, checks: Checks, at: Instant) -> Result<Clearance, Refusal> {
    let Some(parcel) = proposal.parcel(key) else {
        let finding = Finding { reason: Reason::Approval(ApprovalReason::NotApproved), until: None };
        return Err(Refusal { findings: vec![finding] });
    };
    let own = own_findings(proposal, parcel, at);
    let Checks { kill_switch, channel, recipient, consent, approver, stop, frequency, quota } = checks;
    let before = [("kill switch", kill_switch), ("channel", channel), ("recipient", recipient), ("consent", consent)];
    let after = [("approver", approver), ("stop", stop), ("frequency", frequency), ("quota", quota)];
    let mut findings = Vec::new();
    before.into_iter().for_each(|(what, check)| add(&mut findings, what, check));
    findings.extend(own);
    after.into_iter().for_each(|(what, check)| add(&mut findings, what, check));
    if findings.is_empty() { Ok(Clearance { key: key.to_owned(), at }) } else { Err(Refusal { findings }) }
}

fn add(findings: &mut Vec<Finding>, what: &'static str, check: Check) {
    match check {
        Check::Passed => {}
        Check::Refused(mut reasons) if !reasons.is_empty() => findings.append(&mut reasons),
        Check::Refused(_) | Check::NotMade => {
            let reason = Reason::Approval(ApprovalReason::Unchecked { what });
            findings.push(Finding { reason, until: None });
        }
    }
}

/// What the draft itself says.
fn own_findings(proposal: &Proposal, parcel: &Parcel, at: Instant) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |reason, until| findings.push(Finding { reason: Reason::Approval(reason), until });
    if !matches!(parcel.state, ParcelState::Queued | ParcelState::Blocked) {
        find(ApprovalReason::InState { state: parcel.state }, None);
    }
    match proposal.approval() {
        None => find(ApprovalReason::NotApproved, None),
        Some(approval) => {
            let is_same = approval.revision == proposal.revision
                && parcel.revision == proposal.revision
                && approval.content_hash == proposal.content_hash
                && parcel.content_hash == proposal.content_hash;
            if !is_same {
                find(ApprovalReason::StaleApproval, None);
            }
            if let Some(end) = approval.expires_at.filter(|end| *end <= at) {
                find(ApprovalReason::ApprovalExpired { at: end }, None);
            }
            let needs_person = proposal.terms.is_none_or(|terms| terms.needs_person);
            if needs_person && matches!(approval.backing, Backing::Rule { .. }) {
                find(ApprovalReason::AskBeforeSending, None);
            }
        }
    }
    if let Some(begin) = parcel.not_before.filter(|begin| at < *begin) {
        find(ApprovalReason::NotBefore { at: begin }, Some(begin));
    }
    findings
}
