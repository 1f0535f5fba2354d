//! What people said about single records, whatever the condition says.

use std::collections::BTreeMap;

use crate::kernel::customer::Pin;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

/// What somebody said about a record, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// In or out.
    pub pin: Pin,
    /// When; what nobody knows was before everything else.
    pub at: Option<Instant>,
}

/// The last thing that was said about each record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<Id, Said>);

impl Pins {
    /// Notes what was said, in any order: the last counts, and of two at one instant "out".
    pub fn say(&mut self, id: Id, said: Said) {
        let key = |said: &Said| (said.at, said.pin == Pin::Out);
        let last = self.0.entry(id).or_insert(said);
        if key(&said) > key(last) {
            *last = said;
        }
    }

    /// What counts of a record.
    pub fn of(&self, id: Id) -> Option<Pin> {
        self.0.get(&id).map(|said| said.pin)
    }

    /// The records of a pin, in order.
    pub fn ids(&self, pin: Pin) -> impl Iterator<Item = Id> {
        self.0.iter().filter(move |(_, said)| said.pin == pin).map(|(id, _)| *id)
    }

    /// How many records are named.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::parse_instant;

    #[test]
    fn the_last_word_counts_in_any_order() {
        let id = Id::from_text("a");
        let at = |day: &str| parse_instant(&format!("2026-11-{day}T09:00:00Z")).ok();
        let first = Said { pin: Pin::Out, at: at("01") };
        let last = Said { pin: Pin::In, at: at("02") };
        for order in [[first, last], [last, first]] {
            let mut pins = Pins::default();
            order.into_iter().for_each(|said| pins.say(id, said));
            assert_eq!(pins.of(id), Some(Pin::In));
        }
        let same = Said { pin: Pin::Out, at: last.at };
        for order in [[same, last], [last, same]] {
            let mut pins = Pins::default();
            order.into_iter().for_each(|said| pins.say(id, said));
            assert_eq!(pins.of(id), Some(Pin::Out));
        }
        assert!(Pins::default().is_empty());
    }
}
