//! Brouillons, validations et boîte d'envoi, en français.

use super::en_words::{list, visible};
use super::fr_offer::standing;
use super::fr_sequence::{end, span};
use super::fr_values::percent;
use super::{Clock, Lang, plural};
use crate::kernel::approval::{ChannelKind, DraftState, ParcelState};
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::consent_reason::Mention;
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &ApprovalReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::French);
    use ApprovalReason as R;
    match reason {
        R::AskBeforeSending => "rien ne part sans l’accord d’une personne".to_owned(),
        R::AutoRule { rule, revision } => format!("approuvé par la règle {} (révision {revision})", quoted(rule)),
        R::AskedByRule { rule, admin: false } => format!("la règle {} demande l’accord d’une personne", quoted(rule)),
        R::AskedByRule { rule, admin: true } => {
            format!("la règle {} demande l’accord d’un administrateur", quoted(rule))
        }
        R::ForbiddenByRule { rule, revision } => {
            format!("interdit par la règle {} (révision {revision})", quoted(rule))
        }
        R::AlwaysEscalate { topic: about } => {
            format!("une personne décide toujours sur ce sujet\u{a0}: {}", topic(about))
        }
        R::BelowFloor { confidence_bp, floor_bp } => {
            format!("confiance de {}, inférieure au seuil de {}", percent(*confidence_bp), percent(*floor_bp))
        }
        R::AdminRequired => "seul un administrateur ou le propriétaire décide".to_owned(),
        R::FourEyes => "une autre personne que l’auteur décide".to_owned(),
        R::PeerCheckRequired => "un autre équipier doit d’abord relire".to_owned(),
        R::PeerChecked { by, passed: true } => format!("relu par {by}\u{a0}: prêt"),
        R::PeerChecked { by, passed: false } => format!("relu par {by}\u{a0}: pas prêt"),
        R::FailClosed { what } => format!("inconnu\u{a0}: {}\u{202f}; une personne décide", part(what)),
        R::UntrustedSource { source } => {
            format!("écrit après lecture d’un texte venu de l’extérieur ({source})\u{202f}; une personne décide")
        }
        R::LooksLike { address, other } => format!("{} ressemble à {}", quoted(address), quoted(other)),
        R::MixedScripts { address } => format!("{} mélange plusieurs alphabets", quoted(address)),
        R::RuleCap { rule, cap } => {
            let drafts = plural(Lang::French, *cap, "brouillon", "brouillons");
            format!("la règle {} a approuvé {drafts} aujourd’hui, sa limite", quoted(rule))
        }
        R::RuleOver { rule, since } => format!("la règle {} ne vaut plus depuis le {}", quoted(rule), moment(*since)),
        R::RuleOff { rule, since: None } => format!("la règle {} est désactivée", quoted(rule)),
        R::RuleOff { rule, since: Some(since) } => {
            format!("la règle {} est désactivée depuis le {}", quoted(rule), moment(*since))
        }
        R::RuleNotYet { rule, from } => format!("la règle {} ne vaut qu’à partir du {}", quoted(rule), moment(*from)),
        R::OwnWord => "écrit par une personne qui peut décider et dont les brouillons n’attendent personne".to_owned(),
        R::KillSwitch { by, since } => format!("tous les envois ont été arrêtés par {by} le {}", moment(*since)),
        R::ChannelNotConnected { channel: kind } => format!("aucun canal connecté\u{a0}: {}", channel(*kind)),
        R::DryRunOnly { channel: kind } => {
            format!("le canal ne fait que noter ce qui partirait\u{a0}: {}", channel(*kind))
        }
        R::RecipientNotAllowed { address } => {
            format!("{} ne figure pas sur la liste des destinataires autorisés", quoted(address))
        }
        R::MissingMention { mention: what } => format!("il manque au message {}", mention(*what)),
        R::StaleApproval => "ce qui a été approuvé n’est pas ce qui partirait".to_owned(),
        R::NotApproved => "personne ne l’a approuvé".to_owned(),
        R::ApprovalExpired { at } => format!("l’accord a expiré le {}", moment(*at)),
        R::ApproverLost { by } => format!("{by}, qui a donné son accord, n’en a plus le droit"),
        R::Stopped { cause, at: None } => format!("devenu sans objet\u{a0}: {}", end(*cause)),
        R::Stopped { cause, at: Some(at) } => {
            format!("devenu sans objet le {}\u{a0}: {}", moment(*at), end(*cause))
        }
        R::QuoteAccepted { number, by } => format!("{} a accepté le devis {}", visible(by), visible(number)),
        R::QuoteOver { number, standing: is } => {
            format!("le devis {} n’est plus à envoyer\u{a0}: il est {}", visible(number), standing(*is))
        }
        R::QuoteChanged { number } => format!("le devis {} n’est pas celui qui a été approuvé", visible(number)),
        R::ContactLimit { span: per, limit } => {
            let messages = plural(Lang::French, *limit, "message", "messages");
            format!("la personne a déjà reçu {messages} en {}", span(*per))
        }
        R::ChannelLimit { span: per, limit } => {
            let messages = plural(Lang::French, *limit, "message", "messages");
            format!("le canal a déjà envoyé {messages} en {}", span(*per))
        }
        R::NotBefore { at } => format!("ne part pas avant le {}", moment(*at)),
        R::Unchecked { what } => format!("le contrôle {} n’a pas pu être fait", checked(what)),
        R::HostCheck { check, found } => format!("refusé par le contrôle {}\u{a0}: {found}", checked(check)),
        R::InState { state } => parcel(*state).to_owned(),
    }
}

