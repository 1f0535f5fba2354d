//! The in-memory store does what every store must do.

use crm_core::store::{MemoryStore, conformance};

#[test]
fn the_memory_store_conforms() {
    for (case, result) in conformance::check(&mut || Box::new(MemoryStore::new())) {
        assert_eq!(result, Ok(()), "{case}");
    }
}
