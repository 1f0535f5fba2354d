//! What the author of a configuration calls its parts, in both languages.

use crate::lang::Lang;

/// A text in both languages, as the author of a configuration wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// English.
    pub en: String,
    /// French.
    pub fr: String,
}

impl Labels {
    /// What people read.
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::English => &self.en,
            Lang::French => &self.fr,
        }
    }
}

/// What a configuration calls one of its parts: its labels, or else its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The id.
    pub id: String,
    /// The labels, if the author gave them.
    pub labels: Option<Labels>,
}

impl Name {
    /// What people read.
    pub fn text(&self, lang: Lang) -> &str {
        match (&self.labels, lang) {
            (None, _) => &self.id,
            (Some(labels), Lang::English) => &labels.en,
            (Some(labels), Lang::French) => &labels.fr,
        }
    }
}
