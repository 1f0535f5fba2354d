//! What is said about quotes in French.

use super::Lang;
use super::fr_forecast::money;
use crate::kernel::quote_problem::QuoteProblem;
use crate::kernel::quote_reason::{QuoteReason, VatOf, VatSentence};
use crate::kernel::quotes::{QuoteMention, SellerProfile, VatCategory};

pub(super) fn reason(reason: &QuoteReason) -> String {
    use QuoteReason as R;
    match reason {
        R::Lines { count, amount } => {
            format!("{}\u{a0}: {}", super::plural(Lang::French, *count, "ligne", "lignes"), money(*amount))
        }
        R::LineDiscounts { amount } => format!("remises sur les lignes\u{a0}: {}", money(*amount)),
        R::DocumentDiscount { percent: Some(percent), amount } => {
            format!("remise globale de {}\u{a0}%\u{a0}: {}", decimal(percent), money(*amount))
        }
        R::DocumentDiscount { percent: None, amount } => format!("remise globale\u{a0}: {}", money(*amount)),
        R::VatAdded(of) => format!("{} sur {}\u{a0}: {}", tax(of), money(of.base), money(of.vat)),
        R::VatIncluded(of) => format!("dont {} sur {}\u{a0}: {}", tax(of), money(of.base), money(of.vat)),
        R::PayableRounding { amount } => format!("arrondi du montant à payer\u{a0}: {}", money(*amount)),
        R::OptionalLines { count, amount } => format!(
            "{}, pour {} TTC de plus",
            super::plural(Lang::French, *count, "ligne en option", "lignes en option"),
            money(*amount)
        ),
        R::Sentence(of) => sentence(of),
        R::LineAdded { line, amount } => format!("ajout\u{a0}: {line} ({})", money(*amount)),
        R::LineRemoved { line, amount } => format!("retrait\u{a0}: {line} ({})", money(*amount)),
        R::LineChanged { line, fields, amount } => {
            let fields: Vec<&str> = fields.iter().map(|name| field(name)).collect();
            format!("modification\u{a0}: {line}, {} ({})", fields.join(", "), money(*amount))
        }
        R::LineShare { line, amount } => {
            format!("inchangé\u{a0}: {line}\u{202f}; son montant change à cause du reste du devis ({})", money(*amount))
        }
        R::MentionMissing { mention: of, profile: by } => {
            format!("à compléter\u{a0}: {} ({})", mention(*of), profile(*by))
        }
        R::MentionWrong { mention: of, found } => {
            format!("à vérifier\u{a0}: {} («\u{a0}{found}\u{a0}»)", mention(*of))
        }
    }
}

fn decimal(plain: &str) -> String {
    super::values::decimal(plain, Lang::French)
}

fn tax(of: &VatOf) -> String {
    let name = of.name.as_deref().unwrap_or("TVA");
    match of.category {
        category if category.has_rate() => format!("{name} à {}\u{a0}%", decimal(&of.rate)),
        VatCategory::Zero => format!("{name} à 0\u{a0}%"),
        VatCategory::ReverseCharge => "autoliquidation".to_owned(),
        VatCategory::IntraCommunity => "livraison intracommunautaire".to_owned(),
        VatCategory::Export => "exportation".to_owned(),
        VatCategory::OutOfScope => "hors champ de la TVA".to_owned(),
        _ => "exonération de TVA".to_owned(),
    }
}

fn sentence(of: &VatSentence) -> String {
    match of {
        VatSentence::SmallBusiness => "TVA non applicable, article 293\u{a0}B du CGI".to_owned(),
        VatSentence::ReverseCharge { article: None } => "Autoliquidation".to_owned(),
        VatSentence::ReverseCharge { article: Some(article) } => {
            format!("Autoliquidation, article {article} du CGI")
        }
        VatSentence::IntraCommunity => "Exonération de TVA, article 262\u{a0}ter, I du CGI".to_owned(),
        VatSentence::Export => "Exonération de TVA, article 262, I du CGI".to_owned(),
        VatSentence::OutOfScope => "Opération hors du champ d’application de la TVA".to_owned(),
        VatSentence::Article { article } => format!("Exonération de TVA, article {article} du CGI"),
        VatSentence::Coded { exemption_code } => format!("Exonération de TVA ({exemption_code})"),
    }
}

