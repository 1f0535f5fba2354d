//! What became of subjects: one conversion each, told beside the touches or in a table of its own.

use arrow_array::{Array, RecordBatch};
use chrono::DateTime;
use crm_core::rules::attribution::{Milestone, Milestones};
use crm_core::{Currency, Fact, Instant, Money, Problem, Result};

use super::touches::{Layout, PLAIN, Touches};
use crate::business_time::ASK;
use crate::business_time::instants::{Instants, Zones};
use crate::declared;
use crate::refused::Refused;
use crate::revenue::labels::{NOTHING, ODD};
use crate::row::Batch;

/// The instants that are told.
const TIMES: [&str; 3] = ["lead_at", "deal_at", "converted_at"];

/// What became of a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Conversion {
    /// When the lead was made, when the deal was, and when it was over, in microseconds.
    times: [Option<i64>; 3],
    pub(super) amount: Option<Money>,
    /// Whether a row told it.
    is_told: bool,
    /// Whether rows tell different things.
    is_contradicted: bool,
}

/// What became of subjects of whom nothing is told.
const UNTOLD: Conversion = Conversion { times: [None; 3], amount: None, is_told: false, is_contradicted: false };

impl Conversion {
    /// Takes what another row tells; not what contradicts.
    fn take(&mut self, other: &Self) -> bool {
        let times = self.times.iter_mut().zip(other.times);
        let agrees = times.fold(true, |agrees, (own, other)| joined(own, other) && agrees);
        let agrees = joined(&mut self.amount, other.amount) && agrees;
        self.is_told |= other.is_told;
        agrees
    }

    pub(super) fn milestones(&self) -> Milestones {
        let [lead, deal, closed] = self.times.map(|micros| micros.and_then(instant).map(Milestone::At));
        Milestones { lead, deal, closed }
    }
}

fn instant(micros: i64) -> Option<Instant> {
    DateTime::from_timestamp_micros(micros)
}

/// The place of what is counted from 1; beyond all others for nothing.
fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1)
}

fn joined<T: Copy + PartialEq>(own: &mut Option<T>, other: Option<T>) -> bool {
    match (*own, other) {
        (Some(own), Some(other)) => own == other,
        (None, Some(_)) => {
            *own = other;
            true
        }
        (_, None) => true,
    }
}

/// What became of every subject.
pub(super) struct Conversions {
    /// Those of subjects with touches.
    own: Vec<Conversion>,
    /// Which of them is that of a group of touches, counted from 1.
    of_group: Vec<u32>,
    /// The currencies of amounts, each once.
    pub(super) currencies: Vec<Currency>,
    /// Those of subjects without a touch.
    pub(super) others: Vec<Conversion>,
    /// Whether only who has one was converted.
    is_asked: Asked,
    /// Whether there are amounts.
    pub(super) has_amounts: bool,
    /// Rows of the table of conversions that cannot be read.
    pub(super) refused: Vec<(usize, Refused)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Everybody is converted.
    Nothing,
    /// Who has an instant.
    Instant,
    /// Who is told of.
    Row,
}

/// What stands in one row, or what is wrong with it.
struct Rows<'a> {
    times: [Option<Times<'a>>; 3],
    amount: Option<usize>,
    batch: Batch<'a>,
}

/// A column of instants, read at once as far as they need no closer look.
struct Times<'a> {
    instants: Instants<'a>,
    micros: Vec<i64>,
}

impl<'a> Times<'a> {
    fn new(column: &'a dyn Array, zones: Zones<'a>) -> Result<Self> {
        let instants = Instants::new(column, zones)?;
        let mut micros = Vec::new();
        let read = instants.micros(0..column.len(), &mut micros);
        let micros = read.to_vec();
        Ok(Self { instants, micros })
    }

    fn at(&self, row: usize) -> Result<Option<i64>> {
        match self.micros.get(row).filter(|micros| PLAIN.contains(micros)) {
            Some(plain) => Ok(Some(*plain)),
            None => Ok(self.instants.at(row)?.map(|at| at.timestamp_micros())),
        }
    }
}

impl<'a> Rows<'a> {
    fn new(layout: &'a Layout, batch: &'a RecordBatch) -> Result<Self> {
        let instants = |name: &str| {
            let column = layout.column(name);
            column.map(|column| Times::new(batch.column(column).as_ref(), layout.zones())).transpose()
        };
        let [lead, deal, closed] = TIMES.map(instants);
        let context = declared::reading(&layout.options).context;
        let (times, amount) = ([lead?, deal?, closed?], layout.source("amount"));
        Ok(Self { times, amount, batch: Batch::new(batch, &layout.binding, context)? })
    }

    fn is_empty(&self) -> bool {
        self.amount.is_none() && self.times.iter().all(Option::is_none)
    }

    fn read(&self, row: usize) -> Result<Conversion, Refused> {
        let mut conversion = Conversion { is_told: true, ..Conversion::default() };
        for ((own, instants), name) in conversion.times.iter_mut().zip(&self.times).zip(TIMES) {
            let at = instants.as_ref().map_or(Ok(None), |instants| instants.at(row));
            let at = at.map_err(|error| Refused::new("unreadable_conversion", error.at(name)))?;
            *own = at.filter(|micros| *micros != ASK);
        }
        if let Some(source) = self.amount {
            let amount = self.batch.fact_at(source, row);
            let amount = amount.map_err(|error| Refused::new("unreadable_amount", error.at("amount")))?;
            conversion.amount = if let Fact::Money(amount) = amount { Some(amount) } else { None };
        }
        Ok(conversion)
    }
}

