//! Conversion: what becomes of a lead once the opportunity is real?
//!
//! # Meaning
//! A lead holds a company and a person in one record. Converting it gives an account, a contact and a deal: each a
//! stored one that is certainly the same, or a new one, or none. [`Conversion::plan`] is a pure function of the lead,
//! the stored records that may be meant, the options and the instant; it says what would happen to every field and
//! why. The command `lead.convert` ([`crate::command::ConvertLead`]) carries out exactly this plan.
//!
//! # Which records
//! Of accounts and contacts, the strongest way in which any stored one matches decides. Of several that match in it,
//! those remain that also match in the next way; if more than one remains, the plan says so and somebody has to choose
//! (`{"use": id}` or `"create"`): nothing is guessed. Archived records never match.
//!
//! - Contact: the canonical e-mail address (of a role address such as `info@` only with the same name); the same id in
//!   the same other system; the same phone number with the same last name, unless the first names differ. Never the
//!   phone number or the name alone.
//! - Account: establishment (SIRET), registration number (SIREN), VAT number; a company domain of the address or the
//!   website, no mail provider's; the company's name, legal form aside, in the same postal code; the account of the
//!   contact that was found, if the lead names no other company. Never part of a name. Accounts whose registration
//!   number differs from the lead's never match.
//! - An account that has the same name and nothing else needs a decision, unless `match_account_by_exact_name` is set:
//!   then the only account with exactly this name is used.
//! - A lead that names no company gets no account (`"individuals": "none"`), or one named after the person
//!   (`"account"`).
//!   Without a company name, an account is named after the company's domain.
//! - A deal is never found by itself: each conversion makes one, unless told otherwise. Open deals of the account are
//!   listed (`open_deals`).
//!
//! # Names
//! The plan tells what the lead is called (`name`: the person, else the company, else the part of the address before
//! `@`) and what its new deal is (`title`: the company first). A salutation or a middle name stands in `first_name` or
//! in a host-defined field; leads have no field for either. A lead with none of these is refused.
//!
//! # Fields
//! `mapping` says where a field of the lead goes: `"custom.roof": "deal.custom.roof"`, a list of such paths, or `null`
//! for nowhere; what it does not name goes by the standard mapping (`standard.json`), and host-defined fields to those
//! of the same name and type. `policies` says what happens where there is a value already ([`Policy`]); without one it
//! stays and the difference is listed (`kept`). An address is never mixed from two. Consent takes the more restrictive
//! of both, whatever is configured: in the order `opted_out`, unknown, `soft`, `opted_in`. Every known field that no
//! record takes is listed (`unmapped`), and so is every value that cannot be taken over (`invalid`); nothing is lost,
//! the lead keeps all.
//!
//! A new deal closes on the last day of the fiscal quarter (`"close": "fiscal_quarter_end"`, years beginning in
//! `fiscal_year_start_month`), or some days later (`{"business_days": 30}`, `{"days": 45}`), by the calendar of `zone`.
//!
//! # Default
//! ```json
//! {"mapping": {}, "policies": {}, "deal": {"close": "fiscal_quarter_end"}, "fiscal_year_start_month": 1,
//!  "zone": "UTC", "individuals": "none", "match_account_by_exact_name": false}
//! ```
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let rules = Rules::default();
//! let input = json::parse(r#"{
//!     "lead": {"company": "Rénov'Ouest", "first_name": "Anne", "last_name": "Le Goff", "phone": "02 98 00 00 00",
//!              "email": "anne@renovouest.example", "job_title": "Gérante", "rating": "hot"},
//!     "contacts": [{"id": "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10", "last_name": "Le Goff",
//!                   "email": "Anne@RenovOuest.example", "phone": "06 12 34 56 78"}],
//!     "at": "2026-11-22T09:00:00Z",
//!     "lang": "fr"
//! }"#.as_bytes())?;
//! let plan = rules.eval("conversion", &input)?;
//! assert_eq!(plan["account"]["do"], "create");
//! assert_eq!(plan["contact"]["id"], "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10");
//! assert_eq!(plan["contact"]["reasons"][0]["code"], "matched_contact_email");
//! assert_eq!(plan["deal"]["fields"]["close_date"], "2026-12-31");
//! // The contact's own number stays, and the difference is told; what nobody takes is listed.
//! assert_eq!(plan["kept"][0]["lead"], "02 98 00 00 00");
//! assert_eq!(plan["kept"][0]["text"], "`phone` du contact\u{a0}: déjà connu, inchangé");
//! assert_eq!(plan["unmapped"][0]["field"], "rating");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod door;
mod draft;
mod fill;
mod matching;
mod names;
mod options;
mod plan;
mod settings;

