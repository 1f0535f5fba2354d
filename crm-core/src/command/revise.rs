//! Edits of records that say more than their fields allow: an activity that happened, a message with recipients.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::create::Saved;
use super::{Command, Cx, Patch, Verb};
use crate::kernel::approval::ChannelKind;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json::length;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{Activity, Draft, Key, Record};
use crate::rules::recipient::recipient_key;
use crate::rules::templates::DIRECTIONS;
use crate::rules::{Rules, check, kind};

/// How far in the future something may have happened, for clocks that are not quite right.
const TOLERANCE_SECONDS: i64 = 300;
/// The longest that an activity takes: 31 days.
const MOST_DURATION_SECONDS: i64 = 2_678_400;
/// Most recipients of one message.
const MOST_RECIPIENTS: usize = 50;

/// A record that a command checks as a whole.
pub trait Sound: Record {
    /// What the record cannot say, given what it said before; errors name the field.
    ///
    /// # Errors
    /// The first field that cannot be so.
    fn check(&self, before: Option<&Self>, rules: &Rules, at: Instant) -> Result<()>;
}

/// Sets fields as [`Patch`] does, and refuses what the record cannot say. What was there before stays in the trail.
#[derive(Clone, Debug, PartialEq)]
pub struct Revise<R> {
    /// The edit.
    pub patch: Patch<R>,
}

impl<R: Sound> Revise<R> {
    /// This edit.
    pub const fn new(patch: Patch<R>) -> Self {
        Revise { patch }
    }
}

impl<R: Sound> Command for Revise<R> {
    type Output = Saved;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        Patch::<R>::name()
    }

    fn to_json(&self) -> Json {
        Command::to_json(&self.patch)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        Ok(Revise { patch: Command::from_json(body, rules)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let key = Key { kind: kind(R::NAME)?, id: self.patch.id };
        let before = cx.row(key)?;
        let saved = Command::decide(&self.patch, cx)?;
        if let Some(after) = cx.row(key)?.as_ref().and_then(|row| R::from_any(&row.body)) {
            let before = before.as_ref().and_then(|row| R::from_any(&row.body));
            after.check(before, cx.rules(), cx.at()).map_err(|e| e.at("fields"))?;
        }
        Ok(saved)
    }
}

impl Sound for Activity {
    /// A kind, one of the directions, at most 31 days, and a time that has come: up to five minutes ahead of the
    /// command's, or planned before.
    fn check(&self, before: Option<&Self>, _rules: &Rules, at: Instant) -> Result<()> {
        if self.kind.is_empty() && before.is_none_or(|b| !b.kind.is_empty()) {
            return Err(Problem::Missing { name: "kind".into() }.into());
        }
        if !(self.direction.is_empty() || DIRECTIONS.contains(&self.direction.as_str()))
            && before.is_none_or(|b| b.direction != self.direction)
        {
            let found = shortened(&self.direction, 60);
            return Err(Error::from(Problem::NotOneOf { found, expected: DIRECTIONS }).at("direction"));
        }
        if let Some(seconds) = self.duration_seconds {
            check::between(seconds, 0, MOST_DURATION_SECONDS).map_err(|e| e.at("duration_seconds"))?;
        }
        // Only what was planned may still be put off.
        let was_planned = before.is_some_and(|b| b.happened_at.is_some_and(|then| then > latest(at)));
        match self.happened_at {
            Some(then) if then > latest(at) && !was_planned => {
                let (found, latest) = (format_instant(then), format_instant(latest(at)));
                Err(Error::from(Problem::InFuture { found, latest }).at("happened_at"))
            }
            _ => Ok(()),
        }
    }
}

/// The latest instant at which something may have happened.
fn latest(at: Instant) -> Instant {
    chrono::TimeDelta::try_seconds(TOLERANCE_SECONDS).and_then(|d| at.checked_add_signed(d)).unwrap_or(at)
}

impl Sound for Draft {
    /// Of a message a channel, and at most 50 recipients that are addresses of it (see [`recipient_key`]), each once.
    fn check(&self, _before: Option<&Self>, rules: &Rules, _at: Instant) -> Result<()> {
        if !self.command.is_empty() {
            return Ok(());
        }
        let channel = ChannelKind::from_code(&self.channel).ok_or_else(|| {
            let found = shortened(&self.channel, 60);
            Error::from(Problem::NotOneOf { found, expected: ChannelKind::CODES }).at("channel")
        })?;
        // Everything but the text becomes one line of a header somewhere.
        let lines = [
            ("subject", &self.subject),
            ("language", &self.language),
            ("purpose", &self.purpose),
            ("topic", &self.topic),
        ];
        for (field, line) in lines {
            one_line(line).map_err(|e| e.at(field))?;
        }
        for (i, mention) in self.mentions.iter().enumerate() {
            one_line(mention).map_err(|e| e.at_index(i).at("mentions"))?;
        }
        if self.recipients.len() > MOST_RECIPIENTS {
            let (found, most) = (length(self.recipients.len()), length(MOST_RECIPIENTS));
            return Err(Error::from(Problem::TooMany { what: "recipients", found, most }).at("recipients"));
        }
        let mut keys = BTreeSet::new();
        for (i, recipient) in self.recipients.iter().enumerate() {
            let key = recipient_key(channel, recipient, rules.identity());
            let is_new = key.map(|key| keys.insert(key)).map_err(|e| e.at_index(i).at("recipients"))?;
            if !is_new {
                let problem = Problem::RepeatedRecipient { found: shortened(recipient, 60) };
                return Err(Error::from(problem).at_index(i).at("recipients"));
            }
        }
        Ok(())
    }
}

/// Refuses what does not fit into one line: control characters and the line breaks of Unicode.
///
/// # Errors
/// [`Problem::ControlCharacter`].
pub(super) fn one_line(text: &str) -> Result<()> {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        let found = shortened(&text.escape_debug().to_string(), 60);
        return Err(Problem::ControlCharacter { found }.into());
    }
    Ok(())
}
