//! The consent gate: an objection never helps, the order of events is irrelevant, ends are exact.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Timelike as _, Weekday};
use crm_core::Instant;
use crm_core::kernel::calendar::holidays::{FrenchHoliday, FrenchZone};
use crm_core::kernel::consent_reason::{ConsentAct, ContactChannel, ContactPurpose, ContactTopic, PersonType};
use crm_core::kernel::zone::Zone;
use crm_core::model::Consent;
use crm_core::rules::Rules;
use crm_core::rules::consent::{
    AddressHash, BloctelCheck, ConsentEvent, ConsentRules, ConsentScope, ContactAnswer, ContactFacts, Finding, Ledger,
    Mark, Sign,
};
use proptest::prelude::*;

const MICRO: TimeDelta = TimeDelta::microseconds(1);
/// 2024-01-01 and 2029-01-01.
const FIRST: i64 = 1_704_067_200;
const LAST: i64 = 1_861_920_000;
const ZONES: [(&str, FrenchZone); 3] = [
    ("Europe/Paris", FrenchZone::AlsaceMoselle),
    ("Indian/Reunion", FrenchZone::LaReunion),
    ("America/Martinique", FrenchZone::Martinique),
];

fn second(at: i64) -> Instant {
    DateTime::from_timestamp(at, 0).unwrap()
}

fn gate() -> ConsentRules {
    Rules::default().consent().clone()
}

fn address(n: u8) -> AddressHash {
    AddressHash::parse(&format!("{n:064x}")).unwrap()
}

fn event(
    act: ConsentAct,
    address_number: u8,
    scope: (Option<ContactPurpose>, Option<ContactChannel>),
    at: i64,
) -> ConsentEvent {
    let proof = (act == ConsentAct::Granted && at % 3 != 0).then(|| "form".to_owned());
    let mark = Mark { at: second(at), proof, source: None, actor: None };
    let (mut purpose, mut channel) = scope;
    if act == ConsentAct::Granted {
        purpose = purpose.or(Some(ContactPurpose::Prospecting));
        channel = channel.or(Some(ContactChannel::Email));
    }
    ConsentEvent::new(ConsentScope { address: address(address_number), purpose, channel }, act, mark).unwrap()
}

fn scopes() -> impl Strategy<Value = (Option<ContactPurpose>, Option<ContactChannel>)> {
    let channels = prop::sample::select(&[ContactChannel::Email, ContactChannel::Phone, ContactChannel::Sms][..]);
    (prop::option::of(prop::sample::select(ContactPurpose::ALL)), prop::option::of(channels))
}

/// Few addresses and instants, so that ties happen.
fn events(acts: &'static [ConsentAct]) -> impl Strategy<Value = ConsentEvent> {
    (prop::sample::select(acts), 0..3u8, scopes(), 0..12i64)
        .prop_map(|(act, address, scope, day)| event(act, address, scope, FIRST + day * 86_400))
}

fn facts() -> impl Strategy<Value = ContactFacts> {
    let known = || prop::option::of(any::<bool>());
    let when = || prop::option::of(0..1_500i64);
    (
        prop::option::weighted(0.9, prop::sample::select(PersonType::ALL)),
        prop::option::weighted(0.9, prop::sample::select(ContactTopic::ALL)),
        (known(), known(), known(), known(), known(), known(), known()),
        (when(), when(), when()),
        (prop::option::weighted(0.9, prop::collection::vec(0..40i64, 0..5)), known()),
        prop::collection::vec(events(ConsentAct::ALL), 0..6),
        prop::sample::select(vec![
            Consent::OptedOut,
            Consent::Unknown,
            Consent::Unknown,
            Consent::Soft,
            Consent::OptedIn,
        ]),
        any::<bool>(),
    )
        .prop_map(|(person, topic, flags, times, (calls, listed), events, consent, no_zone)| {
            let (related, indirect, contacted, customer, similar, contract, open) = flags;
            let ago = |days: i64| second(FIRST + (1_000 - days) * 86_400);
            ContactFacts {
                person,
                topic,
                zone: (!no_zone).then(|| "Europe/Paris".parse().unwrap()),
                is_subject_related: related,
                is_indirect: indirect,
                was_contacted: contacted,
                is_customer: customer,
                is_similar_product: similar,
                has_ongoing_contract: contract,
                has_open_conversation: open,
                collected_at: times.0.map(ago),
                informed_at: times.1.map(ago),
                signs: times.2.map(|days| (Sign::Click, ago(days))).into_iter().collect(),
                calls: calls.map(|days| days.into_iter().map(ago).collect()),
                bloctel: listed.map(|is_listed| BloctelCheck { at: ago(3), is_listed }),
                consent,
                ledger: Ledger::of(events),
                address: Some(address(0)),
                ..ContactFacts::default()
            }
        })
}

