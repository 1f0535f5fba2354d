//! The usual message that a quote leaves with.

use chrono::NaiveDate;

use super::{Lang, amount, day_in_full};
use crate::kernel::money::Money;

/// What the usual message says of a quote.
#[derive(Clone, Copy, Debug)]
pub struct QuoteLetter<'a> {
    /// Its number.
    pub number: &'a str,
    /// What it is called; may be empty.
    pub title: &'a str,
    /// Its date.
    pub issued_on: Option<NaiveDate>,
    /// The last day on which it can be accepted.
    pub valid_until: Option<NaiveDate>,
    /// What it comes to without VAT.
    pub net: Option<Money>,
    /// What is paid.
    pub gross: Option<Money>,
    /// Who sells; may be empty.
    pub seller: &'a str,
}

/// The subject and the text of the usual message.
pub fn quote_letter(letter: &QuoteLetter<'_>, lang: Lang) -> (String, String) {
    let QuoteLetter { number, title, issued_on, valid_until, net, gross, seller } = *letter;
    let of = issued_on.map(|day| day_in_full(day, lang));
    let until = valid_until.map(|day| day_in_full(day, lang));
    let sums = net.zip(gross).map(|(net, gross)| (amount(net, lang), amount(gross, lang)));
    let mut lines = Vec::new();
    let subject = match lang {
        Lang::English => {
            let of = of.map(|day| format!(" of {day}")).unwrap_or_default();
            let sums = sums.map(|(net, gross)| format!(": {gross} including VAT ({net} without)")).unwrap_or_default();
            lines.push("Hello,".to_owned());
            lines.push(format!("Please find our quote {number}{of}{sums}."));
            lines.extend(until.map(|day| format!("It is valid until {day}.")));
            lines.push(signed("Best regards,", seller));
            if title.is_empty() { format!("Our quote {number}") } else { format!("Our quote {number}: {title}") }
        }
        Lang::French => {
            let of = of.map(|day| format!(" du {day}")).unwrap_or_default();
            let sums = sums.map(|(net, gross)| format!(", d’un montant de {gross} TTC ({net} HT)")).unwrap_or_default();
            lines.push("Bonjour,".to_owned());
            lines.push(format!("Nous vous adressons notre devis {number}{of}{sums}."));
            lines.extend(until.map(|day| format!("Il est valable jusqu’au {day}.")));
            lines.push(signed("Cordialement,", seller));
            let title = if title.is_empty() { String::new() } else { format!("\u{a0}: {title}") };
            format!("Notre devis {number}{title}")
        }
    };
    (subject, lines.join("\n\n"))
}

fn signed(greeting: &str, seller: &str) -> String {
    if seller.is_empty() { greeting.to_owned() } else { format!("{greeting}\n{seller}") }
}
