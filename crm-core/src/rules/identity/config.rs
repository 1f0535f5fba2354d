//! The configuration of the keys.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Identity, domain, phone, region};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::rules::check;
use crate::rules::read::{Object, text};

/// Most domains of one list.
const MOST_DOMAINS: usize = 10_000;

/// What a host may set, as it writes it.
///
/// ```json
/// {"default_region": "FR", "free_domains": ["mairie-exemple.fr"], "company_domains": ["free.fr"]}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityConfig {
    /// Where numbers without a country are dialled: an ISO 3166 code, or nowhere.
    pub default_region: Option<String>,
    /// Domains besides the library's lists where anybody has an address.
    pub free_domains: Vec<String>,
    /// Domains that tell a company although the library's lists have them.
    pub company_domains: Vec<String>,
}

impl Default for IdentityConfig {
    fn default() -> Self {
        Self { default_region: Some("FR".into()), free_domains: Vec::new(), company_domains: Vec::new() }
    }
}

impl IdentityConfig {
    /// Reads a configuration; [`Identity::new`] checks what it says.
    ///
    /// # Errors
    /// An unknown option or one of another shape, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["default_region", "free_domains", "company_domains"])?;
        let region = match json.get("default_region") {
            None => Self::default().default_region,
            Some(_) => o.optional("default_region", text)?,
        };
        Ok(Self {
            default_region: region,
            free_domains: o.list("free_domains", text)?,
            company_domains: o.list("company_domains", text)?,
        })
    }
}

impl Identity {
    /// Checks and compiles a configuration.
    ///
    /// # Errors
    /// A region that is no country's code, a text that is no domain, too many of them; with its path.
    pub fn new(config: &IdentityConfig) -> Result<Self> {
        let known = |code: &str| {
            let known = region::country_code(code).filter(|known| *known == code);
            let expected = "the ISO 3166 code of a country, such as `FR`";
            let wrong = || Problem::WrongShape { expected, found: shortened(code, 60) };
            known.and_then(phone::region).ok_or_else(|| Error::from(wrong()).at("default_region"))
        };
        Ok(Self {
            region: config.default_region.as_deref().map(known).transpose()?,
            free: domains(&config.free_domains).map_err(|e| e.at("free_domains"))?,
            company: domains(&config.company_domains).map_err(|e| e.at("company_domains"))?,
        })
    }
}

fn domains(written: &[String]) -> Result<BTreeSet<String>> {
    check::most("domains", written.len(), MOST_DOMAINS)?;
    let read = |(i, text): (usize, &String)| {
        let wrong = || Problem::WrongShape { expected: "a domain such as `exemple.fr`", found: shortened(text, 60) };
        domain::ascii(text.trim()).ok_or_else(|| Error::from(wrong()).at_index(i))
    };
    written.iter().enumerate().map(read).collect()
}

/// The configuration's own form for [`json`] errors.
pub(super) fn region_of(json: &Json) -> Result<&'static str> {
    let written = text(json)?;
    let wrong = || Problem::WrongShape { expected: "a country's name or ISO 3166 code", found: json::shown(json) };
    region::country_code(&written).ok_or_else(|| wrong().into())
}
