//! The two ways to a snapshot for a question.

use super::Crm;
use crate::command::{Ctx, Limited};
use crate::kernel::error::Result;
use crate::store::{Read, Store};

impl<S: Store> Crm<S> {
    /// The workspace as the actor sees it: what every question is answered from.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn reading(&self, ctx: &Ctx) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(Limited::new(self.whole(ctx)?, &self.rules, ctx)))
    }

    /// The whole workspace: only for a [`Cx`](crate::command::Cx), which has the same gate in front of it, and for what
    /// nobody is shown.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn whole(&self, ctx: &Ctx) -> Result<Box<dyn Read + '_>> {
        self.store.snapshot(&ctx.workspace)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Where the whole workspace is read, and why that shows nobody anything.
    const WHOLE: &[(&str, &str)] = &[
        ("can.rs", "the gate itself decides"),
        ("duplicates.rs", "a Cx"),
        ("impact.rs", "a Cx"),
        ("jobs.rs", "a Cx"),
        ("mod.rs", "a Cx, and the way of merges, of which only ids are told"),
        ("preview.rs", "a Cx"),
        ("reading.rs", "here it is limited"),
        ("routing.rs", "a Cx"),
    ];

    #[test]
    fn questions_read_through_the_gate() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine");
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            // Commands begin in `mod.rs`; `verify.rs` proves the whole trail.
            let is_known = ["mod.rs", "reading.rs", "verify.rs"].contains(&name.as_str());
            assert!(is_known || !text.contains("store.snapshot("), "{name}: a question reads past the gate");
            assert!(WHOLE.iter().any(|(known, _)| *known == name) || !text.contains(".whole("), "{name}: whole");
        }
    }
}
