//! The words of subscriptions and renewals, and why a renewal stands as it does.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::forecast_reason::Total;
use super::number::Number;

coded! {
    /// Whom the law takes a customer for.
    CustomerKind {
        /// A person who does not buy for work.
        Consumer = "consumer",
        /// A legal person that does not buy for work, as a private association.
        NonProfessional = "non_professional",
        /// Buys for work.
        Professional = "professional",
    }
}

coded! {
    /// How the notice of a renewal stands.
    NoticeState {
        /// No law asks for it.
        NotRequired = "not_required",
        /// Its first day has not come.
        NotYet = "not_yet",
        /// To be sent now.
        Due = "due",
        /// Was sent in time.
        Sent = "sent",
        /// Was not sent in time.
        Missed = "missed",
    }
}

coded! {
    /// What puts a renewal at risk, in the order in which equal reasons are told.
    RenewalSignal {
        /// The customer was not told in time.
        NoticeMissed = "notice_missed",
        /// The health score is low.
        LowHealth = "low_health",
        /// Payments are overdue.
        OverduePayments = "overdue_payments",
        /// Open tickets broke a promise.
        BreachedTickets = "breached_tickets",
        /// The product is used less.
        FallingUsage = "falling_usage",
        /// Nobody spoke with the customer.
        NoContact = "no_contact",
        /// The term ends soon and nothing is settled.
        DaysLeft = "days_left",
    }
}

coded! {
    /// Why monthly recurring revenue changed between two days.
    MrrBucket {
        /// Of customers who had none before.
        New = "new",
        /// Of customers who came back.
        Reactivation = "reactivation",
        /// Of customers who pay more.
        Expansion = "expansion",
        /// Worth more at the rates of the end.
        FxGain = "fx_gain",
        /// Of customers who pay less.
        Contraction = "contraction",
        /// Worth less at the rates of the end.
        FxLoss = "fx_loss",
        /// Of customers who left.
        Churn = "churn",
    }
}

impl MrrBucket {
    /// Whether it adds to what there was at the start; the others take from it.
    pub const fn adds(self) -> bool {
        matches!(self, MrrBucket::New | MrrBucket::Reactivation | MrrBucket::Expansion | MrrBucket::FxGain)
    }
}

/// Why a subscription, its renewal or its revenue stands as it does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_renewal.rs")]
pub enum RenewalReason {
    /// The last day on which the customer can say no to the next term.
    OptOut { on: NaiveDate, renews_on: NaiveDate },
    /// When the law wants the customer to be told.
    LegalWindow { from: NaiveDate, to: NaiveDate },
    /// The customer buys for work.
    Professional,
    /// Nobody said whether the customer buys for work; the dates are told in case the law applies.
    KindUnknown,
    /// Nothing goes on by itself.
    NotTacit,
    /// To be sent by a day.
    NoticeDue { to: NaiveDate, days: u64 },
    /// Sent in time.
    NoticeSent { on: NaiveDate },
    /// Sent before it counts.
    NoticeTooEarly { on: NaiveDate, from: NaiveDate },
    /// Sent when it was too late.
    NoticeTooLate { on: NaiveDate, to: NaiveDate },
    /// Not sent.
    NoticeNotSent { to: NaiveDate },
    /// What follows from a notice that was missed.
    FreeExit { from: NaiveDate },
    // Risk
    /// The customer was not told in time.
    RiskNoticeMissed { to: NaiveDate },
    /// The health score.
    LowHealth { score: i64 },
    /// So many payments, the oldest overdue for so many days.
    OverduePayments { payments: u64, days: u64 },
    /// So many open tickets that broke a promise.
    BreachedTickets { tickets: u64 },
    /// The use fell by so many percent.
    FallingUsage { percent: u64 },
    /// Nobody spoke with the customer for so many days; `None`: ever.
    NoContact { days: Option<u64> },
    /// So many days are left.
    DaysLeft { days: u64 },
    /// The score is limited.
    RiskCapped { limit: i64 },
    /// Nobody knows what this signal needs.
    RiskUnknown { signal: RenewalSignal },
    // Revenue
    /// What changed in a bucket.
    Movement { bucket: MrrBucket, accounts: u64, amount: Total },
    /// Net revenue retention.
    NetRetention { rate: i128, kept: Total, start: Total },
    /// Gross revenue retention.
    GrossRetention { rate: i128, kept: Total, start: Total },
    /// How many customers stayed.
    LogoRetention { rate: i128, kept: u64, start: u64 },
    /// Nothing at the start, so that no rate can be told.
    NoStart,
    /// Contracts that count for a past day, of which something else was known then.
    KnownToday { contracts: u64, on: NaiveDate },
    /// Two rows of one product cover the same days; both count.
    ItemsOverlap { product: String, from: NaiveDate },
    // Ideas
    /// So many seats of those bought are used.
    SeatsUsed { product: String, used: Number, quantity: Number, share_bp: i64 },
    /// A measurement reached a threshold.
    Measured { name: String, value: Number, from: Number },
}

