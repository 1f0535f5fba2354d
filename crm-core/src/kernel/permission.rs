//! Who may do what. Deny by default: a verb without a tick in a role's column is refused.

use super::coded::coded;
use super::role::Role;

coded! {
    /// What a command or a question does, for permissions.
    Verb {
        /// Reads records.
        Read = "read",
        /// Reads and verifies the trail.
        Audit = "audit",
        /// Makes a record.
        Create = "create",
        /// Changes a record.
        Patch = "patch",
        /// Puts a record away.
        Archive = "archive",
        /// Brings a record back.
        Restore = "restore",
        /// Makes or changes many records from a file.
        Import = "import",
        /// Computes what is derived, such as scores.
        Compute = "compute",
        /// Converts a lead, or takes a conversion back.
        Convert = "convert",
        /// Merges records, and takes that back.
        Merge = "merge",
        /// Hands leads to people, by the rules that a person made.
        Route = "route",
        /// Changes pipelines and their stages.
        Configure = "configure",
        /// Sets what forecasts are measured with: exchange rates and quotas.
        Target = "target",
        /// Says another number than the deals give.
        Adjust = "adjust",
        /// Says when people of the team are on leave.
        Leave = "leave",
        /// Gives all that somebody works on to others.
        HandOver = "hand_over",
        /// Divides a deal among several owners.
        Split = "split",
        /// Says what happened, and adds notes.
        Log = "log",
        /// Writes messages that nobody has sent.
        Draft = "draft",
        /// Brings files and gives them to records.
        Attach = "attach",
        /// Proposes a command that waits for an OK.
        Propose = "propose",
        /// Checks what a teammate wrote, before somebody decides.
        PeerCheck = "peer_check",
        /// Decides whether something leaves.
        Approve = "approve",
        /// Gives to channels what was approved, and says what they answered.
        Deliver = "deliver",
        /// Stops everything that leaves.
        Stop = "stop",
        /// Connects channels, lets go on what was stopped, and makes rules that approve.
        Connect = "connect",
        /// Writes down what people say about being contacted.
        Consent = "consent",
        /// Puts records into sequences and takes them out.
        Enrol = "enrol",
        /// Writes down what came in.
        Receive = "receive",
        /// Writes quotes.
        Quote = "quote",
        /// Gives a quote its number, and writes down what the customer answers.
        Issue = "issue",
        /// Works with customers after the signature: renewals, ideas, the steps of playbooks.
        Serve = "serve",
        /// Works out a customer's health, or says another.
        Assess = "assess",
        /// Makes playbooks.
        Plan = "plan",
        /// Makes segments and pins their members.
        Segment = "segment",
        /// Takes tables out of the library.
        Export = "export",
    }
}

/// The permission table: one row for each verb, one column for each role in the order of [`Role::ALL`].
const TABLE: &[(Verb, [bool; 6])] = &[
    //               owner  admin  manager member viewer agent
    (Verb::Read, [true, true, true, true, true, true]),
    (Verb::Audit, [true, true, true, false, false, false]),
    (Verb::Create, [true, true, true, true, false, true]),
    (Verb::Patch, [true, true, true, true, false, true]),
    (Verb::Archive, [true, true, true, true, false, false]),
    (Verb::Restore, [true, true, true, true, false, false]),
    (Verb::Import, [true, true, true, false, false, false]),
    (Verb::Compute, [true, true, true, true, false, true]),
    (Verb::Convert, [true, true, true, true, false, false]),
    (Verb::Merge, [true, true, true, true, false, false]),
    (Verb::Route, [true, true, true, true, false, true]),
    (Verb::Configure, [true, true, false, false, false, false]),
    (Verb::Target, [true, true, true, false, false, false]),
    (Verb::Adjust, [true, true, true, true, false, false]),
    (Verb::Leave, [true, true, true, true, false, false]),
    (Verb::HandOver, [true, true, true, false, false, false]),
    (Verb::Split, [true, true, true, true, false, false]),
    (Verb::Log, [true, true, true, true, false, true]),
    (Verb::Draft, [true, true, true, true, false, true]),
    (Verb::Attach, [true, true, true, true, false, true]),
    (Verb::Propose, [true, true, true, true, false, true]),
    (Verb::PeerCheck, [true, true, true, true, false, true]),
    (Verb::Approve, [true, true, true, true, false, false]),
    (Verb::Deliver, [true, true, true, true, false, false]),
    (Verb::Stop, [true, true, true, true, false, false]),
    (Verb::Connect, [true, true, false, false, false, false]),
    (Verb::Consent, [true, true, true, true, false, true]),
    (Verb::Enrol, [true, true, true, true, false, true]),
    (Verb::Receive, [true, true, true, true, false, false]),
    (Verb::Quote, [true, true, true, true, false, true]),
    (Verb::Issue, [true, true, true, true, false, false]),
    (Verb::Serve, [true, true, true, true, false, false]),
    (Verb::Assess, [true, true, false, false, false, false]),
    (Verb::Plan, [true, true, true, false, false, false]),
    (Verb::Segment, [true, true, true, false, false, false]),
    (Verb::Export, [true, true, true, true, false, false]),
];

/// Whether a role may do this.
pub fn allowed(role: Role, verb: Verb) -> bool {
    let column = Role::ALL.iter().position(|r| *r == role);
    let row = TABLE.iter().find(|(v, _)| *v == verb);
    matches!((row, column), (Some((_, roles)), Some(c)) if roles.get(c) == Some(&true))
}

/// The table as data: every verb with the roles that may do it.
pub fn permission_table() -> impl Iterator<Item = (Verb, Vec<Role>)> {
    TABLE.iter().map(|(verb, _)| (*verb, Role::ALL.iter().copied().filter(|r| allowed(*r, *verb)).collect()))
}
