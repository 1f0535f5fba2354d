//! Conversations: which one a message belongs to, what is kept of it, and what follows from it.

mod assign;
mod envelope;
mod follow;
mod heard;
mod notice;
mod receive;
mod report;
mod sent;
mod thread;

pub use assign::AssignConversation;
pub use receive::{ReceiveReply, Received};
pub use report::{ReportDelivery, Reported};
pub(crate) use sent::follow_parcels;
