//! Conditions over many records at a time: 64 records in a word, a bit each.
//!
//! A door that has columns answers every test of a [`Circuit`] for all rows of a tile; the circuit combines the answers
//! by Kleene's tables. A test that several conditions share is asked once.

use std::collections::BTreeMap;

use super::compile::{Check, Compiled, Node};

/// What 64 records answer. A record with neither bit is unknown; none has both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// The records for which it certainly holds.
    pub yes: u64,
    /// The records for which it certainly does not.
    pub no: u64,
}

/// One test of one field, as a column answers it.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTest {
    /// The field's index in the schema.
    pub field: usize,
    /// What is asked.
    pub check: Check,
}

/// Conditions over one schema, to be answered together. Its wires are the tests, then the gates over them.
#[derive(Clone, Debug, Default)]
pub struct Circuit {
    tests: Vec<FieldTest>,
    /// Each after those that it reads.
    gates: Vec<Gate>,
}

/// How wires are combined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gate {
    All(Box<[usize]>),
    Any(Box<[usize]>),
    Not(usize),
    Certain(usize),
}

impl Circuit {
    /// Combines conditions; gives the circuit and each condition's wire.
    pub fn new<'c>(conditions: impl IntoIterator<Item = &'c Compiled>) -> (Self, Vec<usize>) {
        let roots: Vec<&Node> = conditions.into_iter().map(|c| &c.root).collect();
        let mut builder = Builder::default();
        roots.iter().for_each(|root| builder.collect(root));
        let wires = roots.iter().map(|root| builder.wire(root)).collect();
        (builder.circuit, wires)
    }

    /// The tests that columns answer, in order of their wires.
    pub fn tests(&self) -> &[FieldTest] {
        &self.tests
    }

    /// How many wires there are.
    pub const fn wires(&self) -> usize {
        self.tests.len().saturating_add(self.gates.len())
    }

    /// Computes the gates of a tile. `answers` has `words` words for each wire, wire after wire: those of the tests are
    /// given, those of the gates are overwritten.
    #[inline(always)]
    pub fn settle(&self, answers: &mut [Answers], words: usize) {
        for (place, gate) in self.gates.iter().enumerate() {
            let start = self.tests.len().saturating_add(place).saturating_mul(words);
            let Some((before, rest)) = answers.split_at_mut_checked(start) else { return };
            let out = rest.get_mut(..words).unwrap_or_default();
            match gate {
                Gate::All(parts) => {
                    out.fill(Answers { yes: u64::MAX, no: 0 });
                    for part in parts {
                        for (out, part) in out.iter_mut().zip(words_of(before, *part, words)) {
                            *out = Answers { yes: out.yes & part.yes, no: out.no | part.no };
                        }
                    }
                }
                Gate::Any(parts) => {
                    out.fill(Answers { yes: 0, no: u64::MAX });
                    for part in parts {
                        for (out, part) in out.iter_mut().zip(words_of(before, *part, words)) {
                            *out = Answers { yes: out.yes | part.yes, no: out.no & part.no };
                        }
                    }
                }
                Gate::Not(part) => {
                    for (out, part) in out.iter_mut().zip(words_of(before, *part, words)) {
                        *out = Answers { yes: part.no, no: part.yes };
                    }
                }
                Gate::Certain(part) => {
                    for (out, part) in out.iter_mut().zip(words_of(before, *part, words)) {
                        *out = Answers { yes: part.yes, no: !part.yes };
                    }
                }
            }
        }
    }
}

/// The words of one wire.
#[inline(always)]
pub fn words_of(answers: &[Answers], wire: usize, words: usize) -> &[Answers] {
    let start = wire.saturating_mul(words);
    answers.get(start..start.saturating_add(words)).unwrap_or_default()
}

/// A circuit while it grows; tests and gates that are there already are used again.
#[derive(Default)]
struct Builder {
    circuit: Circuit,
    tests: BTreeMap<(usize, String), usize>,
    gates: BTreeMap<Gate, usize>,
}

