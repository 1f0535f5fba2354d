//! Numbers and money as people write them, read by strict rules.
//!
//! - The decimal mark is told, not guessed. With [`DecimalMark::Point`] the other marks `,`, blanks and `'` may only
//!   divide groups of three digits; with [`DecimalMark::Comma`] the same holds for `.`, blanks and `'`. One number uses
//!   one kind of them. What looks like a decimal comma under a decimal point is [`Problem::DecimalComma`].
//! - An amount's currency is the one in the cell (`€`, `£`, `CHF`, `EUR` ...), else the default; with neither it is
//!   [`Problem::MissingCurrency`]. A bare `$` means the default if that is a dollar, else it is a question, too; the same
//!   holds for `¥`.
//! - `K` and `M` multiply exactly: `$342.09K` is 342090.00.
//! - A whole number may carry one or two decimal zeros (`1428.0`), nothing else after the mark.

use crm_core::kernel::text::{fold, shortened};
use crm_core::{Currency, Money, Number, Problem, Result};

/// The decimal mark of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1,234.56`
    #[default]
    Point,
    /// `1 234,56` or `1.234,56`
    Comma,
}

impl DecimalMark {
    const fn mark(self) -> char {
        match self {
            DecimalMark::Point => '.',
            DecimalMark::Comma => ',',
        }
    }

    const fn other(self) -> char {
        match self {
            DecimalMark::Point => ',',
            DecimalMark::Comma => '.',
        }
    }
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// The digits before and after the decimal mark.
struct Digits<'a> {
    negative: bool,
    whole: String,
    fraction: &'a str,
}

impl Digits<'_> {
    /// The strict spelling that the kernel reads, times ten to the `shift`.
    fn spelled(&self, shift: usize) -> String {
        let mut digits = format!("{}{}", self.whole, self.fraction);
        let missing = shift.saturating_sub(self.fraction.len());
        digits.extend(std::iter::repeat_n('0', missing));
        let places = self.fraction.len().saturating_sub(shift);
        let (whole, fraction) =
            digits.split_at_checked(digits.len().saturating_sub(places)).unwrap_or((digits.as_str(), ""));
        // `0.5K`: the zero before the mark is no longer needed.
        let whole = if shift > 0 { whole.trim_start_matches('0') } else { whole };
        let whole = if whole.is_empty() { "0" } else { whole };
        let sign = if self.negative { "-" } else { "" };
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

/// Divides a number at its marks; the error is what to say when it cannot be one.
fn divided(text: &str, decimal: DecimalMark) -> std::result::Result<Digits<'_>, Option<Problem>> {
    let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once(decimal.mark()) {
        Some((whole, fraction)) if plain(fraction) => (whole, fraction),
        Some(_) => return Err(other_mark(digits, decimal)),
        None => (digits, ""),
    };
    match grouped(whole, decimal.other()) {
        Some(whole) => Ok(Digits { negative, whole, fraction }),
        None => Err(other_mark(digits, decimal)),
    }
}

/// The complaint about the other decimal mark, if under it the text would be a number.
fn other_mark(digits: &str, decimal: DecimalMark) -> Option<Problem> {
    let (whole, fraction) = digits.split_once(decimal.other())?;
    if !plain(fraction) || grouped(whole, decimal.mark()).is_none() {
        return None;
    }
    let found = shortened(digits, 60);
    Some(match decimal {
        DecimalMark::Point => Problem::DecimalComma { found },
        DecimalMark::Comma => Problem::DecimalPoint { found },
    })
}

