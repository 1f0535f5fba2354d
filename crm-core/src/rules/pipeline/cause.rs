//! Why a deal has another revision.

use crate::kernel::coded::coded;
use crate::kernel::sales::StageKind;
use crate::model::Deal;

coded! {
    /// Why a deal has another revision.
    Cause {
        /// It was made.
        Create = "create",
        /// It came from a file or another system.
        Import = "import",
        /// It went to another stage.
        Move = "move",
        /// It was won.
        Won = "won",
        /// It was lost.
        Lost = "lost",
        /// It was closed and is worked on again.
        Reopened = "reopened",
        /// Its stage was merged into another, or its stage's deals were moved together.
        StageMerged = "stage_merged",
        /// It stayed where it was and something else changed.
        Edit = "edit",
        /// It was put away.
        Archive = "archive",
        /// It was brought back.
        Restore = "restore",
    }
}

impl Cause {
    /// Why a deal changed, as the deal itself tells: of `before` and `after`, each with whether it is archived.
    #[must_use]
    pub fn of(before: Option<(&Deal, bool)>, after: (&Deal, bool)) -> Cause {
        let Some((old, was_archived)) = before else { return Cause::Create };
        let (new, is_archived) = after;
        match (old.state, new.state) {
            _ if is_archived && !was_archived => Cause::Archive,
            _ if was_archived && !is_archived => Cause::Restore,
            (Some(StageKind::Won | StageKind::Lost), Some(StageKind::Open)) => Cause::Reopened,
            (old, Some(StageKind::Won)) if old != Some(StageKind::Won) => Cause::Won,
            (old, Some(StageKind::Lost)) if old != Some(StageKind::Lost) => Cause::Lost,
            _ if old.pipeline != new.pipeline || old.stage != new.stage => Cause::Move,
            _ => Cause::Edit,
        }
    }

    /// Whether a deal passes the gates of its stages: what tells of the past or moves many deals at once does not wait
    /// for fields that somebody would have to fill.
    pub const fn is_gated(self) -> bool {
        !matches!(self, Cause::Import | Cause::StageMerged)
    }
}
