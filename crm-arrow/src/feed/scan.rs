//! Tests that are answered for the texts of many rows at once: what they are, and what they begin with, end with and
//! contain.

use crm_core::Value;
use crm_core::kernel::predicate::{Check, Comparison};
use crm_core::rules::lead_score::columns::{TILE_ROWS, TILE_WORDS};

use super::folded::{Folded, mark};
use super::inside::Inside;
use super::lookup::{Lookup, Sought};
use super::values::{FIRST, KNOWN};
use crate::bits::Rows;
use crate::instructions::Found;

/// Such tests of one field.
pub(crate) struct Scan {
    lookup: Option<Lookup>,
    inside: Option<Inside>,
}

impl Scan {
    /// `None` where some test has to read texts in another way, or where too many texts are looked for.
    pub(crate) fn new(checks: &[Check]) -> Option<Self> {
        let (mut sought, mut inside) = (Sought::default(), Vec::new());
        for (bit, check) in (FIRST..).zip(checks) {
            let code = 1_u64.wrapping_shl(bit);
            let all = |texts: &'_ [String]| texts.iter().map(|text| (text.clone(), code)).collect::<Vec<_>>();
            match check {
                Check::IsNull | Check::IsKnown => {}
                Check::Compare(Comparison::Equal, Value::Text(text)) => sought.whole.push((text.clone(), code)),
                Check::In(values) => {
                    for value in values {
                        let Value::Text(text) = value else { return None };
                        sought.whole.push((text.clone(), code));
                    }
                }
                Check::StartsWith(texts) => sought.heads.extend(all(texts)),
                Check::EndsWith(texts) => sought.tails.extend(all(texts)),
                Check::Contains(texts) => inside.extend(all(texts)),
                _ => return None,
            }
        }
        let lookup = if sought.is_empty() { None } else { Some(Lookup::new(&sought)?) };
        let inside = if inside.is_empty() { None } else { Some(Inside::new(&inside)?) };
        Some(Self { lookup, inside })
    }

    /// The codes of the texts; gives the rows of which they are not true, because more than lower case folds their texts.
    #[inline(always)]
    pub(crate) fn codes(&self, folded: &mut Folded, codes: &mut [u64; TILE_ROWS], with: Found) -> Rows {
        let mut others = [0; TILE_WORDS];
        folded.odd(&mut others);
        for (code, (start, end)) in codes.iter_mut().zip(folded.spans()) {
            *code = u64::from(start != end) << KNOWN;
        }
        match &self.lookup {
            Some(lookup) => lookup.codes(folded, codes, &mut others),
            // A space at an end is in the way of nothing that is inside, but a space alone is no text.
            None => {
                for (row, (start, end)) in folded.spans().enumerate() {
                    if end.wrapping_sub(start) == 1 && folded.bytes().get(start) == Some(&b' ') {
                        mark(&mut others, row);
                    }
                }
            }
        }
        if let Some(inside) = &self.inside {
            inside.codes(folded, codes, with);
        }
        others
    }
}
