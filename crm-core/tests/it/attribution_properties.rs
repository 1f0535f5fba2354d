//! Properties of attribution: sums, order, a naive oracle in fractions, and texts from anywhere.

use crm_core::Instant;
use crm_core::rules::Rules;
use crm_core::rules::attribution::{
    Amount, Arrival, AttributionSettings, Milestone, Milestones, Model, ModelName, Path, PathOptions, Prepared,
    Splitter, Touch, attribute,
};
use proptest::prelude::*;
use serde_json::json;

use super::support::at;

/// Weights of a model as whole numbers, written as plainly as can be; of time decay only for whole half-lives.
fn oracle(name: ModelName, ages: &[u32], direct: &[bool], lead: Option<usize>, deal: Option<usize>) -> Vec<i128> {
    let n = ages.len();
    let one = |place: usize| (0..n).map(|i| i128::from(i == place)).collect::<Vec<_>>();
    let keys = |parts: Vec<(Option<usize>, i128)>| {
        let mut own = vec![0i128; n];
        for (place, weight) in &parts {
            if let Some(place) = place.filter(|place| *place < n) {
                own[place] += weight;
            }
        }
        let rest = 10_000 - parts.iter().map(|(_, weight)| weight).sum::<i128>();
        let others = own.iter().filter(|weight| **weight == 0).count();
        // Over the common denominator `others`.
        let all = own.iter().map(|weight| if *weight == 0 { rest } else { weight * (others.max(1) as i128) });
        all.collect::<Vec<_>>()
    };
    let (first, last) = (Some(0), Some(n - 1));
    match name {
        ModelName::First => one(0),
        ModelName::Last => one(n - 1),
        ModelName::LastNonDirect => one((0..n).rev().find(|i| !direct[*i]).unwrap_or(n - 1)),
        ModelName::Linear => vec![1; n],
        ModelName::Rank => (1..=n as i128).collect(),
        ModelName::TimeDecay => ages.iter().map(|age| 1i128 << (40 - age)).collect(),
        ModelName::UShape => keys(vec![(first, 4_000), (lead.or(last), 4_000)]),
        ModelName::WShape => keys(vec![(first, 3_000), (lead, 3_000), (deal.or(last), 3_000)]),
        ModelName::FullPath => keys(vec![(first, 2_250), (lead, 2_250), (deal, 2_250), (last, 2_250)]),
        ModelName::Position | ModelName::Custom => keys(vec![(first, 4_000), (last, 4_000)]),
        ModelName::JShape => keys(vec![(first, 2_000), (last, 6_000)]),
        ModelName::InverseJ => keys(vec![(first, 6_000), (last, 2_000)]),
    }
}

fn touch(id: usize, minutes: i64, channel: u8) -> Touch {
    let when: Instant = at("2026-01-01T00:00:00Z") + chrono::TimeDelta::try_minutes(minutes).unwrap();
    let arrival = match channel {
        0 => Arrival::default(),
        n => Arrival { source: format!("s{n}"), campaign: format!("c{n}"), ..Arrival::default() },
    };
    Touch::new(format!("t{id:03}"), Some(when), arrival, &AttributionSettings::default())
}

