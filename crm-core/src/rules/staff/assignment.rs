//! Who gets a piece of work: candidates filtered, the others ranked by relative load.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json, json};

use super::availability::Availability;
use super::settings::{Limit, StaffSettings};
use crate::kernel::error::Result;
use crate::kernel::json::length;
use crate::kernel::reason::Reason;
use crate::kernel::staff::Presence;
use crate::kernel::staff_reason::StaffReason;
use crate::kernel::text::fold;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::read::{Object, list, text};

/// Most names of one list.
const MOST_NAMES: usize = 1_000;

/// What the work asks of who gets it. An empty list asks nothing. Names are compared folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// One of these jobs.
    pub job_titles: Vec<String>,
    /// One of these teams.
    pub teams: Vec<String>,
    /// All of these skills.
    pub skills: Vec<String>,
    /// Any of these languages.
    pub languages: Vec<String>,
    /// None of these users.
    pub not: Vec<String>,
}

impl Wanted {
    /// Reads the JSON form: `{"job_titles": [...], "teams": [...], "skills": [...], "languages": [...], "not": [...]}`.
    ///
    /// # Errors
    /// An unknown option, or a value that is no list of texts, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["job_titles", "teams", "skills", "languages", "not"])?;
        let names = |key: &'static str| names(&o, key);
        Ok(Self {
            job_titles: names("job_titles")?,
            teams: names("teams")?,
            skills: names("skills")?,
            languages: names("languages")?,
            not: names("not")?,
        })
    }

    /// The JSON form, without what asks nothing.
    pub fn to_json(&self) -> Json {
        let lists = [
            ("job_titles", &self.job_titles),
            ("teams", &self.teams),
            ("skills", &self.skills),
            ("languages", &self.languages),
            ("not", &self.not),
        ];
        let said = lists.into_iter().filter(|(_, list)| !list.is_empty());
        Json::Object(said.map(|(key, list)| (key.to_owned(), list.clone().into())).collect())
    }
}

/// A list of texts.
pub(super) fn names(o: &Object<'_>, key: &'static str) -> Result<Vec<String>> {
    let Some(json) = o.get(key) else { return Ok(Vec::new()) };
    let names = list(json, text).map_err(|e| e.at(key))?;
    check::most("values", names.len(), MOST_NAMES).map_err(|e| e.at(key))?;
    Ok(names)
}

/// What the directory says of somebody who may get work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The host's name of the user.
    pub user: String,
    /// The name of the person.
    pub full_name: String,
    /// The job.
    pub job_title: String,
    /// The team.
    pub team: String,
    /// What the person can do.
    pub skills: Vec<String>,
    /// The languages.
    pub languages: Vec<String>,
    /// How the person stands now.
    pub presence: Presence,
    /// What the person takes at a time.
    pub capacity_points: i64,
}

impl Profile {
    /// Why somebody is no candidate, whatever the load.
    pub fn unsuited(&self, wanted: &Wanted) -> Vec<StaffReason> {
        let has = |list: &[String], text: &str| list.iter().any(|one| fold(one) == fold(text));
        let mut reasons = Vec::new();
        if has(&wanted.not, &self.user) {
            reasons.push(StaffReason::LeftOut);
        }
        if matches!(self.presence, Presence::Away | Presence::Left | Presence::Archived) {
            reasons.push(StaffReason::NotThere { presence: self.presence });
        }
        if !wanted.job_titles.is_empty() && !has(&wanted.job_titles, &self.job_title) {
            let (wanted, found) = (wanted.job_titles.clone(), self.job_title.clone());
            reasons.push(StaffReason::OtherJob { wanted, found });
        }
        if !wanted.teams.is_empty() && !has(&wanted.teams, &self.team) {
            let (wanted, found) = (wanted.teams.clone(), self.team.clone());
            reasons.push(StaffReason::OtherTeam { wanted, found });
        }
        let missing: Vec<String> = wanted.skills.iter().filter(|skill| !has(&self.skills, skill)).cloned().collect();
        if !missing.is_empty() {
            reasons.push(StaffReason::LacksSkills { missing });
        }
        if !wanted.languages.is_empty() && !wanted.languages.iter().any(|one| has(&self.languages, one)) {
            reasons.push(StaffReason::LacksLanguage { wanted: wanted.languages.clone() });
        }
        reasons
    }
}

