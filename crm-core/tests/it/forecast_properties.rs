//! Forecasts of random deals against an oracle of exact fractions that knows nothing of the rule's own arithmetic.

use std::collections::BTreeMap;

use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// A fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(n: i128, d: i128) -> Self {
        let (mut a, mut b) = (n.abs(), d.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let sign = if d < 0 { -1 } else { 1 };
        Fraction(sign * n / a.max(1), sign * d / a.max(1))
    }

    fn plus(self, other: Fraction) -> Fraction {
        Fraction::new(self.0 * other.1 + other.0 * self.1, self.1 * other.1)
    }

    fn times(self, other: Fraction) -> Fraction {
        Fraction::new(self.0 * other.0, self.1 * other.1)
    }

    /// The nearest whole number, halves away from zero.
    fn rounded(self) -> i128 {
        let twice = 2 * self.0.abs() + self.1;
        let size = twice.div_euclid(2 * self.1);
        if self.0 < 0 { -size } else { size }
    }

    fn below(self, other: Fraction) -> bool {
        self.0 * other.1 < other.0 * self.1
    }

    /// Decimal text.
    fn parse(text: &str) -> Fraction {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits: i128 = format!("{whole}{decimals}").parse().unwrap();
        Fraction::new(digits, 10i128.pow(u32::try_from(decimals.len()).unwrap()))
    }
}

const ZERO: Fraction = Fraction(0, 1);
const USERS: [&str; 5] = ["anne", "bob", "chloe", "dan", "stranger"];
const CATEGORIES: [&str; 5] = ["omitted", "pipeline", "best_case", "commit", "closed"];

#[derive(Clone, Debug)]
struct Deal {
    owner: usize,
    state: usize,
    category: Option<usize>,
    cents: i64,
    currency: usize,
    bp: i64,
    day: i64,
    split: Option<(usize, i64)>,
}

fn deal() -> impl Strategy<Value = Deal> {
    (
        0usize..5,
        0usize..5,
        proptest::option::of(0usize..5),
        prop_oneof![4 => -50_000i64..5_000_000, 1 => Just(0i64), 1 => 0i64..5],
        0usize..4,
        prop_oneof![4 => 0i64..=10_000, 1 => Just(10_000i64), 1 => Just(0i64)],
        -30i64..400,
        proptest::option::of((0usize..5, 0i64..=10_000)),
    )
        .prop_map(|(owner, state, category, cents, currency, bp, day, split)| {
            let split = split.filter(|(other, _)| *other != owner);
            Deal { owner, state, category, cents, currency, bp, day, split }
        })
}

/// EUR is the forecast's; GBP has no rate.
const CURRENCIES: [&str; 4] = ["EUR", "USD", "JPY", "GBP"];

impl Deal {
    fn close_date(&self) -> Option<String> {
        // One in eleven has none.
        let first: chrono::NaiveDate = "2026-01-01".parse().unwrap();
        (self.day % 11 != 0).then(|| (first + chrono::TimeDelta::try_days(self.day).unwrap()).to_string())
    }

    fn amount(&self) -> String {
        match self.currency {
            2 => self.cents.to_string(),
            _ => {
                let sign = if self.cents < 0 { "-" } else { "" };
                format!("{sign}{}.{:02}", self.cents.abs() / 100, self.cents.abs() % 100)
            }
        }
    }

    fn json(&self, id: usize) -> Json {
        let state = ["open", "open", "open", "won", "lost"][self.state];
        let mut deal = json!({
            "id": format!("d{id}"), "owner": USERS[self.owner], "state": state,
            "value": {"amount": self.amount(), "currency": CURRENCIES[self.currency]}, "probability_bp": self.bp,
            "close_date": self.close_date(), "category": self.category.map(|c| CATEGORIES[c]),
        });
        if let Some((other, share)) = self.split {
            deal["splits"] = json!([{"owner": USERS[self.owner], "share_bp": 10_000 - share},
                {"owner": USERS[other], "share_bp": share}]);
        }
        deal
    }

