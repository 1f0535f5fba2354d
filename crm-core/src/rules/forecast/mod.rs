//! Forecasts: what will be closed, by whom and when, and what each number is made of.

mod line;
mod periods;
mod place;
mod rollup;
mod sums;
mod tree;
mod value;

pub use line::{Line, Part, Share};
pub use periods::{MOST_PERIODS, Periods, Slot};
pub use place::{Filter, Placed, Plan};
pub use rollup::{Cells, Outside, Rollup};
pub use sums::{ByCategory, COUNTED, OPEN, Sums};
pub use tree::{Node, OwnerTree};
pub use value::{RateBasis, Rounding, Valuation};
