//! The texts of every reason of next actions, and of drafts in timelines, in both languages.

use crm_core::kernel::approval::{DraftEventKind, DraftState};
use crm_core::kernel::next_action_reason::NextActionReason;
use crm_core::kernel::reason::{Name, Reason};
use crm_core::kernel::risk_reason::RiskSignal;
use crm_core::kernel::timeline_reason::TimelineReason;
use crm_core::{Lang, lang};

use super::daily_reasons::told;
use crate::support::at;

fn next_actions() -> Vec<NextActionReason> {
    use NextActionReason as R;
    let since = at("2026-12-01T14:30:00Z");
    let date = since.date_naive();
    let name = || Name { id: "call".into(), labels: None };
    vec![
        R::ScoreBand { band: "hot".into(), score: Some(88) },
        R::ScoreBand { band: "hot".into(), score: None },
        R::Gaps { items: vec![name()] },
        R::Nobodys,
        R::NotContacted { hours: 1, since },
        R::NotContacted { hours: 5, since },
        R::Quiet { days: 1, since },
        R::Quiet { days: 12, since },
        R::ReplyWaits { hours: 3, since },
        R::NoTask,
        R::AtRisk { score: 70 },
        R::RiskSignals { signals: RiskSignal::ALL.to_vec() },
        R::CloseDatePassed { days: 2, date },
        R::InStage { days: 30, since },
        R::QuoteWaits { days: 8, since },
        R::RenewalNear { days: 0, date },
        R::RenewalNear { days: 20, date },
        R::HealthLow { health: 30 },
        R::TicketsBreached { count: 1 },
        R::TicketsBreached { count: 2 },
        R::Objection,
        R::Held,
        R::SameEnd { action: name() },
        R::Enough { most: 1 },
        R::Enough { most: 3 },
    ]
}

#[test]
fn what_speaks_for_an_action_in_both_languages() {
    let text = told(next_actions().into_iter().map(Reason::NextAction).collect(), 19);
    for sentence in [
        "nobody has got in touch since it came in on 2026-12-01 14:30 UTC (1 hour)",
        "aucun contact depuis 12 jours (le dernier le 01/12/2026 à 14~h~30 UTC)",
        "le contrat se termine dans 20 jours (1er~décembre~2026)",
        "engagement non tenu sur 2 tickets ouverts",
        "une autre action passe avant",
    ] {
        assert!(text.contains(sentence), "{sentence}:\n{text}");
    }
}

#[test]
fn what_became_of_a_draft_in_both_languages() {
    use TimelineReason as R;
    let texts = |word: &str| (word.to_owned(), word.to_owned());
    let (subject, by) = texts("x");
    let mut all = vec![
        R::Drafted { channel: "email".into(), subject: subject.clone(), author: by.clone() },
        R::Drafted { channel: String::new(), subject: String::new(), author: String::new() },
    ];
    let decided = DraftState::ALL.iter().copied();
    all.extend(decided.map(|state| R::DraftDecided { state, subject: subject.clone(), by: by.clone() }));
    let happened = DraftEventKind::ALL.iter().copied();
    all.extend(happened.map(|kind| R::DraftEvent { kind, recipient: String::new(), actor: String::new() }));
    let text = told(all.into_iter().map(Reason::Timeline).collect(), 3);
    for sentence in ["not known whether it left", "tentative d’approbation refusée", "brouillon (e-mail)"] {
        assert!(text.contains(sentence), "{sentence}:\n{text}");
    }
    // Every kind and every state has words of its own.
    for language in [Lang::English, Lang::French] {
        let kinds = DraftEventKind::ALL.iter().map(|kind| {
            let event = R::DraftEvent { kind: *kind, recipient: String::new(), actor: String::new() };
            lang::reason(&Reason::Timeline(event), language)
        });
        let words: std::collections::BTreeSet<String> = kinds.collect();
        assert_eq!(words.len(), DraftEventKind::ALL.len(), "{words:?}");
    }
}
