//! Converting a lead into an account, a contact and a deal, and taking that back.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{id_of, version_of};
use super::enrolment_state::{Whom, stop_enrolments};
use super::links::linked;
use super::{Command, Cx, FormerClocks, Undoable, Verb};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::model::{AnyRecord, Key, Kind, Lead, Row};
use crate::rules::Rules;
use crate::rules::conversion::{ConvertPlan, NewIds, Object, Options, Situation, Wish, converted as before, skipped};
use crate::rules::sequence::StopCause;
use crate::store::Query;

/// Most stored records that one key of a lead finds.
const MOST_CANDIDATES: usize = 200;
/// Most tasks, activities and notes of one kind that are linked anew.
const MOST_LINKED: usize = 10_000;
/// The kinds of record that follow a lead to its deal.
const FOLLOWERS: &[Kind] =
    &[Kind::Activity, Kind::ActivityLink, Kind::AttachmentLink, Kind::Draft, Kind::Note, Kind::Task];

/// Converts a lead: uses the account and the contact that are certainly the same, makes what is missing, fills their
/// fields, and links the lead's tasks, activities and notes to the deal, or else to the account, and to the contact.
///
/// What happens is [`ConvertPlan`], to be seen beforehand through `plan`. A lead may be converted in parts: a later
/// conversion adds only what is missing, and one that finds nothing missing changes nothing. Where several accounts or
/// contacts may be meant it is refused, and the error names them; nothing is guessed. Archived and merged leads are
/// passed over.
///
/// ```
/// use crm_core::command::{Actor, ConvertLead, Create, Ctx, Role};
/// use crm_core::model::{Deal, Lead};
/// use crm_core::store::{MemoryStore, Workspace};
/// use crm_core::{Crm, Id, rules::Rules};
/// # fn main() -> crm_core::Result<()> {
/// let crm = Crm::new(MemoryStore::new(), Rules::default());
/// let at = "2026-11-22T09:00:00Z".parse().unwrap();
/// let marie = Actor::new("marie", Role::Member)?;
/// let cx = |id| Ok::<_, crm_core::Error>(Ctx::new(Workspace::new("acme")?, marie.clone(), at, Id::from_text(id)));
///
/// let lead = Lead { company: "Rénov'Ouest".into(), last_name: "Le Goff".into(), ..Lead::default() };
/// let lead = crm.run(&cx("request 1")?, &Create::new(lead))?.done()?.id;
/// let done = crm.run(&cx("request 2")?, &ConvertLead::new(lead))?.done()?;
/// let deal = crm.get::<Deal>(&cx("read")?, done.deal.unwrap())?.unwrap().body;
/// assert_eq!((deal.name.as_str(), deal.account, deal.contact), ("Rénov'Ouest", done.account, done.contact));
///
/// // Again, under another command id: the same records, and nothing happens twice.
/// let again = crm.run(&cx("request 3")?, &ConvertLead::new(lead))?.done()?;
/// assert_eq!((again.status.name(), again.deal), ("already_converted", done.deal));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertLead {
    /// The lead.
    pub id: Id,
    /// The version that the person saw; another one is refused.
    pub version: Option<u64>,
    /// What shall become of it.
    pub options: Options,
}

/// What became of a lead that somebody wanted to convert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConvertStatus {
    /// It was converted, or something was added to an earlier conversion.
    Converted,
    /// An earlier conversion did all of it; nothing was changed.
    AlreadyConverted,
    /// It is archived or merged; nothing was changed.
    Skipped,
}

impl ConvertStatus {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            ConvertStatus::Converted => "converted",
            ConvertStatus::AlreadyConverted => "already_converted",
            ConvertStatus::Skipped => "skipped",
        }
    }
}

/// What a conversion did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Converted {
    /// What became of the lead.
    pub status: ConvertStatus,
    /// The lead.
    pub lead: Id,
    /// Its account, now or from before.
    pub account: Option<Id>,
    /// Its contact.
    pub contact: Option<Id>,
    /// Its deal.
    pub deal: Option<Id>,
    /// The kinds of record that were made.
    pub created: Vec<String>,
    /// How many tasks, activities and notes were linked anew, by kind.
    pub linked: BTreeMap<String, u64>,
    /// Why a lead was passed over, as a reason without its sentence.
    pub reason: Option<Json>,
    /// The whole plan, without sentences; see [`ConvertPlan::to_json`].
    pub plan: Option<Json>,
    /// What taking it back needs.
    pub clocks: FormerClocks,
}

impl ConvertLead {
    /// Converts a lead, everything else left to the rule.
    pub fn new(id: Id) -> Self {
        ConvertLead { id, version: None, options: Options::default() }
    }
}

impl Undoable for ConvertLead {
    const UNDO: &'static str = "lead.unconvert";
    const KEYS: &'static [&'static str; 1] = &["conversion"];
}

impl Command for ConvertLead {
    type Output = Converted;
    const VERB: Verb = Verb::Convert;

