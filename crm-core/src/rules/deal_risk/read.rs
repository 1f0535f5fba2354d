//! The model as JSON: what is named replaces the standard.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::model::{Mute, RiskModel, Signal, Step};
use super::typical::TypicalTimes;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::FieldType;
use crate::kernel::json;
use crate::kernel::money::Money;
use crate::kernel::period::{FiscalCalendar, Layout, NamedBy, Unit};
use crate::kernel::predicate::Predicate;
use crate::kernel::probability::Probability;
use crate::kernel::risk_reason::RiskSignal;
use crate::kernel::sales::Category;
use crate::kernel::text::shortened;
use crate::rules::check;
use crate::rules::read::{Object, date, instant, integer, list, money, text, wrong};

/// Most holidays, mutes and amounts that are read.
const MOST_ITEMS: usize = 10_000;

impl RiskModel {
    /// Reads a model; what it does not name is as in [`RiskModel::standard`]:
    ///
    /// ```json
    /// {"id": "ours", "version": 2, "zone": "Europe/Paris", "holidays": ["2026-11-11"], "cap": 100,
    ///  "bands": {"watch": 30, "high": 60}, "inbound_tracked": true, "least_n": 20,
    ///  "signals": [
    ///    {"code": "no_activity", "steps": [{"from": 5, "points": 10}, {"from": 15, "points": 30}]},
    ///    {"code": "pushes", "period": "quarter", "first_month": 9},
    ///    {"code": "single_threaded", "points": 10, "contacts": 3, "within_days": 30,
    ///     "amounts": [{"amount": "20000", "currency": "EUR"}]},
    ///    {"code": "no_decision_maker", "roles": ["decision_maker", "gérant"]},
    ///    {"code": "regression", "within_days": 14},
    ///    {"code": "override_gap", "category_bp": {"commit": 9000}},
    ///    {"code": "support_heat", "enabled": false}],
    ///  "typical_times": [], "disabled_for": {"field": "segment", "op": "eq", "value": "renewal"},
    ///  "mutes": [{"signal": "no_inbound", "until": "2026-09-02T00:00:00Z", "reason": "on leave", "by": "marie"}]}
    /// ```
    ///
    /// # Errors
    /// Unknown keys and values that are not what the place needs, with their path.
    pub fn from_json(json: &Json) -> Result<Self> {
        const KEYS: &[&str] = &[
            "id",
            "version",
            "zone",
            "holidays",
            "cap",
            "bands",
            "inbound_tracked",
            "least_n",
            "signals",
            "typical_times",
            "disabled_for",
            "mutes",
        ];
        let o = Object::new(json, KEYS)?;
        let mut model = RiskModel::standard();
        if let Some(id) = o.optional("id", text)? {
            model.id = id;
        }
        model.version = o.optional_integer("version")?.unwrap_or(model.version);
        model.zone = o.zone()?.unwrap_or(model.zone);
        model.holidays = o.optional("holidays", holidays)?.unwrap_or_default();
        model.cap = o.optional_integer("cap")?.unwrap_or(model.cap);
        if let Some(bands) = o.get("bands") {
            let read = Object::new(bands, &["watch", "high"]).and_then(|b| {
                model.watch_from = b.optional_integer("watch")?.unwrap_or(model.watch_from);
                model.high_from = b.optional_integer("high")?.unwrap_or(model.high_from);
                Ok(())
            });
            read.map_err(|e| e.at("bands"))?;
        }
        model.is_inbound_tracked = o.flag("inbound_tracked", false)?;
        if let Some(least_n) = o.optional("least_n", count)? {
            model.least_n = least_n;
        }
        let mut named = Vec::new();
        for (i, signal) in o.optional("signals", |v| list(v, Ok))?.unwrap_or_default().into_iter().enumerate() {
            let code = read_signal(&mut model, signal).map_err(|e| e.at_index(i).at("signals"))?;
            if named.contains(&code) {
                let id = code.code().into();
                return Err(Error::from(RulesProblem::DuplicateId { id }).at_index(i).at("signals"));
            }
            named.push(code);
        }
        model.typical_times = o.optional("typical_times", TypicalTimes::from_json)?.unwrap_or_default();
        model.disabled_for = o.optional("disabled_for", Predicate::from_json)?;
        model.mutes = o.optional("mutes", mutes)?.unwrap_or_default();
        Ok(model)
    }
}

