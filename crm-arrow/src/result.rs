//! The columns of the result, in types that every engine accepts.

use crm_core::Lang;

macro_rules! columns {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// A column of the result.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ResultColumn { $($(#[$doc])* $variant,)* }

        impl ResultColumn {
            /// Every column's name.
            pub const NAMES: &'static [&'static str] = &[$($name,)*];

            /// The column's name.
            pub const fn name(self) -> &'static str {
                match self { $(ResultColumn::$variant => $name,)* }
            }

            pub(crate) fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(ResultColumn::$variant),)* _ => None }
            }
        }
    };
}

columns! {
    /// The score in whole points, 64-bit integers.
    Score = "score";
    /// The id of the band, text.
    Band = "band";
    /// Letter and digit, text.
    Grade = "grade";
    /// The points of the section *fit*, 64-bit integers.
    Fit = "fit";
    /// The points of the section *engagement*, 64-bit integers.
    Engagement = "engagement";
    /// The known share of the rules' weight in basis points, 64-bit integers.
    Coverage = "coverage_bp";
    /// The reasons as texts, a list.
    Reasons = "reasons";
    /// The reasons with their points, such as `job_title:+15`, a list of texts.
    ReasonCodes = "reason_codes";
    /// The reasons as places in the list that the schema's metadata hold as `crmkit.reasons`, a list of 32-bit integers.
    ReasonIds = "reason_ids";
    /// The reasons' points in thousandths, a list of 64-bit integers.
    ReasonPoints = "reason_points_milli";
    /// The earliest instant at which time alone may change the score.
    NextChange = "next_change_at";
    /// The cells of the row that could not be read, a list of texts.
    Diagnostics = "diagnostics";
}

impl ResultColumn {
    /// The columns that come out where the caller chose none.
    pub fn default_of(lang: Option<Lang>) -> Vec<ResultColumn> {
        use ResultColumn as C;
        let mut all = vec![C::Score, C::Band, C::Grade, C::Fit, C::Engagement, C::Coverage];
        all.extend(lang.map(|_| C::Reasons));
        all.extend([C::ReasonCodes, C::NextChange, C::Diagnostics]);
        all
    }
}
