//! An onboarding plan for a customer, from what is known of the customer now: up to three commands that wait for an OK.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use serde_json::{Map, Value as Json, json};

use super::Cx;
use super::next_facts::draft_of_origin;
use super::open_work::{asked, some_rows};
use super::playbook_start::{run_id, standings_of};
use super::playbooks::all_playbooks;
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::playbook_reason::PlaybookReason as Why;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::{Labels, Name};
use crate::kernel::time::format_instant;
use crate::kernel::zone::Zone;
use crate::lang::{self, Lang};
use crate::model::{Account, AnyRecord, Contact, Deal, Key, Kind, Row, Subscription};
use crate::rules::playbook::{Planned, Playbook, plan, suited};
use crate::store::Order;

/// The hour of a kick-off that nobody has fixed.
const KICKOFF_HOUR: u32 = 9;
/// Most rows that are looked at for each fact.
const MOST_FACTS: usize = 50;

/// A command that is suggested.
pub(crate) struct Advice {
    /// run, note or activity.
    pub(crate) part: &'static str,
    /// The command.
    pub(crate) command: &'static str,
    /// Its body.
    pub(crate) body: Json,
    /// Why.
    pub(crate) reasons: Vec<Why>,
    /// What makes it one, however often it is suggested.
    pub(crate) origin: String,
    /// The draft that it became.
    pub(crate) draft: Option<Row>,
}

/// What is suggested for a customer.
pub(crate) struct Onboarding {
    pub(crate) playbook: std::sync::Arc<Playbook>,
    pub(crate) planned: Vec<Planned>,
    pub(crate) advice: Vec<Advice>,
    /// The run that there is already.
    pub(crate) run: Option<Id>,
}

/// What is known of a customer.
struct Known {
    deal: Option<(Id, Deal)>,
    contact: Option<(Id, Contact)>,
    subscription: Option<(Id, Subscription)>,
}

fn first_row(cx: &mut Cx<'_>, kind: Kind, filter: Vec<Predicate>, order: &str, descending: bool) -> Result<Vec<Row>> {
    let mut query = asked(cx, kind, filter)?;
    let (field, _) = query.schema.resolve(order)?;
    query.order = vec![Order { field, descending }];
    some_rows(cx, query, MOST_FACTS)
}

impl Known {
    fn of(cx: &mut Cx<'_>, account: Id) -> Result<Self> {
        let of = |more: Vec<Predicate>| {
            let mut all = vec![Predicate::test("account", Operator::Equal, account.to_string())];
            all.extend(more);
            all
        };
        let won = of(vec![Predicate::test("state", Operator::Equal, "won")]);
        let deal = first_row(cx, Kind::Deal, won, "closed_at", true)?.into_iter().find_map(|row| match row.body {
            AnyRecord::Deal(deal) => Some((row.id, *deal)),
            _ => None,
        });
        let running = of(vec![Predicate::test("status", Operator::Equal, "active")]);
        let subscriptions = first_row(cx, Kind::Subscription, running, "starts_on", true)?;
        let subscription = subscriptions.into_iter().find_map(|row| match row.body {
            AnyRecord::Subscription(subscription) => Some((row.id, *subscription)),
            _ => None,
        });
        let named = deal.as_ref().and_then(|(_, deal)| deal.contact);
        let named = named.map(|id| cx.row(Key { kind: Kind::Contact, id })).transpose()?.flatten();
        let others = first_row(cx, Kind::Contact, of(Vec::new()), "created_at", false)?;
        let all = named.into_iter().filter(|row| row.archived_at.is_none()).chain(others);
        let contact = all.into_iter().find_map(|row| match row.body {
            AnyRecord::Contact(contact) => Some((row.id, *contact)),
            _ => None,
        });
        Ok(Self { deal, contact, subscription })
    }

    fn contact_name(&self) -> Option<String> {
        let (_, contact) = self.contact.as_ref()?;
        let name = format!("{} {}", contact.first_name.trim(), contact.last_name.trim());
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }
}

