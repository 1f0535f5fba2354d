//! Reasons that were stored, read again, so that their sentences can be rendered for whoever reads them now.

mod approval;
mod consent;
mod health;
mod next_action;
mod playbook;
mod renewal;
mod reply;
mod sequence;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::json;
use super::reason::Reason;
use super::time::{Instant, parse_date, parse_instant};
use crate::lang::{Clock, Lang};

/// A list of reasons as it was stored (empty where there is none), each with its sentence where a language is asked for.
/// What this version does not know is shown as it is.
pub(crate) fn told(stored: &str, lang: Option<Lang>) -> Vec<Json> {
    told_by(stored, lang, Clock::UTC)
}

/// The same with the sentences' instants by the clocks of whoever reads them.
pub(crate) fn told_by(stored: &str, lang: Option<Lang>, clock: Clock<'_>) -> Vec<Json> {
    if stored.is_empty() {
        return Vec::new();
    }
    let Ok(Json::Array(all)) = json::parse(stored.as_bytes()) else { return Vec::new() };
    all.into_iter().map(|one| told_one(one, lang, clock)).collect()
}

fn told_one(stored: Json, lang: Option<Lang>, clock: Clock<'_>) -> Json {
    let (Json::Object(mut map), Some(lang)) = (stored.clone(), lang) else { return stored };
    if let Some(reason) = read(&map) {
        map.extend(reason.to_json_by(Some(lang), clock));
    }
    Json::Object(map)
}

/// The sentence of a reason in an answer, or its code.
pub(crate) fn sentence(told: &Json) -> &str {
    let text = |key: &str| told.get(key).and_then(Json::as_str);
    text("text").or_else(|| text("code")).unwrap_or_default()
}

/// A stored reason of drafts and conversations: of the policy, the last check, the law, next actions, sequences and what
/// people wrote back.
pub(crate) fn read(map: &Map<String, Json>) -> Option<Reason> {
    let code = map.get("code")?.as_str()?;
    let o = Stored(map);
    approval::read(code, &o)
        .map(Reason::Approval)
        .or_else(|| consent::read(code, &o).map(Reason::Consent))
        .or_else(|| next_action::read(code, &o).map(Reason::NextAction))
        .or_else(|| sequence::read(code, &o).map(Reason::Sequence))
        .or_else(|| reply::read(code, &o).map(Reason::Reply))
        .or_else(|| playbook::read(code, &o).map(Reason::Playbook))
        .or_else(|| health::read(code, &o).map(Reason::Health))
        .or_else(|| renewal::read(code, &o).map(Reason::Renewal))
}

/// The members of a stored reason.
struct Stored<'a>(&'a Map<String, Json>);

