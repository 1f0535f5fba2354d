//! One opaque error: a stable code, where it happened, what was wrong and what was expected, in both languages.

use std::fmt;

use super::approval_problem::ApprovalProblem;
use super::offer_problem::OfferProblem;
use super::playbook_problem::PlaybookProblem;
use super::quote_problem::QuoteProblem;
use super::segment_problem::SegmentProblem;
use super::text;
use crate::lang::{self, Lang};

pub use super::error_code::Code;
pub use super::problem::{Problem, RulesProblem};

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, and what was expected.
///
/// ```
/// use crm_core::{Id, Lang};
/// let error = "not-a-uuid".parse::<Id>().unwrap_err();
/// assert_eq!(error.code().name(), "invalid_value");
/// assert_eq!(error.text(Lang::English), "`not-a-uuid` is not an id: expected a UUID such as 0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    problem: Problem,
    field: Option<String>,
    detail: Option<serde_json::Value>,
}

/// Most characters of one step of a path.
const MOST_STEP: usize = 200;

impl Error {
    /// An error from its problem.
    pub fn new(problem: Problem) -> Self {
        Self(Box::new(Inner { problem, field: None, detail: None }))
    }

    /// The same error, one step further out on the path: `at("rules").at_index(2)` from the inside out.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        // A step may be a key of the document itself.
        let field = &*text::shortened(field, MOST_STEP);
        self.0.field = Some(match self.0.field.take() {
            None => field.to_owned(),
            Some(inner) if inner.starts_with('[') => format!("{field}{inner}"),
            Some(inner) => format!("{field}.{inner}"),
        });
        self
    }

    /// The same error inside the `index`th element of a list.
    #[must_use]
    pub fn at_index(self, index: usize) -> Self {
        self.at(&format!("[{index}]"))
    }

    /// The same error with data for programs, for example base, theirs and mine of a conflict.
    #[must_use]
    pub fn with_detail(mut self, detail: serde_json::Value) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.problem.code()
    }

    /// What was wrong, typed.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Where: the path of the field, for example `groups[0].rules[2].when.value`.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// Data for programs, if the problem has more to say than its sentence.
    pub fn detail(&self) -> Option<&serde_json::Value> {
        self.0.detail.as_ref()
    }

    /// The sentence, in a language.
    pub fn text(&self, lang: Lang) -> String {
        lang::problem(&self.0.problem, lang)
    }

    /// The form that every door gives to programs: code, number, field, message in both languages, detail.
    pub fn to_json(&self) -> serde_json::Value {
        let mut map = serde_json::Map::new();
        map.insert("code".into(), self.code().name().into());
        map.insert("number".into(), self.code().number().into());
        if let Some(field) = self.field() {
            map.insert("field".into(), field.into());
        }
        map.insert(
            "message".into(),
            serde_json::json!({"en": self.text(Lang::English), "fr": self.text(Lang::French)}),
        );
        if let Some(detail) = self.detail() {
            map.insert("detail".into(), detail.clone());
        }
        serde_json::Value::Object(map)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::new(problem)
    }
}

impl From<ApprovalProblem> for Error {
    fn from(detail: ApprovalProblem) -> Self {
        let shown = detail.to_json();
        Self::new(Problem::Approval { detail }).with_detail(shown)
    }
}

impl From<SegmentProblem> for Error {
    fn from(detail: SegmentProblem) -> Self {
        Self::new(Problem::Segment { detail })
    }
}

impl From<PlaybookProblem> for Error {
    fn from(detail: PlaybookProblem) -> Self {
        let shown = detail.to_json();
        Self::new(Problem::Playbook { detail }).with_detail(shown)
    }
}

impl From<QuoteProblem> for Error {
    fn from(detail: QuoteProblem) -> Self {
        let shown = detail.to_json();
        Self::new(Problem::Quote { detail }).with_detail(shown)
    }
}

impl From<OfferProblem> for Error {
    fn from(detail: OfferProblem) -> Self {
        let shown = detail.to_json();
        Self::new(Problem::Offer { detail }).with_detail(shown)
    }
}

impl From<RulesProblem> for Error {
    fn from(detail: RulesProblem) -> Self {
        Self::new(Problem::Rules { detail })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field() {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.text(Lang::English))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {self}", self.code().name())
    }
}

impl std::error::Error for Error {}
