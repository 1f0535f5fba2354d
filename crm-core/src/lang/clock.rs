//! By whose clocks sentences tell instants.

use super::{Lang, en_values, fr_values, moment_in_full};
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;

/// By whose clocks a sentence tells instants: by those of the zone of whoever reads it, or by UTC, which it says then.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock<'z>(Option<&'z Zone>);

impl<'z> Clock<'z> {
    /// The clocks of UTC, where nobody says by which.
    pub const UTC: Clock<'static> = Clock(None);

    /// The clocks of a zone.
    pub fn of(zone: &'z Zone) -> Self {
        Clock(Some(zone).filter(|zone| **zone != Zone::UTC))
    }

    /// An instant as sentences have it: `2026-05-26 13:00`, `26/05/2026 à 13 h`.
    pub(crate) fn moment(self, at: Instant, lang: Lang) -> String {
        match (self.0, lang) {
            (None, Lang::English) => en_values::moment(at),
            (None, Lang::French) => fr_values::moment(at),
            (Some(zone), Lang::English) => en_values::local_moment(zone.local(at)),
            (Some(zone), Lang::French) => fr_values::local_moment(zone.local(at)),
        }
    }

    /// The same in full: `1 December 2026, 14:00`.
    pub(super) fn in_full(self, at: Instant, lang: Lang) -> String {
        match self.0 {
            None => format!("{} UTC", moment_in_full(at.naive_utc(), lang)),
            Some(zone) => moment_in_full(zone.local(at), lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::parse_instant;

    #[test]
    fn utc_is_said_and_a_zone_is_the_readers() {
        let at = parse_instant("2026-05-26T22:30:00Z").unwrap();
        let paris: Zone = "Europe/Paris".parse().unwrap();
        let utc: Zone = "UTC".parse().unwrap();
        for (clock, english, french) in [
            (Clock::UTC, "2026-05-26 22:30 UTC", "26/05/2026 à 22\u{a0}h\u{a0}30 UTC"),
            (Clock::of(&utc), "2026-05-26 22:30 UTC", "26/05/2026 à 22\u{a0}h\u{a0}30 UTC"),
            (Clock::of(&paris), "2026-05-27 00:30", "27/05/2026 à 0\u{a0}h\u{a0}30"),
        ] {
            assert_eq!(clock.moment(at, Lang::English), english);
            assert_eq!(clock.moment(at, Lang::French), french);
        }
        assert_eq!(Clock::of(&paris).in_full(at, Lang::English), "27 May 2026, 00:30");
    }
}
