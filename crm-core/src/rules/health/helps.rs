//! What would help most: the score with one measure at its best, or without one cap.

use super::model::HealthModel;
use super::sum::{Health, LineState, sum};
use crate::kernel::error::Result;
use crate::kernel::health_reason::HealthReason;
use crate::kernel::reason::Name;

impl HealthModel {
    /// What would raise the score, the most first; of equal gains the lower code. A measure that is not known is taken as
    /// known and at its best.
    ///
    /// # Errors
    /// As [`HealthModel::health`].
    pub fn would_help(&self, health: &Health, most: usize) -> Result<Vec<HealthReason>> {
        let Some(score) = health.score else { return Ok(Vec::new()) };
        let caps: Vec<(Name, i64)> = health.caps.iter().map(|cap| (cap.name.clone(), cap.max_score)).collect();
        let mut found: Vec<(i64, String, HealthReason)> = Vec::new();
        for (i, line) in health.lines.iter().enumerate() {
            let Some(measure) = self.measure(&line.name.id) else { continue };
            let mut lines = health.lines.clone();
            if let Some(better) = lines.get_mut(i) {
                better.score = Some(measure.transform.best());
                if better.state != LineState::Known {
                    (better.state, better.weight) = (LineState::Known, measure.weight);
                }
            }
            let with = sum(lines, caps.clone(), Some(&self.bands), self.min_coverage_bp)?.score.unwrap_or(score);
            let gain = with.saturating_sub(score);
            let reason = HealthReason::WouldHelp { name: line.name.clone(), score: with, gain };
            found.push((gain, line.name.id.clone(), reason));
        }
        for i in 0..caps.len() {
            let Some((name, _)) = caps.get(i) else { continue };
            let others = caps.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, cap)| cap.clone()).collect();
            let without = sum(health.lines.clone(), others, Some(&self.bands), self.min_coverage_bp)?;
            let with = without.score.unwrap_or(score);
            let gain = with.saturating_sub(score);
            found.push((gain, name.id.clone(), HealthReason::WithoutCap { name: name.clone(), score: with, gain }));
        }
        found.retain(|(gain, _, _)| *gain > 0);
        found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        Ok(found.into_iter().take(most).map(|(_, _, reason)| reason).collect())
    }
}
