//! Numbers of quotes: how they look, and which one is next.

use chrono::{Datelike as _, NaiveDate};

use crate::kernel::error::Result;
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::quotes::NumberReset;
use crate::kernel::text::shortened;

/// Longest template.
const MOST_TEMPLATE: usize = 60;
/// Most digits that a template asks for.
const MOST_WIDTH: usize = 12;

/// How the numbers of a series look: text with `{seq}` or `{seq:05}` once, and `{yyyy}`, `{yy}`, `{mm}` where wanted.
///
/// ```
/// use crm_core::rules::quote::NumberFormat;
/// let format = NumberFormat::new("D-{yyyy}-{seq:05}", None).unwrap();
/// let day = "2026-11-22".parse().unwrap();
/// assert_eq!(format.text(17, day), "D-2026-00017");
/// // The counter to count with: one for each year.
/// assert_eq!(format.period(day), "2026");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    parts: Vec<Part>,
    reset: NumberReset,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Year,
    ShortYear,
    Month,
    Sequence { width: usize },
}

impl NumberFormat {
    /// A format from its template. Without `reset`, numbers begin again every year where the template shows the year.
    ///
    /// # Errors
    /// A template that is none, and numbers that would repeat because it does not show what they are of.
    pub fn new(template: &str, reset: Option<NumberReset>) -> Result<Self> {
        let wrong = || QuoteProblem::NumberTemplate { found: shortened(template, MOST_TEMPLATE).to_string() };
        let parts = parts(template).filter(|_| template.len() <= MOST_TEMPLATE).ok_or_else(wrong)?;
        if parts.iter().filter(|part| matches!(part, Part::Sequence { .. })).count() != 1 {
            return Err(wrong().into());
        }
        let shows_year = parts.iter().any(|part| matches!(part, Part::Year | Part::ShortYear));
        let shows_month = parts.contains(&Part::Month);
        let reset = reset.unwrap_or(if shows_year { NumberReset::Year } else { NumberReset::Never });
        let needs = match reset {
            NumberReset::Year if !shows_year => Some("{yyyy}"),
            NumberReset::Month if !shows_year => Some("{yyyy}"),
            NumberReset::Month if !shows_month => Some("{mm}"),
            _ => None,
        };
        match needs {
            Some(needs) => Err(QuoteProblem::NumberRepeats { reset: reset.code(), needs }.into()),
            None => Ok(Self { parts, reset }),
        }
    }

    /// When numbers begin again.
    pub const fn reset(&self) -> NumberReset {
        self.reset
    }

    /// A number as it is printed.
    pub fn text(&self, sequence: u64, day: NaiveDate) -> String {
        let written = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Year => format!("{:04}", day.year()),
            Part::ShortYear => format!("{:02}", day.year().rem_euclid(100)),
            Part::Month => format!("{:02}", day.month()),
            Part::Sequence { width } => format!("{sequence:0width$}"),
        };
        self.parts.iter().map(written).collect()
    }

    /// What the counter of a day is of: `2026`, `2026-11`, or nothing where numbers never begin again.
    pub fn period(&self, day: NaiveDate) -> String {
        match self.reset {
            NumberReset::Never => String::new(),
            NumberReset::Year => format!("{:04}", day.year()),
            NumberReset::Month => format!("{:04}-{:02}", day.year(), day.month()),
        }
    }
}

fn parts(template: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((text, more)) = rest.split_once('{') {
        let (name, after) = more.split_once('}')?;
        parts.push(Part::Text(text.to_owned()));
        parts.push(match name {
            "yyyy" => Part::Year,
            "yy" => Part::ShortYear,
            "mm" => Part::Month,
            "seq" => Part::Sequence { width: 0 },
            _ => {
                let width = name.strip_prefix("seq:0").filter(|w| w.bytes().all(|b| b.is_ascii_digit()))?;
                Part::Sequence { width: width.parse().ok().filter(|width| (1..=MOST_WIDTH).contains(width))? }
            }
        });
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    let is_plain = |text: &str| !text.contains(['{', '}']) && !text.chars().any(char::is_control);
    let all_plain = parts.iter().all(|part| !matches!(part, Part::Text(text) if !is_plain(text)));
    all_plain.then_some(parts)
}
