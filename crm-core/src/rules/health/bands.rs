//! Bands: what a score is called.

use serde_json::Value as Json;

use super::read::number;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::reason::Name;
use crate::rules::check;
use crate::rules::read::{Object, labels, text};

/// The band of customers of whom too little is known.
pub const UNKNOWN: &str = "unknown";

/// Most bands.
const MOST_BANDS: usize = 50;
/// The highest score, in millionths.
pub(super) const WHOLE: i64 = 100_000_000;

/// One band.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Its code and what people read.
    pub name: Name,
    /// Where it begins, in millionths of a point: scores above it, in the lowest band also exactly it.
    pub from: i64,
    /// The last score, in millionths.
    pub to: i64,
}

/// Bands from the lowest up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bands(Vec<Band>);

impl Bands {
    /// The band of a score in millionths; none where it lies outside of all.
    pub fn of(&self, score: i64) -> Option<&Band> {
        let holds =
            |(i, band): &(usize, &Band)| (score > band.from || (*i == 0 && score == band.from)) && score <= band.to;
        self.0.iter().enumerate().find(holds).map(|(_, band)| band)
    }

    /// All of them, the lowest first.
    pub fn all(&self) -> &[Band] {
        &self.0
    }

    /// A model's: `[{"code": "red", "from": 0}, {"code": "green", "from": 75, "labels": {...}}]`, each up to where the
    /// next one begins.
    pub(super) fn of_model(json: &Json) -> Result<Self> {
        let starts = crate::rules::read::list(json, |v| {
            let o = Object::new(v, &["code", "from", "labels"])?;
            let from = number(o.required("from")?).map_err(|e| e.at("from"))?.millionths();
            if !(0..WHOLE).contains(&from) {
                return Err(out_of_range(o.required("from")?, "100").at("from"));
            }
            Ok((name(&o)?, from))
        })?;
        if starts.first().is_some_and(|(_, from)| *from != 0) {
            let found = number_text(starts.first().map_or(0, |(_, from)| *from));
            let problem = Problem::OutOfRange { found, least: "0".into(), most: "0".into() };
            return Err(Error::from(problem).at("from").at_index(0));
        }
        let ends: Vec<i64> = starts.iter().skip(1).map(|(_, from)| *from).chain([WHOLE]).collect();
        let band = |((name, from), to): ((Name, i64), i64)| Band { name, from, to };
        Self::checked(starts.into_iter().zip(ends).map(band).collect())
    }

    /// Ranges as they are given: `[[0, 50, "red"], [50, 75, "yellow"]]`, or objects with `code`, `from` and `to`. In which
    /// order they come does not matter.
    pub(super) fn of_ranges(json: &Json) -> Result<Self> {
        let mut bands = crate::rules::read::list(json, |v| match v {
            Json::Array(parts) => match parts.as_slice() {
                [from, to, code] => band(
                    Name { id: text(code).map_err(|e| e.at_index(2))?, labels: None },
                    number(from).map_err(|e| e.at_index(0))?.millionths(),
                    number(to).map_err(|e| e.at_index(1))?.millionths(),
                ),
                _ => Err(Problem::WrongShape { expected: "[from, to, code]", found: json::shown(v) }.into()),
            },
            _ => {
                let o = Object::new(v, &["code", "from", "to", "labels"])?;
                let edge = |key| {
                    number(o.required(key)?).map(crate::kernel::number::Number::millionths).map_err(|e| e.at(key))
                };
                band(name(&o)?, edge("from")?, edge("to")?)
            }
        })?;
        bands.sort_by_key(|band| (band.from, band.to));
        Self::checked(bands)
    }

    fn checked(bands: Vec<Band>) -> Result<Self> {
        if bands.is_empty() {
            return Err(RulesProblem::Empty { what: "items" }.into());
        }
        check::most("bands", bands.len(), MOST_BANDS)?;
        for (i, (band, next)) in bands.iter().zip(bands.iter().skip(1)).enumerate() {
            if next.from <= band.from {
                return Err(Error::from(RulesProblem::OutOfOrder).at("from").at_index(i.saturating_add(1)));
            }
            if next.from < band.to {
                return Err(Error::from(RulesProblem::Overlap).at_index(i.saturating_add(1)));
            }
        }
        for (i, band) in bands.iter().enumerate() {
            let same = |other: &Band| other.name.id == band.name.id;
            if band.name.id == UNKNOWN || bands.iter().take(i).any(same) {
                let id = band.name.id.clone();
                return Err(Error::from(RulesProblem::DuplicateId { id }).at("code").at_index(i));
            }
        }
        Ok(Self(bands))
    }
}

fn name(o: &Object<'_>) -> Result<Name> {
    let id = o.text("code")?;
    check::id(&id).map_err(|e| e.at("code"))?;
    let labels = o.optional("labels", labels)?;
    check::labels(labels.as_ref())?;
    Ok(Name { id, labels })
}

fn band(name: Name, from: i64, to: i64) -> Result<Band> {
    check::id(&name.id)?;
    if to <= from {
        return Err(RulesProblem::OutOfOrder.into());
    }
    Ok(Band { name, from, to })
}

fn number_text(millionths: i64) -> String {
    crate::kernel::number::Number::from_millionths(millionths).map(|n| n.to_string()).unwrap_or_default()
}

pub(super) fn out_of_range(found: &Json, most: &str) -> Error {
    Problem::OutOfRange { found: json::shown(found), least: "0".into(), most: most.into() }.into()
}
