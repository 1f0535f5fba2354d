//! One opaque error: a stable code, where it happened, what was wrong and what was expected, in both languages.

use std::fmt;

use super::approval_problem::ApprovalProblem;
use super::field::FieldType;
use super::offer_problem::OfferProblem;
use super::playbook_problem::PlaybookProblem;
use super::quote_problem::QuoteProblem;
use super::segment_problem::SegmentProblem;
use super::text;
use crate::lang::{self, Lang};

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// The stable kind of an error. Numbers and names are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $variant = $number,)* }

        impl Code {
            /// Every code, in order of number.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The number that the C door returns as status.
            pub const fn number(self) -> i32 {
                match self { $(Code::$variant => $number,)* }
            }

            /// The name that programs compare, for example `unknown_field`.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }
        }
    };
}

impl Code {
    /// Whether the input is at fault, not the store, the state or the actor: an import rejects such a row and goes on.
    pub const fn is_about_input(self) -> bool {
        matches!(
            self,
            Code::InvalidJson
                | Code::InvalidText
                | Code::InvalidValue
                | Code::UnknownField
                | Code::TooLarge
                | Code::NeedsChoice
                | Code::Missing
        )
    }
}

codes! {
    /// The text is not JSON, or JSON of another shape.
    InvalidJson = 1, "invalid_json";
    /// Text with a NUL or in another encoding than UTF-8.
    InvalidText = 2, "invalid_text";
    /// A value of the wrong type, form or range.
    InvalidValue = 3, "invalid_value";
    /// A field, option or rule that does not exist.
    UnknownField = 4, "unknown_field";
    /// A command that does not exist.
    UnknownCommand = 5, "unknown_command";
    /// A configuration that cannot mean what its author wanted.
    InvalidRules = 6, "invalid_rules";
    /// Something larger than the library takes.
    TooLarge = 7, "too_large";
    /// A file whose structure is broken.
    InvalidCsv = 8, "invalid_csv";
    /// An Arrow array or stream that cannot be trusted.
    InvalidArrow = 9, "invalid_arrow";
    /// Something that the library will not guess.
    NeedsChoice = 10, "needs_choice";
    /// No such record in this workspace.
    NotFound = 11, "not_found";
    /// The id is taken, or there is such a record already.
    AlreadyExists = 12, "already_exists";
    /// Somebody else changed the same thing.
    Conflict = 13, "conflict";
    /// The command id was used for another command.
    CommandReused = 14, "command_reused";
    /// The actor may not do this.
    Forbidden = 15, "forbidden";
    /// The record is not in a state that allows this.
    WrongState = 16, "wrong_state";
    /// The store is locked by somebody else; nothing was changed.
    Busy = 17, "busy";
    /// The store has no room; nothing was changed.
    StorageFull = 18, "storage_full";
    /// The store failed; nothing that was acknowledged is lost.
    StorageFailed = 19, "storage_failed";
    /// The stored data are damaged or were changed outside the library.
    Corrupt = 20, "corrupt";
    /// The store was written by a newer release.
    NewerSchema = 21, "newer_schema";
    /// A handle that is null, closed or of another kind.
    InvalidHandle = 22, "invalid_handle";
    /// A bug in this library, caught at the door.
    Panic = 23, "panic";
    /// A required field, option or column is missing.
    Missing = 24, "missing";
    /// The work was stopped by the caller.
    Cancelled = 25, "cancelled";
}

