//! What the signals read of one deal: plain facts, each of which may be unknown.
//!
//! A door fills them from what it has: the JSON door and the store from its [history](super::History), a table of deals
//! from its columns. Equal facts give equal risk, whoever filled them.

use chrono::NaiveDate;

use crate::kernel::money::Money;
use crate::kernel::probability::Probability;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::time::Instant;

/// What somebody knows of one fact. A signal whose facts are unknown says so and gives no points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Known<T> {
    /// Nobody can tell: there is no such column, no such source.
    #[default]
    Unknown,
    /// There is none: an empty cell of a column, a deal that nobody ever called about.
    Absent,
    /// This.
    Is(T),
}

impl<T> Known<T> {
    /// The value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Known::Is(value) => Some(value),
            Known::Unknown | Known::Absent => None,
        }
    }

    /// Whether nobody can tell.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Known::Unknown)
    }

    /// A column's cell: there is none, or this.
    pub fn of(cell: Option<T>) -> Self {
        cell.map_or(Known::Absent, Known::Is)
    }
}

/// When something happened, and the id of the row that says so (empty where nobody knows it).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// When.
    pub at: Instant,
    /// The id of the activity, revision, quote or ticket.
    pub id: String,
}

impl Mark {
    /// An instant of which no row is known.
    pub const fn at(at: Instant) -> Self {
        Self { at, id: String::new() }
    }
}

/// The deal's stage, as its pipeline declares it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageFacts {
    /// Its place among the open stages of its pipeline, from 1.
    pub place: Option<u32>,
    /// How likely deals here are won.
    pub probability: Option<Probability>,
    /// How a forecast takes deals here.
    pub category: Option<Category>,
    /// How many days a deal should stay here at most.
    pub max_age_days: Option<u32>,
}

/// How often the expected close date was moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushes {
    /// Moves to a later date.
    pub any: u32,
    /// Those of them into a later period.
    pub across_period: u32,
    /// Moves to an earlier date.
    pub pull_ins: u32,
    /// Days from the first date to the last one.
    pub net_days: i64,
    /// Each move into a later period, oldest first; may be empty where only the number is known.
    pub moves: Vec<Mark>,
}

/// Whom of the customer's people somebody was in touch with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// So many, as somebody else counted them; time changes nothing.
    Count(u32),
    /// The last touch of each person, in any order; each is forgotten after the model's window.
    Last(Vec<Person>),
}

/// Somebody of the customer, with the last touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The contact's id.
    pub contact: String,
    /// The last touch.
    pub mark: Mark,
}

/// An activity that was planned and whose instant has not come yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// When it is to be, with its id.
    pub mark: Mark,
    /// Whether it will be a touch when its instant comes.
    pub is_touch: bool,
    /// Whether the customer will have spoken then.
    pub is_inbound: bool,
    /// Whether the team will have spoken then.
    pub is_outbound: bool,
    /// The person, where one is known.
    pub contact: Option<String>,
}

/// A quote that was sent, as a host tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuoteFacts {
    /// Its id.
    pub id: String,
    /// When it was sent.
    pub sent_at: Option<Instant>,
    /// The last day on which it may be accepted.
    pub expires_on: Option<NaiveDate>,
    /// Whether the customer answered it.
    pub is_answered: bool,
}

/// Everything that deal risk reads of one deal at one instant.
///
/// ```
/// use crm_core::kernel::time::parse_instant;
/// use crm_core::rules::deal_risk::{DealFacts, Known, Mark};
/// // A row of a table that has two columns only: everything else stays unknown.
/// let last = parse_instant("2026-10-01T09:00:00Z")?;
/// let facts = DealFacts {
///     last_touch: Known::Is(Mark::at(last)),
///     close_date: Known::of("2026-11-15".parse().ok()),
///     ..DealFacts::default()
/// };
/// assert!(facts.amount.is_unknown());
/// # Ok::<(), crm_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DealFacts {
    /// Open, won or lost; only open deals have a risk.
    pub state: Option<StageKind>,
    /// Whether it is archived.
    pub is_archived: bool,
    /// The pipeline's code, empty if nobody knows it.
    pub pipeline: String,
    /// The stage's code, empty if nobody knows it.
    pub stage: String,
    /// What the pipeline declares of the stage; `None` if the stage is not known to anybody.
    pub stage_facts: Option<StageFacts>,
    /// When the record was made; before that nobody knew of the deal.
    pub created_at: Option<Instant>,
    /// When the opportunity began; a deal that nobody ever called about is silent since then.
    pub began_at: Option<Instant>,
    /// Since when it stands in its stage.
    pub stage_entered: Known<Mark>,
    /// What it is worth.
    pub amount: Known<Money>,
    /// What it was worth when it entered its stage.
    pub stage_amount: Known<Money>,
    /// The revisions that changed the amount since then.
    pub amount_changes: Vec<String>,
    /// When it is expected to close.
    pub close_date: Known<NaiveDate>,
    /// How its close date moved.
    pub pushes: Known<Pushes>,
    /// When it last went back to an earlier open stage.
    pub moved_back: Known<Mark>,
    /// The probability that somebody set by hand.
    pub probability: Known<Probability>,
    /// The forecast category that somebody set by hand.
    pub category: Known<Category>,
    /// The last touch: anything between a person of the team and the customer that no machine did.
    pub last_touch: Known<Mark>,
    /// The last time that the customer spoke. Only known where somebody records what customers say.
    pub last_inbound: Known<Mark>,
    /// The last time that the team spoke.
    pub last_outbound: Known<Mark>,
    /// The first time that the team spoke after the customer last did. Where it is not known, the last touch or
    /// [`DealFacts::last_outbound`] after the last inbound one stands for it, which never warns too early.
    pub waiting_since: Known<Mark>,
    /// Open tasks.
    pub open_tasks: Known<Vec<String>>,
    /// Activities that are planned.
    pub planned: Known<Vec<Planned>>,
    /// The next task or activity, where only its instant is known.
    pub next_activity: Known<Mark>,
    /// Whom somebody was in touch with.
    pub reached: Known<Reached>,
    /// A contact with the part of a decision maker (the id may be empty), or that there is none.
    pub decision_maker: Known<String>,
    /// The latest quote.
    pub quote: Known<QuoteFacts>,
    /// The account's urgent ticket that is overdue or breached its promise.
    pub hot_ticket: Known<Mark>,
}
