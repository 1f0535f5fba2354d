//! Attribution: where people came from, and what each touch had to do with what became of them.
//!
//! # Configuration
//! ```json
//! {"internal_domains": ["exemple.fr"], "referrers": [{"host": "annuaire.example", "medium": "referral", "source": "Annuaire"}],
//!  "session_minutes": 30, "window_days": 365, "direct": "keep", "unique": false, "trail": 10,
//!  "models": ["first", {"model": "time_decay", "half_life_days": 14}],
//!  "influence": {"by": "account", "window_days": 365, "statuses": ["responded"]}}
//! ```
//! Everything may be left out.
//!
//! # Where a touch came from
//! `{"ask": "classify", "referrer": "...", "landing_page": "...", "utm_source": "...", "click_ids": ["gclid:x"], "kind": "visit"}`,
//! or the same under `touch`, or many under `touches`. What the link says of itself (`utm_*`, given or in the address of
//! the page that was reached) wins; then an advertiser's or a mailer's parameter; then the page that led here by a table of
//! some 600 hosts, with the words that were searched for; the workspace's own pages are `internal`; nothing is `direct`.
//!
//! # Who gets how much
//! `{"ask": "attribute", "touches": [...], "models": [...], "milestones": {"lead": "...", "deal": "...", "closed": "..."},
//! "at": "...", "amount": "100.00", "currency": "EUR"}`. A touch has `id` and `at` with what `classify` takes, or a
//! `channel` by name; a text alone is both. A milestone is an instant or `{"touch": "id"}`. Touches are put in order by
//! instant, then by id; without instants their order is as given. The latest milestone ends the path. What does not
//! count is told with its reason: after the path's end, in the future, before the window, from one own page to another, and
//! the second of two touches of one channel within `session_minutes`, since they are one visit; with `"unique": true` (or
//! `"first"`, `"last"`) a channel counts once.
//!
//! # Formula
//! A touch's share is its weight among all weights, in millionths by largest remainder ([`allocate`]), ties to the earlier
//! touch, so that shares are a million and amounts the amount. Weights: [`ModelName`]. Key touches have their weight, the
//! others share what is left; a touch that is several key touches has the sum; where a key touch or every other touch is
//! missing, the rest is renormalised. `time_decay` weighs `2^(-age/half_life)` ([`decayed`], with its error).
//!
//! `{"ask": "card", ...}` takes the same and gives first touch, last touch, last touch that is not direct (each whole, never
//! filled from another one), the campaigns with their part, the latest touches and the models. `{"ask": "paths", "paths":
//! ["search > email"], "conversions": [3], "models": ["linear"]}` divides a whole table, exactly as fractions and rounded
//! to six places. `{"ask": "influence", "members": [{"campaign": "fair", "since": "...", "status": "responded", "role":
//! true}], "touches": [...], "closed_at": "...", "primary_campaign": "...", "model": "even"}` divides a deal between the
//! campaigns of its people ([`Influenced`]); what is after the close changes nothing.
//!
//! [`allocate`]: crate::kernel::allocate::allocate
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let answer = Rules::default().eval("attribution", &json!({
//!     "ask": "attribute", "models": ["u_shape"], "amount": "100.00", "currency": "EUR",
//!     "touches": ["fair", "search", "email", "social", "call"],
//! }))?;
//! let amounts: Vec<_> = answer["models"][0]["credits"].as_array().unwrap().iter().map(|c| &c["amount"]).collect();
//! assert_eq!(amounts, ["40.00", "6.67", "6.67", "6.66", "40.00"]);
//! # Ok::<(), crm_core::Error>(())
//! ```

mod attribute;
mod card;
mod channel;
mod classify;
mod decay;
mod door;
mod influence;
mod model;
mod paths;
mod prepare;
mod referrers;
mod settings;
mod share;
mod sift;
mod touch;
mod url;

pub use self::attribute::{Amount, Attributed, Credit, attribute};
pub use self::card::{CampaignPart, Card, CardOptions};
pub use self::channel::{Channel, ChannelGroup};
pub use self::classify::Arrival;
pub use self::decay::decayed;
pub(crate) use self::door::MOST_TOUCHES;
pub use self::door::eval_json;
pub use self::influence::{Influence, InfluenceModel, Influenced, InfluencedDeal, Tie};
pub use self::model::{KeyWeights, Model, ModelName, Path};
pub use self::paths::{ChannelValue, ValuedPath, attribute_paths, once};
pub use self::prepare::{Milestone, Milestones, Prepared, Seen};
pub(crate) use self::settings::models;
pub use self::settings::{
    AttributionSettings, DirectUse, InfluenceBy, InfluenceOptions, Occurrence, OwnReferrer, PathOptions,
};
pub use self::share::{Splitter, WHOLE_MICRO};
pub use self::sift::{Against, Sifted};
pub use self::touch::Touch;
