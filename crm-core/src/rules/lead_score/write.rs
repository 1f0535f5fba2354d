//! Writing a model's JSON.

use serde_json::{Map, Value as Json, json};

use super::model::{Decay, Every, Labels, Limits, Profile, Rule, ScoreModel, SectionModel, Step};

impl ScoreModel {
    /// The JSON form; [`ScoreModel::from_json`] reads it back.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.id.as_str().into());
        map.insert("version".into(), self.version.into());
        map.insert("zone".into(), self.zone.as_str().into());
        put(&mut map, "fit", self.fit.as_ref().map(write_section));
        put(&mut map, "engagement", self.engagement.as_ref().map(write_section));
        let mut total = Map::new();
        put_limits(&mut total, self.total);
        put(&mut map, "total", Some(total).filter(|t| !t.is_empty()).map(Json::Object));
        let bands = self.bands.iter().map(|b| labelled(json!({"id": b.id, "from": b.from}), b.labels.as_ref()));
        put(&mut map, "bands", Some(Json::Array(bands.collect())).filter(|_| !self.bands.is_empty()));
        let steps = |steps: &[Step], key: &str| -> Json {
            steps.iter().map(|s| json!({key: s.mark, "from": s.from})).collect::<Vec<_>>().into()
        };
        let grade = self.grade.as_ref();
        let grade = grade.map(|g| json!({"fit": steps(&g.fit, "letter"), "engagement": steps(&g.engagement, "digit")}));
        put(&mut map, "grade", grade);
        put(&mut map, "profile", self.profile.as_ref().map(write_profile));
        Json::Object(map)
    }
}

fn put(map: &mut Map<String, Json>, key: &str, value: Option<Json>) {
    if let Some(value) = value {
        map.insert(key.into(), value);
    }
}

fn put_limits(map: &mut Map<String, Json>, limits: Limits) {
    put(map, "min", limits.min.map(Json::from));
    put(map, "max", limits.max.map(Json::from));
}

pub(super) fn labels(labels: &Labels) -> Json {
    json!({"en": labels.en, "fr": labels.fr})
}

fn labelled(json: Json, given: Option<&Labels>) -> Json {
    match (json, given) {
        (Json::Object(mut map), Some(given)) => {
            map.insert("labels".into(), labels(given));
            Json::Object(map)
        }
        (json, _) => json,
    }
}

fn write_section(section: &SectionModel) -> Json {
    let mut map = Map::new();
    put_limits(&mut map, section.limits);
    let groups = section.groups.iter().map(|g| {
        let mut map = Map::new();
        map.insert("id".into(), g.id.as_str().into());
        put(&mut map, "labels", g.labels.as_ref().map(labels));
        put_limits(&mut map, g.limits);
        put(&mut map, "counts", (!g.counts).then_some(Json::Bool(false)));
        map.insert("rules".into(), g.rules.iter().map(write_rule).collect::<Vec<_>>().into());
        Json::Object(map)
    });
    map.insert("groups".into(), Json::Array(groups.collect()));
    put(&mut map, "idle", section.idle.map(|i| json!({"every_days": i.every_days, "points": i.points})));
    Json::Object(map)
}

fn write_rule(rule: &Rule) -> Json {
    let mut map = Map::new();
    map.insert("id".into(), rule.id.as_str().into());
    put(&mut map, "labels", rule.labels.as_ref().map(labels));
    put(&mut map, "points", rule.points.map(Json::from));
    put(&mut map, "when", rule.when.as_ref().map(|w| w.to_json()));
    put(&mut map, "event", Some(Json::from(rule.events.as_slice())).filter(|_| !rule.events.is_empty()));
    put(&mut map, "per", rule.per.map(|p| p.name().into()));
    let ranges = rule.ranges.iter().map(|r| json!({"min": r.min, "max": r.max, "points": r.points}));
    put(&mut map, "ranges", Some(Json::Array(ranges.collect())).filter(|_| !rule.ranges.is_empty()));
    put(&mut map, "window_days", rule.window_days.map(Json::from));
    put(&mut map, "once", rule.once.then_some(Json::Bool(true)));
    put(&mut map, "daily_cap", rule.daily_cap.map(Json::from));
    put(&mut map, "decay", rule.decay.map(write_decay));
    Json::Object(map)
}

fn write_decay(decay: Decay) -> Json {
    match decay {
        Decay::Percent { percent, every: Every::Days(days) } => json!({"percent": percent, "every_days": days}),
        Decay::Percent { percent, every: Every::Months(months) } => json!({"percent": percent, "every_months": months}),
        Decay::HalfLife { days } => json!({"half_life_days": days}),
    }
}

fn write_profile(profile: &Profile) -> Json {
    let criteria = profile
        .criteria
        .iter()
        .map(|c| labelled(json!({"id": c.id, "thirds": c.thirds, "when": c.when.to_json()}), c.labels.as_ref()));
    json!({
        "start": profile.start,
        "lower_on_false": profile.lower_on_false,
        "criteria": criteria.collect::<Vec<_>>(),
    })
}
