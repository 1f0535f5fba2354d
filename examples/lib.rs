//! Complete small programs; see `story.rs`, `monday_review/`, `duplicates/`, `python/` and `c/`.
