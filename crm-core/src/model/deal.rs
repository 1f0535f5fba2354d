//! Deals: opportunities that are worked towards a close.

use chrono::NaiveDate;

use super::declare::record;
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::quotes::ValueSource;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::time::Instant;

record! {
    /// A specific opportunity with an account, from its first day to won or lost.
    Deal = "deal" {
        /// The deal's name.
        name: String, indexed;
        /// The account that would buy.
        account: Option<Id>, indexed;
        /// The person to talk to.
        contact: Option<Id>, indexed;
        /// The lead that it came from; a merge of leads moves it to the primary.
        source_lead: Option<Id>, indexed;
        /// The pipeline, by its code.
        pipeline: String, indexed;
        /// Where the deal stands in its pipeline, by the stage's code.
        stage: String, indexed;
        /// Since when it stands there. The library sets it at each move; an import may give an earlier instant.
        stage_entered_at: Option<Instant>;
        /// What the stage means: open, won or lost. Never inferred from a probability.
        state: Option<StageKind>, indexed computed;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// What it is worth.
        value: Option<Money>;
        /// Where the value comes from, once a quote gave it.
        value_source: Option<ValueSource>, computed;
        /// When it is expected to close, or when it did.
        close_date: Option<NaiveDate>, indexed;
        /// The probability that somebody set by hand, in basis points; `None` is the stage's.
        probability_bp: Option<i64>;
        /// Why somebody set it.
        probability_reason: String;
        /// The forecast category that somebody set by hand; `None` is the stage's.
        category: Option<Category>, indexed;
        /// When the opportunity began, where that was before the row was made.
        opened_at: Option<Instant>;
        /// When it was won or lost.
        closed_at: Option<Instant>, indexed;
        /// Why it was won.
        won_reason: String;
        /// Why it was lost.
        lost_reason: String, indexed;
        /// What else is to be said of the loss.
        lost_note: String;
        /// The open stage that it stood in last, by its code.
        last_open_stage: String, computed;
        /// What the stage was called when the deal was won or lost.
        closed_as: String, computed;
        /// The probability that it had just before it was won or lost, in basis points.
        closed_probability_bp: Option<i64>, computed;
        /// Where it came from: referral, web, event ...
        source: String;
        /// The campaign that brought it.
        campaign: String, indexed;
        /// The host's segment.
        segment: String, indexed;
        /// Free text.
        description: String;
        /// Labels.
        tags: Vec<String>;
        /// The system the deal was imported from.
        external_source: String;
        /// The deal's id in that system.
        external_id: String, indexed;
    }
}
