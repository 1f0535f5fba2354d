//! French public holidays, computed for any year.
//!
//! Eight fixed dates and three that follow Easter (Code du travail, article L3133-1), and what some parts of the
//! country have besides: Good Friday and 26 December in Alsace and Moselle, the day of the abolition of slavery
//! overseas (decree 83-1003). The official list of the State (etalab, `jours-feries-france-data`) is the referee; where
//! others add days to it, it wins. A holiday on a weekend is not moved, and today's law holds for every year but for what
//! the list itself tells of former ones (Saint-Martin until 2017).

use std::str::FromStr;

use chrono::{Days, NaiveDate};

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::text::shortened;

/// Easter Sunday of a year, by the anonymous Gregorian algorithm (Meeus, Jones and Butcher); `None` outside the years
/// 1583 to 9999, where there is no Gregorian Easter or no date for it.
///
/// ```
/// use crm_core::kernel::calendar::holidays::easter;
/// assert_eq!(easter(2026).unwrap().to_string(), "2026-04-05");
/// ```
#[allow(clippy::arithmetic_side_effects, reason = "a year of at most four digits")]
pub fn easter(year: i32) -> Option<NaiveDate> {
    if !(1583..=9999).contains(&year) {
        return None;
    }
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(n / 31).ok()?, u32::try_from(n % 31 + 1).ok()?)
}

macro_rules! zones {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $abolition:expr;)*) => {
        /// A part of France with public holidays of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FrenchZone { $($(#[$doc])* $variant,)* }

        impl FrenchZone {
            /// Every zone.
            pub const ALL: &[FrenchZone] = &[$(FrenchZone::$variant,)*];
            /// Every zone's name, as the official list's files are called.
            pub const NAMES: &[&str] = &[$($name,)*];

            /// The name in JSON.
            pub const fn name(self) -> &'static str {
                match self { $(FrenchZone::$variant => $name,)* }
            }

            /// Month and day of the abolition of slavery, where it is a holiday.
            const fn abolition(self, year: i32) -> Option<(u32, u32)> {
                match self {
                    // Until 2017 the day of Guadeloupe, to which it once belonged.
                    FrenchZone::SaintMartin if year < 2018 => Some((5, 27)),
                    $(FrenchZone::$variant => $abolition,)*
                }
            }
        }
    };
}

zones! {
    /// Mainland France and Corsica.
    Metropole = "metropole", None;
    /// Bas-Rhin, Haut-Rhin and Moselle.
    AlsaceMoselle = "alsace-moselle", None;
    /// Guadeloupe.
    Guadeloupe = "guadeloupe", Some((5, 27));
    /// French Guiana.
    Guyane = "guyane", Some((6, 10));
    /// La Réunion.
    LaReunion = "la-reunion", Some((12, 20));
    /// Martinique.
    Martinique = "martinique", Some((5, 22));
    /// Mayotte.
    Mayotte = "mayotte", Some((4, 27));
    /// New Caledonia.
    NouvelleCaledonie = "nouvelle-caledonie", None;
    /// French Polynesia.
    PolynesieFrancaise = "polynesie-francaise", None;
    /// Saint-Barthélemy.
    SaintBarthelemy = "saint-barthelemy", Some((10, 9));
    /// Saint-Martin.
    SaintMartin = "saint-martin", Some((5, 28));
    /// Saint-Pierre and Miquelon.
    SaintPierreEtMiquelon = "saint-pierre-et-miquelon", None;
    /// Wallis and Futuna.
    WallisEtFutuna = "wallis-et-futuna", None;
}

impl FromStr for FrenchZone {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self> {
        let unknown = || Problem::NotOneOf { found: shortened(name, 60), expected: FrenchZone::NAMES };
        Ok(*FrenchZone::ALL.iter().find(|z| z.name() == name).ok_or_else(unknown)?)
    }
}

macro_rules! holidays {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)*) => {
        /// A French public holiday; its names are in [`lang`](crate::lang).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FrenchHoliday { $($(#[$doc])* $variant,)* }

        impl FrenchHoliday {
            /// Every holiday, in the order of a year.
            pub const ALL: &[FrenchHoliday] = &[$(FrenchHoliday::$variant,)*];
            /// Every holiday's code.
            pub const CODES: &[&str] = &[$($code,)*];

            /// The code in JSON.
            pub const fn code(self) -> &'static str {
                match self { $(FrenchHoliday::$variant => $code,)* }
            }
        }
    };
}

