//! Quotes on a store, in French.

use super::en_words::{list, visible};
use super::fr_values::date;
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::quotes::{QuoteAct, QuoteStanding};
use crate::kernel::time::parse_date;

/// Where a quote stands.
pub(super) const fn standing(standing: QuoteStanding) -> &'static str {
    match standing {
        QuoteStanding::Draft => "en cours de rédaction",
        QuoteStanding::Issued => "émis",
        QuoteStanding::Sent => "envoyé",
        QuoteStanding::Expired => "expiré",
        QuoteStanding::Accepted => "accepté",
        QuoteStanding::Declined => "refusé",
        QuoteStanding::Superseded => "remplacé par une version ultérieure",
        QuoteStanding::Cancelled => "annulé",
    }
}

/// What is done with a quote.
const fn act(act: QuoteAct) -> &'static str {
    match act {
        QuoteAct::Edit => "modifié",
        QuoteAct::Issue => "émis",
        QuoteAct::Send => "envoyé",
        QuoteAct::Revise => "révisé",
        QuoteAct::Accept | QuoteAct::AcceptLate => "accepté",
        QuoteAct::Decline => "refusé",
        QuoteAct::Cancel => "annulé",
        QuoteAct::Archive => "archivé",
    }
}

pub(super) fn problem(problem: &OfferProblem) -> String {
    use OfferProblem as P;
    match problem {
        P::NotAllowed { act: done, standing: QuoteStanding::Draft } => format!(
            "le devis ne peut pas être {}\u{a0}: il est en cours de rédaction, il faut d’abord l’émettre",
            act(*done)
        ),
        P::NotAllowed { act: done, standing: is } => {
            format!("le devis ne peut pas être {}\u{a0}: il est {}", act(*done), standing(*is))
        }
        P::Expired { valid_until } => format!(
            "le devis était valable jusqu’au {}\u{a0}: il faut `late_reason`, ou une nouvelle version",
            parse_date(valid_until).map_or_else(|_| visible(valid_until), date)
        ),
        P::AlreadyAnswered { standing: is, by } => {
            format!("le client a déjà répondu\u{a0}: le devis est {} (par {})", standing(*is), visible(by))
        }
        P::OtherHash { found, expected } => {
            format!("la réponse porte sur un autre contenu (`{}`) que celui du devis (`{expected}`)", visible(found))
        }
        P::OtherVersion { found, expected } => {
            format!("la réponse porte sur la version {found}, et ce devis est la version {expected}")
        }
        P::MissingMentions { codes } => format!(
            "il manque au devis des mentions obligatoires\u{a0}: {}\u{202f}; il faut les ajouter, ou les nommer dans \
             `without` avec un motif (`reason`)",
            list(codes, "et")
        ),
        P::NoLines => "le devis ne vend rien\u{a0}: il faut au moins une ligne avec un prix".to_owned(),
        P::NotOptional { line } => format!("`{}` n’est pas une ligne optionnelle du devis", visible(line)),
        P::OtherVersionOpen { id } => format!("une autre version du devis est déjà ouverte\u{a0}: {id}"),
        P::OtherVersionAccepted { number } => {
            format!("une autre version du devis a été acceptée\u{a0}: {}", visible(number))
        }
        P::NoCustomer => "le devis n’est destiné à personne\u{a0}: il faut une affaire ou un compte".to_owned(),
        P::ForeignDeal { deal } => format!("l’affaire {deal} n’appartient pas au même compte que le devis"),
        P::UnknownSeries { found, expected } => {
            format!("la série de numéros `{}` n’existe pas\u{a0}: il faut {}", visible(found), list(expected, "ou"))
        }
        P::NumberTooLong { number } => format!("le numéro `{}` est trop long pour un devis", visible(number)),
    }
}
