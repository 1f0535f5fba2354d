//! Checks that every rule's loader makes.

use crate::kernel::error::{Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::reason::Labels;
use crate::kernel::text::shortened;

/// Most characters of an id or label.
const MOST_TEXT: usize = 200;

/// Refuses a number outside of its range.
pub(crate) fn between(found: i64, least: i64, most: i64) -> Result<()> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    let (found, least, most) = (found.to_string(), least.to_string(), most.to_string());
    Err(Problem::OutOfRange { found, least, most }.into())
}

/// Refuses more parts than a configuration may have.
pub(crate) fn most(what: &'static str, found: usize, most: usize) -> Result<()> {
    if found <= most {
        return Ok(());
    }
    Err(Problem::TooMany { what, found: json::length(found), most: json::length(most) }.into())
}

fn short(what: &'static str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(RulesProblem::Empty { what }.into());
    }
    if text.chars().count() > MOST_TEXT {
        let (bytes, most) = (json::length(text.len()), json::length(MOST_TEXT));
        return Err(Problem::TooLong { bytes, most }.into());
    }
    match text.chars().any(char::is_control) {
        true => Err(Problem::ControlCharacter { found: shortened(&text.escape_debug().to_string(), 60) }.into()),
        false => Ok(()),
    }
}

/// Refuses an id that is empty, too long or has control characters.
pub(crate) fn id(text: &str) -> Result<()> {
    short("id", text)
}

/// The same of labels, where the author gave some.
pub(crate) fn labels(labels: Option<&Labels>) -> Result<()> {
    let Some(labels) = labels else { return Ok(()) };
    let check = |key, text| short("label", text).map_err(|e| e.at(key).at("labels"));
    check("en", &labels.en)?;
    check("fr", &labels.fr)
}