holidays! {
    /// 1 January.
    NewYear = "new_year";
    /// Two days before Easter, in Alsace and Moselle.
    GoodFriday = "good_friday";
    /// The day after Easter.
    EasterMonday = "easter_monday";
    /// 1 May.
    LabourDay = "labour_day";
    /// 8 May.
    VictoryDay = "victory_day";
    /// 39 days after Easter.
    Ascension = "ascension";
    /// 50 days after Easter; some companies work on it ("journée de solidarité").
    WhitMonday = "whit_monday";
    /// The abolition of slavery, on a day of each zone's own.
    AbolitionDay = "abolition_day";
    /// 14 July.
    BastilleDay = "bastille_day";
    /// 15 August.
    Assumption = "assumption";
    /// 1 November.
    AllSaints = "all_saints";
    /// 11 November.
    ArmisticeDay = "armistice_day";
    /// 25 December.
    Christmas = "christmas";
    /// 26 December, in Alsace and Moselle.
    SaintStephen = "saint_stephen";
}

impl FromStr for FrenchHoliday {
    type Err = Error;
    fn from_str(code: &str) -> Result<Self> {
        let unknown = || Problem::NotOneOf { found: shortened(code, 60), expected: FrenchHoliday::CODES };
        Ok(*FrenchHoliday::ALL.iter().find(|h| h.code() == code).ok_or_else(unknown)?)
    }
}

impl FrenchHoliday {
    /// The day in a year; `None` where the zone does not have it.
    pub fn date(self, zone: FrenchZone, year: i32) -> Option<NaiveDate> {
        use FrenchHoliday as H;
        let after_easter = |days| easter(year)?.checked_add_days(Days::new(days));
        let alsatian = zone == FrenchZone::AlsaceMoselle;
        let (month, day) = match self {
            H::NewYear => (1, 1),
            H::GoodFriday if alsatian => return easter(year)?.checked_sub_days(Days::new(2)),
            H::EasterMonday => return after_easter(1),
            H::LabourDay => (5, 1),
            H::VictoryDay => (5, 8),
            H::Ascension => return after_easter(39),
            H::WhitMonday => return after_easter(50),
            H::AbolitionDay => zone.abolition(year)?,
            H::BastilleDay => (7, 14),
            H::Assumption => (8, 15),
            H::AllSaints => (11, 1),
            H::ArmisticeDay => (11, 11),
            H::Christmas => (12, 25),
            H::SaintStephen if alsatian => (12, 26),
            H::GoodFriday | H::SaintStephen => return None,
        };
        NaiveDate::from_ymd_opt(year, month, day)
    }

    /// The holidays of a zone in a year by date. Two may fall on one day, as 1 May and Ascension did in 2008.
    pub fn of_year(zone: FrenchZone, year: i32) -> Vec<(NaiveDate, FrenchHoliday)> {
        let mut days: Vec<_> = FrenchHoliday::ALL.iter().filter_map(|h| Some((h.date(zone, year)?, *h))).collect();
        days.sort_unstable();
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_by_the_tables() {
        // The earliest and latest possible days, and some of the years between (tables of the Bureau des longitudes).
        for (year, day) in [
            (1818, "03-22"),
            (1943, "04-25"),
            (2008, "03-23"),
            (2019, "04-21"),
            (2024, "03-31"),
            (2025, "04-20"),
            (2038, "04-25"),
            (2285, "03-22"),
        ] {
            assert_eq!(easter(year).unwrap().to_string(), format!("{year}-{day}"));
        }
        assert_eq!((easter(1582), easter(10_000)), (None, None));
        assert!(
            (1583..=9999).all(|y| easter(y).is_some_and(|d| chrono::Datelike::weekday(&d) == chrono::Weekday::Sun))
        );
    }

    #[test]
    fn two_holidays_may_share_a_day() {
        let days = FrenchHoliday::of_year(FrenchZone::Metropole, 2008);
        assert_eq!(days.len(), 11);
        let first_of_may: Vec<_> = days.iter().filter(|d| d.0.to_string() == "2008-05-01").map(|d| d.1).collect();
        assert_eq!(first_of_may, [FrenchHoliday::LabourDay, FrenchHoliday::Ascension]);
    }

    #[test]
    fn zones_and_codes_are_read_back() {
        assert!(FrenchZone::ALL.iter().all(|z| z.name().parse() == Ok(*z)));
        assert!(FrenchHoliday::ALL.iter().all(|h| h.code().parse() == Ok(*h)));
        assert_eq!("corse".parse::<FrenchZone>().unwrap_err().code().name(), "invalid_value");
        assert_eq!(FrenchHoliday::of_year(FrenchZone::AlsaceMoselle, 2026).len(), 13);
        assert_eq!(FrenchHoliday::of_year(FrenchZone::LaReunion, 2026).len(), 12);
        assert_eq!(FrenchHoliday::of_year(FrenchZone::WallisEtFutuna, 2026).len(), 11);
        let saint_martin = |year| FrenchHoliday::AbolitionDay.date(FrenchZone::SaintMartin, year).unwrap().to_string();
        assert_eq!((saint_martin(2017), saint_martin(2018)), ("2017-05-27".into(), "2018-05-28".into()));
    }
}
