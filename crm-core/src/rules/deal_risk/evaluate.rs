//! From facts to a score with its reasons, and to the instant at which time alone changes them.

use std::cmp::Reverse;

use super::days::WorkingDays;
use super::facts::DealFacts;
use super::model::{Mute, RiskModel};
use super::risk::{Line, Risk, Scored, Silenced, Verdict};
use super::scene::{Finding, Found, Scene, rule};
use super::typical::TypicalTimes;
use crate::kernel::error::Result;
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::predicate::{Compiled, Truth};
use crate::kernel::risk_reason::{RiskReason, RiskSignal};
use crate::kernel::sales::StageKind;
use crate::kernel::text::words;
use crate::kernel::time::{Instant, in_range};

/// How many instants are tried for the next change before the search is given up: far more than any deal has.
const MOST_TURNS: usize = 10_000;

/// A checked model; tells the risk of any number of deals, from any number of threads.
#[derive(Clone, Debug)]
pub struct DealRisk {
    model: RiskModel,
    name: String,
    days: WorkingDays,
    roles: Vec<String>,
    disabled_for: Option<Compiled>,
}

/// What a question may say beside the deal's facts.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Typical times instead of the model's.
    pub typical_times: Option<TypicalTimes>,
    /// Zone and holidays instead of the model's.
    pub working_days: Option<WorkingDays>,
    /// Further signals that are silenced.
    pub mutes: Vec<Mute>,
    /// The deal's id, for mutes that mean one deal only.
    pub deal: Option<String>,
}

/// A deal of which a condition knows nothing: for tables whose model leaves no deals out.
#[derive(Clone, Copy, Debug)]
pub struct NoFields;

impl Facts for NoFields {
    fn fact(&self, _: usize) -> Fact<'_> {
        Fact::Unknown
    }
}

/// What a score is made of, without its words.
#[derive(Debug, PartialEq, Eq)]
struct Sum {
    score: i64,
    points: Vec<(RiskSignal, i64)>,
}

impl DealRisk {
    /// Checks a model against the fields of the deal.
    ///
    /// # Errors
    /// Steps that do not rise, bands that no score reaches, a condition over unknown fields ..., each with its path.
    pub fn new(model: RiskModel, deals: &Schema) -> Result<Self> {
        super::lint::check(&model)?;
        let disabled_for = model.disabled_for.as_ref().map(|p| p.compile(deals)).transpose();
        let disabled_for = disabled_for.map_err(|e| e.at("disabled_for"))?;
        let days = WorkingDays::new(model.zone.clone(), model.holidays.iter().copied());
        let roles = model.decision_roles.iter().map(|role| words(role).into_owned()).collect();
        Ok(Self { name: format!("{}@{}", model.id, model.version), model, days, roles, disabled_for })
    }

    /// The model.
    pub const fn model(&self) -> &RiskModel {
        &self.model
    }

    /// The model's days and holidays.
    pub const fn working_days(&self) -> &WorkingDays {
        &self.days
    }

    /// Whether a contact's part is one of those that decide.
    pub fn decides(&self, role: &str) -> bool {
        let role = words(role);
        !role.is_empty() && self.roles.iter().any(|decides| *decides == role)
    }

    /// The risk of a deal at an instant. `deal` are the record's own fields, for the model's `disabled_for`
    /// ([`NoFields`] where there are none).
    pub fn risk(&self, facts: &DealFacts, deal: &(impl Facts + ?Sized), around: &Circumstances, at: Instant) -> Risk {
        Risk {
            verdict: self.verdict(facts, deal, around, at),
            model: self.name.clone(),
            zone: self.around_days(around).zone().name().to_owned(),
            at,
            next_change_at: self.next_change(facts, deal, around, at),
        }
    }

    /// The same without the next instant at which time changes it.
    pub fn verdict(
        &self,
        facts: &DealFacts,
        deal: &(impl Facts + ?Sized),
        around: &Circumstances,
        at: Instant,
    ) -> Verdict {
        match self.left_out(facts, deal, at) {
            Some(why) => Verdict::None(why),
            None => Verdict::Scored(self.scored(&self.scene(facts, around, at), around)),
        }
    }

    /// Why a deal has no score.
    fn left_out(&self, facts: &DealFacts, deal: &(impl Facts + ?Sized), at: Instant) -> Option<RiskReason> {
        if facts.created_at.is_some_and(|made| made > at) {
            return Some(RiskReason::NotYet);
        }
        if facts.is_archived {
            return Some(RiskReason::Archived);
        }
        match facts.state {
            Some(StageKind::Open) => {}
            Some(state) => return Some(RiskReason::Closed { state }),
            None => return Some(RiskReason::UnknownStage),
        }
        let left_out = self.disabled_for.as_ref().is_some_and(|filter| filter.eval(deal, at) == Truth::True);
        left_out.then_some(RiskReason::LeftOut)
    }

    fn around_days<'a>(&'a self, around: &'a Circumstances) -> &'a WorkingDays {
        around.working_days.as_ref().unwrap_or(&self.days)
    }

