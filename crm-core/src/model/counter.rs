//! Counters: the last number given of a series.

use super::declare::record;

record! {
    /// The last number given of a series; the row's id follows from the name.
    Counter = "counter" {
        /// What is counted.
        name: String, indexed;
        /// The last number that was given.
        last: Option<i64>;
    }
}

impl Counter {
    /// The id of a counter.
    pub fn id_of(name: &str) -> crate::kernel::id::Id {
        crate::kernel::id::Id::from_text(&format!("counter {name}"))
    }
}
