//! Stored reasons of the law about contacting people.

use super::Stored;
use crate::kernel::calendar::holidays::FrenchHoliday;
use crate::kernel::consent_reason::{Basis, ConsentReason as C, ContactChannel, ContactTopic, Doubt, UnknownFact};

pub(super) fn read(code: &str, o: &Stored<'_>) -> Option<C> {
    Some(match code {
        "objection" => C::Objection { on: o.day("on"), channel: o.coded("channel", ContactChannel::from_code) },
        "undeliverable" => C::Undeliverable { on: o.day("on")? },
        "sector_ban" => C::SectorBan { topic: o.coded("topic", ContactTopic::from_code)? },
        "prior_consent_required" => C::PriorConsentRequired,
        "opt_in_required" => C::OptInRequired,
        "bloctel_listed" => C::BloctelListed,
        "bloctel_unchecked" => C::BloctelUnchecked { days: o.number("days")? },
        "retention_expired" => C::RetentionExpired { last: o.day("last")?, months: o.number("months")? },
        "not_informed" => C::NotInformed,
        "subject_unrelated_to_profession" => C::SubjectUnrelated,
        "refused_60_days" => C::Refused { on: o.day("on")?, days: o.number("days")? },
        "max_4_per_30_days" => {
            C::MostCalls { calls: o.count("calls")?, most: o.number("most")?, days: o.number("days")? }
        }
        "public_holiday" => {
            C::PublicHoliday { holiday: o.coded("holiday", |code| code.parse::<FrenchHoliday>().ok())? }
        }
        "weekend" => C::Weekend,
        "unknown_fact" => C::Unknown(o.coded("fact", UnknownFact::from_code)?),
        "legal_review" => C::LegalReview(o.coded("doubt", Doubt::from_code)?),
        "legal_person_mailbox" => C::Allowed(Basis::LegalPerson),
        _ => return Basis::from_code(code).map(C::Allowed),
    })
}