/// How strict an answer is.
fn strictness(answer: &ContactAnswer) -> u8 {
    match answer {
        ContactAnswer::Allow { .. } => 0,
        ContactAnswer::Review { .. } => 1,
        ContactAnswer::Deny { .. } => 2,
    }
}

fn denials(answer: &ContactAnswer) -> &[Finding] {
    match answer {
        ContactAnswer::Deny { reasons, .. } => reasons,
        _ => &[],
    }
}

fn has(answer: &ContactAnswer, finding: &Finding) -> bool {
    denials(answer).iter().any(|one| one.law == finding.law && one.reason.code() == finding.reason.code())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_order_and_no_repetition_matters(
        (events, shuffled) in prop::collection::vec(events(ConsentAct::ALL), 0..14)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        again in any::<bool>(),
    ) {
        let ledger = Ledger::of(events.clone());
        let other = Ledger::of(shuffled.iter().cloned().chain(events.into_iter().filter(|_| again)));
        prop_assert_eq!(&ledger, &other);
        prop_assert_eq!(ledger.to_json().to_string(), other.to_json().to_string());
        prop_assert_eq!(&Ledger::from_json(&ledger.to_json()).unwrap(), &ledger);
        prop_assert_eq!(ledger.erased().erased(), ledger.erased());
        // Erased, nothing is left to tell who it was, and every objection.
        for purpose in ContactPurpose::ALL {
            prop_assert_eq!(ledger.erased().objection(*purpose), ledger.objection(*purpose));
        }
        prop_assert!(!ledger.erased().to_json().to_string().contains("form"));
    }

    #[test]
    fn an_objection_never_helps(
        facts in facts(), no in events(&[ConsentAct::Withdrawn, ConsentAct::Refused]), opted_out in any::<bool>(),
        day in 990..1_200i64, channel in prop::sample::select(ContactChannel::ALL), purpose in prop::sample::select(ContactPurpose::ALL),
    ) {
        let (gate, at) = (gate(), second(FIRST + day * 86_400 + 11 * 3_600));
        let ask = |facts: &ContactFacts| gate.may_contact(facts, channel, purpose, at);
        let before = ask(&facts);
        let is_objection = no.act == ConsentAct::Withdrawn;
        let mut more = facts.clone();
        more.ledger.step(no);
        if opted_out {
            more.consent = Consent::OptedOut;
        }
        let after = ask(&more);
        prop_assert!(strictness(&after) >= strictness(&before), "{:#?}\n{:#?}", before, after);
        // Unless it was taken back already, an objection to prospecting denies it by every channel.
        if is_objection && purpose == ContactPurpose::Prospecting && more.ledger.objection(purpose).is_some() {
            prop_assert_eq!(strictness(&after), 2);
        }
        let silent = ContactFacts { do_not_call: true, ..facts.clone() };
        prop_assert!(strictness(&ask(&silent)) >= strictness(&before));
        // Erasing loosens nothing but bounces.
        let forgotten = ContactFacts { ledger: facts.ledger.erased(), ..facts.clone() };
        let is_bounced = denials(&before).iter().any(|one| one.reason.code() == "undeliverable");
        if !is_bounced {
            prop_assert!(strictness(&ask(&forgotten)) > 0 || strictness(&before) == 0, "{:#?}", before);
        }
    }

    #[test]
    fn what_is_not_known_never_allows(
        facts in facts(), day in 990..1_200i64, forgotten in 0..12u8,
        channel in prop::sample::select(ContactChannel::ALL), purpose in prop::sample::select(ContactPurpose::ALL),
    ) {
        let (gate, at) = (gate(), second(FIRST + day * 86_400 + 11 * 3_600));
        let before = gate.may_contact(&facts, channel, purpose, at);
        let mut less = facts;
        match forgotten {
            0 => less.person = None,
            1 => less.topic = None,
            2 => less.is_subject_related = None,
            3 => less.is_indirect = None,
            4 => less.was_contacted = None,
            5 => less.is_customer = None,
            6 => less.is_similar_product = None,
            7 => less.has_ongoing_contract = None,
            8 => less.has_open_conversation = None,
            9 => less.collected_at = None,
            10 => less.calls = None,
            _ => less.bloctel = None,
        }
        let after = gate.may_contact(&less, channel, purpose, at);
        prop_assert!(strictness(&after) > 0 || strictness(&before) == 0, "{}: {:#?}", forgotten, before);
    }
}

