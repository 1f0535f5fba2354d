//! Columns in, columns out: the rules of `crm-core` over Arrow tables.
//!
//! [`score_stream`] takes an Arrow C stream and gives one back, batch by batch; [`score_table`] reads all of it first;
//! [`score_batches`] is the safe inside of both. The layers, from the outside in:
//!
//! 1. `import`: the C structures are checked and taken over (`raw`, `take`); then what the
//!    arrays hold is validated (`validate`, `utf8`, `views`),
//! 2. `bind`: which column feeds which field of the lead, decided once for a table,
//! 3. `column`, `cell`, `row`: one cell as a fact of its field's type, or the problem with it: the row rule's view,
//! 4. `feed`: the tests of the model answered by whole columns, a bit for each row of a tile; `bits` and `instructions`
//!    are what it is made of,
//! 5. `score`: tile by tile and thread by thread; the sums are
//!    [`crm_core::rules::lead_score::columns`],
//! 6. `output`: scores and reasons as columns that every engine accepts,
//! 7. `stream` and `lazy`: whole tables and tables batch by batch, and back out as an Arrow C stream,
//! 8. `explain`: the whole answer of one row of a scored table,
//! 9. `desk`: keys, groups of duplicates and routing over tables, through 1, 2 and 3: [`identity_table`],
//!    [`duplicate_groups`], [`route_table`], and [`eval_table`] by the name of the rule,
//! 10. `revenue`: forecasts, bands and risk of tables of deals: [`forecast_table`], [`bands_table`],
//!     [`deal_risk_table`],
//! 11. `business_time`: when rows are due and how much working time they took: [`due_table`], [`elapsed_table`],
//! 12. `attribution`: what touches had to do with what became of people: [`attribution_table`], [`paths_table`],
//! 13. `quotes`: what quotes come to, of tables of their lines: [`quote_table`],
//! 14. `customers`: the health of customers, and who belongs to a segment: [`health_table`], [`segment_table`].
//!
//! # Floats
//! A float counts where it is exactly a value of its field: whole for integers, in millionths for numbers; nothing is
//! rounded. NaN is unknown. Any other float is a diagnostic of its row. Money is never read from floats.
//!
//! # What is trusted
//! Structures that were released, null pointers, negative or huge lengths, wrong counts of buffers and children, offsets
//! that run backwards, broken UTF-8, dictionary indices out of range and wrong null counts are refused as
//! `invalid_arrow`; `./test fuzz` tries all of it. No consumer can check that a pointer points to as many bytes as its
//! producer says: **never feed C structures that come from a hostile process**; give such data as JSON or CSV.

mod answers;
mod attribution;
mod bind;
mod bits;
mod business_time;
mod called;
mod cell;
mod column;
mod customers;
mod declared;
mod desk;
mod explain;
mod feed;
mod grouped;
mod import;
mod instructions;
mod kept;
mod keys;
mod lazy;
mod options;
mod output;
mod parallel;
mod quotes;
mod raw;
mod refused;
mod result;
mod revenue;
mod row;
mod score;
mod stream;
mod take;
mod utf8;
mod validate;
mod views;

pub use attribution::{
    AttributionOptions, PathsOptions, attribution_batches, attribution_by, attribution_table, attribution_tables,
    paths_batches, paths_table,
};
pub use business_time::{
    DueOptions, ElapsedOptions, Target, TimeOptions, TimeUnit, due_batches, due_table, elapsed_batches, elapsed_table,
};
pub use cell::Cell;
pub use column::Column;
pub use customers::{HealthOptions, SegmentOptions, health_batches, health_table, segment_batches, segment_table};
pub use desk::{
    Evaluated, GroupBy, GroupColumns, GroupOptions, KeyColumn, KeyOptions, RouteColumn, RouteOptions, TableOptions,
    duplicate_groups, duplicate_groups_of, eval_table, identity_batches, identity_table, route_batches, route_table,
};
pub use import::Incoming;
pub use instructions::Instructions;
pub use lazy::{Progress, ScoreStream, score_stream};
pub use options::{Keep, Reasons, ScoreOptions};
pub use quotes::{PerRow, QuoteOptions, quote_batches, quote_table};
pub use result::ResultColumn;
pub use revenue::{
    BandsOptions, ForecastOptions, ForecastView, RiskOptions, bands_batches, bands_table, deal_risk_batches,
    deal_risk_table, forecast_batches, forecast_table,
};
pub use stream::{Scored, score_batches, score_table, score_table_with};
