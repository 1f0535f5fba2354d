//! The corpus of `./test fuzz`, run again: every case that once made the fuzzer see something new.

use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::arrow_c::{self, Ending};

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts panics, those that are caught, too.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            before(panic);
        }));
    });
}

#[test]
fn the_corpus() {
    count_panics();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/arrow_c");
    let Ok(files) = std::fs::read_dir(&corpus) else {
        println!("skipped: {} is missing", corpus.display());
        return;
    };
    let rules = arrow_c::rules();
    let (mut rows, mut scored, mut not_arrow, mut refused) = (0, 0, 0, 0);
    for file in files {
        let path = file.unwrap().path();
        let before = PANICS.load(Ordering::SeqCst);
        match arrow_c::run(&rules, &std::fs::read(&path).unwrap()) {
            Ending::Scored(some) => (rows, scored) = (rows + some, scored + 1),
            Ending::NotArrow => not_arrow += 1,
            Ending::Refused => refused += 1,
        }
        assert_eq!(PANICS.load(Ordering::SeqCst), before, "a panic was caught on the way: {}", path.display());
    }
    println!("{scored} scored with {rows} rows, {not_arrow} not Arrow, {refused} refused");
    // A generator that was changed gives old files a new meaning; they should still be of every kind.
    assert!(scored > 50 && rows > 300 && not_arrow > 20 && refused > 5, "{scored} {rows} {not_arrow} {refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn anything_else(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        count_panics();
        let before = PANICS.load(Ordering::SeqCst);
        arrow_c::run(&arrow_c::rules(), &bytes);
        prop_assert_eq!(PANICS.load(Ordering::SeqCst), before, "a panic was caught on the way");
    }
}
