//! How the points of one event fade with its age.

use chrono::{Months, TimeDelta};

use super::model::{Decay, Every};
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;

const DAY_MICROS: i64 = 86_400_000_000;
/// Steps of one half-life.
const STEPS: i64 = 64;
/// 2^62 * 2^(-k/64), rounded down.
const HALVING: [i64; 64] = [
    4_611_686_018_427_387_904,
    4_562_008_997_483_360_349,
    4_512_867_096_753_504_462,
    4_464_254_551_929_933_550,
    4_416_165_660_797_809_419,
    4_368_594_782_566_476_878,
    4_321_536_337_207_803_250,
    4_274_984_804_801_645_281,
    4_228_934_724_888_366_667,
    4_183_380_695_828_330_266,
    4_138_317_374_168_289_834,
    4_093_739_474_014_606_996,
    4_049_641_766_413_219_908,
    4_006_019_078_736_290_888,
    3_962_866_294_075_461_077,
    3_920_178_350_641_640_941,
    3_877_950_241_171_266_237,
    3_836_177_012_338_949_767,
    3_794_853_764_176_460_054,
    3_753_975_649_497_958_757,
    3_713_537_873_331_429_432,
    3_673_535_692_356_230_935,
    3_633_964_414_346_709_480,
    3_594_819_397_621_804_119,
    3_556_096_050_500_581_047,
    3_517_789_830_763_632_897,
    3_479_896_245_120_279_829,
    3_442_410_848_681_509_920,
    3_405_329_244_438_597_039,
    3_368_647_082_747_335_038,
    3_332_360_060_817_827_770,
    3_296_463_922_209_775_076,
    3_260_954_456_333_195_553,
    3_225_827_497_954_527_522,
    3_191_078_926_708_050_275,
    3_156_704_666_612_568_285,
    3_122_700_685_593_301_681,
    3_089_062_995_008_926_925,
    3_055_787_649_183_712_190,
    3_022_870_744_944_692_570,
    2_990_308_421_163_830_842,
    2_958_096_858_305_110_055,
    2_926_232_277_976_504_838,
    2_894_710_942_486_778_864,
    2_863_529_154_407_056_491,
    2_832_683_256_137_117_140,
    2_802_169_629_476_361_550,
    2_771_984_695_199_399_577,
    2_742_124_912_636_209_755,
    2_712_586_779_256_821_376,
    2_683_366_830_260_470_360,
    2_654_461_638_169_180_746,
    2_625_867_812_425_724_109,
    2_597_581_998_995_909_751,
    2_569_600_879_975_159_024,
    2_541_921_173_199_317_625,
    2_514_539_631_859_660_217,
    2_487_453_044_122_042_214,
    2_460_658_232_750_154_057,
    2_434_152_054_732_833_796,
    2_407_931_400_915_394_245,
    2_381_993_195_634_921_489,
    2_356_334_396_359_501_941,
    2_330_951_993_331_335_644,
];

/// The points of one event by its age: what is left of `amount` thousandths after each step.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    amount: i64,
    steps: Steps,
}

#[derive(Clone, Debug)]
enum Steps {
    Never,
    /// Steps of so many microseconds; what is left after each, until nothing is.
    Micros(i64, Box<[i64]>),
    /// Steps of so many calendar months, at the beginning of the day.
    Months(u32, Box<[i64]>),
    /// A 64th of a half-life in microseconds.
    Halving(i64),
}

impl Curve {
    /// The curve of an amount in thousandths.
    pub(super) fn new(amount: i64, decay: Option<Decay>) -> Self {
        let steps = match decay {
            None => Steps::Never,
            Some(Decay::Percent { percent, every: Every::Days(days) }) => {
                Steps::Micros(days.max(1).saturating_mul(DAY_MICROS), table(amount, percent))
            }
            Some(Decay::Percent { percent, every: Every::Months(months) }) => {
                Steps::Months(u32::try_from(months.max(1)).unwrap_or(u32::MAX), table(amount, percent))
            }
            Some(Decay::HalfLife { days }) => Steps::Halving(days.max(1).saturating_mul(DAY_MICROS) / STEPS),
        };
        Self { amount, steps }
    }

