//! Who gets how much.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use crm_core::rules::Rules;
use crm_core::rules::attribution::{Against, Seen, Sifted, Splitter};
use crm_core::{Currency, Result};

use super::by::attribution_by;
use super::conversions::{Conversion, Conversions};
use super::options::AttributionOptions;
use super::output;
use super::told::{Codes, FIRST, NO_TOUCH, NOWHERE, Told};
use super::touches::{Layout, Touches};
use crate::desk::{Evaluated, check, read};
use crate::import::Incoming;
use crate::output::pages;
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
    // Rows that are no touches are refused by now.
    let mut credits = Credits::new(&read);
    let conversions = Conversions::read(&mut read, (&layout, touches.1), apart)?;
    let ranges = parallel::ranges(read.groups.len(), options.table.threads, FEWEST, 1);
    let parts = parallel::each(ranges, |range| divided(&read, &conversions, options, range));
    for part in parts {
        credits.take(part?, &conversions.currencies);
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

/// Amounts of one currency in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) all: i128,
    pub(super) unattributed: i128,
}

/// What some subjects come to.
struct Part {
    /// Touches of converted subjects.
    rows: Vec<u32>,
    /// What is said of them, behind [`FIRST`].
    told: Vec<Told>,
    codes: Codes,
    /// What speaks against touches, where words are asked for.
    against: Vec<Against>,
    /// How many rows are of subjects that were not converted.
    not_converted: usize,
    refused: Vec<(usize, Refused)>,
    converted: usize,
    attributed: usize,
    /// By the places of currencies, of those that converted subjects have.
    sums: Vec<Option<Sum>>,
}

/// What all of them come to.
pub(super) struct Credits {
    /// What is said of each row, by its place in `told`.
    of_row: Vec<u32>,
    told: Vec<Told>,
    codes: Codes,
    against: Vec<Against>,
    pub(super) refused: Vec<(usize, Refused)>,
    pub(super) converted: usize,
    pub(super) attributed: usize,
    pub(super) sums: BTreeMap<Currency, Sum>,
}

impl Credits {
    /// Of touches that were just read: as long as nothing else is said, their subjects were not converted.
    fn new(touches: &Touches) -> Self {
        let rows = touches.names.len();
        let mut of_row = pages::with_capacity(rows);
        of_row.resize(rows, 0);
        for (row, _) in &touches.refused {
            if let Some(own) = of_row.get_mut(*row) {
                *own = 1;
            }
        }
        Self {
            of_row,
            told: FIRST.to_vec(),
            codes: Codes::default(),
            against: Vec::new(),
            refused: Vec::new(),
            converted: 0,
            attributed: 0,
            sums: BTreeMap::new(),
        }
    }

    fn take(&mut self, part: Part, currencies: &[Currency]) {
        let skipped = self.told.len().saturating_sub(FIRST.len());
        for (told, row) in (FIRST.len()..).zip(&part.rows) {
            if let Some(own) = self.of_row.get_mut(place(*row)) {
                *own = u32::try_from(told.saturating_add(skipped)).unwrap_or(u32::MAX);
            }
        }
        for (row, _) in &part.refused {
            if let Some(own) = self.of_row.get_mut(*row) {
                *own = 1;
            }
        }
        let codes: Vec<usize> = part
            .codes
            .codes
            .iter()
            .map(|(code, count)| {
                let place = self.codes.place(code);
                if let Some((_, own)) = self.codes.codes.get_mut(place) {
                    *own = own.saturating_add(*count);
                }
                place
            })
            .collect();
        if let Some((_, own)) = self.codes.codes.first_mut() {
            *own = own.saturating_add(part.not_converted);
        }
        if skipped == 0 {
            // The first part has the same codes in the same places.
            (self.told, self.against) = (part.told, part.against);
        } else {
            let first = u32::try_from(self.against.len()).unwrap_or(u32::MAX);
            self.told.extend(part.told.iter().skip(FIRST.len()).map(|told| Told {
                against: if told.against == 0 { 0 } else { told.against.saturating_add(first) },
                why: codes.get(usize::from(told.why)).and_then(|place| u16::try_from(*place).ok()).unwrap_or(NOWHERE),
                ..*told
            }));
            self.against.extend(part.against);
        }
        self.refused.extend(part.refused);
        self.converted = self.converted.saturating_add(part.converted);
        self.attributed = self.attributed.saturating_add(part.attributed);
        for (currency, sum) in currencies.iter().zip(part.sums) {
            let Some(sum) = sum else { continue };
            let own = self.sums.entry(*currency).or_default();
            own.all = own.all.saturating_add(sum.all);
            own.unattributed = own.unattributed.saturating_add(sum.unattributed);
        }
    }

    /// What is said of rows.
    pub(super) fn told(&self, rows: &Range<usize>) -> impl Iterator<Item = Told> {
        let told = |at: &u32| self.told.get(place(*at)).copied().unwrap_or(NO_TOUCH);
        self.of_row.get(rows.clone()).unwrap_or_default().iter().map(told)
    }

    /// What speaks against a touch, where words are asked for.
    pub(super) fn against(&self, told: &Told) -> Option<Against> {
        self.against.get(place(told.against).checked_sub(1)?).copied()
    }

