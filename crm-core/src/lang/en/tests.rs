//! Every problem, so that a sentence that is missing or reads badly is seen.

use super::*;
use crate::kernel::customer::{RunState, StepState};
use crate::kernel::error::RulesProblem;
use crate::kernel::field::FieldType;
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::quotes::{QuoteAct, QuoteStanding};
use crate::kernel::segment_problem::SegmentProblem;

/// Every problem once or more, with values whose punctuation does not disturb the checks of style.
pub(in crate::lang) fn samples() -> Vec<Problem> {
    use Problem as P;
    use RulesProblem as R;
    let s = || "abc".to_owned();
    let few: &[&str] = &["alpha", "beta", "gamma"];
    let kinds = [
        FieldType::Text,
        FieldType::Integer,
        FieldType::Number,
        FieldType::Money,
        FieldType::Boolean,
        FieldType::Date,
        FieldType::Instant,
        FieldType::Reference,
        FieldType::Texts,
    ];
    let rules = [
        R::DuplicateId { id: s() },
        R::Empty { what: "groups" },
        R::Empty { what: "list of values" },
        R::Inverted { least: 5, most: 1 },
        R::AllZero,
        R::OutOfOrder,
        R::Overlap,
        R::Unreachable { detail: s() },
        R::Exclusive { first: "alpha", second: "beta" },
        R::Requires { option: "alpha", needs: "beta" },
        R::TypesDiffer { first: s(), first_kind: FieldType::Text, second: s(), second_kind: FieldType::Money },
        R::WeakAlone { points_bp: 5_000, threshold_bp: 4_000 },
        R::FixedRule { field: s() },
        R::Undefined { id: s(), nearest: None },
        R::Undefined { id: s(), nearest: Some(s()) },
        R::EndsBeforeStart { from: "22 h".into(), to: "6 h".into(), next_day: "30 h".into() },
        R::NeverOpens,
        R::NoStatusOf { state: "new" },
        R::ZeroTarget,
        R::AmbiguousDay,
        R::NeedsReader { operator: "during" },
    ];
    let mut all = vec![
        P::Json { line: 1, column: 2, detail: "trailing comma".into() },
        P::WrongShape { expected: "an object with `amount` and `currency`", found: "a list".into() },
        P::WrongShape { expected: "an object with `amount` and `currency`", found: "12".into() },
        P::WrongShape { expected: "gizmos", found: "some words".into() },
        P::UnknownField { record: "lead".into(), found: "compagny".into(), nearest: Some("company".into()) },
        P::UnknownField { record: "lead".into(), found: s(), nearest: None },
        P::UnknownOption { found: "gama".into(), expected: few },
        P::UnknownOption { found: s(), expected: few },
        P::UnknownOption { found: s(), expected: &[] },
        P::NotOneOf { found: "gama".into(), expected: few },
        P::NotOneOf { found: s(), expected: few },
        P::UnknownCommand { found: s(), nearest: None },
        P::UnknownCommand { found: s(), nearest: Some(s()) },
        P::UnknownRecord { found: s(), expected: few },
        P::UnknownRule { found: s(), expected: few },
        P::Missing { name: s() },
        P::MissingOneOf { names: &["company", "email", "phone"] },
        P::DuplicateKey { key: s() },
        P::NotAnId { found: s() },
        P::NotANumber { found: s() },
        P::NotAnInteger { found: s() },
        P::NotAnAmount { found: s() },
        P::NotADate { found: s() },
        P::NotAnInstant { found: s() },
        P::NotABoolean { found: s() },
        P::OutOfRange { found: s(), least: "1".into(), most: "5".into() },
        P::UnknownCurrency { found: s() },
        P::NoRate { from: s(), to: s(), date: s() },
        P::AmountTooLarge,
        P::ManagerCycle { users: vec![s(), s()] },
        P::UnknownZone { found: s() },
        P::EndBeforeStart { from: "2026-11-23".into(), to: "2026-11-22".into() },
        P::NotEnoughOpenTime { from: "2026-11-22".into() },
        P::NotEnoughOpenTimeBefore { to: "2026-11-22".into() },
        P::NotEnoughBusinessDays { from: "2026-11-22".into(), days: 1 },
        P::NotEnoughBusinessDays { from: "2026-11-22".into(), days: -2 },
        P::MissingCurrency { found: s() },
        P::MissingZone { found: s() },
        P::DecimalComma { found: "12,5".into() },
        P::DecimalPoint { found: "12.5".into() },
        P::Nul,
        P::ControlCharacter { found: "a\u{7}b".into() },
        P::NotUtf8 { byte: 3 },
        P::TooMany { what: "rules", found: 3, most: 2 },
        P::TooMany { what: "gizmos", found: 3, most: 2 },
        P::UnclosedQuote { line: 3 },
        P::TextAfterQuote { line: 3 },
        P::DuplicateHeader { name: s() },
        P::EmptyFile,
        P::NoHeader,
        P::Utf32,
        P::OddUtf16,
        P::MaybeWindows1252 { byte: 12 },
        P::NoMappedColumn { found: vec![], fields: vec![], nearest: vec![] },
        P::NoMappedColumn { found: vec![s(); 14], fields: vec![s(); 3], nearest: vec![(s(), s())] },
        P::ColumnMappedTwice { field: s(), first: s(), second: s() },
        P::LoneSurrogate,
        P::AmbiguousDelimiter { found: ", ;".into() },
        P::AmbiguousDate { found: s() },
        P::NotAnEmail { found: s() },
        P::RepeatedRecipient { found: s() },
        P::Arrow { detail: s() },
        P::ArrowType { found: s() },
        P::MissingColumn { name: s(), found: vec![s()], nearest: Some(s()) },
        P::MissingColumn { name: s(), found: vec![s(); 3], nearest: None },
        P::MissingColumn { name: s(), found: vec![s(); 14], nearest: None },
        P::MissingColumn { name: s(), found: vec![], nearest: None },
        P::NotFound { record: "lead".into(), id: s() },
        P::AlreadyExists { record: "lead".into(), id: s() },
        P::Duplicate { record: "lead".into(), ids: vec![s()] },
        P::Duplicate { record: "lead".into(), ids: vec![s(), s()] },
        P::DuplicateOnRestore { record: "lead".into(), id: s(), ids: vec![s()] },
        P::SameRecord { record: "lead".into(), id: s() },
        P::Conflict { record: "lead".into(), id: s(), expected: 1, found: 2 },
        P::FieldConflict { fields: vec![] },
        P::FieldConflict { fields: vec![s()] },
        P::FieldConflict { fields: vec![s(), s()] },
        P::CommandReused { id: s() },
        P::Forbidden { role: s(), command: s() },
        P::Archived { record: "lead".into(), id: s() },
        P::NotArchived { record: "lead".into(), id: s() },
        P::Blocked { rows: vec![s()] },
        P::Blocked { rows: vec![s(), s()] },
        P::AlreadyUndone { id: s() },
        P::AlreadyConverted { record: "deal", id: s() },
        P::Undecided { record: "account", found: vec![s()] },
        P::Undecided { record: "contact", found: vec![s(), s()] },
        P::MergedAway { record: "lead".into(), id: s(), into: s() },
        P::MergedWithItself { record: "lead".into(), id: s() },
        P::NotSurvivor { id: s(), survivor: s() },
        P::ConvertedApart { first: s(), second: s() },
        P::UnknownStatus { found: s(), expected: vec![s(), s()] },
        P::UnknownPriority { found: s(), expected: vec![s(), s()] },
        P::DueDatesDiffer { date: "2026-11-22".into(), at: "2026-11-23".into(), zone: s() },
        P::BlockingCycle { ids: vec![s(), s(), s()] },
        P::AlreadyCompleted { id: s(), at: "2026-11-22".into() },
        P::NotCompleted { id: s() },
        P::BlockedBy { id: s(), blocker: s(), title: s() },
        P::UnknownCalendar { found: s(), expected: vec![] },
        P::UnknownCalendar { found: s(), expected: vec![s(), s()] },
        P::UnknownSequence { found: s(), expected: vec![] },
        P::UnknownSequence { found: s(), expected: vec![s(), s()] },
        P::NotSuggested { action: s() },
        P::SuggestionChanged { action: s(), found: s() },
        P::SequenceChanged { id: s(), version: 2 },
        P::UnknownTemplate { found: s(), expected: vec![] },
        P::UnknownTemplate { found: s(), expected: vec![s(), s()] },
        P::TemplateLanguage { template: s(), language: "fr" },
        P::MissingVariables { template: s(), names: vec![s()] },
        P::MissingVariables { template: s(), names: vec![s(), s()] },
        P::InFuture { found: s(), latest: s() },
        P::FileGone { id: s(), since: s() },
        P::FileInUse { id: s() },
        P::FileNotYetDeletable { id: s(), from: s() },
        P::UnknownPipeline { found: s(), expected: vec![] },
        P::UnknownPipeline { found: s(), expected: vec![s(), s()] },
        P::StageNotInPipeline { pipeline: s(), found: s(), expected: vec![s(), s()] },
        P::NoStageOfKind { pipeline: s(), kind: "won" },
        P::KindsDiffer { from: s(), from_kind: "open", to: s(), to_kind: "won" },
        P::RequiredToLeave { stage: s(), fields: vec![s(), s()] },
        P::RequiredToLose { fields: vec![s()] },
        P::NotClosed { id: s() },
        P::NotResolved { id: s() },
        P::InUse { record: "stage", code: s(), count: 1, ids: vec![s()] },
        P::InUse { record: "pipeline", code: s(), count: 2, ids: vec![s(), s()] },
        P::DefaultPipeline { code: s() },
        P::LeaveOverlaps { user: s(), from: s(), to: s(), ids: vec![s()] },
        P::OwnsOpenWork {
            user: s(),
            counts: vec![("deal", 1), ("lead", 2), ("task", 0), ("ticket", 3), ("quote", 1), ("playbook_step", 2)],
        },
        P::TooMuchToHandOver { user: s(), open: 501, most: 500 },
        P::NobodyToTake { record: "ticket", id: s() },
        P::NotOneself { user: s() },
        P::StalePlan { expected: s(), found: s() },
        P::Busy,
        P::StorageFull,
        P::Storage { detail: s() },
        P::Corrupt { detail: s() },
        P::NewerSchema { found: 3, known: 2 },
        P::ForeignFile,
        P::NullPointer { name: "store" },
        P::InvalidHandle { name: "store" },
        P::Panic { detail: s() },
        P::Cancelled,
    ];
    for n in [0_u32, 1, 2] {
        let m = u64::from(n);
        all.push(P::TooManyPlaces { found: s(), places: n });
        all.push(P::TooLong { bytes: m, most: 65536 });
        all.push(P::TooDeep { most: m });
        all.push(P::FieldCount { found: m, expected: 3 });
        all.push(P::Contended { tries: n });
    }
    all.extend(kinds.map(|kind| P::WrongType { expected: kind, found: "an object".into() }));
    all.extend(kinds.map(|kind| P::Rules { detail: R::WrongOperator { operator: s(), kind } }));
    all.extend(rules.map(|detail| P::Rules { detail }));
    all.extend(quotes().map(|detail| P::Quote { detail }));
    all.extend(playbooks().map(|detail| P::Playbook { detail }));
    all.extend(segments().map(|detail| P::Segment { detail }));
    all.extend(offers().map(|detail| P::Offer { detail }));
    all
}