const fn mention(of: QuoteMention) -> &'static str {
    match of {
        QuoteMention::QuoteDate => "la date du devis",
        QuoteMention::Validity => "la durée de validité du devis",
        QuoteMention::SellerName => "le nom du vendeur",
        QuoteMention::SellerForm => "la forme juridique du vendeur",
        QuoteMention::SellerCapital => "le capital social du vendeur",
        QuoteMention::SellerAddress => "l’adresse du vendeur",
        QuoteMention::SellerSiren => "le numéro SIREN du vendeur",
        QuoteMention::SellerRegister => "le numéro RCS ou RM du vendeur",
        QuoteMention::SellerVatNumber => "le numéro de TVA intracommunautaire du vendeur",
        QuoteMention::CustomerName => "le nom du client",
        QuoteMention::CustomerAddress => "l’adresse du client",
        QuoteMention::CustomerVatNumber => "le numéro de TVA intracommunautaire du client",
        QuoteMention::Lines => "la désignation de chaque ligne",
        QuoteMention::Net => "le total HT",
        QuoteMention::VatByRate => "la TVA par taux",
        QuoteMention::ExemptionReason => "le motif d’exonération de TVA",
        QuoteMention::Gross => "le total TTC",
        QuoteMention::PaymentTerms => "les conditions de paiement",
        QuoteMention::LatePenalty => {
            "les pénalités de retard et l’indemnité forfaitaire de 40\u{a0}EUR pour frais de recouvrement"
        }
        QuoteMention::Insurance => "l’assurance décennale, avec l’assureur et la zone couverte",
        QuoteMention::Waste => "la gestion des déchets du chantier et son coût",
        QuoteMention::SignatureLine => "la ligne de signature («\u{a0}Bon pour accord\u{a0}»)",
    }
}

const fn profile(of: SellerProfile) -> &'static str {
    match of {
        SellerProfile::Freelance => "exigence pour les entrepreneurs individuels",
        SellerProfile::Company => "exigence pour les sociétés",
        SellerProfile::Renovation => "exigence pour les métiers du bâtiment",
    }
}

/// What people call a field of a line.
fn field(name: &str) -> &str {
    match name {
        "description" => "désignation",
        "quantity" => "quantité",
        "unit" => "unité",
        "unit_price" => "prix unitaire",
        "discount" => "remise",
        "taxes" => "TVA",
        "kind" => "type de ligne",
        "recurring" => "périodicité",
        other => other,
    }
}

pub(super) fn problem(problem: &QuoteProblem) -> String {
    use QuoteProblem as P;
    match problem {
        P::OtherCurrency { found, expected } => {
            format!("le montant est en {found}\u{a0}: il faut {expected}, la devise du devis")
        }
        P::DiscountAboveTotal { discount, total } => {
            format!(
                "une remise de {discount} dépasse le montant dont elle est déduite\u{a0}: il faut {total} au maximum"
            )
        }
        P::RateOfCategory { category: "S", rate } => {
            format!(
                "un taux de {rate} ne convient pas à la catégorie S\u{a0}: il faut un taux supérieur à 0, ou la catégorie Z"
            )
        }
        P::RateOfCategory { category, rate } => {
            format!("un taux de {rate} ne convient pas à la catégorie {category}\u{a0}: il faut 0")
        }
        P::BrokenTerm { term_months, every_months } => {
            format!("une durée de {term_months} mois n’est pas un nombre entier de périodes de {every_months} mois")
        }
        P::NumberTemplate { found } => format!(
            "`{found}` n’est pas un modèle de numérotation\u{a0}: il faut un texte qui contient `{{seq}}` ou `{{seq:05}}` une seule fois, et `{{yyyy}}`, `{{yy}}`, `{{mm}}` au besoin"
        ),
        P::NumberRepeats { reset: "month", needs } => {
            format!("des numéros qui recommencent chaque mois se répéteraient\u{a0}: il faut {needs} dans le modèle")
        }
        P::NumberRepeats { reset: _, needs } => {
            format!("des numéros qui recommencent chaque année se répéteraient\u{a0}: il faut {needs} dans le modèle")
        }
    }
}
