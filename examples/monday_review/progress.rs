//! A progress bar on a terminal, nothing elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::ops::ControlFlow;

use crm_core::engine::{Control, Progress};

pub(crate) struct Bar {
    label: &'static str,
    shown: bool,
}

impl Bar {
    pub(crate) fn new(label: &'static str) -> Self {
        Self { label, shown: std::io::stderr().is_terminal() }
    }

    pub(crate) fn show(&mut self, progress: Progress) -> Control {
        if self.shown {
            let percent = progress.done.saturating_mul(100).checked_div(progress.total).unwrap_or(100).min(100);
            let filled = usize::try_from(percent / 4).unwrap_or(0);
            eprint!("\r{} [{:<25}] {percent:>3} %", self.label, "#".repeat(filled));
            let _ = std::io::stderr().flush();
        }
        ControlFlow::Continue(())
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.shown {
            eprint!("\r{:70}\r", "");
        }
    }
}
