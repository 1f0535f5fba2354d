//! The facts at one instant: what was planned and is past by then has happened, and every signal sees the same day.

use chrono::NaiveDate;

use super::days::WorkingDays;
use super::facts::{DealFacts, Known, Mark, Person, Planned, Reached};
use super::model::RiskModel;
use super::typical::{TypicalTime, TypicalTimes};
use crate::kernel::risk_reason::{RiskReason, RiskSignal};
use crate::kernel::time::Instant;

/// What a signal finds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Finding {
    /// Its facts are not known.
    Unknown,
    /// Nothing is wrong.
    Quiet,
    /// Something may be: how much, and since when.
    Found(Found),
}

/// What may be wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// How much, on the scale of the signal's steps.
    pub(super) measure: i64,
    /// Why.
    pub(super) reason: RiskReason,
    /// Since when the signal holds, where that is known.
    pub(super) since: Option<Instant>,
}

impl Finding {
    pub(super) const fn found(measure: i64, reason: RiskReason, since: Option<Instant>) -> Self {
        Finding::Found(Found { measure, reason, since })
    }
}

/// Everything that a signal looks at.
pub(super) struct Scene<'a> {
    pub(super) model: &'a RiskModel,
    pub(super) days: &'a WorkingDays,
    pub(super) typical: &'a TypicalTimes,
    pub(super) facts: &'a DealFacts,
    pub(super) at: Instant,
    pub(super) today: NaiveDate,
    /// The last touch by now.
    pub(super) last_touch: Known<Mark>,
    /// Since when the team waits for an answer by now; absent if it does not.
    pub(super) waiting_since: Known<Mark>,
    /// Whom somebody was in touch with by now.
    pub(super) reached: Known<Reached>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        model: &'a RiskModel,
        days: &'a WorkingDays,
        typical: &'a TypicalTimes,
        facts: &'a DealFacts,
        at: Instant,
    ) -> Self {
        let mut scene = Scene {
            model,
            days,
            typical,
            facts,
            at,
            today: days.day(at),
            last_touch: facts.last_touch.clone(),
            waiting_since: waiting(facts),
            reached: facts.reached.clone(),
        };
        scene.let_pass();
        scene
    }

    /// What was planned and is past now has happened.
    fn let_pass(&mut self) {
        let Known::Is(planned) = &self.facts.planned else { return };
        let mut past: Vec<_> = planned.iter().filter(|p| p.is_touch && p.mark.at <= self.at).collect();
        // Whoever is answered at the same instant does not wait.
        past.sort_by(|a, b| (a.mark.at, a.is_inbound, &a.mark.id).cmp(&(b.mark.at, b.is_inbound, &b.mark.id)));
        for touch in past {
            if self.last_touch.value().is_none_or(|last| *last < touch.mark) {
                self.last_touch = Known::Is(touch.mark.clone());
            }
            match (touch.is_inbound, touch.is_outbound, &self.waiting_since) {
                (true, _, _) => self.waiting_since = Known::Absent,
                (false, true, Known::Absent) => self.waiting_since = Known::Is(touch.mark.clone()),
                _ => {}
            }
            self.reach(touch);
        }
    }

    /// Somebody is in touch whom the touch names; a first touch without a name leaves open who it was.
    fn reach(&mut self, touch: &Planned) {
        if let (None, Known::Is(Reached::Last(people))) = (&touch.contact, &self.reached)
            && people.is_empty()
        {
            self.reached = Known::Unknown;
        }
        let Some(contact) = &touch.contact else { return };
        let person = Person { contact: contact.clone(), mark: touch.mark.clone() };
        match &mut self.reached {
            Known::Is(Reached::Count(_)) => {}
            Known::Is(Reached::Last(people)) => match people.iter_mut().find(|p| p.contact == *contact) {
                Some(known) => known.mark = known.mark.clone().max(person.mark),
                None => people.push(person),
            },
            Known::Unknown | Known::Absent => self.reached = Known::Is(Reached::Last(vec![person])),
        }
    }

    /// The instant at which the day begins that lies so many days after another.
    pub(super) fn start_after(&self, day: NaiveDate, days: i64) -> Option<Instant> {
        let days = chrono::TimeDelta::try_days(days)?;
        day.checked_add_signed(days).map(|day| self.days.start(day))
    }

    /// The instant at which the `count`th business day after another day begins.
    pub(super) fn start_after_business(&self, day: NaiveDate, count: i64) -> Option<Instant> {
        self.days.after(day, count).map(|day| self.days.start(day))
    }

    /// The thresholds of a signal's steps.
    pub(super) fn steps(&self, code: RiskSignal) -> impl Iterator<Item = i64> + 'a {
        self.model.signal(code).into_iter().flat_map(|signal| signal.steps.iter().map(|step| step.from))
    }

    /// The lowest threshold of a signal's steps.
    pub(super) fn first_step(&self, code: RiskSignal) -> i64 {
        self.steps(code).next().unwrap_or(1)
    }

    /// The typical times of the deal's stage.
    pub(super) fn typical_time(&self) -> Option<&'a TypicalTime> {
        self.typical.get(&self.facts.pipeline, &self.facts.stage)
    }

    /// Days from a day to today, as a count that is shown.
    pub(super) fn since_days(&self, day: NaiveDate) -> i64 {
        WorkingDays::days(day, self.today)
    }
}

