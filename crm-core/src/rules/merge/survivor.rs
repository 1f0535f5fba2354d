//! Which record survives.

use std::cmp::{Ordering, Reverse};

use super::{Candidate, Merger};
use crate::kernel::fact::Fact;
use crate::kernel::reason::MergeRank;

/// What records are ranked by; the smaller survives.
fn standing(merger: &Merger, lead: &Candidate<'_>) -> (Reverse<bool>, usize, Reverse<u64>) {
    let known = |field: &str| merger.schema.position(field).map_or(Fact::Unknown, |f| lead.facts.fact(f));
    let converted = lead.has_deal || known("converted_at").is_known() || known("converted") == Fact::Boolean(true);
    let left = merger.steps_left(lead.text(merger.schema.position("stage")));
    (Reverse(converted), left, Reverse(lead.links))
}

/// The first difference between two records, seen from the first.
fn compare(merger: &Merger, a: &Candidate<'_>, b: &Candidate<'_>) -> (Ordering, MergeRank) {
    let (left, right) = (standing(merger, a), standing(merger, b));
    let steps = [
        (left.0.cmp(&right.0), MergeRank::Converted),
        (left.1.cmp(&right.1), MergeRank::Stage),
        (left.2.cmp(&right.2), MergeRank::Links),
        (a.created_at.cmp(&b.created_at), MergeRank::Oldest),
    ];
    let decided = steps.into_iter().find(|(ordering, _)| ordering.is_ne());
    decided.unwrap_or_else(|| (a.id.cmp(&b.id), MergeRank::LowestId))
}

/// The records in order, each with what puts it ahead of the next.
pub(super) fn order<'a, 'b>(
    merger: &Merger,
    leads: &'a [Candidate<'b>],
) -> Vec<(&'a Candidate<'b>, Option<MergeRank>)> {
    let mut ranked: Vec<&Candidate<'b>> = leads.iter().collect();
    ranked.sort_by(|a, b| compare(merger, a, b).0);
    let ahead = ranked.windows(2).map(|pair| match pair {
        [a, b] => Some(compare(merger, a, b).1),
        _ => None,
    });
    let ahead: Vec<_> = ahead.chain([None]).collect();
    ranked.into_iter().zip(ahead).collect()
}