impl Stored<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key)?.as_str().map(str::to_owned)
    }

    fn coded<T>(&self, key: &str, of: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        of(self.0.get(key)?.as_str()?)
    }

    /// A word that the library itself wrote.
    fn one_of(&self, key: &str, known: &[&'static str]) -> Option<&'static str> {
        let found = self.0.get(key)?.as_str()?;
        known.iter().copied().find(|word| *word == found)
    }

    fn texts(&self, key: &str) -> Option<impl Iterator<Item = &str>> {
        Some(self.0.get(key)?.as_array()?.iter().filter_map(Json::as_str))
    }

    fn count(&self, key: &str) -> Option<u64> {
        self.0.get(key)?.as_u64()
    }

    fn number(&self, key: &str) -> Option<i64> {
        self.0.get(key)?.as_i64()
    }

    fn yes(&self, key: &str) -> Option<bool> {
        self.0.get(key)?.as_bool()
    }

    fn at(&self, key: &str) -> Option<Instant> {
        self.coded(key, |text| parse_instant(text).ok())
    }

    fn day(&self, key: &str) -> Option<NaiveDate> {
        self.coded(key, |text| parse_date(text).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::approval::ChannelKind;
    use crate::kernel::approval_reason::ApprovalReason as A;
    use crate::kernel::consent_reason::{Basis, ConsentReason as C, Mention};
    use crate::kernel::health_reason::HealthReason as H;
    use crate::kernel::next_action_reason::NextActionReason as N;
    use crate::kernel::number::Number;
    use crate::kernel::playbook_reason::PlaybookReason as P;
    use crate::kernel::quotes::QuoteStanding;
    use crate::kernel::reason::{Labels, Name};
    use crate::kernel::renewal_reason::RenewalReason as Renewal;
    use crate::kernel::reply_reason::{AsideKind, BounceType, ReplyClass, ReplyReason as R};
    use crate::kernel::risk_reason::RiskSignal;
    use crate::kernel::sequence_reason::{LimitSpan, PauseCause, SequenceEnd, SequenceReason as S};

    #[test]
    fn what_was_stored_reads_as_it_was() {
        let at = parse_instant("2026-11-22T09:00:00Z").unwrap();
        let day = parse_date("2026-11-22").unwrap();
        let labels = Labels { en: "Recommendation".into(), fr: "Recommandation".into() };
        let nps = || Name { id: "nps".into(), labels: Some(labels.clone()) };
        let name = || Name { id: "a".into(), labels: Some(Labels { en: "A".into(), fr: "Â".into() }) };
        let all = [
            Reason::Approval(A::AutoRule { rule: "r".into(), revision: 2 }),
            Reason::Approval(A::RuleOff { rule: "r".into(), since: None }),
            Reason::Approval(A::KillSwitch { by: "marie".into(), since: at }),
            Reason::Approval(A::MissingMention { mention: Mention::OptOut }),
            Reason::Approval(A::ContactLimit { span: LimitSpan::ALL[0], limit: 3 }),
            Reason::Approval(A::BelowFloor { confidence_bp: 10, floor_bp: 20 }),
            Reason::Approval(A::DryRunOnly { channel: ChannelKind::ALL[0] }),
            Reason::Approval(A::Stopped { cause: SequenceEnd::Replied, at: Some(at) }),
            Reason::Approval(A::QuoteOver { number: "D-1".into(), standing: QuoteStanding::Superseded }),
            Reason::Approval(A::QuoteAccepted { number: "D-1".into(), by: "Anne".into() }),
            Reason::Approval(A::QuoteChanged { number: "D-1".into() }),
            Reason::Approval(A::Unchecked { what: "kill switch" }),
            Reason::Approval(A::HostCheck { check: "kill_switch", found: "x".into() }),
            Reason::Sequence(S::OooUntil { until: at }),
            Reason::Sequence(S::Paused { cause: PauseCause::Person, until: None }),
            Reason::Sequence(S::LateBy { step: "a".into(), seconds: 90_000, days: 1 }),
            Reason::Sequence(S::MissingChannel { step: "a".into(), channel: "email" }),
            Reason::Sequence(S::DraftIncomplete { step: "a".into(), names: vec!["sender".into()] }),
            Reason::Reply(R::Header { name: "Auto-Submitted", value: "auto-replied".into() }),
            Reason::Reply(R::Said { class: ReplyClass::Unsubscribe, phrase: "stop".into() }),
            Reason::Reply(R::SetAside { kind: AsideKind::Quote, characters: 12 }),
            Reason::Reply(R::Returns { date: day, phrase: "lundi".into() }),
            Reason::Reply(R::Bounced { category: "FULL", kind: BounceType::Soft }),
            Reason::Reply(R::NotOurs),
            Reason::Consent(C::Objection { on: Some(day), channel: None }),
            Reason::Consent(C::MostCalls { calls: 4, most: 4, days: 30 }),
            Reason::Consent(C::Allowed(Basis::LegalPerson)),
            Reason::Renewal(Renewal::SeatsUsed {
                product: "crm".into(),
                used: Number::parse("47.5").unwrap(),
                quantity: Number::from_integer(50).unwrap(),
                share_bp: 9_500,
            }),
            Reason::Renewal(Renewal::Measured {
                name: "nps".into(),
                value: Number::from_integer(9).unwrap(),
                from: Number::from_integer(-1).unwrap(),
            }),
            Reason::Health(H::First),
            Reason::Health(H::WeightsChanged { points: -120 }),
            Reason::Health(H::MeasureChanged { name: nps(), from: 5_000, to: 7_250, points: 225 }),
            Reason::Health(H::MeasureGone { name: nps(), from: 5_000, points: -1_500 }),
            Reason::Health(H::Measure { name: nps(), points: 1, most: 1_000, value: Number::from_integer(-3).ok() }),
            Reason::Health(H::Cap { name: nps(), max_score: 4_000, points: 0 }),
            Reason::Health(H::TooLittleKnown { coverage_bp: 2_500, least_bp: 5_000 }),
            Reason::NextAction(N::Quiet { days: 3, since: at }),
            Reason::NextAction(N::RiskSignals { signals: vec![RiskSignal::ALL[0], RiskSignal::ALL[3]] }),
            Reason::NextAction(N::CloseDatePassed { days: 3, date: day }),
            Reason::Playbook(P::Fits { playbook: name() }),
            Reason::Playbook(P::NoRun),
            Reason::Playbook(P::DealWon { deal: "d".into(), date: day }),
            Reason::Playbook(P::Steps { steps: 4, required: 3 }),
            Reason::Playbook(P::FirstStep { step: name(), date: day }),
        ];
        let stored: Vec<Json> = all.iter().map(|reason| Json::Object(reason.to_json(None))).collect();
        let told = told(&json::canonical(&stored.into()), Some(Lang::French));
        for (reason, told) in all.iter().zip(told) {
            assert_eq!(told, Json::Object(reason.to_json(Some(Lang::French))), "{reason:?}");
        }
        assert_eq!(
            told_one(serde_json::json!({"code": "of_the_future"}), Some(Lang::English), Clock::UTC)["text"],
            Json::Null
        );
    }
}