impl Builder {
    fn collect(&mut self, node: &Node) {
        match node {
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| self.collect(part)),
            Node::Not(part) | Node::Certain(part) => self.collect(part),
            Node::Test { field, check } => {
                let wire = self.circuit.tests.len();
                if *self.tests.entry(key(*field, check)).or_insert(wire) == wire {
                    self.circuit.tests.push(FieldTest { field: *field, check: check.clone() });
                }
            }
        }
    }

    /// The wire of a condition whose tests were collected.
    fn wire(&mut self, node: &Node) -> usize {
        let mut wires = |parts: &[Node]| parts.iter().map(|part| self.wire(part)).collect();
        let gate = match node {
            Node::All(parts) => Gate::All(wires(parts)),
            Node::Any(parts) => Gate::Any(wires(parts)),
            Node::Not(part) => Gate::Not(self.wire(part)),
            Node::Certain(part) => Gate::Certain(self.wire(part)),
            Node::Test { field, check } => return self.tests.get(&key(*field, check)).copied().unwrap_or(usize::MAX),
        };
        let next = self.circuit.wires();
        let wire = *self.gates.entry(gate.clone()).or_insert(next);
        if wire == next {
            self.circuit.gates.push(gate);
        }
        wire
    }
}

/// What makes two tests one. Values have no order of their own; their shape in full is their identity.
fn key(field: usize, check: &Check) -> (usize, String) {
    (field, format!("{check:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::fact::{Fact, Facts};
    use crate::kernel::predicate::{Predicate, Truth};
    use crate::kernel::time::parse_instant;
    use crate::model::Kind;
    use crate::rules::Rules;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn condition() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            (0i64..3).prop_map(|n| json!({"field": "size", "op": "ge", "value": n})),
            Just(json!({"field": "size", "op": "is_null"})),
            prop::sample::select(vec!["a", "b"]).prop_map(|t| json!({"field": "source", "op": "eq", "value": t})),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({"all": parts})),
                prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({"any": parts})),
                inner.clone().prop_map(|part| json!({"not": part})),
                inner.prop_map(|part| json!({"certain": part})),
            ]
        })
    }

    struct Row(usize, Option<i64>, Option<&'static str>);

    impl Facts for Row {
        fn fact(&self, field: usize) -> Fact<'_> {
            match (field == self.0, self.1, self.2) {
                (true, Some(n), _) => Fact::Integer(n),
                (false, _, Some(t)) => Fact::Text(t),
                _ => Fact::Unknown,
            }
        }
    }

    proptest! {
        #[test]
        fn sixty_four_at_once_are_one_by_one(conditions in prop::collection::vec(condition(), 1..5)) {
            let schema = Rules::default().schema(Kind::Lead);
            let size = schema.position("size").unwrap();
            let at = parse_instant("2026-11-22T09:00:00Z").unwrap();
            let compiled: Vec<Compiled> =
                conditions.iter().map(|c| Predicate::from_json(c).unwrap().compile(&schema).unwrap()).collect();
            let rows: Vec<Row> = (0..12)
                .map(|i| Row(size, [None, Some(0), Some(1), Some(2)][i % 4], [None, Some("a"), Some("b")][i / 4]))
                .collect();
            let (circuit, wires) = Circuit::new(&compiled);
            let mut answers = vec![Answers::default(); circuit.wires()];
            for (test, out) in circuit.tests().iter().zip(&mut answers) {
                for (i, row) in rows.iter().enumerate() {
                    let truth = test.check.test(row.fact(test.field), at);
                    out.yes |= u64::from(truth == Truth::True) << i;
                    out.no |= u64::from(truth == Truth::False) << i;
                }
            }
            circuit.settle(&mut answers, 1);
            for (condition, wire) in compiled.iter().zip(wires) {
                for (i, row) in rows.iter().enumerate() {
                    let Answers { yes, no } = answers[wire];
                    let found = match (yes >> i & 1, no >> i & 1) {
                        (1, 0) => Truth::True,
                        (0, 1) => Truth::False,
                        (0, 0) => Truth::Unknown,
                        _ => panic!("both"),
                    };
                    prop_assert_eq!(condition.eval(row, at), found);
                }
            }
        }
    }

    #[test]
    fn what_is_shared_is_asked_once() {
        let schema = Rules::default().schema(Kind::Lead);
        let read = |json: Json| Predicate::from_json(&json).unwrap().compile(&schema).unwrap();
        let test = json!({"field": "source", "op": "in", "value": ["a", "b"]});
        let conditions = [read(test.clone()), read(json!({"not": test})), read(json!({"any": [{"not": test}, test]}))];
        let (circuit, wires) = Circuit::new(&conditions);
        assert_eq!((circuit.tests().len(), circuit.wires(), wires), (1, 3, vec![0, 1, 2]));
    }
}