/// What exactly was wrong, with what was found and what was expected. [`lang`] has one sentence for each, twice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant is its sentence in lang/en.rs; its fields are that sentence's values")]
pub enum Problem {
    // JSON and shapes
    Json { line: u64, column: u64, detail: String },
    WrongType { expected: FieldType, found: String },
    WrongShape { expected: &'static str, found: String },
    UnknownField { record: String, found: String, nearest: Option<String> },
    UnknownOption { found: String, expected: &'static [&'static str] },
    UnknownCommand { found: String, nearest: Option<String> },
    UnknownRecord { found: String, expected: &'static [&'static str] },
    UnknownRule { found: String, expected: &'static [&'static str] },
    Missing { name: String },
    MissingOneOf { names: &'static [&'static str] },
    DuplicateKey { key: String },
    ReadOnly { field: String },
    // values
    NotOneOf { found: String, expected: &'static [&'static str] },
    NotAnId { found: String },
    NotANumber { found: String },
    NotAnInteger { found: String },
    NotAnAmount { found: String },
    TooManyPlaces { found: String, places: u32 },
    NotADate { found: String },
    NotAnInstant { found: String },
    NotABoolean { found: String },
    OutOfRange { found: String, least: String, most: String },
    UnknownCurrency { found: String },
    NoRate { from: String, to: String, date: String },
    AmountTooLarge,
    ManagerCycle { users: Vec<String> },
    UnknownZone { found: String },
    EndBeforeStart { from: String, to: String },
    NotEnoughOpenTime { from: String },
    NotEnoughOpenTimeBefore { to: String },
    NotEnoughBusinessDays { from: String, days: i64 },
    MissingCurrency { found: String },
    OtherCurrency { expected: String, found: String },
    MissingZone { found: String },
    DecimalComma { found: String },
    DecimalPoint { found: String },
    Nul,
    ControlCharacter { found: String },
    NotUtf8 { byte: u64 },
    TooLong { bytes: u64, most: u64 },
    TooMany { what: &'static str, found: u64, most: u64 },
    TooDeep { most: u64 },
    // configuration
    Rules { detail: RulesProblem },
    // drafts and what leaves
    Approval { detail: ApprovalProblem },
    // segments
    Segment { detail: SegmentProblem },
    // playbooks
    Playbook { detail: PlaybookProblem },
    // the terms of quotes
    Quote { detail: QuoteProblem },
    // stored quotes
    Offer { detail: OfferProblem },
    // files
    UnclosedQuote { line: u64 },
    TextAfterQuote { line: u64 },
    FieldCount { found: u64, expected: u64 },
    DuplicateHeader { name: String },
    EmptyFile,
    NoHeader,
    Utf32,
    OddUtf16,
    MaybeWindows1252 { byte: u64 },
    NoMappedColumn { found: Vec<String>, fields: Vec<String>, nearest: Vec<(String, String)> },
    ColumnMappedTwice { field: String, first: String, second: String },
    LoneSurrogate,
    AmbiguousDelimiter { found: String },
    AmbiguousDate { found: String },
    NotAnEmail { found: String },
    RepeatedRecipient { found: String },
    // arrow
    Arrow { detail: String },
    ArrowType { found: String },
    MissingColumn { name: String, found: Vec<String>, nearest: Option<String> },
    // engine and stores
    NotFound { record: String, id: String },
    AlreadyExists { record: String, id: String },
    Duplicate { record: String, ids: Vec<String> },
    DuplicateOnRestore { record: String, id: String, ids: Vec<String> },
    SameRecord { record: String, id: String },
    Conflict { record: String, id: String, expected: u64, found: u64 },
    FieldConflict { fields: Vec<String> },
    Contended { tries: u32 },
    CommandReused { id: String },
    Forbidden { role: String, command: String },
    Archived { record: String, id: String },
    NotArchived { record: String, id: String },
    Blocked { rows: Vec<String> },
    AlreadyUndone { id: String },
    AlreadyConverted { record: &'static str, id: String },
    Undecided { record: &'static str, found: Vec<String> },
    MergedAway { record: String, id: String, into: String },
    MergedWithItself { record: String, id: String },
    NotSurvivor { id: String, survivor: String },
    ConvertedApart { first: String, second: String },
    UnknownCalendar { found: String, expected: Vec<String> },
    UnknownStatus { found: String, expected: Vec<String> },
    UnknownPriority { found: String, expected: Vec<String> },
    DueDatesDiffer { date: String, at: String, zone: String },
    BlockingCycle { ids: Vec<String> },
    AlreadyCompleted { id: String, at: String },
    StateForbids { record: &'static str, id: String, state: &'static str },
    NotCompleted { id: String },
    BlockedBy { id: String, blocker: String, title: String },
    UnknownSequence { found: String, expected: Vec<String> },
    SequenceChanged { id: String, version: u32 },
    NotSuggested { action: String },
    SuggestionChanged { action: String, found: String },
    UnknownTemplate { found: String, expected: Vec<String> },
    TemplateLanguage { template: String, language: &'static str },
    MissingVariables { template: String, names: Vec<String> },
    InFuture { found: String, latest: String },
    FileGone { id: String, since: String },
    FileInUse { id: String },
    FileNotYetDeletable { id: String, from: String },
    UnknownPipeline { found: String, expected: Vec<String> },
    StageNotInPipeline { pipeline: String, found: String, expected: Vec<String> },
    NoStageOfKind { pipeline: String, kind: &'static str },
    KindsDiffer { from: String, from_kind: &'static str, to: String, to_kind: &'static str },
    RequiredToLeave { stage: String, fields: Vec<String> },
    RequiredToLose { fields: Vec<String> },
    NotClosed { id: String },
    NotResolved { id: String },
    InUse { record: &'static str, code: String, count: u64, ids: Vec<String> },
    DefaultPipeline { code: String },
    LeaveOverlaps { user: String, from: String, to: String, ids: Vec<String> },
    OwnsOpenWork { user: String, counts: Vec<(&'static str, u64)> },
    TooMuchToHandOver { user: String, open: u64, most: u64 },
    NobodyToTake { record: &'static str, id: String },
    NotOneself { user: String },
    StalePlan { expected: String, found: String },
    Busy,
    StorageFull,
    Storage { detail: String },
    Corrupt { detail: String },
    NewerSchema { found: u64, known: u64 },
    ForeignFile,
    // doors
    NullPointer { name: &'static str },
    InvalidHandle { name: &'static str },
    Panic { detail: String },
    Cancelled,
}

/// What a configuration gets wrong; found when it is loaded, never when a record is scored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant is its sentence in lang/en.rs; its fields are that sentence's values")]
pub enum RulesProblem {
    DuplicateId { id: String },
    Empty { what: &'static str },
    Inverted { least: i64, most: i64 },
    AllZero,
    OutOfOrder,
    Overlap,
    Unreachable { detail: String },
    WrongOperator { operator: String, kind: FieldType },
    Exclusive { first: &'static str, second: &'static str },
    Requires { option: &'static str, needs: &'static str },
    TypesDiffer { first: String, first_kind: FieldType, second: String, second_kind: FieldType },
    WeakAlone { points_bp: i64, threshold_bp: i64 },
    FixedRule { field: String },
    Undefined { id: String, nearest: Option<String> },
    EndsBeforeStart { from: String, to: String, next_day: String },
    NeverOpens,
    NoStatusOf { state: &'static str },
    ZeroTarget,
    AmbiguousDay,
    NeedsReader { operator: &'static str },
}

impl Problem {
    /// The stable code of this problem.
    pub const fn code(&self) -> Code {
        use Problem as P;
        match self {
            P::Json { .. } | P::WrongShape { .. } | P::DuplicateKey { .. } => Code::InvalidJson,
            P::UnknownField { .. } | P::UnknownOption { .. } | P::UnknownRule { .. } | P::UnknownRecord { .. } => {
                Code::UnknownField
            }
            P::UnknownCommand { .. } => Code::UnknownCommand,
            P::RequiredToLeave { .. }
            | P::RequiredToLose { .. }
            | P::Missing { .. }
            | P::MissingOneOf { .. }
            | P::MissingVariables { .. }
            | P::MissingColumn { .. }
            | P::NoMappedColumn { .. } => Code::Missing,
            P::WrongType { .. }
            | P::ReadOnly { .. }
            | P::NotOneOf { .. }
            | P::NotAnId { .. }
            | P::NotANumber { .. }
            | P::NotAnInteger { .. }
            | P::NotAnAmount { .. }
            | P::TooManyPlaces { .. }
            | P::NotADate { .. }
            | P::NotAnInstant { .. }
            | P::NotABoolean { .. }
            | P::NotAnEmail { .. }
            | P::RepeatedRecipient { .. }
            | P::OutOfRange { .. }
            | P::SameRecord { .. }
            | P::NotOneself { .. }
            | P::UnknownCurrency { .. }
            | P::UnknownZone { .. }
            | P::EndBeforeStart { .. }
            | P::NotEnoughOpenTime { .. }
            | P::NotEnoughOpenTimeBefore { .. }
            | P::NotEnoughBusinessDays { .. }
            | P::AmountTooLarge
            | P::ManagerCycle { .. }
            | P::UnknownCalendar { .. }
            | P::UnknownStatus { .. }
            | P::UnknownPriority { .. }
            | P::DueDatesDiffer { .. }
            | P::BlockingCycle { .. }
            | P::UnknownPipeline { .. }
            | P::UnknownSequence { .. }
            | P::UnknownTemplate { .. }
            | P::TemplateLanguage { .. }
            | P::InFuture { .. }
            | P::StageNotInPipeline { .. }
            | P::NoStageOfKind { .. }
            | P::KindsDiffer { .. }
            | P::MergedWithItself { .. } => Code::InvalidValue,
            P::MissingCurrency { .. }
            | P::OtherCurrency { .. }
            | P::NoRate { .. }
            | P::MissingZone { .. }
            | P::DecimalComma { .. }
            | P::DecimalPoint { .. }
            | P::AmbiguousDelimiter { .. }
            | P::AmbiguousDate { .. }
            | P::Undecided { .. }
            | P::NotSurvivor { .. } => Code::NeedsChoice,
            P::Nul | P::ControlCharacter { .. } | P::NotUtf8 { .. } | P::MaybeWindows1252 { .. } => Code::InvalidText,
            P::TooLong { .. } | P::TooMany { .. } | P::TooMuchToHandOver { .. } | P::TooDeep { .. } => Code::TooLarge,
            P::Rules { .. } => Code::InvalidRules,
            P::Approval { detail } => detail.code(),
            P::Segment { detail } => detail.code(),
            P::Playbook { detail } => detail.code(),
            P::Quote { detail } => detail.code(),
            P::Offer { detail } => detail.code(),
            P::UnclosedQuote { .. }
            | P::TextAfterQuote { .. }
            | P::FieldCount { .. }
            | P::DuplicateHeader { .. }
            | P::EmptyFile
            | P::NoHeader
            | P::Utf32
            | P::OddUtf16
            | P::LoneSurrogate
            | P::ColumnMappedTwice { .. } => Code::InvalidCsv,
            P::Arrow { .. } | P::ArrowType { .. } => Code::InvalidArrow,
            P::NotFound { .. } => Code::NotFound,
            P::AlreadyExists { .. } | P::LeaveOverlaps { .. } | P::Duplicate { .. } | P::DuplicateOnRestore { .. } => {
                Code::AlreadyExists
            }
            P::Conflict { .. }
            | P::FieldConflict { .. }
            | P::Contended { .. }
            | P::Blocked { .. }
            | P::InUse { .. }
            | P::OwnsOpenWork { .. }
            | P::SequenceChanged { .. }
            | P::SuggestionChanged { .. }
            | P::StalePlan { .. } => Code::Conflict,
            P::CommandReused { .. } => Code::CommandReused,
            P::Forbidden { .. } => Code::Forbidden,
            P::Archived { .. }
            | P::NotArchived { .. }
            | P::AlreadyUndone { .. }
            | P::AlreadyConverted { .. }
            | P::MergedAway { .. }
            | P::NotClosed { .. }
            | P::NotResolved { .. }
            | P::AlreadyCompleted { .. }
            | P::StateForbids { .. }
            | P::NotCompleted { .. }
            | P::BlockedBy { .. }
            | P::DefaultPipeline { .. }
            | P::NobodyToTake { .. }
            | P::FileGone { .. }
            | P::FileInUse { .. }
            | P::FileNotYetDeletable { .. }
            | P::NotSuggested { .. }
            | P::ConvertedApart { .. } => Code::WrongState,
            P::Busy => Code::Busy,
            P::StorageFull => Code::StorageFull,
            P::Storage { .. } => Code::StorageFailed,
            P::Corrupt { .. } | P::ForeignFile => Code::Corrupt,
            P::NewerSchema { .. } => Code::NewerSchema,
            P::NullPointer { .. } | P::InvalidHandle { .. } => Code::InvalidHandle,
            P::Panic { .. } => Code::Panic,
            P::Cancelled => Code::Cancelled,
        }
    }
}

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
