//! The reasons of waterfalls and conversions in French.

use super::fr_forecast::{amount, money};
use super::fr_values::date;
use super::{Lang, plural};
use crate::kernel::waterfall_reason::{Bucket, Tracked, WaterfallReason};

pub(super) fn reason(reason: &WaterfallReason) -> String {
    use WaterfallReason as R;
    match reason {
        R::Bucket { bucket, deals, amount } => {
            let deals = plural(Lang::French, *deals, "affaire", "affaires").replace(' ', "\u{a0}");
            format!("{}\u{a0}: {deals} ({})", bucket_name(*bucket), money(*amount))
        }
        R::Deal { bucket, deal, amount, field, before, after } => {
            let told = field.map_or_else(String::new, |field| change(field, before, after));
            format!("`{deal}` {}{told}\u{a0}: {}", happened(*bucket), money(*amount))
        }
        R::RateUsed { from, to, valid_from, rate } => {
            let (from, to) = (from.code(), to.code());
            format!("1\u{a0}{from} = {}\u{a0}{to}, à partir du {}", decimal(rate), date(*valid_from))
        }
        R::RateInverted { from, to, valid_from, rate } => {
            let (from, to, rate) = (from.code(), to.code(), decimal(rate));
            let day = date(*valid_from);
            format!("divisé par le taux de sens inverse\u{a0}: 1\u{a0}{from} = {rate}\u{a0}{to}, à partir du {day}")
        }
        R::SameCurrency { currency } => format!("le montant est déjà en {}", currency.code()),
        R::NoRate { from, to, date: day } => {
            format!("aucun taux de change {}/{} au {} ou avant", from.code(), to.code(), date(*day))
        }
        R::NoAmount => "l’affaire n’a pas de montant".to_owned(),
        R::NoCloseDate => "l’affaire n’a pas de date de clôture, donc pas de jour pour le taux".to_owned(),
        R::NoCategory => "l’étape de l’affaire est inconnue, et avec elle sa catégorie de prévision".to_owned(),
        R::TooLarge => "le montant converti est trop grand pour être compté".to_owned(),
    }
}

fn decimal(plain: &str) -> String {
    plain.replace('.', ",")
}

fn bucket_name(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::New => "nouvelles affaires",
        Bucket::Reopened => "rouvertes",
        Bucket::PulledIn => "avancées dans la période",
        Bucket::SlippedIn => "glissées dans la période",
        Bucket::MovedIn => "entrées dans le périmètre",
        Bucket::Increased => "hausses de montant",
        Bucket::FxGain => "gains de change",
        Bucket::Decreased => "baisses de montant",
        Bucket::FxLoss => "pertes de change",
        Bucket::PushedOut => "reportées après la période",
        Bucket::PulledOut => "avancées avant la période",
        Bucket::MovedOut => "sorties du périmètre",
        Bucket::Won => "gagnées",
        Bucket::Lost => "perdues",
        Bucket::Deleted => "archivées ou supprimées",
    }
}

/// After a deal's name: words that agree with "affaire".
fn happened(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::New => "est nouvelle",
        Bucket::Reopened => "a été rouverte",
        Bucket::PulledIn => "a été avancée dans la période",
        Bucket::SlippedIn => "a glissé dans la période",
        Bucket::MovedIn => "est entrée dans le périmètre",
        Bucket::Increased => "a augmenté",
        Bucket::FxGain => "gagne au change",
        Bucket::Decreased => "a diminué",
        Bucket::FxLoss => "perd au change",
        Bucket::PushedOut => "a été reportée après la période",
        Bucket::PulledOut => "a été avancée avant la période",
        Bucket::MovedOut => "est sortie du périmètre",
        Bucket::Won => "a été gagnée",
        Bucket::Lost => "a été perdue",
        Bucket::Deleted => "a été archivée ou supprimée",
    }
}

fn change(field: Tracked, before: &str, after: &str) -> String {
    let name = match field {
        Tracked::Amount => "montant",
        Tracked::CloseDate => "date de clôture",
        Tracked::Owner => "responsable",
        Tracked::Pipeline => "pipeline",
        Tracked::Category => "catégorie",
        Tracked::State => "statut",
    };
    format!(" ({name}\u{a0}: {} → {})", value(field, before), value(field, after))
}

/// What people read instead of a code, a date or an amount.
fn value(field: Tracked, text: &str) -> String {
    match (field, text) {
        (_, "") => "néant".to_owned(),
        (Tracked::Amount, text) => text.split_once(' ').map_or_else(|| decimal(text), |(n, code)| amount(n, code)),
        (Tracked::CloseDate, text) => text.parse().map_or_else(|_| text.to_owned(), date),
        (Tracked::Category, text) => super::category(text, Lang::French),
        (Tracked::State, "open") => "ouverte".to_owned(),
        (Tracked::State, "won") => "gagnée".to_owned(),
        (Tracked::State, "lost") => "perdue".to_owned(),
        (_, text) => text.to_owned(),
    }
}
