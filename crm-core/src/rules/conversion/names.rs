//! What a lead and its deal are called.

use crate::kernel::error::{Problem, Result};
use crate::kernel::text::check;
use crate::model::Lead;

/// The lead's name (the person, else the company, else the part of the address before `@`) and its deal's (the
/// company, else the person, else that part).
///
/// # Errors
/// [`Problem::MissingOneOf`] where there is none of these.
pub(super) fn of(lead: &Lead) -> Result<(String, String)> {
    let both = [lead.first_name.trim(), lead.last_name.trim()].join(" ").trim().to_owned();
    // Two texts that are each as long as a text may be make one that is too long.
    let person = if check(&both).is_ok() { both } else { lead.last_name.clone() };
    let company = lead.company.trim().to_owned();
    let local = lead.email.rsplit_once('@').map(|(local, _)| local.trim().to_owned()).unwrap_or_default();
    let first = |names: [&String; 3]| names.into_iter().find(|n| !n.is_empty()).cloned();
    match (first([&person, &company, &local]), first([&company, &person, &local])) {
        (Some(name), Some(title)) => Ok((name, title)),
        _ => Err(Problem::MissingOneOf { names: &["first_name", "last_name", "company", "email"] }.into()),
    }
}

/// Whether the lead names a person or a way to reach one.
pub(super) fn has_person(lead: &Lead) -> bool {
    let known = [&lead.first_name, &lead.last_name, &lead.email, &lead.phone, &lead.mobile];
    known.into_iter().any(|text| !text.is_empty())
}
