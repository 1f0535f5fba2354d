//! Who sells, who buys, and what the law wants to be said.

use serde_json::{Map, Value as Json};

use super::wording::{Wording, line};
use crate::kernel::error::Result;
use crate::kernel::money::Money;
use crate::kernel::quotes::CustomerKind;
use crate::rules::check;
use crate::rules::read::{Object, coded, money};

/// Most legal texts beside those that have a name.
const MOST_TEXTS: usize = 100;

/// The seller as a quote names it. What is not known stays open; [`check_mentions`](super::check_mentions) tells what is
/// missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seller {
    /// Its name.
    pub name: Option<String>,
    /// Its legal form: `SARL`, `SAS`, `EI`.
    pub form: Option<String>,
    /// Its share capital.
    pub capital: Option<Money>,
    /// Its address, in as many lines as it has.
    pub address: Option<Wording>,
    /// Its nine digits.
    pub siren: Option<String>,
    /// Its number in the register of companies, with the town.
    pub rcs: Option<String>,
    /// Its number in the register of trades.
    pub rm: Option<String>,
    /// Its VAT number.
    pub vat_number: Option<String>,
}

/// The customer as a quote names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// A business or a consumer.
    pub kind: Option<CustomerKind>,
    /// Its name.
    pub name: Option<String>,
    /// Its address.
    pub address: Option<Wording>,
    /// Its nine digits.
    pub siren: Option<String>,
    /// Its VAT number.
    pub vat_number: Option<String>,
}

/// What else a quote says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Legal {
    /// When and how it is paid.
    pub payment_terms: Option<Wording>,
    /// What late payment costs, between businesses.
    pub late_penalty: Option<Wording>,
    /// The ten-year insurance of the building trades: insurer, address, area.
    pub insurance: Option<Wording>,
    /// What becomes of the waste of building works.
    pub waste: Option<Wording>,
    /// What stands above the signature: « Bon pour accord ».
    pub signature_line: Option<Wording>,
    /// Anything else.
    pub texts: Vec<Wording>,
}

/// Puts what there is.
fn put(map: &mut Map<String, Json>, key: &str, value: Option<Json>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value);
    }
}

fn text(value: Option<&String>) -> Option<Json> {
    value.map(|text| Json::from(text.as_str()))
}

impl Seller {
    pub(in crate::rules) fn from_json(json: &Json) -> Result<Self> {
        let keys = &["name", "form", "capital", "address", "siren", "rcs", "rm", "vat_number"];
        let o = Object::new(json, keys)?;
        Ok(Self {
            name: o.optional("name", line)?,
            form: o.optional("form", line)?,
            capital: o.optional("capital", money)?,
            address: o.optional("address", Wording::from_json)?,
            siren: o.optional("siren", line)?,
            rcs: o.optional("rcs", line)?,
            rm: o.optional("rm", line)?,
            vat_number: o.optional("vat_number", line)?,
        })
    }

    pub(super) fn to_json(&self) -> Option<Json> {
        let mut map = Map::new();
        put(&mut map, "name", text(self.name.as_ref()));
        put(&mut map, "form", text(self.form.as_ref()));
        put(&mut map, "capital", self.capital.map(Money::to_json));
        put(&mut map, "address", self.address.as_ref().map(Wording::to_json));
        put(&mut map, "siren", text(self.siren.as_ref()));
        put(&mut map, "rcs", text(self.rcs.as_ref()));
        put(&mut map, "rm", text(self.rm.as_ref()));
        put(&mut map, "vat_number", text(self.vat_number.as_ref()));
        (!map.is_empty()).then_some(Json::Object(map))
    }
}

impl Customer {
    pub(in crate::rules) fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["kind", "name", "address", "siren", "vat_number"])?;
        Ok(Self {
            kind: o.optional("kind", |v| coded(v, CustomerKind::from_code, CustomerKind::CODES))?,
            name: o.optional("name", line)?,
            address: o.optional("address", Wording::from_json)?,
            siren: o.optional("siren", line)?,
            vat_number: o.optional("vat_number", line)?,
        })
    }

    pub(super) fn to_json(&self) -> Option<Json> {
        let mut map = Map::new();
        put(&mut map, "kind", self.kind.map(|kind| kind.code().into()));
        put(&mut map, "name", text(self.name.as_ref()));
        put(&mut map, "address", self.address.as_ref().map(Wording::to_json));
        put(&mut map, "siren", text(self.siren.as_ref()));
        put(&mut map, "vat_number", text(self.vat_number.as_ref()));
        (!map.is_empty()).then_some(Json::Object(map))
    }
}

impl Legal {
    pub(in crate::rules) fn from_json(json: &Json) -> Result<Self> {
        let keys = &["payment_terms", "late_penalty", "insurance", "waste", "signature_line", "texts"];
        let o = Object::new(json, keys)?;
        let texts = o.list("texts", Wording::from_json)?;
        check::most("texts", texts.len(), MOST_TEXTS).map_err(|e| e.at("texts"))?;
        Ok(Self {
            payment_terms: o.optional("payment_terms", Wording::from_json)?,
            late_penalty: o.optional("late_penalty", Wording::from_json)?,
            insurance: o.optional("insurance", Wording::from_json)?,
            waste: o.optional("waste", Wording::from_json)?,
            signature_line: o.optional("signature_line", Wording::from_json)?,
            texts,
        })
    }

    pub(super) fn to_json(&self) -> Option<Json> {
        let mut map = Map::new();
        let named = [
            ("payment_terms", &self.payment_terms),
            ("late_penalty", &self.late_penalty),
            ("insurance", &self.insurance),
            ("waste", &self.waste),
            ("signature_line", &self.signature_line),
        ];
        for (key, wording) in named {
            put(&mut map, key, wording.as_ref().map(Wording::to_json));
        }
        let texts = || self.texts.iter().map(Wording::to_json).collect();
        put(&mut map, "texts", (!self.texts.is_empty()).then(texts));
        (!map.is_empty()).then_some(Json::Object(map))
    }
}