fn segments() -> [SegmentProblem; 7] {
    use SegmentProblem as P;
    let s = || "abc".to_owned();
    [
        P::NeedsStore { segment: s() },
        P::Unknown { segment: s() },
        P::OtherRecord { segment: s(), record: s(), expected: s() },
        P::Cycle { path: vec![s(), s()] },
        P::InUse { segment: s(), by: vec![s(), s()] },
        P::InSaved { segment: s(), by: vec![s(), s()] },
        P::InRouting { segment: s() },
    ]
}

fn offers() -> impl Iterator<Item = OfferProblem> {
    use OfferProblem as P;
    let not_allowed = QuoteAct::ALL
        .iter()
        .flat_map(|act| QuoteStanding::ALL.iter().map(|standing| P::NotAllowed { act: *act, standing: *standing }));
    let others = [
        P::Expired { valid_until: "2026-12-23".into() },
        P::AlreadyAnswered { standing: QuoteStanding::Accepted, by: "Anne".into() },
        P::OtherHash { found: "0".into(), expected: "1".into() },
        P::OtherVersion { found: 1, expected: 2 },
        P::MissingMentions { codes: vec!["seller_siren".into(), "insurance".into()] },
        P::NoLines,
        P::NotOptional { line: "l1".into() },
        P::OtherVersionOpen { id: "x".into() },
        P::OtherVersionAccepted { number: "D-2026-00001".into() },
        P::NoCustomer,
        P::ForeignDeal { deal: "x".into() },
        P::UnknownSeries { found: "odd".into(), expected: vec!["quote".into(), "works".into()] },
        P::NumberTooLong { number: "1".into() },
    ];
    not_allowed.chain(others)
}

