//! The texts of every reason and lint of routing, in both languages.

use crm_core::kernel::reason::{Labels, Name, Reason};
use crm_core::kernel::routing_reason::{Cap, RoutingReason as R, Skip, Until};
use crm_core::kernel::time::parse_date;
use crm_core::{Lang, lang};

use super::support::at;

#[test]
fn every_reason_in_both_languages() {
    let web = || Name { id: "web".into(), labels: Some(Labels { en: "Website".into(), fr: "Site web".into() }) };
    let bare = || Name { id: "all".into(), labels: None };
    let user = || "marie".to_owned();
    let day = |text: &str| parse_date(text).unwrap();
    let moment = || Until::Moment { at: at("2026-11-23T08:00:00Z"), local: at("2026-11-23T09:00:00Z").naive_utc() };
    let failed = |clause: &str| R::ClauseFailed { rule: web(), clause: clause.into() };
    let capped = |cap, limit| Skip::Capped { cap, limit };
    let mut reasons = vec![
        R::RuleMatched { rule: web() },
        R::RuleDisabled { rule: bare() },
        R::RuleNotValidToday { rule: web() },
        R::RuleNotActiveToday { rule: web() },
        failed("source"),
        failed("campaign"),
        failed("landing_page"),
        failed("email_domain"),
        failed("segment"),
        failed("when"),
        R::NobodyAvailable { rule: web() },
        R::Fixed { user: user() },
        R::SmoothTurn { user: user(), weight: 2, of: 5 },
        R::LeastOpen { user: user(), open: 0 },
        R::LeastOpen { user: user(), open: 1 },
        R::LeastOpen { user: user(), open: 2 },
        R::QuotaLeft { user: user(), quota: 1, assigned: 0 },
        R::QuotaLeft { user: user(), quota: 2, assigned: 1 },
        R::AccountOwner { user: user() },
        R::Kept { user: user() },
        R::Queued { queue: web() },
        R::Dropped { rule: web() },
        R::Fallback,
        R::NoRule,
        R::AlreadyOwned { user: user() },
        R::LeadClosed,
        R::Unreachable { rule: bare(), by: web() },
        R::CatchAllNotLast { rule: bare() },
        R::SamePriority { rule: bare(), other: web() },
        R::OverlappingLeave { user: user(), day: day("2026-12-25") },
        R::ZeroWeights { rule: web() },
        R::NobodyActive { rule: web() },
        R::EveryoneAway { rule: web(), from: day("2026-12-25"), to: day("2026-12-25") },
        R::EveryoneAway { rule: web(), from: day("2026-12-24"), to: day("2026-12-31") },
    ];
    let skips = [
        Skip::Unknown,
        Skip::Inactive,
        Skip::OnLeave { until: Until::Day(day("2026-12-31")) },
        Skip::OnLeave { until: moment() },
        Skip::OffHours { until: Some(moment()) },
        Skip::OffHours { until: None },
        capped(Cap::Window, 2),
        capped(Cap::Day, 1),
        capped(Cap::Week, 10),
        capped(Cap::Month, 0),
        capped(Cap::Open, 1),
        capped(Cap::Open, 30),
        Skip::NoWeight,
        Skip::QuotaUsed { quota: 1 },
        Skip::QuotaUsed { quota: 2 },
        Skip::OwnLead,
        Skip::Refused,
    ];
    reasons.extend(skips.into_iter().map(|skip| R::Skipped { user: user(), skip }));
    let mut text = String::new();
    for reason in reasons.into_iter().map(Reason::Routing) {
        let (en, fr) = (lang::reason(&reason, Lang::English), lang::reason(&reason, Lang::French));
        assert!(!fr.contains(['\'', '"']), "{fr}");
        text.push_str(&format!("{}\n  {en}\n  {}\n", reason.code(), fr.replace('\u{a0}', "~")));
    }
    insta::assert_snapshot!(text, @r#"
    rule_matched
      the rule "Website" applies
      la règle «~Site web~» s’applique
    rule_disabled
      the rule "all" is switched off
      la règle «~all~» est désactivée
    rule_not_valid_today
      the rule "Website" is not valid today
      la règle «~Site web~» n’est pas en vigueur aujourd’hui
    rule_not_active_today
      the rule "Website" does not apply on this day of the week
      la règle «~Site web~» ne s’applique pas ce jour de la semaine
    clause_failed
      the rule "Website" does not apply: another source
      la règle «~Site web~» ne s’applique pas~: la source est différente
    clause_failed
      the rule "Website" does not apply: another campaign
      la règle «~Site web~» ne s’applique pas~: la campagne est différente
    clause_failed
      the rule "Website" does not apply: another landing page
      la règle «~Site web~» ne s’applique pas~: la page d’arrivée est différente
    clause_failed
      the rule "Website" does not apply: another e-mail domain
      la règle «~Site web~» ne s’applique pas~: le domaine de l’e-mail est différent
    clause_failed
      the rule "Website" does not apply: another segment
      la règle «~Site web~» ne s’applique pas~: le segment est différent
    clause_failed
      the rule "Website" does not apply: its condition does not hold
      la règle «~Site web~» ne s’applique pas~: sa condition n’est pas remplie
    nobody_available
      nobody can take it under the rule "Website"
      personne n’est disponible pour la règle «~Site web~»
    fixed
      marie is named by the rule
      la règle désigne marie
    smooth_turn
      it is marie's turn (2 of 5 turns)
      c’est le tour de marie (2 sur 5)
    least_open
      marie has the lightest load (0 open leads)
      marie a la charge la plus légère (0 lead en cours)
    least_open
      marie has the lightest load (1 open lead)
      marie a la charge la plus légère (1 lead en cours)
    least_open
      marie has the lightest load (2 open leads)
      marie a la charge la plus légère (2 leads en cours)
    quota_left
      marie is furthest behind the quota (0 of 1 lead)
      marie a le plus de retard sur son quota (0 sur 1)
    quota_left
      marie is furthest behind the quota (1 of 2 leads)
      marie a le plus de retard sur son quota (1 sur 2)
    account_owner
      marie looks after this account already
      marie suit déjà ce compte
    kept
      it stays with marie
      le lead reste à marie
    queued
      it waits in the queue "Website"
      le lead attend dans la file «~Site web~»
    dropped
      the rule "Website" leaves it to nobody
      la règle «~Site web~» ne l’attribue à personne
    fallback
      no rule found anybody: the fallback applies
      aucune règle n’a trouvé preneur~: la solution de repli s’applique
    no_rule
      no rule applies
      aucune règle ne s’applique
    already_owned
      marie owns it already
      le lead est déjà suivi par marie
    lead_closed
      the lead is archived, merged or converted
      le lead est archivé, fusionné ou converti
    unreachable_rule
      the rule "all" never applies: "Website" takes the same leads before it
      la règle «~all~» ne s’applique jamais~: «~Site web~» prend les mêmes leads avant elle
    catch_all_not_last
      the rule "all" takes every lead and is not the last one
      la règle «~all~» prend tous les leads et n’est pas la dernière
    same_priority
      the rules "all" and "Website" have the same priority: the lower id goes first
      les règles «~all~» et «~Site web~» ont la même priorité~: le plus petit identifiant passe d’abord
    overlapping_leave
      marie has overlapping leave on 2026-12-25
      marie a des congés qui se chevauchent le 25/12/2026
    zero_weights
      nobody in the team of the rule "Website" has a weight
      personne n’a de poids dans l’équipe de la règle «~Site web~»
    nobody_active
      nobody of the rule "Website" is active
      personne n’est actif pour la règle «~Site web~»
    everyone_away
      everybody of the rule "Website" is on leave on 2026-12-25
      tout le monde est absent pour la règle «~Site web~» le 25/12/2026
    everyone_away
      everybody of the rule "Website" is on leave from 2026-12-24 to 2026-12-31
      tout le monde est absent pour la règle «~Site web~» du 24/12/2026 au 31/12/2026
    skipped_unknown
      marie is unknown to the routing
      marie~: nom inconnu dans la répartition
    skipped_inactive
      marie is not active
      marie~: compte inactif
    skipped_leave
      marie is on leave until 2026-12-31
      marie~: en congé jusqu’au 31/12/2026
    skipped_leave
      marie is on leave until 2026-11-23 09:00
      marie~: en congé jusqu’au 23/11/2026 à 09:00
    skipped_hours
      marie is not at work until 2026-11-23 09:00
      marie~: hors de ses horaires jusqu’au 23/11/2026 à 09:00
    skipped_hours
      marie has no working hours
      marie~: aucun horaire de travail
    skipped_cap
      marie has reached the limit of 2 leads for now
      marie~: plafond de 2 leads atteint pour l’instant
    skipped_cap
      marie has reached the limit of 1 lead today
      marie~: plafond de 1 lead atteint aujourd’hui
    skipped_cap
      marie has reached the limit of 10 leads this week
      marie~: plafond de 10 leads atteint cette semaine
    skipped_cap
      marie has reached the limit of 0 leads this month
      marie~: plafond de 0 lead atteint ce mois-ci
    skipped_cap
      marie has reached the limit of 1 open lead
      marie~: plafond de 1 lead en cours atteint
    skipped_cap
      marie has reached the limit of 30 open leads
      marie~: plafond de 30 leads en cours atteint
    skipped_no_weight
      marie has the weight 0
      marie~: poids nul
    skipped_quota
      marie has reached the quota of 1 lead
      marie~: quota de 1 lead atteint
    skipped_quota
      marie has reached the quota of 2 leads
      marie~: quota de 2 leads atteint
    skipped_own_lead
      marie is the lead
      marie~: c’est sa propre fiche
    skipped_refused
      marie has refused it
      marie~: a déjà refusé ce lead
    "#);
}