/// What is looked at before a hand-off, after "le contrôle".
fn checked(check: &str) -> &str {
    match check {
        "kill_switch" | "kill switch" => "de l’arrêt général",
        "channel" => "du canal",
        "recipient" => "du destinataire",
        "consent" => "du consentement",
        "approver" => "de l’approbateur",
        "stop" => "des conditions d’arrêt",
        "frequency" => "des limites par personne",
        "quota" => "des limites du canal",
        other => other,
    }
}

/// A built-in topic; the workspace's own are called what they are called.
fn topic(topic: &str) -> &str {
    match topic {
        "password" => "mots de passe",
        "refund" => "remboursements",
        "money" => "argent",
        "contract" => "contrats",
        "human" => "demande de parler à une personne",
        own => own,
    }
}

/// What is not known: of the draft, or of a rule, which stands before it.
fn part(what: &str) -> String {
    let (rule, part) = what.rsplit_once(": ").map_or((None, what), |(rule, part)| (Some(rule), part));
    let part = match part {
        "author" => "l’auteur",
        "channel" => "le canal",
        "recipients" => "les destinataires",
        "language" => "la langue",
        "recipient_known" => "si les destinataires figurent dans les fiches liées",
        "conversation_open" => "si quelqu’un attend une réponse",
        "template_kept" => "si le texte est encore celui du modèle",
        "confidence_bp" => "le degré de confiance",
        "condition" => "la condition",
        "effect" => "l’effet",
        "enabled" => "si elle est activée",
        "valid_until" => "la date de fin",
        "daily_cap" => "la limite par jour",
        "used_today" => "le nombre de brouillons approuvés aujourd’hui",
        "revision" => "la révision",
        "made_by" => "qui l’a créée",
        "made_by_role" => "si un administrateur l’a créée",
        "settings" => "les réglages",
        other => other,
    };
    rule.map_or_else(|| part.to_owned(), |rule| format!("règle {}, {part}", quoted(rule)))
}

