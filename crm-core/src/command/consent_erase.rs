//! Forgetting a person: what is left is which hashed addresses objected or refused, and since when.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::consent_facts::ledger_of;
use super::consent_person::Person;
use super::consent_said::{Saying, said};
use super::{Command, Cx, Verb};
use crate::kernel::consent_reason::{ConsentAct, ContactPurpose};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{AnyRecord, CONSENT, Consent, ConsentEvent as StoredEvent, DO_NOT_CALL, Key, Kind, Row, consent_of};
use crate::rules::Rules;
use crate::rules::consent::Mark;

/// Forgets a person whose data may not be kept or who asked for it (GDPR, article 17): `{"lead": "..."}` or
/// `{"contact": "..."}`.
///
/// The record loses everything that it says and is put away; the ledger of the person keeps hashes, objections and
/// refusals, without proof, source or author, so that nobody is contacted again (articles 17(3) and 21). Merged leads and
/// other records of the person are commands of their own. The trail is not rewritten: where it has to forget as well, that
/// is for who keeps the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EraseConsent {
    /// The lead or contact.
    pub record: Key,
}

/// What was forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The record.
    pub id: Id,
    /// How many events of the ledger are kept as hash and objection.
    pub kept: u64,
    /// How many are not kept.
    pub forgotten: u64,
}

impl Command for EraseConsent {
    type Output = Erased;
    const VERB: Verb = Verb::Archive;

    fn name() -> Cow<'static, str> {
        "consent.erase".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert(self.record.kind.name().into(), self.record.id.to_string().into());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with a `lead` or a `contact`")?;
        json::only_keys(map, &["lead", "contact"])?;
        let record = match (id_of(map, "lead")?, id_of(map, "contact")?) {
            (Some(id), None) => Key { kind: Kind::Lead, id },
            (None, Some(id)) => Key { kind: Kind::Contact, id },
            _ => {
                let expected = "either a `lead` or a `contact`";
                return Err(Problem::WrongShape { expected, found: json::shown(body) }.into());
            }
        };
        Ok(Self { record })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Erased> {
        let row = cx.reached(self.record).map_err(|e| e.at(self.record.kind.name()))?;
        let person = Person::of(cx, &[self.record], "", None)?;
        let kept = person.events(cx)?;
        let ledger = ledger_of(&kept, None, cx.at()).erased();
        let (mut left, mut gone): (u64, u64) = (0, 0);
        for one in kept {
            let stands = ledger.objections().any(|(scope, mark)| is_it(&one.event, scope, mark, ConsentAct::Withdrawn))
                || ledger.refusals().any(|(scope, mark)| is_it(&one.event, scope, mark, ConsentAct::Refused));
            let AnyRecord::ConsentEvent(event) = &one.row.body else { continue };
            let StoredEvent { address_hash, act, purpose, channel, happened_at, .. } = (**event).clone();
            let bare = StoredEvent { address_hash, act, purpose, channel, happened_at, ..StoredEvent::default() };
            let archived_at = if stands { None } else { Some(cx.at()) };
            let count = if stands { &mut left } else { &mut gone };
            *count = count.saturating_add(1);
            cx.by_itself(|cx| cx.update(Row { body: bare.into(), archived_at, ..one.row.clone() }))?;
        }
        // What only the record says is kept as well.
        let opted_out = person.records.values().any(|row| consent_of(&row.body) == Consent::OptedOut);
        if opted_out && ledger.objection(ContactPurpose::Prospecting).is_none() {
            let mark = Mark { at: cx.at(), proof: None, source: None, actor: None };
            let purpose = Some(ContactPurpose::Prospecting);
            let saying = Saying { act: ConsentAct::Withdrawn, purpose, channel: None, mark };
            let events = said(cx, &person, &person.addresses.clone(), &saying)?;
            left = left.saturating_add(json::length(events.len()));
        }
        self.empty(cx, row.id)?;
        Ok(Erased { id: row.id, kept: left, forgotten: gone })
    }
}

impl EraseConsent {
    /// Takes everything that the record says, but that it is not to be contacted.
    fn empty(&self, cx: &mut Cx<'_>, id: Id) -> Result<()> {
        let row = cx.by_itself(|cx| cx.existing(Key { kind: self.record.kind, id }))?;
        let mut body = row.body.kind().empty();
        for (place, field) in row.body.kind().fields().iter().enumerate() {
            let is_link = field.name == "merged_into" || field.name.starts_with("converted");
            if is_link || [CONSENT, DO_NOT_CALL, "owner"].contains(&field.name.as_ref()) {
                body.set(place, row.body.fact(place).to_value())?;
            }
        }
        let archived_at = row.archived_at.or(Some(cx.at()));
        cx.by_itself(|cx| cx.update(Row { body, archived_at, ..row })).map(|_| ())
    }
}

fn is_it(
    event: &crate::rules::consent::ConsentEvent,
    scope: &crate::rules::consent::ConsentScope,
    mark: &Mark,
    act: ConsentAct,
) -> bool {
    event.act == act && event.scope == *scope && event.mark.at == mark.at
}
