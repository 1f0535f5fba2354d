//! Columns in, columns out: the rules of `crm-core` over Arrow tables.
//!
//! [`score_stream`] takes an Arrow C stream and gives one back, batch by batch; [`score_table`] reads all of it first;
//! [`score_batches`] is the safe inside of both. The layers, from the outside in:
//!
//! 1. `import`: the C structures are checked and taken over (`raw`, `take`), the only `unsafe` code; then what the
//!    arrays hold is validated (`validate`, `utf8`, `views`),
//! 2. `bind`: which column feeds which field of the lead, decided once for a table,
//! 3. `column`, `cell`: one cell as a fact of the field's type, or the problem with it,
//! 4. `row`: the facts of one row, and the diagnostics of its unreadable cells,
//! 5. `output`: the scores as columns that every engine accepts,
//! 6. `stream`: batch by batch, and back out as an Arrow C stream.
//!
//! # What is trusted
//! Structures that were released, null pointers, negative or huge lengths, wrong counts of buffers and children, offsets
//! that run backwards, broken UTF-8, dictionary indices out of range and wrong null counts are refused as
//! `invalid_arrow`; `./test fuzz` tries all of it. No consumer can check that a pointer points to as many bytes as its
//! producer says: **never feed C structures that come from a hostile process**; give such data as JSON or CSV.

mod bind;
mod cell;
mod column;
mod import;
mod options;
mod output;
mod raw;
mod result;
mod row;
mod scorer;
mod stream;
mod take;
mod utf8;
mod validate;
mod views;

pub use cell::Cell;
pub use column::Column;
pub use options::{Keep, Reasons, ScoreOptions};
pub use result::ResultColumn;
pub use stream::{Scored, score_batches, score_stream, score_table};
