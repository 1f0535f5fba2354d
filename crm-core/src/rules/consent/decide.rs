//! May this person be contacted? The order of checks, and what is made of what they find.

use chrono::NaiveDate;

use super::facts::ContactFacts;
use super::laws::Held;
use super::rule_set::{ConsentRules, Demand, Law, RuleSet};
use crate::kernel::consent_reason::{
    Basis, ConsentReason, ContactChannel, ContactPurpose, ContactTopic, Doubt, Mention, PersonType, UnknownFact,
};
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::model::Consent;

/// Most steps from one end of a reason to the next; each is at least a day's window.
const MOST_STEPS: usize = 1_000;

/// A reason, the law that it follows from, and when it ends by time alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The reason.
    pub reason: ConsentReason,
    /// The law, by its id.
    pub law: Option<String>,
    /// The first instant at which the reason does not stand any more if nothing else happens.
    pub until: Option<Instant>,
}

/// The answer. Reasons are in the order of the laws, and the first decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactAnswer {
    /// Yes.
    Allow {
        /// What it rests on.
        basis: Basis,
        /// What the message has to contain.
        must_include: Vec<Mention>,
        /// The basis as a reason, and what was set aside.
        reasons: Vec<Finding>,
    },
    /// No.
    Deny {
        /// Everything that stands against it, then what is not known.
        reasons: Vec<Finding>,
        /// When the deciding reason ends by time alone.
        until: Option<Instant>,
        /// The first instant at which nothing stands against it any more by time alone.
        possible_from: Option<Instant>,
    },
    /// Somebody has to look at it.
    Review {
        /// What is not known or doubtful.
        reasons: Vec<Finding>,
    },
}

/// What speaks against a contact at one instant.
#[derive(Debug, Default)]
pub(super) struct Weighed {
    pub(super) denials: Vec<Finding>,
    pub(super) reviews: Vec<Finding>,
    pub(super) set_aside: Vec<Finding>,
    pub(super) basis: Option<Basis>,
    pub(super) needs_notice: bool,
}

impl Weighed {
    pub(super) fn basis(&mut self, basis: Basis) {
        self.basis.get_or_insert(basis);
    }

    pub(super) fn review(&mut self, reason: ConsentReason, law: Option<&Law>) {
        let finding = Finding { reason, law: law.map(|law| law.id.clone()), until: None };
        if self.reviews.iter().all(|known| known.reason != finding.reason) {
            self.reviews.push(finding);
        }
    }

    pub(super) fn unknown(&mut self, fact: UnknownFact, law: Option<&Law>) {
        self.review(ConsentReason::Unknown(fact), law);
    }
}

/// One question at one instant.
#[derive(Clone, Copy)]
pub(super) struct Question<'q> {
    pub(super) rules: &'q ConsentRules,
    pub(super) facts: &'q ContactFacts,
    pub(super) channel: ContactChannel,
    pub(super) purpose: ContactPurpose,
    pub(super) at: Instant,
}

impl ConsentRules {
    /// Whether somebody may be contacted by a channel for a purpose at an instant.
    ///
    /// All reasons are listed, the first decides. What is not known is taken as the strictest: a person of unknown type
    /// is judged as a consumer, and without a reason to deny, what is missing makes the answer a review.
    pub fn may_contact(
        &self,
        facts: &ContactFacts,
        channel: ContactChannel,
        purpose: ContactPurpose,
        at: Instant,
    ) -> ContactAnswer {
        let question = Question { rules: self, facts, channel, purpose, at };
        let mut weighed = question.weigh();
        if let Some(first) = weighed.denials.first() {
            let until = first.until;
            let possible_from = question.possible_from(&weighed.denials);
            weighed.denials.append(&mut weighed.reviews);
            return ContactAnswer::Deny { reasons: weighed.denials, until, possible_from };
        }
        if !weighed.reviews.is_empty() {
            return ContactAnswer::Review { reasons: weighed.reviews };
        }
        let basis = weighed.basis.unwrap_or(Basis::LegitimateInterest);
        let allowed = Finding { reason: ConsentReason::Allowed(basis), law: None, until: None };
        let reasons = std::iter::once(allowed).chain(weighed.set_aside).collect();
        let must_include = question.must_include(basis, weighed.needs_notice);
        ContactAnswer::Allow { basis, must_include, reasons }
    }
}

