//! Quotes: what is offered to a customer for a deal, at which price.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::quotes::{PriceMode, QuoteState, VatRounding};
use crate::kernel::time::Instant;

record! {
    /// One version of a quote. What was issued never changes; a revision is a row of its own.
    Quote = "quote" {
        /// Its number, given when it was issued and never a second time.
        number: String, indexed computed;
        /// The series its number is of: quote, or what the configuration names.
        series: String;
        /// Counts the versions of one quote, from 1.
        revision: Option<i64>, computed;
        /// The first version, which all versions share.
        root_quote: Option<Id>, indexed computed;
        /// The version that this one stands in place of.
        previous_quote: Option<Id>, indexed computed;
        /// What it is called.
        title: String;
        /// The deal that it is for.
        deal: Option<Id>, indexed;
        /// The customer.
        account: Option<Id>, indexed;
        /// The person it goes to.
        contact: Option<Id>, indexed;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// Whether the deal's value is that of this quote.
        primary: Option<bool>, indexed;
        /// The language it is written in, by its ISO 639-1 code.
        language: String;
        /// Its date.
        issued_on: Option<NaiveDate>, indexed;
        /// The last day on which it can be accepted.
        valid_until: Option<NaiveDate>, indexed;
        /// Its currency, by its ISO 4217 code; its terms say it.
        currency: String, computed;
        /// Whether its prices are with or without VAT; its terms say it.
        price_mode: Option<PriceMode>, computed;
        /// Where VAT is rounded; its terms say it.
        rounding: Option<VatRounding>, computed;
        /// Lines, discounts, parties and legal texts, as canonical JSON: what the rule `quote` reads.
        definition: String, computed;
        /// What it comes to, as canonical JSON.
        totals: String, computed;
        /// What it comes to without VAT.
        net: Option<Money>, computed;
        /// The VAT.
        vat: Option<Money>, computed;
        /// What is paid.
        gross: Option<Money>, computed;
        /// SHA-256 of everything that an acceptance binds.
        hash: String, computed;
        /// Where it stands. That it has expired follows from `valid_until`.
        state: Option<QuoteState>, indexed computed;
        /// The message that it leaves with.
        draft: Option<Id>, indexed computed;
        /// When it left.
        sent_at: Option<Instant>, indexed computed;
        /// When the customer answered.
        answered_at: Option<Instant>, indexed computed;
        /// Who of the customer's answered.
        answered_by: String, computed;
        /// What was said about it: why it was declined, cancelled, or accepted late.
        answer_note: String, computed;
        /// What exactly was accepted, as canonical JSON: by whom, which optional lines, and what it comes to.
        acceptance: String, computed;
        /// The mandatory mentions without which somebody issued it, by their codes.
        without_mentions: Vec<String>, computed;
        /// Why.
        without_reason: String, computed;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
