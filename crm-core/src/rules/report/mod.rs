//! Reports: figures over a window of time that add up, with everything that they were made from.

mod window;

pub use window::{ResolvedWindow, Span, Window, WindowSpec, window_json};
