//! Deal risk: what is wrong with a deal, and what to do next.

mod contact;
mod dates;
mod days;
mod door;
mod evaluate;
mod facts;
mod history;
mod input;
mod lint;
mod model;
mod outside;
mod people;
mod pushes;
mod read;
mod risk;
mod scene;
mod stage;
mod typical;
mod worth;

pub use days::WorkingDays;
pub use door::eval_json;
pub use evaluate::{Circumstances, DealRisk, NoFields};
pub use facts::{DealFacts, Known, Mark, Person, Planned, Pushes, QuoteFacts, Reached, StageFacts};
pub use history::{Direction, History, Part, Revision, Todo, Touch};
pub use model::{Mute, RiskModel, Signal, Step};
pub use pushes::{DateAfter, pushes};
pub use risk::{Line, Risk, Scored, Silenced, Verdict};
pub use typical::{Remaining, Stay, TypicalTime, TypicalTimes, WonDeal, typical_times};
