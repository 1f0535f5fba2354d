//! Money: a whole count of a currency's minor units. Currencies never mix.

use std::fmt;
use std::str::FromStr;

use super::error::{Error, Problem, Result};
use super::number;

/// Every amount lies strictly between minus and plus this many major units: 10^15.
const BOUND: i128 = 1_000_000_000_000_000;

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(usize);

/// Active ISO 4217 codes and their minor-unit digits, in order of code. Funds, metals and test codes are left out.
const CURRENCIES: &[(&str, u32)] = &[
    ("AED", 2),
    ("AFN", 2),
    ("ALL", 2),
    ("AMD", 2),
    ("AOA", 2),
    ("ARS", 2),
    ("AUD", 2),
    ("AWG", 2),
    ("AZN", 2),
    ("BAM", 2),
    ("BBD", 2),
    ("BDT", 2),
    ("BHD", 3),
    ("BIF", 0),
    ("BMD", 2),
    ("BND", 2),
    ("BOB", 2),
    ("BRL", 2),
    ("BSD", 2),
    ("BTN", 2),
    ("BWP", 2),
    ("BYN", 2),
    ("BZD", 2),
    ("CAD", 2),
    ("CDF", 2),
    ("CHF", 2),
    ("CLP", 0),
    ("CNY", 2),
    ("COP", 2),
    ("CRC", 2),
    ("CUP", 2),
    ("CVE", 2),
    ("CZK", 2),
    ("DJF", 0),
    ("DKK", 2),
    ("DOP", 2),
    ("DZD", 2),
    ("EGP", 2),
    ("ERN", 2),
    ("ETB", 2),
    ("EUR", 2),
    ("FJD", 2),
    ("FKP", 2),
    ("GBP", 2),
    ("GEL", 2),
    ("GHS", 2),
    ("GIP", 2),
    ("GMD", 2),
    ("GNF", 0),
    ("GTQ", 2),
    ("GYD", 2),
    ("HKD", 2),
    ("HNL", 2),
    ("HTG", 2),
    ("HUF", 2),
    ("IDR", 2),
    ("ILS", 2),
    ("INR", 2),
    ("IQD", 3),
    ("IRR", 2),
    ("ISK", 0),
    ("JMD", 2),
    ("JOD", 3),
    ("JPY", 0),
    ("KES", 2),
    ("KGS", 2),
    ("KHR", 2),
    ("KMF", 0),
    ("KPW", 2),
    ("KRW", 0),
    ("KWD", 3),
    ("KYD", 2),
    ("KZT", 2),
    ("LAK", 2),
    ("LBP", 2),
    ("LKR", 2),
    ("LRD", 2),
    ("LSL", 2),
    ("LYD", 3),
    ("MAD", 2),
    ("MDL", 2),
    ("MGA", 2),
    ("MKD", 2),
    ("MMK", 2),
    ("MNT", 2),
    ("MOP", 2),
    ("MRU", 2),
    ("MUR", 2),
    ("MVR", 2),
    ("MWK", 2),
    ("MXN", 2),
    ("MYR", 2),
    ("MZN", 2),
    ("NAD", 2),
    ("NGN", 2),
    ("NIO", 2),
    ("NOK", 2),
    ("NPR", 2),
    ("NZD", 2),
    ("OMR", 3),
    ("PAB", 2),
    ("PEN", 2),
    ("PGK", 2),
    ("PHP", 2),
    ("PKR", 2),
    ("PLN", 2),
    ("PYG", 0),
    ("QAR", 2),
    ("RON", 2),
    ("RSD", 2),
    ("RUB", 2),
    ("RWF", 0),
    ("SAR", 2),
    ("SBD", 2),
    ("SCR", 2),
    ("SDG", 2),
    ("SEK", 2),
    ("SGD", 2),
    ("SHP", 2),
    ("SLE", 2),
    ("SOS", 2),
    ("SRD", 2),
    ("SSP", 2),
    ("STN", 2),
    ("SVC", 2),
    ("SYP", 2),
    ("SZL", 2),
    ("THB", 2),
    ("TJS", 2),
    ("TMT", 2),
    ("TND", 3),
    ("TOP", 2),
    ("TRY", 2),
    ("TTD", 2),
    ("TWD", 2),
    ("TZS", 2),
    ("UAH", 2),
    ("UGX", 0),
    ("USD", 2),
    ("UYU", 2),
    ("UZS", 2),
    ("VES", 2),
    ("VND", 0),
    ("VUV", 0),
    ("WST", 2),
    ("XAF", 0),
    ("XCD", 2),
    ("XCG", 2),
    ("XOF", 0),
    ("XPF", 0),
    ("YER", 2),
    ("ZAR", 2),
    ("ZMW", 2),
    ("ZWG", 2),
];