/// Why a call is refused, by looking at the calendar and the clock.
fn by_hand(
    zone: &Zone,
    region: FrenchZone,
    calls: &[Instant],
    refused: Option<Instant>,
    at: Instant,
) -> BTreeSet<&'static str> {
    let local = zone.local(at);
    let (day, hour) = (local.date(), local.hour());
    let mut found = BTreeSet::new();
    if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        found.insert("weekend");
    }
    if !(10..13).contains(&hour) && !(14..20).contains(&hour) {
        found.insert("outside_hours");
    }
    if FrenchHoliday::ALL.iter().any(|holiday| holiday.date(region, day.year()) == Some(day)) {
        found.insert("public_holiday");
    }
    let month: Vec<NaiveDate> = (0..30).map(|ago| day - Days::new(ago)).collect();
    if calls.iter().filter(|call| month.contains(&zone.local(**call).date())).count() >= 4 {
        found.insert("max_4_per_30_days");
    }
    let change: NaiveDate = "2026-08-11".parse().unwrap();
    if refused.is_some_and(|at| (0..60).any(|ago| day - Days::new(ago) == zone.local(at).date())) && day < change {
        found.insert("refused_60_days");
    }
    if refused.is_some() && day >= change {
        found.insert("prior_consent_required");
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn ends_are_exact(
        start in FIRST..LAST, micros in 0..1_000_000u32, place in 0..3usize,
        ago in prop::collection::vec(0..35 * 86_400i64, 0..7), refused in prop::option::weighted(0.3, 0..70 * 86_400i64),
    ) {
        let (name, region) = ZONES[place];
        let zone: Zone = name.parse().unwrap();
        let at = DateTime::from_timestamp(start, micros * 1_000).unwrap();
        let before = |seconds: i64| at - TimeDelta::try_seconds(seconds).unwrap();
        let calls: Vec<Instant> = ago.into_iter().map(before).collect();
        let refused = refused.map(before);
        let scope = (Some(ContactPurpose::Prospecting), Some(ContactChannel::Phone));
        let mark = |at: Instant| Mark { at, proof: Some("recording".into()), source: None, actor: None };
        let scope = ConsentScope { address: address(0), purpose: scope.0, channel: scope.1 };
        let said = |act: ConsentAct, at: Instant| ConsentEvent::new(scope.clone(), act, mark(at)).unwrap();
        let granted = said(ConsentAct::Granted, at - TimeDelta::try_days(100).unwrap());
        let ledger = Ledger::of(std::iter::once(granted).chain(refused.map(|at| said(ConsentAct::Refused, at))));
        let facts = ContactFacts {
            person: Some(PersonType::Consumer),
            topic: Some(ContactTopic::Other),
            zone: Some(zone.clone()),
            collected_at: Some(at),
            calls: Some(calls.clone()),
            // Whoever refused is off the consent, so that the list counts.
            bloctel: Some(BloctelCheck { at, is_listed: false }),
            ledger,
            ..ContactFacts::default()
        };
        let gate = gate();
        let ask = |at: Instant| gate.may_contact(&facts, ContactChannel::Phone, ContactPurpose::Prospecting, at);
        let answer = ask(at);
        let codes: BTreeSet<&str> = denials(&answer).iter().map(|one| one.reason.code()).collect();
        prop_assert_eq!(&codes, &by_hand(&zone, region, &calls, refused, at), "{:?}", answer);
        for finding in denials(&answer) {
            let Some(until) = finding.until else {
                prop_assert_eq!(finding.reason.code(), "prior_consent_required");
                continue;
            };
            prop_assert!(until > at);
            prop_assert!(!has(&ask(until), finding), "{:?}", finding);
            prop_assert!(has(&ask(until - MICRO), finding), "{:?}", finding);
            let middle = at + (until - at) / 2;
            prop_assert!(has(&ask(middle), finding), "{:?}", finding);
        }
        if let ContactAnswer::Deny { reasons, until, possible_from } = &answer {
            prop_assert_eq!(*until, reasons[0].until);
            match possible_from {
                // A refusal that stands when consent is needed, or a check of the list that ages.
                None => prop_assert!(refused.is_some(), "{:?}", answer),
                Some(from) => {
                    prop_assert_eq!(strictness(&ask(*from)), 0);
                    prop_assert_eq!(strictness(&ask(*from - MICRO)), 2);
                    let mut between = at;
                    while between < *from {
                        prop_assert_eq!(strictness(&ask(between)), 2, "{}", between);
                        between += TimeDelta::try_minutes(55).unwrap();
                    }
                }
            }
        }
    }
}
