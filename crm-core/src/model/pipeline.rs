//! Pipelines: the ways that deals go.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// A sequence of stages that deals move through. Its row's id follows from its code ([`Pipeline::id_of`]).
    Pipeline = "pipeline" {
        /// What deals call it; it never changes.
        code: String, indexed;
        /// Its name in English.
        name_en: String;
        /// Its name in French.
        name_fr: String;
        /// What it is for.
        description: String;
        /// Whether deals without a pipeline go here; one pipeline has it, and it cannot be deleted.
        is_default: Option<bool>, indexed;
    }
}

impl Pipeline {
    /// The id of the row of a code.
    pub fn id_of(code: &str) -> Id {
        Id::from_text(&format!("pipeline {code}"))
    }
}
