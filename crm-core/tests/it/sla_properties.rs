//! Promises against a simulation that steps from minute to minute, and against themselves: replay, order, ticks.

use chrono::{Datelike as _, Days, NaiveDate, TimeDelta, Timelike as _};
use crm_core::kernel::calendar::Pauses;
use crm_core::kernel::fact::{Fact, Facts};
use crm_core::kernel::service::{SlaAlertKind, SlaMetric, TicketEventKind, TicketState};
use crm_core::kernel::sla_reason::SlaReason;
use crm_core::kernel::time::{Instant, parse_instant};
use crm_core::kernel::zone::Zone;
use crm_core::rules::Rules;
use crm_core::rules::sla::{Alert, ClockState, Happening, State};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const ZONES: [&str; 6] =
    ["Europe/Paris", "Africa/Casablanca", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Windows in minutes of the day; no clock change ever comes at one of their ends.
const SHAPES: [[&[(u32, u32)]; 7]; 3] = [
    [&[(540, 1080)], &[(540, 1080)], &[(540, 1080)], &[(540, 1080)], &[(540, 1080)], &[], &[]],
    [&[(480, 750), (810, 1095)], &[(480, 750)], &[], &[(480, 750), (700, 1095)], &[(810, 1095)], &[(600, 660)], &[]],
    [&[(1320, 1800)], &[], &[(1320, 1800)], &[(480, 600)], &[(1320, 1800)], &[(1320, 1800)], &[(480, 481)]],
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Reply,
    Customer,
    Note,
    Status(TicketState),
}

#[derive(Clone, Debug)]
struct Story {
    zone: &'static str,
    shape: usize,
    start: Instant,
    holiday: NaiveDate,
    targets: [i64; 3],
    /// Minutes after the one before, and what.
    events: Vec<(i64, Doing)>,
}

const METRICS: [SlaMetric; 3] = [SlaMetric::FirstResponse, SlaMetric::NextResponse, SlaMetric::FirstResolution];

struct Nothing;

impl Facts for Nothing {
    fn fact(&self, _: usize) -> Fact<'_> {
        Fact::Unknown
    }
}

fn minutes(n: i64) -> TimeDelta {
    TimeDelta::try_minutes(n).unwrap()
}

fn story() -> impl Strategy<Value = Story> {
    let doing = prop_oneof![
        2 => Just(Doing::Reply),
        3 => Just(Doing::Customer),
        1 => Just(Doing::Note),
        3 => Just(Doing::Status(TicketState::Open)),
        2 => Just(Doing::Status(TicketState::Pending)),
        2 => Just(Doing::Status(TicketState::Hold)),
        1 => Just(Doing::Status(TicketState::Resolved)),
    ];
    let gap = prop_oneof![3 => 0i64..90, 2 => 0i64..1500, 1 => 0i64..6000];
    let events = prop::collection::vec((gap, doing), 0..12);
    let targets = [1i64..300, 1i64..300, 1i64..900];
    (0..ZONES.len(), 0..SHAPES.len(), 0i64..4_700_000, 0u64..6, targets, events).prop_map(
        |(zone, shape, start, holiday, targets, events)| {
            let start = parse_instant("2018-01-01T00:00:00Z").unwrap() + minutes(start);
            let holiday = start.date_naive() + Days::new(holiday);
            Story { zone: ZONES[zone], shape, start, holiday, targets, events }
        },
    )
}

