//! The plan itself: which records, then their fields, then the links between them.

use std::collections::BTreeSet;

use super::fill::{Filler, put};
use super::matching::{Candidate, Sought, Verdict, settle};
use super::options::{Options, Wish};
use super::plan::{ConvertPlan, FieldWrite, Outcome};
use super::settings::{Conversion, Individuals};
use super::{Object, Situation, converted as before, names};
use crate::kernel::convert_reason::{Choice, ConvertReason, FieldRule};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::text::fold;
use crate::kernel::value::Value;
use crate::model::{AnyRecord, Key, Lead, Row, set_fields};
use crate::rules::identity::Identity;

/// A record while it is filled.
pub(super) struct Draft {
    pub(super) object: Object,
    pub(super) row: Row,
    pub(super) is_new: bool,
    /// Fields that whoever converts gave.
    pub(super) given: BTreeSet<String>,
}

impl Conversion {
    /// What converting a lead would do. Pure: the same situation and options give the same plan.
    ///
    /// # Errors
    /// [`Problem::MissingOneOf`] where the lead names neither person nor company, [`Problem::NotFound`] and
    /// [`Problem::Archived`] for a record that is asked for and cannot be used, [`Problem::AlreadyConverted`] where an
    /// earlier conversion brought another one than is asked for.
    pub fn plan(&self, identity: &Identity, of: &Situation<'_>, options: &Options) -> Result<ConvertPlan> {
        let AnyRecord::Lead(lead) = &of.lead.body else {
            return Err(Problem::Missing { name: "lead".into() }.into());
        };
        let (name, title) = names::of(lead)?;
        let sought = Sought::new(of.lead, lead, identity);
        let contact_candidates = sought.contacts(of.contacts, identity);
        let contact = self.contact(lead, of, options, &contact_candidates)?;
        let through = contact.id().and_then(|id| account_of(of.contacts, id));
        let account_candidates = sought.accounts(of.accounts, through, identity);
        let account = self.account(lead, &sought, of, options, &account_candidates)?;
        let deal = deal(lead, of, options)?;
        let mut plan = ConvertPlan {
            name,
            title,
            account,
            contact,
            deal,
            writes: Vec::new(),
            kept: Vec::new(),
            same: Vec::new(),
            waiting: Vec::new(),
            unmapped: Vec::new(),
            invalid: Vec::new(),
            account_candidates,
            contact_candidates,
            open_deals: Vec::new(),
            rows: Vec::new(),
        };
        plan.open_deals = self.open_deals(of, &plan);
        let (mut fresh, mut earlier) = (Vec::new(), Vec::new());
        for object in Object::ALL {
            let Some(draft) = draft(&plan, of, *object) else { continue };
            if before(lead, *object).is_some() { earlier.push(draft) } else { fresh.push(draft) }
        }
        if let Some(deal) = fresh.iter_mut().find(|d| d.object == Object::Deal && d.is_new) {
            self.give(&mut plan, deal, options)?;
        }
        let left: Vec<Object> = Object::ALL.iter().copied().filter(|o| before(lead, *o).is_some()).collect();
        Filler { conversion: self, identity, lead: of.lead, plan: &mut plan }.fill(&mut fresh, &left)?;
        self.derive(&mut plan, &mut fresh, &sought, of)?;
        self.link(&mut plan, &mut fresh, &mut earlier)?;
        plan.rows = fresh.into_iter().chain(earlier).map(|d| (d.row, d.is_new)).collect();
        Ok(plan)
    }

    fn contact(&self, lead: &Lead, of: &Situation<'_>, options: &Options, candidates: &[Candidate]) -> Result<Outcome> {
        let object = Object::Contact;
        if let Some(outcome) = settled(lead, of, object, &options.contact, candidates)? {
            return Ok(outcome);
        }
        Ok(match settle(candidates, false) {
            Verdict::One(one) => Outcome::Use { id: one.id, reasons: one.reasons().collect() },
            Verdict::Undecided(some) => undecided(Choice::AmbiguousContact, &some),
            Verdict::Nothing if names::has_person(lead) => create(of, object, Choice::NoMatch),
            Verdict::Nothing => none(Choice::NoPerson),
        })
    }