/// Since when the team waits: as it is told, or from the last words of both sides.
fn waiting(facts: &DealFacts) -> Known<Mark> {
    if !facts.waiting_since.is_unknown() {
        return facts.waiting_since.clone();
    }
    let heard = match &facts.last_inbound {
        Known::Unknown => return Known::Unknown,
        Known::Absent => None,
        Known::Is(mark) => Some(mark),
    };
    let spoken = match (&facts.last_outbound, &facts.last_touch) {
        (Known::Unknown, Known::Unknown) => return Known::Unknown,
        (Known::Unknown, touch) => touch.value(),
        (spoken, _) => spoken.value(),
    };
    Known::of(spoken.filter(|spoken| heard.is_none_or(|heard| heard.at < spoken.at)).cloned())
}

/// A count as reasons show it.
pub(super) fn shown(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// How one signal is told.
pub(super) trait Rule {
    /// What a signal finds.
    fn find(&self, scene: &Scene<'_>) -> Finding;
    /// Every instant at which time alone may change what it finds.
    fn turns(&self, scene: &Scene<'_>, turn: &mut dyn FnMut(Option<Instant>));
    /// The rows that it goes by.
    fn evidence(&self, scene: &Scene<'_>) -> Vec<String>;
}

/// The rows of marks that have one.
pub(super) fn ids<'m>(marks: impl IntoIterator<Item = &'m Mark>) -> Vec<String> {
    marks.into_iter().filter(|mark| !mark.id.is_empty()).map(|mark| mark.id.clone()).collect()
}

/// How a signal is told; each family of signals has its own file.
pub(super) const fn rule(signal: RiskSignal) -> &'static dyn Rule {
    use super::{contact, dates, outside, people, stage, worth};
    match signal {
        RiskSignal::NoActivity => &contact::NoActivity,
        RiskSignal::NoInbound => &contact::NoInbound,
        RiskSignal::NoNextStep => &contact::NoNextStep,
        RiskSignal::OverdueClose => &dates::OverdueClose,
        RiskSignal::CloseSoonEarlyStage => &dates::CloseSoon,
        RiskSignal::Pushes => &dates::Pushed,
        RiskSignal::MissingCloseDate => &dates::MissingCloseDate,
        RiskSignal::StageAge => &stage::StageAge,
        RiskSignal::Regression => &stage::Regression,
        RiskSignal::SingleThreaded => &people::SingleThreaded,
        RiskSignal::NoDecisionMaker => &people::NoDecisionMaker,
        RiskSignal::AmountCut => &worth::AmountCut,
        RiskSignal::OverrideGap => &worth::OverrideGap,
        RiskSignal::MissingAmount => &worth::MissingAmount,
        RiskSignal::QuoteStale => &outside::QuoteStale,
        RiskSignal::SupportHeat => &outside::SupportHeat,
    }
}

/// A field that is empty from a stage on.
pub(super) fn missing(scene: &Scene<'_>, is_empty: Option<bool>, code: RiskSignal, reason: RiskReason) -> Finding {
    match (is_empty, scene.facts.stage_facts.as_ref().and_then(|stage| stage.place)) {
        (None, _) => Finding::Unknown,
        (Some(false), _) => Finding::Quiet,
        (Some(true), None) => Finding::Unknown,
        (Some(true), Some(place)) if i64::from(place) < scene.first_step(code) => Finding::Quiet,
        (Some(true), Some(place)) => Finding::found(place.into(), reason, None),
    }
}