/// What somebody has to do already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Open work, in points.
    pub load_points: i64,
    /// When the person last got something.
    pub last_assigned: Option<Instant>,
    /// How much the person got in the last 24 hours.
    pub assigned_24_hours: i64,
    /// The person's own limit, in place of the configured one.
    pub limit: Option<Limit>,
}

/// Somebody who may get work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub profile: Profile,
    /// How long the person works in the window.
    pub availability: Availability,
    /// What the person has to do already.
    pub workload: Workload,
}

/// A candidate's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Who.
    pub candidate: Candidate,
    /// Why there.
    pub reasons: Vec<StaffReason>,
}

/// Everybody: in order, or left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranking {
    /// Who may get it, the first one first.
    pub ranked: Vec<Ranked>,
    /// Who may not and why, in order of user.
    pub excluded: Vec<Ranked>,
}

impl StaffSettings {
    /// Ranks candidates: everybody is in the answer once. The order is the lightest load for the capacity, compared as
    /// fractions without rounding, then who got nothing for the longest time, then the user's name; so it is total, and
    /// the order of the candidates changes nothing.
    pub fn rank(&self, candidates: impl IntoIterator<Item = Candidate>, wanted: &Wanted) -> Ranking {
        let mut ranking = Ranking::default();
        for candidate in candidates {
            let reasons = self.excludes(&candidate, wanted);
            let ranked = Ranked { candidate, reasons };
            match ranked.reasons.is_empty() {
                true => ranking.ranked.push(ranked),
                false => ranking.excluded.push(ranked),
            }
        }
        ranking.excluded.sort_by(|a, b| a.candidate.profile.user.cmp(&b.candidate.profile.user));
        ranking.ranked.sort_by(|a, b| order(&a.candidate, &b.candidate));
        let even: Vec<bool> = ranking.even().collect();
        for (ranked, even) in ranking.ranked.iter_mut().zip(even) {
            ranked.reasons = self.tells(&ranked.candidate, even);
        }
        ranking
    }

    /// The first of the ranking, without the rest.
    pub fn best<'c>(
        &self,
        candidates: impl IntoIterator<Item = &'c Candidate>,
        wanted: &Wanted,
    ) -> Option<&'c Candidate> {
        candidates.into_iter().filter(|one| self.excludes(one, wanted).is_empty()).min_by(|a, b| order(a, b))
    }

    /// Whether a candidate has a place in the ranking.
    pub fn is_ranked(&self, candidate: &Candidate, wanted: &Wanted) -> bool {
        self.excludes(candidate, wanted).is_empty()
    }

    /// Why somebody is not there in the window, whatever the work and the load.
    pub fn absent(&self, candidate: &Candidate) -> Option<StaffReason> {
        let presence = candidate.profile.presence;
        let found = &candidate.availability;
        match presence {
            Presence::Away | Presence::Left | Presence::Archived => Some(StaffReason::NotThere { presence }),
            _ if found.working_seconds <= 0 => Some(StaffReason::NoTimeInWindow),
            _ if found.misses_more_than(self.most_away_bp) => {
                Some(StaffReason::AwayTooLong { away_bp: found.missing_bp(), most_bp: self.most_away_bp })
            }
            _ => None,
        }
    }

    fn excludes(&self, candidate: &Candidate, wanted: &Wanted) -> Vec<StaffReason> {
        let Candidate { profile, availability, workload } = candidate;
        let mut reasons = profile.unsuited(wanted);
        if availability.working_seconds <= 0 {
            reasons.push(StaffReason::NoTimeInWindow);
        } else if availability.misses_more_than(self.most_away_bp) {
            let away_bp = availability.missing_bp();
            reasons.push(StaffReason::AwayTooLong { away_bp, most_bp: self.most_away_bp });
        }
        let (load, capacity) = (workload.load_points, profile.capacity_points);
        if capacity <= 0 {
            reasons.push(StaffReason::NoCapacity);
        } else if load >= capacity {
            reasons.push(StaffReason::Full { load, capacity });
        }
        if let Some(limit) = workload.limit.or(self.limit) {
            let (room, assigned) = (limit.daily_room(), workload.assigned_24_hours);
            if assigned >= room {
                reasons.push(StaffReason::DayFull { room, assigned });
            }
        }
        reasons
    }

    /// Why a candidate stands where the ranking has it; `even` if only the name decides against a neighbour.
    fn tells(&self, candidate: &Candidate, even: bool) -> Vec<StaffReason> {
        let Candidate { profile, availability, workload } = candidate;
        let last = workload.last_assigned.map_or(StaffReason::NeverAssigned, |at| StaffReason::LastAssigned { at });
        let load = StaffReason::Load { load: workload.load_points, capacity: profile.capacity_points };
        let mut reasons = vec![load, last];
        if even {
            reasons.push(StaffReason::ByName);
        }
        if availability.missing_seconds > 0 {
            reasons.push(StaffReason::PartlyAway { away_bp: availability.missing_bp() });
        }
        if let Some(limit) = workload.limit.or(self.limit) {
            let (room, assigned) = (limit.daily_room(), workload.assigned_24_hours);
            reasons.push(StaffReason::DayRoom { room, assigned });
        }
        reasons
    }
}

