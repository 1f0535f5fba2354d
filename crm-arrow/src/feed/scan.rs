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

    /// Whether this is faster than to remember what each text answered: parts are found by shuffles, which only some
    /// instructions have.
    pub(crate) fn is_fast(&self, with: Found) -> bool {
        self.inside.is_none() || with.is_wide()
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

#[cfg(test)]
mod tests {
    use super::super::short::TextColumn;
    use super::*;
    use crate::instructions::Instructions;
    use arrow_array::{LargeStringArray, StringArray, StringViewArray};
    use crm_core::kernel::predicate::Truth;
    use crm_core::kernel::text::fold;
    use crm_core::{Fact, Instant};
    use proptest::prelude::*;

    /// Texts that are empty, folded in other ways, of several blocks, or longer than there is room for.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            20 => "[abAB ]{0,6}|[abAB .]{12,20}|[a-cA-C\\x00\\t\\x7fé]{0,9}|ab{5,17}a",
            2 => "[ab]{50,200}",
            1 => "[ab]{40}".prop_map(|t| t.repeat(900)),
        ]
    }

    fn codes<'a>(scan: &Scan, column: impl TextColumn<'a>, rows: usize, with: Found) -> Vec<Option<u64>> {
        let (mut folded, mut codes, mut all) = (Folded::new(), [0; TILE_ROWS], Vec::new());
        while all.len() < rows {
            match folded.fill(column, all.len()..rows, with) {
                0 => all.push(None),
                count => {
                    let others = scan.codes(&mut folded, &mut codes, with);
                    let is_other = |row: usize| others[row / 64] >> (row % 64) & 1 == 1;
                    all.extend((0..count).map(|row| (!is_other(row)).then_some(codes[row])));
                }
            }
        }
        all
    }

    proptest! {
        #[test]
        fn together_they_answer_as_each_alone(
            texts in prop::collection::vec(text(), 0..150),
            sought in prop::collection::vec((0..5, prop::collection::vec("[ab]{1,3}|[ab][ab ]{0,9}[ab]|ab{5,17}a", 1..4)), 1..8),
        ) {
            let checks: Vec<Check> = sought.into_iter().map(|(kind, texts)| {
                let texts: Vec<String> = texts.iter().map(|t| fold(t).into_owned()).collect();
                match kind {
                    0 => Check::In(texts.into_iter().map(Value::Text).collect()),
                    1 => Check::StartsWith(texts.into()),
                    2 => Check::EndsWith(texts.into()),
                    _ => Check::Contains(texts.into()),
                }
            }).collect();
            let scan = Scan::new(&checks).unwrap();
            let (plain, large) = (StringArray::from(texts.clone()), LargeStringArray::from(texts.clone()));
            let views = StringViewArray::from_iter_values(&texts);
            for instructions in [Instructions::Portable, Instructions::Avx2, Instructions::Best] {
                let with = instructions.found();
                let found = codes(&scan, &plain, texts.len(), with);
                prop_assert_eq!(&codes(&scan, &large, texts.len(), with), &found);
                prop_assert_eq!(&codes(&scan, &views, texts.len(), with), &found);
                for (text, code) in texts.iter().zip(found) {
                    let folded = fold(text);
                    let plainly = folded == text.to_ascii_lowercase() && !text.contains(|c: char| c.is_control());
                    prop_assert!(code.is_some() || !plainly || text.len() > 30_000, "{:?}", text);
                    let Some(code) = code else { continue };
                    prop_assert_eq!(code >> KNOWN & 1 == 1, !folded.is_empty());
                    for (bit, check) in (FIRST..).zip(&checks) {
                        let holds = !folded.is_empty() && check.test(Fact::Text(text), Instant::default()) == Truth::True;
                        prop_assert_eq!(code >> bit & 1 == 1, holds, "{:?} {:?}", text, check);
                    }
                }
            }
        }
    }
}
