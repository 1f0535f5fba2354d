//! How a CSV file is written.

use serde_json::Value as Json;

use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::lang::Lang;

/// What stands between two cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Separator {
    /// `,`, as RFC 4180 says.
    #[default]
    Comma,
    /// `;`, as spreadsheets expect where the decimal mark is a comma.
    Semicolon,
    /// A tab.
    Tab,
}

impl Separator {
    const NAMES: &'static [&'static str] = &[",", ";", "\\t"];

    /// The character.
    pub const fn char(self) -> char {
        match self {
            Separator::Comma => ',',
            Separator::Semicolon => ';',
            Separator::Tab => '\t',
        }
    }
}

coded! {
    /// The decimal mark of numbers.
    Decimal {
        /// `12.50`
        Point = "point",
        /// `12,50`
        Comma = "comma",
    }
}

coded! {
    /// What ends a record.
    LineEnd {
        /// CR LF, as RFC 4180 says.
        CrLf = "crlf",
        /// A line feed.
        Lf = "lf",
    }
}

/// What stands over the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Headers {
    /// The stable names that programs know.
    #[default]
    Codes,
    /// What people read.
    Labels(Lang),
}

/// How a CSV file is written.
///
/// ```
/// use crm_core::kernel::csv::{CsvFormat, Decimal, Separator};
/// let json = serde_json::json!({"preset": "french_excel", "headers": "fr"});
/// let format = CsvFormat::from_json(&json).unwrap();
/// assert_eq!((format.separator, format.decimal), (Separator::Semicolon, Decimal::Comma));
/// assert!(format.byte_order_mark);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvFormat {
    /// What stands between two cells.
    pub separator: Separator,
    /// The decimal mark.
    pub decimal: Decimal,
    /// What ends a record.
    pub line_end: LineEnd,
    /// Whether the file begins with U+FEFF, by which Excel knows UTF-8.
    pub byte_order_mark: bool,
    /// What stands over the columns.
    pub headers: Headers,
}

impl Default for CsvFormat {
    /// RFC 4180: commas, CR LF, no byte order mark; decimal points, codes as headers.
    fn default() -> Self {
        Self {
            separator: Separator::Comma,
            decimal: Decimal::Point,
            line_end: LineEnd::CrLf,
            byte_order_mark: false,
            headers: Headers::Codes,
        }
    }
}

impl CsvFormat {
    const PRESETS: &'static [&'static str] = &["standard", "french_excel"];

    /// What Excel opens with a double click under French settings: `;`, decimal commas, a byte order mark.
    #[must_use]
    pub fn french_excel() -> Self {
        Self { separator: Separator::Semicolon, decimal: Decimal::Comma, byte_order_mark: true, ..Self::default() }
    }

    /// Reads `{"preset": "french_excel", "separator": ";", "decimal": "comma", "line_end": "lf", "bom": true, "headers":
    /// "codes"}`; every option may be left out and stands over the preset's. `headers` is `codes`, `en` or `fr`.
    ///
    /// # Errors
    /// Unknown options and values, with their path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let map = json::object(json, "an object of options")?;
        json::only_keys(map, &["preset", "separator", "decimal", "line_end", "bom", "headers"])?;
        let get = |key: &str| map.get(key).filter(|v| !v.is_null());
        let mut format = match get("preset").map(|v| (v.as_str(), v)) {
            None | Some((Some("standard"), _)) => Self::default(),
            Some((Some("french_excel"), _)) => Self::french_excel(),
            Some((_, other)) => return Err(json::not_one_of(other, Self::PRESETS).at("preset")),
        };
        if let Some(value) = get("separator") {
            format.separator = match value.as_str() {
                Some(",") => Separator::Comma,
                Some(";") => Separator::Semicolon,
                Some("\t") => Separator::Tab,
                _ => return Err(json::not_one_of(value, Separator::NAMES).at("separator")),
            };
        }
        let code = |value: &Json| value.as_str().map(str::to_owned).unwrap_or_default();
        if let Some(value) = get("decimal") {
            let decimal = Decimal::from_code(&code(value));
            format.decimal = decimal.ok_or_else(|| json::not_one_of(value, Decimal::CODES).at("decimal"))?;
        }
        if let Some(value) = get("line_end") {
            let end = LineEnd::from_code(&code(value));
            format.line_end = end.ok_or_else(|| json::not_one_of(value, LineEnd::CODES).at("line_end"))?;
        }
        if let Some(value) = get("bom") {
            let wrong = || Error::from(Problem::NotABoolean { found: json::shown(value) }).at("bom");
            format.byte_order_mark = value.as_bool().ok_or_else(wrong)?;
        }
        if let Some(value) = get("headers") {
            format.headers = match value.as_str() {
                Some("codes") => Headers::Codes,
                Some("en") => Headers::Labels(Lang::English),
                Some("fr") => Headers::Labels(Lang::French),
                _ => return Err(json::not_one_of(value, &["codes", "en", "fr"]).at("headers")),
            };
        }
        Ok(format)
    }

    pub(super) const fn end(&self) -> &'static str {
        match self.line_end {
            LineEnd::CrLf => "\r\n",
            LineEnd::Lf => "\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wrong_options_are_told_with_their_path() {
        for (json, path) in [
            (json!({"preset": "german"}), Some("preset")),
            (json!({"separator": "|"}), Some("separator")),
            (json!({"decimal": ","}), Some("decimal")),
            (json!({"line_end": "cr"}), Some("line_end")),
            (json!({"bom": "yes"}), Some("bom")),
            (json!({"headers": "de"}), Some("headers")),
            (json!({"quote": "'"}), None),
            (json!([]), None),
        ] {
            let error = CsvFormat::from_json(&json).unwrap_err();
            assert!(path.is_none_or(|p| error.field() == Some(p)), "{json} {error}");
        }
    }

    #[test]
    fn an_option_stands_over_the_preset() {
        let format = CsvFormat::from_json(&json!({"preset": "french_excel", "bom": false, "line_end": "lf"})).unwrap();
        let expected = CsvFormat { byte_order_mark: false, line_end: LineEnd::Lf, ..CsvFormat::french_excel() };
        assert_eq!(format, expected);
    }
}
