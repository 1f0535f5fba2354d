//! Rendering: the text with every value in place, or everything that is missing; and the proof that a text came of it.

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::pattern::Pattern;
use super::variables::{Around, Origin, Style, harmless, one_line};
use super::{Template, Templates, Texts};
use crate::kernel::activity_reason::ActivityReason;
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json::{canonical, length};
use crate::kernel::text::MOST_BYTES;
use crate::lang::Lang;

/// Most bytes of a subject: the longest line that mail knows (RFC 5322, section 2.1.1).
const MOST_SUBJECT_BYTES: usize = 998;

/// Most bytes that are put together at all; white space at the ends goes afterwards.
const MOST_FILLED: usize = 4 * MOST_BYTES;

/// A template with its values in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The template's id.
    pub template: String,
    /// Its version.
    pub version: i64,
    /// The language.
    pub language: Lang,
    /// The subject; empty where the template has none.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The values that were known, as they stand in the text.
    pub values: BTreeMap<String, String>,
    /// SHA-256 over template, version, language, the template's own words and the values, in hexadecimal digits.
    pub hash: String,
}

coded! {
    /// Whether a text is what its template says.
    Verdict {
        /// To the letter.
        Same = "same",
        /// Somebody changed the text afterwards.
        Edited = "edited",
        /// The template is not there, or says something else by now, or the values are others.
        Unknown = "unknown",
    }
}

impl Templates {
    /// The variables that this template needs and that nobody knows, all of them, in order of name.
    ///
    /// # Errors
    /// [`Problem::TemplateLanguage`].
    pub(crate) fn missing(&self, template: &Template, lang: Lang, around: &Around<'_>) -> Result<Vec<ActivityReason>> {
        let texts = template.texts(lang)?;
        Ok(self.absent(texts, &self.values(texts, lang, around)))
    }

    fn absent(&self, texts: &Texts, values: &BTreeMap<String, String>) -> Vec<ActivityReason> {
        let needed = texts.needed().into_iter().filter(|name| !values.contains_key(*name));
        let reason = |name: &str| {
            let from_record = !matches!(texts.origins.get(name), Some(Origin::Input(_) | Origin::Sender(_)));
            ActivityReason::MissingVariable { name: name.to_owned(), from_record }
        };
        needed.map(reason).collect()
    }

    /// The text, or a refusal that names everything that is missing.
    ///
    /// # Errors
    /// [`Problem::MissingVariables`], [`Problem::TemplateLanguage`], and a text that got too long.
    pub(crate) fn render(&self, template: &Template, lang: Lang, around: &Around<'_>) -> Result<Rendered> {
        let texts = template.texts(lang)?;
        let values = self.values(texts, lang, around);
        let names: Vec<String> = self.absent(texts, &values).into_iter().filter_map(name_of).collect();
        if !names.is_empty() {
            return Err(Problem::MissingVariables { template: template.name.id.clone(), names }.into());
        }
        filled(template, lang, texts, values)
    }

    fn values(&self, texts: &Texts, lang: Lang, around: &Around<'_>) -> BTreeMap<String, String> {
        let style = Style { vocabulary: &self.vocabulary, lang, zone: &self.zone, sender: &self.sender };
        let value = |(name, origin): (&String, &Origin)| Some((name.clone(), style.value(name, *origin, around)?));
        texts.origins.iter().filter_map(value).collect()
    }

    /// The text again, from the values that were kept with it.
    ///
    /// # Errors
    /// As `Templates::render`, and a template that is not there.
    pub fn again(&self, id: &str, version: i64, lang: Lang, values: &BTreeMap<String, String>) -> Result<Rendered> {
        let template = self.find(id, Some(version))?;
        let texts = template.texts(lang)?;
        let known = values.iter().filter(|(name, _)| texts.origins.contains_key(*name));
        let values = known.map(|(name, value)| (name.clone(), harmless(value))).collect();
        let names: Vec<String> = self.absent(texts, &values).into_iter().filter_map(name_of).collect();
        if !names.is_empty() {
            return Err(Problem::MissingVariables { template: id.to_owned(), names }.into());
        }
        filled(template, lang, texts, values)
    }

    /// Whether a kept text is what its template makes of the values that were kept with it.
    pub fn verdict(&self, kept: &Rendered) -> Verdict {
        match self.again(&kept.template, kept.version, kept.language, &kept.values) {
            Ok(again) if again.hash != kept.hash => Verdict::Unknown,
            Ok(again) if again.subject == kept.subject && again.text == kept.text => Verdict::Same,
            Ok(_) => Verdict::Edited,
            Err(_) => Verdict::Unknown,
        }
    }
}

fn name_of(reason: ActivityReason) -> Option<String> {
    match reason {
        ActivityReason::MissingVariable { name, .. } => Some(name),
        _ => None,
    }
}

fn fits(key: &'static str, bytes: usize, most: usize) -> Result<()> {
    if bytes <= most {
        return Ok(());
    }
    Err(Error::from(Problem::TooLong { bytes: length(bytes), most: length(most) }).at(key))
}

fn filled(template: &Template, language: Lang, texts: &Texts, values: BTreeMap<String, String>) -> Result<Rendered> {
    let lines: BTreeMap<&str, String> = values.iter().map(|(name, value)| (name.as_str(), one_line(value))).collect();
    // What would get too long is not made in the first place.
    let length_of = |subject: &Pattern| subject.length(|name| lines.get(name).map(String::as_str));
    fits("subject", texts.subject.as_ref().map_or(0, length_of), MOST_FILLED)?;
    fits("text", texts.text.length(|name| values.get(name).map(String::as_str)), MOST_FILLED)?;
    let subject = texts.subject.as_ref().map(|subject| subject.fill(|name| lines.get(name).map(String::as_str)));
    let (subject, text) = (subject.unwrap_or_default(), texts.text.fill(|name| values.get(name).map(String::as_str)));
    // What is stored has no white space at its ends.
    let (subject, text) = (subject.trim().to_owned(), text.trim().to_owned());
    fits("subject", subject.len(), MOST_SUBJECT_BYTES)?;
    fits("text", text.len(), MOST_BYTES)?;
    let whole = json!({
        "template": template.name.id, "version": template.version, "language": language.code(),
        "subject": texts.subject.as_ref().map(Pattern::source), "text": texts.text.source(),
        "values": values,
    });
    let hash = Sha256::digest(canonical(&whole).as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Rendered {
        template: template.name.id.clone(),
        version: template.version,
        language,
        subject,
        text,
        values,
        hash,
    })
}
