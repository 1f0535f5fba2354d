//! Who sees and changes what: roles, scopes, and the rule that decided.
//!
//! # Configuration
//! ```json
//! {
//!   "roles": {
//!     "member": {"read": "team", "write": {"scope": "own", "unowned": true}},
//!     "viewer": {"read": {"scope": "own", "records": {"ticket": "all", "quota": {"scope": "own", "unowned": false}}}}
//!   },
//!   "team": {"reports": true, "colleagues": false}
//! }
//! ```
//! What a role may do at all is the permission table ([`permission_table`](crate::kernel::permission::permission_table)).
//! Whose rows it then reaches is its scope: `all` (usual, where nothing is said), `team`, `own` or `none`, for reading and
//! for writing, where what is not seen is not written either. A team is oneself with everybody below in the tree of
//! employees and, if wanted, the colleagues of the same `team`. Where people lead each other in a circle, each of the circle
//! stands for nobody else. `unowned` says whether rows that belong to nobody and hang on nothing are reached below `all`:
//! usually they are seen and not changed.
//!
//! A row belongs to whom its fields name (`owner`, `assignee`, `author` ...), and is also seen for the sake of the record that
//! it hangs on: a note on a lead goes with the lead, a file with any record that has it. Pipelines, stages, rates and the
//! directory of employees are everybody's; the directory is changed by those who change every record, because it says who
//! leads whom.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let rules = Rules::from_json(&json!({"access": {"roles": {"member": {"read": "team", "write": "own"}}}}))?;
//! let tree = json!({"ceo": null, "mgr": "ceo", "rep1": "mgr", "rep2": "mgr"});
//! let ask = |actor: &str, action: &str| rules.eval("access", &json!({
//!     "actor": {"name": actor, "role": "member"}, "action": action, "record": "lead",
//!     "fields": {"owner": "rep1"}, "tree": tree, "lang": "en",
//! }));
//! let answer = ask("mgr", "read")?;
//! assert_eq!(answer["allowed"], true);
//! assert_eq!(answer["decided_by"][1]["text"], "the field `owner` names rep1, who is led by mgr");
//! assert_eq!(ask("mgr", "patch")?["allowed"], false);
//! assert_eq!(ask("rep2", "read")?["visible"], false);
//! # Ok::<(), crm_core::Error>(())
//! ```

mod config;
mod crew;
mod decide;
mod door;
mod reach;
mod sight;

pub use self::config::{Access, Extent};
pub(crate) use self::crew::{By, Crew, Person};
pub(crate) use self::decide::{Decision, decide};
pub(crate) use self::door::verb_of_json;
pub use self::door::{audit_json, eval_json};
pub(crate) use self::sight::{Asker, is_open};
