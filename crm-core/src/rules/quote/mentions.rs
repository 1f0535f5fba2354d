//! What French law wants a quote to say, by kind of business, and what of it is missing.
//!
//! # Sources
//! Code de commerce L441-9, L441-10 (payment, penalties, 40 EUR), R123-237 (register, form), R123-238 (capital); CGI
//! annexe II, art. 242 nonies A (VAT); Code de la consommation L111-1, L112-1; arrêté du 24 janvier 2017 (building and repair);
//! Code des assurances L243-2 (ten-year insurance); Code de l'environnement L541-21-2-3 (waste); loi 2022-172 (« EI »).

use chrono::NaiveDate;

use super::line::LineContent;
use super::tax::Tax;
use super::terms::QuoteTerms;
use crate::kernel::quote_reason::QuoteReason;
use crate::kernel::quotes::{CustomerKind, MentionState, QuoteMention, SellerProfile, VatCategory};
use crate::kernel::text::fold;
use crate::rules::identity::{siren, siren_of_vat, vat};

/// What a check needs besides the terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MentionScope {
    /// What kind of business the seller is.
    pub profile: SellerProfile,
    /// The quote's date.
    pub issued_on: Option<NaiveDate>,
    /// Its last day.
    pub valid_until: Option<NaiveDate>,
}

/// One mention, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MentionCheck {
    /// Which.
    pub mention: QuoteMention,
    /// Whether it is there.
    pub state: MentionState,
    /// Why it has to be mended, where it has.
    pub reason: Option<QuoteReason>,
}

/// Legal forms of somebody who has no share capital.
const WITHOUT_CAPITAL: &[&str] = &[
    "ei",
    "eirl",
    "entrepreneur individuel",
    "entreprise individuelle",
    "micro-entreprise",
    "micro-entrepreneur",
    "auto-entrepreneur",
    "artisan",
    "association",
];

/// Checks every mention, in the order in which a quote has them. Nothing is refused: what is missing is told.
pub fn check_mentions(terms: &QuoteTerms, scope: &MentionScope) -> Vec<MentionCheck> {
    let check = |mention: &QuoteMention| {
        let (state, found) = state(*mention, terms, scope);
        let reason = match state {
            MentionState::Missing => Some(QuoteReason::MentionMissing { mention: *mention, profile: scope.profile }),
            MentionState::Wrong => {
                let found = crate::kernel::text::shortened(found.unwrap_or_default(), 60).to_string();
                Some(QuoteReason::MentionWrong { mention: *mention, found })
            }
            MentionState::Present | MentionState::NotAsked => None,
        };
        MentionCheck { mention: *mention, state, reason }
    };
    QuoteMention::ALL.iter().map(check).collect()
}

type Found<'a> = (MentionState, Option<&'a str>);

const fn there<'a>(is_there: bool) -> Found<'a> {
    (if is_there { MentionState::Present } else { MentionState::Missing }, None)
}

/// Where the law does not ask: what is there is there, what is not is not missing.
const fn only_if<'a>(asked: bool, is_there: bool) -> Found<'a> {
    if asked || is_there { there(is_there) } else { (MentionState::NotAsked, None) }
}

/// A number that is checked where it is there.
fn number(asked: bool, found: Option<&str>, is_right: impl FnOnce(&str) -> bool) -> Found<'_> {
    match found {
        Some(found) if !is_right(found) => (MentionState::Wrong, Some(found)),
        found => only_if(asked, found.is_some()),
    }
}

fn state<'a>(mention: QuoteMention, terms: &'a QuoteTerms, scope: &MentionScope) -> Found<'a> {
    use QuoteMention as M;
    let (seller, customer, legal) = (&terms.seller, &terms.customer, &terms.legal);
    let profile = scope.profile;
    let is_company = profile != SellerProfile::Freelance;
    let (priced, described) = (priced(terms), described(terms));
    match mention {
        M::QuoteDate => there(scope.issued_on.is_some()),
        M::Validity => match (scope.valid_until, scope.issued_on) {
            (Some(until), Some(issued)) => there(until >= issued),
            (until, _) => there(until.is_some()),
        },
        M::SellerName => there(seller.name.is_some()),
        M::SellerForm => there(seller.form.is_some()),
        M::SellerCapital => {
            let form = seller.form.as_deref().map(fold);
            let has_none = form.is_some_and(|form| WITHOUT_CAPITAL.contains(&form.as_ref()));
            only_if(is_company && !has_none, seller.capital.is_some())
        }
        M::SellerAddress => there(seller.address.is_some()),
        M::SellerSiren => number(true, seller.siren.as_deref(), |written| siren(written).is_some()),
        M::SellerRegister => only_if(is_company, seller.rcs.is_some() || seller.rm.is_some()),
        M::SellerVatNumber => {
            let same = |written: &str| match (siren_of_vat(written), seller.siren.as_deref().and_then(siren)) {
                (Some(of_vat), Some(own)) => of_vat == own,
                _ => vat(written).is_some(),
            };
            number(!is_small_business(terms), seller.vat_number.as_deref(), same)
        }
        M::CustomerName => there(customer.name.is_some()),
        M::CustomerAddress => there(customer.address.is_some()),
        M::CustomerVatNumber => {
            let owes = [VatCategory::ReverseCharge, VatCategory::IntraCommunity];
            let asked = taxes(terms).any(|tax| owes.contains(&tax.category));
            number(asked, customer.vat_number.as_deref(), |written| vat(written).is_some())
        }
        M::Lines => there(priced && described),
        // What has lines has totals.
        M::Net | M::VatByRate | M::Gross => there(priced),
        M::ExemptionReason => {
            let exempt = || taxes(terms).filter(|tax| tax.category == VatCategory::Exempt);
            let named = exempt().all(|tax| tax.exemption_code.is_some());
            only_if(exempt().next().is_some(), named && exempt().next().is_some())
        }
        M::PaymentTerms => there(legal.payment_terms.is_some()),
        M::LatePenalty => only_if(customer.kind != Some(CustomerKind::Consumer), legal.late_penalty.is_some()),
        M::Insurance => only_if(profile == SellerProfile::Renovation, legal.insurance.is_some()),
        M::Waste => only_if(profile == SellerProfile::Renovation, legal.waste.is_some()),
        M::SignatureLine => there(legal.signature_line.is_some()),
    }
}

fn priced(terms: &QuoteTerms) -> bool {
    terms.lines.iter().any(|line| matches!(line.content, LineContent::Item(_)))
}

fn described(terms: &QuoteTerms) -> bool {
    terms.lines.iter().all(|line| line.content.pricing().is_none() || line.description.is_some())
}

fn taxes(terms: &QuoteTerms) -> impl Iterator<Item = &Tax> {
    terms.lines.iter().filter_map(|line| line.content.pricing()).flat_map(|pricing| &pricing.taxes)
}

/// Whether nothing bears VAT because the seller is a small business (article 293 B).
fn is_small_business(terms: &QuoteTerms) -> bool {
    let franchise = |tax: &Tax| tax.exemption_code.as_deref() == Some("VATEX-FR-FRANCHISE");
    taxes(terms).next().is_some() && taxes(terms).all(franchise)
}
