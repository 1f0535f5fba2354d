//! Complete small programs; see `story.rs`, `monday_review/`, `python/` and `c/`.
