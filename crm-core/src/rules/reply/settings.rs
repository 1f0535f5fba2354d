//! What a workspace says of the messages that come in.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::absence::AbsenceLimits;
use super::lexicon::Lexicon;
use super::soft::SoftLimits;
use super::words::words;
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::zone::Zone;
use crate::rules::calendar::named;
use crate::rules::check;
use crate::rules::read::{Object, text};

/// Most footers.
const MOST_FOOTERS: usize = 20;
/// Most bytes of a footer.
const MOST_FOOTER_BYTES: usize = 16 * 1024;
/// Most business days to wait where nobody said until when.
const MOST_WAIT: i64 = 60;
/// Most messages that may have to come back for now.
const MOST_SOFT: i64 = 100;
/// Most days for which an absence can be believed.
const MOST_ABSENCE: i64 = 366;

/// The part `reply` of a configuration, compiled.
#[derive(Clone, Debug)]
pub struct ReplyRules {
    pub(super) lexicon: Lexicon,
    pub(super) footers: Vec<Vec<String>>,
    pub(super) calendar: Calendar,
    pub(super) limits: AbsenceLimits,
    soft: SoftLimits,
}

impl ReplyRules {
    /// Reads the part; `None` is the standard.
    ///
    /// # Errors
    /// An unknown option, list or calendar, a phrase without a word, a number out of range, with its place.
    pub fn new(json: Option<&Json>, calendars: &BTreeMap<String, Calendar>) -> Result<Self> {
        const KEYS: &[&str] = &[
            "calendar",
            "standard",
            "lexicon",
            "footers",
            "wait_business_days",
            "most_absence_days",
            "most_soft_bounces",
            "soft_bounce_days",
        ];
        let none = Json::Object(serde_json::Map::new());
        let o = Object::new(json.unwrap_or(&none), KEYS)?;
        let calendar = o.optional("calendar", |id| named(calendars, &text(id)?).cloned())?;
        let standard = o.flag("standard", true)?;
        let lexicon = Lexicon::from_json(o.get("lexicon"), standard).map_err(|e| e.at("lexicon"))?;
        let footers = footers(&o)?;
        let bounded = |key: &str, least: i64, usual: i64, most: i64| -> Result<i64> {
            let found = o.optional_integer(key)?.unwrap_or(usual);
            check::between(found, least, most).map_err(|e| e.at(key))?;
            Ok(found)
        };
        let limits = AbsenceLimits {
            wait_business_days: bounded("wait_business_days", 1, 5, MOST_WAIT)?,
            most_days: bounded("most_absence_days", 7, 60, MOST_ABSENCE)?,
        };
        let soft = SoftLimits {
            most: bounded("most_soft_bounces", 2, 5, MOST_SOFT)?,
            days: bounded("soft_bounce_days", 1, 30, MOST_ABSENCE)?,
        };
        let calendar = calendar.unwrap_or_else(|| Calendar::on_weekdays(Zone::UTC, []));
        Ok(Self { lexicon, footers, calendar, limits, soft })
    }

    /// When messages that come back for now give up an address.
    pub const fn soft_limits(&self) -> SoftLimits {
        self.soft
    }

    /// The calendar whose business days count.
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }
}

/// The key `footers`: texts, each as its words.
pub(super) fn footers(o: &Object<'_>) -> Result<Vec<Vec<String>>> {
    let read = |json: &Json| -> Result<Vec<String>> {
        let footer = text(json)?;
        if footer.len() > MOST_FOOTER_BYTES {
            let (bytes, most) = (json::length(footer.len()), json::length(MOST_FOOTER_BYTES));
            return Err(Problem::TooLong { bytes, most }.into());
        }
        Ok(words(&footer).into_iter().map(|word| word.folded).collect())
    };
    let all = o.list("footers", read)?;
    check::most("texts", all.len(), MOST_FOOTERS).map_err(|e: Error| e.at("footers"))?;
    Ok(all.into_iter().filter(|footer: &Vec<String>| !footer.is_empty()).collect())
}