    /// The amount before decay.
    pub(super) const fn amount(&self) -> i64 {
        self.amount
    }

    /// What is left of an event of `from` at the instant `at`, and the next instant at which less will be.
    pub(super) fn left(&self, from: Instant, at: Instant, zone: &Zone) -> (i64, Option<Instant>) {
        let age = at.signed_duration_since(from).num_microseconds().unwrap_or(i64::MAX).max(0);
        match &self.steps {
            Steps::Never => (self.amount, None),
            Steps::Micros(step, table) => {
                let elapsed = age.checked_div(*step).unwrap_or(0);
                let left = entry(table, elapsed);
                (left, (left != 0).then(|| after(from, *step, elapsed)).flatten())
            }
            Steps::Months(step, table) => {
                let (elapsed, next) = months(from, at, *step, zone);
                let left = entry(table, elapsed);
                (left, next.filter(|_| left != 0))
            }
            Steps::Halving(step) => {
                let elapsed = age.checked_div(*step).unwrap_or(0);
                let left = halved(self.amount, elapsed);
                (left, (left != 0).then(|| after(from, *step, elapsed)).flatten())
            }
        }
    }
}

/// What is left of an amount that halves in so many days, and when less will be.
pub(in crate::rules) fn halving(amount: i64, days: i64, from: Instant, at: Instant) -> (i64, Option<Instant>) {
    Curve::new(amount, Some(Decay::HalfLife { days })).left(from, at, &Zone::UTC)
}

/// The end of the step that follows `elapsed` whole ones.
fn after(from: Instant, step: i64, elapsed: i64) -> Option<Instant> {
    from.checked_add_signed(TimeDelta::microseconds(step.checked_mul(elapsed.checked_add(1)?)?))
}

fn entry(table: &[i64], elapsed: i64) -> i64 {
    usize::try_from(elapsed).ok().and_then(|i| table.get(i)).copied().unwrap_or(0)
}

