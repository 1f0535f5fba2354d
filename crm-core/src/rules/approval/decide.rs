//! Decisions about a draft: who may make them, and what they bind.

use super::event::{Decider, Seen};
use super::proposal::{Approval, Backing, Parcel, PeerCheck, Phase, Proposal};
use crate::kernel::approval::{DraftKind, ParcelState};
use crate::kernel::approval_problem::ApprovalProblem as Problem;
use crate::kernel::error::Result;
use crate::kernel::role::Role;
use crate::kernel::text::fold;
use crate::kernel::time::{Instant, format_instant};

impl Proposal {
    /// Whether somebody may decide about the draft as it is now.
    ///
    /// # Errors
    /// An [`ApprovalProblem`](crate::kernel::approval_problem::ApprovalProblem).
    pub fn may_decide(&self, by: &Decider) -> Result<()> {
        let role = || by.role.name().to_owned();
        match by.role {
            Role::Agent => return Err(Problem::AgentDecides.into()),
            Role::Viewer => return Err(Problem::RoleDecides { role: role() }.into()),
            Role::Owner | Role::Admin => {}
            Role::Manager | Role::Member if self.terms.is_none_or(|terms| terms.needs_admin) => {
                return Err(Problem::AdminRequired { role: role() }.into());
            }
            Role::Member if self.terms.is_none_or(|terms| terms.needs_manager) => {
                return Err(Problem::RoleDecides { role: role() }.into());
            }
            Role::Manager | Role::Member => {}
        }
        // Whoever decides under an agent's name decides about the agent's own.
        let wrote = |one: &Decider| is_same_name(&one.name, &by.name);
        let needs_other = self.terms.is_none_or(|terms| terms.needs_four_eyes);
        if self.contributors.iter().any(|one| wrote(one) && (needs_other || one.role == Role::Agent)) {
            return Err(Problem::OwnDraft { by: by.name.clone() }.into());
        }
        Ok(())
    }

    /// Refuses a decision about something else, and one that was made already.
    fn refuse_stale(&self, seen: &Seen) -> Result<()> {
        if seen.revision != self.revision {
            return Err(Problem::StaleRevision { seen: seen.revision.into(), now: self.revision.into() }.into());
        }
        if seen.content_hash != self.content_hash {
            return Err(Problem::OtherContent.into());
        }
        if self.phase == Phase::Waiting {
            return Ok(());
        }
        Err(match self.decided() {
            Some((by, at)) => {
                Problem::AlreadyDecided { state: self.state(), by: by.to_owned(), at: format_instant(at) }.into()
            }
            None => Problem::NotWaiting { state: self.state() }.into(),
        })
    }

    /// Refuses a decision that comes too late.
    fn refuse_expired(&self, now: Instant) -> Result<()> {
        match self.expires_at.filter(|end| *end <= now) {
            Some(end) => Err(Problem::DraftExpired { at: format_instant(end) }.into()),
            None => Ok(()),
        }
    }

    pub(super) fn check_by_peer(&mut self, by: &Decider, seen: &Seen, passed: bool) -> Result<()> {
        if seen.revision != self.revision {
            return Err(Problem::StaleRevision { seen: seen.revision.into(), now: self.revision.into() }.into());
        }
        if seen.content_hash != self.content_hash {
            return Err(Problem::OtherContent.into());
        }
        self.refuse_unless(&[Phase::Drafting, Phase::Waiting])?;
        if self.contributors.iter().any(|one| is_same_name(&one.name, &by.name)) {
            return Err(Problem::OwnPeerCheck { by: by.name.clone() }.into());
        }
        self.peer_check = Some(PeerCheck { revision: self.revision, by: by.name.clone(), passed });
        Ok(())
    }

    pub(super) fn approve(
        &mut self,
        seen: &Seen,
        by: &Decider,
        backing: &Backing,
        (now, expires_at, not_before): (Instant, Option<Instant>, Option<Instant>),
        is_reviewed: bool,
    ) -> Result<()> {
        self.refuse_stale(seen)?;
        self.refuse_expired(now)?;
        let Some(terms) = self.terms else { return Err(Problem::NotWaiting { state: self.state() }.into()) };
        match backing {
            Backing::Person => self.may_decide(by)?,
            Backing::Rule { .. } => {
                // Who made a rule is a person with the right to; what the rule is not for, it does not approve.
                let is_made_by_admin = matches!(by.role, Role::Owner | Role::Admin);
                let asks = terms.needs_person || terms.needs_admin || terms.needs_four_eyes;
                if asks || is_reviewed || !is_made_by_admin {
                    return Err(Problem::RuleNotAllowed.into());
                }
            }
        }
        if terms.needs_peer_check && !self.peer_check().is_some_and(|check| check.passed) {
            return Err(Problem::PeerCheckRequired.into());
        }
        if let Some(end) = expires_at.filter(|end| *end <= now) {
            return Err(Problem::ApprovalExpired { at: format_instant(end) }.into());
        }
        let approval = Approval {
            revision: self.revision,
            content_hash: self.content_hash.clone(),
            by: by.name.clone(),
            role: by.role,
            backing: backing.clone(),
            at: now,
            expires_at,
            is_reviewed,
        };
        if self.kind == DraftKind::Message {
            self.queue(&approval, not_before);
        }
        (self.phase, self.approval) = (Phase::Approved, Some(approval));
        Ok(())
    }

    /// One hand-off for each recipient, in the same step as the approval. What was taken back before it left goes on
    /// under its key; what left, or may have, stays as it is.
    fn queue(&mut self, approval: &Approval, not_before: Option<Instant>) {
        for recipient in self.recipients.clone() {
            let parcel = Parcel::new(&self.scope, approval, &recipient, not_before);
            match self.parcels.iter_mut().find(|known| known.key == parcel.key) {
                None => self.parcels.push(parcel),
                Some(known) if known.state == ParcelState::Withdrawn => {
                    (known.state, known.is_recalled, known.not_before) = (ParcelState::Queued, false, not_before);
                }
                Some(_) => {}
            }
        }
    }

    pub(super) fn refuse_content(&mut self, seen: &Seen, by: &Decider, phase: Phase, now: Instant) -> Result<()> {
        self.refuse_stale(seen)?;
        // Whoever may not approve may not refuse either, but authors may always take back what is theirs.
        self.may_decide(by)?;
        (self.phase, self.approval, self.decided) = (phase, None, Some((by.name.clone(), now)));
        Ok(())
    }
}

/// Whether two names are one user's: nobody is somebody else for a capital letter.
fn is_same_name(one: &str, other: &str) -> bool {
    one == other || fold(one) == fold(other)
}