impl<'q> Question<'q> {
    /// Who is protected: the strictest where nobody knows.
    pub(super) fn person(&self) -> PersonType {
        self.facts.person().unwrap_or(PersonType::Consumer)
    }

    /// The rules of the person's country; `None` where nobody gave any.
    pub(super) fn set(&self) -> Option<&'q RuleSet> {
        self.rules.set(self.facts.country.as_deref())
    }

    /// The zone by whose days laws begin and end.
    pub(super) fn zone(&self) -> &'q Zone {
        let usual = || &self.set().unwrap_or_else(|| self.rules.home()).zone;
        self.facts.zone.as_ref().unwrap_or_else(usual)
    }

    pub(super) fn day(&self) -> NaiveDate {
        self.zone().day(self.at)
    }

    pub(super) fn has_contract(&self) -> bool {
        self.facts.has_ongoing_contract == Some(true)
    }

    /// The laws that are in force, about this channel and this person.
    pub(super) fn laws(self) -> impl Iterator<Item = &'q Law> {
        let (day, person) = (self.day(), self.person());
        let laws = self.set().into_iter().flat_map(|set| &set.laws);
        laws.filter(move |law| {
            law.channels.contains(&self.channel) && law.persons.contains(&person) && law.is_valid(day)
        })
    }

    /// Everything that speaks against it.
    fn weigh(&self) -> Weighed {
        let mut weighed = Weighed::default();
        let is_prospecting = self.is_prospecting();
        self.objections(is_prospecting, &mut weighed);
        if self.facts.person().is_none() {
            weighed.unknown(UnknownFact::Person, None);
        }
        if let (None, Some(country)) = (self.set(), &self.facts.country)
            && (is_prospecting || self.purpose != ContactPurpose::Service)
        {
            weighed.review(ConsentReason::UnknownLaw { country: country.clone() }, None);
        }
        if is_prospecting {
            self.prospecting(&mut weighed);
        } else if self.purpose == ContactPurpose::Service {
            weighed.basis(Basis::OngoingContract);
        } else {
            self.reply(&mut weighed);
        }
        weighed
    }

    /// Whether it is prospecting, whatever it is called: an answer needs a conversation that the person began, and
    /// calling a consumer back is read as prospecting even then; service needs a contract.
    fn is_prospecting(&self) -> bool {
        match self.purpose {
            ContactPurpose::Prospecting => true,
            ContactPurpose::Service => !self.has_contract(),
            ContactPurpose::Reply => {
                let is_call = self.channel == ContactChannel::Phone && self.person() == PersonType::Consumer;
                self.facts.has_open_conversation != Some(true) || is_call
            }
        }
    }

    /// What the person or the address says, in whatever country.
    fn objections(&self, is_prospecting: bool, weighed: &mut Weighed) {
        let purpose = if is_prospecting { ContactPurpose::Prospecting } else { self.purpose };
        let standing = self.facts.ledger.objection(purpose);
        let is_recorded = self.facts.consent == Consent::OptedOut;
        let may_not_call = self.facts.do_not_call && self.channel == ContactChannel::Phone;
        let on = standing.map(|objection| self.zone().day(objection.at));
        let channel = standing.and_then(|objection| objection.channel);
        let channel = channel.or_else(|| (standing.is_none() && may_not_call).then_some(ContactChannel::Phone));
        let is_total = standing.is_some_and(|objection| objection.is_total);
        if is_total || may_not_call || (is_prospecting && (standing.is_some() || is_recorded)) {
            let reason = ConsentReason::Objection { on, channel };
            weighed.denials.push(Finding { reason, law: None, until: None });
        } else if standing.is_some() || is_recorded {
            weighed.review(ConsentReason::LegalReview(Doubt::ObjectedToProspecting), None);
        }
        if let Some(bounce) = self.facts.ledger.bounced(self.facts.address.as_ref(), self.channel) {
            let reason = ConsentReason::Undeliverable { on: self.zone().day(bounce.at) };
            weighed.denials.push(Finding { reason, law: None, until: None });
        }
    }

    /// An answer to the person, on a subject for which nobody may be solicited: somebody has to look at it.
    fn reply(&self, weighed: &mut Weighed) {
        weighed.basis(Basis::OpenConversation);
        for law in self.laws().filter(|law| !(law.unless_contract && self.has_contract())) {
            let Demand::SectorBan(topics) = &law.demand else { continue };
            match self.facts.topic {
                None => weighed.unknown(UnknownFact::Topic, Some(law)),
                Some(topic) if topics.contains(&topic) => {
                    let doubt = Doubt::ReplyOnBannedTopic;
                    match self.set_aside(doubt.code()) {
                        Some(reason) => {
                            weighed.set_aside.push(Finding { reason, law: Some(law.id.clone()), until: None });
                        }
                        None => weighed.review(ConsentReason::LegalReview(doubt), Some(law)),
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn prospecting(&self, weighed: &mut Weighed) {
        if self.person() == PersonType::LegalPerson {
            weighed.basis(Basis::LegalPerson);
        }
        for law in self.laws() {
            if law.unless_contract && self.has_contract() {
                weighed.basis(Basis::OngoingContract);
                continue;
            }
            let Some((reason, until)) = self.check(law, weighed) else { continue };
            if let Some(reason) = self.set_aside(reason.code()) {
                weighed.set_aside.push(Finding { reason, law: Some(law.id.clone()), until: None });
                continue;
            }
            // It also ends with the law, or when a lawyer's exception begins.
            let law_ends = law.valid_until.and_then(|day| day.succ_opt());
            let exceptions = self.rules.exceptions.iter().filter(|one| one.is_about(reason.code(), self.channel));
            let begins = exceptions.map(|one| one.valid_from).filter(|day| *day > self.day());
            let ends = law_ends.into_iter().chain(begins).map(|day| self.zone().day_start(day));
            let until = until.into_iter().chain(ends).min();
            weighed.denials.push(Finding { reason, law: Some(law.id.clone()), until });
        }
        if self.consent() == Held::Proven {
            weighed.basis(Basis::Consent);
        }
    }

    /// The exception that sets a reason aside on this day.
    fn set_aside(&self, code: &'static str) -> Option<ConsentReason> {
        let day = self.day();
        let mut exceptions = self.rules.exceptions.iter().filter(|one| one.is_about(code, self.channel));
        let one = exceptions.find(|one| (one.valid_from..=one.valid_until).contains(&day))?;
        Some(ConsentReason::SetAside { code, exception: one.id.clone(), by: one.by.clone(), on: one.on })
    }

    /// Whether there is a consent for this channel, and how sure that is.
    pub(super) fn consent(&self) -> Held {
        match self.facts.ledger.consent(self.facts.address.as_ref(), self.channel) {
            Some(mark) if mark.at > self.at => Held::From(mark.at),
            Some(mark) if mark.proof.is_some() => Held::Proven,
            Some(_) => Held::Unproven,
            // The record's word is about being written to.
            None if self.facts.consent == Consent::OptedIn && self.channel == ContactChannel::Email => Held::Unproven,
            None => Held::No,
        }
    }

    /// The first instant without a denial. Every reason stands until its end, so that nothing lies between.
    fn possible_from(&self, denials: &[Finding]) -> Option<Instant> {
        let last = |denials: &[Finding]| {
            denials.iter().map(|finding| finding.until).collect::<Option<Vec<_>>>()?.into_iter().max()
        };
        let mut at = last(denials)?;
        for _ in 0..MOST_STEPS {
            let weighed = Question { at, ..*self }.weigh();
            if weighed.denials.is_empty() {
                return Some(at);
            }
            at = last(&weighed.denials)?;
        }
        None
    }

    fn must_include(&self, basis: Basis, needs_notice: bool) -> Vec<Mention> {
        if matches!(basis, Basis::OpenConversation) || self.purpose == ContactPurpose::Service {
            return vec![Mention::SenderIdentity];
        }
        let set = self.set().unwrap_or_else(|| self.rules.home());
        let mut mentions = set.must_include(self.channel).to_vec();
        if self.facts.is_bulk && self.channel == ContactChannel::Email {
            mentions.push(Mention::ListUnsubscribe);
        }
        if needs_notice {
            mentions.extend([Mention::DataSource, Mention::Rights, Mention::PrivacyContact]);
        }
        mentions
    }

    /// Whether the topic is one of some; `None` where it is not known.
    pub(super) fn is_about(&self, topics: &std::collections::BTreeSet<ContactTopic>) -> Option<bool> {
        self.facts.topic.map(|topic| topics.contains(&topic))
    }
}
