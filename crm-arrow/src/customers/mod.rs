//! Tables of customers: their health, and who belongs to a segment.

mod health;
mod health_columns;
mod segment;

pub use health::{HealthOptions, health_batches, health_table};
pub use segment::{SegmentOptions, segment_batches, segment_table};