    fn name() -> Cow<'static, str> {
        "lead.convert".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.to_string().into());
        if let Some(version) = self.version {
            map.insert("version".into(), version.into());
        }
        map.extend(self.options.to_json());
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "version", "account", "contact", "deal"])?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        let options = Options::from_json(map, &rules.schema(Kind::Deal))?;
        Ok(ConvertLead { id, version: version_of(map)?, options })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Converted> {
        let (row, lead) = self.lead(cx)?;
        if let Some(reason) = skipped(&row) {
            let reason = Some(Json::Object(Reason::Conversion(reason).to_json(None)));
            return Ok(Converted { reason, ..answer(ConvertStatus::Skipped, &row, &lead) });
        }
        let plan = self.plan(cx, &row, &lead)?;
        plan.decided()?;
        // A lead that became nothing would be out of everybody's sight.
        if Object::ALL.iter().all(|object| plan.outcome(*object).id().is_none() && before(&lead, *object).is_none()) {
            return Err(Problem::MissingOneOf { names: &["account", "contact", "deal"] }.into());
        }
        let shown = Some(plan.to_json(None));
        if plan.is_done() {
            return Ok(Converted { plan: shown, ..answer(ConvertStatus::AlreadyConverted, &row, &lead) });
        }
        let fresh = |object: Object| before(&lead, object).is_none().then(|| plan.outcome(object).id()).flatten();
        let (account, contact, deal) = (fresh(Object::Account), fresh(Object::Contact), fresh(Object::Deal));
        // Before its deal is one: the lead's sequences end by the conversion.
        let at = cx.at();
        stop_enrolments(cx, Whom::Lead(self.id), StopCause::Converted, at)?;
        let mut created = Vec::new();
        for (row, is_new) in &plan.rows {
            if *is_new {
                created.push(row.body.kind().name().to_owned());
                cx.insert(row.id, row.body.clone())?;
            } else {
                cx.update(row.clone())?;
            }
        }
        // A deal of this or of an earlier conversion is where tasks belong; an account only where there is none.
        let account_of_tasks = account.filter(|_| plan.deal.id().is_none());
        let linked = cx.by_itself(|cx| follow(cx, self.id, account_of_tasks, contact, deal))?;
        let mut lead = *lead;
        lead.converted_at = lead.converted_at.or(Some(cx.at()));
        lead.converted_account = lead.converted_account.or(account);
        lead.converted_contact = lead.converted_contact.or(contact);
        lead.converted_deal = lead.converted_deal.or(deal);
        cx.update(Row { body: lead.clone().into(), ..row.clone() })?;
        let done = answer(ConvertStatus::Converted, &row, &lead);
        Ok(Converted { created, linked, plan: shown, clocks: cx.former_clocks(), ..done })
    }
}

fn answer(status: ConvertStatus, row: &Row, lead: &Lead) -> Converted {
    Converted {
        status,
        lead: row.id,
        account: lead.converted_account,
        contact: lead.converted_contact,
        deal: lead.converted_deal,
        created: Vec::new(),
        linked: BTreeMap::new(),
        reason: None,
        plan: None,
        clocks: FormerClocks::default(),
    }
}

impl ConvertLead {
    fn lead(&self, cx: &mut Cx<'_>) -> Result<(Row, Box<Lead>)> {
        let row = cx.existing(Key { kind: Kind::Lead, id: self.id })?;
        if let Some(expected) = self.version.filter(|v| *v != row.version) {
            let (record, id) = (Kind::Lead.name().into(), self.id.to_string());
            return Err(Problem::Conflict { record, id, expected, found: row.version }.into());
        }
        let AnyRecord::Lead(lead) = &row.body else {
            return Err(Problem::NotFound { record: Kind::Lead.name().into(), id: self.id.to_string() }.into());
        };
        let lead = lead.clone();
        Ok((row, lead))
    }

    /// The plan with its reasons, decided or not.
    pub(crate) fn explain(&self, cx: &mut Cx<'_>) -> Result<ConvertPlan> {
        let (row, lead) = self.lead(cx)?;
        self.plan(cx, &row, &lead)
    }

