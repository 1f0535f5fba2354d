//! What a customer owes on a day, by the payments that a host tells of.
//!
//! A payment below zero is a credit note: something that the customer is owed. It is never late and has no age; while it is
//! open, or was to be paid out and was not, it lowers what is late in its currency, at most to nothing. It settles no invoice:
//! which one it is set against, and that this one is paid, the host says.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::kernel::customer::PaymentStatus;
use crate::kernel::error::{Problem, Result};
use crate::kernel::money::{Currency, Money};
use crate::model::{AnyRecord, Payment, Row};

/// The states in which a payment waits.
pub(crate) const WAITING: [PaymentStatus; 2] = [PaymentStatus::Open, PaymentStatus::Failed];

/// The payment of a row, if it is one.
pub(crate) fn payment_of(row: &Row) -> Option<&Payment> {
    match &row.body {
        AnyRecord::Payment(payment) => Some(payment),
        _ => None,
    }
}

/// Whether it is a credit note.
pub(crate) fn is_credit(payment: &Payment) -> bool {
    payment.amount.is_some_and(|amount| amount.minor_units() < 0)
}

fn is_waiting(payment: &Payment) -> bool {
    payment.status.is_some_and(|status| WAITING.contains(&status))
}

/// For how many days a payment is overdue, if it is.
pub(crate) fn days_late(payment: &Payment, today: NaiveDate) -> Option<i64> {
    let days = today.signed_duration_since(payment.due_on?).num_days();
    (is_waiting(payment) && !is_credit(payment) && days > 0).then_some(days)
}

/// What is late of some payments, and what lowers it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arrears {
    /// How many payments are late.
    pub(crate) count: usize,
    /// The oldest of them, in days.
    pub(crate) oldest_days: Option<i64>,
    /// By currency, in minor units: what is late, less the credit notes that wait. A currency without anything late is not
    /// there.
    pub(crate) amounts: BTreeMap<Currency, i128>,
    /// By currency: the credit notes that wait, as amounts above zero.
    pub(crate) credits: BTreeMap<Currency, i128>,
}

impl Arrears {
    /// What is late on a day.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`] where a sum does not fit.
    pub(crate) fn of<'p>(payments: impl IntoIterator<Item = &'p Payment>, today: NaiveDate) -> Result<Self> {
        let mut all = Arrears::default();
        for payment in payments {
            if let Some(days) = days_late(payment, today) {
                all.count = all.count.saturating_add(1);
                all.oldest_days = all.oldest_days.max(Some(days));
                add(&mut all.amounts, payment.amount, 1)?;
            } else if is_waiting(payment) && is_credit(payment) {
                add(&mut all.credits, payment.amount, -1)?;
            }
        }
        for (currency, credit) in &all.credits {
            if let Some(late) = all.amounts.get_mut(currency) {
                *late = late.saturating_sub(*credit).max(0);
            }
        }
        Ok(all)
    }

    /// What is late, where it is of one currency: amounts of several are no sum. A currency whose credit notes take all
    /// of it does not count beside one that is owed.
    pub(crate) fn amount(&self) -> Result<Option<Money>> {
        let mut owed = self.amounts.iter().filter(|(_, amount)| **amount > 0);
        let (currency, amount) = match (owed.next(), owed.next()) {
            (Some(only), None) => only,
            (None, _) => match self.amounts.iter().next() {
                Some(nothing) => nothing,
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let minor_units = i64::try_from(*amount).map_err(|_| Problem::AmountTooLarge)?;
        Ok(Some(Money::new(minor_units, *currency)?))
    }
}

fn add(sums: &mut BTreeMap<Currency, i128>, amount: Option<Money>, sign: i128) -> Result<()> {
    let Some(amount) = amount else { return Ok(()) };
    let signed = i128::from(amount.minor_units()).checked_mul(sign);
    let sum = sums.entry(amount.currency()).or_default();
    *sum = signed.and_then(|signed| sum.checked_add(signed)).ok_or(Problem::AmountTooLarge)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::kernel::time::parse_date;

    fn payment(status: PaymentStatus, due_on: &str, amount: &str, currency: &str) -> Payment {
        let currency: Currency = currency.parse().unwrap();
        Payment {
            status: Some(status),
            due_on: parse_date(due_on).ok(),
            amount: Some(Money::parse(amount, currency).unwrap()),
            ..Payment::default()
        }
    }

    fn told(payments: &[Payment]) -> String {
        let arrears = Arrears::of(payments, parse_date("2026-11-22").unwrap()).unwrap();
        let sums = |sums: &BTreeMap<Currency, i128>| {
            sums.iter().map(|(c, n)| format!("{n} {}", c.code())).collect::<Vec<_>>().join(", ")
        };
        let oldest = arrears.oldest_days.map_or("-".into(), |days| days.to_string());
        format!("{} {oldest} [{}] [{}]", arrears.count, sums(&arrears.amounts), sums(&arrears.credits))
    }

    #[test]
    fn a_credit_note_lowers_and_never_ages() {
        use PaymentStatus as S;
        let late = payment(S::Open, "2026-11-12", "100", "EUR");
        let old_credit = payment(S::Open, "2026-01-01", "-30", "EUR");
        assert_eq!(told(std::slice::from_ref(&late)), "1 10 [10000 EUR] []");
        assert_eq!(told(std::slice::from_ref(&old_credit)), "0 - [] [3000 EUR]");
        assert_eq!(told(&[late.clone(), old_credit.clone()]), "1 10 [7000 EUR] [3000 EUR]");
        assert_eq!(told(&[old_credit, late.clone()]), "1 10 [7000 EUR] [3000 EUR]");
        // Not yet due, or paid out without success: it is owed all the same.
        assert_eq!(told(&[late.clone(), payment(S::Open, "2027-01-01", "-1", "EUR")]), "1 10 [9900 EUR] [100 EUR]");
        assert_eq!(told(&[late.clone(), payment(S::Failed, "2026-11-01", "-1", "EUR")]), "1 10 [9900 EUR] [100 EUR]");
        // Paid out, given back, given up: over.
        for status in [S::Paid, S::Refunded, S::WrittenOff] {
            assert_eq!(told(&[late.clone(), payment(status, "2026-11-01", "-1", "EUR")]), "1 10 [10000 EUR] []");
        }
        // At most to nothing, and in its own currency only.
        assert_eq!(told(&[late.clone(), payment(S::Open, "2026-11-01", "-500", "EUR")]), "1 10 [0 EUR] [50000 EUR]");
        let other = payment(S::Open, "2026-11-01", "-5", "USD");
        assert_eq!(told(&[late.clone(), other.clone()]), "1 10 [10000 EUR] [500 USD]");

        // What is left of one currency is told, of two nothing.
        let amount = |payments: &[Payment]| {
            let arrears = Arrears::of(payments, parse_date("2026-11-22").unwrap()).unwrap();
            arrears.amount().unwrap().map(|amount| format!("{} {}", amount.minor_units(), amount.currency().code()))
        };
        let dollars = payment(S::Open, "2026-11-02", "5", "USD");
        assert_eq!(amount(&[]), None);
        assert_eq!(amount(&[late.clone(), dollars.clone()]), None);
        assert_eq!(amount(&[dollars.clone(), late, other.clone()]).as_deref(), Some("10000 EUR"));
        assert_eq!(amount(&[dollars, other]).as_deref(), Some("0 USD"));
    }
}
