//! What a report of the support volume is asked for.

use serde_json::Value as Json;

use crate::kernel::coded::coded;
use crate::kernel::error::Result;
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
use crate::rules::read::Object;
use crate::rules::report::{Span, Window, WindowSpec, span};

coded! {
    /// What tickets are grouped by: what they say now, so that the periods of a group add up.
    VolumeGroup {
        /// How urgent they are.
        Priority = "priority",
        /// Who is responsible.
        Owner = "owner",
        /// The team.
        Team = "team",
        /// The account, by its id.
        Account = "account",
        /// What kind of request they are.
        Category = "category",
        /// How they came.
        Channel = "channel",
        /// The policy, by its id.
        Policy = "sla_policy",
    }
}

/// Which tickets, over which window, in which periods, grouped by what.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeSpec {
    /// The window: the last thirty days where nobody says.
    pub window: WindowSpec,
    /// The periods that it is cut into; one without.
    pub by: Option<Span>,
    /// What the tickets are grouped by.
    pub group: Option<VolumeGroup>,
    /// Which tickets, by what they say now.
    pub filter: Option<Predicate>,
}

impl VolumeSpec {
    /// Days of a window that nobody names.
    const USUAL_DAYS: u32 = 30;

    /// Reads `{"window": {...}, "by": "week", "group": "priority", "where": {...}}` of an object that may have other
    /// keys. Everything may be left out.
    ///
    /// # Errors
    /// Values that do not fit, with their path.
    pub(crate) fn read(o: &Object<'_>) -> Result<Self> {
        let days = Window::Rolling { count: Self::USUAL_DAYS, unit: Span::Day, include_current: true };
        Ok(Self {
            window: o.optional("window", WindowSpec::from_json)?.unwrap_or_else(|| WindowSpec::new(days)),
            by: o.optional("by", span)?,
            group: o.optional("group", group)?,
            filter: o.optional("where", Predicate::from_json)?,
        })
    }
}

fn group(json: &Json) -> Result<VolumeGroup> {
    json.as_str().and_then(VolumeGroup::from_code).ok_or_else(|| json::not_one_of(json, VolumeGroup::CODES))
}
