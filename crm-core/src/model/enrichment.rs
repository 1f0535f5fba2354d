//! Enrichments: what was found out about a lead, one row for each topic and method. Only the library writes them.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// One finding about a lead, as the last enrichment that made it left it.
    Enrichment = "enrichment" {
        /// The lead.
        lead: Option<Id>, indexed computed;
        /// What it is about: `company`, `logo`, `department` ...
        field: String, indexed computed;
        /// What was found.
        value: String, computed;
        /// How: `json_ld`, `legal_text`, `phone_prefix` ...
        method: String, computed;
        /// Where: `lead.email`, the address of a page ...
        source: String, computed;
        /// How sure it is: low, medium, high.
        confidence: String, computed;
        /// The text that it came from, shortened.
        evidence: String, computed;
        /// Whether the lead's field has this value from here.
        applied: Option<bool>, computed;
        /// The lead's version in which this finding was last written into its field. While the field's own clock
        /// shows that version, nobody else has written there since.
        lead_version: Option<i64>, computed;
    }
}
