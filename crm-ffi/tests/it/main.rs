//! What a C or C++ program sees of libcrm: built by cargo, compiled by the system's compilers, run, and run again under
//! valgrind where that is installed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod consumers;
mod golden;
mod install;
mod native;
mod symbols;
mod threads;