impl RenewalReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use RenewalReason as R;
        match self {
            R::OptOut { .. } => "opt_out",
            R::LegalWindow { .. } => "legal_notice_window",
            R::Professional => "notice_not_for_professionals",
            R::KindUnknown => "notice_customer_unknown",
            R::NotTacit => "notice_not_tacit",
            R::NoticeDue { .. } => "notice_due",
            R::NoticeSent { .. } => "notice_sent",
            R::NoticeTooEarly { .. } => "notice_too_early",
            R::NoticeTooLate { .. } => "notice_too_late",
            R::NoticeNotSent { .. } => "notice_not_sent",
            R::FreeExit { .. } => "free_exit",
            R::RiskNoticeMissed { .. } => RenewalSignal::NoticeMissed.code(),
            R::LowHealth { .. } => RenewalSignal::LowHealth.code(),
            R::OverduePayments { .. } => RenewalSignal::OverduePayments.code(),
            R::BreachedTickets { .. } => RenewalSignal::BreachedTickets.code(),
            R::FallingUsage { .. } => RenewalSignal::FallingUsage.code(),
            R::NoContact { .. } => RenewalSignal::NoContact.code(),
            R::DaysLeft { .. } => RenewalSignal::DaysLeft.code(),
            R::RiskCapped { .. } => "renewal_risk_capped",
            R::RiskUnknown { .. } => "renewal_risk_unknown",
            R::Movement { bucket, .. } => bucket.code(),
            R::NetRetention { .. } => "net_retention",
            R::GrossRetention { .. } => "gross_retention",
            R::LogoRetention { .. } => "logo_retention",
            R::NoStart => "no_start",
            R::KnownToday { .. } => "known_today",
            R::ItemsOverlap { .. } => "items_overlap",
            R::SeatsUsed { .. } => "seats_used",
            R::Measured { .. } => "measured",
        }
    }

    /// Puts the parameters into an object.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use RenewalReason as R;
        let mut put = |key: &str, value: Json| {
            map.insert(key.into(), value);
        };
        let day = |day: &NaiveDate| Json::from(day.to_string());
        match self {
            R::OptOut { on, renews_on } => {
                put("on", day(on));
                put("renews_on", day(renews_on));
            }
            R::LegalWindow { from, to } => {
                put("from", day(from));
                put("to", day(to));
            }
            R::NoticeDue { to, days } => {
                put("to", day(to));
                put("days", (*days).into());
            }
            R::NoticeSent { on } => put("on", day(on)),
            R::NoticeTooEarly { on, from } => {
                put("on", day(on));
                put("from", day(from));
            }
            R::NoticeTooLate { on, to } => {
                put("on", day(on));
                put("to", day(to));
            }
            R::NoticeNotSent { to } | R::RiskNoticeMissed { to } => put("to", day(to)),
            R::FreeExit { from } => put("from", day(from)),
            R::LowHealth { score } => put("score", (*score).into()),
            R::OverduePayments { payments, days } => {
                put("payments", (*payments).into());
                put("days", (*days).into());
            }
            R::BreachedTickets { tickets } => put("tickets", (*tickets).into()),
            R::FallingUsage { percent } => put("percent", (*percent).into()),
            R::NoContact { days } => put("days", (*days).into()),
            R::DaysLeft { days } => put("days", (*days).into()),
            R::RiskCapped { limit } => put("limit", (*limit).into()),
            R::RiskUnknown { signal } => put("signal", signal.code().into()),
            R::Movement { accounts, amount, .. } => {
                put("accounts", (*accounts).into());
                put("amount", amount.amount_text().into());
            }
            R::NetRetention { rate, kept, start } | R::GrossRetention { rate, kept, start } => {
                put("rate_bp", i64::try_from(*rate).map_or_else(|_| rate.to_string().into(), Json::from));
                put("kept", kept.amount_text().into());
                put("start", start.amount_text().into());
            }
            R::LogoRetention { rate, kept, start } => {
                put("rate_bp", i64::try_from(*rate).map_or_else(|_| rate.to_string().into(), Json::from));
                put("kept", (*kept).into());
                put("start", (*start).into());
            }
            R::KnownToday { contracts, on } => {
                put("contracts", (*contracts).into());
                put("on", day(on));
            }
            R::ItemsOverlap { product, from } => {
                put("product", product.as_str().into());
                put("from", day(from));
            }
            R::SeatsUsed { product, used, quantity, share_bp } => {
                put("product", product.as_str().into());
                put("used", used.to_string().into());
                put("quantity", quantity.to_string().into());
                put("share_bp", (*share_bp).into());
            }
            R::Measured { name, value, from } => {
                put("name", name.as_str().into());
                put("value", value.to_string().into());
                put("from", from.to_string().into());
            }
            R::Professional | R::KindUnknown | R::NotTacit | R::NoStart => {}
        }
    }
}