impl Conversions {
    /// From the columns beside the touches, and from a table of its own if there is one.
    pub(super) fn read(
        touches: &mut Touches,
        beside: (&Layout, &[RecordBatch]),
        apart: Option<(&Layout, &[RecordBatch])>,
    ) -> Result<Self> {
        let has = |name: &str| {
            beside.0.column(name).is_some() || apart.is_some_and(|(layout, _)| layout.column(name).is_some())
        };
        let is_asked = match (has("converted_at"), apart.is_some()) {
            (true, _) => Asked::Instant,
            (false, true) => Asked::Row,
            (false, false) => Asked::Nothing,
        };
        let mut conversions = Self {
            own: Vec::new(),
            of_group: vec![0; touches.groups.len()],
            currencies: Vec::new(),
            others: Vec::new(),
            is_asked,
            has_amounts: has("amount"),
            refused: Vec::new(),
        };
        conversions.beside(touches, beside)?;
        if let Some(apart) = apart {
            conversions.apart(touches, apart)?;
        }
        for amount in conversions.own.iter().filter_map(|conversion| conversion.amount) {
            if !conversions.currencies.contains(&amount.currency()) {
                conversions.currencies.push(amount.currency());
            }
        }
        Ok(conversions)
    }

    fn beside(&mut self, touches: &mut Touches, (layout, batches): (&Layout, &[RecordBatch])) -> Result<()> {
        // Rows that are no touch tell what became of their subject all the same.
        let (mut first, mut refused) = (0_usize, Vec::new());
        for batch in batches {
            let rows = Rows::new(layout, batch)?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in 0..batch.num_rows() {
                let place = first.saturating_add(row);
                let group = touches.names.get(place).and_then(|number| touches.groups.of_number(*number));
                match rows.read(row) {
                    Ok(conversion) => self.add(group, &conversion, true),
                    Err(why) => refused.push((place, why)),
                }
            }
            first = first.saturating_add(batch.num_rows());
        }
        // A row has one problem, the first that was found. It still is a touch.
        touches.refused.extend(refused);
        touches.refused.sort_by_key(|(row, _)| *row);
        touches.refused.dedup_by_key(|(row, _)| *row);
        Ok(())
    }

    fn apart(&mut self, touches: &mut Touches, (layout, batches): (&Layout, &[RecordBatch])) -> Result<()> {
        let column = layout.column("subject").unwrap_or_default();
        let numbers = touches.subjects.numbers(batches, column)?;
        let mut first = 0_usize;
        for batch in batches {
            let rows = Rows::new(layout, batch)?;
            for row in 0..batch.num_rows() {
                let place = first.saturating_add(row);
                let number = numbers.get(place).copied().unwrap_or(NOTHING);
                match rows.read(row) {
                    Ok(_) if number == NOTHING || number == ODD => {
                        self.refused.push((place, Refused::missing("missing_subject", "subject")));
                    }
                    Ok(conversion) => self.add(touches.groups.of_number(number), &conversion, false),
                    Err(why) => self.refused.push((place, why)),
                }
            }
            first = first.saturating_add(batch.num_rows());
        }
        Ok(())
    }

    fn add(&mut self, group: Option<usize>, conversion: &Conversion, is_beside: bool) {
        let Some(group) = group else {
            if !is_beside {
                self.others.push(*conversion);
            }
            return;
        };
        // Beside touches a row need not tell anything.
        let told = Conversion { is_told: !is_beside, ..*conversion };
        let Some(of_group) = self.of_group.get_mut(group) else { return };
        if *of_group == 0 {
            self.own.push(told);
            *of_group = u32::try_from(self.own.len()).unwrap_or(u32::MAX);
        } else if let Some(own) = self.own.get_mut(place(*of_group)) {
            let agrees = own.take(&told);
            own.is_contradicted |= !agrees;
        }
    }

    /// What became of a subject: nothing yet, or a conversion.
    ///
    /// # Errors
    /// Rows that tell different things.
    pub(super) fn of(&self, group: usize) -> Result<Option<&Conversion>, Refused> {
        let own = self.of_group.get(group).and_then(|of_group| self.own.get(place(*of_group))).unwrap_or(&UNTOLD);
        if own.is_contradicted {
            let problem = Problem::WrongShape {
                expected: "one conversion of a subject",
                found: "rows that tell different ones".into(),
            };
            return Err(Refused::new("several_conversions", problem));
        }
        Ok(Some(own).filter(|conversion| self.counts(conversion)))
    }

    /// Whether a subject with this was converted.
    pub(super) fn counts(&self, conversion: &Conversion) -> bool {
        match self.is_asked {
            Asked::Nothing => true,
            Asked::Row => conversion.is_told,
            Asked::Instant => conversion.times.iter().skip(2).any(Option::is_some),
        }
    }
}
