//! The texts of every reason of promises, tasks, the inbox and the team, in both languages.

use std::collections::BTreeSet;

use crm_core::kernel::inbox_reason::InboxReason;
use crm_core::kernel::reason::{Labels, Name, Reason};
use crm_core::kernel::service::{DayHalf, SlaMetric};
use crm_core::kernel::sla_reason::{End, MoveCause, SlaReason};
use crm_core::kernel::staff::Presence;
use crm_core::kernel::staff_reason::{LeaveDays, Moment, StaffReason};
use crm_core::kernel::task_reason::TaskReason;
use crm_core::{Instant, Lang, lang};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn text(word: &str) -> String {
    word.to_owned()
}

fn gold() -> Name {
    Name { id: text("gold"), labels: Some(Labels { en: text("Gold"), fr: text("Or") }) }
}

/// Each reason with its code and its sentences; none is empty, and none of one language is the other's.
pub fn told(reasons: Vec<Reason>, codes: usize) -> String {
    let mut shown = String::new();
    let mut seen = BTreeSet::new();
    for reason in reasons {
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        assert!(!en.is_empty() && !fr.is_empty() && en != fr, "{reason:?}: {en}");
        assert!(![" :", " ;", "\u{27}"].iter().any(|wrong| fr.contains(wrong)), "{fr}");
        seen.insert(reason.code());
        let fr = fr.replace('\u{a0}', "~").replace('\u{202f}', "^");
        shown.push_str(&format!("{}\n  {en}\n  {fr}\n", reason.code()));
    }
    assert_eq!(seen.len(), codes, "{seen:?}");
    shown
}

fn promises() -> Vec<SlaReason> {
    use SlaReason as R;
    let metric = SlaMetric::FirstResponse;
    let (early, late) = (at("2026-12-01T08:00:00Z"), at("2026-12-01T14:30:00Z"));
    let moved = |from, to, from_seconds, to_seconds, cause| R::DueMoved {
        metric,
        cycle: 1,
        from,
        to,
        from_seconds,
        to_seconds,
        cause,
    };
    let mut all = vec![
        R::PolicyMatched { policy: gold() },
        R::PolicyDefault { policy: gold() },
        R::PolicyWithoutCondition { policy: gold() },
        R::PolicyFailed { policy: gold(), field: text("tags"), unknown: true },
        R::PolicyFailed { policy: gold(), field: text("tags"), unknown: false },
        R::NoPolicy,
        R::WallClock { policy: gold() },
        R::CalendarUsed { calendar: text("paris") },
        R::NoCalendar { policy: gold() },
        R::EventRepeated { number: 3 },
        R::EventLate { number: 3, happened_at: early, taken_at: late },
        R::NoWorkingTime { metric: Some(metric), calendar: Some(text("paris")) },
        R::NoWorkingTime { metric: None, calendar: None },
        moved(None, None, Some(3_600), Some(7_200), MoveCause::Priority),
    ];
    all.extend(MoveCause::ALL.iter().map(|cause| moved(Some(early), Some(late), Some(1), Some(2), *cause)));
    all.push(moved(Some(early), None, Some(1), None, MoveCause::Policy));
    all.extend(SlaMetric::ALL.iter().map(|metric| R::OnTrack { metric: *metric, due_at: late, remaining: 9_045 }));
    all.extend([
        R::DueSoon { metric, due_at: late, remaining: 45 },
        R::Paused { metric, remaining: 0, due_if_resumed: Some(late) },
        R::Paused { metric, remaining: 60, due_if_resumed: None },
        R::Met { metric, used: 60, target: 3_600 },
        R::Breached { metric, due_at: late, working: 60, wall: 3_600 },
    ]);
    all.extend(End::ALL.iter().map(|end| R::Cancelled { metric, end: *end }));
    let day = early.date_naive();
    all.extend([
        R::CalendarChanged { metric, calendar: text("paris") },
        R::Counted { from: early, to: late, seconds: 60, sum: 3_600 },
        R::PausedFor { from: early, to: late, seconds: 60, status: text("pending") },
        R::HolidaySkipped { date: day, name: text("Inventory"), holiday: None },
        R::HolidaySkipped { date: day, name: String::new(), holiday: None },
        R::Carried { seconds: 60 },
    ]);
    all
}

