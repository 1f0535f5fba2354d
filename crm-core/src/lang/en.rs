//! The sentences in English: what was wrong, then what was expected.

use super::en_rules::rules;
use super::en_staff;
use super::en_values::plural;
use super::en_words::{form, kind, list, seen, some, suggestion, unknown, visible};
use crate::kernel::error::Problem;

pub(super) fn problem(problem: &Problem) -> String {
    use Problem as P;
    match problem {
        P::Json { line, column, detail } => format!("invalid JSON at line {line}, column {column}: {detail}"),
        P::WrongType { expected, found } => {
            format!("{} has the wrong type: expected {} such as `{}`", seen(found), kind(*expected), form(*expected))
        }
        P::WrongShape { expected, found } => format!("found {}: expected {expected}", seen(found)),
        P::UnknownField { record, found, nearest } => {
            format!("unknown field `{found}` of {record}{}", suggestion(nearest.as_deref()))
        }
        P::UnknownOption { found, expected } => unknown("option", found, expected),
        P::NotOneOf { found, expected } => unknown("value", found, expected),
        P::UnknownCommand { found, nearest } => {
            format!("unknown command `{found}`{}", suggestion(nearest.as_deref()))
        }
        P::UnknownRecord { found, expected } => unknown("kind of record", found, expected),
        P::UnknownRule { found, expected } => unknown("rule", found, expected),
        P::Missing { name } => format!("`{name}` is required but missing"),
        P::MissingOneOf { names } => format!("at least one of {} is required", list(names, "or")),
        P::ReadOnly { field } => format!("`{field}` is kept by the library and cannot be set"),
        P::DuplicateKey { key } => format!("the key `{key}` appears more than once: expected every key once"),
        P::NotAnId { found } => {
            format!("`{found}` is not an id: expected a UUID such as 0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10")
        }
        P::NotANumber { found } => {
            format!("`{found}` is not a number: expected plain digits with a decimal point, such as -12.5")
        }
        P::NotAnInteger { found } => {
            format!("`{found}` is not a whole number: expected plain digits such as 42")
        }
        P::NotAnAmount { found } => {
            format!("`{found}` is not an amount: expected plain digits with a decimal point, such as 1234.50")
        }
        P::TooManyPlaces { found, places: 0 } => format!("`{found}` has decimal places: expected none"),
        P::TooManyPlaces { found, places } => {
            format!("`{found}` has more than {}", plural(u64::from(*places), "decimal place", "decimal places"))
        }
        P::NotADate { found } => {
            format!("`{found}` is not a date: expected a day such as 2025-03-31, in the years 1900 to 9999")
        }
        P::NotAnInstant { found } => format!(
            "`{found}` is not a point in time: expected a date, a time and an offset such as 2025-03-31T09:00:00Z, in the years 1900 to 9999"
        ),
        P::NotABoolean { found } => format!("`{found}` is not a truth value: expected true or false"),
        P::OutOfRange { found, least, most } => {
            format!("`{found}` is out of range: expected a value between {least} and {most}")
        }
        P::NoRate { from, to, date } => {
            format!("no exchange rate from {from} to {to} in force on {date}: give one valid from that day or before")
        }
        P::ManagerCycle { users } => {
            format!("these people lead each other: {}; expected a tree", users.join(" → "))
        }
        P::AmountTooLarge => "the sum is too large: expected amounts whose total fits 128 bits".to_owned(),
        P::UnknownCurrency { found } => {
            format!("`{found}` is not a known currency: expected an ISO 4217 code such as EUR")
        }
        P::UnknownZone { found } => {
            format!("`{found}` is not a known time zone: expected an IANA name such as Europe/Paris")
        }
        P::EndBeforeStart { from, to } => {
            format!("it ends at {to}, before it starts at {from}: expected the start first")
        }
        P::NotEnoughOpenTime { from } => {
            format!("the calendar does not have so much working time between {from} and the end of the year 9999")
        }
        P::NotEnoughOpenTimeBefore { to } => {
            format!("the calendar does not have so much working time between the year 1900 and {to}")
        }
        P::NotEnoughBusinessDays { from, days } => format!(
            "the calendar does not have {} counted from {from} in the years 1900 to 9999",
            plural(days.unsigned_abs(), "business day", "business days")
        ),
        P::OtherCurrency { expected, found } => format!("an amount in {found} where {expected} is the currency"),
        P::StateForbids { record, id, state } => format!("{record} {id} is `{state}`, which does not allow this"),
        P::MissingCurrency { found } => format!("`{found}` is an amount without currency: it needs a currency option"),
        P::MissingZone { found } => format!("`{found}` is a time without zone: it needs a zone option"),
        P::DecimalPoint { found } => format!("`{found}` has a decimal point where the file's decimal mark is a comma"),
        P::DecimalComma { found } => format!("`{found}` has a decimal comma: it needs the decimal-comma option"),
        P::Nul => "the text contains a NUL character: expected text without any".to_owned(),
        P::ControlCharacter { found } => {
            format!("control character in `{}`: expected printable text", visible(found))
        }
        P::NotUtf8 { byte } => format!("the byte at offset {byte} is not UTF-8: expected UTF-8 text"),
        P::TooLong { bytes, most } => {
            format!("the input is too long: found {}, expected at most {most}", plural(*bytes, "byte", "bytes"))
        }
        P::TooMany { what, found, most } => format!("too many {what}: found {found}, expected at most {most}"),
        P::TooDeep { most } => {
            format!("the nesting is too deep: expected at most {}", plural(*most, "level", "levels"))
        }
        P::Rules { detail } => rules(detail),
        P::Approval { detail } => super::en_approval::problem(detail),
        P::Segment { detail } => super::en_segment::problem(detail),
        P::Offer { detail } => super::en_offer::problem(detail),
        P::Playbook { detail } => super::en_playbook::problem(detail),
        P::Quote { detail } => super::en_quote::problem(detail),
        P::UnclosedQuote { line } => format!("the quote opened at line {line} is never closed"),
        P::TextAfterQuote { line } => {
            format!("there is text after the closing quote at line {line}: expected a separator or the end of the line")
        }
        P::FieldCount { found, expected } => {
            format!("found {} where the header has {expected}", plural(*found, "field", "fields"))
        }
        P::DuplicateHeader { name } => {
            format!("the header has the column `{name}` more than once: expected every name once")
        }
        P::EmptyFile => "the file is empty: expected a header and rows".to_owned(),
        P::NoHeader => "the file has no header: expected the names of the columns first".to_owned(),
        P::Utf32 => "the file is in UTF-32: expected UTF-8 or UTF-16".to_owned(),
        P::OddUtf16 => "the file is in UTF-16 with an odd number of bytes: expected an even number".to_owned(),
        P::MaybeWindows1252 { byte } => {
            format!("the byte at offset {byte} is not UTF-8 and the file looks like Windows-1252: expected UTF-8")
        }
        P::NoMappedColumn { found, fields, nearest } => {
            let mut text = "no column is mapped to a field: ".to_owned();
            text += &if found.is_empty() {
                "found no columns at all".to_owned()
            } else {
                format!("found only {}", some(found))
            };
            if !fields.is_empty() {
                text += &format!(", where the model reads {}", some(fields));
            }
            if let Some((column, field)) = nearest.first() {
                text += &format!(" (is `{column}` meant for `{field}`?)");
            }
            text
        }
        P::ColumnMappedTwice { field, first, second } => {
            format!("the columns `{first}` and `{second}` are both mapped to `{field}`: expected only one of them")
        }
        P::LoneSurrogate => "the file is in UTF-16 with half a character: expected whole surrogate pairs".to_owned(),
        P::AmbiguousDelimiter { found } => {
            format!("the header is divided by more than one of `{found}`: it needs the delimiter option")
        }
        P::AmbiguousDate { found } => {
            format!("`{found}` may have the day or the month first: it needs the date-order option")
        }
        P::NotAnEmail { found } => {
            format!("`{found}` is not an e-mail address: expected one such as name@company.example")
        }
        P::RepeatedRecipient { found } => format!("`{found}` is among the recipients already"),
        P::Arrow { detail } => format!("the Arrow data cannot be trusted: {detail}"),
        P::ArrowType { found } => format!("the Arrow type `{found}` is not supported"),
        P::MissingColumn { name, found, nearest } => match nearest {
            Some(near) => {
                format!("the column `{name}` is missing: found {}, did you mean `{near}`?", some(found))
            }
            None if found.is_empty() => format!("the column `{name}` is missing: found no columns at all"),
            None => format!("the column `{name}` is missing: found only {}", some(found)),
        },
        P::NotFound { record, id } => format!("there is no {record} with the id `{id}` in this workspace"),
        P::AlreadyExists { record, id } => {
            format!("the {record} `{id}` already exists: expected an id that is not taken")
        }
        P::Duplicate { record, ids } => format!(
            "there may be such a {record} already: {}, expected one that is new, or the option `on_duplicate` with `allow`",
            some(ids)
        ),
        P::DuplicateOnRestore { record, id, ids } => format!(
            "the {record} `{id}` cannot be restored, because {} may be the same: merge the two, or change what they share",
            some(ids)
        ),
        P::SameRecord { record, id } => format!("found the {record} `{id}` twice: expected two different records"),
        P::Conflict { record, id, expected, found } => format!(
            "somebody else changed the {record} `{id}` in the meantime: found version {found}, expected version {expected}"
        ),
        P::FieldConflict { fields } if fields.is_empty() => {
            "somebody else changed the same fields in the meantime".to_owned()
        }
        P::FieldConflict { fields } => format!("somebody else changed {} in the meantime", some(fields)),
        P::Contended { tries } => format!(
            "somebody else kept changing the same data: gave up after {}, try again later",
            plural(u64::from(*tries), "attempt", "attempts")
        ),
        P::CommandReused { id } => {
            format!("the command id `{id}` was already used for another command: expected a new id")
        }
        P::Forbidden { role, command } => format!("the role `{role}` may not run the command `{command}`"),
        P::Archived { record, id } => format!("the {record} `{id}` is archived: expected one that is not archived"),
        P::NotArchived { record, id } => format!("the {record} `{id}` is not archived: expected an archived one"),
        P::Blocked { rows } => {
            format!("it cannot be undone, because somebody changed or used {} since", some(rows))
        }
        P::AlreadyUndone { id } => format!("the command `{id}` was undone already"),
        P::AlreadyConverted { record, id } => {
            format!("the lead was converted into the {record} `{id}` before: expected no other one")
        }
        P::Undecided { record, found } => {
            format!("the {record} of this lead is not decided: expected `create` or one of {}", some(found))
        }
        P::MergedAway { record, id, into } => {
            format!("the {record} `{id}` was merged into `{into}`: use that one, or undo the merge")
        }
        P::MergedWithItself { record, id } => {
            format!("the {record} `{id}` cannot be merged into itself: expected another one")
        }
        P::NotSurvivor { id, survivor } => {
            format!("`{survivor}` should survive rather than `{id}`: merge into that one, or insist on this one")
        }
        P::ConvertedApart { first, second } => {
            format!("the records were converted to different accounts, `{first}` and `{second}`: settle that first")
        }
        P::UnknownCalendar { found, expected } if expected.is_empty() => {
            format!("there is no calendar `{found}`: this configuration has none yet")
        }
        P::UnknownCalendar { found, expected } => {
            format!("there is no calendar `{found}`: expected {}", some(expected))
        }
        P::UnknownStatus { found, expected } => {
            format!("there is no status `{found}`: expected {}", some(expected))
        }
        P::UnknownPriority { found, expected } => {
            format!("there is no priority `{found}`: expected {}", some(expected))
        }
        P::DueDatesDiffer { date, at, zone } => format!(
            "the task is due on {date} and at {at}, which is another day in {zone}: expected one of the two, or the same day"
        ),
        P::BlockingCycle { ids } => {
            format!("the tasks would wait for each other: {}; expected a chain that ends", ids.join(" → "))
        }
        P::AlreadyCompleted { id, at } => {
            format!("the task `{id}` was completed at {at}: expected an open task (see `task.reopen`)")
        }
        P::NotCompleted { id } => format!("the task `{id}` is open: expected a completed one"),
        P::BlockedBy { id, blocker, title } => format!(
            "the task `{id}` waits for `{blocker}` ({title}), which is not done: complete that one first, or say `even_if_blocked`"
        ),
        P::UnknownSequence { found, expected } if expected.is_empty() => {
            format!("there is no sequence `{found}`: this configuration has none yet")
        }
        P::UnknownSequence { found, expected } => {
            format!("there is no sequence `{found}`: expected {}", some(expected))
        }
        P::NotSuggested { action } => {
            format!("the action `{action}` is not suggested for this record now (see the question `suggestions`)")
        }
        P::SuggestionChanged { action, found } => {
            format!(
                "the action `{action}` is suggested for other reasons by now than under the key `{found}`: look again"
            )
        }
        P::SequenceChanged { id, version } => format!(
            "version {version} of the sequence `{id}` is not the one that the enrolment began with: an edit needs a new version"
        ),
        P::UnknownTemplate { found, expected } if expected.is_empty() => {
            format!("there is no template `{found}`: this configuration has none yet")
        }
        P::UnknownTemplate { found, expected } => {
            format!("there is no template `{found}`: expected {}", some(expected))
        }
        P::TemplateLanguage { template, language } => {
            format!("the template `{template}` is not written in `{language}`: expected one of its own languages")
        }
        P::MissingVariables { template, names } => {
            format!(
                "the template `{template}` needs {}: nobody gave them and the record does not have them",
                some(names)
            )
        }
        P::InFuture { found, latest } => {
            format!("`{found}` is in the future: expected at most {latest}, or the option `planned`")
        }
        P::FileGone { id, since } => {
            format!("the file `{id}` may have been deleted since {since}: it has to be brought anew")
        }
        P::FileInUse { id } => format!("the file `{id}` is in use: expected one that no record has any more"),
        P::FileNotYetDeletable { id, from } => format!("the file `{id}` may be deleted from {from} on, not before"),
        P::UnknownPipeline { found, expected } if expected.is_empty() => {
            format!("there is no pipeline `{found}`: this workspace has none yet")
        }
        P::UnknownPipeline { found, expected } => {
            format!("there is no pipeline `{found}`: expected {}", some(expected))
        }
        P::StageNotInPipeline { pipeline, found, expected } => {
            format!("the pipeline `{pipeline}` has no stage `{found}`: expected one of {}", some(expected))
        }
        P::NoStageOfKind { pipeline, kind } => {
            format!("the pipeline `{pipeline}` has no stage of the kind `{kind}`: expected at least one")
        }
        P::KindsDiffer { from, from_kind, to, to_kind } => {
            format!("the stage `{from}` is `{from_kind}` and `{to}` is `{to_kind}`: expected two stages of one kind")
        }
        P::RequiredToLeave { stage, fields } => {
            format!("before a deal leaves the stage `{stage}`, somebody must fill {}", some(fields))
        }
        P::RequiredToLose { fields } => format!("before a deal is lost, somebody must fill {}", some(fields)),
        P::NotClosed { id } => format!("the deal `{id}` is open: expected one that was won or lost"),
        P::NotResolved { id } => format!("the ticket `{id}` is open: expected one that was resolved or closed"),
        P::InUse { record, code, count, ids } => format!(
            "{} in the {record} `{code}`, such as {}: move them first",
            plural(*count, "deal is", "deals are"),
            some(ids)
        ),
        P::DefaultPipeline { code } => {
            format!("`{code}` is the default pipeline: make another one the default first")
        }
        P::LeaveOverlaps { user, from, to, ids } => {
            format!("{user} is on leave already between {from} and {to} ({}): change that leave instead", some(ids))
        }
        P::OwnsOpenWork { user, counts } => {
            format!("{user} still has open work ({}): say in `hand_over` who takes it", en_staff::work(counts))
        }
        P::TooMuchToHandOver { user, open, most } => format!(
            "{user} has {open} open records, more than {most} at once: repeat `employee.hand_over` until none is left"
        ),
        P::NobodyToTake { record, id } => {
            format!("nobody can take the {record} `{id}`: name a person, or widen what is asked of who takes it")
        }
        P::NotOneself { user } => format!("{user} cannot stand in for {user}: expected somebody else"),
        P::StalePlan { expected, found } => format!(
            "what the plan counted changed in the meantime: found plan `{found}`, expected `{expected}`; look at it again"
        ),
        P::Busy => "the store is locked by somebody else; nothing was changed, try again".to_owned(),
        P::StorageFull => "the store has no room left; nothing was changed".to_owned(),
        P::Storage { detail } => format!("the store failed: {detail}; nothing that was acknowledged is lost"),
        P::Corrupt { detail } => {
            format!("the stored data are damaged or were changed outside the library: {detail}")
        }
        P::NewerSchema { found, known } => format!(
            "the file was written by a newer release: found schema version {found}, expected at most version {known}"
        ),
        P::ForeignFile => "this file belongs to another application: expected a file of this library".to_owned(),
        P::NullPointer { name } => format!("`{name}` is a null pointer: expected a valid one"),
        P::InvalidHandle { name } => {
            format!("`{name}` is not a valid handle: expected an open handle of the right kind")
        }
        P::Panic { detail } => format!("a bug in this library stopped the call, please report it: {detail}"),
        P::Cancelled => "the work was cancelled by the caller".to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests;