/// What is suggested for a customer now; nothing where no playbook is made for such customers.
///
/// # Errors
/// Days beyond the years 1900 to 9999, and the store's own.
pub(crate) fn onboarding(cx: &mut Cx<'_>, row: &Row) -> Result<Option<Onboarding>> {
    let AnyRecord::Account(account) = &row.body else {
        return Err(Problem::NotFound { record: Kind::Account.name().into(), id: row.id.to_string() }.into());
    };
    let schema = cx.rules().schema(Kind::Account);
    let all = all_playbooks(cx)?.sound;
    let Some(playbook) = suited(all.iter(), &row.facts(&schema), cx.at()).cloned() else { return Ok(None) };
    let run = run_id(&playbook.code, row.id, "");
    let run = cx.by_itself(|cx| cx.row(Key { kind: Kind::PlaybookRun, id: run }))?.map(|row| row.id);
    let known = Known::of(cx, row.id)?;
    let today = cx.rules().tasks().days.day(cx.at());
    let mut anchors = BTreeMap::from([("start".to_owned(), today)]);
    if let Some(last) = known.subscription.as_ref().and_then(|(_, subscription)| subscription.ends_on) {
        anchors.extend(last.succ_opt().map(|renewal| ("renewal".to_owned(), renewal)));
    }
    let standings = standings_of(cx, &playbook, row);
    let planned = plan(&playbook, cx.rules().days_of(&playbook), &anchors, &standings)?;
    let why = why(&playbook, &known, &cx.rules().tasks().days.zone);
    let suggesting =
        Suggesting { row, account, playbook: &playbook, anchors: &anchors, planned: &planned, known: &known };
    let mut advice = vec![suggesting.run(&why), suggesting.note(cx, &why)];
    advice.extend(suggesting.activity(cx, &why));
    let (read, rules, at) = (cx.seen_by_actor(), cx.rules(), cx.at());
    for one in &mut advice {
        one.draft = draft_of_origin(&read, rules, at, &one.origin)?;
    }
    Ok(Some(Onboarding { playbook, planned, advice, run }))
}

/// What speaks for it.
fn why(playbook: &Playbook, known: &Known, zone: &Zone) -> Vec<Why> {
    let name = playbook.name();
    let mut why = vec![match &playbook.suits {
        Some(_) => Why::Fits { playbook: name },
        None => Why::FirstActive { playbook: name },
    }];
    if let Some((_, deal)) = &known.deal
        && let Some(at) = deal.closed_at
    {
        why.push(Why::DealWon { deal: deal.name.clone(), date: zone.day(at) });
    }
    if let Some((_, subscription)) = &known.subscription
        && let Some(date) = subscription.starts_on
    {
        why.push(Why::Subscribed { subscription: subscription.name.clone(), date });
    }
    why.push(Why::NoRun);
    why
}

struct Suggesting<'a> {
    row: &'a Row,
    account: &'a Account,
    playbook: &'a Playbook,
    /// The days that the planned steps are counted from.
    anchors: &'a BTreeMap<String, NaiveDate>,
    planned: &'a [Planned],
    known: &'a Known,
}

