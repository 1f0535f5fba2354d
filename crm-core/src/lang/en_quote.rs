//! What is said about quotes in English.

use super::Lang;
use super::en_forecast::money;
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::quote_reason::{QuoteReason, VatOf, VatSentence};
use crate::kernel::quotes::{QuoteMention, SellerProfile, VatCategory};

pub(super) fn reason(reason: &QuoteReason) -> String {
    use QuoteReason as R;
    match reason {
        R::Lines { count, amount } => {
            format!("{}: {}", super::plural(Lang::English, *count, "line", "lines"), money(*amount))
        }
        R::LineDiscounts { amount } => format!("discounts of lines: {}", money(*amount)),
        R::DocumentDiscount { percent: Some(percent), amount } => {
            format!("discount of {percent}%: {}", money(*amount))
        }
        R::DocumentDiscount { percent: None, amount } => format!("discount: {}", money(*amount)),
        R::VatAdded(of) => format!("{} on {}: {}", tax(of), money(of.base), money(of.vat)),
        R::VatIncluded(of) => format!("of which {} on {}: {}", tax(of), money(of.base), money(of.vat)),
        R::PayableRounding { amount } => format!("rounding of what is paid: {}", money(*amount)),
        R::OptionalLines { count, amount } => format!(
            "{}, which would add {} with VAT",
            super::plural(Lang::English, *count, "optional line", "optional lines"),
            money(*amount)
        ),
        R::Sentence(of) => sentence(of),
        R::LineAdded { line, amount } => format!("new: {line} ({})", money(*amount)),
        R::LineRemoved { line, amount } => format!("gone: {line} ({})", money(*amount)),
        R::LineChanged { line, fields, amount } => {
            let fields: Vec<&str> = fields.iter().map(|name| field(name)).collect();
            format!("changed: {line}, {} ({})", fields.join(", "), money(*amount))
        }
        R::LineShare { line, amount } => {
            format!(
                "unchanged: {line}; it comes to something else because of the rest of the quote ({})",
                money(*amount)
            )
        }
        R::MentionMissing { mention: of, profile: by } => format!("{} is missing ({})", mention(*of), profile(*by)),
        R::MentionWrong { mention: of, found } => format!("{} cannot be right: \"{found}\"", mention(*of)),
    }
}

fn tax(of: &VatOf) -> String {
    let name = of.name.as_deref().unwrap_or("VAT");
    match of.category {
        category if category.has_rate() => format!("{name} {}%", of.rate),
        VatCategory::Zero => format!("{name} 0%"),
        VatCategory::ReverseCharge => "reverse charge".to_owned(),
        VatCategory::IntraCommunity => "intra-community supply".to_owned(),
        VatCategory::Export => "export".to_owned(),
        VatCategory::OutOfScope => "not subject to VAT".to_owned(),
        _ => "exempt from VAT".to_owned(),
    }
}

fn sentence(of: &VatSentence) -> String {
    match of {
        VatSentence::SmallBusiness => "VAT not applicable, article 293 B of the French tax code (CGI)".to_owned(),
        VatSentence::ReverseCharge { article: None } => "Reverse charge".to_owned(),
        VatSentence::ReverseCharge { article: Some(article) } => {
            format!("Reverse charge, article {article} of the French tax code (CGI)")
        }
        VatSentence::IntraCommunity => {
            "VAT exempt intra-community supply, article 262 ter, I of the French tax code (CGI)".to_owned()
        }
        VatSentence::Export => "VAT exempt export, article 262, I of the French tax code (CGI)".to_owned(),
        VatSentence::OutOfScope => "Not subject to VAT".to_owned(),
        VatSentence::Article { article } => {
            format!("Exempt from VAT, article {article} of the French tax code (CGI)")
        }
        VatSentence::Coded { exemption_code } => format!("Exempt from VAT ({exemption_code})"),
    }
}

const fn mention(of: QuoteMention) -> &'static str {
    match of {
        QuoteMention::QuoteDate => "the date of the quote",
        QuoteMention::Validity => "the last day of the quote",
        QuoteMention::SellerName => "the seller's name",
        QuoteMention::SellerForm => "the seller's legal form",
        QuoteMention::SellerCapital => "the seller's share capital",
        QuoteMention::SellerAddress => "the seller's address",
        QuoteMention::SellerSiren => "the seller's SIREN",
        QuoteMention::SellerRegister => "the seller's number in the register of companies or trades",
        QuoteMention::SellerVatNumber => "the seller's VAT number",
        QuoteMention::CustomerName => "the customer's name",
        QuoteMention::CustomerAddress => "the customer's address",
        QuoteMention::CustomerVatNumber => "the customer's VAT number",
        QuoteMention::Lines => "the description of every line",
        QuoteMention::Net => "the total without VAT",
        QuoteMention::VatByRate => "the VAT of each rate",
        QuoteMention::ExemptionReason => "the reason why no VAT is owed",
        QuoteMention::Gross => "the total with VAT",
        QuoteMention::PaymentTerms => "the terms of payment",
        QuoteMention::LatePenalty => "the penalty for late payment, with the 40 EUR for costs of recovery",
        QuoteMention::Insurance => "the ten-year insurance with its insurer and area",
        QuoteMention::Waste => "what becomes of the waste of the works, and what that costs",
        QuoteMention::SignatureLine => "the line above the signature",
    }
}

const fn profile(of: SellerProfile) -> &'static str {
    match of {
        SellerProfile::Freelance => "asked of sole traders",
        SellerProfile::Company => "asked of companies",
        SellerProfile::Renovation => "asked of building trades",
    }
}

/// What people call a field of a line.
fn field(name: &str) -> &str {
    match name {
        "unit_price" => "unit price",
        "taxes" => "VAT",
        "kind" => "kind of line",
        "recurring" => "period",
        other => other,
    }
}

pub(super) fn problem(problem: &QuoteProblem) -> String {
    use QuoteProblem as P;
    match problem {
        P::OtherCurrency { found, expected } => {
            format!("the amount is in {found}: expected {expected}, the currency of the quote")
        }
        P::DiscountAboveTotal { discount, total } => {
            format!("a discount of {discount} is more than what it is taken off: expected at most {total}")
        }
        P::RateOfCategory { category: "S", rate } => {
            format!("a rate of {rate} does not go with category S: expected a rate above 0, or category Z")
        }
        P::RateOfCategory { category, rate } => {
            format!("a rate of {rate} does not go with category {category}: expected 0")
        }
        P::BrokenTerm { term_months, every_months } => {
            format!("a term of {term_months} months is no whole number of periods of {every_months}")
        }
        P::NumberTemplate { found } => format!(
            "`{found}` is not a template of numbers: expected text with {{seq}} or {{seq:05}} once, and {{yyyy}}, {{yy}}, {{mm}} where wanted"
        ),
        P::NumberRepeats { reset, needs } => {
            format!("numbers that begin again every {reset} would repeat: expected {needs} in the template")
        }
    }
}