    fn scene<'a>(&'a self, facts: &'a DealFacts, around: &'a Circumstances, at: Instant) -> Scene<'a> {
        let typical = around.typical_times.as_ref().unwrap_or(&self.model.typical_times);
        Scene::new(&self.model, self.around_days(around), typical, facts, at)
    }

    /// Who silenced a signal now, the longest first.
    fn mute<'a>(&'a self, around: &'a Circumstances, signal: RiskSignal, at: Instant) -> Option<&'a Mute> {
        let mutes = around.mutes.iter().chain(&self.model.mutes);
        let meant = |mute: &&Mute| mute.deal.is_none() || mute.deal == around.deal;
        mutes.filter(|mute| mute.signal == signal && mute.until > at).filter(meant).max_by_key(|mute| mute.until)
    }

    /// What every enabled signal finds, with the points that it gives.
    fn findings<'s>(&'s self, scene: &'s Scene<'_>) -> impl Iterator<Item = (RiskSignal, i64, i64, Finding)> + 's {
        self.model.signals.iter().filter(|signal| signal.is_enabled).map(|signal| {
            let finding = rule(signal.code).find(scene);
            let points = match &finding {
                Finding::Found(found) => signal.points(found.measure),
                Finding::Unknown | Finding::Quiet => 0,
            };
            (signal.code, signal.weight(), points, finding)
        })
    }

    fn sum(&self, scene: &Scene<'_>, around: &Circumstances) -> Sum {
        let loud = self
            .findings(scene)
            .filter(|(code, _, points, _)| *points > 0 && self.mute(around, *code, scene.at).is_none());
        let points: Vec<(RiskSignal, i64)> = loud.map(|(code, _, points, _)| (code, points)).collect();
        let whole: i64 = points.iter().map(|(_, points)| points).fold(0, |all, points| all.saturating_add(*points));
        Sum { score: whole.min(self.model.cap), points }
    }

    fn scored(&self, scene: &Scene<'_>, around: &Circumstances) -> Scored {
        let mut lines: Vec<(RiskSignal, i64, Found)> = Vec::new();
        let (mut unknown, mut muted) = (Vec::new(), Vec::new());
        let (mut weight, mut known) = (0_i64, 0_i64);
        for (code, most, points, finding) in self.findings(scene) {
            weight = weight.saturating_add(most);
            if finding == Finding::Unknown {
                unknown.push(code);
            } else {
                known = known.saturating_add(most);
            }
            if let Some(mute) = self.mute(around, code, scene.at) {
                muted.push(Silenced { mute: mute.clone(), points, day: scene.days.day(mute.until) });
            } else if let (Finding::Found(found), true) = (finding, points > 0) {
                lines.push((code, points, found));
            }
        }
        lines.sort_by_key(|(code, points, _)| (Reverse(*points), *code));
        let whole = lines.iter().fold(0_i64, |all, (_, points, _)| all.saturating_add(*points));
        let score = whole.min(self.model.cap);
        let line = |(signal, points, found): (RiskSignal, i64, Found)| Line {
            signal,
            points,
            reason: found.reason,
            since: found.since,
            evidence: rule(signal).evidence(scene),
            fixed_score: whole.saturating_sub(points).min(self.model.cap),
            fixed_band: self.model.band(whole.saturating_sub(points).min(self.model.cap)),
        };
        Scored {
            score,
            band: self.model.band(score),
            coverage_bp: share_bp(known, weight),
            lines: lines.into_iter().map(line).collect(),
            capped: (whole > score)
                .then(|| RiskReason::Capped { limit: self.model.cap, points: score.saturating_sub(whole) }),
            unknown,
            muted,
        }
    }

    /// The first later instant at which the score or the points of a reason change while nothing happens.
    fn next_change(
        &self,
        facts: &DealFacts,
        deal: &(impl Facts + ?Sized),
        around: &Circumstances,
        at: Instant,
    ) -> Option<Instant> {
        let now = |t: Instant| match self.left_out(facts, deal, t) {
            Some(_) => None,
            None => Some(self.sum(&self.scene(facts, around, t), around)),
        };
        let today = match self.left_out(facts, deal, at) {
            // Only time undoes a condition; whoever is closed, archived or unknown stays so.
            None | Some(RiskReason::LeftOut) => now(at),
            Some(_) => return None,
        };
        let mut turn = at;
        for _ in 0..MOST_TURNS {
            // After the year 9999 there is no instant that could be written down.
            turn = self.next_turn(facts, deal, around, turn).filter(|turn| in_range(turn.date_naive()))?;
            if now(turn) != today {
                return Some(turn);
            }
        }
        None
    }

    /// The first later instant at which anything may change.
    fn next_turn(
        &self,
        facts: &DealFacts,
        deal: &(impl Facts + ?Sized),
        around: &Circumstances,
        at: Instant,
    ) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        let mut turn = |candidate: Option<Instant>| {
            let later = candidate.filter(|candidate| *candidate > at);
            next = next.into_iter().chain(later).min();
        };
        let scene = self.scene(facts, around, at);
        for signal in self.model.signals.iter().filter(|signal| signal.is_enabled) {
            rule(signal.code).turns(&scene, &mut turn);
        }
        for mute in around.mutes.iter().chain(&self.model.mutes) {
            turn(Some(mute.until));
        }
        turn(self.disabled_for.as_ref().and_then(|filter| filter.next_change_at(deal, at)));
        next
    }
}

/// The share in basis points, rounded half up; of nothing it is the whole.
fn share_bp(part: i64, whole: i64) -> u32 {
    let doubled = part.saturating_mul(20_000).saturating_add(whole);
    let share = doubled.checked_div(whole.saturating_mul(2)).unwrap_or(10_000);
    u32::try_from(share).unwrap_or(0)
}
