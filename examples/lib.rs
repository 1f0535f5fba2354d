//! Complete small programs; see `story.rs`, `lead_desk.rs`, `revenue.rs`, `support.rs`, `outreach.rs`, `customer/`, `monday_review/`, `duplicates/`, `python/` and `c/`.
