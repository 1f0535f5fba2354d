//! What people look at: lists, boards, tables and figures, made from records and rules. Everything here is pure: the
//! engine gathers, a view arranges.

mod find;

pub use find::Find;
