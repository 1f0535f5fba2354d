//! Who gets how much.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use crm_core::rules::Rules;
use crm_core::rules::attribution::{Against, ChannelGroup, Seen, Sifted, Splitter};
use crm_core::{Currency, Result};

use super::by::attribution_by;
use super::conversions::Conversions;
use super::options::AttributionOptions;
use super::output;
use super::touches::{Layout, Touches};
use crate::desk::{Evaluated, check, read};
use crate::grouped::Groups;
use crate::import::Incoming;
use crate::parallel;
use crate::refused::Refused;

/// Fewest subjects that are worth a thread of their own.
const FEWEST: usize = 4_096;

/// Attribution of batches that are in the process already, see [`attribution_table`]; with conversions of their own, see
/// [`attribution_tables`].
///
/// # Errors
/// As [`attribution_table`].
pub fn attribution_batches(
    touches: (&SchemaRef, &[RecordBatch]),
    conversions: Option<(&SchemaRef, &[RecordBatch])>,
    rules: &Rules,
    options: &AttributionOptions,
) -> Result<Evaluated> {
    check(touches.0, touches.1)?;
    let layout = Layout::of_touches(touches.0, &options.table)?;
    let apart = conversions.map(|(schema, batches)| {
        check(schema, batches)?;
        Ok::<_, crm_core::Error>((Layout::of_conversions(schema, &options.table)?, batches))
    });
    let apart = apart.transpose().map_err(|e| e.at("conversions"))?;
    let mut read = Touches::read(&layout, touches.1, rules.attribution())?;
    let apart = apart.as_ref().map(|(layout, batches)| (layout, *batches));
    let conversions = Conversions::read(&mut read, (&layout, touches.1), apart)?;
    let ranges = parallel::ranges(read.groups.len(), options.table.threads, FEWEST, 1);
    let parts = parallel::each(ranges, |range| divided(&read, &conversions, options, range));
    let mut credits = Credits::new(read.names.len());
    for part in parts {
        credits.take(part?, &read.groups);
    }
    let told = output::table(touches, &layout, read, &conversions, credits, options)?;
    match &options.by {
        None => Ok(told),
        Some(by) => attribution_by(&told, by).map_err(|e| e.at("by")),
    }
}

/// What the touches of a table had to do with what became of their subjects, exactly as [`Rules::eval`] says with the rule
/// `attribution` and the question `attribute` of each subject's touches. Reads a C stream to its end.
///
/// Each row is a touch. Columns: `subject` (or `lead`, `customer`; text, whole numbers, categories), `at` (times with a
/// zone, or without in the zone given; dates; texts), `channel`, or what tells it: `source`, `medium`, `campaign`, `term`,
/// `content` (each with or without `utm_`), `referrer`, `landing_page`, `click_id`, `kind`; `id` orders touches of one
/// instant; `cost`. What became of the subject stands beside its touches, in any of its rows or all: `converted_at` and
/// `amount` with `amount_currency` (or `currency`); `lead_at` and `deal_at` are the key touches of some models. With
/// `converted_at` only who has one was converted; without it, everybody, with all touches.
///
/// Adds `channel` and `channel_group` (where the table does not name channels), `position` in the path, counted from 1,
/// `share_micro` (the shares of a subject are a million), with amounts `attributed_amount` (those of a subject are its
/// amount, to the cent) and `attributed_currency`, with costs `cost` and `cost_currency`, then `left_out` (why a touch
/// does not count: `not_converted`, `after_milestone`, `same_session` ...; with a language `left_out_text`), `problem`
/// and, with a language, `problem_text`. A row that cannot be read keeps its place and is no touch:
/// `missing_subject`, `unreadable_subject`, `unreadable_at`, `unreadable_id`, `unreadable_channel`; a row whose
/// `unreadable_conversion`, `unreadable_amount` or `unreadable_cost` is named is a touch all the same. A subject whose rows
/// tell different conversions has `several_conversions` in all of them.
///
/// The answer counts rows, subjects, conversions and problems, and has amounts by currency: all, and what no touch gets.
///
/// # Errors
/// A column that is not there or of another type, times without zone where none is given, amounts without currency, and
/// [`crm_core::Problem::Arrow`] for a stream that fails or cannot be trusted.
pub fn attribution_table(input: impl Into<Incoming>, rules: &Rules, options: &AttributionOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    attribution_batches((&schema, &batches), None, rules, options)
}

/// The same where what became of subjects is a table of its own: `subject`, `converted_at`, `lead_at`, `deal_at`, `amount`
/// with `amount_currency`. Without `converted_at` everybody in it was converted. Conversions of subjects without a touch
/// are counted as unattributed.
///
/// # Errors
/// As [`attribution_table`], with `conversions` in the path of what is wrong with the second table.
pub fn attribution_tables(
    touches: impl Into<Incoming>,
    conversions: impl Into<Incoming>,
    rules: &Rules,
    options: &AttributionOptions,
) -> Result<Evaluated> {
    let (schema, batches) = read(touches)?;
    let (second, others) = read(conversions).map_err(|e| e.at("conversions"))?;
    attribution_batches((&schema, &batches), Some((&second, &others)), rules, options)
}

/// What a touch of a path gets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Credit {
    /// Its position, counted from 1.
    pub(super) position: u32,
    pub(super) share_micro: u32,
    /// Minor units, with their currency.
    pub(super) amount: Option<(i64, Currency)>,
}

/// What is said of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    /// It is no touch.
    Nothing,
    /// Its subject was not converted.
    NotConverted,
    /// It gets something.
    Credit(Credit),
    /// The rule says why it gets nothing; other touches are told by their rows.
    Against(Against),
}

