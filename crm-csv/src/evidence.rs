//! What a file proves about itself: the order of its numeric dates.
//!
//! `03/04/2026` may be March or April, and nobody may guess. But one `28/08/2022` in the same file can only have the
//! day first, and then, if nothing speaks against it, so has the rest.

use crm_core::FieldType;

use crate::cell::DateOrder;
use crate::mapping::{Mapping, Reading};
use crate::reader::Record;

/// What the dates of a file proved so far.
#[derive(Debug)]
pub(crate) struct Evidence {
    columns: Vec<usize>,
    day_first: bool,
    month_first: bool,
}

impl Evidence {
    /// Nothing is proven yet; without dates in the file, nothing ever will be.
    pub(crate) fn new(mapping: &Mapping) -> Option<Self> {
        let dated = |reading| matches!(reading, Reading::Typed(FieldType::Date | FieldType::Instant));
        let columns: Vec<usize> = mapping.columns.iter().filter(|m| dated(m.reading)).map(|m| m.column).collect();
        (!columns.is_empty()).then_some(Self { columns, day_first: false, month_first: false })
    }

    pub(crate) fn look(&mut self, record: &Record) {
        for cell in self.columns.iter().filter_map(|c| record.get(*c)) {
            match proves(cell) {
                Some(DateOrder::DayFirst) => self.day_first = true,
                Some(DateOrder::MonthFirst) => self.month_first = true,
                None => {}
            }
        }
    }

    /// The order that at least one date proves and no date contradicts.
    pub(crate) const fn order(&self) -> Option<DateOrder> {
        match (self.day_first, self.month_first) {
            (true, false) => Some(DateOrder::DayFirst),
            (false, true) => Some(DateOrder::MonthFirst),
            _ => None,
        }
    }
}

/// What one cell proves: of two numbers before a year, one above 12 is the day.
fn proves(cell: &str) -> Option<DateOrder> {
    let date = cell.split_whitespace().next()?;
    let mut parts = date.split(['-', '/', '.']).map(|p| (p.len() <= 4).then(|| p.parse::<u32>().ok()).flatten());
    let (first, second, year) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !(1000..=9999).contains(&year) {
        return None;
    }
    match (first, second) {
        (13..=31, 1..=12) => Some(DateOrder::DayFirst),
        (1..=12, 13..=31) => Some(DateOrder::MonthFirst),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{DateOrder, Options, read_leads};

    fn read(dates: &[&str]) -> (Option<DateOrder>, usize, usize) {
        let rows: String = dates.iter().enumerate().map(|(i, d)| format!("C{i},{d}\n")).collect();
        let options = Options { zone: "UTC".parse().ok(), ..Options::default() };
        let import = read_leads(format!("Company,Created Date\n{rows}").as_bytes(), &options).unwrap();
        (import.date_order, import.rows.len(), import.rejects.len())
    }

    #[test]
    fn one_date_proves_the_order_and_a_contradiction_proves_nothing() {
        assert_eq!(read(&["03/04/2026", "28/08/2022 10:00"]), (Some(DateOrder::DayFirst), 2, 0));
        assert_eq!(read(&["03/04/2026", "08/28/2022"]), (Some(DateOrder::MonthFirst), 2, 0));
        assert_eq!(read(&["03/04/2026", "2026-11-20"]), (None, 1, 1));
        assert_eq!(read(&["28/08/2022", "08/28/2022"]), (None, 0, 2));
        assert_eq!(read(&["99/99/2022"]), (None, 0, 1));
    }
}
