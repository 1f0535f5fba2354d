//! Hand-offs: what is started, what channels answer, and what nobody knows.

use super::event::{Lookup, Outcome};
use super::proposal::{Parcel, Phase, Proposal};
use crate::kernel::approval::ParcelState;
use crate::kernel::approval_problem::ApprovalProblem as Problem;
use crate::kernel::error::Result;
use crate::kernel::time::Instant;
use crate::rules::reply::message_id;

impl Proposal {
    pub(super) fn parcel_mut(&mut self, key: &str) -> Result<&mut Parcel> {
        let unknown = || Problem::UnknownParcel { key: crate::kernel::text::shortened(key, 80) };
        Ok(self.parcels.iter_mut().find(|parcel| parcel.key == key).ok_or_else(unknown)?)
    }

    /// Begins a hand-off that [`release`](super::release) cleared.
    pub(super) fn start(&mut self, key: &str, worker: &str, lease_until: Instant, now: Instant) -> Result<()> {
        let parcel = self.parcel_mut(key)?;
        parcel.refuse_unless(&[ParcelState::Queued, ParcelState::Blocked])?;
        parcel.state = ParcelState::Started;
        parcel.fence = parcel.fence.saturating_add(1);
        worker.clone_into(&mut parcel.worker);
        (parcel.lease_until, parcel.started_at) = (Some(lease_until), Some(now));
        Ok(())
    }

    pub(super) fn reconcile(&mut self, key: &str, found: &Lookup) -> Result<()> {
        let is_approved = self.phase == Phase::Approved;
        let parcel = self.parcel_mut(key)?;
        let repeated = match found {
            Lookup::Found { provider_id } => parcel.state == ParcelState::Sent && parcel.provider_id == *provider_id,
            Lookup::Ambiguous => parcel.state == ParcelState::Sent && parcel.is_ambiguous,
            Lookup::NotFound => false,
        };
        if repeated {
            return Ok(());
        }
        parcel.refuse_unless(&[ParcelState::Unknown])?;
        match found {
            Lookup::Found { provider_id } => {
                (parcel.state, parcel.provider_id) = (ParcelState::Sent, provider_id.clone());
            }
            Lookup::Ambiguous => {
                (parcel.state, parcel.provider_id, parcel.is_ambiguous) = (ParcelState::Sent, None, true);
            }
            // What was taken back meanwhile did not leave and does not leave.
            Lookup::NotFound if parcel.is_recalled || !is_approved => parcel.state = ParcelState::Withdrawn,
            Lookup::NotFound => parcel.state = ParcelState::Queued,
        }
        Ok(())
    }

    /// Puts what is known not to have left into the outbox again.
    pub(super) fn retry(&mut self, key: &str) -> Result<()> {
        self.refuse_unless(&[Phase::Approved])?;
        let parcel = self.parcel_mut(key)?;
        parcel.refuse_unless(&[ParcelState::Failed])?;
        (parcel.state, parcel.is_final) = (ParcelState::Queued, false);
        Ok(())
    }
}

impl Parcel {
    pub(super) fn refuse_unless(&self, states: &[ParcelState]) -> Result<()> {
        if states.contains(&self.state) {
            return Ok(());
        }
        Err(Problem::ParcelState { state: self.state }.into())
    }

    /// What a channel says of a try. The answer to an earlier try than the latest never starts or ends anything, but
    /// that a message left is never lost.
    pub(super) fn settle(&mut self, fence: u32, outcome: &Outcome) -> Result<()> {
        if fence == 0 || fence > self.fence {
            return Err(Problem::StaleFence { fence, now: self.fence }.into());
        }
        if fence < self.fence {
            return self.settle_earlier(outcome);
        }
        match (self.state, outcome) {
            (ParcelState::Started | ParcelState::Unknown, Outcome::Sent { provider_id }) => {
                (self.state, self.provider_id) = (ParcelState::Sent, provider_id.clone());
            }
            (ParcelState::Started, Outcome::Failed { .. }) if self.is_recalled => self.state = ParcelState::Withdrawn,
            (ParcelState::Started, Outcome::Failed { is_final }) => {
                (self.state, self.is_final) = (ParcelState::Failed, *is_final);
            }
            (ParcelState::Started, Outcome::Unknown) => self.state = ParcelState::Unknown,
            // The channel itself says that it did not leave: that settles what nobody knew.
            (ParcelState::Unknown, Outcome::Failed { .. }) if self.is_recalled => self.state = ParcelState::Withdrawn,
            (ParcelState::Unknown, Outcome::Failed { is_final }) => {
                (self.state, self.is_final) = (ParcelState::Failed, *is_final);
            }
            // Said again.
            (ParcelState::Unknown, Outcome::Unknown) => {}
            (ParcelState::Failed, Outcome::Failed { .. }) => {}
            (ParcelState::Sent, Outcome::Sent { provider_id }) => match (&self.provider_id, provider_id) {
                (None, Some(id)) if !self.is_ambiguous => self.provider_id = Some(id.clone()),
                // The same id with brackets and without is the same.
                (Some(known), Some(id)) if message_id(known) != message_id(id) => {
                    (self.provider_id, self.is_ambiguous) = (None, true)
                }
                _ => {}
            },
            // It left after all: what waits does not leave again.
            (
                ParcelState::Queued | ParcelState::Blocked | ParcelState::Failed | ParcelState::Withdrawn,
                Outcome::Sent { provider_id },
            ) => (self.state, self.provider_id) = (ParcelState::Sent, provider_id.clone()),
            (state, Outcome::Failed { .. } | Outcome::Unknown) => return Err(Problem::AnotherAnswer { state }.into()),
        }
        Ok(())
    }

    fn settle_earlier(&mut self, outcome: &Outcome) -> Result<()> {
        let Outcome::Sent { provider_id } = outcome else { return Ok(()) };
        match self.state {
            ParcelState::Queued | ParcelState::Blocked | ParcelState::Failed | ParcelState::Withdrawn => {
                (self.state, self.provider_id) = (ParcelState::Sent, provider_id.clone());
            }
            // A later try is out, or was: both may have arrived, and somebody has to know.
            ParcelState::Started | ParcelState::Unknown => self.may_have_left_twice = true,
            ParcelState::Sent if self.provider_id != *provider_id => self.may_have_left_twice = true,
            ParcelState::Sent => {}
        }
        Ok(())
    }
}
