//! Which value each field of the account, the contact and the deal gets.

use std::collections::BTreeSet;

use super::plan::{ConvertPlan, FieldWrite, Invalid, Kept, Route};
use super::settings::{Conversion, Mapped, Policy, Target};
use super::{Object, draft::Draft};
use crate::kernel::convert_reason::FieldRule;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::text::{check, fold};
use crate::kernel::time::Instant;
use crate::kernel::value::Value;
use crate::model::{AnyRecord, CONSENT, Consent, DO_NOT_CALL, Row};
use crate::rules::identity::Identity;

/// The fields that make an address together.
const ADDRESS: &[&str] = &["street", "postal_code", "city", "region", "country"];

/// Fills records from a lead and notes in the plan what became of each field.
pub(super) struct Filler<'a> {
    pub(super) conversion: &'a Conversion,
    pub(super) identity: &'a Identity,
    pub(super) lead: &'a Row,
    pub(super) plan: &'a mut ConvertPlan,
}

impl Filler<'_> {
    /// Takes every field of the lead over. Records that an earlier conversion brought are `earlier` and left alone.
    pub(super) fn fill(&mut self, drafts: &mut [Draft], earlier: &[Object]) -> Result<()> {
        let conversion = self.conversion;
        let leads = conversion.schema(self.lead.body.kind())?;
        // Told before anything is filled, by what is there now.
        let other_address: Vec<Object> = drafts.iter().filter(|d| self.is_elsewhere(d)).map(|d| d.object).collect();
        for mapped in &conversion.fields {
            let value = self.lead.fact_of(leads, mapped.index);
            if !value.is_known() {
                continue;
            }
            if mapped.targets.is_empty() {
                self.plan.unmapped.push(mapped.name.clone());
            }
            let open = mapped.targets.iter().filter(|t| !earlier.contains(&t.object));
            let waits = !mapped.targets.iter().any(|t| self.plan.outcome(t.object).id().is_some());
            for target in open {
                match drafts.iter_mut().find(|d| d.object == target.object) {
                    None if waits => self.plan.waiting.push(route(mapped, target)),
                    None => {}
                    Some(draft) => {
                        let mixes = other_address.contains(&target.object) && ADDRESS.contains(&target.name.as_str());
                        self.take(mapped, target, draft, &value.to_value(), mixes)?;
                    }
                }
            }
        }
        match drafts.iter_mut().find(|d| d.object == Object::Contact) {
            Some(contact) => self.consent(contact),
            None if earlier.contains(&Object::Contact) => Ok(()),
            None => {
                if consent(&self.lead.body) != Consent::Unknown {
                    let field = CONSENT.to_owned();
                    self.plan.waiting.push(Route { from: field.clone(), object: Object::Contact, field });
                }
                Ok(())
            }
        }
    }

    /// Whether a record has an address that contradicts the lead's.
    fn is_elsewhere(&self, draft: &Draft) -> bool {
        let Ok(schema) = self.conversion.schema(draft.object.kind()) else { return false };
        let Ok(leads) = self.conversion.schema(self.lead.body.kind()) else { return false };
        let parts = self.conversion.fields.iter().flat_map(|m| m.targets.iter().map(move |t| (m, t)));
        let mut parts =
            parts.filter(|(_, t)| t.object == draft.object && ADDRESS.contains(&schema_name(schema, t.index)));
        parts.any(|(m, t)| {
            let (new, old) = (self.lead.fact_of(leads, m.index), draft.row.fact_of(schema, t.index));
            new.is_known() && old.is_known() && !alike(&m.name, &new.to_value(), &old.to_value())
        })
    }

    fn take(&mut self, m: &Mapped, t: &Target, draft: &mut Draft, new: &Value, mixes: bool) -> Result<()> {
        let schema = self.conversion.schema(t.object.kind())?;
        let old = draft.row.fact_of(schema, t.index).to_value();
        if t.object == Object::Contact && t.name == "email" && self.is_no_address(new) {
            let found = new.to_json().as_str().map(|e| crate::kernel::text::shortened(e, 60)).unwrap_or_default();
            self.invalid(m, t, new, Problem::NotAnEmail { found }.into());
            return Ok(());
        }
        let keep = |rule| Kept {
            object: t.object,
            field: t.name.clone(),
            from: Some(m.name.clone()),
            existing: old.clone(),
            lead: new.clone(),
            rule,
        };
        if draft.given.contains(&t.name) && !alike(&t.name, &old, new) {
            self.plan.kept.push(keep(FieldRule::Given));
            return Ok(());
        }
        let known = old.as_fact().is_known();
        if known && (*new == old || m.policy != Policy::Overwrite && self.equal(&t.name, &old, new)) {
            self.plan.same.push(route(m, t));
            return Ok(());
        }
        if m.policy == Policy::FillIfEmpty && mixes && !draft.is_new {
            self.plan.kept.push(keep(if known { FieldRule::KeptExisting } else { FieldRule::KeptAddress }));
            return Ok(());
        }
        let chosen =
            if known { self.choose(m, t, draft, &old, new) } else { Some((new.clone(), FieldRule::FilledEmpty)) };
        let Some((value, rule)) = chosen else {
            self.plan.kept.push(keep(FieldRule::KeptExisting));
            return Ok(());
        };
        if value == old {
            self.plan.same.push(route(m, t));
            return Ok(());
        }
        let fits = match &value {
            Value::Text(text) => check(text).map(drop),
            _ => Ok(()),
        };
        match fits.and_then(|()| draft.row.set_fact(schema, t.index, value.clone())) {
            Ok(()) => self.plan.writes.push(FieldWrite {
                object: t.object,
                field: t.name.clone(),
                from: Some(m.name.clone()),
                old,
                new: value,
                rule,
            }),
            Err(why) => self.invalid(m, t, new, why),
        }
        Ok(())
    }

    /// What a policy makes of two values that differ; `None` keeps the existing one.
    fn choose(&self, m: &Mapped, t: &Target, draft: &Draft, old: &Value, new: &Value) -> Option<(Value, FieldRule)> {
        match m.policy {
            // Whatever is configured: who asked not to be called is not called.
            _ if t.object == Object::Contact && t.name == DO_NOT_CALL => {
                (*new == Value::Boolean(true)).then(|| (new.clone(), FieldRule::MostRestrictive))
            }
            Policy::FillIfEmpty => None,
            Policy::Overwrite => Some((new.clone(), FieldRule::Overwritten)),
            Policy::Newest => {
                let newer = changed_at(self.lead, &m.name) > changed_at(&draft.row, &t.name);
                newer.then(|| (new.clone(), FieldRule::NewerOnLead))
            }
            Policy::NewestValue => {
                let later = new.as_fact().ordinal() > old.as_fact().ordinal();
                later.then(|| (new.clone(), FieldRule::NewerOnLead))
            }
            Policy::MostRestrictive => {
                (*new == Value::Boolean(true)).then(|| (new.clone(), FieldRule::MostRestrictive))
            }
            Policy::Append => Some((appended(old, new), FieldRule::Appended)),
        }
    }

    /// The contact's consent is the more restrictive of its own and the lead's, whatever is configured; a new contact
    /// has the lead's.
    fn consent(&mut self, contact: &mut Draft) -> Result<()> {
        let schema = self.conversion.schema(Object::Contact.kind())?;
        let Some(index) = schema.position(CONSENT) else { return Ok(()) };
        let (lead, own) = (consent(&self.lead.body), consent(&contact.row.body));
        let strictest = if contact.is_new { lead } else { lead.strictest(own) };
        let old = contact.row.fact_of(schema, index).to_value();
        let shown = crate::model::FieldValue::fact(&lead).to_value();
        let new = crate::model::FieldValue::fact(&strictest).to_value();
        let (object, field, from) = (Object::Contact, CONSENT.to_owned(), Some(CONSENT.to_owned()));
        let rule = FieldRule::MostRestrictive;
        if strictest != own {
            contact.row.set_fact(schema, index, new.clone())?;
            self.plan.writes.push(FieldWrite { object, field, from, old, new, rule });
        } else if lead == own && lead != Consent::Unknown {
            self.plan.same.push(Route { from: field.clone(), object, field });
        } else if lead != own {
            self.plan.kept.push(Kept { object, field, from, existing: old, lead: shown, rule });
        }
        Ok(())
    }

    fn invalid(&mut self, m: &Mapped, t: &Target, value: &Value, why: Error) {
        let target = Some((t.object, t.name.clone()));
        self.plan.invalid.push(Invalid { field: m.name.clone(), target, value: value.to_json(), why });
    }

    fn is_no_address(&self, value: &Value) -> bool {
        matches!(value, Value::Text(text) if self.identity.email(text).is_none())
    }

    /// Whether two values are the same, spelling aside: texts folded, addresses and numbers by what they reach.
    fn equal(&self, field: &str, one: &Value, other: &Value) -> bool {
        let (Value::Text(a), Value::Text(b)) = (one, other) else { return one == other };
        let phone = |text: &str| self.identity.phone(text, None).map(|p| (p.e164, p.extension));
        let email = |text: &str| self.identity.email(text).map(|e| e.exact);
        alike(field, one, other)
            || match field {
                "phone" | "mobile" => phone(a).is_some() && phone(a) == phone(b),
                "email" => email(a).is_some() && email(a) == email(b),
                _ => false,
            }
    }
}

