//! Who reaches what: numbers worked out by hand, what is refused, and an oracle.

use std::collections::{BTreeMap, BTreeSet};

use crm_core::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::golden;

#[test]
fn what_was_worked_out_by_hand_holds() {
    golden::holds(
        "access",
        &[
            ("a manager sees the subtree", "/visible", "true"),
            ("a peer does not", "/visible", "false"),
            ("whoever is assigned sees it", "/visible", "true"),
            ("the manager of an assigned one sees it", "/visible", "true"),
            ("the top sees everybody's", "/visible", "true"),
            ("nobody owns it", "/visible", "true"),
            ("nobody owns it and that is not enough", "/visible", "false"),
            ("who is not in the tree sees the own", "/visible", "true"),
            ("in a circle one sees only the own", "/visible", "false"),
            ("in a circle one sees only the own", "/decided_by/1/code", "\"managers_in_cycle\""),
            ("a note goes with its lead", "/allowed", "true"),
            ("a note goes with its lead", "/decided_by/1/code", "\"through_record\""),
            ("a share in a deal shows the deal", "/visible", "true"),
            ("a viewer changes nothing", "/allowed", "false"),
            ("a viewer changes nothing", "/visible", "true"),
            ("seen and not changed", "/decided_by/1/code", "\"out_of_scope\""),
        ],
    );
    golden::holds(
        "audit",
        &[
            ("nobody made it", "/visible", "true"),
            ("nobody made it", "/actor", "\"system\""),
            ("somebody made it", "/actor", "\"marie\""),
        ],
    );
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    for (access, code, field) in [
        (json!({"role": {}}), "unknown_field", "access"),
        (json!({"roles": {"boss": {}}}), "invalid_value", "access.roles"),
        (json!({"roles": {"member": {"see": "all"}}}), "unknown_field", "access.roles.member"),
        (json!({"roles": {"member": {"read": "mine"}}}), "invalid_value", "access.roles.member.read"),
        (json!({"roles": {"member": {"read": {"unowned": true}}}}), "missing", "access.roles.member.read"),
        (
            json!({"roles": {"member": {"read": {"scope": "own", "records": {"leed": "all"}}}}}),
            "unknown_field",
            "access.roles.member.read.records",
        ),
        (
            json!({"roles": {"member": {"write": {"scope": "own", "records": {"lead": 1}}}}}),
            "invalid_value",
            "access.roles.member.write.records.lead",
        ),
        (json!({"team": {"reports": 1}}), "invalid_value", "access.team.reports"),
    ] {
        let error = Rules::from_json(&json!({"access": access})).unwrap_err();
        assert_eq!((error.code().name(), error.field().unwrap_or_default()), (code, field), "{access}: {error}");
    }
    let rules = Rules::default();
    for (input, code, field) in [
        (json!({}), "missing", ""),
        (json!({"actor": ""}), "missing", "actor"),
        (json!({"actor": {"name": "a", "role": "boss"}}), "invalid_value", "actor.role"),
        (json!({"actor": "a", "action": "fly"}), "invalid_value", "action"),
        (json!({"actor": "a", "record": "lead"}), "missing", "actor"),
        (json!({"actor": "a", "scope": "mine"}), "invalid_value", "scope"),
        (json!({"actor": "a", "tree": {"a": 1}}), "invalid_value", "tree.a"),
        (json!({"actor": "a", "assigned": "b"}), "invalid_json", "assigned"),
    ] {
        let error = rules.eval("access", &input).unwrap_err();
        assert_eq!((error.code().name(), error.field().unwrap_or_default()), (code, field), "{input}: {error}");
    }
}

/// Everybody whom somebody leads, step by step upwards from each.
fn leads(tree: &BTreeMap<u8, Option<u8>>, actor: u8, of: u8) -> bool {
    let mut at = tree.get(&of).copied().flatten();
    for _ in 0..=tree.len() {
        match at {
            Some(user) if user == actor => return true,
            Some(user) => at = tree.get(&user).copied().flatten(),
            None => return false,
        }
    }
    false
}

proptest! {
    #[test]
    fn a_team_is_who_hangs_below(
        tree in prop::collection::btree_map(0u8..8, prop::option::of(0u8..8), 0..8),
        actor in 0u8..9,
        owner in prop::option::of(0u8..9),
        assigned in prop::collection::vec(0u8..9, 0..3),
        unowned in any::<bool>(),
    ) {
        let people: BTreeSet<u8> = owner.iter().chain(&assigned).copied().collect();
        let in_circle = leads(&tree, actor, actor);
        let expected = match people.is_empty() {
            true => unowned,
            false => people.iter().any(|p| *p == actor || !in_circle && leads(&tree, actor, *p)),
        };
        let name = |user: u8| format!("user {user}");
        let json: BTreeMap<String, Option<String>> = tree.iter().map(|(u, m)| (name(*u), m.map(name))).collect();
        let assigned: Vec<String> = assigned.into_iter().map(name).collect();
        let input = json!({"tree": json, "actor": name(actor), "owner": owner.map(name), "assigned": assigned,
                           "unowned": unowned, "lang": "fr"});
        let answer: Json = Rules::default().eval("access", &input).unwrap();
        prop_assert_eq!(&answer["visible"], &Json::Bool(expected), "{} {}", input, answer);
    }
}
