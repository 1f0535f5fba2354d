//! One integration binary: golden cases, scenarios, properties.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test stops where it is wrong"
)]

mod access;
mod access_matrix;
mod activities;
mod attachments;
mod bands;
mod bands_store;
mod calendar;
mod calendar_numbers;
mod calendar_properties;
mod calendar_table;
mod commands;
mod consent;
mod consent_properties;
mod consent_texts;
mod conversion;
mod conversion_properties;
mod converting;
mod csv_cell;
mod daily_reasons;
mod deal_risk;
mod deal_risk_properties;
mod deal_risk_store;
mod desk_hostile;
mod door;
mod duplicates;
mod duplicates_store;
mod enriching;
mod enrichment;
mod filter;
mod filter_questions;
mod filter_store;
mod forecast;
mod forecast_commands;
mod forecast_past;
mod forecast_properties;
mod gaps;
mod gate_machine;
mod golden;
mod identity;
mod identity_data;
mod identity_properties;
mod import;
mod inbox;
mod inbox_store;
mod library;
mod merge;
mod merging;
mod next_action;
mod outbox;
mod outbox_driver;
mod phrases;
mod pipeline;
mod pipelines_store;
mod previews;
mod properties;
mod reading;
mod reasons;
mod rekey;
mod reply;
mod reply_numbers;
mod reply_properties;
mod report;
mod revenue_hostile;
mod routing;
mod routing_commands;
mod routing_properties;
mod routing_texts;
mod score_golden;
mod score_lints;
mod score_oracle;
mod score_properties;
mod score_titles;
mod scoring;
mod sequence;
mod sequence_properties;
mod sla;
mod sla_numbers;
mod sla_properties;
mod staff;
mod staff_properties;
mod staff_store;
mod starters;
mod store_conformance;
mod support;
mod support_hostile;
mod task;
mod task_commands;
mod task_properties;
mod templates;
mod ticket_driver;
mod tickets;
mod tickets_properties;
mod timeline;
mod trail;
mod undo;
mod views;
mod waterfall;
mod window;