    fn category(&self) -> &'static str {
        match (self.state, self.category) {
            (3, _) => "closed",
            (4, _) => "omitted",
            (_, Some(category)) => CATEGORIES[category],
            (_, None) => "pipeline",
        }
    }

    fn weight(&self) -> Fraction {
        match self.state {
            3 => Fraction(1, 1),
            4 => ZERO,
            _ => Fraction::new(i128::from(self.bp), 10_000),
        }
    }

    /// Cents of euros, rounded as each deal is; `None` without a rate.
    fn euros(&self) -> Option<i128> {
        // A dollar is 0.9 euros from January and 0.925 from July; a euro is 160 yen.
        let rate = match self.currency {
            0 => Fraction(1, 1),
            1 if self.close_date()?.as_str() < "2026-01-01" => return None,
            1 if self.close_date()?.as_str() < "2026-07-01" => Fraction(9, 10),
            1 => Fraction(37, 40),
            2 => {
                self.close_date().filter(|d| d.as_str() >= "2026-01-01")?;
                Fraction(100, 160)
            }
            _ => return None,
        };
        Some(rate.times(Fraction(i128::from(self.cents), 1)).rounded())
    }

    fn parts(&self, euros: i128) -> Vec<(usize, i128)> {
        let Some((other, share)) = self.split else { return vec![(self.owner, euros)] };
        // Of two parts the larger remainder is rounded up; of equal ones the first is.
        let exact = euros.abs() * i128::from(share);
        let up = exact % 10_000 > 5_000;
        let theirs = (exact / 10_000 + i128::from(up)) * euros.signum();
        vec![(self.owner, euros - theirs), (other, theirs)]
    }
}

fn question(deals: &[Deal], managers: [usize; 4], view: &str, unit: &str) -> Json {
    // Each has a manager before it, or none; the stranger is not listed.
    let owners = (0..4).map(|i| {
        let manager = (managers[i] < i).then(|| USERS[managers[i]]);
        json!({"user": USERS[i], "manager": manager})
    });
    json!({
        "deals": deals.iter().enumerate().map(|(i, d)| d.json(i)).collect::<Json>(),
        "owners": owners.collect::<Json>(),
        "rates": [{"from": "USD", "to": "EUR", "valid_from": "2026-01-01", "rate": "0.9"},
            {"from": "USD", "to": "EUR", "valid_from": "2026-07-01", "rate": "0.925"},
            {"from": "EUR", "to": "JPY", "valid_from": "2026-01-01", "rate": "160"}],
        "currency": "EUR", "as_of": "2026-06-15", "view": view, "presentation": "cumulative",
        "periods": {"unit": unit, "from": "2026-01-01", "to": "2027-01-01"},
    })
}

fn answer(question: &Json) -> Json {
    Rules::default().eval("forecast", question).unwrap()
}

fn cents(json: &Json) -> i128 {
    let fraction = Fraction::parse(json.as_str().unwrap()).times(Fraction(100, 1));
    assert_eq!(fraction.1, 1, "{json}");
    fraction.0
}

fn exact(json: &Json) -> Fraction {
    Fraction::parse(json.as_str().unwrap()).times(Fraction(100, 1))
}

/// Every block of figures of an answer.
fn blocks(answer: &Json) -> Vec<&Json> {
    answer["periods"].as_array().unwrap().iter().chain([&answer["undated"]]).collect()
}

