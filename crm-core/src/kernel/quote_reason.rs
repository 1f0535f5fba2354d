//! What the numbers of a quote are made of, how two versions differ, and what a quote lacks.

use serde_json::{Map, Value as Json, json};

use super::forecast_reason::Total;
use super::quotes::{QuoteMention, SellerProfile, VatCategory};

/// What VAT is owed or not, as one row of a quote has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VatOf {
    /// Its category.
    pub category: VatCategory,
    /// Percent, in plain digits.
    pub rate: String,
    /// What the tax is called, where lines bear several.
    pub name: Option<String>,
    /// What it is taken of.
    pub base: Total,
    /// What it comes to.
    pub vat: Total,
}

/// The sentence that the law wants where no VAT is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VatSentence {
    /// The seller is exempt as a small business: article 293 B of the French tax code.
    SmallBusiness,
    /// The customer owes the VAT; with the article, where it is known.
    ReverseCharge {
        /// The article of the tax code.
        article: Option<String>,
    },
    /// Supply to a business in another country of the Union.
    IntraCommunity,
    /// Export out of the Union.
    Export,
    /// Not subject to VAT.
    OutOfScope,
    /// Exempt by an article of the tax code.
    Article {
        /// The article of the tax code.
        article: String,
    },
    /// Exempt by something that only a code tells.
    Coded {
        /// The code.
        exemption_code: String,
    },
}

/// What a quote has to say about its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_quote.rs")]
pub enum QuoteReason {
    /// What the lines come to at list price.
    Lines { count: u64, amount: Total },
    /// What the lines' own discounts take off.
    LineDiscounts { amount: Total },
    /// What is taken off the whole; the percentage in plain digits, where it is one.
    DocumentDiscount { percent: Option<String>, amount: Total },
    /// VAT that is added.
    VatAdded(VatOf),
    /// VAT that prices include; it adds nothing.
    VatIncluded(VatOf),
    /// What is paid is a multiple of the smallest amount.
    PayableRounding { amount: Total },
    /// Optional lines, which no total counts.
    OptionalLines { count: u64, amount: Total },
    /// The sentence that the law wants.
    Sentence(VatSentence),
    /// A line that is new, by what it says.
    LineAdded { line: String, amount: Total },
    /// A line that is gone.
    LineRemoved { line: String, amount: Total },
    /// A line that says or costs something else.
    LineChanged { line: String, fields: Vec<&'static str>, amount: Total },
    /// A line that is as it was, that comes to something else because of the rest.
    LineShare { line: String, amount: Total },
    /// A mention that the law wants of such a seller is not there.
    MentionMissing { mention: QuoteMention, profile: SellerProfile },
    /// A mention is there, and cannot be right.
    MentionWrong { mention: QuoteMention, found: String },
}

impl VatSentence {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            VatSentence::SmallBusiness => "vat_small_business",
            VatSentence::ReverseCharge { .. } => "vat_reverse_charge",
            VatSentence::IntraCommunity => "vat_intra_community",
            VatSentence::Export => "vat_export",
            VatSentence::OutOfScope => "vat_out_of_scope",
            VatSentence::Article { .. } => "vat_exempt_by_article",
            VatSentence::Coded { .. } => "vat_exempt_by_code",
        }
    }
}

impl QuoteReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            QuoteReason::Lines { .. } => "lines",
            QuoteReason::LineDiscounts { .. } => "line_discounts",
            QuoteReason::DocumentDiscount { .. } => "document_discount",
            QuoteReason::VatAdded(_) => "vat",
            QuoteReason::VatIncluded(_) => "vat_included",
            QuoteReason::PayableRounding { .. } => "payable_rounding",
            QuoteReason::OptionalLines { .. } => "optional_lines",
            QuoteReason::Sentence(sentence) => sentence.code(),
            QuoteReason::LineAdded { .. } => "line_added",
            QuoteReason::LineRemoved { .. } => "line_removed",
            QuoteReason::LineChanged { .. } => "line_changed",
            QuoteReason::LineShare { .. } => "line_share",
            QuoteReason::MentionMissing { .. } => "mention_missing",
            QuoteReason::MentionWrong { .. } => "mention_wrong",
        }
    }

    /// What it adds to the sum that it explains; `None` where it adds nothing.
    pub const fn adds(&self) -> Option<Total> {
        match self {
            QuoteReason::Lines { amount, .. }
            | QuoteReason::LineDiscounts { amount }
            | QuoteReason::DocumentDiscount { amount, .. }
            | QuoteReason::PayableRounding { amount }
            | QuoteReason::LineAdded { amount, .. }
            | QuoteReason::LineRemoved { amount, .. }
            | QuoteReason::LineChanged { amount, .. }
            | QuoteReason::LineShare { amount, .. } => Some(*amount),
            QuoteReason::VatAdded(of) => Some(of.vat),
            _ => None,
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        if let Some(amount) = self.adds() {
            map.insert("amount".into(), amount.amount_text().into());
        }
        let mut put = |key: &str, value: Json| map.insert(key.to_owned(), value);
        match self {
            QuoteReason::Lines { count, .. } => {
                put("count", json!(count));
            }
            QuoteReason::OptionalLines { count, amount } => {
                put("count", json!(count));
                put("would_add", amount.amount_text().into());
            }
            QuoteReason::DocumentDiscount { percent: Some(percent), .. } => {
                put("percent", percent.as_str().into());
            }
            QuoteReason::VatAdded(of) | QuoteReason::VatIncluded(of) => {
                put("category", of.category.code().into());
                put("rate", of.rate.as_str().into());
                if let Some(name) = &of.name {
                    put("name", name.as_str().into());
                }
                put("base", of.base.amount_text().into());
                put("vat", of.vat.amount_text().into());
            }
            QuoteReason::Sentence(VatSentence::ReverseCharge { article: Some(article) })
            | QuoteReason::Sentence(VatSentence::Article { article }) => {
                put("article", article.as_str().into());
            }
            QuoteReason::Sentence(VatSentence::Coded { exemption_code }) => {
                put("exemption_code", exemption_code.as_str().into());
            }
            QuoteReason::LineAdded { line, .. }
            | QuoteReason::LineRemoved { line, .. }
            | QuoteReason::LineShare { line, .. } => {
                put("line", line.as_str().into());
            }
            QuoteReason::LineChanged { line, fields, .. } => {
                put("line", line.as_str().into());
                put("fields", json!(fields));
            }
            QuoteReason::MentionMissing { mention, profile } => {
                put("mention", mention.code().into());
                put("profile", profile.code().into());
            }
            QuoteReason::MentionWrong { mention, found } => {
                put("mention", mention.code().into());
                put("found", found.as_str().into());
            }
            QuoteReason::LineDiscounts { .. }
            | QuoteReason::DocumentDiscount { percent: None, .. }
            | QuoteReason::PayableRounding { .. }
            | QuoteReason::Sentence(_) => {}
        }
    }
}
