//! One step of a draft: the next state, or why there is none.

use super::event::{Decider, Event};
use super::proposal::{Phase, Proposal};
use crate::kernel::approval::{DraftKind, ParcelState};
use crate::kernel::approval_problem::ApprovalProblem as Problem;
use crate::kernel::error::Result;
use crate::kernel::time::{Instant, format_instant};

impl Proposal {
    /// What becomes of the draft. A repeated answer of a channel changes nothing and is no error. A clock that went back
    /// counts as the latest instant seen.
    ///
    /// # Errors
    /// An [`ApprovalProblem`](crate::kernel::approval_problem::ApprovalProblem); the state stays as it is.
    pub fn step(&self, event: &Event, at: Instant) -> Result<Self> {
        let now = self.last_at.map_or(at, |last| last.max(at));
        let mut next = self.clone();
        next.last_at = Some(now);
        match event {
            Event::Edit { by, content_hash, recipients } => next.edit(by, content_hash, recipients)?,
            Event::Submit { terms, expires_at } => {
                next.refuse_unless(&[Phase::Drafting, Phase::Waiting])?;
                if next.kind == DraftKind::Message && next.recipients.is_empty() {
                    return Err(Problem::NoRecipients.into());
                }
                (next.phase, next.terms, next.expires_at) = (Phase::Waiting, Some(*terms), *expires_at);
            }
            Event::PeerCheck { by, seen, passed } => next.check_by_peer(by, seen, *passed)?,
            Event::Approve { seen, by, backing, expires_at, not_before, is_reviewed } => {
                next.approve(seen, by, backing, (now, *expires_at, *not_before), *is_reviewed)?;
            }
            Event::Reject { seen, by } => next.refuse_content(seen, by, Phase::Rejected, now)?,
            Event::RequestChanges { seen, by } => next.refuse_content(seen, by, Phase::ChangesRequested, now)?,
            Event::Cancel => next.take_back(Phase::Cancelled)?,
            Event::Supersede => next.take_back(Phase::Superseded)?,
            Event::Expire => next.expire(now),
            Event::Withdraw => next.withdraw()?,
            Event::Block { key } => {
                let parcel = next.parcel_mut(key)?;
                parcel.refuse_unless(&[ParcelState::Queued, ParcelState::Blocked])?;
                parcel.state = ParcelState::Blocked;
            }
            Event::Start { key, worker, lease_until, clearance } => {
                // What was checked for an instant before the latest one seen is checked for none: a clock that went back
                // starts nothing.
                if !clearance.is_for(key, now) {
                    return Err(Problem::NotCleared.into());
                }
                next.start(key, worker, *lease_until, now)?;
            }
            Event::Settle { key, fence, outcome } => next.parcel_mut(key)?.settle(*fence, outcome)?,
            Event::LeaseOver { key } => {
                let parcel = next.parcel_mut(key)?;
                parcel.refuse_unless(&[ParcelState::Started])?;
                if let Some(until) = parcel.lease_until.filter(|until| now < *until) {
                    return Err(Problem::LeaseRuns { until: format_instant(until) }.into());
                }
                parcel.state = ParcelState::Unknown;
            }
            Event::Reconcile { key, found } => next.reconcile(key, found)?,
            Event::Retry { key } => next.retry(key)?,
            Event::CarryOut => {
                if next.kind != DraftKind::Command {
                    return Err(Problem::NotACommand.into());
                }
                next.refuse_unless(&[Phase::Approved])?;
                next.phase = Phase::Done;
            }
        }
        Ok(next)
    }

    pub(super) fn refuse_unless(&self, phases: &[Phase]) -> Result<()> {
        if phases.contains(&self.phase) {
            return Ok(());
        }
        Err(Problem::NotWaiting { state: self.state() }.into())
    }

    /// Refuses where something left, may have left, or is leaving.
    fn refuse_left(&self) -> Result<()> {
        let unknown: Vec<String> = self
            .parcels
            .iter()
            .filter(|parcel| parcel.state == ParcelState::Unknown)
            .map(|parcel| parcel.recipient.clone())
            .collect();
        if !unknown.is_empty() {
            return Err(Problem::OutcomeUnknown { recipients: unknown }.into());
        }
        if self.parcels.iter().any(|parcel| parcel.state.may_have_left()) {
            return Err(Problem::TooLate { state: self.state() }.into());
        }
        Ok(())
    }

    fn edit(&mut self, by: &Decider, content_hash: &str, recipients: &[String]) -> Result<()> {
        self.refuse_left()?;
        if matches!(self.phase, Phase::Cancelled | Phase::Superseded | Phase::Done) {
            return Err(Problem::NotEditable { state: self.state() }.into());
        }
        self.recall();
        if !self.contributors.contains(by) {
            self.contributors.push(by.clone());
        }
        self.revision = self.revision.saturating_add(1);
        content_hash.clone_into(&mut self.content_hash);
        self.recipients = recipients.to_vec();
        (self.phase, self.terms, self.approval, self.decided) = (Phase::Drafting, None, None, None);
        Ok(())
    }

    /// Takes the hand-offs back that have not begun, and notes that the others are to come to nothing if they can.
    fn recall(&mut self) {
        for parcel in &mut self.parcels {
            match parcel.state {
                ParcelState::Queued | ParcelState::Blocked | ParcelState::Failed => {
                    parcel.state = ParcelState::Withdrawn;
                }
                ParcelState::Started | ParcelState::Unknown => parcel.is_recalled = true,
                ParcelState::Sent | ParcelState::Withdrawn => {}
            }
        }
    }

    fn take_back(&mut self, phase: Phase) -> Result<()> {
        if matches!(self.phase, Phase::Done | Phase::Cancelled | Phase::Superseded | Phase::Rejected) {
            return Err(Problem::TooLate { state: self.state() }.into());
        }
        let all_left = self.parcels.iter().any(|parcel| parcel.state == ParcelState::Sent)
            && self.parcels.iter().all(|parcel| matches!(parcel.state, ParcelState::Sent | ParcelState::Withdrawn));
        if all_left {
            return Err(Problem::TooLate { state: self.state() }.into());
        }
        self.recall();
        (self.phase, self.approval) = (phase, None);
        Ok(())
    }

    /// Nobody decided in time, or nothing left while the approval held.
    fn expire(&mut self, now: Instant) {
        let is_over = match self.phase {
            Phase::Drafting | Phase::Waiting | Phase::ChangesRequested => self.expires_at.is_some_and(|end| end <= now),
            Phase::Approved => {
                let end = self.approval.as_ref().and_then(|approval| approval.expires_at);
                let is_open = |parcel: &super::Parcel| {
                    matches!(parcel.state, ParcelState::Queued | ParcelState::Blocked | ParcelState::Failed)
                };
                end.is_some_and(|end| end <= now)
                    && (self.kind == DraftKind::Command || self.parcels.iter().any(is_open))
            }
            _ => false,
        };
        if is_over {
            self.recall();
            (self.phase, self.approval) = (Phase::Expired, None);
        }
    }

    /// The approval does not hold any more: whoever decides is asked again.
    fn withdraw(&mut self) -> Result<()> {
        self.refuse_unless(&[Phase::Approved])?;
        self.recall();
        (self.phase, self.approval) = (Phase::Waiting, None);
        Ok(())
    }
}
