//! The public holidays of France in French, nearly as the official list calls them.

use crate::kernel::calendar::holidays::FrenchHoliday;

pub(super) fn holiday(holiday: FrenchHoliday) -> &'static str {
    use FrenchHoliday as H;
    match holiday {
        H::NewYear => "1er janvier",
        H::GoodFriday => "Vendredi saint",
        H::EasterMonday => "Lundi de Pâques",
        H::LabourDay => "1er mai",
        H::VictoryDay => "8 mai",
        H::Ascension => "Ascension",
        H::WhitMonday => "Lundi de Pentecôte",
        H::AbolitionDay => "Abolition de l’esclavage",
        H::BastilleDay => "14 juillet",
        H::Assumption => "Assomption",
        H::AllSaints => "Toussaint",
        H::ArmisticeDay => "11 novembre",
        H::Christmas => "Jour de Noël",
        H::SaintStephen => "Deuxième jour de Noël",
    }
}
