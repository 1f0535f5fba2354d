//! The terms of a quote: lines, discounts, taxes, parties, as strict JSON.

use serde_json::{Map, Value as Json};

use super::discount::Discount;
use super::line::QuoteLine;
use super::parties::{Customer, Legal, Seller};
use super::written::minor_units;
use crate::kernel::error::Result;
use crate::kernel::money::Currency;
use crate::kernel::number;
use crate::kernel::quotes::{PriceMode, VatRounding};
use crate::rules::check;
use crate::rules::read::{Object, coded, list, text};

/// Most lines of a quote.
pub const MOST_LINES: usize = 1_000;

/// What a quote offers, in the form that its totals, its hash and its comparison rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteTerms {
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether prices are with or without VAT.
    pub price_mode: PriceMode,
    /// Where VAT is rounded.
    pub rounding: VatRounding,
    /// What is offered, in the order in which it is read.
    pub lines: Vec<QuoteLine>,
    /// What is taken off the whole.
    pub discount: Option<Discount>,
    /// The smallest amount that can be paid, in minor units: what is paid is a multiple of it (EN 16931, BT-114). `None`
    /// rounds nothing.
    pub payable_step: Option<i64>,
    /// Who sells.
    pub seller: Seller,
    /// Who buys.
    pub customer: Customer,
    /// What else it says.
    pub legal: Legal,
}

impl QuoteTerms {
    /// Reads terms; see the [module](super) for their form.
    ///
    /// # Errors
    /// What is wrong, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(
            json,
            &["currency", "price_mode", "rounding", "lines", "discount", "payable_step", "seller", "customer", "legal"],
        )?;
        let currency: Currency =
            text(o.required("currency")?).and_then(|code| code.parse()).map_err(|e| e.at("currency"))?;
        let price_mode = o.optional("price_mode", |v| coded(v, PriceMode::from_code, PriceMode::CODES))?;
        let rounding = o.optional("rounding", |v| coded(v, VatRounding::from_code, VatRounding::CODES))?;
        let lines = o.required("lines")?;
        check::most("lines", lines.as_array().map_or(0, Vec::len), MOST_LINES).map_err(|e| e.at("lines"))?;
        let payable_step = o.optional("payable_step", |v| {
            let step = minor_units(v, currency)?;
            let whole = 10i64.checked_pow(currency.minor_digits()).unwrap_or(1).saturating_mul(1_000);
            check::between(step, 1, whole).map(|()| step)
        })?;
        Ok(Self {
            currency,
            price_mode: price_mode.unwrap_or(PriceMode::Net),
            rounding: rounding.unwrap_or(VatRounding::PerRate),
            lines: list(lines, |line| QuoteLine::from_json(line, currency)).map_err(|e| e.at("lines"))?,
            discount: o.optional("discount", |v| Discount::from_json(v, currency))?,
            payable_step,
            seller: o.optional("seller", Seller::from_json)?.unwrap_or_default(),
            customer: o.optional("customer", Customer::from_json)?.unwrap_or_default(),
            legal: o.optional("legal", Legal::from_json)?.unwrap_or_default(),
        })
    }

    /// The terms as JSON; [`QuoteTerms::from_json`] reads them back. Equal terms give equal bytes.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("currency".into(), self.currency.code().into());
        map.insert("price_mode".into(), self.price_mode.code().into());
        map.insert("rounding".into(), self.rounding.code().into());
        map.insert("lines".into(), self.lines.iter().map(|line| line.to_json(self.currency)).collect());
        let plain = |minor: i64| number::plain(i128::from(minor), self.currency.minor_digits());
        let others = [
            ("discount", self.discount.map(|discount| discount.to_json(self.currency))),
            ("payable_step", self.payable_step.map(|step| plain(step).into())),
            ("seller", self.seller.to_json()),
            ("customer", self.customer.to_json()),
            ("legal", self.legal.to_json()),
        ];
        map.extend(others.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        Json::Object(map)
    }
}