fn plain(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Digits in one piece, or in groups of three divided by one kind of mark.
fn grouped(text: &str, mark: char) -> Option<String> {
    if plain(text) {
        return Some(text.to_owned());
    }
    let used = text.chars().find(|c| !c.is_ascii_digit())?;
    if used != mark && !is_blank(used) && !matches!(used, '\'' | '’') {
        return None;
    }
    let mut groups = text.split(used);
    let first = groups.next().filter(|g| plain(g) && g.len() <= 3 && !g.starts_with('0'))?;
    let mut digits = first.to_owned();
    for group in groups {
        if !plain(group) || group.len() != 3 {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

/// Reads a whole number.
///
/// # Errors
/// [`Problem::NotAnInteger`], [`Problem::DecimalComma`].
pub fn integer(text: &str, decimal: DecimalMark) -> Result<i64> {
    let wrong = || Problem::NotAnInteger { found: shortened(text, 60) };
    let digits = divided(text.trim(), decimal).map_err(|p| p.unwrap_or_else(wrong))?;
    let zeros = digits.fraction.len() <= 2 && digits.fraction.bytes().all(|b| b == b'0');
    let sign = if digits.negative { "-" } else { "" };
    let value = format!("{sign}{}", digits.whole).parse().ok().filter(|_| zeros && digits.whole.len() <= 15);
    Ok(value.ok_or_else(wrong)?)
}

/// Reads an exact decimal.
///
/// # Errors
/// [`Problem::NotANumber`], [`Problem::DecimalComma`], [`Problem::TooManyPlaces`], [`Problem::OutOfRange`].
pub fn number(text: &str, decimal: DecimalMark) -> Result<Number> {
    let wrong = || Problem::NotANumber { found: shortened(text, 60) };
    Number::parse(&divided(text.trim(), decimal).map_err(|p| p.unwrap_or_else(wrong))?.spelled(0))
}

/// Reads a head count that may be a range: `51-200`, `51 à 200 salariés`, `5000+`, `plus de 250`, `1 000`.
/// A range counts as its lower bound: the company has at least so many.
///
/// # Errors
/// As [`integer`].
pub fn head_count(text: &str, decimal: DecimalMark) -> Result<i64> {
    let folded = fold(text).replace(['–', '—'], "-");
    let mut core = folded.as_str();
    for unit in ["employees", "employes", "salaries", "salarie", "people", "personnes", "collaborateurs", "emp."] {
        core = core.strip_suffix(unit).unwrap_or(core).trim();
    }
    for more in ["plus de ", "more than ", "over ", "+ de ", "> ", ">= ", ">=", ">", "de ", "from "] {
        core = core.strip_prefix(more).unwrap_or(core).trim();
    }
    for more in ["+", " et plus", " ou plus", " and more", " or more"] {
        core = core.strip_suffix(more).unwrap_or(core).trim();
    }
    let bounds = [" a ", " to ", "-"].iter().find_map(|between| core.split_once(between));
    if let Some((least, most)) = bounds
        && let (Ok(least), Ok(most)) = (integer(least, decimal), integer(most, decimal))
        && 0 <= least
        && least <= most
    {
        return Ok(least);
    }
    integer(core, decimal).map_err(|e| match e.problem() {
        Problem::NotAnInteger { .. } => Problem::NotAnInteger { found: shortened(text, 60) }.into(),
        _ => e,
    })
}

/// What a cell says about its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Named(Currency),
    /// A sign that several currencies share.
    Shared(&'static [&'static str]),
}

/// Signs and words; a dollar with letters before it stands before the bare one.
const SIGNS: &[(&str, &[&str])] = &[
    ("US$", &["USD"]),
    ("CA$", &["CAD"]),
    ("C$", &["CAD"]),
    ("AU$", &["AUD"]),
    ("A$", &["AUD"]),
    ("NZ$", &["NZD"]),
    ("HK$", &["HKD"]),
    ("S$", &["SGD"]),
    ("R$", &["BRL"]),
    ("$", &["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP"]),
    ("€", &["EUR"]),
    ("euros", &["EUR"]),
    ("euro", &["EUR"]),
    ("£", &["GBP"]),
    ("¥", &["JPY", "CNY"]),
    ("₹", &["INR"]),
];

/// Takes a currency's sign or code off one end of the text.
fn mark(text: &str) -> Option<(Mark, &str)> {
    for (sign, codes) in SIGNS {
        if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            let mark = match codes {
                [one] => Mark::Named(one.parse().ok()?),
                several => Mark::Shared(several),
            };
            return Some((mark, rest.trim()));
        }
    }
    let code = |text: Option<&str>| text.and_then(|t| t.parse::<Currency>().ok());
    if let Some(currency) = code(text.get(..3)) {
        return Some((Mark::Named(currency), text.get(3..)?.trim()));
    }
    let at = text.len().checked_sub(3)?;
    let currency = code(text.get(at..))?;
    Some((Mark::Named(currency), text.get(..at)?.trim()))
}

/// Reads an amount; see the module for the rules.
///
/// # Errors
/// [`Problem::NotAnAmount`], [`Problem::MissingCurrency`], [`Problem::DecimalComma`], [`Problem::TooManyPlaces`],
/// [`Problem::OutOfRange`].
pub fn money(text: &str, decimal: DecimalMark, default: Option<Currency>) -> Result<Money> {
    let wrong = || Problem::NotAnAmount { found: shortened(text, 60) };
    let unnamed = || Problem::MissingCurrency { found: shortened(text, 60) };
    let trimmed = text.trim();
    let (negative, mut rest) = match trimmed.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest.trim()),
        None => (false, trimmed),
    };
    let mut marks = Vec::new();
    while let Some((found, left)) = mark(rest) {
        marks.push(found);
        rest = left;
    }
    let currency = match marks.as_slice() {
        [] => default.ok_or_else(unnamed)?,
        [Mark::Named(one)] => *one,
        [Mark::Shared(codes)] => default.filter(|d| codes.contains(&d.code())).ok_or_else(unnamed)?,
        [Mark::Named(one), Mark::Shared(codes)] | [Mark::Shared(codes), Mark::Named(one)]
            if codes.contains(&one.code()) =>
        {
            *one
        }
        [Mark::Named(one), Mark::Named(two)] if one == two => *one,
        _ => return Err(wrong().into()),
    };
    let (rest, shift) = match rest.strip_suffix(['k', 'K']) {
        Some(rest) => (rest.trim_end(), 3),
        None => rest.strip_suffix('M').map_or((rest, 0), |rest| (rest.trim_end(), 6)),
    };
    let mut digits = divided(rest, decimal).map_err(|p| p.unwrap_or_else(wrong))?;
    if negative && digits.negative {
        return Err(wrong().into());
    }
    digits.negative |= negative;
    Money::parse(&digits.spelled(shift), currency)
}