impl Currency {
    /// The three-letter code.
    pub fn code(self) -> &'static str {
        CURRENCIES.get(self.0).map_or("", |(code, _)| code)
    }

    /// How many decimal places its amounts have.
    pub fn minor_digits(self) -> u32 {
        CURRENCIES.get(self.0).map_or(2, |(_, digits)| *digits)
    }

    /// Every currency, in order of code.
    pub fn all() -> impl Iterator<Item = Currency> {
        (0..CURRENCIES.len()).map(Currency)
    }
}

impl FromStr for Currency {
    type Err = Error;
    fn from_str(code: &str) -> Result<Self> {
        CURRENCIES
            .binary_search_by_key(&code, |(c, _)| c)
            .map(Currency)
            .map_err(|_| Problem::UnknownCurrency { found: super::text::shortened(code, 20) }.into())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount: a whole number of minor units (cents) of one currency, below 10^15 major units either way.
///
/// ```
/// use crm_core::{Currency, Money};
/// let euro: Currency = "EUR".parse().unwrap();
/// let price = Money::parse("1250.5", euro).unwrap();
/// assert_eq!((price.minor_units(), price.to_string()), (125_050, "1250.50 EUR".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

impl Money {
    /// An amount from minor units.
    ///
    /// # Errors
    /// [`Problem::OutOfRange`] from 10^15 major units on.
    pub fn new(minor_units: i64, currency: Currency) -> Result<Self> {
        if i128::from(minor_units).abs() >= Self::bound(currency) {
            return Err(out_of_range(&minor_units.to_string()));
        }
        Ok(Self { minor_units, currency })
    }

    /// The first number of minor units that is no amount any more.
    pub(crate) fn bound(currency: Currency) -> i128 {
        10i128.checked_pow(currency.minor_digits()).and_then(|s| BOUND.checked_mul(s)).unwrap_or(BOUND)
    }

    /// Reads an amount in major units by the strict grammar of [`Number`](super::number::Number), with no more
    /// decimal places than the currency has.
    ///
    /// # Errors
    /// [`Problem::NotAnAmount`], [`Problem::TooManyPlaces`], [`Problem::OutOfRange`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self> {
        let shown = || super::text::shortened(text, 60);
        let (units, places) = number::scaled(text).ok_or_else(|| Problem::NotAnAmount { found: shown() })?;
        let digits = currency.minor_digits();
        let missing =
            digits.checked_sub(places).ok_or_else(|| Problem::TooManyPlaces { found: shown(), places: digits })?;
        let minor = 10i128.checked_pow(missing).and_then(|s| units.checked_mul(s)).and_then(|m| i64::try_from(m).ok());
        Self::new(minor.ok_or_else(|| out_of_range(text))?, currency)
    }

    /// The whole count of minor units.
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in major units with all decimal places, for example `1250.50`.
    pub fn amount_text(self) -> String {
        number::plain(i128::from(self.minor_units), self.currency.minor_digits())
    }
}

fn out_of_range(found: &str) -> Error {
    Problem::OutOfRange { found: super::text::shortened(found, 60), least: "-10^15".into(), most: "10^15".into() }
        .into()
}

/// Amounts of one currency compare; amounts of two do not.
impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (self.currency == other.currency).then(|| self.minor_units.cmp(&other.minor_units))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount_text(), self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(CURRENCIES.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(Currency::all().all(|c| c.code().parse::<Currency>().unwrap() == c && c.code().len() == 3));
    }

    #[test]
    fn amounts_are_strict() {
        let (euro, yen): (Currency, Currency) = ("EUR".parse().unwrap(), "JPY".parse().unwrap());
        assert_eq!(Money::parse("-0.00", euro).unwrap().to_string(), "0.00 EUR");
        assert_eq!(Money::parse("1500", yen).unwrap().minor_units(), 1500);
        for bad in ["", ".5", " 5", "1 234,56", "1,234.56", "1e3", "€5", "5€"] {
            assert!(Money::parse(bad, euro).is_err(), "{bad}");
        }
        assert!(Money::parse("1.234", euro).is_err());
        assert!(Money::parse("1.5", yen).is_err());
        assert!(Money::parse("1000000000000000", euro).is_err());
        assert!("eur".parse::<Currency>().is_err());
    }

    proptest! {
        #[test]
        fn text_round_trips(minor in -99_999_999_999_999_999i64..99_999_999_999_999_999, c in 0..CURRENCIES.len()) {
            let currency = Currency(c);
            if let Ok(money) = Money::new(minor, currency) {
                prop_assert_eq!(Money::parse(&money.amount_text(), currency).unwrap(), money);
            }
        }
    }
}
