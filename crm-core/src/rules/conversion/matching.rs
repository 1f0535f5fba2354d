//! Which stored account and contact a lead already has.
//!
//! The strongest way in which any record matches decides; of several records that match in it, those remain that also
//! match in the next one. More than one left is for somebody to decide. Nothing is compared by parts of a text.

use std::collections::BTreeSet;

use crate::kernel::convert_reason::{ConvertReason, MatchWay};
use crate::kernel::id::Id;
use crate::kernel::text::fold;
use crate::model::{Account, AnyRecord, Contact, Lead, Row};
use crate::rules::identity::{DomainClass, Identity, Keys};

/// A stored record that has something in common with the lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The record's id.
    pub id: Id,
    /// In what, the strongest first, with the value that is the same.
    pub ways: Vec<(MatchWay, String)>,
}

impl Candidate {
    fn has(&self, way: MatchWay) -> bool {
        self.ways.iter().any(|(w, _)| *w == way)
    }

    fn is_strong(&self) -> bool {
        self.ways.iter().any(|(w, _)| w.is_strong())
    }

    /// In what, as reasons.
    pub fn reasons(&self) -> impl Iterator<Item = ConvertReason> {
        self.ways.iter().map(|(way, value)| ConvertReason::Match { way: *way, value: value.clone() })
    }
}

/// What the candidates say together.
pub(super) enum Verdict<'a> {
    /// None of them is the one.
    Nothing,
    /// This one is.
    One(&'a Candidate),
    /// More than one may be, or one by its name alone.
    Undecided(Vec<&'a Candidate>),
}

/// A lead with what it is compared by.
pub(super) struct Sought<'a> {
    lead: &'a Lead,
    keys: Keys,
    /// Company domains of the address and of the website.
    domains: BTreeSet<String>,
    /// That of the website, else of the address.
    own_domain: Option<String>,
    /// Whether the address is a mailbox of several people, such as `info@`.
    shared_mailbox: bool,
}

impl<'a> Sought<'a> {
    pub(super) fn new(row: &'a Row, lead: &'a Lead, identity: &Identity) -> Self {
        let email = identity.email(&lead.email);
        let website = identity.domain(&lead.website);
        let own = |d: crate::rules::identity::Domain| match d.class {
            DomainClass::Company => d.registrable,
            _ => None,
        };
        let domains: Vec<String> =
            [website, email.as_ref().map(|e| e.domain.clone())].into_iter().flatten().filter_map(own).collect();
        Sought {
            lead,
            keys: identity.keys(&row.body),
            own_domain: domains.first().cloned(),
            domains: domains.into_iter().collect(),
            shared_mailbox: email.is_some_and(|e| e.role),
        }
    }

    /// The domain that an account of this lead has.
    pub(super) fn own_domain(&self) -> Option<&str> {
        self.own_domain.as_deref()
    }

    /// Whether the lead says anything about a company.
    pub(super) fn has_company(&self) -> bool {
        !self.lead.company.is_empty() || self.keys.registration.is_some() || !self.domains.is_empty()
    }

    /// Contacts with something in common, in order of id.
    pub(super) fn contacts(&self, rows: &[Row], identity: &Identity) -> Vec<Candidate> {
        candidates(rows, |row| match &row.body {
            AnyRecord::Contact(contact) => self.contact(contact, &identity.keys(&row.body)),
            _ => Vec::new(),
        })
    }

    fn contact(&self, contact: &Contact, keys: &Keys) -> Vec<(MatchWay, String)> {
        let mut ways = Vec::new();
        let name = same(&self.keys.name, &keys.name);
        if let Some(email) = same(&self.keys.email, &keys.email).filter(|_| !self.shared_mailbox || name.is_some()) {
            ways.push((MatchWay::ContactEmail, email.clone()));
        }
        if let Some((source, id)) = same(&self.keys.external, &keys.external) {
            ways.push((MatchWay::ContactExternalId, format!("{source}: {id}")));
        }
        if let Some(phone) = self.keys.phones.iter().find(|p| keys.phones.contains(p)) {
            let last = same_text(&self.lead.last_name, &contact.last_name);
            // Two people of one family share a number and a name.
            let other = differ(&self.lead.first_name, &contact.first_name);
            let way = if last && !other { MatchWay::ContactPhoneName } else { MatchWay::ContactPhone };
            ways.push((way, phone.clone()));
        }
        if name.is_some() {
            ways.push((MatchWay::ContactName, String::new()));
        }
        ways
    }

