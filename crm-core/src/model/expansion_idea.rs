//! Ideas to sell a customer more.

use super::declare::record;
use crate::kernel::customer::{IdeaKind, IdeaState};
use crate::kernel::id::Id;
use crate::kernel::money::Money;

record! {
    /// An idea to sell a customer more.
    ExpansionIdea = "expansion_idea" {
        /// What it is.
        title: String, indexed;
        /// The customer.
        account: Option<Id>, indexed;
        /// More of the same, or something else.
        kind: Option<IdeaKind>, indexed;
        /// What would be sold.
        product: String, indexed;
        /// What it may come to.
        value: Option<Money>;
        /// How it stands.
        state: Option<IdeaState>, indexed;
        /// The deal that was made of it.
        deal: Option<Id>, indexed;
        /// Who is responsible: the host's name of a user.
        owner: String, indexed;
        /// What speaks for it.
        evidence: String;
        /// The rule that had it.
        rule: String, indexed computed;
        /// The period for which the rule had it: it has it once.
        period: String, computed;
        /// Why the rule had it, as canonical JSON.
        reasons: String, computed;
        /// Why it was given up.
        dropped_reason: String;
        /// Labels.
        tags: Vec<String>;
    }
}

impl ExpansionIdea {
    /// The id of the idea that a rule has about an account in a period: there is one.
    pub fn id_of(account: Id, rule: &str, period: &str) -> Id {
        Id::from_text(&crate::kernel::json::canonical(&serde_json::json!([
            "expansion_idea",
            account.to_string(),
            rule,
            period
        ])))
    }
}