impl Story {
    fn rules(&self) -> Rules {
        let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        let windows = |day: &[(u32, u32)]| Json::from_iter(day.iter().map(|(a, b)| json!([time(*a), time(*b)])));
        let week: serde_json::Map<String, Json> =
            DAYS.iter().zip(SHAPES[self.shape]).map(|(day, all)| ((*day).to_owned(), windows(all))).collect();
        let targets: serde_json::Map<String, Json> =
            METRICS.iter().zip(self.targets).map(|(m, target)| (m.code().to_owned(), (target * 60).into())).collect();
        Rules::from_json(&json!({
            "calendar": [{"id": "c", "zone": self.zone, "weekly": week, "holidays": [self.holiday.to_string()]}],
            "sla": {"policies": [{
                "id": "p", "is_default": true, "calendar": "c", "targets": {"*": targets},
                "due_soon": {"seconds": "20m", "percent_bp": 1500},
                "escalation": [{"id": "a", "before": "15m"}, {"id": "b", "after": "25m"}, {"id": "c", "after": 0}],
            }]},
        }))
        .unwrap()
    }

    /// What happened, with the status after it.
    fn happenings(&self) -> Vec<Happening<'static>> {
        let mut at = self.start;
        let mut state = TicketState::New;
        let one = |at: Instant, number: u64, kind: TicketEventKind, state: TicketState| Happening {
            at,
            number,
            kind,
            by_staff: false,
            status: state.code(),
            state,
            priority: "",
        };
        let mut all = vec![one(at, 1, TicketEventKind::Created, state)];
        for (place, (gap, doing)) in self.events.iter().enumerate() {
            at += minutes(*gap);
            let kind = match doing {
                Doing::Reply => TicketEventKind::StaffReply,
                Doing::Customer => TicketEventKind::CustomerMessage,
                Doing::Note => TicketEventKind::InternalNote,
                Doing::Status(next) => {
                    state = *next;
                    TicketEventKind::Changed
                }
            };
            all.push(one(at, place as u64 + 2, kind, state));
        }
        all
    }

    /// Whether the calendar is open in the minute that begins at an instant, by what the clocks show.
    fn is_open(&self, zone: &Zone, at: Instant) -> bool {
        let local = zone.local(at);
        let minute = local.hour() * 60 + local.minute();
        let holds = |date: NaiveDate, minute: u32| {
            let day = SHAPES[self.shape][date.weekday().num_days_from_monday() as usize];
            date != self.holiday && day.iter().any(|(from, to)| (*from..*to).contains(&minute))
        };
        holds(local.date(), minute) || holds(local.date() - Days::new(1), minute + 1440)
    }
}

/// One clock of the simulation.
#[derive(Clone, Debug, Default)]
struct Simulated {
    target: i64,
    used: i64,
    due: Option<Instant>,
    breached: bool,
    stopped: Option<&'static str>,
}

impl Simulated {
    fn is_full(&self) -> bool {
        self.used >= self.target
    }

    /// A pause that begins at the due instant moves it to the pause's end.
    fn hold(&mut self, at: Instant, paused: bool) {
        if self.stopped.is_some() || self.breached || !self.is_full() {
            return;
        }
        if paused && self.due == Some(at) {
            self.due = None;
        } else if !paused && self.due.is_none() {
            self.due = Some(at);
        }
    }

    /// One open minute, up to an instant.
    fn count(&mut self, end: Instant) {
        if self.stopped.is_none() {
            self.used += 1;
            if self.used == self.target {
                self.due = Some(end);
            }
        }
    }
}