impl Suggesting<'_> {
    fn advice(&self, part: &'static str, command: &'static str, body: Json, reasons: Vec<Why>) -> Advice {
        let origin = format!("onboarding {} {} {part}", self.row.id, self.playbook.code);
        Advice { part, command, body, reasons, origin, draft: None }
    }

    /// The first step that has days.
    fn first(&self) -> Option<(&Planned, Name, Labels)> {
        let dated = self.planned.iter().filter(|one| one.starts_on.is_some());
        let one = dated.min_by_key(|one| (one.starts_on, one.place))?;
        let step = self.playbook.steps.get(one.place)?;
        Some((one, step.name(), step.title.clone()))
    }

    fn run(&self, why: &[Why]) -> Advice {
        let mut body = Map::new();
        body.insert("playbook".into(), self.playbook.code.as_str().into());
        body.insert("account".into(), self.row.id.to_string().into());
        if let Some((id, _)) = &self.known.deal {
            body.insert("deal".into(), id.to_string().into());
        }
        if let Some((id, _)) = &self.known.subscription {
            body.insert("subscription".into(), id.to_string().into());
        }
        // Whenever somebody says yes, the run has the days that were shown.
        let days = self.anchors.iter().map(|(name, day)| (name.clone(), Json::from(day.to_string())));
        body.insert("anchors".into(), Json::Object(days.collect()));
        // Whoever has to be named is whoever is responsible, until somebody says otherwise in the draft.
        let asked = self.playbook.steps.iter().filter(|step| step.assignee == crate::rules::playbook::Assignee::Ask);
        if !self.account.owner.is_empty() {
            let named: Map<String, Json> =
                asked.map(|step| (step.code.clone(), self.account.owner.as_str().into())).collect();
            if !named.is_empty() {
                body.insert("assignees".into(), Json::Object(named));
            }
        }
        let steps = crate::kernel::json::length(self.playbook.steps.len());
        let required = crate::kernel::json::length(self.playbook.steps.iter().filter(|step| step.required).count());
        let mut reasons = why.to_vec();
        reasons.push(Why::Steps { steps, required });
        self.advice("run", "playbook_run.start", Json::Object(body), reasons)
    }

    /// What whoever begins has to know, in the language in which the workspace writes.
    fn note(&self, cx: &Cx<'_>, why: &[Why]) -> Advice {
        let lang = cx.rules().templates().language();
        let said = |why: &Why| lang::reason(&crate::kernel::reason::Reason::Playbook(why.clone()), lang);
        let colon = if lang == Lang::French { "\u{a0}:" } else { ":" };
        let title = self.playbook.title.text(lang);
        let mut lines = vec![format!("{title} — {}", self.account.name)];
        let mut facts = why.to_vec();
        facts.extend(self.known.contact_name().map(|name| Why::Contact { name }));
        lines.extend(facts.iter().skip(1).map(|why| format!("- {}", said(why))));
        for one in self.planned {
            let Some(step) = self.playbook.steps.get(one.place) else { continue };
            if let Some(due) = one.due_on {
                lines.push(format!("- {}{colon} {}", lang::day_in_full(due, lang), step.title.text(lang)));
            }
        }
        let body = json!({"record": "account", "id": self.row.id.to_string(), "text": lines.join("\n")});
        let mut reasons: Vec<Why> = why.iter().take(1).cloned().collect();
        reasons.extend(self.known.contact_name().map(|name| Why::Contact { name }));
        self.advice("note", "note.add", body, reasons)
    }

    /// The first step as something that is agreed on.
    fn activity(&self, cx: &Cx<'_>, why: &[Why]) -> Option<Advice> {
        let lang = cx.rules().templates().language();
        let (one, step, title) = self.first()?;
        let date = one.starts_on?;
        let time = NaiveTime::from_hms_opt(KICKOFF_HOUR, 0, 0)?;
        let at = cx.rules().tasks().days.zone.instant(date.and_time(time));
        let mut fields = Map::new();
        fields.insert("kind".into(), "call".into());
        fields.insert("direction".into(), "outbound".into());
        fields.insert("subject".into(), format!("{} — {}", title.text(lang), self.account.name).into());
        fields.insert("account".into(), self.row.id.to_string().into());
        fields.insert("happened_at".into(), format_instant(at).into());
        if let Some((id, _)) = &self.known.contact {
            fields.insert("contact".into(), id.to_string().into());
        }
        if let Some((id, _)) = &self.known.deal {
            fields.insert("deal".into(), id.to_string().into());
        }
        if !self.account.owner.is_empty() {
            fields.insert("actor".into(), self.account.owner.as_str().into());
        }
        let mut reasons: Vec<Why> = why.iter().take(1).cloned().collect();
        reasons.push(Why::FirstStep { step, date });
        reasons.extend(self.known.contact_name().map(|name| Why::Contact { name }));
        Some(self.advice("activity", "activity.log", json!({"fields": fields, "planned": true}), reasons))
    }
}
