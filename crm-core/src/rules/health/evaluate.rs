//! A customer's facts, measured by a model.

use chrono::Days;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::bands::UNKNOWN;
use super::facts::HealthFacts;
use super::model::{HealthModel, Measure, Missing};
use super::sum::{Health, Line, LineState, sum};
use crate::kernel::error::Result;
use crate::kernel::json;
use crate::kernel::predicate::Truth;
use crate::kernel::rational::Rational;
use crate::kernel::reason::Name;
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::kernel::zone::Zone;
use crate::rules::lead_score::halving;
use crate::store::hex;

impl HealthModel {
    /// The health of a customer at an instant.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`](crate::kernel::error::Problem::AmountTooLarge), which no checked model reaches.
    pub fn health(&self, facts: &HealthFacts, zone: &Zone, at: Instant) -> Result<Health> {
        let mut next: Option<Instant> = None;
        let mut turn = |then: Option<Instant>| {
            if let Some(then) = then.filter(|then| *then > at) {
                next = Some(next.map_or(then, |next| next.min(then)));
            }
        };
        let lines = self.measures.iter().map(|measure| line(measure, facts, at, &mut turn)).collect();
        let caps = self.caps_hit(facts, at, &mut turn);
        if self.sources().any(|source| facts.is_daily(source)) {
            turn(zone.day(at).checked_add_days(Days::new(1)).map(|day| zone.day_start(day)));
        }
        let mut health = sum(lines, caps, Some(&self.bands), self.min_coverage_bp)?;
        health.model = self.title();
        health.next_change_at = next;
        health.fingerprint = self.inputs_hash(&health);
        Ok(health)
    }

    /// The sources that it reads: of its measures, then of its caps.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.measures.iter().map(|measure| measure.source.as_str()).chain(self.of_caps())
    }

    /// The sources that its caps read.
    fn of_caps(&self) -> impl Iterator<Item = &str> {
        let fields = self.caps.iter().flat_map(|cap| cap.when.fields());
        fields.filter_map(|place| self.schema.field(place)).map(|field| field.name.as_ref())
    }

    /// The caps that hold, each with its highest score.
    fn caps_hit(&self, facts: &HealthFacts, at: Instant, turn: &mut impl FnMut(Option<Instant>)) -> Vec<(Name, i64)> {
        if self.caps.is_empty() {
            return Vec::new();
        }
        let fields = facts.as_fields(&self.schema, at, turn);
        let mut hit = Vec::new();
        for cap in &self.caps {
            if cap.when.eval(&fields, at) == Truth::True {
                hit.push((cap.name.clone(), cap.max_score));
            }
            turn(cap.when.next_change_at(&fields, at));
        }
        hit
    }

    /// Names everything that the health was worked out from: the model as it is written, and what was read.
    fn inputs_hash(&self, health: &Health) -> String {
        let lines: Vec<_> = health
            .lines
            .iter()
            .map(|line| {
                let value = line.value.map(|value| value.to_string());
                json!([line.name.id, line.weight, value, line.as_of.map(format_instant), line.score, line.state.code()])
            })
            .collect();
        let caps: Vec<_> = health.caps.iter().map(|cap| json!([cap.name.id, cap.max_score])).collect();
        hex(&Sha256::digest(json::canonical(&json!([self.fingerprint, lines, caps]))))
    }
}

impl Health {
    /// The health of a customer for whom no model is: unknown, whatever there is to know.
    pub fn without_model() -> Self {
        Health {
            model: String::new(),
            lines: Vec::new(),
            caps: Vec::new(),
            is_without_model: true,
            uncapped: None,
            exact: None,
            score: None,
            coverage: Rational::ZERO,
            min_coverage_bp: 0,
            band: Name { id: UNKNOWN.into(), labels: None },
            next_change_at: None,
            fingerprint: hex(&Sha256::digest(json::canonical(&json!(["no model"])))),
        }
    }

    /// SHA-256 of the model and of what was read: the same inputs give the same.
    pub fn inputs_hash(&self) -> &str {
        &self.fingerprint
    }
}

fn line(measure: &Measure, facts: &HealthFacts, at: Instant, turn: &mut impl FnMut(Option<Instant>)) -> Line {
    let read = facts.read(&measure.source, measure.aggregate, measure.window_days, at, turn);
    let since = read.and_then(|read| read.as_of).filter(|since| *since <= at).unwrap_or(at);
    let end = measure.max_age_days.and_then(|days| plus_days(since, days));
    let mut is_stale = end.is_some_and(|end| end <= at);
    if read.is_some() && !is_stale {
        turn(end);
    }
    let weight = match (read, measure.half_life_days) {
        (Some(_), Some(days)) if !is_stale => {
            let (left, less) = halving(measure.weight, days, since, at);
            turn(less);
            left
        }
        _ => measure.weight,
    };
    // What has lost all its weight is too old, too.
    is_stale |= weight == 0;
    let known = read.filter(|_| !is_stale);
    let (state, score) = match (known, measure.missing) {
        (Some(read), _) => (LineState::Known, Some(measure.transform.score(read.value.millionths()))),
        (None, Missing::Exclude) => (LineState::LeftOut, None),
        (None, Missing::Neutral(score)) => (LineState::Neutral, Some(score)),
        (None, Missing::Worst) => (LineState::Worst, Some(measure.transform.worst())),
    };
    let weight = match state {
        LineState::Known => weight,
        LineState::LeftOut => 0,
        LineState::Neutral | LineState::Worst => measure.weight,
    };
    Line {
        name: measure.name.clone(),
        nominal: measure.weight,
        weight,
        value: read.map(|read| read.value),
        as_of: read.and_then(|read| read.as_of),
        score,
        state,
        is_stale,
        points: 0,
        most: 0,
    }
}
