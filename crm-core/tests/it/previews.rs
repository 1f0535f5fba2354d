//! What merges and conversions would do, asked as questions: the same as the commands do, in sentences, and nothing is
//! written.

use crm_core::command::{Archive, ConvertLead, Create};
use crm_core::model::Lead;
use crm_core::rules::Rules;
use crm_core::store::MemoryStore;
use crm_core::{Crm, Id, Problem};
use serde_json::{Value as Json, json};

use crate::support::member;

fn crm() -> (Crm<MemoryStore>, [Id; 2]) {
    let crm = Crm::new(MemoryStore::new(), Rules::default());
    let claire = Lead {
        company: "Rénov'Ouest".into(),
        last_name: "Le Goff".into(),
        email: "claire.legoff@gmail.com".into(),
        ..Lead::default()
    };
    let again = Lead { email: "ClaireLeGoff+devis@gmail.com".into(), source: "web".into(), ..claire.clone() };
    let ids = [("one", claire), ("two", again)]
        .map(|(name, lead)| crm.run(&member(name), &Create::new(lead)).unwrap().done().unwrap().id);
    (crm, ids)
}

fn document(mut document: Json) -> Vec<u8> {
    document["workspace"] = "acme".into();
    document["actor"] = json!({"name": "marie", "role": "member"});
    document["at"] = "2026-11-22T09:00:00Z".into();
    document.to_string().into_bytes()
}

/// The answer without its sentences.
fn bare(mut json: Json) -> Json {
    match &mut json {
        Json::Object(map) => {
            map.remove("text");
            map.values_mut().for_each(|v| *v = bare(v.take()));
        }
        Json::Array(list) => list.iter_mut().for_each(|v| *v = bare(v.take())),
        _ => {}
    }
    json
}

fn sentences(json: &Json) -> Vec<String> {
    match json {
        Json::Object(map) => {
            let own = map.get("text").and_then(Json::as_str).map(str::to_owned);
            own.into_iter().chain(map.values().flat_map(sentences)).collect()
        }
        Json::Array(list) => list.iter().flat_map(sentences).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_question_is_the_command_s_plan_in_sentences() {
    let (crm, ids) = crm();
    let body = json!({"primary": ids[0].to_string(), "sources": [ids[1].to_string()], "override_primary": true});
    for (question, command, body) in
        [("merge", "lead.merge", body), ("conversion", "lead.convert", json!({"id": ids[0].to_string()}))]
    {
        let mut asked = body.clone();
        asked["lang"] = "fr".into();
        let answer = crm.query_json(&document(json!({question: asked}))).unwrap();
        let id = Id::from_text("plan").to_string();
        let plan = crm.plan_json(&document(json!({"command": command, "id": id, "body": body.clone()}))).unwrap();
        let output = &plan["output"];
        if question == "merge" {
            let (order, fields) = (&output["order"], &output["fields"]);
            assert_eq!(bare(answer.clone()), json!({"primary": output["primary"], "order": order, "fields": fields}));
        } else {
            assert_eq!(bare(answer.clone()), output["plan"]);
        }
        let texts = sentences(&answer);
        assert!(texts.len() >= 3 && texts.iter().all(|t| !t.is_empty()), "{texts:?}");
        // Without a language there are none.
        assert_eq!(crm.query_json(&document(json!({question: body}))).unwrap(), bare(answer));
    }
    assert_eq!(crm.get::<Lead>(&member("read"), ids[0]).unwrap().unwrap().version, 1, "nothing was written");
}

#[test]
fn what_cannot_be_done_is_refused_beforehand() {
    let (crm, ids) = crm();
    let asked = json!({"merge": {"primary": ids[0].to_string(), "sources": [ids[0].to_string()]}});
    assert!(matches!(crm.query_json(&document(asked)).unwrap_err().problem(), Problem::MergedWithItself { .. }));
    crm.run(&member("archive"), &Archive::<Lead>::new(ids[1])).unwrap();
    let refused = crm.explain_conversion(&member("read"), &ConvertLead::new(ids[1])).unwrap_err();
    assert!(matches!(refused.problem(), Problem::Archived { .. }), "{refused}");
    for question in ["merge", "conversion"] {
        let wrong = crm.query_json(&document(json!({question: {"colour": 1, "lang": "fr"}}))).unwrap_err();
        assert!(wrong.to_string().contains("`colour`"), "{wrong}");
    }
}