fn quotes() -> [QuoteProblem; 8] {
    use QuoteProblem as P;
    let s = || "abc".to_owned();
    [
        P::OtherCurrency { found: "USD".into(), expected: "EUR".into() },
        P::DiscountAboveTotal { discount: "12.00".into(), total: "10.00".into() },
        P::RateOfCategory { category: "S", rate: "0".into() },
        P::RateOfCategory { category: "AE", rate: "20".into() },
        P::BrokenTerm { term_months: 13, every_months: 12 },
        P::NumberTemplate { found: s() },
        P::NumberRepeats { reset: "year", needs: "{yyyy}" },
        P::NumberRepeats { reset: "month", needs: "{mm}" },
    ]
}

fn playbooks() -> [PlaybookProblem; 12] {
    use PlaybookProblem as P;
    let s = || "abc".to_owned();
    let few = || vec!["alpha".to_owned(), "beta".to_owned()];
    [
        P::Cycle { path: few() },
        P::UnknownAnchor { found: s(), expected: few() },
        P::UnknownPlaybook { found: s(), expected: Vec::new() },
        P::UnknownPlaybook { found: s(), expected: few() },
        P::UnknownStep { found: s(), expected: few() },
        P::NotActive { code: s() },
        P::NoAssignee { step: s() },
        P::DateOutOfRange { from: "2026-11-22".into() },
        P::OpenPrerequisites { step: s(), open: few() },
        P::RunState { state: RunState::Done },
        P::StepState { state: StepState::Skipped },
        P::AlreadyStarted { playbook: s() },
    ]
}

