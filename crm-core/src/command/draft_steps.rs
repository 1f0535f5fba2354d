//! What people and agents do with a draft: give it to whoever decides, say yes or no, check it, take it back.

pub(crate) use super::draft_submit::submit;