/// Relative load and the time of the last assignment: what comes before the name.
fn weight(a: &Candidate, b: &Candidate) -> Ordering {
    let share = |one: &Candidate, other: &Candidate| {
        i128::from(one.workload.load_points).saturating_mul(other.profile.capacity_points.into())
    };
    // Nobody who never got anything waits shorter than somebody who did: `None` is the least.
    share(a, b).cmp(&share(b, a)).then(a.workload.last_assigned.cmp(&b.workload.last_assigned))
}

fn order(a: &Candidate, b: &Candidate) -> Ordering {
    weight(a, b).then_with(|| a.profile.user.cmp(&b.profile.user))
}

impl Ranking {
    /// The first.
    pub fn first(&self) -> Option<&Candidate> {
        self.ranked.first().map(|ranked| &ranked.candidate)
    }

    /// Of each ranked one, whether it is even with a neighbour but for the name.
    fn even(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.ranked.len()).map(|place| {
            let Some(own) = self.ranked.get(place) else { return false };
            let even = |other: Option<&Ranked>| {
                other.is_some_and(|other| weight(&own.candidate, &other.candidate) == Ordering::Equal)
            };
            even(place.checked_sub(1).and_then(|before| self.ranked.get(before)))
                || even(self.ranked.get(place.saturating_add(1)))
        })
    }

    /// The JSON form: `{"ranked": [...], "excluded": [...]}`.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let ranked = self.ranked.iter().enumerate().map(|(place, ranked)| {
            let mut map = shown(ranked, lang);
            map.insert("rank".into(), length(place.saturating_add(1)).into());
            Json::Object(map)
        });
        let excluded = self.excluded.iter().map(|ranked| Json::Object(shown(ranked, lang)));
        json!({"ranked": ranked.collect::<Vec<_>>(), "excluded": excluded.collect::<Vec<_>>()})
    }
}

fn shown(ranked: &Ranked, lang: Option<Lang>) -> Map<String, Json> {
    let Candidate { profile, availability, workload } = &ranked.candidate;
    let mut map = Map::new();
    map.insert("user".into(), profile.user.as_str().into());
    map.insert("full_name".into(), Some(profile.full_name.as_str()).filter(|name| !name.is_empty()).into());
    map.insert("load_points".into(), workload.load_points.into());
    map.insert("capacity_points".into(), profile.capacity_points.into());
    map.insert("last_assigned_at".into(), workload.last_assigned.map(format_instant).into());
    map.insert("available_seconds".into(), availability.available_seconds.into());
    map.insert("reasons".into(), reasons(&ranked.reasons, lang));
    map.insert("diagnostics".into(), reasons(&availability.diagnostics, lang));
    map
}

/// Reasons as JSON.
pub(crate) fn reasons(reasons: &[StaffReason], lang: Option<Lang>) -> Json {
    reasons.iter().map(|reason| Json::Object(Reason::Staff(reason.clone()).to_json(lang))).collect()
}
