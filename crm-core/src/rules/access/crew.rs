//! For whom somebody stands: those whom the person leads, and the colleagues of the same team.

use std::collections::BTreeSet;

use crate::kernel::error::Result;
use crate::kernel::predicate::MOST_VALUES;

/// What the directory says of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) user: String,
    pub(crate) manager: String,
    pub(crate) team: String,
    /// Whether the entry is in use. Who left still has a place under a manager, and is in no team any more.
    pub(crate) active: bool,
}

/// By which field people are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    User,
    Manager,
    Team,
}

impl By {
    /// The field of an employee.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            By::User => "user",
            By::Manager => "manager",
            By::Team => "team",
        }
    }

    pub(crate) fn of(self, person: &Person) -> &str {
        match self {
            By::User => &person.user,
            By::Manager => &person.manager,
            By::Team => &person.team,
        }
    }
}

/// Somebody with those for whom the person stands. Names are compared to the letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crew {
    /// Who asks.
    pub(crate) me: String,
    /// Those whom the person leads, directly or not; nobody where they lead the person in turn.
    pub(crate) led: BTreeSet<String>,
    /// Everybody of the person's teams, oneself among them; nobody where the person is in none.
    pub(crate) team: BTreeSet<String>,
    /// Whether the person is led by somebody whom the person leads.
    pub(crate) is_in_cycle: bool,
}

impl Crew {
    /// The crew of a person; `people` gives at least those of whom a field says one of some texts.
    ///
    /// # Errors
    /// What `people` gives.
    pub(crate) fn new(me: &str, mut people: impl FnMut(By, &[String]) -> Result<Vec<Person>>) -> Result<Self> {
        let mut look = |by: By, texts: &BTreeSet<String>| -> Result<Vec<Person>> {
            let all: Vec<String> = texts.iter().filter(|text| !text.is_empty()).cloned().collect();
            let mut found = Vec::new();
            for some in all.chunks(MOST_VALUES) {
                found.extend(people(by, some)?.into_iter().filter(|person| texts.contains(by.of(person))));
            }
            Ok(found)
        };
        let only = BTreeSet::from([me.to_owned()]);
        let (mut led, mut is_in_cycle) = (BTreeSet::new(), false);
        // One level of the tree after the other. Everybody has one manager, so that a circle can only be one's own.
        let mut level = only.clone();
        while !level.is_empty() {
            let below = look(By::Manager, &level)?;
            level = below.into_iter().map(|person| person.user).filter(|user| !user.is_empty()).collect();
            is_in_cycle |= level.contains(me);
            level.retain(|user| user != me && !led.contains(user));
            led.extend(level.iter().cloned());
        }
        if is_in_cycle {
            led.clear();
        }
        let mine = look(By::User, &only)?.into_iter().filter(|person| person.active);
        let teams: BTreeSet<String> = mine.map(|person| person.team).filter(|team| !team.is_empty()).collect();
        let together = look(By::Team, &teams)?.into_iter().filter(|person| person.active);
        let team = together.map(|person| person.user).filter(|user| !user.is_empty()).collect();
        Ok(Self { me: me.to_owned(), led, team, is_in_cycle })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crew(me: &str, people: &[(&str, &str, &str)]) -> Crew {
        let person = |(user, manager, team): &(&str, &str, &str)| Person {
            user: (*user).into(),
            manager: (*manager).into(),
            team: (*team).into(),
            active: true,
        };
        let all: Vec<Person> = people.iter().map(person).collect();
        Crew::new(me, |by, texts| Ok(all.iter().filter(|p| texts.iter().any(|t| t == by.of(p))).cloned().collect()))
            .unwrap()
    }

    fn led(me: &str, people: &[(&str, &str, &str)]) -> String {
        crew(me, people).led.into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_leader_stands_for_everybody_below() {
        let people = &[("ceo", "", ""), ("mgr", "ceo", ""), ("a", "mgr", "x"), ("b", "mgr", "x"), ("c", "ceo", "x")];
        assert_eq!(led("ceo", people), "a b c mgr");
        assert_eq!(led("mgr", people), "a b");
        assert_eq!(led("a", people), "");
        assert_eq!(led("nobody", people), "");
        assert_eq!(crew("a", people).team, BTreeSet::from(["a", "b", "c"].map(str::to_owned)));
        assert!(crew("mgr", people).team.is_empty());
    }

    #[test]
    fn in_a_circle_everybody_stands_for_themselves() {
        let people =
            &[("a", "c", ""), ("b", "a", ""), ("c", "b", ""), ("d", "c", ""), ("boss", "", ""), ("e", "boss", "")];
        for user in ["a", "b", "c"] {
            let crew = crew(user, people);
            assert!(crew.led.is_empty() && crew.is_in_cycle, "{user}");
        }
        assert_eq!(led("boss", people), "e");
        assert!(crew("self", &[("self", "self", "")]).is_in_cycle);
    }
}
