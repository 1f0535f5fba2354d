//! The computed key fields of stored records: filled in one place, whenever a command writes a row.

use super::{Identity, Keys};
use crate::model::AnyRecord;

impl Identity {
    /// Fills the key fields of a lead, contact or account from what it says; other records have none.
    pub(crate) fn stamp(&self, record: &mut AnyRecord) {
        let keys = match record {
            AnyRecord::Lead(_) | AnyRecord::Contact(_) | AnyRecord::Account(_) => self.keys(record),
            _ => return,
        };
        let Keys { email, email_domain, domain, phone, mobile, company, name, registration, dedupe, .. } = keys;
        // Text that nobody knows is the empty text.
        let text = Option::unwrap_or_default;
        match record {
            AnyRecord::Lead(lead) => {
                lead.dedupe_kind = dedupe.as_ref().map_or_else(String::new, |d| d.kind.name().to_owned());
                lead.dedupe_key = text(dedupe.map(|d| d.value));
                lead.email_key = text(email);
                lead.email_domain = text(email_domain);
                lead.phone_key = text(phone);
                lead.mobile_key = text(mobile);
                lead.company_key = text(company);
                lead.name_key = text(name);
                lead.registration_key = text(registration);
            }
            AnyRecord::Contact(contact) => {
                contact.email_key = text(email);
                contact.phone_key = text(phone);
                contact.mobile_key = text(mobile);
                contact.name_key = text(name);
            }
            AnyRecord::Account(account) => {
                account.domain_key = text(domain);
                account.company_key = text(company);
                account.registration_key = text(registration);
            }
            _ => {}
        }
    }
}
