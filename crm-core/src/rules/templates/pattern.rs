//! A template's text: words, and variables between double braces. There is no other language in it.

use std::collections::BTreeSet;

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::rules::check;

/// Most characters of one text.
const MOST_CHARACTERS: usize = 20_000;
/// Most places of one text where a value goes.
const MOST_PLACES: usize = 200;

/// A text, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// As its author wrote it.
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Words(String),
    Variable { name: String, otherwise: Option<String> },
}

impl Pattern {
    /// Reads `Hello {{first_name|there}}`: a name, and behind a bar the words that stand there where nobody knows it.
    ///
    /// # Errors
    /// An empty text, one that is too long, and braces that are no variable.
    pub(super) fn parse(source: &str) -> Result<Self> {
        if source.trim().is_empty() {
            return Err(RulesProblem::Empty { what: "text" }.into());
        }
        if source.chars().count() > MOST_CHARACTERS {
            let (bytes, most) = (json::length(source.len()), json::length(MOST_CHARACTERS));
            return Err(Problem::TooLong { bytes, most }.into());
        }
        if let Some(control) = source.chars().find(|c| c.is_control() && *c != '\n' && *c != '\t') {
            return Err(Problem::ControlCharacter { found: control.escape_debug().to_string() }.into());
        }
        let (mut parts, mut rest) = (Vec::new(), source);
        while let Some((words, inside)) = rest.split_once("{{") {
            words_of(words, &mut parts)?;
            let (variable, after) = inside.split_once("}}").ok_or_else(|| not_a_variable(inside))?;
            parts.push(variable_of(variable)?);
            rest = after;
        }
        words_of(rest, &mut parts)?;
        let places = parts.iter().filter(|part| matches!(part, Part::Variable { .. })).count();
        check::most("variables", places, MOST_PLACES)?;
        Ok(Self { source: source.to_owned(), parts })
    }

    /// The text as it was written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The names of its variables.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Words(_) => None,
                Part::Variable { name, .. } => Some(name.as_str()),
            })
            .collect()
    }

    /// The names of the variables without which it says nothing: those that stand somewhere without other words.
    pub(super) fn needed(&self) -> BTreeSet<&str> {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Variable { name, otherwise: None } => Some(name.as_str()),
                _ => None,
            })
            .collect()
    }

    /// How many bytes the text has with values in place.
    pub(super) fn length<'a>(&'a self, value: impl Fn(&str) -> Option<&'a str>) -> usize {
        let length = |part: &'a Part| match part {
            Part::Words(words) => words.len(),
            Part::Variable { name, otherwise } => value(name).or(otherwise.as_deref()).unwrap_or_default().len(),
        };
        self.parts.iter().fold(0usize, |sum, part| sum.saturating_add(length(part)))
    }

    /// The text with values in place. A value is never read as a text of its own.
    pub(super) fn fill<'a>(&'a self, value: impl Fn(&str) -> Option<&'a str>) -> String {
        let mut out = String::with_capacity(self.source.len());
        for part in &self.parts {
            out.push_str(match part {
                Part::Words(words) => words,
                Part::Variable { name, otherwise } => value(name).or(otherwise.as_deref()).unwrap_or_default(),
            });
        }
        out
    }
}

fn words_of(words: &str, parts: &mut Vec<Part>) -> Result<()> {
    if words.contains("}}") {
        return Err(not_a_variable(words));
    }
    if !words.is_empty() {
        parts.push(Part::Words(words.to_owned()));
    }
    Ok(())
}

fn variable_of(inside: &str) -> Result<Part> {
    let (name, otherwise) = inside.split_once('|').map_or((inside, None), |(name, words)| (name, Some(words)));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    let (name, otherwise) = (name.trim(), otherwise.map(|words| words.trim().to_owned()));
    let braces = inside.contains(['{', '}', '\n']);
    if name.is_empty() || !name.chars().all(plain) || braces || otherwise.as_deref().is_some_and(|w| w.contains('|')) {
        return Err(not_a_variable(inside));
    }
    Ok(Part::Variable { name: name.to_owned(), otherwise })
}

fn not_a_variable(found: &str) -> Error {
    let expected = "variables such as `{{company}}` or `{{first_name|there}}`";
    Problem::WrongShape { expected, found: shortened(found, 60) }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_stand_between_braces() {
        let read = |text: &str| Pattern::parse(text).map(|p| p.fill(|name| (name == "a").then_some("{{b}}")));
        assert_eq!(read("x {{a}} {y} {{ b | none }}").unwrap(), "x {{b}} {y} none");
        assert_eq!(read("{{b|}}!").unwrap(), "!");
        for bad in
            ["{{a", "a}}", "{{}}", "{{A}}", "{{a b}}", "{{a|b|c}}", "{{{a}}}", "{{a|{b}}}", "{{a\n}}", " ", "\u{7}"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
        let pattern = Pattern::parse("{{a|x}} {{a}} {{b|y}}").unwrap();
        assert_eq!(pattern.names().into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(pattern.needed().into_iter().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn texts_have_limits() {
        assert_eq!(Pattern::parse(&"x".repeat(20_001)).unwrap_err().code().name(), "too_large");
        assert_eq!(Pattern::parse(&"{{a}}".repeat(201)).unwrap_err().code().name(), "too_large");
    }
}
