//! What one connection is allowed, whatever a file or a condition asks of it.

use rusqlite::limits::Limit;

/// The most bytes of one row, and with it of one entry of the trail.
///
/// 4 MB would do for a single command. The entry of an import has the whole document of up to 8 MiB, what became of
/// its thousand rows and what each field was before; 32 MiB hold that.
pub(crate) const MOST_BYTES: i32 = 32 * 1024 * 1024;

/// The most bytes of an entry's content: its row has a workspace, an id and two hashes, too.
pub(crate) const MOST_CONTENT: usize = 32 * 1024 * 1024 - 4096;

/// SQLite's limits, as low as what this library asks allows; `tests/it/limits.rs` asks for the most.
///
/// Larger than a fixed application would set them (100 kB, 999 parameters, a depth of 50), because conditions are the
/// users':
/// - the length of a statement and the number of parameters: a condition may compare with 10,000 values, and each of
///   its 256 tests may take a few parameters and some 500 bytes more (the currency, the end of a window);
/// - the depth of an expression: `all` of 256 tests is a chain of 256 levels, and a test has up to 30 within 16 `not`.
pub(crate) const LIMITS: &[(Limit, i32)] = &[
    (Limit::SQLITE_LIMIT_LENGTH, MOST_BYTES),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 512 * 1024),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 300),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 11_500),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256),
    // This library never attaches a file and has no trigger; one that somebody put into the file does not run.
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 0),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];
