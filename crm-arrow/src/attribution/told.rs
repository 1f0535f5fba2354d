//! What is said of a row: what it gets, or why it gets nothing.

use std::mem::{Discriminant, discriminant};

use crm_core::rules::attribution::Against;

/// What is said of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Minor units.
    pub(super) amount: i64,
    /// Its position, counted from 1; 0 where it gets nothing.
    pub(super) position: u32,
    pub(super) share_micro: u32,
    /// The place of what speaks against it, counted from 1, where words are asked for.
    pub(super) against: u32,
    /// The place of the amount's currency; [`NOWHERE`] without one.
    pub(super) currency: u16,
    /// The place of the code that says why it gets nothing.
    pub(super) why: u16,
}

/// The place of what is not there.
pub(super) const NOWHERE: u16 = u16::MAX;
/// The code of a touch whose subject was not converted, the first of all.
const NOT_CONVERTED: &str = "not_converted";

/// What is said of a row that is no touch.
pub(super) const NO_TOUCH: Told =
    Told { amount: 0, position: 0, share_micro: 0, against: 0, currency: NOWHERE, why: NOWHERE };
/// What every list begins with: what is said of most rows, and of those that are no touches.
pub(super) const FIRST: [Told; 2] = [Told { why: 0, ..NO_TOUCH }, NO_TOUCH];

/// The codes that say why touches get nothing, as they are first seen, each with how many there are.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    pub(super) codes: Vec<(&'static str, usize)>,
    last: Option<(Discriminant<Against>, usize)>,
}

impl Default for Codes {
    fn default() -> Self {
        Self { codes: vec![(NOT_CONVERTED, 0)], last: None }
    }
}

impl Codes {
    /// The place of a code.
    pub(super) fn place(&mut self, code: &'static str) -> usize {
        self.codes.iter().position(|(known, _)| *known == code).unwrap_or_else(|| {
            self.codes.push((code, 0));
            self.codes.len().saturating_sub(1)
        })
    }

    /// Counts one more, and gives the place of its code.
    pub(super) fn count(&mut self, against: &Against) -> u16 {
        let kind = discriminant(against);
        let place = match self.last {
            Some((own, place)) if own == kind => place,
            _ => self.place(against.code()),
        };
        self.last = Some((kind, place));
        if let Some((_, count)) = self.codes.get_mut(place) {
            *count = count.saturating_add(1);
        }
        u16::try_from(place).unwrap_or(NOWHERE)
    }
}
