//! What a host says of its quotes.

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::money::Currency;
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::quotes::{NumberReset, PriceMode, SellerProfile, VatRounding};
use crate::kernel::text::shortened;
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::quote::{Legal, NumberFormat, Seller};
use crate::rules::read::{Object, coded, list, text};

/// How long a quote holds, unless the configuration says otherwise.
const USUAL_VALIDITY_DAYS: i64 = 30;
/// Most days that a quote holds: ten years.
const MOST_VALIDITY_DAYS: i64 = 3_653;
/// Most series.
const MOST_SERIES: usize = 50;

/// The part `quotes` of a configuration:
///
/// ```json
/// {"zone": "Europe/Paris", "language": "fr", "currency": "EUR", "price_mode": "net", "rounding": "per_rate",
///  "validity_days": 30, "profile": "company",
///  "seller": {"name": "Rénov'Ouest", "form": "SARL", "siren": "404833048"},
///  "legal": {"payment_terms": {"fr": "Paiement à 30 jours"}},
///  "series": [{"id": "quote", "number": "D-{yyyy}-{seq:05}", "reset": "year"}]}
/// ```
///
/// Everything may be left out. `validity_days` 0 is no last day. With a `profile`, a quote is not issued without the mentions
/// that the law asks for of such a seller.
#[derive(Clone, Debug, PartialEq)]
pub struct QuoteSettings {
    /// By whose days quotes are dated and end.
    pub zone: Zone,
    /// The language of a quote that names none.
    pub language: Lang,
    /// The currency of a quote that names none; without it, each quote names its own.
    pub currency: Option<Currency>,
    /// Whether prices are with or without VAT, where a quote does not say.
    pub price_mode: PriceMode,
    /// Where VAT is rounded, where a quote does not say.
    pub rounding: VatRounding,
    /// How many days after its own a quote's last one is; `None` for no last day.
    pub validity_days: Option<u64>,
    /// What kind of business sells, for the mentions that the law asks for; `None` asks for none.
    pub profile: Option<SellerProfile>,
    /// The seller, as the rule `quote` reads it.
    pub seller: Option<Json>,
    /// What quotes say in any case, as the rule `quote` reads it.
    pub legal: Option<Json>,
    /// The series of numbers; the first is the usual one.
    pub series: Vec<Series>,
}

/// A series of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What quotes call it.
    pub id: String,
    /// How its numbers look and when they begin again.
    pub format: NumberFormat,
}

impl Series {
    /// The series of a workspace that configures none: `D-2026-00017`.
    fn usual() -> Result<Self> {
        Ok(Self { id: "quote".to_owned(), format: NumberFormat::new("D-{yyyy}-{seq:05}", None)? })
    }

    /// The counter of its numbers on a day.
    pub fn counter(&self, day: NaiveDate) -> String {
        format!("quote {} {}", self.id, self.format.period(day))
    }

    /// A number of the series.
    pub fn number(&self, sequence: u64, day: NaiveDate) -> String {
        self.format.text(sequence, day)
    }

    fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["id", "number", "reset"])?;
        let id = o.text("id")?;
        check::id(&id).map_err(|e| e.at("id"))?;
        let reset = o.optional("reset", |v| coded(v, NumberReset::from_code, NumberReset::CODES))?;
        let format = NumberFormat::new(&o.text("number")?, reset).map_err(|e| e.at("number"))?;
        Ok(Self { id, format })
    }
}

impl Default for QuoteSettings {
    fn default() -> Self {
        Self {
            zone: Zone::UTC,
            language: Lang::French,
            currency: None,
            price_mode: PriceMode::Net,
            rounding: VatRounding::PerRate,
            validity_days: u64::try_from(USUAL_VALIDITY_DAYS).ok(),
            profile: None,
            seller: None,
            legal: None,
            series: Series::usual().into_iter().collect(),
        }
    }
}

impl QuoteSettings {
    /// Reads the part; what is left out is as usual.
    ///
    /// # Errors
    /// Unknown options, zones, currencies and templates, with their place.
    pub fn from_json(json: &Json) -> Result<Self> {
        const KEYS: &[&str] = &[
            "zone",
            "language",
            "currency",
            "price_mode",
            "rounding",
            "validity_days",
            "profile",
            "seller",
            "legal",
            "series",
        ];
        let o = Object::new(json, KEYS)?;
        let usual = Self::default();
        let validity_days = match o.optional_integer("validity_days")? {
            None => usual.validity_days,
            Some(days) => {
                check::between(days, 0, MOST_VALIDITY_DAYS).map_err(|e| e.at("validity_days"))?;
                u64::try_from(days).ok().filter(|days| *days > 0)
            }
        };
        let series = o.optional("series", |v| list(v, Series::from_json))?.unwrap_or(usual.series);
        if series.is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "list" }).at("series"));
        }
        check::most("series", series.len(), MOST_SERIES).map_err(|e| e.at("series"))?;
        for (i, one) in series.iter().enumerate() {
            if series.iter().take(i).any(|other| other.id == one.id) {
                return Err(Error::from(RulesProblem::DuplicateId { id: one.id.clone() }).at_index(i).at("series"));
            }
        }
        // What quotes take over is read as theirs will be.
        let seller = o.optional("seller", |v| Seller::from_json(v).map(|_| v.clone()))?;
        let legal = o.optional("legal", |v| Legal::from_json(v).map(|_| v.clone()))?;
        Ok(Self {
            zone: o.zone()?.unwrap_or(usual.zone),
            language: o.optional("language", |v| text(v)?.parse())?.unwrap_or(usual.language),
            currency: o.optional("currency", |v| text(v)?.parse())?,
            price_mode: o
                .optional("price_mode", |v| coded(v, PriceMode::from_code, PriceMode::CODES))?
                .unwrap_or(usual.price_mode),
            rounding: o
                .optional("rounding", |v| coded(v, VatRounding::from_code, VatRounding::CODES))?
                .unwrap_or(usual.rounding),
            validity_days,
            profile: o.optional("profile", |v| coded(v, SellerProfile::from_code, SellerProfile::CODES))?,
            seller,
            legal,
            series,
        })
    }

    /// The series of a code; the usual one of none.
    ///
    /// # Errors
    /// [`OfferProblem::UnknownSeries`].
    pub fn series(&self, id: &str) -> Result<&Series> {
        let found = match id {
            "" => self.series.first(),
            id => self.series.iter().find(|series| series.id == id),
        };
        let unknown = || OfferProblem::UnknownSeries {
            found: shortened(id, 60),
            expected: self.series.iter().map(|series| series.id.clone()).collect(),
        };
        Ok(found.ok_or_else(unknown)?)
    }
}