pub(super) fn problem(problem: &ApprovalProblem) -> String {
    use ApprovalProblem as P;
    match problem {
        P::StaleRevision { seen, now } => {
            format!(
                "la décision porte sur la révision {seen}, et le brouillon en est à la révision {now}\u{a0}: à revoir"
            )
        }
        P::OtherContent => "la décision porte sur un autre contenu que celui du brouillon\u{a0}: à revoir".to_owned(),
        P::AlreadyDecided { state: to, by, at } => format!("{by} a décidé le {at}\u{a0}: brouillon {}", state(*to)),
        P::NotWaiting { state: is } => format!("le brouillon n’attend pas de décision\u{a0}: il est {}", state(*is)),
        P::NotEditable { state: is } => format!("le brouillon n’est pas modifiable\u{a0}: il est {}", state(*is)),
        P::TooLate { state: is } => format!("trop tard\u{a0}: le brouillon est {}", state(*is)),
        P::OutcomeUnknown { recipients } => {
            format!("nul ne sait s’il est parti vers {}\u{a0}: à vérifier d’abord", list(recipients, "et"))
        }
        P::AgentDecides => "un agent ne décide pas de ce qui part\u{a0}: une personne est attendue".to_owned(),
        P::OwnDraft { by } => {
            format!("{} a écrit ce brouillon\u{a0}: la décision revient à quelqu’un d’autre", visible(by))
        }
        P::AdminRequired { role } => {
            format!("le rôle `{role}` n’en décide pas\u{a0}: un administrateur ou le propriétaire est attendu")
        }
        P::RoleDecides { role } => format!("le rôle `{role}` ne décide pas de ce qui part"),
        P::PeerCheckRequired => "un autre équipier doit relire le brouillon avant l’accord".to_owned(),
        P::OwnPeerCheck { by } => {
            format!("{} a écrit ce brouillon\u{a0}: la relecture revient à un autre équipier", visible(by))
        }
        P::RuleNotAllowed => "aucune règle n’approuve ce brouillon\u{a0}: une personne est attendue".to_owned(),
        P::DraftExpired { at } => format!("le brouillon a expiré le {at}"),
        P::ApprovalExpired { at } => format!("l’accord a expiré le {at}\u{a0}: à approuver de nouveau"),
        P::NotApproved => "personne n’a approuvé ce qui partirait".to_owned(),
        P::NotBefore { at } => format!("ne part pas avant le {at}"),
        P::NoRecipients => "le brouillon n’a pas de destinataire".to_owned(),
        P::UnknownParcel { key } => format!("le brouillon n’a pas de remise `{key}`"),
        P::ParcelState { state: is } => format!("la remise ne le permet pas\u{a0}: {}", parcel(*is)),
        P::NotCleared => "le dernier contrôle n’a pas été fait pour cette remise".to_owned(),
        P::StaleFence { fence, now } => {
            format!("la réponse concerne l’essai {fence}, et la remise en est à l’essai {now}\u{a0}: rien n’a changé")
        }
        P::AnotherAnswer { state: is } => format!("le canal a déjà répondu autrement\u{a0}: {}", parcel(*is)),
        P::LeaseRuns { until } => format!("le canal a jusqu’au {until} pour répondre"),
        P::NotACommand => "le brouillon est un message\u{a0}: une commande proposée est attendue".to_owned(),
        P::NotAMessage => "le brouillon est une commande proposée\u{a0}: un message est attendu".to_owned(),
        P::Forbidden { reason: why } => {
            format!("nul ne peut approuver le brouillon\u{a0}: {}", reason(why, Clock::UTC))
        }
        P::TooManyWaiting { author, most } => {
            let drafts = plural(Lang::French, *most, "brouillon", "brouillons");
            format!(
                "{} a déjà {drafts} en attente depuis un jour, le maximum\u{a0}: à décider d’abord",
                visible(author)
            )
        }
        P::PersonsDraft { draft } => format!(
            "le brouillon {draft}, écrit par une personne, attend encore une décision\u{a0}: un agent ne le remplace pas"
        ),
        P::NotProposable { command } => format!("`{command}` n’est pas une commande soumise à accord"),
        P::StalePreview { records } => {
            format!("différent de ce qui a été montré\u{a0}: {}\u{202f}; à revoir", list(records, "et"))
        }
        P::Held { draft } => format!("la commande attend un accord, dans le brouillon {draft}"),
        P::ObjectionStands { since } => format!(
            "la personne s’est opposée le {since}, et un champ ne suffit pas à lever cette opposition\u{a0}: l’enregistrer avec `consent.record`"
        ),
        P::NothingFailed => "rien n’a échoué\u{a0}: il n’y a rien à renvoyer".to_owned(),
    }
}

fn quoted(name: &str) -> String {
    format!("«\u{a0}{name}\u{a0}»")
}

/// Où en est un brouillon, après «\u{a0}il est\u{a0}».
pub(super) const fn state(state: DraftState) -> &'static str {
    match state {
        DraftState::Drafting => "en cours de rédaction",
        DraftState::Waiting => "en attente d’une décision",
        DraftState::ChangesRequested => "à modifier",
        DraftState::Approved => "approuvé",
        DraftState::Queued => "dans la boîte d’envoi",
        DraftState::Blocked => "retenu par le dernier contrôle",
        DraftState::Sending => "en cours d’envoi",
        DraftState::Unknown => "à l’issue inconnue",
        DraftState::Failed => "non envoyé",
        DraftState::Sent => "envoyé",
        DraftState::Done => "exécuté",
        DraftState::Rejected => "refusé",
        DraftState::Expired => "expiré",
        DraftState::Superseded => "remplacé par un autre",
        DraftState::Cancelled => "annulé",
    }
}

pub(super) const fn parcel(state: ParcelState) -> &'static str {
    match state {
        ParcelState::Queued => "en attente dans la boîte d’envoi",
        ParcelState::Blocked => "retenu par le dernier contrôle",
        ParcelState::Started => "le canal n’a pas répondu",
        ParcelState::Sent => "le message est parti",
        ParcelState::Failed => "le message n’est pas parti",
        ParcelState::Unknown => "nul ne sait si le message est parti",
        ParcelState::Withdrawn => "le message a été retiré",
    }
}

pub(super) const fn channel(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Email => "e-mail",
        ChannelKind::Calendar => "agenda",
        ChannelKind::Phone => "téléphone",
        ChannelKind::Sms => "SMS",
        ChannelKind::Whatsapp => "WhatsApp",
        ChannelKind::Linkedin => "LinkedIn",
        ChannelKind::Social => "réseau social",
        ChannelKind::Letter => "courrier",
    }
}

pub(super) const fn mention(mention: Mention) -> &'static str {
    match mention {
        Mention::SenderIdentity => "l’identité de l’expéditeur et de son mandant",
        Mention::CommercialNature => "son caractère commercial",
        Mention::OptOut => "un moyen simple de s’opposer",
        Mention::ListUnsubscribe => "les en-têtes de désinscription en un clic",
        Mention::DataSource => "l’origine de l’adresse",
        Mention::Rights => "les droits de la personne",
        Mention::PrivacyContact => "à qui s’adresser pour ses données personnelles",
    }
}
