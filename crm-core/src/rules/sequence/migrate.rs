//! Going on in another version of a sequence, by a map of steps that somebody wrote.

use std::collections::BTreeMap;

use super::config::Sequence;
use super::enrolment::{Enrolment, Standing};
use super::happening::{Decision, Effect};
use super::steps::END;
use crate::kernel::error::Result;
use crate::kernel::sequence_reason::{SequenceEnd, SequenceReason as Why};
use crate::kernel::time::Instant;

/// Which step of the other version each step is; [`END`] where there is none any more.
pub type StepMap = BTreeMap<String, String>;

impl Enrolment {
    /// Lets the enrolment go on in another version of its sequence. The map names the step that comes next and the one
    /// that has to be done first; it may name those that ran, so that they count as the steps of their new names, and
    /// those that it does not name are kept under a name that no step has. What is due stays due when it is.
    ///
    /// `None` where the map does not say enough, with what it lacks; nothing changes then, nor where the enrolment is
    /// over or in that version already.
    ///
    /// # Errors
    /// As [`Enrolment::check`], of the version that it is in.
    pub fn migrate(
        &self,
        from: &Sequence,
        to: &Sequence,
        map: &StepMap,
        at: Instant,
    ) -> Result<(Option<Enrolment>, Decision)> {
        self.check(from)?;
        let mut decision = Decision::default();
        if let Standing::Ended { how, .. } = self.standing {
            decision.why(Why::AlreadyEnded { how });
            return Ok((None, decision));
        }
        if to.id != self.sequence || to.version == self.version {
            decision.why(Why::NoEffect);
            return Ok((None, decision));
        }
        let mut next = self.clone();
        let new_name = |step: &str| match map.get(step) {
            Some(new) => new.clone(),
            None => format!("{step}@{}", self.version),
        };
        for run in &mut next.runs {
            run.step = new_name(&run.step);
        }
        let ran = |step: &str| next.runs.iter().any(|run| run.step == step);
        let mut lacking = Vec::new();
        // A step that ran runs no more; one that is no step is nowhere to go on.
        let target = |step: &str| map.get(step).filter(|new| *new == END || to.step(new).is_some() && !ran(new));
        let onward = self.next.as_deref().map(|step| (step, target(step)));
        if let Some((step, None)) = onward {
            lacking.push(step.to_owned());
        }
        if let Some(step) = self.waits_for.as_deref().filter(|step| !map.contains_key(*step)) {
            lacking.push(step.to_owned());
        }
        if !lacking.is_empty() {
            decision.reasons.extend(lacking.into_iter().map(|step| Why::StepNotMapped { step }));
            return Ok((None, decision));
        }
        let target = onward.and_then(|(_, target)| target).cloned();
        next.waits_for = self.waits_for.as_deref().map(new_name);
        (next.version, next.hash) = (to.version, to.hash.clone());
        decision.why(Why::Migrated { from: self.version.into(), to: to.version.into() });
        match target {
            Some(step) if step == END => {
                let how = SequenceEnd::Completed;
                next.standing = Standing::Ended { how, at };
                (next.next, next.due_at, next.waits_for) = (None, None, None);
                decision.why(Why::Ended { how });
                decision.effects.push(Effect::Finish { how });
            }
            step => {
                next.next = step;
                decision.wait(next.due_at);
            }
        }
        Ok((Some(next), decision))
    }
}
