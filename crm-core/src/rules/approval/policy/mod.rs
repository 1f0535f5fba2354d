//! The policy: who has to decide about a draft, whether a rule does, or nobody may.

mod facts;
mod judge;
mod lookalike;
mod rule;
mod settings;
mod topics;

pub use self::facts::{Around, DraftFacts};
pub use self::judge::{Decision, Verdict, judge};
pub use self::lookalike::{Look, ascii_form, looks};
pub use self::rule::{Fit, PolicyRule};
pub use self::settings::{AdminOnly, ApprovalSettings, LeastRole, PeerChecking};
pub use self::topics::Topics;
