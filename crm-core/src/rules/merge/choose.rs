//! The value of each field.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::config::{Block, CONVERSION, FieldRule, Pick, steps_left};
use super::{Candidate, Choice, Merger};
use crate::kernel::error::{Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::field::FieldType;
use crate::kernel::reason::MergeRule;
use crate::kernel::text;
use crate::kernel::time::Instant;
use crate::kernel::value::Value;
use crate::model::DO_NOT_CALL;

/// A value that a rule chose: from a record by its rank, or from several.
pub(super) struct Chosen {
    pub(super) value: Value,
    pub(super) from: Option<usize>,
    pub(super) rule: MergeRule,
}

impl Merger {
    /// The fields in which the ranked records differ; `wished` says whose value a person chose.
    pub(super) fn choices(&self, ranked: &[&Candidate<'_>], wished: &BTreeMap<usize, usize>) -> Result<Vec<Choice>> {
        self.check_conversions(ranked)?;
        let mut chosen: BTreeMap<usize, Chosen> = BTreeMap::new();
        for (place, rule) in self.rules.iter().enumerate() {
            if let Some(value) = self.by_rule(rule, place, ranked) {
                chosen.insert(place, value);
            }
        }
        for block in &self.blocks {
            if let Some(from) = self.giver(block, ranked) {
                let of = |place: &usize| {
                    let value = ranked.get(from).map(|lead| lead.value(*place)).unwrap_or_default();
                    (*place, Chosen { value, from: Some(from), rule: block.rule })
                };
                chosen.extend(block.fields.iter().map(of));
            }
        }
        for (place, rank) in wished {
            let value = ranked.get(*rank).map(|lead| lead.value(*place)).unwrap_or_default();
            chosen.insert(*place, Chosen { value, from: Some(*rank), rule: MergeRule::ChosenByPerson });
        }
        self.contact_points(ranked, &mut chosen);
        Ok(chosen.into_iter().filter_map(|(place, chosen)| self.choice(place, chosen, ranked)).collect())
    }

    /// The choice of a field, if there was one to make.
    fn choice(&self, place: usize, chosen: Chosen, ranked: &[&Candidate<'_>]) -> Option<Choice> {
        let Chosen { value, from, mut rule } = chosen;
        let old = ranked.first().map(|lead| lead.value(place)).unwrap_or_default();
        let lost = |other: &Value| match (&value, other) {
            (_, Value::Null) => false,
            // All labels have a part in the union; a text has one unless it no longer fitted.
            (_, Value::Texts(_)) if from.is_none() => false,
            (Value::Text(all), Value::Text(one)) if from.is_none() => !has_paragraphs(all, one),
            (value, other) => value != other,
        };
        let others = ranked.iter().map(|lead| (lead.id, lead.value(place)));
        let losers: Vec<_> = others.filter(|(_, other)| lost(other)).collect();
        if old == value && losers.is_empty() {
            return None;
        }
        if old == Value::Null && losers.is_empty() && from.is_some() && rule == MergeRule::ChosenNewestField {
            rule = MergeRule::FilledEmpty;
        }
        let field = self.schema.field(place)?.name.to_string();
        let from = from.and_then(|rank| ranked.get(rank)).map(|lead| lead.id);
        Some(Choice { place, field, value, from, losers, rule })
    }

    fn by_rule(&self, rule: &FieldRule, place: usize, ranked: &[&Candidate<'_>]) -> Option<Chosen> {
        let from = |rank: usize, rule: MergeRule| {
            let value = ranked.get(rank).map(|lead| lead.value(place)).unwrap_or_default();
            Some(Chosen { value, from: Some(rank), rule })
        };
        let several = |value: Value, rule: MergeRule| Some(Chosen { value, from: None, rule });
        match rule {
            FieldRule::Kept | FieldRule::Together => None,
            FieldRule::Primary => match first_known(place, ranked)? {
                0 => from(0, MergeRule::KeptPrimary),
                rank => from(rank, MergeRule::FilledEmpty),
            },
            FieldRule::Newest => from(self.newest(place, ranked)?, MergeRule::ChosenNewestField),
            FieldRule::Union => several(union(place, ranked), MergeRule::Union),
            FieldRule::Joined => several(joined(place, ranked), MergeRule::Joined),
            FieldRule::Smallest => from(extreme(place, ranked, false)?, self.by_time(place, MergeRule::MinDate)),
            FieldRule::Largest => from(extreme(place, ranked, true)?, self.by_time(place, MergeRule::MaxDate)),
            FieldRule::AnyYes => {
                let yes = ranked.iter().position(|lead| lead.facts.fact(place) == Fact::Boolean(true));
                yes.map_or_else(
                    || from(first_known(place, ranked)?, MergeRule::KeptPrimary),
                    |rank| from(rank, MergeRule::AnyYes),
                )
            }
            FieldRule::Furthest(order) => {
                let known = |rank: &usize| ranked.get(*rank).is_some_and(|lead| lead.facts.fact(place).is_known());
                let left = |rank: &usize| ranked.get(*rank).map(|lead| steps_left(order, lead.text(Some(place))));
                from((0..ranked.len()).filter(known).min_by_key(left)?, MergeRule::FurthestStage)
            }
            FieldRule::Strictest => {
                let name = self.schema.field(place).map_or("", |field| field.name.as_ref());
                let strictness = |rank: &usize| ranked.get(*rank).map(|lead| strictness(name, lead.facts.fact(place)));
                from((0..ranked.len()).min_by_key(strictness)?, MergeRule::MostRestrictiveConsent)
            }
            FieldRule::Arrival => {
                let (at, rank) = ranked.iter().enumerate().map(|(r, lead)| (self.arrived(lead), r)).min()?;
                // The primary says no more than it did if it was the first by the instant of its making alone.
                let silent = rank == 0 && ranked.iter().all(|lead| !lead.facts.fact(place).is_known());
                if silent {
                    return None;
                }
                Some(Chosen { value: Value::Instant(at), from: Some(rank), rule: MergeRule::MinDate })
            }
        }
    }

    /// The extreme of a date is the earliest or latest, of a number the smallest or largest.
    fn by_time(&self, place: usize, rule: MergeRule) -> MergeRule {
        let time = [FieldType::Date, FieldType::Instant];
        match (self.schema.field(place).is_some_and(|f| time.contains(&f.kind)), rule) {
            (false, MergeRule::MinDate) => MergeRule::Smallest,
            (false, MergeRule::MaxDate) => MergeRule::Largest,
            (_, rule) => rule,
        }
    }

    /// Whose value was written or cleared last; a default of an anonymous record only where there is nothing else.
    fn newest(&self, place: usize, ranked: &[&Candidate<'_>]) -> Option<usize> {
        let touched = ranked.iter().enumerate().filter_map(|(rank, lead)| {
            let at = lead.touched(place)?;
            let default = self.defaults.get(place).filter(|d| **d != Value::Null);
            let real = default != Some(&lead.value(place)) || !self.is_anonymous(lead);
            Some((real, at, Reverse(rank)))
        });
        touched.max().map(|(.., Reverse(rank))| rank)
    }

    /// Whether nobody knows who a record is.
    fn is_anonymous(&self, lead: &Candidate<'_>) -> bool {
        const WHO: &[&str] = &["first_name", "last_name", "email", "phone", "mobile", "other_emails", "other_phones"];
        let known = |name: &&str| self.schema.position(name).is_some_and(|f| lead.facts.fact(f).is_known());
        !WHO.iter().any(known)
    }

    /// When a record came in: as it says, or when it was made.
    fn arrived(&self, lead: &Candidate<'_>) -> Instant {
        match self.schema.position("received_at").map(|f| lead.facts.fact(f)) {
            Some(Fact::Instant(at)) => at,
            _ => lead.created_at,
        }
    }

    /// Which record gives a block; `None` where nobody knows any of it.
    fn giver(&self, block: &Block, ranked: &[&Candidate<'_>]) -> Option<usize> {
        let parts = |lead: &Candidate<'_>| block.fields.iter().filter(|f| lead.facts.fact(**f).is_known()).count();
        let giving = ranked.iter().enumerate().filter(|(_, lead)| parts(lead) > 0);
        let latest = |lead: &Candidate<'_>| block.fields.iter().filter_map(|f| lead.facts.fact(*f).ordinal()).max();
        match block.pick {
            Pick::First => giving.map(|(rank, _)| rank).next(),
            Pick::Fullest => giving.max_by_key(|(rank, lead)| (parts(lead), Reverse(*rank))).map(|(rank, _)| rank),
            Pick::Agreeing => {
                let (_, own) = giving.clone().next()?;
                let agrees = |lead: &Candidate<'_>| {
                    let same = |f: &usize| text::fold(own.text(Some(*f))) == text::fold(lead.text(Some(*f)));
                    block.fields.iter().all(|f| !own.facts.fact(*f).is_known() || same(f))
                };
                let fuller = giving.filter(|(_, lead)| agrees(lead));
                fuller.max_by_key(|(rank, lead)| (parts(lead), Reverse(*rank))).map(|(rank, _)| rank)
            }
            Pick::Arrived => giving.min_by_key(|(rank, lead)| (self.arrived(lead), *rank)).map(|(rank, _)| rank),
            Pick::Latest => giving.max_by_key(|(rank, lead)| (latest(lead), Reverse(*rank))).map(|(rank, _)| rank),
        }
    }

    /// Records that were converted to different accounts are not one lead.
    fn check_conversions(&self, ranked: &[&Candidate<'_>]) -> Result<()> {
        let [_, account, ..] = CONVERSION;
        let Some(place) = self.schema.position(account) else { return Ok(()) };
        let mut accounts = ranked.iter().filter_map(|lead| match lead.facts.fact(place) {
            Fact::Reference(id) => Some(id),
            _ => None,
        });
        let Some(first) = accounts.next() else { return Ok(()) };
        match accounts.find(|other| *other != first) {
            Some(second) => {
                let (first, second) = (first.to_string(), second.to_string());
                Err(Problem::ConvertedApart { first, second }.into())
            }
            None => Ok(()),
        }
    }
}

fn first_known(place: usize, ranked: &[&Candidate<'_>]) -> Option<usize> {
    ranked.iter().position(|lead| lead.facts.fact(place).is_known())
}

/// Refused, unknown, soft, agreed; consumer, unknown, professional, organization; for whether somebody may be called: not,
/// unknown, may; whether the subject suits the profession: no, unknown, yes. Of other facts nothing known is the strictest.
fn strictness(field: &str, fact: Fact<'_>) -> u8 {
    match fact {
        Fact::Text("opted_out" | "consumer") => 0,
        Fact::Text("soft" | "professional") => 2,
        Fact::Boolean(yes) if yes == (field == DO_NOT_CALL) => 0,
        Fact::Unknown => 1,
        _ => 3,
    }
}

/// Whose value is the largest or smallest; of equal ones the first.
fn extreme(place: usize, ranked: &[&Candidate<'_>], largest: bool) -> Option<usize> {
    let known = ranked.iter().enumerate().filter_map(|(rank, lead)| Some((lead.facts.fact(place).ordinal()?, rank)));
    if largest {
        return known.max_by_key(|(n, rank)| (*n, Reverse(*rank))).map(|(_, rank)| rank);
    }
    known.min().map(|(_, rank)| rank)
}

/// All texts of all records in order, each once however it is spelt.
fn union(place: usize, ranked: &[&Candidate<'_>]) -> Value {
    let mut all: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for lead in ranked {
        if let Fact::Texts(texts) = lead.facts.fact(place) {
            all.extend(texts.iter().filter(|t| seen.insert(text::fold(t).into_owned())).cloned());
        }
    }
    if all.is_empty() { Value::Null } else { Value::Texts(all) }
}

/// What stands between paragraphs.
const BETWEEN: &str = "\n\n";

fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split(BETWEEN).map(str::trim).filter(|p| !p.is_empty())
}

fn has_paragraphs(all: &str, one: &str) -> bool {
    let all: BTreeSet<&str> = paragraphs(all).collect();
    paragraphs(one).all(|paragraph| all.contains(paragraph))
}

/// All paragraphs of all records in order, each once. A text that no longer fits is left to its own record.
fn joined(place: usize, ranked: &[&Candidate<'_>]) -> Value {
    let mut all = String::new();
    for lead in ranked {
        let mut more = all.clone();
        let mut seen: BTreeSet<&str> = paragraphs(&all).collect();
        for paragraph in paragraphs(lead.text(Some(place))) {
            if seen.insert(paragraph) {
                if !more.is_empty() {
                    more.push_str(BETWEEN);
                }
                more.push_str(paragraph);
            }
        }
        if more.len() <= text::MOST_BYTES {
            all = more;
        }
    }
    if all.is_empty() { Value::Null } else { Value::Text(all) }
}