/// Reads one signal into the model; gives its code.
fn read_signal(model: &mut RiskModel, json: &Json) -> Result<RiskSignal> {
    let code = json::object(json, "an object")?.get("code").ok_or_else(|| Problem::Missing { name: "code".into() })?;
    let code = signal(code).map_err(|e| e.at("code"))?;
    let o = Object::new(json, keys(code))?;
    let steps = match (o.get("points"), o.get("steps")) {
        (Some(_), Some(_)) => {
            let both = RulesProblem::Exclusive { first: "points", second: "steps" };
            return Err(Error::from(both).at("points"));
        }
        (Some(points), None) => {
            let points = integer(points).map_err(|e| e.at("points"))?;
            // One step at the standard's first threshold.
            let from = super::model::standard_steps(code).first().map_or(1, |(from, _)| *from);
            Some(vec![Step { from, points }])
        }
        (None, Some(steps)) => Some(list(steps, step).map_err(|e| e.at("steps"))?),
        (None, None) => None,
    };
    let is_enabled = o.flag("enabled", true)?;
    if let Some(known) = model.signals.iter_mut().find(|known| known.code == code) {
        let steps = steps.unwrap_or_else(|| known.steps.clone());
        *known = Signal { code, is_enabled, steps };
    }
    match code {
        RiskSignal::Pushes => {
            model.period = o.optional("period", unit)?.unwrap_or(model.period);
            if let Some(month) = o.optional("first_month", count)? {
                let calendar = FiscalCalendar::new(month, NamedBy::End, Layout::Months);
                model.calendar = calendar.map_err(|e| e.at("first_month"))?;
            }
        }
        RiskSignal::SingleThreaded => {
            model.least_contacts = o.optional("contacts", count)?.unwrap_or(model.least_contacts);
            model.contact_days = o.optional("within_days", count)?.unwrap_or(model.contact_days);
            if let Some(amounts) = o.optional("amounts", |v| list(v, money))? {
                model.single_threaded_from = distinct(amounts).map_err(|e| e.at("amounts"))?;
            }
        }
        RiskSignal::NoDecisionMaker => {
            if let Some(roles) = o.optional("roles", |v| list(v, text))? {
                check::most("texts", roles.len(), 100).map_err(|e| e.at("roles"))?;
                for (i, role) in roles.iter().enumerate() {
                    check::id(role).map_err(|e| e.at_index(i).at("roles"))?;
                }
                model.decision_roles = roles;
            }
        }
        RiskSignal::Regression => {
            model.regression_days = o.optional("within_days", count)?.unwrap_or(model.regression_days);
        }
        RiskSignal::OverrideGap => {
            if let Some(shares) = o.get("category_bp") {
                categories(model, shares).map_err(|e| e.at("category_bp"))?;
            }
        }
        _ => {}
    }
    Ok(code)
}

const fn keys(code: RiskSignal) -> &'static [&'static str] {
    match code {
        RiskSignal::Pushes => &["code", "enabled", "points", "steps", "period", "first_month"],
        RiskSignal::SingleThreaded => &["code", "enabled", "points", "contacts", "within_days", "amounts"],
        RiskSignal::NoDecisionMaker => &["code", "enabled", "points", "roles"],
        RiskSignal::Regression => &["code", "enabled", "points", "within_days"],
        RiskSignal::OverrideGap => &["code", "enabled", "points", "steps", "category_bp"],
        RiskSignal::NoNextStep | RiskSignal::CloseSoonEarlyStage | RiskSignal::SupportHeat => {
            &["code", "enabled", "points"]
        }
        _ => &["code", "enabled", "points", "steps"],
    }
}

fn categories(model: &mut RiskModel, json: &Json) -> Result<()> {
    let o = Object::new(json, &["pipeline", "best_case", "commit"])?;
    for (category, share) in &mut model.category_probabilities {
        let read = |v: &Json| Probability::from_bp(integer(v)?);
        *share = o.optional(Category::code(*category), read)?.unwrap_or(*share);
    }
    Ok(())
}

/// One amount a currency.
fn distinct(amounts: Vec<Money>) -> Result<Vec<Money>> {
    for (i, amount) in amounts.iter().enumerate() {
        if amounts.iter().take(i).any(|other| other.currency() == amount.currency()) {
            let id = amount.currency().code().into();
            return Err(Error::from(RulesProblem::DuplicateId { id }).at_index(i));
        }
    }
    Ok(amounts)
}

fn step(json: &Json) -> Result<Step> {
    let o = Object::new(json, &["from", "points"])?;
    Ok(Step { from: o.integer("from")?, points: o.integer("points")? })
}

/// The signal of a code.
pub(super) fn signal(json: &Json) -> Result<RiskSignal> {
    let found = text(json)?;
    let unknown = || Problem::NotOneOf { found: shortened(&found, 60), expected: RiskSignal::CODES };
    Ok(RiskSignal::from_code(&found).ok_or_else(unknown)?)
}

pub(super) fn unit(json: &Json) -> Result<Unit> {
    match text(json)?.as_str() {
        "month" => Ok(Unit::Month),
        "quarter" => Ok(Unit::Quarter),
        "year" => Ok(Unit::Year),
        found => Err(Problem::NotOneOf { found: shortened(found, 60), expected: Unit::NAMES }.into()),
    }
}

pub(super) fn holidays(json: &Json) -> Result<Vec<NaiveDate>> {
    let days = list(json, date)?;
    check::most("values", days.len(), MOST_ITEMS)?;
    Ok(days)
}

pub(super) fn mutes(json: &Json) -> Result<Vec<Mute>> {
    let mute = |json| {
        let o = Object::new(json, &["signal", "until", "reason", "by", "deal"])?;
        let by = o.text("by")?;
        check::id(&by).map_err(|e| e.at("by"))?;
        Ok(Mute {
            signal: o.required("signal").and_then(|v| signal(v).map_err(|e| e.at("signal")))?,
            until: o.required("until").and_then(|v| instant(v).map_err(|e| e.at("until")))?,
            reason: o.optional("reason", text)?.unwrap_or_default(),
            by,
            deal: o.optional("deal", text)?,
        })
    };
    let mutes = list(json, mute)?;
    check::most("items", mutes.len(), MOST_ITEMS)?;
    Ok(mutes)
}

/// A count that is not negative.
pub(super) fn count(json: &Json) -> Result<u32> {
    let found = integer(json)?;
    check::between(found, 0, i64::from(u32::MAX))?;
    u32::try_from(found).map_err(|_| wrong(FieldType::Integer, json))
}