    /// The codes by their places.
    pub(super) fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.codes.codes.iter().map(|(code, _)| *code)
    }

    /// How many touches get nothing, by the codes that say why.
    pub(super) fn left_out(&self) -> BTreeMap<&'static str, usize> {
        self.codes.codes.iter().copied().filter(|(_, count)| *count > 0).collect()
    }
}

fn place(row: u32) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

/// Subjects whose touches are gathered at once: far apart in the table, they are waited for together.
const GATHERED: usize = 128;

/// A converted subject.
struct Subject<'a> {
    rows: &'a [u32],
    conversion: &'a Conversion,
    /// Where its touches are among those that were gathered.
    seen: Range<usize>,
}

/// Divides between the touches of some subjects.
fn divided(
    touches: &Touches,
    conversions: &Conversions,
    options: &AttributionOptions,
    groups: Range<usize>,
) -> Result<Part> {
    let most = touches.groups.rows_of(&groups);
    let mut part = Part::new(most, conversions.currencies.len());
    let (mut sifted, mut splitter) = (Sifted::default(), Splitter::default());
    let mut subjects: Vec<Subject<'_>> = Vec::with_capacity(GATHERED);
    let mut seen: Vec<Seen<'_>> = Vec::new();
    for start in groups.clone().step_by(GATHERED) {
        subjects.clear();
        seen.clear();
        for group in start..start.saturating_add(GATHERED).min(groups.end) {
            let rows = touches.groups.rows(group);
            match conversions.of(group) {
                Ok(Some(conversion)) => {
                    let first = seen.len();
                    seen.extend(rows.iter().map(|row| touches.seen(place(*row))));
                    subjects.push(Subject { rows, conversion, seen: first..seen.len() });
                }
                Ok(None) => part.not_converted = part.not_converted.saturating_add(rows.len()),
                Err(why) => part.refused.extend(rows.iter().map(|row| (place(*row), why.clone()))),
            }
        }
        for subject in &subjects {
            let seen = seen.get(subject.seen.clone()).unwrap_or_default();
            sifted.sift(seen, &subject.conversion.milestones(), &options.paths, options.at)?;
            part.add(subject, &sifted, &mut splitter, options, &conversions.currencies)?;
        }
    }
    Ok(part)
}

impl Part {
    fn new(most: usize, currencies: usize) -> Self {
        let mut told = pages::with_capacity(most.saturating_add(FIRST.len()));
        told.extend(FIRST);
        Self {
            rows: pages::with_capacity(most),
            told,
            codes: Codes::default(),
            against: Vec::new(),
            not_converted: 0,
            refused: Vec::new(),
            converted: 0,
            attributed: 0,
            sums: vec![None; currencies],
        }
    }

    /// Divides between the touches of a subject.
    fn add(
        &mut self,
        subject: &Subject<'_>,
        sifted: &Sifted,
        splitter: &mut Splitter,
        options: &AttributionOptions,
        currencies: &[Currency],
    ) -> Result<()> {
        let is_attributed = !sifted.kept.is_empty();
        self.converted = self.converted.saturating_add(1);
        self.attributed = self.attributed.saturating_add(usize::from(is_attributed));
        let path = sifted.path();
        let row_at = |at: usize| subject.rows.get(at).copied();
        let first = self.told.len();
        let shares = splitter.shares(&options.model, &path)?;
        for (position, (at, share)) in (1_u32..).zip(sifted.kept.iter().zip(shares)) {
            let Some(row) = row_at(*at) else { continue };
            let share_micro = u32::try_from(*share).unwrap_or(0);
            self.rows.push(row);
            self.told.push(Told { position, share_micro, ..NO_TOUCH });
        }
        if let Some(amount) = subject.conversion.amount {
            let currency = currencies.iter().position(|known| *known == amount.currency());
            if let Some(sum) = currency.and_then(|place| self.sums.get_mut(place)) {
                let (sum, minor) = (sum.get_or_insert_default(), i128::from(amount.minor_units()));
                sum.all = sum.all.saturating_add(minor);
                if !is_attributed {
                    sum.unattributed = sum.unattributed.saturating_add(minor);
                }
            }
            let currency = currency.and_then(|place| u16::try_from(place).ok()).unwrap_or(NOWHERE);
            let parts = splitter.split(&options.model, &path, amount.minor_units().into())?;
            for (told, part) in self.told.iter_mut().skip(first).zip(parts) {
                if let Ok(part) = i64::try_from(*part) {
                    (told.amount, told.currency) = (part, currency);
                }
            }
        }
        let row_of = |at: usize| row_at(at).map_or(usize::MAX, place);
        for (at, against) in &sifted.left_out {
            let Some(row) = row_at(*at) else { continue };
            self.rows.push(row);
            let why = self.codes.count(against);
            if options.table.lang.is_some() {
                self.against.push(against.moved(row_of));
            }
            let against = u32::try_from(self.against.len()).unwrap_or(0);
            self.told.push(Told { why, against, ..NO_TOUCH });
        }
        Ok(())
    }
}
