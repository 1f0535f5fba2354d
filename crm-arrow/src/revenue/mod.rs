//! Revenue over tables of deals: what the rules `forecast`, `bands` and `deal_risk` say of them.

mod deals;
mod labels;
mod ledger;
mod output;
mod pass;
mod rated;
mod risk_facts;
mod source;
mod standing;
mod totals;
mod whole;
