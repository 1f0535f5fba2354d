//! One cell as a fact of its field's type: exactly, or not at all.

use arrow_buffer::i256;
use chrono::{DateTime, NaiveDate, Timelike as _};
use crm_core::kernel::text::{self, shortened};
use crm_core::kernel::time::{in_range, parse_date, parse_instant};
use crm_core::kernel::zone::Zone;
use crm_core::{Currency, Fact, FieldType, Instant, Money, Number, Problem, Result};

/// What a column holds in one row.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// Text of any layout.
    Text(&'a str),
    /// A boolean.
    Boolean(bool),
    /// Any of the integer types: 64 bits and a sign always fit.
    Integer(i128),
    /// A float of 32 or 64 bits.
    Float(f64),
    /// Units and how many of their digits stand behind the point.
    Decimal(i128, i8),
    /// Days since 1970.
    Day(i64),
    /// Microseconds since 1970.
    Time {
        /// How many.
        micros: i64,
        /// Whether it is an instant, not the time of a clock on some wall.
        aware: bool,
    },
    /// A list of texts.
    Texts(&'a [String]),
    /// A decimal beyond 38 digits, a time beyond the calendar, a date with a time of day: beyond what the library keeps.
    OutOfRange,
}

/// What the caller decided for cells that leave something open.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) currency: Option<Currency>,
    pub(crate) zone: Option<&'a Zone>,
}

impl<'a> Cell<'a> {
    /// A decimal of 256 bits. Zeros at the end of its fraction say nothing, so that 1 with forty places is read, too.
    pub(crate) fn wide_decimal(mut units: i256, mut scale: i8) -> Self {
        let ten = i256::from_i128(10);
        loop {
            if let Some(units) = units.to_i128() {
                return Cell::Decimal(units, scale);
            }
            match (units.checked_rem(ten), units.checked_div(ten), scale.checked_sub(1)) {
                (Some(i256::ZERO), Some(tenth), Some(less)) if scale > 0 => (units, scale) = (tenth, less),
                _ => return Cell::OutOfRange,
            }
        }
    }

    /// The cell as a fact of a field of this type. Null and empty text are not known; nor is a float that is no number.
    pub(crate) fn fact(self, kind: FieldType, context: Context<'_>) -> Result<Fact<'a>> {
        match (self, kind) {
            (Cell::Null, _) => return Ok(Fact::Unknown),
            (Cell::Text(""), _) => return Ok(Fact::Unknown),
            (Cell::Float(f), _) if f.is_nan() => return Ok(Fact::Unknown),
            _ => {}
        }
        Ok(match (kind, self) {
            (FieldType::Text, Cell::Text(t)) => match text::check(t)? {
                "" => Fact::Unknown,
                t => Fact::Text(t),
            },
            (FieldType::Integer, cell) => Fact::Integer(cell.integer()?),
            (FieldType::Number, cell) => Fact::Number(cell.number()?),
            (FieldType::Money, cell) => Fact::Money(cell.money(context.currency)?),
            (FieldType::Boolean, Cell::Boolean(b)) => Fact::Boolean(b),
            (FieldType::Boolean, Cell::Text("true")) => Fact::Boolean(true),
            (FieldType::Boolean, Cell::Text("false")) => Fact::Boolean(false),
            (FieldType::Boolean, _) => return Err(Problem::NotABoolean { found: self.shown() }.into()),
            (FieldType::Date, Cell::Text(t)) => Fact::Date(parse_date(t)?),
            (FieldType::Date, Cell::Day(days)) => Fact::Date(day(days)?),
            (FieldType::Date, _) => return Err(Problem::NotADate { found: self.shown() }.into()),
            (FieldType::Instant, Cell::Text(t)) => Fact::Instant(parse_instant(t)?),
            (FieldType::Instant, Cell::Time { micros, aware }) => Fact::Instant(instant(micros, aware, context.zone)?),
            (FieldType::Instant, _) => return Err(Problem::NotAnInstant { found: self.shown() }.into()),
            (FieldType::Reference, Cell::Text(t)) => Fact::Reference(t.parse()?),
            (FieldType::Texts, Cell::Texts(list)) => Fact::Texts(list),
            (expected, _) => return Err(Problem::WrongType { expected, found: self.shown() }.into()),
        })
    }

    fn integer(self) -> Result<i64> {
        let whole = match self {
            Cell::Integer(n) => Some(n),
            Cell::Decimal(units, scale) => rescaled(units, scale, 0),
            Cell::Float(f) => float_millionths(f).filter(|m| m % MILLION == 0).map(|m| m / MILLION),
            Cell::Text(t) => strict_integer(t),
            _ => None,
        };
        let whole = whole.ok_or_else(|| Problem::NotAnInteger { found: self.shown() })?;
        i64::try_from(whole).map_err(|_| {
            let (least, most) = (i64::MIN.to_string(), i64::MAX.to_string());
            Problem::OutOfRange { found: self.shown(), least, most }.into()
        })
    }

    fn number(self) -> Result<Number> {
        let number = match self {
            Cell::Text(t) => return Number::parse(t),
            Cell::Integer(n) => i64::try_from(n).ok().map(Number::from_integer).transpose()?,
            Cell::Decimal(units, scale) => rescaled(units, scale, 6).and_then(|m| Number::from_scaled(m, 6)),
            Cell::Float(f) => float_millionths(f).and_then(|m| Number::from_scaled(m, 6)),
            _ => None,
        };
        number.ok_or_else(|| Problem::NotANumber { found: self.shown() }.into())
    }

    fn money(self, currency: Option<Currency>) -> Result<Money> {
        let currency = currency.ok_or_else(|| Problem::MissingCurrency { found: self.shown() })?;
        let places = currency.minor_digits();
        let minor = match self {
            Cell::Text(t) => return Money::parse(t, currency),
            Cell::Integer(n) => rescaled(n, 0, places),
            Cell::Decimal(units, scale) => rescaled(units, scale, places),
            _ => return Err(Problem::NotAnAmount { found: self.shown() }.into()),
        };
        let minor = minor.ok_or_else(|| Problem::TooManyPlaces { found: self.shown(), places })?;
        let minor = i64::try_from(minor).map_err(|_| {
            let (least, most) = ("-10^15".to_owned(), "10^15".to_owned());
            Problem::OutOfRange { found: self.shown(), least, most }
        })?;
        Money::new(minor, currency)
    }

    /// The cell in a message.
    fn shown(self) -> String {
        match self {
            Cell::Null => "null".to_owned(),
            Cell::Text(t) => shortened(t, 60),
            Cell::Boolean(b) => b.to_string(),
            Cell::Integer(n) => n.to_string(),
            Cell::Float(f) => f.to_string(),
            Cell::Decimal(units, scale) => decimal_text(units, scale),
            Cell::Day(days) => day(days).map_or_else(|_| format!("day {days}"), |d| d.to_string()),
            Cell::Time { micros, .. } => DateTime::from_timestamp_micros(micros)
                .map_or_else(|| micros.to_string(), |t| t.naive_utc().to_string()),
            Cell::Texts(_) => "a list".to_owned(),
            Cell::OutOfRange => "a value beyond the range".to_owned(),
        }
    }
}

const MILLION: i128 = 1_000_000;

/// `units` times 10^-`scale` in units of 10^-`places`, if that is exact.
fn rescaled(units: i128, scale: i8, places: u32) -> Option<i128> {
    if units == 0 {
        return Some(0);
    }
    let shift = i64::from(places).checked_sub(i64::from(scale))?;
    let factor = 10i128.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?);
    if shift >= 0 {
        return units.checked_mul(factor?);
    }
    // A divisor beyond 10^38 is larger than any units.
    factor.filter(|f| units % f == 0).map(|f| units / f)
}