#[test]
fn every_sentence_keeps_the_style() {
    for problem in samples() {
        let text = super::problem(&problem);
        assert!(!text.ends_with('.') && !text.contains("  ") && !text.contains('\n'), "{text}");
        assert!(text.starts_with(|c: char| !c.is_uppercase() && !c.is_whitespace()), "{text}");
        assert_eq!(text.matches('`').count() % 2, 0, "{text}");
    }
}

#[test]
fn numbers_and_names_read_well() {
    let text = |p: Problem| super::problem(&p);
    let places = |places| text(Problem::TooManyPlaces { found: "1.234".into(), places });
    assert_eq!(places(0), "`1.234` has decimal places: expected none");
    assert_eq!(places(1), "`1.234` has more than 1 decimal place");
    assert_eq!(places(2), "`1.234` has more than 2 decimal places");
    assert_eq!(text(Problem::FieldCount { found: 1, expected: 3 }), "found 1 field where the header has 3");
    assert_eq!(
        text(Problem::UnknownField {
            record: "lead".into(),
            found: "compagny".into(),
            nearest: Some("company".into())
        }),
        "unknown field `compagny` of lead: did you mean `company`?"
    );
    assert_eq!(
        text(Problem::NotOneOf { found: "de".into(), expected: &["en", "fr"] }),
        "unknown value `de`: expected `en` or `fr`"
    );
    // The found text is somebody's and never read as a message.
    assert_eq!(
        text(Problem::WrongShape { expected: "a cursor", found: "missing field `id`".into() }),
        "found `missing field `id``: expected a cursor"
    );
}
