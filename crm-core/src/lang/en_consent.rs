//! The reasons of the consent gate in English.

use super::en_words::visible;
use super::{Lang, plural};
use crate::kernel::consent_reason::{Basis, ConsentReason, ContactChannel, ContactTopic, Doubt, UnknownFact};

pub(super) fn reason(reason: &ConsentReason) -> String {
    use ConsentReason as R;
    match reason {
        R::Objection { on: None, channel: None } => "the record says that the person objected".to_owned(),
        R::Objection { on: None, channel: Some(channel) } => {
            format!("the record says that the person objected to {}", self::channel(*channel))
        }
        R::Objection { on: Some(day), channel } => {
            let to = channel.map_or("being contacted", self::channel);
            format!("on {day} the person objected to {to}; this holds for every channel")
        }
        R::Undeliverable { on } => format!("messages to this address come back since {on}"),
        R::SectorBan { topic } => {
            format!(
                "soliciting consumers for {} is forbidden on this channel, except under a running contract",
                about(*topic)
            )
        }
        R::PriorConsentRequired => "calling a consumer needs consent given beforehand, and there is none".to_owned(),
        R::OptInRequired => "writing to a consumer needs consent given beforehand, and there is none".to_owned(),
        R::BloctelListed => "the number is on the Bloctel list".to_owned(),
        R::BloctelUnchecked { days } => {
            let days = plural(Lang::English, days.unsigned_abs(), "day", "days");
            format!("nobody checked the number against the Bloctel list in the last {days}")
        }
        R::RetentionExpired { last, months } => {
            let months = plural(Lang::English, months.unsigned_abs(), "month", "months");
            format!("the last sign from the person is of {last}: data may be kept for {months} after it")
        }
        R::NotInformed => "the person was not told in time how the address is used and how to object".to_owned(),
        R::SubjectUnrelated => "the subject has nothing to do with the person's profession".to_owned(),
        R::Refused { on, days } => {
            let days = plural(Lang::English, days.unsigned_abs(), "day", "days");
            format!("the person refused a call on {on}: no other call within {days}")
        }
        R::MostCalls { calls, most, days } => {
            let calls = plural(Lang::English, *calls, "call", "calls");
            let days = plural(Lang::English, days.unsigned_abs(), "day", "days");
            format!("{calls} within {days}, and the most is {most}")
        }
        R::PublicHoliday { holiday } => {
            format!("a public holiday where the person lives: {}", super::holiday(*holiday, Lang::English))
        }
        R::Weekend => "no calls on Saturdays and Sundays".to_owned(),
        R::OutsideHours { time, hours } => {
            let hours: Vec<String> = hours.iter().map(|(from, to)| format!("{from} to {to}")).collect();
            format!("it is {time} where the person lives: calls are allowed from {}", hours.join(" and from "))
        }
        R::UnknownLaw { country } => {
            format!("no rules are known for `{}`: somebody who knows the law there has to look at it", visible(country))
        }
        R::Unknown(fact) => format!("not known: {}", unknown(*fact)),
        R::LegalReview(doubt) => self::doubt(*doubt).to_owned(),
        R::Allowed(basis) => allowed(*basis).to_owned(),
        R::SetAside { code, exception, by, on } => {
            format!("`{code}` was set aside by {by} on {on} (exception {exception})")
        }
    }
}

const fn channel(channel: ContactChannel) -> &'static str {
    match channel {
        ContactChannel::Email => "e-mails",
        ContactChannel::Phone => "calls",
        ContactChannel::Sms => "text messages",
        ContactChannel::Whatsapp => "messages on WhatsApp",
        ContactChannel::Linkedin => "messages on LinkedIn",
        ContactChannel::Social => "messages on social networks",
        ContactChannel::Letter => "letters",
    }
}

const fn about(topic: ContactTopic) -> &'static str {
    match topic {
        ContactTopic::EnergyRenovation => "energy renovation",
        ContactTopic::HomeAdaptation => "adapting homes to age or disability",
        ContactTopic::Other => "this subject",
    }
}

const fn unknown(fact: UnknownFact) -> &'static str {
    match fact {
        UnknownFact::Person => "whether this is a consumer, a professional or an organization",
        UnknownFact::Topic => "what the message is about",
        UnknownFact::Zone => "the person's time zone",
        UnknownFact::Region => "which public holidays the person has",
        UnknownFact::Calls => "how often the person was called lately",
        UnknownFact::LastContact => "when the address was collected and when the person last got in touch",
        UnknownFact::SubjectRelated => "whether the subject has to do with the person's profession",
    }
}

const fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::ReplyOnBannedTopic => {
            "soliciting is forbidden for this subject: somebody has to check that this only answers the person"
        }
        Doubt::ConsentUnproven => "the person is said to have agreed, but no proof is kept",
        Doubt::InformedLate => "the person was told how the address is used, but later than the law asks",
        Doubt::ObjectedToProspecting => {
            "the person objected to being solicited: somebody has to check that this is not"
        }
    }
}

const fn allowed(basis: Basis) -> &'static str {
    match basis {
        Basis::LegalPerson => "a general address of an organization, not a person's",
        Basis::LegitimateInterest => "the law asks for no consent here, and the person did not object",
        Basis::Consent => "the person agreed, and the proof is kept",
        Basis::SoftOptIn => "a customer who hears about similar products and did not object",
        Basis::OngoingContract => "about a contract that is running",
        Basis::OpenConversation => "an answer in a conversation that the person began",
    }
}
