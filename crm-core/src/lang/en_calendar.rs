//! The public holidays of France in English.

use crate::kernel::calendar::holidays::FrenchHoliday;

pub(super) fn holiday(holiday: FrenchHoliday) -> &'static str {
    use FrenchHoliday as H;
    match holiday {
        H::NewYear => "New Year's Day",
        H::GoodFriday => "Good Friday",
        H::EasterMonday => "Easter Monday",
        H::LabourDay => "Labour Day",
        H::VictoryDay => "Victory in Europe Day",
        H::Ascension => "Ascension Day",
        H::WhitMonday => "Whit Monday",
        H::AbolitionDay => "Abolition of Slavery",
        H::BastilleDay => "Bastille Day",
        H::Assumption => "Assumption",
        H::AllSaints => "All Saints' Day",
        H::ArmisticeDay => "Armistice Day",
        H::Christmas => "Christmas Day",
        H::SaintStephen => "Saint Stephen's Day",
    }
}