    fn account(
        &self,
        lead: &Lead,
        sought: &Sought<'_>,
        of: &Situation<'_>,
        options: &Options,
        candidates: &[Candidate],
    ) -> Result<Outcome> {
        let object = Object::Account;
        if let Some(outcome) = settled(lead, of, object, &options.account, candidates)? {
            return Ok(outcome);
        }
        Ok(match settle(candidates, self.exact_name_matches) {
            Verdict::One(one) => Outcome::Use { id: one.id, reasons: one.reasons().collect() },
            Verdict::Undecided(some) => {
                let by_name = some.iter().all(|c| c.ways.iter().all(|(way, _)| !way.is_strong()));
                undecided(if by_name { Choice::NameAlone } else { Choice::AmbiguousAccount }, &some)
            }
            Verdict::Nothing if sought.has_company() => create(of, object, Choice::NoMatch),
            Verdict::Nothing if self.individuals == Individuals::Account => create(of, object, Choice::Individual),
            Verdict::Nothing => none(Choice::Individual),
        })
    }

    /// Deals of the account that are not over, oldest first.
    fn open_deals(&self, of: &Situation<'_>, plan: &ConvertPlan) -> Vec<Id> {
        let Some(account) = plan.account.id() else { return Vec::new() };
        let is_open = |row: &&Row| match &row.body {
            AnyRecord::Deal(deal) => {
                deal.account == Some(account)
                    && row.archived_at.is_none()
                    && plan.deal.id() != Some(row.id)
                    && !self.closed_stages.contains(fold(&deal.stage).as_ref())
            }
            _ => false,
        };
        let mut open: Vec<&Row> = of.deals.iter().filter(is_open).collect();
        open.sort_by_key(|row| (row.created_at, row.id));
        open.into_iter().map(|row| row.id).collect()
    }

    /// What whoever converts gives a new deal.
    fn give(&self, plan: &mut ConvertPlan, deal: &mut Draft, options: &Options) -> Result<()> {
        let schema = self.schema(deal.object.kind())?;
        let inside = |e: crate::Error| e.at("create").at("deal");
        let named = set_fields(&mut deal.row.body, schema, &options.deal_fields).map_err(inside)?;
        for field in named {
            let (index, _) = schema.resolve(&field).map_err(inside)?;
            let new = deal.row.fact_of(schema, index).to_value();
            let (object, rule) = (deal.object, FieldRule::Given);
            if new.as_fact().is_known() {
                let write = FieldWrite { object, field: field.clone(), from: None, old: Value::Null, new, rule };
                plan.writes.push(write);
                deal.given.insert(field);
            }
        }
        Ok(())
    }

    /// What new records get from elsewhere than a field of the lead.
    fn derive(
        &self,
        plan: &mut ConvertPlan,
        drafts: &mut [Draft],
        sought: &Sought<'_>,
        of: &Situation<'_>,
    ) -> Result<()> {
        for draft in drafts.iter_mut().filter(|d| d.is_new) {
            let text = |text: &str| if text.is_empty() { Value::Null } else { Value::Text(text.to_owned()) };
            let domain = sought.own_domain().unwrap_or_default();
            let name = if domain.is_empty() { plan.name.clone() } else { domain.to_owned() };
            let values = match draft.object {
                Object::Account => {
                    vec![("name", text(&name), FieldRule::Derived), ("domain", text(domain), FieldRule::Derived)]
                }
                Object::Contact => vec![],
                Object::Deal => vec![
                    ("name", text(&plan.title), FieldRule::Derived),
                    ("stage", text(&self.stage), FieldRule::Configured),
                    ("pipeline", text(&self.pipeline), FieldRule::Configured),
                    ("close_date", self.close_date(of.at).map_or(Value::Null, Value::Date), FieldRule::Derived),
                ],
            };
            let schema = self.schema(draft.object.kind())?;
            for (field, value, rule) in values {
                let (index, _) = schema.resolve(field)?;
                // What the lead or somebody gave stands.
                if value != Value::Null && !draft.row.fact_of(schema, index).is_known() {
                    put(plan, self, draft, field, value, rule)?;
                }
            }
        }
        let deal = drafts.iter_mut().find(|d| d.object == Object::Deal);
        deal.map_or(Ok(()), |deal| {
            put(plan, self, deal, "source_lead", Value::Reference(of.lead.id), FieldRule::Linked)
        })
    }