proptest! {
    #[test]
    fn every_model_is_its_oracle_and_adds_up(
        ages in proptest::collection::vec(0u32..40, 1..40),
        bits in any::<u64>(),
        lead in proptest::option::of(0usize..45),
        deal in proptest::option::of(0usize..45),
        amount in -1_000_000_000i64..1_000_000_000,
    ) {
        let mut ages = ages;
        ages.sort_unstable_by(|a, b| b.cmp(a));
        let newest = ages[ages.len() - 1];
        ages.iter_mut().for_each(|age| *age -= newest);
        let week = 7 * 86_400_000_000i64;
        let instants: Vec<i64> = ages.iter().map(|age| -i64::from(*age) * week).collect();
        let direct: Vec<bool> = (0..ages.len()).map(|i| bits >> i & 1 == 1).collect();
        let path = Path { len: ages.len(), at: &instants, direct: &direct, lead, deal };
        let mut splitter = Splitter::default();
        for name in ModelName::ALL {
            let model = Model::named(*name);
            let weights = oracle(*name, &ages, &direct, lead, deal);
            let sum: i128 = weights.iter().sum();
            let shares = splitter.shares(&model, &path).unwrap().to_vec();
            prop_assert_eq!(shares.iter().sum::<i128>(), 1_000_000, "{:?}", name);
            prop_assert_eq!(shares.len(), ages.len());
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!((share * sum - weight * 1_000_000).abs() < sum, "{name:?} {share} {weight} of {sum}");
            }
            let parts = splitter.split(&model, &path, i128::from(amount)).unwrap();
            prop_assert_eq!(parts.iter().sum::<i128>(), i128::from(amount), "{:?}", name);
        }
    }

    #[test]
    fn order_and_what_comes_later_change_nothing(
        touches in proptest::collection::vec((0i64..100_000, 0u8..5), 0..30),
        later in proptest::collection::vec((1i64..100_000, 0u8..5), 0..10),
        lead in 0i64..100_000,
        deal in proptest::option::of(0i64..100_000),
        turn in 0usize..40,
        window in proptest::option::of(1i64..60),
        unique in any::<bool>(),
    ) {
        let instant = |minutes: i64| at("2026-01-01T00:00:00Z") + chrono::TimeDelta::try_minutes(minutes).unwrap();
        let own: Vec<Touch> = touches.iter().enumerate().map(|(i, (m, c))| touch(i, *m, *c)).collect();
        let end = lead.max(deal.unwrap_or(0));
        let milestones = Milestones {
            lead: Some(Milestone::At(instant(lead))),
            deal: deal.map(|deal| Milestone::At(instant(deal))),
            closed: None,
        };
        let options = PathOptions {
            window_days: window,
            unique: unique.then_some(crm_core::rules::attribution::Occurrence::First),
            ..AttributionSettings::default().paths
        };
        let credits = |touches: &[Touch]| {
            let prepared = Prepared::new(touches, &milestones, &options, None).unwrap();
            let amount = Some(Amount { minor_units: 12_345, currency: None });
            let mut splitter = Splitter::default();
            let all = ModelName::ALL.iter().map(|name| {
                let told = attribute(&mut splitter, &Model::named(*name), &prepared, amount).unwrap();
                let credits: Vec<_> = told.credits.iter().map(|c| (touches[c.touch].id.clone(), c.share_micro, c.minor_units)).collect();
                (credits, told.reasons)
            });
            all.collect::<Vec<_>>()
        };
        let wanted = credits(&own);
        let mut turned = own.clone();
        turned.rotate_left(turn % own.len().max(1));
        turned.reverse();
        prop_assert_eq!(&credits(&turned), &wanted);
        let mut more = own;
        more.extend(later.iter().enumerate().map(|(i, (m, c))| touch(500 + i, end + m, *c)));
        prop_assert_eq!(&credits(&more), &wanted);
        for (credits, _) in wanted.iter().filter(|(credits, _)| !credits.is_empty()) {
            prop_assert_eq!(credits.iter().map(|c| c.1).sum::<i128>(), 1_000_000);
            prop_assert_eq!(credits.iter().filter_map(|c| c.2).sum::<i128>(), 12_345);
        }
    }

    #[test]
    fn a_table_of_paths_adds_up_and_is_its_fractions(
        paths in proptest::collection::vec((proptest::collection::vec(0u8..6, 0..9), 0u32..1_000), 1..12),
    ) {
        let rules = Rules::default();
        let names: Vec<Vec<String>> = paths.iter().map(|(p, _)| p.iter().map(|c| format!("c{c}")).collect()).collect();
        let values: Vec<u32> = paths.iter().map(|(_, value)| *value).collect();
        let models = ["first", "last", "linear", "position", "rank"];
        let answer = rules.eval("attribution", &json!({"ask": "paths", "paths": names, "conversions": values, "models": models})).unwrap();
        let answer = &answer["conversions"];
        let micro = |text: &str| text.replace('.', "").parse::<i128>().unwrap();
        let total = micro(answer["total"].as_str().unwrap());
        let lost = answer["unattributed"].as_str().map_or(0, micro);
        for model in answer["models"].as_array().unwrap() {
            let mut sum = 0;
            for channel in model["channels"].as_array().unwrap() {
                let value = micro(channel["value"].as_str().unwrap());
                let exact = channel["exact"].as_str().unwrap();
                let (above, below) = exact.split_once('/').unwrap_or((exact, "1"));
                let (above, below): (i128, i128) = (above.parse().unwrap(), below.parse().unwrap());
                prop_assert!((value * below - above * 1_000_000).abs() <= below, "{channel}");
                sum += value;
            }
            prop_assert_eq!(sum + lost, total);
        }
    }

    #[test]
    fn no_text_from_the_web_is_too_bad(
        referrer in "\\PC{0,80}",
        page in "(https?://)?[a-z%.:/?&=+#@\\[\\]]{0,60}",
        bytes in proptest::collection::vec(any::<u8>(), 0..60),
        click in "\\PC{0,20}",
    ) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for (referrer, landing_page) in [(&referrer, &page), (&page, &text), (&text, &referrer)] {
            let arrival = Arrival {
                referrer: referrer.clone(),
                landing_page: landing_page.clone(),
                click_ids: vec![click.clone()],
                source: if bytes.len() > 40 { text.clone() } else { String::new() },
                ..Arrival::default()
            };
            let settings = AttributionSettings::default();
            let channel = settings.classify(&arrival);
            prop_assert!(!channel.reasons.is_empty());
            prop_assert_eq!(&channel, &settings.classify(&arrival));
        }
    }
}
