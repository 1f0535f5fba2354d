//! What a conversion would do, as data: nothing is written here.

use serde_json::{Map, Value as Json};

use super::Object;
use super::matching::Candidate;
use crate::kernel::convert_reason::{Choice, ConvertReason, FieldRule};
use crate::kernel::error::{Error, Problem};
use crate::kernel::id::Id;
use crate::kernel::reason::Reason;
use crate::kernel::value::Value;
use crate::lang::Lang;
use crate::model::{Row, body_to_json};

/// What happens to one of the three records.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A stored record is used.
    Use {
        /// Its id.
        id: Id,
        /// Why this one.
        reasons: Vec<ConvertReason>,
    },
    /// A record is made.
    Create {
        /// The id that it gets.
        id: Id,
        /// Why no stored one.
        reasons: Vec<ConvertReason>,
    },
    /// There is none.
    None {
        /// Why not.
        reasons: Vec<ConvertReason>,
    },
    /// Somebody has to decide between [`ConvertPlan::candidates`]; until then nothing is converted.
    Undecided {
        /// Why.
        reason: Choice,
        /// Which ones may be meant.
        ids: Vec<Id>,
    },
}

impl Outcome {
    /// The record's id, if there is one.
    pub const fn id(&self) -> Option<Id> {
        match self {
            Outcome::Use { id, .. } | Outcome::Create { id, .. } => Some(*id),
            Outcome::None { .. } | Outcome::Undecided { .. } => None,
        }
    }
}

/// A field that gets another value.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldWrite {
    /// The record.
    pub object: Object,
    /// Its field.
    pub field: String,
    /// The lead's field it comes from, if it is one.
    pub from: Option<String>,
    /// The value before.
    pub old: Value,
    /// The value after.
    pub new: Value,
    /// Why.
    pub rule: FieldRule,
}

/// A field that keeps its value although the lead has another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The record.
    pub object: Object,
    /// Its field.
    pub field: String,
    /// The lead's field that differs, if it is one.
    pub from: Option<String>,
    /// The value that stays.
    pub existing: Value,
    /// The lead's value.
    pub lead: Value,
    /// Why.
    pub rule: FieldRule,
}

/// A field of the lead and the field of a record that has, or would take, its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The lead's field.
    pub from: String,
    /// The record.
    pub object: Object,
    /// Its field.
    pub field: String,
}

/// A value that cannot be taken over; it stays on the lead.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// The lead's field.
    pub field: String,
    /// Where it would go; `None` where the value could not even be read.
    pub target: Option<(Object, String)>,
    /// The value as it was found.
    pub value: Json,
    /// What is wrong with it.
    pub why: Error,
}

/// What a conversion would do.
///
/// Every known field of the lead that is not computed stands in `unmapped`, in `invalid` without a target, or in
/// `waiting` if none of the records it is for is part of the conversion; or else each of its targets stands in exactly
/// one of `writes`, `kept`, `same` and `invalid`. Records that an earlier conversion of the same lead brought are left
/// alone and not listed again.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertPlan {
    /// What the lead is called: the person, else the company, else the part of the address before `@`.
    pub name: String,
    /// What a new deal is called: the company, else the person, else that part of the address.
    pub title: String,
    /// The account.
    pub account: Outcome,
    /// The contact.
    pub contact: Outcome,
    /// The deal.
    pub deal: Outcome,
    /// Fields that change, of new records all that are known.
    pub writes: Vec<FieldWrite>,
    /// Fields that stay although the lead differs.
    pub kept: Vec<Kept>,
    /// Fields that have the lead's value already, spelling aside.
    pub same: Vec<Route>,
    /// Fields for a record that this conversion does not have.
    pub waiting: Vec<Route>,
    /// Known fields of the lead that no record takes.
    pub unmapped: Vec<String>,
    /// Values that cannot be taken over.
    pub invalid: Vec<Invalid>,
    /// Stored accounts with something in common with the lead.
    pub account_candidates: Vec<Candidate>,
    /// Stored contacts with something in common with the lead.
    pub contact_candidates: Vec<Candidate>,
    /// Deals of the account that are not over, other than the one that is used: perhaps one of them is meant.
    pub open_deals: Vec<Id>,
    /// The records as they will be, each with whether it is new.
    pub(crate) rows: Vec<(Row, bool)>,
}

impl ConvertPlan {
    /// What happens to a record.
    pub const fn outcome(&self, object: Object) -> &Outcome {
        match object {
            Object::Account => &self.account,
            Object::Contact => &self.contact,
            Object::Deal => &self.deal,
        }
    }

    /// Stored records with something in common with the lead.
    pub fn candidates(&self, object: Object) -> &[Candidate] {
        match object {
            Object::Account => &self.account_candidates,
            Object::Contact => &self.contact_candidates,
            Object::Deal => &[],
        }
    }

    /// Whether nothing is left to do: an earlier conversion did it.
    pub fn is_done(&self) -> bool {
        let done = |object: &Object| match self.outcome(*object) {
            Outcome::Use { reasons, .. } => reasons.contains(&ConvertReason::Choice(Choice::AlreadyConverted)),
            Outcome::None { .. } => true,
            Outcome::Create { .. } | Outcome::Undecided { .. } => false,
        };
        Object::ALL.iter().all(done) && Object::ALL.iter().any(|o| self.outcome(*o).id().is_some())
    }

