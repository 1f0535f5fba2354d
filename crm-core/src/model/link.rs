//! What a reference points at.

use super::Kind;
use crate::kernel::field::{Field, FieldType};

impl Kind {
    /// The kind of record that one of this kind's references points at: the field's name says so, alone or behind what it
    /// is for (`source_lead`, `converted_deal`). `None` of other fields, and of the two of a pair, whose id follows from
    /// them: no link that could be set to another record.
    pub fn target_of(self, field: &Field) -> Option<Kind> {
        if field.kind != FieldType::Reference {
            return None;
        }
        match field.name.as_ref() {
            "merged_into" | "parent" => Some(self),
            "first" | "second" => None,
            "rule" => Some(Kind::ApprovalRule),
            "follow_up" => Some(Kind::Task),
            name => {
                let of = |name: &str| Kind::ALL.iter().copied().find(|k| k.name() == name);
                of(name).or_else(|| of(name.rsplit('_').next().unwrap_or(name)))
            }
        }
    }
}
