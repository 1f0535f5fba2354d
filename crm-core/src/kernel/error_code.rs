//! The stable codes of errors, and which one each problem has.

use super::problem::Problem;

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
