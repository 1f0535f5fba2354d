//! The words of the consent gate, and the reasons why somebody may be contacted or not.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::calendar::holidays::FrenchHoliday;
use super::coded::coded;

coded! {
    /// A way to reach a person.
    ContactChannel {
        /// E-mail.
        Email = "email",
        /// A call.
        Phone = "phone",
        /// A text message to a phone.
        Sms = "sms",
        /// A message on WhatsApp.
        Whatsapp = "whatsapp",
        /// A message on LinkedIn.
        Linkedin = "linkedin",
        /// A message on another social network.
        Social = "social",
        /// A letter on paper.
        Letter = "letter",
    }
}

coded! {
    /// What somebody is contacted for.
    ContactPurpose {
        /// To sell something, now or later; also to ask for the permission to.
        Prospecting = "prospecting",
        /// To answer in a conversation that the person began.
        Reply = "reply",
        /// To carry out a contract.
        Service = "service",
    }
}

coded! {
    /// What a person said about being contacted, or what is known of an address.
    ConsentAct {
        /// The person was told how the address is used and how to object.
        Informed = "informed",
        /// The person agreed.
        Granted = "granted",
        /// The person said no this time.
        Refused = "refused",
        /// The person took a consent back, unsubscribed or objected.
        Withdrawn = "withdrawn",
        /// The person took an objection back, without agreeing to anything.
        Lifted = "lifted",
        /// A message came back for good.
        Bounced = "bounced",
    }
}

impl ConsentAct {
    /// Whether it only ever forbids.
    pub const fn is_restrictive(self) -> bool {
        matches!(self, ConsentAct::Refused | ConsentAct::Withdrawn | ConsentAct::Bounced)
    }
}

coded! {
    /// What all events together say of a channel, the most restrictive first.
    ConsentStanding {
        /// An objection stands.
        OptedOut = "opted_out",
        /// Messages come back.
        Bounced = "bounced",
        /// The last word was no.
        Refused = "refused",
        /// The person agreed.
        OptedIn = "opted_in",
        /// The person was told how the address is used.
        Informed = "informed",
        /// Nothing is known.
        Unknown = "unknown",
    }
}

coded! {
    /// Who is contacted, as the law distinguishes.
    PersonType {
        /// A private person.
        Consumer = "consumer",
        /// A person at work, at an address of their own.
        Professional = "professional",
        /// A company or another body, at an address that is no person's.
        LegalPerson = "legal_person",
    }
}

coded! {
    /// From whom an address was collected.
    CollectedFrom {
        /// The person.
        Person = "person",
        /// Somebody else: a list, a register, a page.
        Other = "other",
    }
}

coded! {
    /// What the message is about, as far as the law distinguishes.
    ContactTopic {
        /// Works that save energy or produce it from renewable sources in homes.
        EnergyRenovation = "energy_renovation",
        /// Adapting homes to age or disability.
        HomeAdaptation = "home_adaptation",
        /// Anything else.
        Other = "other",
    }
}

coded! {
    /// What a contact may rest on.
    Basis {
        /// The address is an organization's, not a person's.
        LegalPerson = "legal_person",
        /// A legitimate interest; the person was told and did not object.
        LegitimateInterest = "legitimate_interest",
        /// The person agreed, and there is a proof.
        Consent = "consent",
        /// A customer hears about similar products.
        SoftOptIn = "soft_opt_in",
        /// A contract with the person is running, and the message is about it.
        OngoingContract = "ongoing_contract",
        /// The person began the conversation and waits for an answer.
        OpenConversation = "open_conversation",
    }
}

coded! {
    /// What a message has to contain. The wording is the host's.
    Mention {
        /// Who writes or calls, and on whose behalf.
        SenderIdentity = "sender_identity",
        /// That the purpose is commercial.
        CommercialNature = "commercial_nature",
        /// A free and simple way to object.
        OptOut = "opt_out",
        /// The headers for unsubscribing with one click.
        ListUnsubscribe = "list_unsubscribe",
        /// Where the address comes from.
        DataSource = "data_source",
        /// The rights of the person, and to object first of all.
        Rights = "rights",
        /// Where to ask about personal data.
        PrivacyContact = "privacy_contact",
    }
}

coded! {
    /// A fact without which nobody can say yes.
    UnknownFact {
        /// Consumer, professional or organization.
        Person = "person",
        /// What the message is about.
        Topic = "topic",
        /// The zone of the person's clocks.
        Zone = "zone",
        /// Which public holidays the person has.
        Region = "region",
        /// The calls of the last days.
        Calls = "calls",
        /// When the address was collected or the person last got in touch.
        LastContact = "last_contact",
        /// Whether the subject has to do with the person's profession.
        SubjectRelated = "subject_related",
    }
}

coded! {
    /// Why a person of the trade should look at it.
    Doubt {
        /// The topic is banned for prospecting, and an answer may be read as prospecting.
        ReplyOnBannedTopic = "reply_on_banned_topic",
        /// Somebody says that the person agreed; no proof is kept.
        ConsentUnproven = "consent_unproven",
        /// The person was told later than the law asks.
        InformedLate = "informed_late",
        /// The person objected to prospecting, and this is said to be something else.
        ObjectedToProspecting = "objected_to_prospecting",
    }
}

