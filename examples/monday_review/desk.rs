//! The lead desk's part of the review: who may be one and the same, who would get which lead, and what the first ones
//! would become. Nothing of it is done: people decide.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crm_core::command::ConvertLead;
use crm_core::engine::{DuplicateGroup, FindDuplicates};
use crm_core::kernel::reason::Reason;
use crm_core::kernel::routing_reason::RoutingReason;
use crm_core::model::{Kind, Lead, Row};
use crm_core::rules::conversion::{ConvertPlan, Object, Outcome};
use crm_core::rules::routing::{Decision, Outcome as Given, Request, State};
use crm_core::{Id, Lang, Problem, Result, Value, lang};

use crate::desk_texts as texts;
use crate::report::{Report, amount, count, name};
use crate::texts::more;

/// Groups, decisions and conversions shown; names shown of a group.
const SHOWN: usize = 5;
const CONVERTED: usize = 3;
const NAMES: usize = 4;
/// Evidence shown of a group: what most of it rests on.
const EVIDENCE: usize = 2;

/// How often something was said.
type Tally = BTreeMap<String, u64>;

impl Report<'_> {
    /// Groups of leads that share a key, those with the highest score first.
    pub(crate) fn show_duplicates(&self, out: &mut String) -> Result<()> {
        let lang = self.options.lang;
        let rank: BTreeMap<Id, usize> = self.leads.iter().enumerate().map(|(i, lead)| (lead.id, i)).collect();
        let mut groups = self.duplicates()?;
        let ids = |group: &DuplicateGroup| -> Vec<Id> {
            let mut ids: Vec<Id> = group.others.iter().map(|c| c.key.id).chain([group.primary]).collect();
            ids.sort_by_key(|id| rank.get(id).copied());
            ids
        };
        groups.sort_by_key(|group| (ids(group).first().and_then(|id| rank.get(id).copied()), group.key.clone()));
        if groups.is_empty() {
            if self.leads.len() > 1 {
                line!(out, "{}\n", texts::no_duplicates(lang));
            }
            return Ok(());
        }
        let leads = groups.iter().fold(0, |n, group| count(group.others.len()).saturating_add(1).saturating_add(n));
        line!(out, "{}", texts::duplicates(lang, count(groups.len()), leads));
        for group in groups.iter().take(SHOWN) {
            let ids = ids(group);
            let known = ids.iter().filter_map(|id| rank.get(id)).filter_map(|place| self.leads.get(*place));
            let mut names: Vec<String> = known.take(NAMES).map(|lead| who(&lead.body)).collect();
            if ids.len() > NAMES {
                names.push(format!("… {}", more(lang, count(ids.len() - NAMES))));
            }
            line!(out, "  {}", names.join(" · "));
            let mut reasons = vec![texts::shared(lang, &group.kind, &group.key)];
            for reason in group.others.iter().flat_map(|other| other.comparison.reasons()) {
                let sentence = lang::reason(reason, lang);
                if matches!(reason, Reason::Evidence { .. })
                    && reasons.len() <= EVIDENCE
                    && !reasons.contains(&sentence)
                {
                    reasons.push(sentence);
                }
            }
            line!(out, "{:13}{}", "", reasons.join(" · "));
        }
        self.rest(out, groups.len(), SHOWN);
        line!(out, "");
        Ok(())
    }

    fn duplicates(&self) -> Result<Vec<DuplicateGroup>> {
        let (mut find, mut groups) = (FindDuplicates { limit: 500, after: None }, Vec::new());
        loop {
            let page = self.crm.duplicates(self.ctx, &find)?;
            groups.extend(page.groups);
            match page.next {
                Some(next) => find.after = Some(next),
                None => return Ok(groups),
            }
        }
    }

    /// Where the leads without an owner would go, the highest score first; without a team there is nothing to say.
    pub(crate) fn show_routing(&self, out: &mut String) -> Result<()> {
        let (lang, table) = (self.options.lang, self.crm.rules().routing());
        if !self.options.has_team() {
            return Ok(());
        }
        for lint in table.lint(self.ctx.at) {
            line!(out, "{}", texts::lint(lang, &lang::reason(&Reason::Routing(lint), lang)));
        }
        let (mut free, mut state) = (Vec::new(), State::new());
        for lead in self.leads.iter().filter(|lead| is_open(&lead.body)) {
            match lead.body.owner.as_str() {
                "" => free.push(lead),
                owner => state.set_open(owner, state.open(owner).saturating_add(1)),
            }
        }
        if free.is_empty() {
            return Ok(());
        }
        let schema = self.crm.rules().schema(Kind::Lead);
        let mut router = table.router(self.ctx.at);
        let (mut going, mut skipped, mut shown) = (Tally::new(), Tally::new(), Vec::new());
        for lead in &free {
            let row = any(lead);
            let decision = router.decide(&mut state, &Request::new(&row.facts(&schema)));
            tally(&mut going, given(&decision, lang));
            decision.skipped.iter().for_each(|reason| tally(&mut skipped, text(reason, lang)));
            if shown.len() < SHOWN {
                shown.push((lead, decision));
            }
        }
        line!(out, "{}", texts::routing(lang, count(free.len()), &shares(going)));
        for (lead, decision) in &shown {
            line!(out, "  {} → {}", who(&lead.body), given(decision, lang));
            let reasons: Vec<String> = decision.reasons.iter().map(|r| text(r, lang)).collect();
            line!(out, "{:13}{}", "", reasons.join(" · "));
        }
        self.rest(out, free.len(), SHOWN);
        for (reason, times) in skipped {
            line!(out, "  {}", texts::passed_over(lang, &reason, times));
        }
        line!(out, "");
        Ok(())
    }

    /// What the first leads would become.
    pub(crate) fn show_conversion(&self, out: &mut String) -> Result<()> {
        let lang = self.options.lang;
        let mut first = self.leads.iter().filter(|lead| is_open(&lead.body)).take(CONVERTED).peekable();
        if first.peek().is_none() {
            return Ok(());
        }
        line!(out, "{}", texts::conversion(lang));
        for lead in first {
            let plan = match self.crm.explain_conversion(self.ctx, &ConvertLead::new(lead.id)) {
                Ok(plan) => plan,
                Err(e) if matches!(e.problem(), Problem::Storage { .. }) => return Err(e),
                // A lead of which too little is known, for example.
                Err(e) => {
                    line!(out, "  {}", texts::inconvertible(lang, &name(&lead.body), &e.text(lang)));
                    continue;
                }
            };
            let parts: Vec<String> = Object::ALL.iter().filter_map(|object| part(&plan, *object, lang)).collect();
            line!(out, "  {} → {}", name(&lead.body), parts.join(" · "));
            if !plan.invalid.is_empty() {
                line!(out, "{:13}{}", "", texts::invalid(lang, count(plan.invalid.len())));
            }
        }
        line!(out, "");
        Ok(())
    }

    fn rest(&self, out: &mut String, all: usize, shown: usize) {
        if all > shown {
            line!(out, "  … {}", more(self.options.lang, count(all - shown)));
        }
    }
}