fn route(m: &Mapped, t: &Target) -> Route {
    Route { from: m.name.clone(), object: t.object, field: t.name.clone() }
}

fn schema_name(schema: &crate::kernel::field::Schema, index: usize) -> &str {
    schema.field(index).map_or("", |f| f.name.as_ref())
}

fn consent(record: &AnyRecord) -> Consent {
    crate::model::consent_of(record)
}

/// Equal values; texts folded, numbers of places and companies without what stands between their digits.
fn alike(field: &str, one: &Value, other: &Value) -> bool {
    match (one, other, field) {
        (Value::Text(a), Value::Text(b), "postal_code" | "registration_number" | "vat_number") => {
            let bare = |text: &str| fold(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            bare(a) == bare(b)
        }
        (Value::Text(a), Value::Text(b), _) => fold(a) == fold(b),
        _ => one == other,
    }
}

/// When a field last changed: by its own clock, else when the row was made.
fn changed_at(row: &Row, field: &str) -> Instant {
    row.clocks.get(field).map_or(row.created_at, |clock| clock.at)
}

/// Both: a list without doubles, or one text below the other.
fn appended(old: &Value, new: &Value) -> Value {
    match (old, new) {
        (Value::Texts(old), Value::Texts(new)) => {
            let mut seen: BTreeSet<_> = old.iter().map(|text| fold(text)).collect();
            let more = new.iter().filter(|text| seen.insert(fold(text)));
            Value::Texts(old.iter().chain(more).cloned().collect())
        }
        (Value::Text(old), Value::Text(new)) if !old.split("\n\n").any(|part| part == new) => {
            Value::Text(format!("{old}\n\n{new}"))
        }
        _ => old.clone(),
    }
}

/// A fact that a record of the conversion gets from something else than a field of the lead; told where it changes.
pub(super) fn put(
    plan: &mut ConvertPlan,
    conversion: &Conversion,
    draft: &mut Draft,
    field: &str,
    new: Value,
    rule: FieldRule,
) -> Result<()> {
    let schema = conversion.schema(draft.object.kind())?;
    let (index, _) = schema.resolve(field)?;
    let old = draft.row.fact_of(schema, index).to_value();
    if matches!(old.as_fact(), Fact::Unknown) {
        draft.row.set_fact(schema, index, new.clone())?;
        plan.writes.push(FieldWrite { object: draft.object, field: field.to_owned(), from: None, old, new, rule });
    } else if old != new {
        plan.kept.push(Kept {
            object: draft.object,
            field: field.to_owned(),
            from: None,
            existing: old,
            lead: new,
            rule: FieldRule::KeptExisting,
        });
    }
    Ok(())
}