/// Steps from minute to minute up to the last event; the clocks in the order in which they were started.
fn simulate(story: &Story) -> Vec<(SlaMetric, Simulated)> {
    let zone: Zone = story.zone.parse().unwrap();
    let events = story.happenings();
    let last = events.last().unwrap().at;
    let mut clocks: Vec<(SlaMetric, Simulated)> = Vec::new();
    let (mut paused, mut resolved) = (false, false);
    // What a clock of the unanswered message would say, whether there is one or not.
    let mut unanswered: Option<Simulated> = None;
    let mut next = events.iter().peekable();
    let fresh = |target: i64| Simulated { target, ..Simulated::default() };
    let mut at = story.start;
    loop {
        for (_, clock) in clocks.iter_mut().filter(|(_, clock)| clock.stopped.is_none()) {
            clock.breached |= clock.due.is_some_and(|due| due < at);
        }
        while let Some(event) = next.next_if(|event| event.at == at) {
            let mut stop = |metric: SlaMetric, how: &'static str| {
                for (_, clock) in clocks.iter_mut().filter(|(m, clock)| *m == metric && clock.stopped.is_none()) {
                    clock.stopped = Some(how);
                }
            };
            if event.kind == TicketEventKind::StaffReply {
                unanswered = None;
                stop(SlaMetric::FirstResponse, "met");
                stop(SlaMetric::NextResponse, "met");
            }
            if event.kind == TicketEventKind::CustomerMessage {
                unanswered.get_or_insert_with(|| fresh(story.targets[1]));
            }
            let is_over = event.state == TicketState::Resolved;
            if is_over && !resolved {
                stop(SlaMetric::FirstResponse, "met");
                stop(SlaMetric::FirstResolution, "met");
                stop(SlaMetric::NextResponse, "cancelled");
                unanswered = None;
            }
            resolved = is_over;
            paused = matches!(event.state, TicketState::Pending | TicketState::Hold);
            if event.kind == TicketEventKind::Created {
                clocks.push((SlaMetric::FirstResponse, fresh(story.targets[0])));
                clocks.push((SlaMetric::FirstResolution, fresh(story.targets[2])));
            }
            for (_, clock) in &mut clocks {
                clock.hold(at, paused);
            }
            if let Some(unanswered) = &mut unanswered {
                unanswered.hold(at, paused || resolved);
            }
            let awaits = |(metric, clock): &(SlaMetric, Simulated)| {
                clock.stopped.is_none() && *metric != SlaMetric::FirstResolution
            };
            if let Some(unanswered) = unanswered.as_ref().filter(|_| !resolved && !clocks.iter().any(awaits)) {
                clocks.push((SlaMetric::NextResponse, unanswered.clone()));
            }
        }
        if at == last {
            return clocks;
        }
        let end = at + minutes(1);
        if story.is_open(&zone, at) && !paused {
            clocks.iter_mut().for_each(|(_, clock)| clock.count(end));
            unanswered.iter_mut().filter(|_| !resolved).for_each(|clock| clock.count(end));
        }
        at = end;
    }
}