/// Amounts of one currency in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) all: i128,
    pub(super) unattributed: i128,
}

/// What some subjects come to.
#[derive(Default)]
struct Part {
    /// Touches of converted subjects.
    rows: Vec<u32>,
    told: Vec<Told>,
    /// Subjects that were not converted, by their groups.
    not_converted: Vec<usize>,
    refused: Vec<(usize, Refused)>,
    converted: usize,
    attributed: usize,
    sums: BTreeMap<Currency, Sum>,
}

/// What all of them come to.
pub(super) struct Credits {
    /// What is said of each row, by its place in `told`.
    of_row: Vec<u32>,
    told: Vec<Told>,
    /// How many rows are of subjects that were not converted.
    pub(super) not_converted: usize,
    pub(super) refused: Vec<(usize, Refused)>,
    pub(super) converted: usize,
    pub(super) attributed: usize,
    pub(super) sums: BTreeMap<Currency, Sum>,
}

impl Credits {
    fn new(rows: usize) -> Self {
        Self {
            of_row: vec![0; rows],
            told: vec![Told::Nothing, Told::NotConverted],
            not_converted: 0,
            refused: Vec::new(),
            converted: 0,
            attributed: 0,
            sums: BTreeMap::new(),
        }
    }

    fn take(&mut self, part: Part, groups: &Groups) {
        for group in part.not_converted {
            let rows = groups.rows(group);
            self.not_converted = self.not_converted.saturating_add(rows.len());
            for row in rows {
                if let Some(own) = self.of_row.get_mut(place(*row)) {
                    *own = 1;
                }
            }
        }
        let first = u32::try_from(self.told.len()).unwrap_or(u32::MAX);
        for (told, row) in (first..).zip(&part.rows) {
            if let Some(own) = self.of_row.get_mut(place(*row)) {
                *own = told;
            }
        }
        self.told.extend(part.told);
        self.refused.extend(part.refused);
        self.converted = self.converted.saturating_add(part.converted);
        self.attributed = self.attributed.saturating_add(part.attributed);
        for (currency, sum) in part.sums {
            let own = self.sums.entry(currency).or_default();
            own.all = own.all.saturating_add(sum.all);
            own.unattributed = own.unattributed.saturating_add(sum.unattributed);
        }
    }

    /// What is said of rows.
    pub(super) fn told(&self, rows: &Range<usize>) -> impl Iterator<Item = Told> {
        let told = |at: &u32| self.told.get(place(*at)).copied().unwrap_or(Told::Nothing);
        self.of_row.get(rows.clone()).unwrap_or_default().iter().map(told)
    }

    /// What speaks against touches of converted subjects.
    pub(super) fn against(&self) -> impl Iterator<Item = Against> {
        self.told.iter().filter_map(|told| if let Told::Against(against) = told { Some(*against) } else { None })
    }
}

fn place(row: u32) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

/// Divides between the touches of some subjects.
fn divided(
    touches: &Touches,
    conversions: &Conversions,
    options: &AttributionOptions,
    groups: Range<usize>,
) -> Result<Part> {
    let mut part = Part::default();
    let (mut sifted, mut splitter) = (Sifted::default(), Splitter::default());
    let mut seen: Vec<Seen<'_>> = Vec::new();
    for group in groups {
        let rows = touches.groups.rows(group);
        let conversion = match conversions.of(group) {
            Ok(Some(conversion)) => conversion,
            Ok(None) => {
                part.not_converted.push(group);
                continue;
            }
            Err(why) => {
                part.refused.extend(rows.iter().map(|row| (place(*row), why.clone())));
                continue;
            }
        };
        seen.clear();
        for row in rows.iter().map(|row| place(*row)) {
            let channel = touches.channel.get(row).and_then(|channel| touches.channels.known(*channel));
            let (label, group) =
                channel.map_or(("", ChannelGroup::Other), |channel| (channel.label.as_str(), channel.group));
            seen.push(Seen { id: touches.id(row), at: touches.at(row), label, group });
        }
        sifted.sift(&seen, &conversion.milestones(), &options.paths, options.at)?;
        let is_attributed = !sifted.kept.is_empty();
        part.converted = part.converted.saturating_add(1);
        part.attributed = part.attributed.saturating_add(usize::from(is_attributed));
        if let Some(amount) = conversion.amount {
            let sum = part.sums.entry(amount.currency()).or_default();
            let minor = i128::from(amount.minor_units());
            sum.all = sum.all.saturating_add(minor);
            if !is_attributed {
                sum.unattributed = sum.unattributed.saturating_add(minor);
            }
        }
        let row_at = |at: usize| rows.get(at).copied();
        let path = sifted.path();
        let first = part.told.len();
        let shares = splitter.shares(&options.model, &path)?;
        for (position, (at, share)) in (1_u32..).zip(sifted.kept.iter().zip(shares)) {
            let Some(row) = row_at(*at) else { continue };
            let share_micro = u32::try_from(*share).unwrap_or(0);
            part.rows.push(row);
            part.told.push(Told::Credit(Credit { position, share_micro, amount: None }));
        }
        if let Some(amount) = conversion.amount {
            let parts = splitter.split(&options.model, &path, amount.minor_units().into())?;
            for (told, part) in part.told.iter_mut().skip(first).zip(parts) {
                if let Told::Credit(credit) = told {
                    credit.amount = i64::try_from(*part).ok().map(|part| (part, amount.currency()));
                }
            }
        }
        let row_of = |at: usize| row_at(at).map_or(usize::MAX, place);
        for (at, against) in &sifted.left_out {
            let Some(row) = row_at(*at) else { continue };
            part.rows.push(row);
            part.told.push(Told::Against(against.moved(row_of)));
        }
    }
    Ok(part)
}
