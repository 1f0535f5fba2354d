//! Bands: numbers worked out by hand, refusals, and what holds for random deals.

use std::collections::BTreeMap;

use crm_core::kernel::bands_reason::BandsReason;
use crm_core::kernel::forecast_reason::Total;
use crm_core::kernel::probability::Probability;
use crm_core::kernel::reason::Reason;
use crm_core::rules::Rules;
use crm_core::rules::bands::{BandOptions, Bands, MOST_DEALS, Method, Prospect, Scenario, Shift};
use crm_core::{Lang, lang};
use num_bigint::BigUint;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("two deals, four outcomes", "/bands", r#"{"p10":"0.00","p50":"100.00","p90":"300.00"}"#),
    ("two deals, four outcomes", "/mean/amount", r#""150.00""#),
    // 10,000^2 / 4 + 20,000^2 / 4 in squared cents.
    ("two deals, four outcomes", "/variance/numerator", r#""12500000000000000""#),
    ("two deals, four outcomes", "/variance/denominator", r#""100000000""#),
    ("two deals, four outcomes", "/concentration", r#"{"id":"b","share_bp":8000}"#),
    ("two deals, four outcomes", "/error/units", "0"),
    ("two deals, four outcomes, in cents and French", "/target/ppb", "500000000"),
    ("nothing at all", "/bands", r#"{"p10":"0.00","p50":"0.00","p90":"0.00"}"#),
    ("won shifts, lost and omitted do nothing", "/bands", r#"{"p10":"1005.00","p50":"1005.00","p90":"1105.00"}"#),
    ("won shifts, lost and omitted do nothing", "/mean/amount", r#""1055.00""#),
    ("won shifts, lost and omitted do nothing", "/deals", r#"{"certain":2,"left_out":2,"uncertain":1}"#),
    // -40 with 1/8, 0 with 3/8, 60 with 1/8, 100 with 3/8.
    ("a credit shifts the lattice down", "/bands", r#"{"p10":"-40.00","p50":"0.00","p90":"100.00"}"#),
    ("a credit shifts the lattice down", "/mean/amount", r#""40.00""#),
    ("a credit shifts the lattice down", "/movers/0/p50_if_won", r#""100.00""#),
    ("a credit shifts the lattice down", "/movers/1/p50_if_won", r#""-40.00""#),
    ("a level that is reached exactly", "/bands", r#"{"p10":"0.00","p10.01":"100.00","p99.99":"100.00"}"#),
    // 0.3164, 0.7383 (just above 0.73828) and 0.9492 at 0, 10 and 20.
    ("equal amounts", "/bands", r#"{"p10":"0.00","p31.65":"10.00","p50":"10.00","p73.83":"20.00","p90":"20.00"}"#),
    ("no amount, no rate, no day", "/mean/amount", r#""104.00""#),
    ("no amount, no rate, no day", "/excluded/0/code", r#""missing_amount""#),
    ("no amount, no rate, no day", "/excluded/1/code", r#""no_rate""#),
    ("no amount, no rate, no day", "/excluded/2/code", r#""missing_close_date""#),
    // 1/4 and 3/4, each half of the time: 1/2, of whose variance of 1/4 the means' own is 1/16.
    ("two scenarios for one deal", "/bands", r#"{"p10":"0.00","p50":"0.00","p90":"100.00"}"#),
    ("two scenarios for one deal", "/variance/numerator", r#""250000000000000000000000""#),
    ("two scenarios for one deal", "/reasons/variance/1/share_bp", "2500"),
    ("two scenarios make two deals alike", "/bands", r#"{"p10":"0.00","p50":"0.00","p90":"200.00"}"#),
    ("two scenarios make two deals alike", "/movers/0/p50_if_won", r#""200.00""#),
    ("two scenarios make two deals alike", "/movers/0/p50_if_lost", r#""0.00""#),
    ("two scenarios make two deals alike", "/reasons/variance/0/share_bp", "10000"),
    ("thirty deals on their own lattice", "/resolution/exact", "true"),
    ("thirty deals between the cells", "/resolution/exact", "false"),
];

#[test]
fn bands_worked_out_by_hand() {
    golden::holds("bands", NUMBERS);
}

#[test]
fn refusals_name_the_place() {
    let input = |change: &dyn Fn(&mut Json)| {
        let mut input = json!({"deals": [{"id": "a", "amount": "1.00", "probability_bp": 5000}], "currency": "EUR"});
        change(&mut input);
        let error = Rules::default().eval("bands", &input).unwrap_err();
        format!("{} {}", error.code().name(), error.field().unwrap_or_default())
    };
    let set = |key: &'static str, value: Json| input(&move |i| i[key] = value.clone());
    let deal = |key: &'static str, value: Json| input(&move |i| i["deals"][0][key] = value.clone());
    assert_eq!(deal("probability_bp", json!(-1)), "invalid_value deals[0].probability_bp");
    assert_eq!(deal("probability_bp", json!(10_001)), "invalid_value deals[0].probability_bp");
    assert_eq!(
        input(&|i| {
            i["deals"][0].as_object_mut().unwrap().remove("probability_bp");
        }),
        "missing deals[0]"
    );
    assert_eq!(deal("amount", json!(1)), "invalid_value deals[0].amount");
    assert_eq!(deal("state", json!("lose")), "invalid_value deals[0].state");
    assert_eq!(
        input(&|i| {
            let d = i["deals"][0].clone();
            i["deals"].as_array_mut().unwrap().push(d);
        }),
        "invalid_rules deals[1].id"
    );
    assert_eq!(set("quantiles_bp", json!([0])), "invalid_value quantiles_bp[0]");
    assert_eq!(set("quantiles_bp", json!([5000, 10_000])), "invalid_value quantiles_bp[1]");
    assert_eq!(set("most_cells", json!(10)), "invalid_value most_cells");
    assert_eq!(set("movers", json!(101)), "too_large movers");
    assert_eq!(set("scenarios", json!([{"name": "x", "weight_bp": 9_999}])), "invalid_value scenarios.weight_bp");
    assert_eq!(set("currency", json!("XXX")), "invalid_value currency");
    let both = json!([{"name": "x", "weight_bp": 10_000, "odds_bp": 1, "multiplier_bp": 1}]);
    assert_eq!(set("scenarios", both), "invalid_rules scenarios[0]");
}

#[test]
fn every_reason_in_both_languages() {
    let total = |minor_units| Total { minor_units, currency: "EUR".parse().unwrap() };
    let (deal, amount) = ("d1".to_owned(), total(1_234_500));
    let reasons = [
        BandsReason::Certain { deals: 1, amount },
        BandsReason::MeanDeal { deal: deal.clone(), amount, probability_bp: 2_550, adds: total(314_798) },
        BandsReason::MeanOthers { deals: 2, adds: amount },
        BandsReason::VarianceDeal { deal: deal.clone(), share_bp: 2_500 },
        BandsReason::VarianceOthers { deals: 1, share_bp: 1 },
        BandsReason::VarianceCommon { share_bp: 10_000 },
        BandsReason::Mover { deal, if_won: amount, if_lost: total(-50) },
        BandsReason::Target { target: amount, chance_bp: 6_667 },
        BandsReason::Quantile { level_bp: 1_000, amount },
        BandsReason::Resolution { cell: total(100), deviation: total(7) },
    ];
    let mut text = String::new();
    for reason in reasons.map(Reason::Bands) {
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        text.push_str(&format!("{}\n  {en}\n  {}\n", reason.code(), fr.replace('\u{a0}', "~")));
    }
    insta::assert_snapshot!(text, @r#"
    certain_deals
      certain, 1 deal: 12,345.00 EUR
      acquis (1~affaire)~: 12~345,00~EUR
    mean_deal
      deal d1: 3,147.98 EUR (12,345.00 EUR at 25.5%)
      affaire d1~: 3~147,98~EUR (12~345,00~EUR à 25,5~%)
    mean_others
      2 other deals: 12,345.00 EUR
      2 autres affaires~: 12~345,00~EUR
    variance_deal
      deal d1: 25% of the variance
      affaire d1~: 25~% de la variance
    variance_others
      1 other deal: 0.01% of the variance
      1 autre affaire~: 0,01~% de la variance
    variance_common
      the scenarios, common to all deals: 100% of the variance
      les scénarios, communs à toutes les affaires~: 100~% de la variance
    median_mover
      deal d1: the median is 12,345.00 EUR if it is won and -0.50 EUR if not
      affaire d1~: médiane de 12~345,00~EUR si elle est gagnée, de -0,50~EUR sinon
    target_chance
      the chance of reaching 12,345.00 EUR is 66.67%
      la probabilité d’atteindre 12~345,00~EUR est de 66,67~%
    quantile
      12,345.00 EUR or more, with a chance of at least 90%
      12~345,00~EUR ou plus, avec une probabilité d’au moins 90~%
    amounts_between_cells
      amounts are counted in steps of 1.00 EUR, which adds a deviation of at most 0.07 EUR
      les montants sont comptés par pas de 1,00~EUR, ce qui ajoute un écart-type d’au plus 0,07~EUR
    "#);
}

fn deal(amount: i128, bp: u32) -> Prospect {
    Prospect { amount, probability: Probability::from_bp(bp.into()).unwrap() }
}

/// The masses of all sums over `10000^n`.
fn masses(deals: &[Prospect]) -> BTreeMap<i128, BigUint> {
    let mut all = BTreeMap::from([(0, BigUint::from(1u32))]);
    for deal in deals {
        let bp = u32::try_from(deal.probability.bp()).unwrap();
        let mut next: BTreeMap<i128, BigUint> = BTreeMap::new();
        for (sum, mass) in &all {
            for (sum, bp) in [(*sum, 10_000 - bp), (sum + deal.amount, bp)] {
                if bp > 0 {
                    *next.entry(sum).or_default() += mass * bp;
                }
            }
        }
        all = next;
    }
    all
}

/// The least sum whose probability, with all below, reaches the level.
fn quantile(masses: &BTreeMap<i128, BigUint>, level_bp: u32) -> i128 {
    let whole: BigUint = masses.values().sum();
    let mut sum = BigUint::default();
    for (amount, mass) in masses {
        sum += mass;
        if &sum * 10_000u32 >= &whole * level_bp {
            return *amount;
        }
    }
    panic!("no quantile {level_bp}")
}

fn levels() -> Vec<u32> {
    vec![1, 10, 500, 1_000, 2_500, 5_000, 7_500, 9_000, 9_500, 9_990, 9_999]
}

fn check_exactly(deals: &[Prospect]) {
    let masses = masses(deals);
    let whole: BigUint = masses.values().sum();
    let middle = quantile(&masses, 5_000);
    let options = BandOptions { quantiles_bp: levels(), target: Some(middle), ..BandOptions::default() };
    let bands = Bands::of(deals, &options).unwrap();
    assert_eq!((bands.error_units, bands.resolution.method), (0, Method::Enumerated));
    for q in &bands.quantiles {
        assert_eq!(
            (q.amount, q.low, q.high),
            {
                let v = quantile(&masses, q.level_bp);
                (v, v, v)
            },
            "{deals:?}"
        );
    }
    let reached: BigUint = masses.range(middle..).map(|(_, mass)| mass).sum();
    let down = u64::try_from(&reached * 1_000_000_000u64 / &whole).unwrap();
    let chance = bands.chance.unwrap();
    assert!(chance.low_ppb <= down && down <= chance.high_ppb && chance.high_ppb - chance.low_ppb <= 1);
    // Mean and variance from the masses: sums of v and v^2 over 10000^n, each scaled by the other's denominator.
    let (mut first, mut second) = (num_bigint::BigInt::default(), num_bigint::BigInt::default());
    for (v, mass) in &masses {
        first += num_bigint::BigInt::from(*v) * num_bigint::BigInt::from(mass.clone());
        second += num_bigint::BigInt::from(v * v) * num_bigint::BigInt::from(mass.clone());
    }
    let whole = num_bigint::BigInt::from(whole);
    assert_eq!(&first * bands.mean.denominator, &whole * bands.mean.numerator);
    let variance = &second * &whole - &first * &first;
    assert_eq!(variance * bands.variance.denominator, &whole * &whole * bands.variance.numerator);
    assert_eq!(bands.mean_parts.iter().map(|p| p.numerator).sum::<i128>(), bands.mean.numerator);
    assert_eq!(bands.variance_parts.iter().map(|p| p.numerator).sum::<i128>(), bands.variance.numerator);
    let shares: u32 = bands.histogram.iter().map(|b| b.share_ppm).sum();
    assert!(bands.histogram.is_empty() || shares == 1_000_000);
}

#[test]
fn sixteen_and_twenty_deals_are_enumerated_exactly() {
    let deals = |n: u32| {
        (0..n).map(|i| deal(i128::from(i * i * 7_919 % 99_991 + 1), (i * 977) % 9_999 + 1)).collect::<Vec<_>>()
    };
    check_exactly(&deals(16));
    let few: Vec<_> = deals(20).iter().map(|d| Prospect { amount: d.amount % 300 - 20, ..*d }).collect();
    check_exactly(&few);
}

fn prospects(most: usize) -> impl Strategy<Value = Vec<Prospect>> {
    let amount = prop_oneof![-500i128..1_000, Just(0), -90_000_000_000i128..90_000_000_000, Just(100)];
    let bp = prop_oneof![0u32..=10_000, prop::sample::select(vec![0, 1, 5_000, 9_999, 10_000])];
    prop::collection::vec((amount, bp).prop_map(|(amount, bp)| deal(amount, bp)), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn few_deals_equal_their_enumeration(deals in prospects(10)) {
        check_exactly(&deals);
    }

    #[test]
    fn many_small_deals_are_within_their_bound(
        deals in prop::collection::vec((-3i128..12, 1u32..10_000).prop_map(|(a, bp)| deal(a * 250, bp)), 24..70),
    ) {
        let masses = masses(&deals);
        let bands = Bands::of(&deals, &BandOptions { quantiles_bp: levels(), ..BandOptions::default() }).unwrap();
        prop_assert!(bands.resolution.exact && bands.error_ppb() <= 1);
        for q in &bands.quantiles {
            let exact = quantile(&masses, q.level_bp);
            prop_assert!(q.low <= exact && exact <= q.high && q.low <= q.amount && q.amount <= q.high, "{q:?} {exact}");
        }
    }

    #[test]
    fn order_decides_nothing(mut deals in prospects(40)) {
        let options = BandOptions { most_cells: 200, target: Some(500), ..BandOptions::default() };
        let answer = |deals: &[Prospect]| {
            let bands = Bands::of(deals, &options).unwrap();
            (bands.quantiles, bands.mean, bands.variance, bands.error_units, bands.chance, bands.histogram)
        };
        let before = answer(&deals);
        deals.reverse();
        let third = deals.len() / 3;
        deals.rotate_left(third);
        prop_assert_eq!(before, answer(&deals));
    }

    #[test]
    fn more_is_never_less(mut deals in prospects(30), which in 0usize..30, more in 1i128..1_000, likelier in 1i64..3_000) {
        let options = BandOptions { quantiles_bp: levels(), cell: Some(50), ..BandOptions::default() };
        prop_assume!(!deals.is_empty());
        for deal in &mut deals {
            deal.amount = deal.amount.rem_euclid(100) * 50;
        }
        let before = Bands::of(&deals, &options).unwrap();
        let place = which % deals.len();
        deals[place].probability = Probability::from_bp((deals[place].probability.bp() + likelier).min(10_000)).unwrap();
        let likely = Bands::of(&deals, &options).unwrap();
        deals[place].amount += more * 50;
        let larger = Bands::of(&deals, &options).unwrap();
        for ((a, b), c) in before.quantiles.iter().zip(&likely.quantiles).zip(&larger.quantiles) {
            prop_assert!(a.low <= b.high && b.low <= c.high, "{a:?} {b:?} {c:?}");
        }
        prop_assert!(before.mean.numerator <= likely.mean.numerator && likely.mean.numerator <= larger.mean.numerator);
    }

    #[test]
    fn one_scenario_without_shift_is_none(deals in prospects(30)) {
        let plain = BandOptions { movers: 3, ..BandOptions::default() };
        for shift in [Shift::Multiplier(10_000), Shift::Odds(10_000)] {
            let one = Scenario { name: "all".into(), weight_bp: 10_000, shift };
            let (a, b) = (Bands::of(&deals, &plain).unwrap(), Bands::of(&deals, &BandOptions { scenarios: vec![one], ..plain.clone() }).unwrap());
            prop_assert_eq!(&a.quantiles, &b.quantiles);
            prop_assert_eq!(&a.movers, &b.movers);
            prop_assert_eq!(a.variance.numerator * (b.variance.denominator / a.variance.denominator), b.variance.numerator);
            prop_assert_eq!(a.mean.numerator * 10_000, b.mean.numerator);
        }
    }

    #[test]
    fn movers_are_the_medians_of_the_others(deals in prospects(26), movers in 1usize..6) {
        let bands = Bands::of(&deals, &BandOptions { cell: Some(1_000_000), movers, ..BandOptions::default() }).unwrap();
        prop_assume!(bands.resolution.method == Method::Enumerated);
        for mover in &bands.movers {
            let others: Vec<_> = deals.iter().enumerate().filter(|(i, _)| *i != mover.place).map(|(_, d)| *d).collect();
            let median = Bands::of(&others, &BandOptions::default()).unwrap().quantiles[1].amount;
            prop_assert_eq!((mover.if_lost, mover.if_won), (median, median + deals[mover.place].amount));
        }
    }
}

#[test]
fn a_mixture_is_the_weighted_sum_of_its_scenarios() {
    let deals: Vec<_> = (0..9u32).map(|i| deal(i128::from(i * 31 % 17 + 1), i * 1_013 % 9_999 + 1)).collect();
    let scenarios = Scenario::standard();
    let mut all: BTreeMap<i128, BigUint> = BTreeMap::new();
    for scenario in &scenarios {
        let moved: Vec<_> = deals
            .iter()
            .map(|d| deal(d.amount, scenario.shift.apply(d.probability.bp().try_into().unwrap())))
            .collect();
        for (sum, mass) in masses(&moved) {
            *all.entry(sum).or_default() += mass * scenario.weight_bp;
        }
    }
    let options = BandOptions { quantiles_bp: levels(), scenarios, ..BandOptions::default() };
    for q in Bands::of(&deals, &options).unwrap().quantiles {
        assert_eq!(q.amount, quantile(&all, q.level_bp));
    }
}

#[test]
fn hostile_sizes_end_soon_or_are_refused() {
    let options = BandOptions { movers: 3, ..BandOptions::default() };
    let code = |deals: &[Prospect], options: &BandOptions| {
        Bands::of(deals, options).map(|b| b.quantiles).map_err(|e| e.code().name())
    };
    let many = vec![deal(0, 5_000); MOST_DEALS + 1];
    assert_eq!(code(&many, &options), Err("too_large"));
    let zeros = Bands::of(&many[1..], &options).unwrap();
    assert_eq!((zeros.uncertain, zeros.quantiles[1].amount), (0, 0));
    let equal = Bands::of(&vec![deal(12_345, 5_000); 100_000], &BandOptions::default()).unwrap();
    // Half of them, give or take one: 50,000 and the median's own bound.
    assert!(equal.quantiles[1].low <= 50_000 * 12_345 && 50_000 * 12_345 <= equal.quantiles[1].high);
    assert_eq!(equal.variance.numerator, 100_000 * 12_345 * 12_345 * 25_000_000);
    let limit = 999_999_999_999_999_999;
    assert_eq!(code(&[deal(limit, 5_000)], &options), Err("invalid_value"));
    assert_eq!(code(&[deal(limit, 10_000), deal(-limit, 10_000)], &options).map(|q| q[0].amount), Ok(0));
    assert_eq!(code(&[deal(limit + 1, 10_000)], &options), Err("invalid_value"));
    let wide: Vec<_> = (0..40).map(|i| deal(100_000_000_000_000 - i, 5_000)).collect();
    let bands = Bands::of(&wide, &options).unwrap();
    assert!(bands.resolution.cells <= 20_040 && !bands.resolution.exact);
    assert_eq!(code(&wide, &BandOptions { cell: Some(1), ..options.clone() }), Err("too_large"));
    assert_eq!(code(&wide, &BandOptions { cell: Some(0), ..options }), Err("invalid_value"));
}