fn folded(story: &Story, rules: &Rules) -> State {
    let mut state = State::default();
    for event in story.happenings() {
        state.step(rules.sla(), &event, &Nothing);
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn clocks_are_those_of_a_simulation(story in story()) {
        let rules = story.rules();
        let state = folded(&story, &rules);
        let last = state.last_at().unwrap();
        let standing = state.standing(rules.sla(), last);
        let simulated = simulate(&story);
        for metric in METRICS {
            let ours: Vec<_> = state.clocks().iter().zip(&standing.clocks).filter(|(c, _)| c.metric == metric).collect();
            let theirs: Vec<_> = simulated.iter().filter(|(m, _)| *m == metric).map(|(_, clock)| clock).collect();
            prop_assert_eq!(ours.len(), theirs.len(), "{:?} {:#?}", metric, simulated);
            for ((clock, stands), sim) in ours.into_iter().zip(theirs) {
                let wanted = match (sim.breached, sim.stopped) {
                    (true, _) => "breached",
                    (false, Some(how)) => how,
                    (false, None) if state.segments().last().is_some_and(|s| s.is_paused) => "paused",
                    (false, None) => "running",
                };
                let found = match clock.state {
                    ClockState::Running if stands.overdue_wall > TimeDelta::zero() => "breached",
                    state => state.code(),
                };
                prop_assert_eq!(found, wanted, "{:?} {:#?} {:#?}", metric, clock, sim);
                prop_assert_eq!(stands.used.num_seconds(), sim.used * 60, "{:?} {:#?} {:#?}", metric, clock, sim);
                if let (true, Some(due)) = (wanted == "breached", sim.due) {
                    prop_assert_eq!(clock.due_at, Some(due));
                }
            }
        }
    }

    #[test]
    fn due_leaves_exactly_the_target_of_running_time(story in story()) {
        let rules = story.rules();
        let state = folded(&story, &rules);
        let zone: Zone = story.zone.parse().unwrap();
        let ends = state.segments().iter().skip(1).map(|next| next.from).chain([Instant::MAX_UTC]);
        let pauses: Vec<_> = state.segments().iter().zip(ends).collect();
        for clock in state.clocks().iter().filter(|clock| clock.is_open() && clock.due_at.is_some()) {
            let due = clock.due_at.unwrap();
            let (mut at, mut counted) = (clock.started_at, 0);
            let over = |state: TicketState| clock.metric == SlaMetric::NextResponse && !state.is_open();
            let is_paused = |at: Instant| {
                pauses.iter().any(|(s, to)| (s.is_paused || over(s.state)) && s.from <= at && at < *to)
            };
            while at < due {
                counted += i64::from(story.is_open(&zone, at) && !is_paused(at));
                at += minutes(1);
            }
            prop_assert_eq!(counted * 60, clock.target_seconds, "{:#?}", clock);
        }
    }

    #[test]
    fn replay_is_one_step_after_the_other_through_json_in_any_order(story in story(), turn in 0usize..12, twice in 0usize..12) {
        let rules = story.rules();
        let events = story.happenings();
        let mut state = State::default();
        for event in &events {
            state.step(rules.sla(), event, &Nothing);
            let read = State::from_text(&state.to_text()).unwrap();
            prop_assert_eq!(&read, &state);
            prop_assert_eq!(read.to_text(), state.to_text());
            state = read;
        }
        let mut shuffled = events.clone();
        let places = shuffled.len();
        shuffled.rotate_left(turn % places);
        shuffled.reverse();
        shuffled.push(events[twice % places]);
        let (replayed, reasons) = State::replay(rules.sla(), shuffled.iter().map(|e| (*e, &Nothing as &dyn Facts)));
        prop_assert_eq!(replayed, state);
        let repeated = reasons.iter().filter(|r| matches!(r, SlaReason::EventRepeated { .. })).count();
        prop_assert_eq!((repeated, reasons.len()), (1, 1));
    }

    #[test]
    fn clocks_that_run_have_the_promise_of_the_priority_whenever_it_was_set(story in story(), urgent in prop::collection::vec(any::<bool>(), 13)) {
        let metrics = ["first_response", "first_resolution", "total_resolution", "agent_work"];
        let targets = |n: i64| Json::from_iter(metrics.map(|metric| (metric.to_owned(), Json::from(n))));
        let rules = Rules::from_json(&json!({"sla": {"policies": [
            {"id": "p", "is_default": true, "targets": {"*": targets(7_200_000), "urgent": targets(3_600_000)}}
        ]}})).unwrap();
        let fold = |priority: &dyn Fn(usize) -> &'static str| {
            let mut state = State::default();
            for (place, event) in story.happenings().into_iter().enumerate() {
                state.step(rules.sla(), &Happening { priority: priority(place), ..event }, &Nothing);
            }
            state
        };
        let named = |place: usize| if urgent[place] { "urgent" } else { "normal" };
        let changed = fold(&named);
        let constant = fold(&|_| named(story.events.len()));
        prop_assert_eq!(changed.clocks().len(), constant.clocks().len());
        for (clock, wanted) in changed.clocks().iter().zip(constant.clocks()).filter(|(clock, _)| clock.is_active()) {
            prop_assert_eq!((clock.target_seconds, clock.due_at), (wanted.target_seconds, wanted.due_at), "{:#?}", clock);
        }
    }

    #[test]
    fn a_week_asleep_says_what_every_tick_says(story in story(), every in 1i64..400) {
        let rules = story.rules();
        let events = story.happenings();
        let end = events.last().unwrap().at + TimeDelta::try_days(9).unwrap();
        let (mut state, mut ticked) = (State::default(), Vec::new());
        let mut next = events.iter().peekable();
        let (mut from, mut to) = (story.start - minutes(1), story.start);
        while from < to {
            while let Some(event) = next.next_if(|event| event.at <= to) {
                state.step(rules.sla(), event, &Nothing);
            }
            ticked.extend(state.alerts(from, to));
            from = to;
            to = (to + minutes(every)).min(end);
        }
        // A host with one timer asks when it rings, and after each event.
        let (mut state, mut timed, mut now) = (State::default(), Vec::new(), story.start - minutes(1));
        for together in events.chunk_by(|a, b| a.at == b.at) {
            let before = together[0].at - TimeDelta::microseconds(1);
            while let Some(ring) = state.next_event(now).filter(|ring| *ring <= before) {
                timed.extend(state.alerts(now, ring));
                now = ring;
            }
            for event in together {
                state.step(rules.sla(), event, &Nothing);
            }
            timed.extend(state.alerts(now, together[0].at));
            now = together[0].at;
        }
        let at_once = folded(&story, &rules).alerts(story.start - minutes(1), end);
        while let Some(ring) = state.next_event(now).filter(|ring| *ring <= end) {
            timed.extend(state.alerts(now, ring));
            now = ring;
        }
        let key = |a: &Alert| (a.effective_at, a.metric, a.cycle, a.kind, a.step.clone());
        ticked.sort_by_key(key);
        prop_assert_eq!(&ticked, &at_once);
        prop_assert!(at_once.windows(2).all(|pair| pair[0].effective_at <= pair[1].effective_at));
        let mut keys: Vec<_> = at_once.iter().map(|a| (a.metric, a.cycle, a.kind, a.step.clone())).collect();
        keys.sort();
        let count = keys.len();
        keys.dedup();
        prop_assert_eq!(keys.len(), count, "each once");
        for breach in at_once.iter().filter(|a| a.kind == SlaAlertKind::Breached) {
            let clock = state.clocks().iter().find(|c| (c.metric, c.cycle) == (breach.metric, breach.cycle)).unwrap();
            prop_assert!(matches!(clock.state, ClockState::Breached | ClockState::Running), "{:#?}", clock);
        }
        timed.sort_by_key(key);
        prop_assert_eq!(timed, at_once);
    }

    #[test]
    fn ledgers_sum_to_what_was_used(story in story(), later in 0i64..4000, limit in 1usize..15) {
        let rules = story.rules();
        let state = folded(&story, &rules);
        let at = state.last_at().unwrap() + minutes(later);
        let standing = state.standing(rules.sla(), at);
        for clock in &standing.clocks {
            let (mut from, mut sum) = (None, 0);
            loop {
                let page = state.explain(rules.sla(), clock.metric, Some(clock.cycle), at, from, limit).unwrap();
                for line in &page.lines {
                    if let SlaReason::Counted { seconds, sum: told, .. } = line {
                        sum += seconds;
                        prop_assert_eq!(*told, sum);
                    }
                }
                prop_assert_eq!(page.used, clock.used);
                from = page.next;
                if from.is_none() {
                    break;
                }
            }
            prop_assert_eq!(sum, clock.used.num_seconds());
        }
    }

    #[test]
    fn due_is_monotone_in_the_target(story in story(), more in 1i64..500) {
        let mut longer = story.clone();
        longer.targets = story.targets.map(|target| target + more);
        let due = |story: &Story| {
            let rules = story.rules();
            let mut state = State::default();
            state.step(rules.sla(), &story.happenings()[0], &Nothing);
            let calendar = rules.calendar("c").unwrap();
            let clock = state.clock(SlaMetric::FirstResolution).unwrap();
            let due = clock.due_at.unwrap();
            let between = calendar.elapsed(story.start, due, Pauses::NONE).num_seconds();
            (due, between, clock.target_seconds)
        };
        let (short, long) = (due(&story), due(&longer));
        prop_assert!(short.0 < long.0);
        prop_assert_eq!((short.1, long.1), (short.2, long.2));
    }
}