    fn plan(&self, cx: &mut Cx<'_>, row: &Row, lead: &Lead) -> Result<ConvertPlan> {
        let (rules, at) = (cx.rules(), cx.at());
        let keys = rules.identity().keys(&row.body);
        let mut contacts = Found::new(Kind::Contact);
        contacts.by("email_key", keys.email.as_slice(), cx)?;
        contacts.by("external_id", keys.external.as_ref().map(|(_, id)| id.clone()).as_slice(), cx)?;
        contacts.by("phone_key", &keys.phones, cx)?;
        contacts.by("mobile_key", &keys.phones, cx)?;
        contacts.add(wished(&self.options.contact).or(lead.converted_contact), cx)?;

        let mut accounts = Found::new(Kind::Account);
        let domains = [rules.identity().domain(&lead.email), rules.identity().domain(&lead.website)];
        let domains: Vec<String> = domains.into_iter().flatten().filter_map(|d| d.registrable).collect();
        accounts.by("registration_key", keys.registration.as_slice(), cx)?;
        accounts.by("domain_key", &domains, cx)?;
        accounts.by("company_key", keys.company.as_slice(), cx)?;
        accounts.add(wished(&self.options.account).or(lead.converted_account), cx)?;
        let through: Vec<Id> = contacts.rows.values().filter_map(account_of).collect();
        for id in through {
            accounts.add(Some(id), cx)?;
        }

        let mut deals = Found::new(Kind::Deal);
        let of: Vec<String> = accounts.rows.keys().map(Id::to_string).collect();
        deals.by("account", &of, cx)?;
        deals.add(wished(&self.options.deal).or(lead.converted_deal), cx)?;

        let ids = NewIds {
            account: free_id(cx, lead, self.id, Object::Account)?,
            contact: free_id(cx, lead, self.id, Object::Contact)?,
            deal: free_id(cx, lead, self.id, Object::Deal)?,
        };
        let (accounts, contacts, deals) = (accounts.into_rows(), contacts.into_rows(), deals.into_rows());
        let of = Situation { lead: row, accounts: &accounts, contacts: &contacts, deals: &deals, ids, at };
        rules.conversion().plan(rules.identity(), &of, &self.options)
    }
}

const fn wished(wish: &Wish) -> Option<Id> {
    match wish {
        Wish::Use(id) => Some(*id),
        Wish::Auto | Wish::Create | Wish::None => None,
    }
}

fn account_of(row: &Row) -> Option<Id> {
    match &row.body {
        AnyRecord::Contact(contact) => contact.account,
        _ => None,
    }
}

/// Stored records of one kind that may be meant.
struct Found {
    kind: Kind,
    rows: BTreeMap<Id, Row>,
}

impl Found {
    fn new(kind: Kind) -> Self {
        Found { kind, rows: BTreeMap::new() }
    }

    /// Those whose field has one of these values.
    fn by(&mut self, field: &str, values: &[String], cx: &mut Cx<'_>) -> Result<()> {
        let schema = cx.rules().schema(self.kind);
        for values in values.chunks(MOST_VALUES) {
            let values: Vec<Json> = values.iter().map(|v| v.as_str().into()).collect();
            let mut query = Query::all(self.kind, schema.clone(), cx.at());
            query.filter = Some(Predicate::test(field, Operator::In, values).compile(&schema)?);
            query.limit = MOST_CANDIDATES;
            self.rows.extend(cx.find(&query)?.rows.into_iter().map(|row| (row.id, row)));
        }
        Ok(())
    }

    /// The one of this id, if there is one.
    fn add(&mut self, id: Option<Id>, cx: &mut Cx<'_>) -> Result<()> {
        if let Some(id) = id
            && let Some(row) = cx.row(Key { kind: self.kind, id })?
        {
            self.rows.insert(id, row);
        }
        Ok(())
    }

    fn into_rows(self) -> Vec<Row> {
        self.rows.into_values().collect()
    }
}

/// The first id of this lead's conversions that no row has: after a conversion was taken back, its rows stay archived
/// and the next one makes new ones.
fn free_id(cx: &mut Cx<'_>, lead: &Lead, id: Id, object: Object) -> Result<Id> {
    let mut n: u32 = 0;
    loop {
        let new = NewIds::nth(id, object, n);
        // What an earlier conversion brought needs no new id.
        let key = Key { kind: object.kind(), id: new };
        if before(lead, object).is_some() || cx.by_itself(|cx| cx.row(key))?.is_none() {
            return Ok(new);
        }
        n = n.saturating_add(1);
    }
}

/// Links the tasks, activities and notes of a lead to what it was converted into. Links that they have stay, the one
/// to the lead, too.
fn follow(
    cx: &mut Cx<'_>,
    lead: Id,
    account: Option<Id>,
    contact: Option<Id>,
    deal: Option<Id>,
) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for kind in FOLLOWERS {
        let schema = cx.rules().schema(*kind);
        let mut seen = BTreeSet::new();
        for row in linked(cx, (*kind, "lead"), &[lead], MOST_LINKED)? {
            // Staged already, if what the conversion stops took it back.
            let mut row = cx.existing(row.key())?;
            let mut changed = false;
            for (field, id) in [("account", account), ("contact", contact), ("deal", deal)] {
                let (index, _) = schema.resolve(field)?;
                if let Some(id) = id
                    && !row.fact_of(&schema, index).is_known()
                {
                    row.set_fact(&schema, index, crate::Value::Reference(id))?;
                    changed = true;
                }
            }
            if changed && seen.insert(row.id) {
                cx.update(row)?;
                let count: &mut u64 = counts.entry(kind.name().to_owned()).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    Ok(counts)
}