/// The millionths of a float, if it has no finer part. Integer arithmetic on its bits: nothing is rounded.
fn float_millionths(f: f64) -> Option<i128> {
    let bits = f.to_bits();
    let exponent = i64::try_from((bits >> 52) & 0x7ff).ok()?;
    let fraction = i128::from(bits & 0x000f_ffff_ffff_ffff);
    let (mantissa, power) = match exponent {
        0x7ff => return None,
        0 => (fraction, -1074_i64),
        e => (fraction | (1 << 52), e.checked_sub(1075)?),
    };
    if mantissa == 0 {
        return Some(0);
    }
    let scaled = mantissa.checked_mul(MILLION)?;
    let size = u32::try_from(power.unsigned_abs()).ok()?;
    let magnitude = if power >= 0 {
        // 2^53 * 10^6 stays below 2^73, so a shift of up to 50 stays far below 2^127; larger values are out of range.
        if size > 50 { None } else { scaled.checked_mul(1i128.checked_shl(size)?) }
    } else if size > scaled.trailing_zeros() {
        None
    } else {
        scaled.checked_shr(size)
    };
    magnitude.map(|m| if f.is_sign_negative() { -m } else { m })
}

/// `-?digits` without leading zeros.
fn strict_integer(t: &str) -> Option<i128> {
    let digits = t.strip_prefix('-').unwrap_or(t);
    let plain = !digits.is_empty() && digits.len() <= 30 && digits.bytes().all(|b| b.is_ascii_digit());
    if plain && (digits == "0" || !digits.starts_with('0')) { t.parse().ok() } else { None }
}

pub(crate) fn decimal_text(units: i128, scale: i8) -> String {
    let Ok(places) = usize::try_from(scale) else { return format!("{units}e{}", scale.unsigned_abs()) };
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = places.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(places));
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn day(days: i64) -> Result<NaiveDate> {
    let date = days.checked_mul(86_400).and_then(|s| DateTime::from_timestamp(s, 0)).map(|t| t.date_naive());
    Ok(date.filter(|d| in_range(*d)).ok_or_else(|| Problem::NotADate { found: format!("day {days}") })?)
}

fn instant(micros: i64, aware: bool, zone: Option<&Zone>) -> Result<Instant> {
    let beyond = || Problem::NotAnInstant { found: format!("{micros} microseconds") };
    let at = DateTime::from_timestamp_micros(micros).filter(|t| in_range(t.date_naive())).ok_or_else(beyond)?;
    if aware {
        return Ok(at);
    }
    let shown = || Problem::MissingZone { found: at.naive_utc().with_nanosecond(0).unwrap_or_default().to_string() };
    let there = zone.ok_or_else(shown)?.instant(at.naive_utc());
    // The first and last hours of the calendar may be beyond it elsewhere.
    Ok(Some(there).filter(|t| in_range(t.date_naive())).ok_or_else(beyond)?)
}
