//! What subscriptions, renewals and their revenue say in French.

use super::fr_forecast::money;
use super::fr_values::{date, percent};
use super::{Lang, decimal, plural};
use crate::kernel::renewal_reason::{MrrBucket, RenewalReason, RenewalSignal};

pub(super) fn reason(reason: &RenewalReason) -> String {
    use RenewalReason as R;
    let days = |n: u64| plural(Lang::French, n, "jour", "jours").replace(' ', "\u{a0}");
    match reason {
        R::OptOut { on, renews_on } => format!(
            "refus possible jusqu’au {}\u{202f}; la période suivante commence le {}",
            date(*on),
            date(*renews_on)
        ),
        R::LegalWindow { from, to } => format!(
            "le client doit être informé de son droit de refus par lettre ou courriel dédiés, du {} au {} \
             (article L.\u{a0}215-1 du Code de la consommation)",
            date(*from),
            date(*to)
        ),
        R::Professional => "client professionnel\u{a0}: l’article L.\u{a0}215-1 du Code de la consommation n’impose \
                            pas d’information"
            .to_owned(),
        R::KindUnknown => "on ne sait pas si le client est un consommateur\u{a0}: la loi impose peut-être de \
                           l’informer"
            .to_owned(),
        R::NotTacit => "aucune reconduction tacite, donc aucun avis à envoyer".to_owned(),
        R::NoticeDue { to, days: left } => {
            let left_text = plural(Lang::French, *left, "jour restant", "jours restants").replacen(' ', "\u{a0}", 1);
            format!("l’avis doit être envoyé au plus tard le {} ({left_text})", date(*to))
        }
        R::NoticeSent { on } => format!("avis envoyé à temps, le {}", date(*on)),
        R::NoticeTooEarly { on, from } => {
            format!("un avis envoyé le {} ne compte pas\u{a0}: le premier jour est le {}", date(*on), date(*from))
        }
        R::NoticeTooLate { on, to } => {
            format!("avis envoyé le {}, trop tard\u{a0}: le dernier jour était le {}", date(*on), date(*to))
        }
        R::NoticeNotSent { to } => {
            format!("l’avis n’a pas été envoyé\u{202f}; le dernier jour était le {}", date(*to))
        }
        R::FreeExit { from } => {
            format!("le client peut mettre fin au contrat gratuitement, à tout moment, à compter du {}", date(*from))
        }
        R::RiskNoticeMissed { to } => format!(
            "le client n’a pas été informé à temps (dernier jour le {}) et peut partir à tout moment",
            date(*to)
        ),
        R::LowHealth { score } => format!("score de santé de {score} sur 100"),
        R::OverduePayments { payments, days: late } => format!(
            "{}, jusqu’à {} de retard",
            plural(Lang::French, *payments, "paiement en retard", "paiements en retard"),
            days(*late)
        ),
        R::BreachedTickets { tickets } => {
            format!("{} au-delà du délai promis", plural(Lang::French, *tickets, "ticket ouvert", "tickets ouverts"))
        }
        R::FallingUsage { percent } => format!("usage en baisse de {percent}\u{a0}%"),
        R::NoContact { days: Some(n) } => format!("aucun contact depuis {}", days(*n)),
        R::NoContact { days: None } => "aucun contact à ce jour".to_owned(),
        R::DaysLeft { days: n } => {
            format!("l’échéance arrive dans {} et rien n’est conclu", days(*n))
        }
        R::RiskCapped { limit } => format!("le score est plafonné à {limit}"),
        R::RiskUnknown { signal } => format!("inconnu\u{a0}: {}", signal_name(*signal)),
        R::Movement { bucket, accounts, amount } => {
            let accounts = plural(Lang::French, *accounts, "compte", "comptes").replace(' ', "\u{a0}");
            format!("{}\u{a0}: {} ({accounts})", bucket_name(*bucket), money(*amount))
        }
        R::NetRetention { rate, kept, start } => {
            format!("rétention nette du revenu de {}\u{a0}: {} sur {}", percent(*rate), money(*kept), money(*start))
        }
        R::GrossRetention { rate, kept, start } => {
            format!("rétention brute du revenu de {}\u{a0}: {} sur {}", percent(*rate), money(*kept), money(*start))
        }
        R::LogoRetention { rate, kept, start } => {
            let start = plural(Lang::French, *start, "client", "clients").replace(' ', "\u{a0}");
            format!("rétention des clients de {}\u{a0}: {kept} sur {start}", percent(*rate))
        }
        R::NoStart => "aucun revenu récurrent au départ, donc aucun taux".to_owned(),
        R::KnownToday { contracts, on } => {
            let contracts = plural(Lang::French, *contracts, "contrat compte", "contrats comptent");
            format!(
                "au {}, {contracts} d’après ce que l’on sait aujourd’hui\u{a0}: à cette date, on savait autre chose, \
                 ou rien encore",
                date(*on)
            )
        }
        R::ItemsOverlap { product, from } => {
            format!(
                "deux lignes de {product} couvrent les mêmes jours à partir du {}\u{202f}; les deux comptent",
                date(*from)
            )
        }
        R::SeatsUsed { product, used, quantity, share_bp } => format!(
            "licences de {product} utilisées\u{a0}: {} sur {} ({})",
            decimal(&used.to_string(), Lang::French),
            decimal(&quantity.to_string(), Lang::French),
            percent(*share_bp)
        ),
        R::Measured { name, value, from } => format!(
            "{name}\u{a0}: {} (seuil\u{a0}: {})",
            decimal(&value.to_string(), Lang::French),
            decimal(&from.to_string(), Lang::French)
        ),
    }
}

fn bucket_name(bucket: MrrBucket) -> &'static str {
    match bucket {
        MrrBucket::New => "nouveaux clients",
        MrrBucket::Reactivation => "clients revenus",
        MrrBucket::Expansion => "hausses",
        MrrBucket::FxGain => "gains de change",
        MrrBucket::Contraction => "baisses",
        MrrBucket::FxLoss => "pertes de change",
        MrrBucket::Churn => "clients partis",
    }
}

fn signal_name(signal: RenewalSignal) -> &'static str {
    match signal {
        RenewalSignal::NoticeMissed => "si le client a été informé à temps",
        RenewalSignal::LowHealth => "le score de santé",
        RenewalSignal::OverduePayments => "les paiements en retard",
        RenewalSignal::BreachedTickets => "les tickets au-delà du délai promis",
        RenewalSignal::FallingUsage => "l’usage",
        RenewalSignal::NoContact => "le dernier contact",
        RenewalSignal::DaysLeft => "l’échéance",
    }
}

/// The message that tells a customer of the right to refuse.
pub(super) fn notice(name: &str, ends: &str, last: &str) -> (String, String) {
    let subject = format!("Votre contrat {name}\u{a0}: échéance du {ends}");
    let text = format!(
        "Bonjour,\n\nVotre contrat «\u{a0}{name}\u{a0}» arrive à échéance le {ends} et sera ensuite reconduit tacitement. \
         Vous pouvez refuser cette reconduction, sans frais, jusqu’au {last}\u{a0}: une simple réponse à ce message \
         suffit.\n\nConformément à l’article L.\u{a0}215-1 du Code de la consommation, lorsque cette information ne lui a \
         pas été adressée dans les délais, le consommateur peut mettre gratuitement un terme au contrat, à tout moment à \
         compter de la date de reconduction.\n\nCordialement"
    );
    (subject, text)
}