fn tasks() -> Vec<TaskReason> {
    use TaskReason as R;
    let due = at("2026-12-01T08:00:00Z").date_naive();
    let time = || Some(text("14:30"));
    vec![
        R::Overdue { due, days: 1 },
        R::Overdue { due, days: 12 },
        R::Today { time: None, has_passed: false },
        R::Today { time: time(), has_passed: false },
        R::Today { time: time(), has_passed: true },
        R::Tomorrow { due, time: None },
        R::ThisWeek { due, time: time() },
        R::Later { due, time: None },
        R::Undated,
        R::Completed { at: at("2026-12-01T14:30:00Z"), by: text("marie") },
        R::Completed { at: at("2026-12-01T14:30:00Z"), by: String::new() },
        R::Blocked { blocker: text("t-1"), title: text("Devis") },
        R::Blocked { blocker: text("t-1"), title: String::new() },
        R::Priority { priority: text("vip") },
        R::Snoozed { until: at("2026-12-01T14:30:00Z") },
        R::Recurring { number: 2 },
    ]
}

fn inbox() -> Vec<InboxReason> {
    use InboxReason as R;
    let when = at("2026-12-01T14:30:00Z");
    vec![
        R::PromiseBroken { due_at: Some(when) },
        R::PromiseBroken { due_at: None },
        R::PromiseDueSoon { due_at: Some(when) },
        R::PromiseDueSoon { due_at: None },
        R::PromiseDue { due_at: when },
        R::NoPromiseRuns,
        R::CustomerWaits { since: when },
        R::WaitsLong { hours: 1 },
        R::WaitsLong { hours: 49 },
        R::ApprovalWaits { since: when },
        R::CloseDatePassed { date: when.date_naive(), days: 1 },
        R::CloseDatePassed { date: when.date_naive(), days: 5 },
        R::AtRisk { score: 70 },
        R::RiskRisen { from: 40, to: 70 },
        R::HotLead { score: Some(88) },
        R::HotLead { score: None },
        R::NewLead { received_at: when },
        R::NobodysLead,
        R::Priority { priority: text("vip") },
    ]
}

fn team() -> Vec<StaffReason> {
    use StaffReason as R;
    let when = at("2026-12-01T14:30:00Z");
    let day = when.date_naive();
    let whole = LeaveDays { from: day, from_half: DayHalf::Morning, to: day, to_half: DayHalf::Afternoon };
    let half = LeaveDays { from_half: DayHalf::Afternoon, ..whole };
    let long = LeaveDays { to: day.succ_opt().unwrap(), to_half: DayHalf::Morning, ..half };
    let words = || vec![text("voip"), text("fibre")];
    let mut all: Vec<R> = [whole, half, long].into_iter().map(|days| R::LeaveTime { days, seconds: 25_200 }).collect();
    all.extend(Presence::ALL.iter().map(|presence| R::NotThere { presence: *presence }));
    all.extend([
        R::WorkingTime { calendar: text("paris"), seconds: 126_030 },
        R::BeforeFirstDay { day, seconds: 3_600 },
        R::AfterLastDay { day: Some(day), seconds: 3_600 },
        R::AfterLastDay { day: None, seconds: 3_600 },
        R::NoCalendar { calendar: String::new() },
        R::NoCalendar { calendar: text("mars") },
        R::LeaveTwice { days: whole },
        R::Standing { presence: Presence::OnLeave, back: Some(Moment { at: when, local: when.naive_utc() }) },
        R::OtherJob { wanted: words(), found: text("admin") },
        R::OtherTeam { wanted: words(), found: String::new() },
        R::LacksSkills { missing: words() },
        R::LacksLanguage { wanted: words() },
        R::AwayTooLong { away_bp: 5_000, most_bp: 2_550 },
        R::NoTimeInWindow,
        R::Full { load: 10, capacity: 10 },
        R::NoCapacity,
        R::DayFull { room: 3, assigned: 3 },
        R::LeftOut,
        R::Load { load: 1, capacity: 1 },
        R::LastAssigned { at: when },
        R::NeverAssigned,
        R::ByName,
        R::PartlyAway { away_bp: 5_000 },
        R::DayRoom { room: 3, assigned: 1 },
        R::TaskDue { due: text("2026-12-01") },
        R::TicketDue { due: when },
        R::TicketOpen,
        R::DealCloses { day },
        R::ActivityPlanned { at: when },
        R::Delegate { of: text("marie") },
        R::DelegateCannot { user: text("paul"), why: Box::new(R::NoCapacity) },
        R::FirstOfRanking { of: 1 },
        R::FirstOfRanking { of: 4 },
        R::NobodyCovers,
    ]);
    all
}