/// `amount * (100 - percent)^k / 100^k` toward zero for k = 0, 1 ... until nothing is left; exact, in digits of 100.
fn table(amount: i64, percent: i64) -> Box<[i64]> {
    let keep = u32::try_from(100_i64.saturating_sub(percent).clamp(0, 99)).unwrap_or(0);
    let mut digits: Vec<u32> = Vec::new();
    let mut rest = amount.unsigned_abs();
    while rest > 0 {
        digits.push(u32::try_from(rest % 100).unwrap_or(0));
        rest /= 100;
    }
    let mut out = Vec::new();
    // After k multiplications, dividing by 100^k leaves out the k lowest digits.
    loop {
        let whole =
            digits.iter().skip(out.len()).rev().fold(0_i64, |n, d| n.saturating_mul(100).saturating_add(i64::from(*d)));
        if whole == 0 {
            break;
        }
        out.push(whole.saturating_mul(amount.signum()));
        let mut carry = 0;
        for digit in &mut digits {
            let product = digit.saturating_mul(keep).saturating_add(carry);
            *digit = product % 100;
            carry = product / 100;
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    out.into()
}

/// `amount * 2^(-elapsed/64)` toward zero, by the table.
fn halved(amount: i64, elapsed: i64) -> i64 {
    let factor = usize::try_from(elapsed % STEPS).ok().and_then(|i| HALVING.get(i)).copied().unwrap_or(0);
    let shift = u32::try_from(elapsed / STEPS).unwrap_or(u32::MAX).saturating_add(62);
    let product = i128::from(amount.unsigned_abs()).saturating_mul(i128::from(factor));
    let left = product.checked_shr(shift).and_then(|n| i64::try_from(n).ok()).unwrap_or(0);
    left.saturating_mul(amount.signum())
}

/// How many steps of whole calendar months have passed, and when the next one will have. A step ends as the day
/// begins whose date is so many months later (the month's last day where it has no such date).
fn months(from: Instant, at: Instant, step: u32, zone: &Zone) -> (i64, Option<Instant>) {
    use chrono::Datelike as _;
    let (first, today) = (zone.day(from), zone.day(at));
    let end = |k: i64| {
        let months = u32::try_from(k).ok()?.checked_mul(step)?;
        first.checked_add_months(Months::new(months)).map(|day| zone.day_start(day))
    };
    let apart = i64::from(today.year())
        .saturating_sub(i64::from(first.year()))
        .saturating_mul(12)
        .saturating_add(i64::from(today.month()).saturating_sub(i64::from(first.month())));
    // One more than can have passed, then back to the last end that has come.
    let mut elapsed = apart.max(0).checked_div(i64::from(step)).unwrap_or(0).saturating_add(1);
    while elapsed > 0 && end(elapsed).is_none_or(|e| e > at) {
        elapsed = elapsed.saturating_sub(1);
    }
    (elapsed, end(elapsed.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::parse_instant;

    fn at(text: &str) -> Instant {
        parse_instant(text).unwrap()
    }

    #[test]
    fn percentages_compound_exactly() {
        assert_eq!(
            *table(40_000, 25),
            [
                40_000, 30_000, 22_500, 16_875, 12_656, 9_492, 7_119, 5_339, 4_004, 3_003, 2_252, 1_689, 1_267, 950,
                712, 534, 400, 300, 225, 169, 126, 95, 71, 53, 40, 30, 22, 16, 12, 9, 7, 5, 4, 3, 2, 1, 1
            ]
        );
        assert_eq!(*table(-5_000, 50), [-5000, -2500, -1250, -625, -312, -156, -78, -39, -19, -9, -4, -2, -1]);
        // Against the definition in wide integers, as far as they reach.
        for percent in 1..=99 {
            for (k, left) in table(123_457, percent).iter().enumerate().take(16) {
                let k = u32::try_from(k).unwrap();
                let exact = 123_457 * i128::from(100 - percent).pow(k) / 100_i128.pow(k);
                assert_eq!(i128::from(*left), exact, "{percent} % {k} times");
            }
        }
        assert!(table(1_000_000_000, 1).len() < 2100);
    }

    #[test]
    fn halving_is_the_table_of_the_power() {
        for (k, factor) in HALVING.iter().enumerate() {
            // factor^2 is 2^62 times the factor of twice the steps, to within the rounding of the table.
            let square = (i128::from(*factor) * i128::from(*factor)) >> 62;
            let wanted = i128::from(HALVING[k * 2 % 64]) >> (k * 2 / 64);
            assert!((square - wanted).abs() <= 2, "{k}");
        }
        assert_eq!(halved(8_000, 0), 8_000);
        assert_eq!(halved(8_000, 64), 4_000);
        assert_eq!(halved(8_000, 32), 5_656);
        assert_eq!(halved(-8_000, 128), -2_000);
        assert_eq!(halved(8_000, i64::MAX), 0);
    }

    #[test]
    fn months_are_calendar_months_of_the_zone() {
        let paris: Zone = "Europe/Paris".parse().unwrap();
        let whole = |from, to, step| months(at(from), at(to), step, &paris).0;
        assert_eq!(whole("2026-01-31T12:00:00Z", "2026-02-27T22:59:59Z", 1), 0);
        assert_eq!(whole("2026-01-31T12:00:00Z", "2026-02-27T23:00:00Z", 1), 1, "28 February begins in Paris");
        assert_eq!(whole("2026-01-31T12:00:00Z", "2026-03-30T12:00:00Z", 1), 1);
        assert_eq!(whole("2026-01-31T12:00:00Z", "2026-03-31T12:00:00Z", 1), 2);
        assert_eq!(whole("2026-01-15T12:00:00Z", "2027-01-15T12:00:00Z", 3), 4);
        assert_eq!(whole("2026-01-15T12:00:00Z", "2026-01-15T12:00:00Z", 1), 0);
        let next = months(at("2026-01-15T12:00:00Z"), at("2026-01-20T12:00:00Z"), 1, &paris).1.unwrap();
        assert_eq!(next, at("2026-02-14T23:00:00Z"));
    }
}
