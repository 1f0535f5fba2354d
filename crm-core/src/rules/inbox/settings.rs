//! What a host says of its inboxes.

use serde_json::Value as Json;

use crate::kernel::error::Result;
use crate::rules::check;
use crate::rules::read::Object;

/// Most points of one reason.
const MOST_POINTS: i64 = 1_000;
/// Most hours: a year.
const MOST_HOURS: i64 = 8_784;

macro_rules! points {
    ($($(#[$doc:meta])* $name:ident = $usual:literal;)*) => {
        /// The part `inbox` of a configuration: `{"points": {"promise_broken": 30}, "reply_hours": 24, "lead_hours": 4,
        /// "approval_hours": 24, "expiry_hours": 24}`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct InboxSettings {
            $($(#[$doc])* pub $name: i64,)*
            /// Within how many hours a customer's message is to be answered.
            pub reply_hours: i64,
            /// Within how many hours somebody should talk to a new lead.
            pub lead_hours: i64,
            /// Within how many hours somebody should decide about what waits for an OK.
            pub approval_hours: i64,
            /// How many hours before its end something that waits needs attention.
            pub expiry_hours: i64,
        }

        impl Default for InboxSettings {
            fn default() -> Self {
                Self { $($name: $usual,)* reply_hours: 24, lead_hours: 4, approval_hours: 24, expiry_hours: 24 }
            }
        }

        impl InboxSettings {
            /// Reads the part; what is left out is as usual.
            ///
            /// # Errors
            /// Unknown options and numbers out of range, with their place.
            pub fn from_json(json: &Json) -> Result<Self> {
                let o = Object::new(json, &["points", "reply_hours", "lead_hours", "approval_hours", "expiry_hours"])?;
                let mut settings = Self::default();
                if let Some(json) = o.get("points") {
                    let points = Object::new(json, &[$(stringify!($name)),*]).map_err(|e| e.at("points"))?;
                    $(if let Some(found) = points.optional_integer(stringify!($name)).map_err(|e| e.at("points"))? {
                        check::between(found, 0, MOST_POINTS).map_err(|e| e.at(stringify!($name)).at("points"))?;
                        settings.$name = found;
                    })*
                }
                let hours = [
                    ("reply_hours", &mut settings.reply_hours),
                    ("lead_hours", &mut settings.lead_hours),
                    ("approval_hours", &mut settings.approval_hours),
                    ("expiry_hours", &mut settings.expiry_hours),
                ];
                for (key, place) in hours {
                    if let Some(found) = o.optional_integer(key)? {
                        check::between(found, 1, MOST_HOURS).map_err(|e| e.at(key))?;
                        *place = found;
                    }
                }
                Ok(settings)
            }
        }
    };
}

points! {
    /// Points for each place of a priority above the lowest.
    priority = 10;
    /// Points of a broken promise.
    promise_broken = 30;
    /// Points of a promise that is due soon.
    promise_due_soon = 15;
    /// Points of a customer who waits.
    customer_waits = 20;
    /// Points on top where that is longer than it should be.
    waits_long = 10;
    /// Points of something that waits to be allowed.
    approval_waits = 15;
    /// Points of a close date that has passed.
    close_date_passed = 15;
    /// Points of a deal whose risk is 100; less, the less it is.
    at_risk = 20;
    /// Points on top where the risk rose.
    risk_risen = 10;
    /// Points of a hot lead that nobody touched.
    hot_lead = 25;
    /// Points of a new lead.
    new_lead = 10;
    /// Points on top where it has no owner.
    nobodys_lead = 5;
}
