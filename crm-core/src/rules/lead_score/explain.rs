//! Reasons and JSON of a score.

use serde_json::{Map, Value as Json, json};

use super::plan::{MILLI, Plan};
use super::score::{Evidence, Line, Score, Why};
use crate::kernel::reason::{Points, Reason};
use crate::kernel::time::format_instant;
use crate::lang::Lang;

/// The reason of a line.
pub(super) fn reason(plan: &Plan, line: &Line) -> Option<Reason> {
    let points = line.points();
    let rule = |place: usize| plan.rules.get(place).map(|r| r.name.clone());
    let section = |place: usize| plan.sections.get(place);
    Some(match line.why {
        Why::Rule { rule: place, undecayed } => {
            let undecayed = Some(Points::from_milli(undecayed)).filter(|u| *u != points);
            Reason::RulePoints { rule: rule(place)?, points, undecayed }
        }
        Why::Range { rule: place, count } => Reason::FrequencyRange { rule: rule(place)?, count, points },
        Why::DailyCap { rule: place } => {
            let super::plan::Gives::Events(events) = &plan.rules.get(place)?.gives else { return None };
            Reason::DailyCap { rule: rule(place)?, limit: events.cap.as_ref()?.limit, points }
        }
        Why::GroupCap { group, limit } => {
            Reason::GroupCap { group: plan.groups.get(group)?.name.clone(), limit: limit / MILLI, points }
        }
        Why::SectionCap { section: place, limit } => {
            Reason::SectionCap { section: section(place)?.section, limit: limit / MILLI, points }
        }
        Why::Idle { section: place, periods } => {
            let of = section(place)?;
            Reason::IdleDecay { section: of.section, periods, every_days: of.idle.as_ref()?.every_days, points }
        }
        Why::TotalCap { limit } => Reason::TotalCap { limit: limit / MILLI, points },
        Why::Rounding => Reason::Rounding { points },
    })
}

impl Score {
    /// The score as JSON. With a language, texts are rendered; without, codes and parameters only.
    ///
    /// `reasons` sum to exactly `score` (in thousandths: `points_milli`); a group that does not count has its own.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let plan = self.plan.as_ref();
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        put("at", format_instant(self.at).into());
        put("model", plan.name.as_str().into());
        put("score", self.score.into());
        put("band", self.band().into());
        if let (Some(lang), Some((name, _))) = (lang, self.band_plan()) {
            put("band_text", name.text(lang).into());
        }
        if plan.grade.is_some() {
            put("grade", self.grade().into());
        }
        if let Some(profile) = &self.profile {
            put("profile_grade", self.profile_grade().into());
            put("profile", json!({"thirds": profile.thirds, "reasons": self.criteria(lang)}));
        }
        let sections = plan.sections.iter().zip(&self.sections).map(|(s, milli)| {
            (s.section.name().to_owned(), json!({"score": super::settle::rounded(*milli), "milli": milli}))
        });
        put("sections", Json::Object(sections.collect()));
        put("groups", self.groups_json(lang));
        put("reasons", self.lines.iter().filter_map(|l| self.line_json(l, lang)).collect::<Vec<_>>().into());
        put("coverage", json!({"known_bp": self.known_bp, "unknown": self.unknown_fields().collect::<Vec<_>>()}));
        put("next_change_at", self.next_change_at.map(format_instant).into());
        put("future_events", self.future_events.into());
        put("duplicate_events", self.duplicate_events.into());
        Json::Object(map)
    }

    fn groups_json(&self, lang: Option<Lang>) -> Json {
        let mut out = Vec::new();
        for (place, (group, score)) in self.plan.groups.iter().zip(&self.groups).enumerate() {
            let mut map = Map::new();
            map.insert("id".into(), group.name.id.as_str().into());
            if let Some(lang) = lang {
                map.insert("text".into(), group.name.text(lang).into());
            }
            let section = self.plan.sections.get(group.section).map(|s| s.section.name());
            map.insert("section".into(), section.into());
            map.insert("raw_milli".into(), score.raw_milli.into());
            map.insert("milli".into(), score.milli.into());
            map.insert("counts".into(), group.counts.into());
            if !group.counts {
                let own = self.aside.iter().filter(|l| l.group(&self.plan) == Some(place));
                let reasons: Vec<Json> = own.filter_map(|l| self.line_json(l, lang)).collect();
                map.insert("reasons".into(), reasons.into());
            }
            out.push(Json::Object(map));
        }
        out.into()
    }

    fn line_json(&self, line: &Line, lang: Option<Lang>) -> Option<Json> {
        let reason = reason(&self.plan, line)?;
        let mut map = Map::new();
        if let Some(group) = line.group(&self.plan).and_then(|g| self.plan.groups.get(g)) {
            map.insert("group".into(), group.name.id.as_str().into());
        }
        map.insert("points_milli".into(), line.milli.into());
        map.insert("points".into(), line.points().to_string().into());
        self.finish(map, &reason, &line.evidence, lang)
    }

    fn criteria(&self, lang: Option<Lang>) -> Json {
        let moved = self.profile.iter().flat_map(|p| &p.moved);
        let name = |place: usize| self.plan.profile.as_ref()?.criteria.get(place).map(|(n, ..)| n.clone());
        let one = |(place, thirds, evidence): &(usize, i64, Vec<Evidence>)| {
            let reason = Reason::ProfileCriterion { criterion: name(*place)?, thirds: *thirds };
            self.finish(Map::new(), &reason, evidence, lang)
        };
        moved.filter_map(one).collect::<Vec<_>>().into()
    }

    fn finish(
        &self,
        mut map: Map<String, Json>,
        reason: &Reason,
        evidence: &[Evidence],
        lang: Option<Lang>,
    ) -> Option<Json> {
        map.extend(reason.to_json(lang));
        if !evidence.is_empty() {
            map.insert("evidence".into(), evidence.iter().map(|e| self.evidence(e)).collect::<Vec<_>>().into());
        }
        Some(Json::Object(map))
    }

    fn evidence(&self, evidence: &Evidence) -> Json {
        match evidence {
            Evidence::Field { place, value } => {
                json!({"field": self.plan.fields.get(*place).map(|(_, name)| name), "value": value.to_json()})
            }
            Evidence::Event { kind, at, id } => {
                let mut map = Map::new();
                map.insert("event".into(), self.plan.kinds.get(*kind).map(String::as_str).into());
                map.insert("at".into(), format_instant(*at).into());
                if let Some(id) = id {
                    map.insert("id".into(), id.as_str().into());
                }
                Json::Object(map)
            }
        }
    }
}
