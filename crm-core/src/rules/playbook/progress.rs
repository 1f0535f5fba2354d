//! How far a run is: how many of its required steps are done, and what is late.

use chrono::NaiveDate;

use crate::kernel::customer::StepState;

/// A step, as far as progress reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The step.
    pub code: String,
    /// Whether the run waits for it.
    pub required: bool,
    /// How it stands.
    pub state: StepState,
    /// Its last day.
    pub due_on: Option<NaiveDate>,
}

/// A required step that should be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// The step.
    pub code: String,
    /// Its last day.
    pub due_on: NaiveDate,
    /// How many days ago that was.
    pub days: i64,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Required steps, those aside that were left out or are not needed.
    pub required: u64,
    /// Those of them that are done.
    pub done: u64,
    /// Steps of any kind that are open.
    pub open: u64,
    /// Required steps that should be done, the latest first.
    pub late: Vec<Late>,
}

impl Progress {
    /// Done of required in basis points, downwards; nothing where nothing is required.
    pub fn share_bp(&self) -> Option<u64> {
        self.done.saturating_mul(10_000).checked_div(self.required)
    }

    /// Whether every required step is done; where none is required, whether no step is open.
    pub fn is_complete(&self) -> bool {
        match self.required {
            0 => self.open == 0,
            required => self.done == required,
        }
    }
}

/// Counts steps on a day: a step is late from the day after its last one.
pub fn progress<'a>(steps: impl IntoIterator<Item = &'a Counted>, today: NaiveDate) -> Progress {
    let mut progress = Progress::default();
    for step in steps {
        let counts = step.required && matches!(step.state, StepState::Open | StepState::Done);
        progress.required = progress.required.saturating_add(counts.into());
        progress.done = progress.done.saturating_add((counts && step.state == StepState::Done).into());
        progress.open = progress.open.saturating_add((step.state == StepState::Open).into());
        if let (true, StepState::Open, Some(due_on)) = (step.required, step.state, step.due_on)
            && due_on < today
        {
            let days = today.signed_duration_since(due_on).num_days();
            progress.late.push(Late { code: step.code.clone(), due_on, days });
        }
    }
    progress.late.sort_by(|a, b| a.due_on.cmp(&b.due_on).then_with(|| a.code.cmp(&b.code)));
    progress
}
