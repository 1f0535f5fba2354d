//! What subscriptions, renewals and their revenue say in English.

use super::en_forecast::money;
use super::en_values::percent;
use super::{Lang, plural};
use crate::kernel::renewal_reason::{MrrBucket, RenewalReason, RenewalSignal};

pub(super) fn reason(reason: &RenewalReason) -> String {
    use RenewalReason as R;
    let days = |n: u64| plural(Lang::English, n, "day", "days");
    match reason {
        R::OptOut { on, renews_on } => format!("can be refused until {on}; the next term begins on {renews_on}"),
        R::LegalWindow { from, to } => format!(
            "the customer must be told of the right to refuse by a dedicated letter or e-mail, from {from} to {to} \
             (article L. 215-1 of the French Code de la consommation)"
        ),
        R::Professional => {
            "the customer buys for work: article L. 215-1 of the French Code de la consommation does not \
                            ask for a notice"
                .to_owned()
        }
        R::KindUnknown => {
            "nobody said whether the customer is a consumer: the notice may be required by law".to_owned()
        }
        R::NotTacit => "nothing goes on by itself, so no notice is required".to_owned(),
        R::NoticeDue { to, days: left } => format!("the notice has to be sent by {to} ({} left)", days(*left)),
        R::NoticeSent { on } => format!("the notice was sent in time, on {on}"),
        R::NoticeTooEarly { on, from } => {
            format!("a notice sent on {on} does not count: the first day is {from}")
        }
        R::NoticeTooLate { on, to } => format!("the notice was sent on {on}, too late: the last day was {to}"),
        R::NoticeNotSent { to } => format!("the notice was not sent; the last day was {to}"),
        R::FreeExit { from } => {
            format!("the customer may end the contract at any time, free of charge, from {from} on")
        }
        R::RiskNoticeMissed { to } => {
            format!("the customer was not told in time (last day {to}) and may leave at any time")
        }
        R::LowHealth { score } => format!("health score of {score} out of 100"),
        R::OverduePayments { payments, days: late } => {
            format!("{} overdue, for up to {}", plural(Lang::English, *payments, "payment", "payments"), days(*late))
        }
        R::BreachedTickets { tickets } => {
            format!("{} past the promised time", plural(Lang::English, *tickets, "open ticket", "open tickets"))
        }
        R::FallingUsage { percent } => format!("usage fell by {percent}%"),
        R::NoContact { days: Some(n) } => format!("no contact for {}", days(*n)),
        R::NoContact { days: None } => "no contact ever".to_owned(),
        R::DaysLeft { days: n } => format!("{} left and nothing is settled", days(*n)),
        R::RiskCapped { limit } => format!("the score is limited to {limit}"),
        R::RiskUnknown { signal } => format!("not known: {}", signal_name(*signal)),
        R::Movement { bucket, accounts, amount } => {
            let accounts = plural(Lang::English, *accounts, "account", "accounts");
            format!("{}: {} ({accounts})", bucket_name(*bucket), money(*amount))
        }
        R::NetRetention { rate, kept, start } => {
            format!("net revenue retention of {}: {} of {}", percent(*rate), money(*kept), money(*start))
        }
        R::GrossRetention { rate, kept, start } => {
            format!("gross revenue retention of {}: {} of {}", percent(*rate), money(*kept), money(*start))
        }
        R::LogoRetention { rate, kept, start } => {
            let start = plural(Lang::English, *start, "customer", "customers");
            format!("customer retention of {}: {kept} of {start}", percent(*rate))
        }
        R::NoStart => "no recurring revenue at the start, so there is no rate".to_owned(),
        R::KnownToday { contracts, on } => {
            let contracts = plural(Lang::English, *contracts, "contract counts", "contracts count");
            format!("{contracts} for {on} as known today: on that day something else was known, or nothing yet")
        }
        R::ItemsOverlap { product, from } => {
            format!("two rows of {product} cover the same days from {from} on; both count")
        }
        R::SeatsUsed { product, used, quantity, share_bp } => {
            format!("{used} of {quantity} seats of {product} are used ({})", percent(*share_bp))
        }
        R::Measured { name, value, from } => format!("{name} is {value} (threshold {from})"),
    }
}

fn bucket_name(bucket: MrrBucket) -> &'static str {
    match bucket {
        MrrBucket::New => "new customers",
        MrrBucket::Reactivation => "customers who came back",
        MrrBucket::Expansion => "expansion",
        MrrBucket::FxGain => "exchange gains",
        MrrBucket::Contraction => "contraction",
        MrrBucket::FxLoss => "exchange losses",
        MrrBucket::Churn => "churn",
    }
}

fn signal_name(signal: RenewalSignal) -> &'static str {
    match signal {
        RenewalSignal::NoticeMissed => "whether the customer was told in time",
        RenewalSignal::LowHealth => "the health score",
        RenewalSignal::OverduePayments => "overdue payments",
        RenewalSignal::BreachedTickets => "tickets past the promised time",
        RenewalSignal::FallingUsage => "usage",
        RenewalSignal::NoContact => "the last contact",
        RenewalSignal::DaysLeft => "the end of the term",
    }
}

/// The message that tells a customer of the right to refuse.
pub(super) fn notice(name: &str, ends: &str, last: &str) -> (String, String) {
    let subject = format!("Your contract {name}: renewal on {ends}").replace("  ", " ");
    let text = format!(
        "Hello,\n\nYour contract \u{201c}{name}\u{201d} ends on {ends} and is then renewed by itself. You may refuse the \
         renewal, free of charge, until {last}: a simple answer to this message is enough.\n\nUnder article L. 215-1 of \
         the French Code de la consommation, a professional who does not tell the consumer of this right in time lets the \
         consumer end the contract at any time, free of charge, from the renewal on.\n\nKind regards"
    );
    (subject, text)
}
