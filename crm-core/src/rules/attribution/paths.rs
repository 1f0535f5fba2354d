//! Whole tables of paths: what each channel brought, exactly.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::model::{Model, Path};
use super::settings::Occurrence;
use super::share::Splitter;
use crate::kernel::allocate::Division;
use crate::kernel::error::{Problem, Result};
use crate::kernel::number;
use crate::kernel::rational::common_divisor;

/// Places to which what channels brought is rounded.
pub(super) const PLACES: u32 = 6;

/// One path with what it brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuedPath<'a> {
    /// The channels in order.
    pub channels: Vec<&'a str>,
    /// What it brought, in units of 10^-places.
    pub value: i128,
}

/// What a channel brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelValue {
    /// The channel.
    pub channel: String,
    /// Exactly, as a fraction in lowest terms; `None` where 128 bits do not hold it.
    pub exact: Option<(i128, i128)>,
    /// Rounded to six places; with what is unattributed all of them are the total.
    pub millionths: i128,
}

/// Keeps each channel's first or last appearance.
pub fn once<'a>(channels: &[&'a str], occurrence: Occurrence) -> Vec<&'a str> {
    let is_kept = |place: usize, channel: &str| match occurrence {
        Occurrence::First => !channels.iter().take(place).any(|other| *other == channel),
        Occurrence::Last => !channels.iter().skip(place.saturating_add(1)).any(|other| *other == channel),
    };
    channels
        .iter()
        .enumerate()
        .filter(|(place, channel)| is_kept(*place, channel))
        .map(|(_, channel)| *channel)
        .collect()
}

/// Numerators by their denominator.
type Numerators = BTreeMap<u128, i128>;

/// What a model gives each channel of many paths, by name; `places` is the number of decimals of the values. Paths
/// without a channel give nothing to anybody.
///
/// # Errors
/// [`Problem::AmountTooLarge`] where even the rounded sums leave 128 bits.
pub fn attribute_paths(model: &Model, paths: &[ValuedPath<'_>], places: u32) -> Result<Vec<ChannelValue>> {
    let too_large = || Problem::AmountTooLarge;
    let scale = 10i128.checked_pow(PLACES.checked_sub(places).ok_or_else(too_large)?).ok_or_else(too_large)?;
    let mut splitter = Splitter::default();
    let mut division = Division::default();
    // By channel: numerators by denominator, and the rounded sum.
    let mut sums: BTreeMap<&str, (Option<Numerators>, i128)> = BTreeMap::new();
    let mut total = 0i128;
    for path in paths.iter().filter(|path| !path.channels.is_empty()) {
        let weights = splitter.weights(model, &Path { len: path.channels.len(), ..Path::default() }).to_vec();
        let common = weights.iter().copied().filter(|weight| *weight > 0).fold(0, common_divisor).max(1);
        let weights: Vec<u128> = weights.iter().map(|weight| weight.checked_div(common).unwrap_or(0)).collect();
        let whole = weights.iter().try_fold(0u128, |sum, weight| sum.checked_add(*weight)).ok_or_else(too_large)?;
        let value = path.value.checked_mul(scale).ok_or_else(too_large)?;
        total = total.checked_add(value).ok_or_else(too_large)?;
        // Nine more places than are shown, so that what is lost never shows.
        let fine = value.checked_mul(FINE).ok_or_else(too_large)?;
        let parts = division.divide(fine, &weights)?;
        for ((channel, weight), part) in path.channels.iter().zip(&weights).zip(parts) {
            let (exact, rounded) = sums.entry(channel).or_insert_with(|| (Some(BTreeMap::new()), 0));
            *rounded = rounded.checked_add(*part).ok_or_else(too_large)?;
            let added = exact.as_mut().and_then(|exact| {
                let product = i128::try_from(*weight).ok()?.checked_mul(value)?;
                let numerator = exact.entry(whole).or_insert(0);
                *numerator = numerator.checked_add(product)?;
                Some(())
            });
            if added.is_none() {
                *exact = None;
            }
        }
    }
    let exact: Vec<Option<(i128, i128)>> = sums.values().map(|(exact, _)| sum_of(exact.as_ref()?)).collect();
    let fine: Vec<i128> = sums.values().map(|(_, rounded)| *rounded).collect();
    let millionths = crate::kernel::allocate::rows_of(&fine, FINE.unsigned_abs().try_into().unwrap_or(1), total);
    let values = sums.keys().zip(exact).zip(millionths);
    Ok(values
        .map(|((channel, exact), millionths)| ChannelValue { channel: (*channel).to_owned(), exact, millionths })
        .collect())
}

/// Parts of a millionth that sums are kept in.
const FINE: i128 = 1_000_000_000;

/// The sum of fractions with few denominators, of millionths, in lowest terms.
fn sum_of(fractions: &BTreeMap<u128, i128>) -> Option<(i128, i128)> {
    let mut sum = (0i128, 1i128);
    for (denominator, numerator) in fractions {
        let denominator = i128::try_from(*denominator).ok()?;
        let common = i128::try_from(common_divisor(sum.1.unsigned_abs(), denominator.unsigned_abs())).ok()?;
        let (mine, theirs) = (denominator.checked_div(common)?, sum.1.checked_div(common)?);
        let above = sum.0.checked_mul(mine)?.checked_add(numerator.checked_mul(theirs)?)?;
        sum = lowest((above, sum.1.checked_mul(mine)?))?;
    }
    lowest((sum.0, sum.1.checked_mul(10i128.checked_pow(PLACES)?)?))
}

fn lowest((above, below): (i128, i128)) -> Option<(i128, i128)> {
    let common = i128::try_from(common_divisor(above.unsigned_abs(), below.unsigned_abs())).ok()?;
    Some((above.checked_div(common)?, below.checked_div(common)?))
}

impl ChannelValue {
    /// `{"channel": "search", "exact": "19/6", "value": "3.166667"}`.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("channel".into(), self.channel.as_str().into());
        let exact =
            self.exact.map(|(above, below)| if below == 1 { above.to_string() } else { format!("{above}/{below}") });
        map.insert("exact".into(), exact.into());
        map.insert("value".into(), number::plain(self.millionths, PLACES).into());
        Json::Object(map)
    }
}
