//! Why merged records have the values that they have, and why one outlives another.

/// How the value of one field was chosen when records were merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MergeRule {
    /// The value that was written or cleared last.
    ChosenNewestField,
    /// The primary's value.
    KeptPrimary,
    /// The primary had none; the first record in order that has one gave its own.
    FilledEmpty,
    /// All values of all records, each once.
    Union,
    /// All texts, one below the other, each paragraph once.
    Joined,
    /// The earliest date or instant.
    MinDate,
    /// The latest date or instant.
    MaxDate,
    /// The smallest number.
    Smallest,
    /// The largest number.
    Largest,
    /// Yes wins.
    AnyYes,
    /// The value that is furthest in a configured order.
    FurthestStage,
    /// The most restrictive of all answers to whether the person may be contacted.
    MostRestrictiveConsent,
    /// The address of one record as a whole, the fullest.
    AddressBlock,
    /// The name of one record as a whole, the fullest.
    NameBlock,
    /// Fields that belong together, as a whole from one record.
    KeptTogether,
    /// Where the record came from that arrived first.
    FirstTouch,
    /// A person chose the record that gives this value.
    ChosenByPerson,
    /// Computed anew from the events of all records, each event once.
    RecomputedFromEvents,
}

impl MergeRule {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            MergeRule::ChosenNewestField => "chosen_newest_field",
            MergeRule::KeptPrimary => "kept_primary",
            MergeRule::FilledEmpty => "filled_empty",
            MergeRule::Union => "union",
            MergeRule::Joined => "joined",
            MergeRule::MinDate => "min_date",
            MergeRule::MaxDate => "max_date",
            MergeRule::Smallest => "smallest",
            MergeRule::Largest => "largest",
            MergeRule::AnyYes => "any_yes",
            MergeRule::FurthestStage => "furthest_stage",
            MergeRule::MostRestrictiveConsent => "most_restrictive_consent",
            MergeRule::AddressBlock => "address_block",
            MergeRule::NameBlock => "name_block",
            MergeRule::KeptTogether => "kept_together",
            MergeRule::FirstTouch => "first_touch",
            MergeRule::ChosenByPerson => "chosen_by_person",
            MergeRule::RecomputedFromEvents => "recomputed_from_events",
        }
    }
}

/// Why one record outlives another in a merge: the first of these in which they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MergeRank {
    /// It was converted, or a deal came of it.
    Converted,
    /// It stands further in the order of stages.
    Stage,
    /// More hangs on it.
    Links,
    /// It is older.
    Oldest,
    /// Its id is lower.
    LowestId,
}

impl MergeRank {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            MergeRank::Converted => "survives_converted",
            MergeRank::Stage => "survives_stage",
            MergeRank::Links => "survives_links",
            MergeRank::Oldest => "survives_oldest",
            MergeRank::LowestId => "survives_lowest_id",
        }
    }
}
