//! Stored reasons of ideas to sell more.

use super::Stored;
use crate::kernel::number::Number;
use crate::kernel::renewal_reason::RenewalReason as R;

pub(super) fn read(code: &str, o: &Stored<'_>) -> Option<R> {
    let number = |key: &str| o.coded(key, |text| Number::parse(text).ok());
    Some(match code {
        "seats_used" => R::SeatsUsed {
            product: o.text("product")?,
            used: number("used")?,
            quantity: number("quantity")?,
            share_bp: o.number("share_bp")?,
        },
        "measured" => R::Measured { name: o.text("name")?, value: number("value")?, from: number("from")? },
        _ => return None,
    })
}
