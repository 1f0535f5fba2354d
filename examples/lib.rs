//! Complete small programs; see `story.rs`, `lead_desk.rs`, `monday_review/`, `duplicates/`, `python/` and `c/`.
