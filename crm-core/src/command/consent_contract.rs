//! Whether a contract runs with a person: what the records say, and the subscriptions.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::Cx;
use super::consent_person::{Person, found_by};
use super::subscription_state::{runs_on, subscription_of};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::model::{Account, AnyRecord, Key, Kind};

/// Whether a contract with the person or the person's company runs today, by the days of the law.
pub(super) fn has_contract(cx: &mut Cx<'_>, person: &Person) -> Result<bool> {
    let today = cx.rules().consent().day(cx.at());
    Ok(contract_until(cx, person)?.is_some_and(|last| today <= last) || has_subscription(cx, person, today)?)
}

/// Whether a subscription runs that the person signed, or a company of the person has.
fn has_subscription(cx: &mut Cx<'_>, person: &Person, today: NaiveDate) -> Result<bool> {
    let companies: Vec<String> = accounts_of(cx, person)?.iter().map(|(id, _)| id.to_string()).collect();
    for (field, ids) in [("contact", person.ids(Kind::Contact)), ("account", companies)] {
        for row in found_by(cx, Kind::Subscription, field, &ids)? {
            let Some(subscription) = subscription_of(&row).filter(|_| row.archived_at.is_none()) else { continue };
            if runs_on(subscription, today)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The last day of a contract that runs with the person or the person's company.
fn contract_until(cx: &mut Cx<'_>, person: &Person) -> Result<Option<NaiveDate>> {
    let own = person.contacts().filter_map(|(_, contact)| contact.contract_until).max();
    let of_companies = accounts_of(cx, person)?.into_iter().filter_map(|(_, account)| account.contract_until).max();
    Ok(own.max(of_companies))
}

/// The companies that the person belongs to.
fn companies_of(person: &Person) -> BTreeSet<Id> {
    let of_contacts = person.contacts().filter_map(|(_, contact)| contact.account);
    let of_leads = person.leads().filter_map(|(_, lead)| lead.converted_account);
    of_contacts.chain(of_leads).collect()
}

/// The person's companies in use.
pub(super) fn accounts_of(cx: &mut Cx<'_>, person: &Person) -> Result<Vec<(Id, Account)>> {
    let mut accounts = Vec::new();
    for id in companies_of(person) {
        let row = cx.by_itself(|cx| cx.row(Key { kind: Kind::Account, id }))?;
        if let Some(AnyRecord::Account(account)) = row.filter(|row| row.archived_at.is_none()).map(|row| row.body) {
            accounts.push((id, *account));
        }
    }
    Ok(accounts)
}