#[test]
fn what_is_said_of_promises_in_both_languages() {
    let text = told(promises().into_iter().map(Reason::Sla).collect(), 23);
    insta::assert_snapshot!(text, @r"
    policy_matched
      the policy Gold applies
      la politique Or s’applique
    policy_default
      no condition holds: the default policy Gold applies
      aucune condition n’est remplie~: la politique par défaut Or s’applique
    policy_without_condition
      the policy Gold has no condition and is no default, so it never applies
      la politique Or n’a pas de condition et n’est pas celle par défaut~: elle ne s’applique jamais
    policy_failed
      the policy Gold does not apply: nobody knows `tags`
      la politique Or ne s’applique pas~: `tags` est inconnu
    policy_failed
      the policy Gold does not apply because of `tags`
      la politique Or ne s’applique pas, à cause de `tags`
    no_policy
      no policy applies: nothing is promised
      aucune politique ne s’applique~: rien n’est promis
    wall_clock
      the policy Gold has no calendar: every second counts
      la politique Or n’a pas de calendrier~: chaque seconde compte
    calendar_used
      working time is counted by the calendar paris
      le temps ouvré est celui du calendrier paris
    no_calendar
      the policy Gold finds no calendar for this ticket
      la politique Or ne trouve pas de calendrier pour ce ticket
    event_repeated
      event 3 was taken already and is passed over
      l’événement 3 était déjà pris en compte et n’est pas repris
    event_late
      event 3 of 2026-12-01 08:00 UTC came late and counts from 2026-12-01 14:30 UTC
      l’événement 3 du 01/12/2026 à 8~h UTC est arrivé en retard et compte à partir du 01/12/2026 à 14~h~30 UTC
    calendar_has_no_working_time
      first response: the calendar paris has no working time left
      première réponse~: le calendrier paris n’a plus de temps ouvré
    calendar_has_no_working_time
      there is no calendar to count by
      il n’y a pas de calendrier pour compter
    due_moved
      first response: a target of 2h instead of 1h, because the priority changed
      première réponse~: objectif de 2~h au lieu de 1~h, car la priorité a changé
    due_moved
      first response: 2026-12-01 14:30 UTC instead of 2026-12-01 08:00 UTC, because the priority changed
      première réponse~: échéance le 01/12/2026 à 14~h~30 UTC au lieu du 01/12/2026 à 8~h UTC, car la priorité a changé
    due_moved
      first response: 2026-12-01 14:30 UTC instead of 2026-12-01 08:00 UTC, because the policy changed
      première réponse~: échéance le 01/12/2026 à 14~h~30 UTC au lieu du 01/12/2026 à 8~h UTC, car la politique a changé
    due_moved
      first response: 2026-12-01 14:30 UTC instead of 2026-12-01 08:00 UTC, because the calendar changed
      première réponse~: échéance le 01/12/2026 à 14~h~30 UTC au lieu du 01/12/2026 à 8~h UTC, car le calendrier a changé
    due_moved
      first response: 2026-12-01 14:30 UTC instead of 2026-12-01 08:00 UTC, because policies and calendars were applied anew
      première réponse~: échéance le 01/12/2026 à 14~h~30 UTC au lieu du 01/12/2026 à 8~h UTC, car les politiques et les calendriers ont été réappliqués
    due_moved
      first response: no due time instead of 2026-12-01 08:00 UTC, because the policy changed
      première réponse~: plus d’échéance, auparavant le 01/12/2026 à 8~h UTC, car la politique a changé
    on_track
      first response: due at 2026-12-01 14:30 UTC, 2h 30m 45s of working time left
      première réponse~: échéance le 01/12/2026 à 14~h~30 UTC, il reste 2~h 30~min 45~s de temps ouvré
    on_track
      next response: due at 2026-12-01 14:30 UTC, 2h 30m 45s of working time left
      réponse suivante~: échéance le 01/12/2026 à 14~h~30 UTC, il reste 2~h 30~min 45~s de temps ouvré
    on_track
      update: due at 2026-12-01 14:30 UTC, 2h 30m 45s of working time left
      point d’avancement~: échéance le 01/12/2026 à 14~h~30 UTC, il reste 2~h 30~min 45~s de temps ouvré
    on_track
      first resolution: due at 2026-12-01 14:30 UTC, 2h 30m 45s of working time left
      première résolution~: échéance le 01/12/2026 à 14~h~30 UTC, il reste 2~h 30~min 45~s de temps ouvré
    on_track
      total resolution: due at 2026-12-01 14:30 UTC, 2h 30m 45s of working time left
      résolution totale~: échéance le 01/12/2026 à 14~h~30 UTC, il reste 2~h 30~min 45~s de temps ouvré
    on_track
      requester wait: due at 2026-12-01 14:30 UTC, 2h 30m 45s of working time left
      attente du demandeur~: échéance le 01/12/2026 à 14~h~30 UTC, il reste 2~h 30~min 45~s de temps ouvré
    on_track
      agent work: due at 2026-12-01 14:30 UTC, 2h 30m 45s of working time left
      travail de l’équipe~: échéance le 01/12/2026 à 14~h~30 UTC, il reste 2~h 30~min 45~s de temps ouvré
    due_soon
      first response: due soon, at 2026-12-01 14:30 UTC, 45s of working time left
      première réponse~: échéance proche, le 01/12/2026 à 14~h~30 UTC, il reste 45~s de temps ouvré
    paused
      first response: paused with 0s of working time left; due at 2026-12-01 14:30 UTC if it went on now
      première réponse~: en pause, il reste 0~s de temps ouvré^; échéance le 01/12/2026 à 14~h~30 UTC en cas de reprise immédiate
    paused
      first response: paused with 1m of working time left
      première réponse~: en pause, il reste 1~min de temps ouvré
    met
      first response: kept, with 1m of 1h of working time used
      première réponse~: engagement tenu, 1~min de temps ouvré sur 1~h
    breached
      first response: was due at 2026-12-01 14:30 UTC, late by 1m of working time (1h by the clock)
      première réponse~: échéance du 01/12/2026 à 14~h~30 UTC dépassée de 1~min de temps ouvré (1~h à l’horloge)
    cancelled
      first response: cancelled because it was answered
      première réponse~: mesure annulée, car la réponse a été donnée
    cancelled
      first response: cancelled because the ticket was resolved
      première réponse~: mesure annulée, car le ticket a été résolu
    cancelled
      first response: cancelled because the ticket was merged into another one
      première réponse~: mesure annulée, car le ticket a été fusionné avec un autre
    cancelled
      first response: cancelled because the ticket was archived
      première réponse~: mesure annulée, car le ticket a été archivé
    cancelled
      first response: cancelled because no policy applies any more
      première réponse~: mesure annulée, car plus aucune politique ne s’applique
    cancelled
      first response: cancelled because the policy promises nothing of this kind
      première réponse~: mesure annulée, car la politique ne promet rien de tel
    cancelled
      first response: cancelled because the calendar has no working time
      première réponse~: mesure annulée, car le calendrier n’a aucun temps ouvré
    calendar_changed
      first response: the calendar paris changed since the due time was computed; apply it anew to count by it
      première réponse~: le calendrier paris a changé depuis le calcul de l’échéance^; il faut le réappliquer pour en tenir compte
    counted
      from 2026-12-01 08:00 UTC to 2026-12-01 14:30 UTC: 1m of working time, 1h in all
      du 01/12/2026 à 8~h UTC au 01/12/2026 à 14~h~30 UTC~: 1~min de temps ouvré, 1~h en tout
    paused_for
      paused from 2026-12-01 08:00 UTC to 2026-12-01 14:30 UTC (pending): 1m of open time not counted
      pause du 01/12/2026 à 8~h UTC au 01/12/2026 à 14~h~30 UTC (pending)~: 1~min de temps ouvré en moins
    holiday_skipped
      2026-12-01 does not count: Inventory
      le 01/12/2026 ne compte pas~: Inventory
    holiday_skipped
      2026-12-01 does not count: a holiday
      le 01/12/2026 ne compte pas~: jour férié
    carried
      1m of working time were taken over from before the change
      1~min de temps ouvré repris d’avant le changement
    ");
}

#[test]
fn what_is_said_of_tasks_in_both_languages() {
    let text = told(tasks().into_iter().map(Reason::Task).collect(), 11);
    insta::assert_snapshot!(text, @r#"
    task_overdue
      overdue by 1 day (due on 2026-12-01)
      en retard de 1~jour (échéance le 01/12/2026)
    task_overdue
      overdue by 12 days (due on 2026-12-01)
      en retard de 12~jours (échéance le 01/12/2026)
    task_today
      due today
      échéance aujourd’hui
    task_today
      due today at 14:30
      échéance aujourd’hui à 14~h~30
    task_today
      was due today at 14:30
      échéance dépassée~: c’était aujourd’hui à 14~h~30
    task_tomorrow
      due tomorrow, 2026-12-01
      échéance demain, le 01/12/2026
    task_this_week
      due this week, on 2026-12-01 at 14:30
      échéance cette semaine, le 01/12/2026 à 14~h~30
    task_later
      due later, on 2026-12-01
      échéance plus tard, le 01/12/2026
    task_undated
      no due date
      sans échéance
    task_completed
      completed by marie at 2026-12-01 14:30 UTC
      terminée par marie le 01/12/2026 à 14~h~30 UTC
    task_completed
      completed at 2026-12-01 14:30 UTC
      terminée le 01/12/2026 à 14~h~30 UTC
    task_blocked
      waits for the task "Devis"
      en attente de la tâche «~Devis~»
    task_blocked
      waits for the task t-1
      en attente de la tâche t-1
    task_priority
      priority: vip
      priorité~: vip
    task_snoozed
      hidden until 2026-12-01 14:30 UTC
      masquée jusqu’au 01/12/2026 à 14~h~30 UTC
    task_recurring
      comes again; this is number 2
      tâche récurrente, numéro 2 de la série
    "#);
}

#[test]
fn what_an_inbox_says_in_both_languages() {
    let text = told(inbox().into_iter().map(Reason::Inbox).collect(), 14);
    insta::assert_snapshot!(text, @r"
    promise_broken
      promise to the customer broken, due 2026-12-01 14:30 UTC
      engagement envers le client rompu, échéance le 01/12/2026 à 14~h~30 UTC
    promise_broken
      promise to the customer broken
      engagement envers le client rompu
    promise_due_soon
      little time left, due 2026-12-01 14:30 UTC
      il reste peu de temps, échéance le 01/12/2026 à 14~h~30 UTC
    promise_due_soon
      little time left
      il reste peu de temps
    promise_due
      promised by 2026-12-01 14:30 UTC
      engagement à tenir avant le 01/12/2026 à 14~h~30 UTC
    no_promise_runs
      no promise runs at the moment
      aucun engagement en cours pour le moment
    customer_waits
      the customer has waited for an answer since 2026-12-01 14:30 UTC
      le client attend une réponse depuis le 01/12/2026 à 14~h~30 UTC
    waits_long
      without an answer for 1 hour
      sans réponse depuis 1 heure
    waits_long
      without an answer for 49 hours
      sans réponse depuis 49 heures
    approval_waits
      waits to be allowed since 2026-12-01 14:30 UTC
      en attente d’autorisation depuis le 01/12/2026 à 14~h~30 UTC
    close_date_passed
      the close date passed 1 day ago (2026-12-01)
      date de clôture dépassée de 1 jour (01/12/2026)
    close_date_passed
      the close date passed 5 days ago (2026-12-01)
      date de clôture dépassée de 5 jours (01/12/2026)
    at_risk
      deal at risk: 70 of 100
      affaire à risque~: 70 sur 100
    risk_risen
      its risk rose from 40 to 70 within a week
      risque passé de 40 à 70 en une semaine
    hot_lead
      hot lead that nobody has touched (score 88)
      lead chaud que personne n’a encore contacté (score 88)
    hot_lead
      hot lead that nobody has touched
      lead chaud que personne n’a encore contacté
    new_lead
      new lead since 2026-12-01 14:30 UTC
      nouveau lead depuis le 01/12/2026 à 14~h~30 UTC
    nobodys_lead
      the lead has no owner
      le lead n’a pas de responsable
    inbox_priority
      priority: vip
      priorité~: vip
    ");
}

#[test]
fn what_is_said_of_the_team_in_both_languages() {
    let text = told(team().into_iter().map(Reason::Staff).collect(), 33);
    insta::assert_snapshot!(text, @r#"
    leave_time
      on leave on 2026-12-01: 7 h less
      en congé le 01/12/2026~: 7~h de moins
    leave_time
      on leave on 2026-12-01 (afternoon): 7 h less
      en congé l’après-midi du 01/12/2026~: 7~h de moins
    leave_time
      on leave from 2026-12-01 (afternoon) to 2026-12-02 (morning): 7 h less
      en congé du 01/12/2026 (après-midi) au 02/12/2026 (matin)~: 7~h de moins
    excluded_status
      at work
      au travail
    excluded_status
      not at work
      hors de ses horaires
    excluded_status
      on leave
      en congé
    excluded_status
      away
      en absence
    excluded_status
      has not started yet
      pas encore en poste
    excluded_status
      does not work here any more
      ne travaille plus ici
    excluded_status
      archived
      fiche archivée
    working_time
      35 h 30 s by the calendar "paris"
      35~h~30~s selon le calendrier «~paris~»
    before_first_day
      begins on 2026-12-01: 1 h less
      prise de poste le 01/12/2026~: 1~h de moins
    after_last_day
      last day on 2026-12-01: 1 h less
      dernier jour le 01/12/2026~: 1~h de moins
    after_last_day
      does not work here any more: 1 h less
      ne travaille plus ici~: 1~h de moins
    no_calendar
      no calendar is set: Monday to Friday around the clock is assumed
      aucun calendrier n’est défini~: du lundi au vendredi, jour et nuit, par hypothèse
    no_calendar
      the calendar "mars" is not configured: the usual one is taken instead
      le calendrier «~mars~» n’est pas configuré~: le calendrier habituel le remplace
    overlapping_leave
      two leaves share the time on 2026-12-01: it counts once
      deux congés se chevauchent le 01/12/2026~: ce temps compte une fois
    standing
      on leave, back on 2026-12-01 at 14:30
      en congé, retour le 01/12/2026 à 14~h~30
    excluded_job_title
      another job (admin): expected voip, fibre
      autre fonction (admin)~: il faut voip, fibre
    excluded_team
      another team (unknown): expected voip, fibre
      autre équipe (non renseignée)~: il faut voip, fibre
    excluded_skills
      lacks: voip, fibre
      compétences manquantes~: voip, fibre
    excluded_language
      speaks none of: voip, fibre
      ne parle aucune de ces langues~: voip, fibre
    excluded_leave
      away for 50% of the time, more than 25.5%
      absence pendant 50~% du temps, plus que 25,5~%
    excluded_no_working_time
      does not work in that time
      ne travaille pas pendant cette période
    excluded_full
      has enough: 10 of 10 points
      charge maximale atteinte~: 10 sur 10 points
    excluded_no_capacity
      takes no work: the capacity is 0
      ne prend pas de travail~: la capacité est nulle
    excluded_daily_room
      got enough in the last 24 hours: 3 of 3
      quota des dernières 24~heures atteint~: 3 sur 3
    excluded_left_out
      left out by who asked
      à exclure, selon la demande
    relative_load
      carries 1 of 1 point
      charge de 1 sur 1 point
    last_assigned
      got something last at 2026-12-01 14:30 UTC
      dernière attribution le 01/12/2026 à 14~h~30 UTC
    never_assigned
      never got anything
      aucune attribution jusqu’ici
    tie_by_name
      all else is equal: the name decides
      tout le reste est égal~: le nom départage
    partly_away
      away for 50% of the time
      absence pendant 50~% du temps
    daily_room
      1 of 3 in the last 24 hours
      1 sur 3 pendant les dernières 24~heures
    task_due
      the task is due in that time: 2026-12-01
      échéance de la tâche pendant l’absence~: 01/12/2026
    ticket_due
      a promise to the customer is due in that time: 2026-12-01 14:30 UTC
      échéance promise au client pendant l’absence~: 01/12/2026 à 14~h~30 UTC
    ticket_open
      the ticket is open
      le ticket est ouvert
    deal_closes
      the deal is expected to close on 2026-12-01
      clôture prévue de l’affaire le 01/12/2026
    activity_planned
      planned in that time: 2026-12-01 14:30 UTC
      rendez-vous prévu pendant l’absence~: 01/12/2026 à 14~h~30 UTC
    cover_delegate
      covers for marie
      remplace marie
    delegate_cannot
      paul would cover but cannot: takes no work: the capacity is 0
      paul devrait assurer le remplacement mais ne le peut pas~: ne prend pas de travail~: la capacité est nulle
    cover_ranking
      first of 1 candidate
      premier choix sur 1 candidat
    cover_ranking
      first of 4 candidates
      premier choix sur 4 candidats
    nobody_covers
      nobody can take it
      personne n’est disponible
    "#);
}
