//! Words of a quote: one text for every language, or one for each.

use serde_json::{Map, Value as Json};

use crate::kernel::error::{Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::text::{self, shortened};
use crate::lang::Lang;
use crate::rules::read::{self, Object};

/// Most characters of one text.
const MOST_TEXT: usize = 4_000;
/// Most characters of what stands on one line: names, units, numbers.
const MOST_LINE: usize = 200;

/// Words of a quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wording {
    /// One text, whatever the language.
    Plain(String),
    /// A text for each language that there is one for; at least one.
    Each {
        /// In English.
        en: Option<String>,
        /// In French.
        fr: Option<String>,
    },
}

impl Wording {
    /// Reads a text, or `{"en", "fr"}` with at least one of them.
    pub(super) fn from_json(json: &Json) -> Result<Self> {
        if json.is_string() {
            return prose(json).map(Wording::Plain);
        }
        let o = Object::new(json, &["en", "fr"])?;
        let (en, fr) = (o.optional("en", prose)?, o.optional("fr", prose)?);
        match (&en, &fr) {
            (None, None) => Err(Problem::MissingOneOf { names: &["en", "fr"] }.into()),
            _ => Ok(Wording::Each { en, fr }),
        }
    }

    pub(super) fn to_json(&self) -> Json {
        match self {
            Wording::Plain(text) => text.as_str().into(),
            Wording::Each { en, fr } => {
                let each = [("en", en), ("fr", fr)].into_iter();
                let said = each.filter_map(|(lang, text)| Some((lang.to_owned(), Json::from(text.as_deref()?))));
                Json::Object(said.collect::<Map<_, _>>())
            }
        }
    }

    /// The text in a language; the other one where there is none in this.
    pub fn text(&self, lang: Lang) -> &str {
        match (self, lang) {
            (Wording::Plain(text), _) => text,
            (Wording::Each { en, fr }, Lang::English) => en.as_ref().or(fr.as_ref()).map_or("", |text| text),
            (Wording::Each { en, fr }, Lang::French) => fr.as_ref().or(en.as_ref()).map_or("", |text| text),
        }
    }
}

/// Text of several lines, without white space at its ends and not empty.
fn prose(json: &Json) -> Result<String> {
    checked(json, MOST_TEXT, |c| c.is_control() && c != '\n' && c != '\t')
}

/// One line of text, not empty.
pub(super) fn line(json: &Json) -> Result<String> {
    checked(json, MOST_LINE, char::is_control)
}

fn checked(json: &Json, most: usize, is_bad: impl Fn(char) -> bool) -> Result<String> {
    let written = read::text(json)?;
    let text = text::check(&written)?;
    if text.is_empty() {
        return Err(RulesProblem::Empty { what: "text" }.into());
    }
    if text.chars().count() > most {
        let (bytes, most) = (json::length(text.len()), json::length(most));
        return Err(Problem::TooLong { bytes, most }.into());
    }
    match text.chars().any(is_bad) {
        true => Err(Problem::ControlCharacter { found: shortened(&text.escape_debug().to_string(), 60) }.into()),
        false => Ok(text.to_owned()),
    }
}
