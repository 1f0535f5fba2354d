//! Who leads whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::text::shortened;

/// Most people of a cycle that an error names.
const MOST_TOLD: usize = 10;

/// A person of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The host's name of the user; empty for deals that nobody owns.
    pub user: String,
    /// The place of who leads the person.
    pub manager: Option<usize>,
    /// The places of those whom the person leads, in the order of the list.
    pub reports: Vec<usize>,
    /// Whether the host listed the person; who only owns deals is a root of its own.
    pub listed: bool,
}

/// The owners of deals and who leads them. There may be several roots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerTree {
    nodes: Vec<Node>,
    places: BTreeMap<String, usize>,
}

impl OwnerTree {
    /// A tree of users, each with who leads them (`None`: nobody).
    ///
    /// # Errors
    /// A user listed twice ([`RulesProblem::DuplicateId`]), a manager who is not listed ([`RulesProblem::Undefined`]),
    /// people who lead each other ([`Problem::ManagerCycle`]), each with its place.
    pub fn new<'a>(users: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Result<Self> {
        let users: Vec<(&str, Option<&str>)> = users.into_iter().collect();
        let mut tree = OwnerTree::default();
        for (i, (user, _)) in users.iter().enumerate() {
            if tree.places.contains_key(*user) {
                return Err(Error::from(RulesProblem::DuplicateId { id: shortened(user, 60) }).at("user").at_index(i));
            }
            tree.insert(user, true);
        }
        for (i, (_, manager)) in users.iter().enumerate() {
            let Some(manager) = manager else { continue };
            let place = tree.places.get(*manager).copied().ok_or_else(|| {
                let undefined = RulesProblem::Undefined { id: shortened(manager, 60), nearest: None };
                Error::from(undefined).at("manager").at_index(i)
            })?;
            if let Some(node) = tree.nodes.get_mut(i) {
                node.manager = Some(place);
            }
            if let Some(node) = tree.nodes.get_mut(place) {
                node.reports.push(i);
            }
        }
        let reached: BTreeSet<usize> = tree.order().into_iter().collect();
        if reached.len() < tree.nodes.len() {
            let stuck = (0..tree.nodes.len()).find(|i| !reached.contains(i)).unwrap_or(0);
            let users = tree.cycle(stuck);
            return Err(Error::from(Problem::ManagerCycle { users }).at("manager").at_index(stuck));
        }
        Ok(tree)
    }

    /// The place of a user; one who is not in the tree becomes a root of its own.
    pub fn place(&mut self, user: &str) -> usize {
        match self.places.get(user) {
            Some(place) => *place,
            None => self.insert(user, false),
        }
    }

    /// The place of a user who is in the tree.
    pub fn find(&self, user: &str) -> Option<usize> {
        self.places.get(user).copied()
    }

    /// The people, in order of place.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The places of who leads nobody's reports: the roots, in order.
    pub fn roots(&self) -> Vec<usize> {
        self.nodes.iter().enumerate().filter(|(_, n)| n.manager.is_none()).map(|(i, _)| i).collect()
    }

    /// All places that hang on a root: each before its reports, roots in order. Reversed, reports come first.
    pub fn order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut waiting: Vec<usize> = self.roots();
        waiting.reverse();
        while let Some(place) = waiting.pop() {
            order.push(place);
            waiting.extend(self.nodes.get(place).into_iter().flat_map(|n| n.reports.iter().rev()));
        }
        order
    }

    /// The places of all whom these people lead, directly or not. Each place is looked at once, however many people are
    /// named and however long the chain is.
    pub fn led_by(&self, leaders: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut led = BTreeSet::new();
        // Everybody comes after who leads them.
        for place in self.order() {
            let above = self.nodes.get(place).and_then(|n| n.manager);
            if above.is_some_and(|above| leaders.contains(&above) || led.contains(&above)) {
                led.insert(place);
            }
        }
        led
    }

    /// Whether one person leads another, directly or not.
    pub fn leads(&self, manager: usize, of: usize) -> bool {
        let above = |place: usize| self.nodes.get(place).and_then(|n| n.manager);
        std::iter::successors(above(of), |place| above(*place)).take(self.nodes.len()).any(|place| place == manager)
    }

    fn insert(&mut self, user: &str, listed: bool) -> usize {
        let place = self.nodes.len();
        self.nodes.push(Node { user: user.to_owned(), manager: None, reports: Vec::new(), listed });
        self.places.insert(user.to_owned(), place);
        place
    }

    /// The users of the cycle that somebody hangs on.
    fn cycle(&self, from: usize) -> Vec<String> {
        let above = |place: usize| self.nodes.get(place).and_then(|n| n.manager);
        let mut inside = from;
        for _ in 0..self.nodes.len() {
            inside = above(inside).unwrap_or(inside);
        }
        let mut users = Vec::new();
        let mut place = inside;
        loop {
            users.extend(self.nodes.get(place).map(|n| shortened(&n.user, 60)));
            match above(place) {
                Some(next) if next != inside && users.len() < MOST_TOLD => place = next,
                // What is left out of a long one is told as such.
                Some(next) if next != inside => {
                    users.push("…".to_owned());
                    return users;
                }
                _ => return users,
            }
        }
    }
}
