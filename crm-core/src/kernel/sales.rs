//! The words that every sales rule shares: what a stage means and how sure a deal is.

use super::coded::coded;

coded! {
    /// What it means to stand in a stage.
    StageKind {
        /// The deal is worked on.
        Open = "open",
        /// It was won.
        Won = "won",
        /// It was lost.
        Lost = "lost",
    }
}

coded! {
    /// How sure a forecast takes a deal to be, from least to most.
    Category {
        /// Left out of the forecast.
        Omitted = "omitted",
        /// Worked on, nothing promised.
        Pipeline = "pipeline",
        /// May close if things go well.
        BestCase = "best_case",
        /// Promised.
        Commit = "commit",
        /// Won.
        Closed = "closed",
    }
}

impl Category {
    /// The category of a deal: won is closed and lost is omitted whatever somebody said; otherwise the manual one wins
    /// over the stage's.
    #[must_use]
    pub fn of(state: StageKind, manual: Option<Category>, stage: Category) -> Category {
        match state {
            StageKind::Won => Category::Closed,
            StageKind::Lost => Category::Omitted,
            StageKind::Open => manual.unwrap_or(stage),
        }
    }
}
