//! What is computed: pure rules. Configuration, facts and an instant go in; a decision with its reasons comes out.

pub mod lead_score;
