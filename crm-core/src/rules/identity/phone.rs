//! Phone numbers: E.164 by the numbering plans of libphonenumber, and how well two written numbers match.

use rlibphonenumber::{MatchType, PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region};

/// Most bytes that are looked at; libphonenumber reads no more either.
const MOST_BYTES: usize = 250;

/// A valid number as keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// `+`, country code and national number: `+33612345678`.
    pub e164: String,
    /// The digits behind `ext.`; empty where there are none.
    pub extension: String,
    /// What is dialled there, by the country's numbering plan.
    pub kind: PhoneKind,
    /// The country, ISO 3166; unknown for numbers of no country, such as satellite phones'.
    pub region: Option<String>,
}

impl Phone {
    /// The number with its extension: two extensions of one switchboard are two phones.
    pub fn key(&self) -> String {
        if self.extension.is_empty() { self.e164.clone() } else { format!("{};ext={}", self.e164, self.extension) }
    }
}

/// What is dialled, by the numbering plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PhoneKind {
    /// A fixed line.
    Fixed,
    /// A mobile phone.
    Mobile,
    /// One or the other: the plan does not tell (United States).
    FixedOrMobile,
    /// Free for the caller.
    TollFree,
    /// Dear for the caller.
    Premium,
    /// Paid by both.
    SharedCost,
    /// Over the internet, bound to no place.
    Voip,
    /// Anything else: pagers, personal and company-wide numbers, voice mail.
    Other,
}

impl PhoneKind {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Mobile => "mobile",
            Self::FixedOrMobile => "fixed_or_mobile",
            Self::TollFree => "toll_free",
            Self::Premium => "premium",
            Self::SharedCost => "shared_cost",
            Self::Voip => "voip",
            Self::Other => "other",
        }
    }

    const fn of(kind: PhoneNumberType) -> Self {
        match kind {
            PhoneNumberType::FixedLine => Self::Fixed,
            PhoneNumberType::Mobile => Self::Mobile,
            PhoneNumberType::FixedLineOrMobile => Self::FixedOrMobile,
            PhoneNumberType::TollFree => Self::TollFree,
            PhoneNumberType::PremiumRate => Self::Premium,
            PhoneNumberType::SharedCost => Self::SharedCost,
            PhoneNumberType::VoIP => Self::Voip,
            _ => Self::Other,
        }
    }
}

/// How well two written numbers match, as libphonenumber's `isNumberMatch` defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PhoneMatch {
    /// One of them is no number.
    NotANumber,
    /// Two numbers.
    NoMatch,
    /// One may be the end of the other, or only one has an extension: weak evidence.
    ShortNsn,
    /// The same national number; one of them was written without its country.
    Nsn,
    /// The same number.
    Exact,
}

impl PhoneMatch {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotANumber => "not_a_number",
            Self::NoMatch => "no_match",
            Self::ShortNsn => "short_nsn",
            Self::Nsn => "nsn",
            Self::Exact => "exact",
        }
    }
}

/// A region by its code in capitals.
pub(super) fn region(code: &str) -> Option<Region> {
    code.parse().ok()
}

fn parse(written: &str, region: Option<Region>) -> Option<PhoneNumber> {
    if written.len() > MOST_BYTES {
        return None;
    }
    PHONE_NUMBER_UTIL.parse(written, region).ok()
}

/// The number with its extension as libphonenumber writes it, where it stands in French: `02 98 00 00 00 poste 12`.
fn international_extension(written: &str) -> Option<String> {
    let start = written.char_indices().find(|(_, c)| c.is_ascii_alphabetic())?.0;
    let (number, rest) = written.split_at_checked(start)?;
    let word = rest.get(..5).filter(|w| w.eq_ignore_ascii_case("poste"))?;
    let digits = rest.get(word.len()..)?.trim_matches(|c: char| !c.is_ascii_digit());
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| format!("{number};ext={digits}"))
}

/// A number that the plan of its country has, and what is dialled there. libphonenumber calls a number valid exactly if
/// its kind is known: asked once, it is answered once.
fn valid(written: &str, default: Option<Region>) -> Option<(PhoneNumber, PhoneNumberType)> {
    let with_extension = international_extension(written);
    let number = parse(with_extension.as_deref().unwrap_or(written), default)?;
    let kind = number.get_type();
    (kind != PhoneNumberType::Unknown).then_some((number, kind))
}

/// A number that the plan of its country has; `None` for all others.
pub(super) fn read(written: &str, default: Option<Region>) -> Option<Phone> {
    let (number, kind) = valid(written, default)?;
    let region = number.get_region_code().map(|r| r.to_string()).filter(|r| r.len() == 2);
    Some(Phone {
        e164: number.format_as(PhoneNumberFormat::E164).into_owned(),
        extension: number.extension().to_owned(),
        kind: PhoneKind::of(kind),
        region,
    })
}

/// [`Phone::key`] alone, for those who want no more.
pub(super) fn key(written: &str, default: Option<Region>) -> Option<String> {
    let (number, _) = valid(written, default)?;
    let mut key = number.format_as(PhoneNumberFormat::E164).into_owned();
    if !number.extension().is_empty() {
        key.push_str(";ext=");
        key.push_str(number.extension());
    }
    Some(key)
}

/// How well two written numbers match. With a region, numbers without a country are that region's.
pub(super) fn compare(a: &str, b: &str, default: Option<Region>) -> PhoneMatch {
    if a.len() > MOST_BYTES || b.len() > MOST_BYTES {
        return PhoneMatch::NotANumber;
    }
    let found = match default {
        None => PHONE_NUMBER_UTIL.is_number_match_with_two_strings(a, b).ok(),
        Some(_) => match (parse(a, default), parse(b, default)) {
            (Some(a), Some(b)) => Some(PHONE_NUMBER_UTIL.is_number_match(&a, &b)),
            _ => None,
        },
    };
    match found {
        None => PhoneMatch::NotANumber,
        Some(MatchType::NoMatch) => PhoneMatch::NoMatch,
        Some(MatchType::ShortNsnMatch) => PhoneMatch::ShortNsn,
        Some(MatchType::NsnMatch) => PhoneMatch::Nsn,
        Some(MatchType::ExactMatch) => PhoneMatch::Exact,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_known_kind_is_a_valid_number(text in "(\\+|00|0|)[1-9][0-9 ]{2,14}( ext 12)?", region in "[A-Z]{2}") {
            let region = region.parse().ok();
            if let Some(number) = parse(&text, region) {
                let found = read(&text, region);
                prop_assert_eq!(found.is_some(), number.is_valid());
                prop_assert_eq!(key(&text, region), found.map(|p| p.key()));
            }
        }
    }
}
