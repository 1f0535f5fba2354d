//! Random quotes against an oracle of exact fractions that knows nothing of the rule's own arithmetic, and what holds for
//! every quote.

use crm_core::Number;
use crm_core::kernel::money::Currency;
use crm_core::rules::quote::{
    Discount, LineContent, Offered, QuoteTerms, Solution, Sums, Tally, TaxSets, Totals, Whole, diff, reach, solve,
    totals,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const RATES: [&str; 6] = ["20", "10", "5.5", "2.1", "8.5", "0"];

/// One line: thousandths of quantity, ten-thousandths of price, place of the rate, discount in hundredths of percent.
type Line = (i64, i64, usize, i64);

fn decimal(units: i64, places: usize) -> String {
    let (sign, size) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    let scale = 10u64.pow(u32::try_from(places).unwrap());
    format!("{sign}{}.{:0places$}", size / scale, size % scale)
}

fn line((quantity, price, rate, off): Line) -> Json {
    json!({
        "quantity": decimal(quantity, 3),
        "unit_price": decimal(price, 4),
        "vat": {"rate": RATES[rate]},
        "discount": {"percent_bp": off},
    })
}

fn terms(lines: &[Line], change: &Json) -> QuoteTerms {
    let lines: Vec<Json> = lines.iter().copied().map(line).collect();
    let mut quote = json!({"currency": "EUR", "lines": lines});
    quote.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    QuoteTerms::from_json(&quote).unwrap()
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let quantity = prop_oneof![4 => 1i64..20_000, 1 => -20_000i64..0];
    prop::collection::vec((quantity, 0i64..2_000_000, 0usize..6, prop_oneof![Just(0i64), 0i64..=10_000]), 0..9)
}

fn modes() -> impl Strategy<Value = Json> {
    let modes = prop::sample::select(vec!["net", "gross"]);
    let roundings = prop::sample::select(vec!["per_rate", "per_line"]);
    let off = prop_oneof![Just(Json::Null), (0i64..=10_000).prop_map(|bp| json!({"percent_bp": bp}))];
    (modes, roundings, off)
        .prop_map(|(mode, rounding, off)| json!({"price_mode": mode, "rounding": rounding, "discount": off}))
}

/// Half away from zero.
fn rounded(n: i128, d: i128) -> i128 {
    let size = (2 * n.abs() + d) / (2 * d);
    if n < 0 { -size } else { size }
}

/// Rates in thousandths of percent.
fn rate(place: usize) -> i128 {
    [20_000, 10_000, 5_500, 2_100, 8_500, 0][place]
}

/// What lines come to, the slow way, without a document discount: VAT and the sum of lines.
fn oracle(lines: &[Line], gross: bool, per_line: bool) -> (i128, i128) {
    let amounts: Vec<i128> = lines
        .iter()
        .map(|(q, p, _, off)| {
            rounded(i128::from(*q) * i128::from(*p) * (10_000 - i128::from(*off)) * 100, 10_i128.pow(11))
        })
        .collect();
    let vat = |amount: i128, rate: i128| {
        if gross { rounded(amount * rate, 100_000 + rate) } else { rounded(amount * rate, 100_000) }
    };
    let mut sum = 0;
    for place in 0..6 {
        let of = || amounts.iter().zip(lines).filter(|(_, line)| line.2 == place).map(|(amount, _)| *amount);
        sum += if per_line { of().map(|a| vat(a, rate(place))).sum::<i128>() } else { vat(of().sum(), rate(place)) };
    }
    (sum, amounts.iter().sum())
}

/// What holds for everything that is printed.
fn adds_up(t: &Totals) {
    assert_eq!(t.sums.net + t.sums.vat, t.sums.gross);
    assert_eq!(t.per_rate.iter().map(|row| row.vat).sum::<i64>(), t.sums.vat);
    assert_eq!(t.per_rate.iter().map(|row| row.base).sum::<i64>(), t.sums.net, "one tax for each line");
    assert_eq!(t.per_rate.iter().map(|row| row.discount).sum::<i64>(), t.discount);
    let lines = || t.lines.iter().flatten();
    let sum = |of: fn(&Sums) -> i64| lines().map(|line| of(&line.sums)).sum::<i64>();
    assert_eq!((sum(|s| s.net), sum(|s| s.vat), sum(|s| s.gross)), (t.sums.net, t.sums.vat, t.sums.gross));
    assert!(lines().all(|line| line.sums.net + line.sums.vat == line.sums.gross));
    assert_eq!(lines().map(|line| line.list).sum::<i64>(), t.list);
    let trace: i128 = t.trace().iter().filter_map(|reason| reason.adds()).map(|total| total.minor_units).sum();
    assert_eq!(trace, i128::from(t.payable));
    assert_eq!(t.payable - t.rounding_amount.unwrap_or(0), t.sums.gross);
}

proptest! {
    #[test]
    fn the_oracle_agrees(lines in lines(), gross: bool, per_line: bool) {
        let mode = if gross { "gross" } else { "net" };
        let rounding = if per_line { "per_line" } else { "per_rate" };
        let t = totals(&terms(&lines, &json!({"price_mode": mode, "rounding": rounding}))).unwrap();
        let (vat, sum) = oracle(&lines, gross, per_line);
        prop_assert_eq!(i128::from(t.sums.vat), vat);
        prop_assert_eq!(i128::from(if gross { t.sums.gross } else { t.sums.net }), sum);
    }

    #[test]
    fn what_is_printed_adds_up(lines in lines(), modes in modes(), step in prop::sample::select(vec!["0.05", "0.10", "1"])) {
        let mut modes = modes;
        modes["payable_step"] = json!(step);
        adds_up(&totals(&terms(&lines, &modes)).unwrap());
    }

    #[test]
    fn sums_without_lines_are_those_with_them(
        quotes in prop::collection::vec((lines(), modes(), prop::collection::vec(any::<bool>(), 9)), 1..4),
    ) {
        // One after the other in the same memory.
        let mut tally: Option<Tally> = None;
        for (lines, modes, optional) in quotes {
            let mut terms = terms(&lines, &modes);
            for (line, is_optional) in terms.lines.iter_mut().zip(&optional) {
                if let (true, LineContent::Item(pricing)) = (*is_optional, line.content.clone()) {
                    line.content = LineContent::Optional(pricing);
                }
            }
            let (currency, price_mode, rounding) = (terms.currency, terms.price_mode, terms.rounding);
            let whole = Whole { currency, price_mode, rounding, discount: terms.discount };
            let tax = |line: &LineContent| line.pricing().unwrap().taxes[0].clone();
            let mut taxes: Vec<_> = terms.lines.iter().map(|line| tax(&line.content)).collect();
            taxes.sort_by(|a, b| a.order(b));
            taxes.dedup();
            let tally = tally.get_or_insert_with(|| Tally::new(&whole));
            tally.begin(&whole);
            for (index, line) in terms.lines.iter().enumerate() {
                let pricing = line.content.pricing().unwrap();
                tally.line(&Offered {
                    index,
                    quantity: pricing.quantity,
                    unit_price: pricing.unit_price,
                    discount: pricing.discount,
                    taxes: taxes.iter().position(|tax| *tax == pricing.taxes[0]).unwrap(),
                    is_optional: matches!(line.content, LineContent::Optional(_)),
                }).unwrap();
            }
            let (tallied, all) = (tally.end(&TaxSets::single(&taxes)).unwrap(), totals(&terms).unwrap());
            prop_assert_eq!(tallied.sums, all.sums);
            prop_assert_eq!(tallied.optional, all.optional);
            prop_assert_eq!((tallied.counted, tallied.discount), (all.counted, all.discount));
            let rows: Vec<_> = tally.rows().iter().map(|row| (row.base, row.vat, row.discount)).collect();
            let told: Vec<_> = all.per_rate.iter().map(|row| (row.base, row.vat, row.discount)).collect();
            prop_assert_eq!(rows, told);
        }
    }

    #[test]
    fn a_document_discount_takes_off_exactly_that(lines in lines(), off in 0i64..5_000, gross: bool) {
        let mode = if gross { "gross" } else { "net" };
        let plain = totals(&terms(&lines, &json!({"price_mode": mode}))).unwrap();
        let sum = plain.list - plain.line_discounts;
        let change = json!({"price_mode": mode, "discount": {"amount": decimal(off, 2)}});
        let found = totals(&terms(&lines, &change));
        if off > sum.abs() {
            let error = found.unwrap_err();
            prop_assert_eq!(error.field(), Some("discount.amount"));
        } else {
            let found = found.unwrap();
            prop_assert_eq!(found.discount, off * sum.signum());
            let left = if gross { found.sums.gross } else { found.sums.net };
            prop_assert_eq!(left, sum - found.discount);
        }
    }

    #[test]
    fn a_credit_mirrors(lines in lines(), modes in modes()) {
        let mirrored: Vec<Line> = lines.iter().map(|(q, p, r, off)| (-q, *p, *r, *off)).collect();
        let (there, back) = (totals(&terms(&lines, &modes)).unwrap(), totals(&terms(&mirrored, &modes)).unwrap());
        let minus = |s: Sums| Sums { net: -s.net, vat: -s.vat, gross: -s.gross };
        prop_assert_eq!(minus(there.sums), back.sums);
        let vat = |t: &Totals| t.per_rate.iter().map(|row| (row.base, row.vat)).collect::<Vec<_>>();
        let negated: Vec<(i64, i64)> = vat(&there).into_iter().map(|(base, vat)| (-base, -vat)).collect();
        prop_assert_eq!(negated, vat(&back));
        for sums in [(there.one_off, back.one_off), (there.monthly, back.monthly)] {
            prop_assert_eq!(minus(sums.0), sums.1);
        }
    }

    #[test]
    fn the_order_of_lines_changes_no_total(
        (lines, shuffled) in lines().prop_flat_map(|l| (Just(l.clone()), Just(l).prop_shuffle())),
        modes in modes(),
    ) {
        let (mut one, mut other) = (totals(&terms(&lines, &modes)).unwrap(), totals(&terms(&shuffled, &modes)).unwrap());
        one.lines.clear();
        other.lines.clear();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn the_effects_of_a_comparison_add_up(before in lines(), after in lines(), modes in modes()) {
        let (before, after) = (terms(&before, &modes), terms(&after, &json!({})));
        let found = diff(&before, &after).unwrap();
        let sum = |of: fn(&Sums) -> i64| found.lines.iter().map(|line| of(&line.effect)).sum::<i64>();
        prop_assert_eq!(sum(|s| s.net), found.after.net - found.before.net);
        prop_assert_eq!(sum(|s| s.vat), found.after.vat - found.before.vat);
        prop_assert_eq!(sum(|s| s.gross), found.after.gross - found.before.gross);
    }

    /// Every discount is tried.
    #[test]
    fn the_solver_finds_what_trying_all_finds(
        lines in prop::collection::vec((1i64..2_000, 0i64..6_000, 0usize..6, Just(0i64)), 1..5),
        per_line: bool,
        part in 0i64..=110,
    ) {
        let rounding = if per_line { "per_line" } else { "per_rate" };
        let plain = terms(&lines, &json!({"rounding": rounding}));
        let at = |off: i64| QuoteTerms { discount: Some(Discount::Amount(off)), ..plain.clone() };
        let whole = totals(&plain).unwrap();
        let all: Vec<(i64, i64)> =
            (0..=whole.sums.net).map(|off| (off, totals(&at(off)).unwrap().sums.gross)).collect();
        let target = whole.sums.gross * part / 100;
        let exact = all.iter().filter(|(_, gross)| *gross == target).map(|(off, _)| *off).max();
        match (solve(&plain, target).unwrap(), exact) {
            (Solution::Exact(found), Some(off)) => prop_assert_eq!(found.discount, off),
            (Solution::Nearest { below, above }, None) => {
                let less = all.iter().map(|(_, gross)| *gross).filter(|gross| *gross < target).max();
                let more = all.iter().map(|(_, gross)| *gross).filter(|gross| *gross > target).min();
                prop_assert_eq!(below.map(|r| r.sums.gross), less);
                prop_assert_eq!(above.map(|r| r.sums.gross), more);
            }
            (found, exact) => prop_assert!(false, "{:?} for {:?}", found, exact),
        }
    }
}

fn euro() -> Currency {
    "EUR".parse().unwrap()
}

#[test]
fn gross_prices_give_back_every_cent_at_every_french_rate() {
    for rate in ["20", "19.6", "20.6", "18.6", "10", "7", "5.5", "2.1", "8.5"] {
        let mut terms = terms(&[(1_000, 0, 5, 0)], &json!({"price_mode": "gross"}));
        let LineContent::Item(pricing) = &mut terms.lines[0].content else { panic!() };
        let taxes = json!({"currency": "EUR", "lines": [{"quantity": 1, "unit_price": 1, "vat": {"rate": rate}}]});
        let taxed = QuoteTerms::from_json(&taxes).unwrap();
        pricing.taxes.clone_from(&taxed.lines[0].content.pricing().unwrap().taxes);
        pricing.discount = None;
        for cent in 0..=100_000 {
            let LineContent::Item(pricing) = &mut terms.lines[0].content else { panic!() };
            pricing.unit_price = Number::from_millionths(cent * 10_000).unwrap();
            let found = totals(&terms).unwrap().sums;
            assert_eq!((found.gross, found.net + found.vat), (cent, cent), "{cent} at {rate}");
        }
    }
}

#[test]
fn the_share_of_totals_out_of_reach_is_the_rate_in_the_gross() {
    // Over a whole number of periods of 100 + r the share is exactly r / (100 + r).
    for (rate, period, missing) in [("20", 120, 20), ("10", 110, 10), ("5.5", 2_110, 110), ("2.1", 10_210, 210)] {
        let rate = [Number::parse(rate).unwrap()];
        let (first, last) = (period, period * 3);
        let reached = (first..last).filter(|gross| reach(*gross, &rate, euro()).unwrap().is_reached()).count();
        assert_eq!(last - first - i64::try_from(reached).unwrap(), 2 * missing, "{rate:?}");
    }
    // What is reached is what some net price gives, and the next totals are the next ones.
    let rate = [Number::from_integer(20).unwrap()];
    let given: std::collections::BTreeSet<i64> =
        (0..2_000i64).map(|net| net + i64::try_from(rounded(i128::from(net) * 20, 100)).unwrap()).collect();
    for gross in 0..2_000 {
        let found = reach(gross, &rate, euro()).unwrap();
        assert_eq!(found.is_reached(), given.contains(&gross), "{gross}");
        assert_eq!(Some(&found.nearer_zero.gross), given.range(..=gross).next_back());
        assert_eq!(Some(&found.farther.gross), given.range(gross..).next());
    }
}
