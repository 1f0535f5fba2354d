//! One draft, everybody who may decide about it, two workers that hand it to a channel, crashes at every step: all states
//! that can be reached, with the library's own reducer ([`crm_core::rules::approval::Proposal`]), not a copy of it.
//!
//! [`World`] is a state, [`Act`] what may happen in it, [`Draft`] the model with its limits, [`Plant`] a mistake that
//! somebody could make in a host or in the library, which a property has to find. `README.md` says what was explored.
#![allow(clippy::indexing_slicing, reason = "two workers, two approvers")]
#![allow(clippy::disallowed_methods, reason = "how long exploring takes is told")]

mod act;
mod explore;
mod plant;
mod properties;
mod settings;
mod world;

pub use act::{Act, Answer};
pub use explore::{Explored, explore};
pub use plant::Plant;
pub use settings::{Draft, SETTINGS};
pub use world::{Holding, Left, World, Wrong, Yes};