    /// Refuses a plan in which somebody has to decide.
    ///
    /// # Errors
    /// [`Problem::Undecided`] with the candidates and their reasons as detail.
    pub fn decided(&self) -> crate::Result<()> {
        for object in Object::ALL {
            if let Outcome::Undecided { ids, .. } = self.outcome(*object) {
                let record = object.name();
                let detail =
                    serde_json::json!({"record": record, "candidates": self.candidates_json(*object, ids, None)});
                let found = ids.iter().map(Id::to_string).collect();
                return Err(Error::from(Problem::Undecided { record, found }).at(record).with_detail(detail));
            }
        }
        Ok(())
    }

    fn candidates_json(&self, object: Object, of: &[Id], lang: Option<Lang>) -> Json {
        let known = self.candidates(object).iter().filter(|c| of.contains(&c.id));
        known.map(|c| serde_json::json!({"id": c.id.to_string(), "reasons": reasons(c.reasons(), lang)})).collect()
    }

    /// The plan as JSON; with a language, reasons have their sentences.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let with = |why: &ConvertReason, more: &[(&str, Json)]| {
            let mut map = Reason::Conversion(why.clone()).to_json(lang);
            map.extend(more.iter().map(|(key, json)| ((*key).to_owned(), json.clone())));
            Json::Object(map)
        };
        let from = |from: &Option<String>| ("from", Json::from(from.clone()));
        let write = |w: &FieldWrite| {
            let why = ConvertReason::Field { rule: w.rule, record: w.object.name(), field: w.field.clone() };
            with(&why, &[from(&w.from), ("old", w.old.to_json()), ("new", w.new.to_json())])
        };
        let kept = |k: &Kept| {
            let why = ConvertReason::Field { rule: k.rule, record: k.object.name(), field: k.field.clone() };
            with(&why, &[from(&k.from), ("existing", k.existing.to_json()), ("lead", k.lead.to_json())])
        };
        let same = |r: &Route| serde_json::json!({"from": r.from, "record": r.object.name(), "field": r.field});
        let waiting = |r: &Route| {
            let why = ConvertReason::WaitingField { field: r.from.clone(), record: r.object.name() };
            with(&why, &[("target", r.field.as_str().into())])
        };
        let unmapped = |f: &String| with(&ConvertReason::UnmappedField { field: f.clone() }, &[]);
        let invalid = |i: &Invalid| {
            let record = i.target.as_ref().map(|t| t.0.name());
            serde_json::json!({"field": i.field, "record": record, "target": i.target.as_ref().map(|t| &t.1),
                "value": i.value, "why": i.why.to_json()})
        };
        let mut map = Map::new();
        let mut put = |key: &str, json: Json| map.insert(key.into(), json);
        put("name", self.name.as_str().into());
        put("title", self.title.as_str().into());
        for object in Object::ALL {
            put(object.name(), self.outcome_json(*object, lang));
        }
        put("writes", self.writes.iter().map(write).collect());
        put("kept", self.kept.iter().map(kept).collect());
        put("same", self.same.iter().map(same).collect());
        put("waiting", self.waiting.iter().map(waiting).collect());
        put("unmapped", self.unmapped.iter().map(unmapped).collect());
        put("invalid", self.invalid.iter().map(invalid).collect());
        let all = |object: Object| {
            let ids: Vec<Id> = self.candidates(object).iter().map(|c| c.id).collect();
            self.candidates_json(object, &ids, lang)
        };
        put("candidates", serde_json::json!({"account": all(Object::Account), "contact": all(Object::Contact)}));
        put("open_deals", self.open_deals.iter().map(Id::to_string).collect::<Vec<_>>().into());
        Json::Object(map)
    }

    fn outcome_json(&self, object: Object, lang: Option<Lang>) -> Json {
        let list = |all: &[ConvertReason]| reasons(all.iter().cloned(), lang);
        match self.outcome(object) {
            Outcome::Use { id, reasons } => {
                serde_json::json!({"do": "use", "id": id.to_string(), "reasons": list(reasons)})
            }
            Outcome::Create { id, reasons } => {
                let row = self.rows.iter().find(|(row, _)| row.body.kind() == object.kind());
                let fields = row.map(|(row, _)| body_to_json(&row.body)).unwrap_or_default();
                serde_json::json!({"do": "create", "id": id.to_string(), "fields": fields, "reasons": list(reasons)})
            }
            Outcome::None { reasons } => serde_json::json!({"do": "none", "reasons": list(reasons)}),
            Outcome::Undecided { reason, ids } => {
                let reasons = list(&[ConvertReason::Choice(*reason)]);
                let candidates = self.candidates_json(object, ids, lang);
                serde_json::json!({"do": "decide", "candidates": candidates, "reasons": reasons})
            }
        }
    }
}

fn reason(reason: &ConvertReason, lang: Option<Lang>) -> Json {
    Json::Object(Reason::Conversion(reason.clone()).to_json(lang))
}

fn reasons(all: impl Iterator<Item = ConvertReason>, lang: Option<Lang>) -> Json {
    all.map(|r| reason(&r, lang)).collect()
}
