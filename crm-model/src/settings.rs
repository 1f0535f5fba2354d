//! The models: who is there, what may happen, and how often.

use crm_core::kernel::approval::DraftKind;
use crm_core::rules::approval::{Proposal, Terms};
use stateright::{Model, Property};

use crate::act::Act;
use crate::plant::Plant;
use crate::properties::properties;
use crate::world::{Budget, World};

/// One model: a draft with everything around it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is called in the table.
    pub name: &'static str,
    /// How many get the message.
    pub recipients: usize,
    /// How many people may decide.
    pub approvers: usize,
    /// How many workers hand over.
    pub workers: usize,
    /// Whether an agent writes it.
    pub is_by_agent: bool,
    /// Who may decide.
    pub terms: Terms,
    /// Whether there is a rule that approves.
    pub has_rule: bool,
    /// Whether the person may object.
    pub has_opt_out: bool,
    /// Whether the approvers may leave.
    pub approvers_leave: bool,
    /// Whether channels say the same twice.
    pub has_echo: bool,
    /// Whether the clock may go back.
    pub clock_goes_back: bool,
    /// How many hours pass.
    pub hours: u8,
    /// How often it is edited.
    pub edits: u8,
    /// How often a worker dies.
    pub crashes: u8,
    /// How often everything is stopped or let go on.
    pub switches: u8,
    /// How often somebody looks whether it left.
    pub lookups: u8,
    /// How often what failed is put back.
    pub retries: u8,
    /// The mistake that is to be found.
    pub plant: Option<Plant>,
    /// The one property that has to find it; any does where it is not said.
    pub judged_by: Option<&'static str>,
}

const PLAIN: Draft = Draft {
    name: "two approvers, two workers",
    recipients: 1,
    approvers: 2,
    workers: 2,
    is_by_agent: true,
    terms: Draft::open(),
    has_rule: false,
    has_opt_out: false,
    approvers_leave: false,
    has_echo: false,
    clock_goes_back: false,
    hours: 3,
    edits: 1,
    crashes: 1,
    switches: 0,
    lookups: 1,
    retries: 0,
    plant: None,
    judged_by: None,
};

/// The models that are explored; the first is the one of every test run.
pub const SETTINGS: &[Draft] = &[
    Draft { name: "one worker, one approver", approvers: 1, workers: 1, ..PLAIN },
    PLAIN,
    Draft { name: "kill switch and opt-out", approvers: 1, switches: 2, has_opt_out: true, ..PLAIN },
    Draft { name: "a rule that is switched off", approvers: 1, has_rule: true, ..PLAIN },
    Draft {
        name: "a rule, and people who leave",
        approvers: 1,
        has_rule: true,
        approvers_leave: true,
        edits: 0,
        ..PLAIN
    },
    Draft {
        name: "answers said twice, clock going back",
        has_echo: true,
        clock_goes_back: true,
        approvers: 1,
        ..PLAIN
    },
    Draft { name: "two lookups, a retry", approvers: 1, lookups: 2, retries: 1, edits: 0, ..PLAIN },
    Draft { name: "two recipients", approvers: 1, recipients: 2, edits: 0, hours: 2, ..PLAIN },
    Draft {
        name: "four eyes, a person's own draft",
        is_by_agent: false,
        terms: Terms { needs_four_eyes: true, ..Draft::open() },
        workers: 1,
        ..PLAIN
    },
    Draft { name: "peer check first", terms: Terms { needs_peer_check: true, ..Draft::open() }, workers: 1, ..PLAIN },
    Draft { name: "two edits, two crashes", approvers: 1, edits: 2, crashes: 2, ..PLAIN },
    Draft {
        name: "everything at once, one worker",
        switches: 1,
        has_opt_out: true,
        has_rule: true,
        has_echo: true,
        retries: 1,
        approvers: 1,
        workers: 1,
        hours: 2,
        ..PLAIN
    },
];

impl Model for Draft {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        let recipients = self.recipients_of(1);
        vec![World {
            proposal: Proposal::new("acme/draft", DraftKind::Message, &self.author(), "content 1", &recipients),
            hour: 0,
            is_back: false,
            is_paused: false,
            has_opted_out: false,
            rule_is_on: self.has_rule,
            approvers_are_in: true,
            seen: [None, None],
            workers: [None, None],
            echo: None,
            left: Vec::new(),
            said_yes: Vec::new(),
            not_found: std::collections::BTreeMap::new(),
            wrong: None,
            budget: Budget {
                edits: self.edits,
                crashes: self.crashes,
                switches: self.switches,
                lookups: self.lookups,
                retries: self.retries,
            },
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Act>) {
        actions.extend(self.acts(world));
    }

    fn next_state(&self, world: &World, act: Act) -> Option<World> {
        self.follow(world, &act)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties(self)
    }
}
