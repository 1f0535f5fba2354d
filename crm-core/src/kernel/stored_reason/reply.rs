//! Stored reasons why a message was read as it was.

use super::Stored;
use crate::kernel::reply_reason::{AsideKind, BounceType, ReplyClass, ReplyReason as R};

/// Headers that tell something of who sends.
const HEADERS: &[&str] = &[
    "Auto-Submitted",
    "Content-Type",
    "From",
    "Precedence",
    "Return-Path",
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
];
/// Causes of messages that were not delivered.
const CATEGORIES: &[&str] = &[
    "ANTISPAM",
    "AUTOREPLY",
    "CONCURRENT",
    "CONTENT_REJECT",
    "COMMAND_REJECT",
    "INTERNAL_ERROR",
    "DEFER",
    "DELAYED",
    "DNS_LOOP",
    "DNS_UNKNOWN",
    "FULL",
    "INACTIVE",
    "LATIN_ONLY",
    "OTHER",
    "OVERSIZE",
    "OUTOFOFFICE",
    "UNKNOWN",
    "UNRECOGNIZED",
    "USER_REJECT",
    "WARNING",
];

pub(super) fn read(code: &str, o: &Stored<'_>) -> Option<R> {
    let (phrase, class) = (|| o.text("phrase"), || o.coded("class", ReplyClass::from_code));
    Some(match code {
        "reply_header" => R::Header { name: o.one_of("name", HEADERS)?, value: o.text("value")? },
        "reply_no_proof" => R::NoProof { name: o.one_of("name", HEADERS)? },
        "reply_subject" => R::Subject { phrase: phrase()? },
        "reply_acknowledged" => R::Acknowledged { phrase: phrase()? },
        "reply_said" => R::Said { class: class()?, phrase: phrase()? },
        "reply_also_said" => R::AlsoSaid { class: class()?, phrase: phrase()? },
        "reply_denied" => R::Denied { class: class()?, phrase: phrase()? },
        "reply_machine_opt_out" => R::MachineOptOut { phrase: phrase()? },
        "reply_data_rights" => R::DataRights { phrase: phrase()? },
        "reply_nothing_known" => R::NothingKnown,
        "reply_nothing_own" => R::NothingOwn,
        "reply_set_aside" => {
            R::SetAside { kind: o.coded("kind", AsideKind::from_code)?, characters: o.count("characters")? }
        }
        "reply_cut" => R::Cut { bytes: o.count("bytes")?, most: o.count("most")? },
        "reply_returns" => R::Returns { date: o.day("date")?, phrase: phrase()? },
        "reply_ambiguous_date" => R::AmbiguousDate { phrase: phrase()? },
        "reply_past_date" => R::PastDate { date: o.day("date")? },
        "reply_no_year" => R::NoYear { phrase: phrase()? },
        "reply_no_return_date" => R::NoReturnDate { business_days: o.number("business_days")? },
        "reply_extended" => R::Extended { until: o.day("until")? },
        "reply_capped" => R::Capped { days: o.number("days")? },
        "reply_resumes_on" => R::ResumesOn { date: o.day("date")? },
        "reply_bounced" => {
            R::Bounced { category: o.one_of("category", CATEGORIES)?, kind: o.coded("type", BounceType::from_code)? }
        }
        "reply_status" => R::Status { status: o.text("status")? },
        "reply_diagnosis" => R::Diagnosis { phrase: phrase()? },
        "reply_no_diagnosis" => R::NoDiagnosis,
        "reply_soft_bounces" => {
            R::SoftBounces { count: o.number("count")?, most: o.number("most")?, days: o.number("days")? }
        }
        "reply_same_id" => R::SameId { id: o.text("id")? },
        "reply_several_records" => R::SeveralRecords { count: o.count("count")? },
        "reply_unknown_reference" => R::UnknownReference { id: o.text("id")? },
        "reply_not_ours" => R::NotOurs,
        "reply_kept" => R::Kept { bytes: o.count("bytes")?, most: o.count("most")? },
        _ => return None,
    })
}
