//! `./test fuzz`: hostile Arrow C structures, scored.
#![no_main]

#[allow(dead_code, reason = "the replay test counts endings, this one does not")]
#[path = "mod.rs"]
mod arrow_c;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crm_core::rules::Rules;
use libfuzzer_sys::fuzz_target;

/// The most memory of one case: its structures are below a mebibyte.
const MOST_BYTES: usize = 64 << 20;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static RULES: LazyLock<Rules> = LazyLock::new(arrow_c::rules);

/// Counts what is allocated.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call is the system's own; only numbers are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(live, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs a case and says how many bytes it left behind.
fn left_behind(bytes: &[u8]) -> usize {
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    arrow_c::run(&RULES, bytes);
    let peak = PEAK.load(Ordering::Relaxed) - before;
    assert!(peak < MOST_BYTES, "{peak} bytes for one case");
    LIVE.load(Ordering::Relaxed).saturating_sub(before)
}

fuzz_target!(|bytes: &[u8]| {
    // What a first run sets up once and for all is no leak; what every run leaves is one.
    if left_behind(bytes) > 0 && left_behind(bytes) > 0 {
        assert_eq!(left_behind(bytes), 0, "bytes that nobody frees");
    }
});