pub use door::eval_json;
pub use matching::Candidate;
pub use options::{Options, Wish};
pub use plan::{ConvertPlan, FieldWrite, Invalid, Kept, Outcome, Route};
pub use settings::{Close, Conversion, Policy};

use crate::kernel::convert_reason::{Choice, ConvertReason};
use crate::kernel::id::Id;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Kind, Lead, Row};

/// What a lead is converted into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// The company.
    Account,
    /// The person.
    Contact,
    /// The opportunity.
    Deal,
}

impl Object {
    /// All three.
    pub const ALL: &[Object] = &[Object::Account, Object::Contact, Object::Deal];

    /// The kind of record.
    pub const fn kind(self) -> Kind {
        match self {
            Object::Account => Kind::Account,
            Object::Contact => Kind::Contact,
            Object::Deal => Kind::Deal,
        }
    }

    /// The kind's name.
    pub const fn name(self) -> &'static str {
        self.kind().name()
    }
}

/// The ids that new records get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewIds {
    /// Of a new account.
    pub account: Id,
    /// Of a new contact.
    pub contact: Id,
    /// Of a new deal.
    pub deal: Id,
}

impl NewIds {
    /// The ids of the first conversion of a lead.
    pub fn first(lead: Id) -> Self {
        let id = |object| NewIds::nth(lead, object, 0);
        NewIds { account: id(Object::Account), contact: id(Object::Contact), deal: id(Object::Deal) }
    }

    /// The id of the record that the `n`th conversion of a lead makes, counted from 0: it depends on the lead, not on
    /// the command, so that two commands never make two records.
    pub fn nth(lead: Id, object: Object, n: u32) -> Id {
        Id::from_text(&format!("conversion {n} of lead {lead} into {}", object.name()))
    }

    /// The id for a kind of record.
    pub const fn of(&self, object: Object) -> Id {
        match object {
            Object::Account => self.account,
            Object::Contact => self.contact,
            Object::Deal => self.deal,
        }
    }
}

/// Everything that a plan depends on, the configuration and the options aside.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The lead.
    pub lead: &'a Row,
    /// Accounts that may be meant: all that share a key with the lead, and those that are asked for by id.
    pub accounts: &'a [Row],
    /// Contacts that may be meant.
    pub contacts: &'a [Row],
    /// Deals of these accounts, and the one that is asked for by id.
    pub deals: &'a [Row],
    /// The ids of new records.
    pub ids: NewIds,
    /// The instant of the conversion.
    pub at: Instant,
}

/// The record that an earlier conversion of this lead brought.
pub const fn converted(lead: &Lead, object: Object) -> Option<Id> {
    match object {
        Object::Account => lead.converted_account,
        Object::Contact => lead.converted_contact,
        Object::Deal => lead.converted_deal,
    }
}

/// Why a lead is passed over: it was merged into another, or is archived.
pub fn skipped(lead: &Row) -> Option<ConvertReason> {
    match &lead.body {
        AnyRecord::Lead(body) if body.merged_into.is_some() => {
            body.merged_into.map(|into| ConvertReason::MergedLead { into })
        }
        _ => lead.archived_at.map(|_| ConvertReason::Choice(Choice::InactiveLead)),
    }
}
