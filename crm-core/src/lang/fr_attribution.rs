//! Why a touch has its channel, its credit or none, in French.

use super::{Lang, plural};
use crate::kernel::attribution_reason::{AttributionReason, KeyTouch};
use crate::kernel::marketing::{MemberStatus, TouchKind};

pub(super) fn reason(reason: &AttributionReason) -> String {
    use AttributionReason as R;
    match reason {
        R::ByLink { source, medium, campaign } => {
            let said = [("source", source), ("support", medium), ("campagne", campaign)];
            let said = said.iter().filter(|(_, value)| !value.is_empty());
            let said: Vec<String> = said.map(|(what, value)| format!("{what} {}", quoted(value))).collect();
            format!("le lien indique\u{a0}: {}", said.join(", "))
        }
        R::ByClickId { name, source } => format!("le lien porte le paramètre {name} ({source})"),
        R::ByReferrer { host, source } => format!("venu de {host}\u{a0}: {source}"),
        R::ByUnknownReferrer { host } => format!("venu de {host}"),
        R::ByOwnPage { host } => format!("venu d’une page de notre site, {host}"),
        R::ByKind { kind } => kind_text(*kind).to_owned(),
        R::Direct => "rien n’indique d’où vient la visite".to_owned(),
        R::UnreadableReferrer => "la page d’origine n’est pas une adresse lisible".to_owned(),
        R::AfterMilestone => "postérieur à ce qui est mesuré\u{a0}: ne compte pas".to_owned(),
        R::InFuture => "dans le futur\u{a0}: ne compte pas encore".to_owned(),
        R::OutsideWindow { days } => {
            let days = plural(Lang::French, days.unsigned_abs(), "jour", "jours");
            format!("plus de {days} auparavant\u{a0}: ne compte pas")
        }
        R::SameSession { minutes, .. } => format!(
            "même visite qu’un contact précédent (à {} d’écart au plus)\u{a0}: compté une seule fois",
            plural(Lang::French, minutes.unsigned_abs(), "minute", "minutes")
        ),
        R::OwnPage => "d’une page de notre site à une autre\u{a0}: ne compte pas".to_owned(),
        R::DirectLeftOut => "accès direct\u{a0}: ne compte pas quand un autre canal est connu".to_owned(),
        R::RepeatedChannel { .. } => "canal déjà rencontré\u{a0}: compté une seule fois".to_owned(),
        R::Undated => "sans date\u{a0}: ne compte pas parmi des contacts datés".to_owned(),
        R::OnlyTouch => "le seul point de contact reçoit tout".to_owned(),
        R::KeysShareAll => "sans autre point de contact, les contacts clés se partagent tout".to_owned(),
        R::MergedKeys { keys } => {
            let keys: Vec<&str> = keys.iter().map(|key| key_text(*key)).collect();
            format!("un seul point de contact est à la fois {}\u{a0}: les poids s’additionnent", all(&keys))
        }
        R::NoKeyTouch { key } => {
            format!("aucun point de contact n’est {}\u{a0}: les autres se partagent son poids", key_text(*key))
        }
        R::AllDirect => "tous les accès sont directs\u{a0}: le dernier reçoit tout".to_owned(),
        R::NoTouch => "aucun point de contact\u{a0}: rien n’est attribué".to_owned(),
        R::PrimaryCampaign { campaign } => {
            format!("{} est la campagne principale de l’affaire et reçoit tout", quoted(campaign))
        }
        R::CampaignTouches { campaign, touches } => {
            let touches = plural(Lang::French, *touches, "point de contact", "points de contact");
            format!("{touches} par la campagne {}", quoted(campaign))
        }
        R::CampaignMember { campaign, status } => {
            format!("membre de la campagne {}\u{a0}: {}", quoted(campaign), status_text(*status))
        }
        R::MemberAfterClose { campaign } => {
            format!("ajouté à la campagne {} après la clôture\u{a0}: ne compte pas", quoted(campaign))
        }
        R::MemberStatusLeftOut { campaign, status } => {
            format!("membre de la campagne {} ({})\u{a0}: ne compte pas", quoted(campaign), status_text(*status))
        }
        R::MemberOutsideWindow { campaign, days } => {
            let days = plural(Lang::French, days.unsigned_abs(), "jour", "jours");
            format!("dans la campagne {} plus de {days} auparavant\u{a0}: ne compte pas", quoted(campaign))
        }
        R::NoRole { campaign } => {
            format!("le membre de la campagne {} n’a aucun rôle dans l’affaire\u{a0}: ne compte pas", quoted(campaign))
        }
    }
}

/// `a, b et c`.
fn all(texts: &[&str]) -> String {
    match texts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} et {last}", rest.join(", ")),
        _ => texts.concat(),
    }
}

fn quoted(text: &str) -> String {
    format!("«\u{a0}{text}\u{a0}»")
}

fn kind_text(kind: TouchKind) -> &'static str {
    match kind {
        TouchKind::Visit => "une visite",
        TouchKind::Form => "un formulaire envoyé",
        TouchKind::EmailClick => "un lien suivi dans un message",
        TouchKind::Call => "un appel",
        TouchKind::Event => "un événement",
        TouchKind::Import => "venu d’une liste",
        TouchKind::Referral => "une recommandation",
        TouchKind::Manual => "noté à la main",
    }
}

fn key_text(key: KeyTouch) -> &'static str {
    match key {
        KeyTouch::First => "le premier contact",
        KeyTouch::Lead => "le contact à l’origine du lead",
        KeyTouch::Deal => "le contact à l’origine de l’affaire",
        KeyTouch::Closed => "le dernier contact avant la clôture",
    }
}

fn status_text(status: MemberStatus) -> &'static str {
    match status {
        MemberStatus::Planned => "prévu",
        MemberStatus::Sent => "sollicité",
        MemberStatus::Responded => "a répondu",
        MemberStatus::OptedOut => "désinscrit",
    }
}
