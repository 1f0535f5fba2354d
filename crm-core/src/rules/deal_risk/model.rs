//! What a workspace configures of deal risk.

use chrono::NaiveDate;

use super::typical::TypicalTimes;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::{FiscalCalendar, Unit};
use crate::kernel::predicate::Predicate;
use crate::kernel::probability::Probability;
use crate::kernel::risk_reason::{RiskBand, RiskSignal};
use crate::kernel::sales::Category;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;

/// From which measure on a signal gives which points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The least measure: see [`RiskSignal`]'s table in [the rule's documentation](super).
    pub from: i64,
    /// The points, not added to those of lower steps.
    pub points: i64,
}

/// One signal's switch and points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Which.
    pub code: RiskSignal,
    /// Whether it counts.
    pub is_enabled: bool,
    /// Its steps, ascending in both.
    pub steps: Vec<Step>,
}

impl Signal {
    /// The points of a measure.
    pub fn points(&self, measure: i64) -> i64 {
        self.steps.iter().rev().find(|step| step.from <= measure).map_or(0, |step| step.points)
    }

    /// The most that it gives.
    pub fn weight(&self) -> i64 {
        self.steps.last().map_or(0, |step| step.points)
    }
}

/// A signal that somebody silenced until an instant: "the buyer is on leave until 2 September".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// Which.
    pub signal: RiskSignal,
    /// The first instant at which it counts again.
    pub until: Instant,
    /// Why.
    pub reason: String,
    /// Who silenced it.
    pub by: String,
    /// The only deal that is meant, by its id; `None` for all of them.
    pub deal: Option<String>,
}

/// Most points of one signal, and the highest limit of the score.
pub(super) const MOST_POINTS: i64 = 1_000;

/// A model of deal risk: data with a version.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskModel {
    /// Its id.
    pub id: String,
    /// Its edition.
    pub version: i64,
    /// The zone whose days are counted.
    pub zone: Zone,
    /// Days of the week that are not worked.
    pub holidays: Vec<NaiveDate>,
    /// The highest score.
    pub cap: i64,
    /// The score from which a deal is to be watched.
    pub watch_from: i64,
    /// The score from which its risk is high.
    pub high_from: i64,
    /// Every signal, in the order of [`RiskSignal::ALL`].
    pub signals: Vec<Signal>,
    /// Pushes count where they lead into another one of these periods.
    pub period: Unit,
    /// The fiscal year of those periods.
    pub calendar: FiscalCalendar,
    /// Whether everything that customers say is recorded. Where it is not, silence proves nothing, unless somebody
    /// recorded a word of this customer before.
    pub is_inbound_tracked: bool,
    /// Fewer people than this are too few.
    pub least_contacts: u32,
    /// A person counts for so many days after the last touch.
    pub contact_days: u32,
    /// The amounts from which too few people matter, one a currency; none means any amount.
    pub single_threaded_from: Vec<Money>,
    /// The parts that decide, compared by their words.
    pub decision_roles: Vec<String>,
    /// A step back counts for so many days.
    pub regression_days: u32,
    /// The probabilities that categories set by hand stand for.
    pub category_probabilities: Vec<(Category, Probability)>,
    /// The fewest deals that a typical time is believed of.
    pub least_n: u32,
    /// Typical times, frozen with the model; those of a question come first.
    pub typical_times: TypicalTimes,
    /// Deals that have no risk.
    pub disabled_for: Option<Predicate>,
    /// Signals that are silenced.
    pub mutes: Vec<Mute>,
}

impl RiskModel {
    /// The library's own judgement, as the rule's documentation lists it.
    pub fn standard() -> Self {
        let step = |(from, points): &(i64, i64)| Step { from: *from, points: *points };
        let signal = |code: &RiskSignal| Signal {
            code: *code,
            is_enabled: true,
            steps: standard_steps(*code).iter().map(step).collect(),
        };
        let share = |bp| Probability::from_bp(bp).unwrap_or_default();
        let from = |code: &str| Money::new(5_000_000, code.parse::<Currency>().ok()?).ok();
        Self {
            id: "standard".into(),
            version: 1,
            zone: Zone::UTC,
            holidays: Vec::new(),
            cap: 100,
            watch_from: 30,
            high_from: 60,
            signals: RiskSignal::ALL.iter().map(signal).collect(),
            period: Unit::Month,
            calendar: FiscalCalendar::default(),
            is_inbound_tracked: false,
            least_contacts: 2,
            contact_days: 60,
            single_threaded_from: ["CHF", "EUR", "GBP", "USD"].into_iter().filter_map(from).collect(),
            decision_roles: ["decision_maker", "economic buyer", "décideur", "décisionnaire"].map(str::to_owned).into(),
            regression_days: 30,
            category_probabilities: vec![
                (Category::Pipeline, share(2_000)),
                (Category::BestCase, share(5_000)),
                (Category::Commit, share(9_000)),
            ],
            least_n: 20,
            typical_times: TypicalTimes::default(),
            disabled_for: None,
            mutes: Vec::new(),
        }
    }

    /// One signal's switch and points.
    pub fn signal(&self, code: RiskSignal) -> Option<&Signal> {
        self.signals.iter().find(|signal| signal.code == code)
    }

    /// The band of a score.
    pub const fn band(&self, score: i64) -> RiskBand {
        if score >= self.high_from {
            RiskBand::High
        } else if score >= self.watch_from {
            RiskBand::Watch
        } else {
            RiskBand::Low
        }
    }
}

/// A signal's standard steps; a signal that is only on or off has the measure one.
pub(super) const fn standard_steps(code: RiskSignal) -> &'static [(i64, i64)] {
    match code {
        RiskSignal::NoActivity => &[(10, 20), (20, 30)],
        RiskSignal::NoInbound => &[(7, 15)],
        RiskSignal::OverdueClose => &[(1, 25)],
        RiskSignal::Pushes => &[(1, 5), (2, 12), (3, 25)],
        RiskSignal::StageAge => &[(75, 15), (90, 25)],
        RiskSignal::AmountCut => &[(20, 10)],
        RiskSignal::OverrideGap => &[(30, 10)],
        RiskSignal::QuoteStale => &[(10, 10)],
        RiskSignal::MissingAmount | RiskSignal::MissingCloseDate => &[(2, 5)],
        RiskSignal::NoNextStep | RiskSignal::CloseSoonEarlyStage => &[(1, 15)],
        RiskSignal::SingleThreaded | RiskSignal::NoDecisionMaker | RiskSignal::Regression | RiskSignal::SupportHeat => {
            &[(1, 10)]
        }
    }
}

/// Whether a signal is only on or off: its points have no threshold.
pub(super) const fn is_plain(code: RiskSignal) -> bool {
    matches!(
        code,
        RiskSignal::NoNextStep
            | RiskSignal::CloseSoonEarlyStage
            | RiskSignal::SingleThreaded
            | RiskSignal::NoDecisionMaker
            | RiskSignal::Regression
            | RiskSignal::SupportHeat
    )
}
