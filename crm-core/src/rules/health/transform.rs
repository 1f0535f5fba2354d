//! From what was measured to a score between 0 and 100.

use serde_json::Value as Json;

use super::bands::{WHOLE, out_of_range};
use super::read::number;
use crate::kernel::allocate::rounded;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::rules::check;
use crate::rules::read::list;

/// Most points of one transform.
const MOST_POINTS: usize = 100;

/// How a number becomes a score; both in millionths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transform {
    /// It is a score, cut to 0 to 100.
    Same,
    /// Straight lines between points; beyond the first and the last as there. Rounded to a millionth of a point.
    Line(Vec<(i64, i64)>),
    /// The score of the last step that begins at the number or below; before the first as there.
    Steps(Vec<(i64, i64)>),
}

impl Transform {
    /// The score of a number.
    pub fn score(&self, x: i64) -> i64 {
        match self {
            Transform::Same => x.clamp(0, WHOLE),
            Transform::Steps(points) => {
                let step = points.iter().rev().find(|(from, _)| *from <= x).or_else(|| points.first());
                step.map_or(0, |(_, y)| *y)
            }
            Transform::Line(points) => {
                let after = points.iter().position(|(from, _)| *from > x);
                match after {
                    None => points.last().map_or(0, |(_, y)| *y),
                    Some(0) => points.first().map_or(0, |(_, y)| *y),
                    Some(i) => match (points.get(i.saturating_sub(1)), points.get(i)) {
                        (Some(from), Some(to)) => between(*from, *to, x),
                        _ => 0,
                    },
                }
            }
        }
    }

    /// The best score that it gives.
    pub fn best(&self) -> i64 {
        self.scores().max().unwrap_or(WHOLE)
    }

    /// The worst.
    pub fn worst(&self) -> i64 {
        self.scores().min().unwrap_or(0)
    }

    fn scores(&self) -> impl Iterator<Item = i64> {
        let points: &[(i64, i64)] = match self {
            Transform::Same => &[(0, 0), (WHOLE, WHOLE)],
            Transform::Line(points) | Transform::Steps(points) => points,
        };
        points.iter().map(|(_, y)| *y)
    }

    /// The points of a list `[[x, y], ...]`.
    pub(super) fn points(json: &Json) -> Result<Vec<(i64, i64)>> {
        let points = list(json, |v| match v.as_array().map(Vec::as_slice) {
            Some([x, y]) => {
                let score = number(y).map_err(|e| e.at_index(1))?.millionths();
                if !(0..=WHOLE).contains(&score) {
                    return Err(out_of_range(y, "100").at_index(1));
                }
                Ok((number(x).map_err(|e| e.at_index(0))?.millionths(), score))
            }
            _ => Err(Problem::WrongShape { expected: "[number, score]", found: json::shown(v) }.into()),
        })?;
        if points.is_empty() {
            return Err(RulesProblem::Empty { what: "items" }.into());
        }
        check::most("points", points.len(), MOST_POINTS)?;
        let out_of_order = points.iter().zip(points.iter().skip(1)).position(|(one, next)| next.0 <= one.0);
        match out_of_order {
            Some(i) => Err(Error::from(RulesProblem::OutOfOrder).at_index(i.saturating_add(1))),
            None => Ok(points),
        }
    }
}

/// On the straight line between two points.
fn between((x0, y0): (i64, i64), (x1, y1): (i64, i64), x: i64) -> i64 {
    let width = i128::from(x1).saturating_sub(i128::from(x0));
    let part = i128::from(x).saturating_sub(i128::from(x0));
    let rise = i128::from(y1).saturating_sub(i128::from(y0)).saturating_mul(part);
    let score = i128::from(y0).saturating_add(rounded(rise, width));
    i64::try_from(score).unwrap_or(0)
}