/// Why somebody may be contacted or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_consent.rs")]
pub enum ConsentReason {
    /// The person objected, on this day if it is known; there if one channel was named.
    Objection { on: Option<NaiveDate>, channel: Option<ContactChannel> },
    /// Messages to the address come back.
    Undeliverable { on: NaiveDate },
    /// Nobody may be solicited for this topic.
    SectorBan { topic: ContactTopic },
    /// Calls need the person's consent beforehand.
    PriorConsentRequired,
    /// Messages need the person's consent beforehand.
    OptInRequired,
    /// The person is on the list of those who do not want to be called.
    BloctelListed,
    /// Nobody looked at that list in so many days.
    BloctelUnchecked { days: i64 },
    /// The person gave no sign of life since then, which is longer than data may be kept.
    RetentionExpired { last: NaiveDate, months: i64 },
    /// The person was not told where the address is from and what it is used for.
    NotInformed,
    /// The message has nothing to do with the person's profession.
    SubjectUnrelated,
    /// The person refused a call on that day.
    Refused { on: NaiveDate, days: i64 },
    /// Called as often as is allowed in so many days.
    MostCalls { calls: u64, most: i64, days: i64 },
    /// A public holiday there.
    PublicHoliday { holiday: FrenchHoliday },
    /// Saturday or Sunday there.
    Weekend,
    /// The clock there shows another time than calls are allowed at.
    OutsideHours { time: String, hours: Vec<(String, String)> },
    /// Nobody gave the rules of the person's country.
    UnknownLaw { country: String },
    /// It cannot be decided without this.
    Unknown(UnknownFact),
    /// A person has to decide.
    LegalReview(Doubt),
    /// It is allowed for this.
    Allowed(Basis),
    /// A reason that a lawyer set aside for this host.
    SetAside { code: &'static str, exception: String, by: String, on: NaiveDate },
}

impl ConsentReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use ConsentReason as R;
        match self {
            R::Objection { .. } => "objection",
            R::Undeliverable { .. } => "undeliverable",
            R::SectorBan { .. } => "sector_ban",
            R::PriorConsentRequired => "prior_consent_required",
            R::OptInRequired => "opt_in_required",
            R::BloctelListed => "bloctel_listed",
            R::BloctelUnchecked { .. } => "bloctel_unchecked",
            R::RetentionExpired { .. } => "retention_expired",
            R::NotInformed => "not_informed",
            R::SubjectUnrelated => "subject_unrelated_to_profession",
            R::Refused { .. } => "refused_60_days",
            R::MostCalls { .. } => "max_4_per_30_days",
            R::PublicHoliday { .. } => "public_holiday",
            R::Weekend => "weekend",
            R::OutsideHours { .. } => "outside_hours",
            R::UnknownLaw { .. } => "unknown_law",
            R::Unknown(_) => "unknown_fact",
            R::LegalReview(_) => "legal_review",
            R::Allowed(Basis::LegalPerson) => "legal_person_mailbox",
            R::Allowed(basis) => basis.code(),
            R::SetAside { .. } => "set_aside_by_counsel",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use ConsentReason as R;
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            R::Objection { on, channel } => {
                put("on", on.map(|day| day.to_string()).into());
                put("channel", channel.map(ContactChannel::code).into());
            }
            R::Undeliverable { on } => {
                put("on", on.to_string().into());
            }
            R::SectorBan { topic } => {
                put("topic", topic.code().into());
            }
            R::BloctelUnchecked { days } => {
                put("days", (*days).into());
            }
            R::RetentionExpired { last, months } => {
                put("last", last.to_string().into());
                put("months", (*months).into());
            }
            R::Refused { on, days } => {
                put("on", on.to_string().into());
                put("days", (*days).into());
            }
            R::MostCalls { calls, most, days } => {
                put("calls", (*calls).into());
                put("most", (*most).into());
                put("days", (*days).into());
            }
            R::PublicHoliday { holiday } => {
                put("holiday", holiday.code().into());
            }
            R::OutsideHours { time, hours } => {
                put("time", time.as_str().into());
                put("hours", hours.iter().map(|(from, to)| Json::from(vec![from.as_str(), to.as_str()])).collect());
            }
            R::UnknownLaw { country } => {
                put("country", country.as_str().into());
            }
            R::Unknown(fact) => {
                put("fact", fact.code().into());
            }
            R::LegalReview(doubt) => {
                put("doubt", doubt.code().into());
            }
            R::SetAside { code, exception, by, on } => {
                put("reason", (*code).into());
                put("exception", exception.as_str().into());
                put("by", by.as_str().into());
                put("on", on.to_string().into());
            }
            R::PriorConsentRequired
            | R::OptInRequired
            | R::BloctelListed
            | R::NotInformed
            | R::SubjectUnrelated
            | R::Weekend
            | R::Allowed(_) => {}
        }
    }
}