    /// The contact belongs to the account, the deal to both. Only what this conversion brings is linked anew.
    fn link(&self, plan: &mut ConvertPlan, fresh: &mut [Draft], earlier: &mut [Draft]) -> Result<()> {
        let is_fresh: Vec<Object> = fresh.iter().map(|d| d.object).collect();
        let links =
            [(Object::Contact, Object::Account), (Object::Deal, Object::Account), (Object::Deal, Object::Contact)];
        for (from, to) in links.into_iter().filter(|(from, to)| is_fresh.contains(from) || is_fresh.contains(to)) {
            let Some(id) = plan.outcome(to).id() else { continue };
            if let Some(draft) = fresh.iter_mut().chain(&mut *earlier).find(|d| d.object == from) {
                put(plan, self, draft, to.name(), Value::Reference(id), FieldRule::Linked)?;
            }
        }
        Ok(())
    }
}

fn rows<'a>(of: &Situation<'a>, object: Object) -> &'a [Row] {
    match object {
        Object::Account => of.accounts,
        Object::Contact => of.contacts,
        Object::Deal => of.deals,
    }
}

/// What an earlier conversion or somebody's wish settles; `None` leaves it to the rule.
fn settled(
    lead: &Lead,
    of: &Situation<'_>,
    object: Object,
    wish: &Wish,
    candidates: &[Candidate],
) -> Result<Option<Outcome>> {
    let asked = || ConvertReason::Choice(Choice::Asked);
    if let Some(id) = before(lead, object) {
        if let Wish::Use(other) = wish
            && *other != id
        {
            let problem = Problem::AlreadyConverted { record: object.name(), id: id.to_string() };
            return Err(crate::Error::from(problem).at(object.name()));
        }
        return Ok(Some(Outcome::Use { id, reasons: vec![ConvertReason::Choice(Choice::AlreadyConverted)] }));
    }
    Ok(match wish {
        Wish::Auto => None,
        Wish::Create => Some(create(of, object, Choice::Asked)),
        Wish::None => Some(none(Choice::Asked)),
        Wish::Use(id) => {
            usable(rows(of, object), Key { kind: object.kind(), id: *id }).map_err(|e| e.at(object.name()))?;
            let ways = candidates.iter().find(|c| c.id == *id).into_iter().flat_map(Candidate::reasons);
            Some(Outcome::Use { id: *id, reasons: std::iter::once(asked()).chain(ways).collect() })
        }
    })
}

fn usable(rows: &[Row], key: Key) -> Result<()> {
    let (record, id) = (key.kind.name().into(), key.id.to_string());
    match rows.iter().find(|row| row.id == key.id) {
        None => Err(Problem::NotFound { record, id }.into()),
        Some(row) if row.archived_at.is_some() => Err(Problem::Archived { record, id }.into()),
        Some(_) => Ok(()),
    }
}

fn deal(lead: &Lead, of: &Situation<'_>, options: &Options) -> Result<Outcome> {
    let settled = settled(lead, of, Object::Deal, &options.deal, &[])?;
    Ok(settled.unwrap_or_else(|| create(of, Object::Deal, Choice::OwnDeal)))
}

fn create(of: &Situation<'_>, object: Object, why: Choice) -> Outcome {
    Outcome::Create { id: of.ids.of(object), reasons: vec![ConvertReason::Choice(why)] }
}

fn none(why: Choice) -> Outcome {
    Outcome::None { reasons: vec![ConvertReason::Choice(why)] }
}

fn undecided(reason: Choice, some: &[&Candidate]) -> Outcome {
    Outcome::Undecided { reason, ids: some.iter().map(|c| c.id).collect() }
}

fn account_of(contacts: &[Row], id: Id) -> Option<Id> {
    match &contacts.iter().find(|row| row.id == id)?.body {
        AnyRecord::Contact(contact) => contact.account,
        _ => None,
    }
}

/// The record to fill: the stored one or an empty one; `None` where there is none, or where an earlier conversion
/// brought one that is no longer there to change.
fn draft(plan: &ConvertPlan, of: &Situation<'_>, object: Object) -> Option<Draft> {
    let outcome = plan.outcome(object);
    let is_new = matches!(outcome, Outcome::Create { .. });
    let id = outcome.id()?;
    let row = if is_new {
        let (at, body) = (of.at, object.kind().empty());
        Row { id, version: 1, created_at: at, updated_at: at, archived_at: None, clocks: Default::default(), body }
    } else {
        rows(of, object).iter().find(|row| row.id == id && row.archived_at.is_none())?.clone()
    };
    Some(Draft { object, row, is_new, given: BTreeSet::new() })
}