fn is_in(block: &Json, close_date: Option<&str>) -> bool {
    match (block.get("period"), close_date) {
        (None, None) => true,
        (Some(period), Some(day)) => period["start"].as_str().unwrap() <= day && day < period["end"].as_str().unwrap(),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Every node, period and category equals the oracle's; children are their parent; every deal is somewhere once.
    #[test]
    fn every_node_is_the_oracles(
        deals in proptest::collection::vec(deal(), 0..25), managers in [0usize..5, 0usize..5, 0usize..5, 0usize..5],
        unit in prop_oneof![Just("month"), Just("quarter"), Just("year")],
    ) {
        let answer = answer(&question(&deals, managers, "manager", unit));
        let leads = |manager: usize, mut of: usize| loop {
            if of == manager { return true }
            if of >= 4 || managers[of] >= of { return false }
            of = managers[of];
        };
        let mut counted = 0u64;
        for block in blocks(&answer) {
            let nodes = block["nodes"].as_array().unwrap();
            let by_user: BTreeMap<&str, &Json> = nodes.iter().map(|n| (n["user"].as_str().unwrap(), n)).collect();
            for category in CATEGORIES {
                let (mut whole, mut whole_weighted, mut count) = (0i128, ZERO, 0u64);
                let mut at = [(0i128, ZERO); 5];
                for deal in &deals {
                    if deal.category() != category || !is_in(block, deal.close_date().as_deref()) { continue }
                    let Some(euros) = deal.euros() else { continue };
                    count += 1;
                    whole += euros;
                    whole_weighted = whole_weighted.plus(deal.weight().times(Fraction(euros, 1)));
                    for (owner, part) in deal.parts(euros) {
                        for (node, sums) in at.iter_mut().enumerate().filter(|(node, _)| leads(*node, owner)) {
                            prop_assert!(node <= owner);
                            sums.0 += part;
                            sums.1 = sums.1.plus(deal.weight().times(Fraction(part, 1)));
                        }
                    }
                }
                counted += count;
                let cell = &block["categories"][category];
                prop_assert_eq!(cents(&cell["amount"]), whole);
                prop_assert_eq!(exact(&cell["weighted_exact"]), whole_weighted);
                prop_assert_eq!(cell["count"].as_u64().unwrap(), count);
                for (user, (amount, weighted)) in USERS.iter().zip(at) {
                    let Some(node) = by_user.get(user) else {
                        prop_assert_eq!((amount, weighted), (0, ZERO));
                        continue;
                    };
                    let cell = &node["categories"][category];
                    prop_assert_eq!(cents(&cell["amount"]), amount, "{} {}", user, category);
                    prop_assert_eq!(exact(&cell["weighted_exact"]), weighted);
                    // Printed: own and reports add up, less than a cent off the exact sum.
                    let reports: Vec<&&Json> = by_user.values().filter(|n| n["manager"] == **user).collect();
                    for key in ["amount", "weighted"] {
                        let parts: i128 = reports.iter().map(|n| cents(&n["categories"][category][key])).sum();
                        prop_assert_eq!(cents(&node["own"]["categories"][category][key]) + parts, cents(&cell[key]));
                    }
                    let off = Fraction(cents(&cell["weighted"]), 1).plus(weighted.times(Fraction(-1, 1)));
                    prop_assert!(off.below(Fraction(1, 1)) && Fraction(-1, 1).below(off), "{:?}", off);
                    // Reasons add up to their number.
                    let reasons = node["reasons"][category].as_array();
                    for key in ["amount", "weighted"] {
                        let told: i128 = reasons.into_iter().flatten().map(|r| cents(&r[key])).sum();
                        prop_assert_eq!(told, cents(&cell[key]));
                    }
                }
            }
        }
        let others = answer["outside"]["before"].as_u64().unwrap() + answer["outside"]["after"].as_u64().unwrap();
        let excluded = u64::try_from(answer["excluded"].as_array().unwrap().len()).unwrap();
        prop_assert_eq!(counted + others + excluded, u64::try_from(deals.len()).unwrap());
    }

    /// What is printed adds up in every table, totals are rounded once, and cumulating loses nothing.
    #[test]
    fn printed_rows_are_printed_totals(deals in proptest::collection::vec(deal(), 0..25)) {
        let rep = answer(&question(&deals, [9, 9, 9, 9], "rep", "month"));
        for key in ["amount", "weighted"] {
            let periods: i128 = rep["periods"].as_array().unwrap().iter().map(|p| cents(&p["total"][key])).sum();
            prop_assert_eq!(periods, cents(&rep["total"]["total"][key]));
        }
        prop_assert_eq!(exact(&rep["total"]["total"]["weighted_exact"]).rounded(), cents(&rep["total"]["total"]["weighted"]));
        for block in blocks(&rep) {
            for key in ["amount", "weighted"] {
                let of = |category: &str| cents(&block["categories"][category][key]);
                let open = of("pipeline") + of("best_case") + of("commit");
                prop_assert_eq!(open, cents(&block["open"][key]));
                prop_assert_eq!(open + of("closed"), cents(&block["total"][key]));
                let shown = |name: &str| cents(&block["cumulative"][name][key]);
                let commit = shown("commit") - shown("closed");
                let best_case = shown("best_case") - shown("commit");
                prop_assert_eq!((of("closed"), of("commit"), of("best_case")), (shown("closed"), commit, best_case));
                prop_assert_eq!(of("pipeline"), shown("open_pipeline") - best_case - commit);
                for category in CATEGORIES {
                    let rows = block["rows"].as_array().unwrap().iter().filter(|r| r["category"] == category);
                    prop_assert_eq!(rows.map(|r| cents(&r[key])).sum::<i128>(), of(category), "{} {}", category, key);
                    let reasons = block["reasons"][category].as_array().into_iter().flatten();
                    prop_assert_eq!(reasons.map(|r| cents(&r[key])).sum::<i128>(), of(category));
                }
            }
        }
    }

    /// Neither order, nor splitting, nor forecasting each currency by itself changes a sum.
    #[test]
    fn order_splits_and_currencies_change_nothing(
        deals in proptest::collection::vec(deal(), 0..20), seed in any::<u64>(), managers in [0usize..5, 0usize..5, 0usize..5, 0usize..5],
    ) {
        let asked = question(&deals, managers, "manager", "quarter");
        let sums = |question: &Json| {
            let answer = answer(question);
            blocks(&answer).into_iter().map(|b| b["categories"].clone()).collect::<Vec<_>>()
        };
        let mut shuffled = asked.clone();
        let list = shuffled["deals"].as_array_mut().unwrap();
        list.sort_by_key(|d| d["id"].as_str().unwrap().bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)));
        let plain = answer(&asked);
        let mixed = answer(&shuffled);
        for (a, b) in blocks(&plain).into_iter().zip(blocks(&mixed)) {
            for key in ["categories", "open", "total"] {
                prop_assert_eq!(&a[key], &b[key]);
            }
        }
        let mut whole = asked.clone();
        for deal in whole["deals"].as_array_mut().unwrap() {
            deal.as_object_mut().unwrap().remove("splits");
        }
        prop_assert_eq!(sums(&whole), sums(&asked));
        // Each currency by itself.
        let mut by_category: BTreeMap<(usize, &str), Fraction> = BTreeMap::new();
        for currency in CURRENCIES {
            let mut one = asked.clone();
            one["deals"].as_array_mut().unwrap().retain(|d| d["value"]["currency"] == currency);
            for (i, block) in sums(&one).iter().enumerate() {
                for category in CATEGORIES {
                    let sum = by_category.entry((i, category)).or_insert(ZERO);
                    *sum = sum.plus(exact(&block[category]["weighted_exact"]));
                }
            }
        }
        for (i, block) in sums(&asked).iter().enumerate() {
            for category in CATEGORIES {
                prop_assert_eq!(exact(&block[category]["weighted_exact"]), by_category[&(i, category)]);
            }
        }
    }

    /// A surer deal never lowers the weighted sum, and what is weighted is never more than what is open.
    #[test]
    fn surer_is_more(deals in proptest::collection::vec(deal(), 1..15), place in any::<prop::sample::Index>(), more in 0i64..=10_000) {
        let mut deals = deals;
        for deal in &mut deals {
            deal.cents = deal.cents.abs();
        }
        let weighted = |deals: &[Deal]| {
            let answer = answer(&question(deals, [9, 9, 9, 9], "rep", "year"));
            for block in blocks(&answer) {
                for category in CATEGORIES {
                    let cell = &block["categories"][category];
                    assert!(cents(&cell["weighted"]) <= cents(&cell["amount"]), "{cell}");
                    assert!(!exact(&cell["amount"]).below(exact(&cell["weighted_exact"])));
                }
            }
            exact(&answer["total"]["total"]["weighted_exact"])
        };
        let before = weighted(&deals);
        let place = place.index(deals.len());
        deals[place].bp = deals[place].bp.max(more);
        prop_assert!(!weighted(&deals).below(before));
    }

    /// Without rounding, the total is the sum of exact products.
    #[test]
    fn exact_products_are_exact(deals in proptest::collection::vec(deal(), 0..20)) {
        let mut asked = question(&deals, [9, 9, 9, 9], "rep", "year");
        asked["rounding"] = "never".into();
        asked["periods"] = json!({"unit": "year", "from": "2025-01-01", "to": "2029-01-01"});
        let answer = answer(&asked);
        let mut sum = ZERO;
        for deal in &deals {
            let Some(day) = deal.close_date() else { continue };
            // Cents for a cent, or for a yen.
            let rate = match (deal.currency, day.as_str()) {
                (0, _) => Fraction(1, 1),
                (1, day) if day >= "2026-07-01" => Fraction(925, 1000),
                (1, day) if day >= "2026-01-01" => Fraction(9, 10),
                (2, day) if day >= "2026-01-01" => Fraction(10, 16),
                _ => continue,
            };
            if deal.category() != "omitted" {
                sum = sum.plus(rate.times(Fraction(i128::from(deal.cents), 1)).times(deal.weight()));
            }
        }
        prop_assert_eq!(exact(&answer["total"]["total"]["weighted_exact"]), sum);
        prop_assert_eq!(sum.rounded(), cents(&answer["total"]["total"]["weighted"]));
    }
}