    /// Accounts with something in common, in order of id. `through` is the account of the contact that was found.
    pub(super) fn accounts(&self, rows: &[Row], through: Option<Id>, identity: &Identity) -> Vec<Candidate> {
        candidates(rows, |row| match &row.body {
            AnyRecord::Account(account) => self.account(account, &identity.keys(&row.body), through == Some(row.id)),
            _ => Vec::new(),
        })
    }

    fn account(&self, account: &Account, keys: &Keys, through: bool) -> Vec<(MatchWay, String)> {
        let mut ways = Vec::new();
        if let (Some(own), Some(other)) = (&self.keys.registration, &keys.registration) {
            // Two companies, however much else they share.
            if own != other {
                return ways;
            }
            ways.push((MatchWay::AccountRegistration, own.clone()));
        }
        if let Some(siret) = same(&self.keys.siret, &keys.siret) {
            ways.insert(0, (MatchWay::AccountEstablishment, siret.clone()));
        }
        if let Some(vat) = same(&self.keys.vat, &keys.vat) {
            ways.push((MatchWay::AccountVat, vat.clone()));
        }
        if let Some(domain) = keys.domain.as_ref().filter(|d| self.domains.contains(*d)) {
            ways.push((MatchWay::AccountDomain, domain.clone()));
        }
        let company = same(&self.keys.company, &keys.company);
        let postal = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        let (own, other) = (postal(&self.lead.postal_code), postal(&account.postal_code));
        if company.is_some() && !own.is_empty() && own == other {
            ways.push((MatchWay::AccountCompanyPostcode, format!("{}, {}", account.name, account.postal_code)));
        }
        let other_domain = keys.domain.as_ref().is_some_and(|d| !self.domains.is_empty() && !self.domains.contains(d));
        if through && (company.is_some() || self.keys.company.is_none() && !other_domain) {
            ways.push((MatchWay::AccountOfContact, account.name.clone()));
        }
        if same_text(&self.lead.company, &account.name) {
            ways.push((MatchWay::AccountName, account.name.clone()));
        } else if company.is_some() {
            ways.push((MatchWay::AccountCompany, account.name.clone()));
        }
        ways
    }
}

/// What is known on both sides and equal: nothing is never equal to nothing.
fn same<'a, T: PartialEq>(one: &'a Option<T>, other: &Option<T>) -> Option<&'a T> {
    one.as_ref().filter(|o| Some(*o) == other.as_ref())
}

fn folded(text: &str) -> String {
    fold(&text.replace(['-', '\u{2010}', '\u{2011}', '\u{2019}', '\''], " ")).into_owned()
}

fn same_text(one: &str, other: &str) -> bool {
    let (one, other) = (folded(one), folded(other));
    !one.is_empty() && one == other
}

fn differ(one: &str, other: &str) -> bool {
    let (one, other) = (folded(one), folded(other));
    !one.is_empty() && !other.is_empty() && one != other
}

fn candidates(rows: &[Row], ways: impl Fn(&Row) -> Vec<(MatchWay, String)>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = rows
        .iter()
        .filter(|row| row.archived_at.is_none())
        .map(|row| Candidate { id: row.id, ways: ways(row) })
        .filter(|candidate| !candidate.ways.is_empty())
        .collect();
    found.sort_by_key(|candidate| candidate.id);
    found.dedup_by_key(|candidate| candidate.id);
    found
}

/// What the candidates say together; a name alone decides only where `exact_name` allows it.
pub(super) fn settle(candidates: &[Candidate], exact_name: bool) -> Verdict<'_> {
    let mut pool: Vec<&Candidate> = candidates.iter().filter(|c| c.is_strong()).collect();
    if pool.is_empty() {
        let named: Vec<&Candidate> = candidates.iter().filter(|c| c.has(MatchWay::AccountName)).collect();
        if let ([one], true) = (named.as_slice(), exact_name) {
            return Verdict::One(one);
        }
        let by_name = |c: &&Candidate| c.has(MatchWay::AccountName) || c.has(MatchWay::AccountCompany);
        let by_name: Vec<&Candidate> = candidates.iter().filter(by_name).collect();
        return if by_name.is_empty() { Verdict::Nothing } else { Verdict::Undecided(by_name) };
    }
    for way in MatchWay::ALL {
        let with: Vec<&Candidate> = pool.iter().filter(|c| c.has(*way)).copied().collect();
        if !with.is_empty() {
            pool = with;
        }
    }
    match pool.as_slice() {
        [one] => Verdict::One(one),
        _ => Verdict::Undecided(pool),
    }
}
