//! Union-find: which of many things belong together, whatever the order in which they were linked.

/// Things by number, in sets that grow together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    /// Of each thing another one of its set, or itself.
    parents: Vec<usize>,
}

impl Links {
    /// So many things, each by itself.
    pub(crate) fn new(count: usize) -> Self {
        Self { parents: (0..count).collect() }
    }

    /// One more thing, by itself.
    pub(crate) fn push(&mut self) -> usize {
        let next = self.parents.len();
        self.parents.push(next);
        next
    }

    /// The lowest number of a thing's set.
    pub(crate) fn root(&mut self, mut thing: usize) -> usize {
        while let Some(parent) = self.parents.get(thing).copied().filter(|p| *p != thing) {
            // Every step on the way is halved, so that long ways do not stay long.
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(place) = self.parents.get_mut(thing) {
                *place = above;
            }
            thing = above;
        }
        thing
    }

    /// Puts the sets of two things together.
    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        // The lower number stays on top: the result does not depend on who came first.
        if let Some(place) = self.parents.get_mut(a.max(b)) {
            *place = a.min(b);
        }
    }

    /// The sets of two things or more, each in order of number, in order of their lowest.
    pub(crate) fn clusters(mut self) -> Vec<Vec<usize>> {
        let count = self.parents.len();
        let mut sets: Vec<Vec<usize>> = vec![Vec::new(); count];
        for thing in 0..count {
            let root = self.root(thing);
            if let Some(set) = sets.get_mut(root) {
                set.push(thing);
            }
        }
        sets.retain(|set| set.len() > 1);
        sets
    }
}