fn tally(tally: &mut Tally, what: String) {
    let times = tally.entry(what).or_default();
    *times = times.saturating_add(1);
}

/// `Dana Rahimi 12 · Imani Okonjo 6`, the largest share first.
fn shares(going: Tally) -> String {
    let mut shares: Vec<(String, u64)> = going.into_iter().collect();
    shares.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let shares: Vec<String> = shares.iter().map(|(to, n)| format!("{to} {n}")).collect();
    shares.join(" · ")
}

/// Neither merged nor converted: somebody may still work it.
fn is_open(lead: &Lead) -> bool {
    lead.merged_into.is_none() && lead.converted_at.is_none() && lead.converted != Some(true)
}

/// The lead as rules read it.
fn any(lead: &Row<Lead>) -> Row {
    Row {
        id: lead.id,
        version: lead.version,
        created_at: lead.created_at,
        updated_at: lead.updated_at,
        archived_at: lead.archived_at,
        clocks: lead.clocks.clone(),
        body: lead.body.clone().into(),
    }
}

/// The company and the person, as far as they are known.
fn who(lead: &Lead) -> String {
    let (first, person) = (name(lead), format!("{} {}", lead.first_name, lead.last_name));
    match person.trim() {
        person if person.is_empty() || person == first => first,
        person => format!("{first} ({person})"),
    }
}

fn text(reason: &RoutingReason, lang: Lang) -> String {
    lang::reason(&Reason::Routing(reason.clone()), lang)
}

/// To whom a lead goes.
fn given(decision: &Decision, lang: Lang) -> String {
    let queue = |id: &String| {
        let named = decision.reasons.iter().find_map(|reason| match reason {
            RoutingReason::Queued { queue } => Some(queue.text(lang)),
            _ => None,
        });
        texts::queue(lang, named.unwrap_or(id))
    };
    match &decision.outcome {
        Given::User(user) | Given::Kept(user) | Given::Owned(user) => user.clone(),
        Given::Queue(id) => queue(id),
        Given::Dropped | Given::Closed | Given::Nobody => texts::nobody(lang).to_owned(),
    }
}

/// What would become of one of the three records; nothing where there would be none.
fn part(plan: &ConvertPlan, object: Object, lang: Lang) -> Option<String> {
    let written = |field: &str| plan.writes.iter().find(|w| w.object == object && w.field == field).map(|w| &w.new);
    let title = match (object, written("name")) {
        (Object::Contact, _) => plan.name.clone(),
        (_, Some(Value::Text(name))) => name.clone(),
        _ => plan.title.clone(),
    };
    let title = match written("value") {
        Some(Value::Money(value)) => format!("{title} ({})", amount(*value, lang)),
        _ => title,
    };
    match plan.outcome(object) {
        Outcome::Create { .. } => Some(texts::created(lang, object, &title)),
        Outcome::Use { reasons, .. } => {
            let reasons = reasons.iter().map(|r| lang::reason(&Reason::Conversion(r.clone()), lang));
            Some(texts::used(lang, object, &reasons.collect::<Vec<_>>().join(", ")))
        }
        Outcome::Undecided { reason, .. } => {
            let reason = crm_core::kernel::convert_reason::ConvertReason::Choice(*reason);
            Some(lang::reason(&Reason::Conversion(reason), lang))
        }
        Outcome::None { .. } => None,
    }
}
