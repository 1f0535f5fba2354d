//! What a quote's totals are made of, in words.

use serde_json::{Map, Value as Json, json};

use super::totals::{LineTotal, Sums, TaxRow, Totals};
use crate::kernel::forecast_reason::Total;
use crate::kernel::json;
use crate::kernel::number;
use crate::kernel::quote_reason::{QuoteReason, VatOf, VatSentence};
use crate::kernel::quotes::{PriceMode, VatCategory};
use crate::kernel::reason::Reason;
use crate::lang::Lang;

impl Totals {
    fn total(&self, minor: i64) -> Total {
        Total { minor_units: minor.into(), currency: self.currency }
    }

    /// What the totals are made of. What each adds ([`QuoteReason::adds`]) adds up to what is paid; where nothing is
    /// rounded for payment, that is the gross.
    pub fn trace(&self) -> Vec<QuoteReason> {
        let mut trace = vec![QuoteReason::Lines { count: json::length(self.counted), amount: self.total(self.list) }];
        if self.line_discounts != 0 {
            let amount = self.total(self.line_discounts.saturating_neg());
            trace.push(QuoteReason::LineDiscounts { amount });
        }
        if self.discount != 0 {
            let percent = self.discount_percent.map(|percent| percent.to_string());
            let amount = self.total(self.discount.saturating_neg());
            trace.push(QuoteReason::DocumentDiscount { percent, amount });
        }
        for row in &self.per_rate {
            let (base, vat) = (self.total(row.base), self.total(row.vat));
            let of = VatOf { category: row.category, rate: row.rate.to_string(), name: row.name.clone(), base, vat };
            trace.push(match self.price_mode {
                PriceMode::Net => QuoteReason::VatAdded(of),
                PriceMode::Gross => QuoteReason::VatIncluded(of),
            });
        }
        if let Some(rounding) = self.rounding_amount {
            trace.push(QuoteReason::PayableRounding { amount: self.total(rounding) });
        }
        if self.optional_lines > 0 {
            let count = json::length(self.optional_lines);
            trace.push(QuoteReason::OptionalLines { count, amount: self.total(self.optional.gross) });
        }
        trace
    }

    /// The sentences that the law wants where no VAT is owed; the same one once.
    pub fn sentences(&self) -> Vec<VatSentence> {
        let mut all = Vec::new();
        for sentence in self.per_rate.iter().filter_map(TaxRow::sentence) {
            if !all.contains(&sentence) {
                all.push(sentence);
            }
        }
        all
    }

    /// The totals as canonical JSON, without sentences.
    pub fn to_json(&self) -> Json {
        self.told(None)
    }

    /// The totals as JSON, with their sentences in a language.
    pub fn told(&self, lang: Option<Lang>) -> Json {
        let plain = |minor: i64| Json::from(number::plain(minor.into(), self.currency.minor_digits()));
        let sums = |sums: Sums| json!({"net": plain(sums.net), "vat": plain(sums.vat), "gross": plain(sums.gross)});
        let line = |line: &Option<LineTotal>| {
            line.map_or(Json::Null, |line| {
                json!({
                    "list": plain(line.list),
                    "discount": plain(line.discount),
                    "document_discount": plain(line.document_discount),
                    "net": plain(line.sums.net),
                    "vat": plain(line.sums.vat),
                    "gross": plain(line.sums.gross),
                })
            })
        };
        let row = |row: &TaxRow| {
            let mut map = Map::new();
            map.insert("category".into(), row.category.code().into());
            map.insert("rate".into(), row.rate.to_string().into());
            for (key, text) in [("name", &row.name), ("exemption_code", &row.exemption_code)] {
                if let Some(text) = text {
                    map.insert(key.into(), text.as_str().into());
                }
            }
            map.insert("base".into(), plain(row.base));
            map.insert("vat".into(), plain(row.vat));
            map.insert("document_discount".into(), plain(row.discount));
            Json::Object(map)
        };
        let told = |reason: QuoteReason| Json::Object(Reason::Quote(reason).to_json(lang));
        json!({
            "currency": self.currency.code(),
            "price_mode": self.price_mode.code(),
            "rounding": self.rounding.code(),
            "lines": self.lines.iter().map(line).collect::<Vec<_>>(),
            "list": plain(self.list),
            "line_discounts": plain(self.line_discounts),
            "document_discount": plain(self.discount),
            "per_rate": self.per_rate.iter().map(row).collect::<Vec<_>>(),
            "net": plain(self.sums.net),
            "vat": plain(self.sums.vat),
            "gross": plain(self.sums.gross),
            "rounding_amount": self.rounding_amount.map(plain),
            "payable": plain(self.payable),
            "one_off": sums(self.one_off),
            "monthly": sums(self.monthly),
            "annual": sums(self.annual),
            "contract": self.contract.map(sums),
            "optional": sums(self.optional),
            "sentences": self.sentences().into_iter().map(QuoteReason::Sentence).map(told).collect::<Vec<_>>(),
            "trace": self.trace().into_iter().map(told).collect::<Vec<_>>(),
        })
    }
}

impl TaxRow {
    /// What the law wants to be said about it.
    fn sentence(&self) -> Option<VatSentence> {
        let code = self.exemption_code.as_deref();
        match self.category {
            VatCategory::Standard | VatCategory::Zero | VatCategory::Igic | VatCategory::Ipsi => None,
            VatCategory::ReverseCharge if code == Some("VATEX-FR-AE") => {
                Some(VatSentence::ReverseCharge { article: Some("283, 2".to_owned()) })
            }
            VatCategory::ReverseCharge => Some(VatSentence::ReverseCharge { article: None }),
            VatCategory::IntraCommunity => Some(VatSentence::IntraCommunity),
            VatCategory::Export => Some(VatSentence::Export),
            VatCategory::OutOfScope => Some(VatSentence::OutOfScope),
            VatCategory::Exempt => code.map(|code| match (code, code.strip_prefix("VATEX-FR-CGI")) {
                ("VATEX-FR-FRANCHISE", _) => VatSentence::SmallBusiness,
                (_, Some(article)) => VatSentence::Article { article: article_text(article) },
                (code, None) => VatSentence::Coded { exemption_code: code.to_owned() },
            }),
        }
    }
}

/// An article as the codes of VATEX have it, in the form in which it is cited: `261C-1` is `261 C, 1`.
fn article_text(code: &str) -> String {
    let (article, part) = code.split_once('-').map_or((code, None), |(article, part)| (article, Some(part)));
    let digits = article.find(|c: char| !c.is_ascii_digit()).unwrap_or(article.len());
    let (number, letters) = article.split_at(digits);
    let mut text = number.to_owned();
    if !letters.is_empty() {
        text.push('\u{a0}');
        text.push_str(letters);
    }
    if let Some(part) = part {
        text.push_str(", ");
        text.push_str(&part.to_lowercase());
    }
    text
}
