//! What the caller decides for a table, whatever is asked of it.

use std::collections::BTreeMap;

use crm_core::kernel::zone::Zone;
use crm_core::{Currency, Lang, Result};

use crate::cell::Context;
use crate::options::{Given, Keep, Reading};

/// How a table is read, and what of it stays.
#[derive(Clone, Debug)]
pub struct TableOptions {
    /// The language of diagnostics; without one they are English.
    pub lang: Option<Lang>,
    /// Which column feeds which field, where their names differ: `{"Société": "company"}`.
    pub map: BTreeMap<String, String>,
    /// The currency of amounts that have none of their own.
    pub currency: Option<Currency>,
    /// The zone of instants that have none of their own.
    pub zone: Option<Zone>,
    /// Which columns of the input stay in the output.
    pub keep: Keep,
    /// How many threads work; never changes the result.
    pub threads: usize,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self { lang: None, map: BTreeMap::new(), currency: None, zone: None, keep: Keep::default(), threads: 1 }
    }
}

impl TableOptions {
    /// Reads `lang`, `map`, `currency`, `zone`, `keep` and `threads`.
    pub(crate) fn read(given: &Given<'_>) -> Result<Self> {
        Ok(Self {
            lang: given.parsed("lang")?,
            map: given.map()?,
            currency: given.parsed("currency")?,
            zone: given.parsed("zone")?,
            keep: given.keep()?,
            threads: given.threads()?,
        })
    }

    pub(crate) fn reading(&self) -> Reading<'_> {
        let context = Context { currency: self.currency, zone: self.zone.as_ref() };
        Reading { map: &self.map, context, lenient: false }
    }

    pub(crate) fn text_lang(&self) -> Lang {
        self.lang.unwrap_or(Lang::English)
    }
}
