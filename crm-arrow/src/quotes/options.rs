//! What the caller decides.

use crm_core::kernel::quotes::{PriceMode, VatRounding};
use crm_core::rules::quote::Discount;
use crm_core::{Currency, Number, Problem, Result};
use serde_json::Value as Json;

use crate::desk::TableOptions;
use crate::options::Given;

/// What a row of the result is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PerRow {
    /// A quote.
    #[default]
    Quote,
    /// A tax of a quote.
    Rate,
}

/// What is asked of [`quote_table`](super::quote_table).
#[derive(Clone, Debug)]
pub struct QuoteOptions {
    /// How the table is read; `keep` is of no use, since rows of the result are not rows of the table. The currency is that
    /// of quotes that name none.
    pub table: TableOptions,
    /// Whether prices are with or without VAT, where the table does not say.
    pub price_mode: PriceMode,
    /// Where VAT is rounded, where the table does not say.
    pub rounding: VatRounding,
    /// What is taken off every quote that says nothing else.
    pub discount: Option<Discount>,
    /// What a row of the result is.
    pub per: PerRow,
}

impl QuoteOptions {
    /// Reads the JSON form; nothing is required:
    ///
    /// ```
    /// use crm_arrow::{PerRow, QuoteOptions};
    /// let options = serde_json::json!({"currency": "EUR", "price_mode": "gross", "rounding": "per_line", "per": "rate",
    ///     "discount_percent": "5", "map": {"Devis": "quote"}, "lang": "fr", "threads": 2});
    /// assert_eq!(QuoteOptions::from_json(&options)?.per, PerRow::Rate);
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json) -> Result<Self> {
        const KEYS: &[&str] =
            &["currency", "discount_percent", "lang", "map", "per", "price_mode", "rounding", "threads"];
        let given = Given::new(options, KEYS)?;
        let percent = given.text("discount_percent")?.map(Number::parse).transpose();
        let percent = percent.map_err(|e| e.at("discount_percent"))?;
        let discount = percent.map(|percent| Discount::percent(percent).map_err(|e| e.at("discount_percent")));
        let per = one_of(&given, "per", &["quote", "rate"], |code| match code {
            "quote" => Some(PerRow::Quote),
            "rate" => Some(PerRow::Rate),
            _ => None,
        })?;
        let currency: Option<Currency> = given.parsed("currency")?;
        Ok(Self {
            table: TableOptions {
                lang: given.parsed("lang")?,
                map: given.map()?,
                currency,
                threads: given.threads()?,
                ..TableOptions::default()
            },
            price_mode: one_of(&given, "price_mode", PriceMode::CODES, PriceMode::from_code)?.unwrap_or(PriceMode::Net),
            rounding: one_of(&given, "rounding", VatRounding::CODES, VatRounding::from_code)?
                .unwrap_or(VatRounding::PerRate),
            discount: discount.transpose()?,
            per: per.unwrap_or_default(),
        })
    }
}

fn one_of<T>(
    given: &Given<'_>,
    key: &'static str,
    codes: &'static [&'static str],
    of: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>> {
    let Some(code) = given.text(key)? else { return Ok(None) };
    let wrong = || {
        let found = crm_core::kernel::text::shortened(code, 60);
        crm_core::Error::from(Problem::NotOneOf { found, expected: codes }).at(key)
    };
    of(code).map(Some).ok_or_else(wrong)
}
