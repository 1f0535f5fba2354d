//! Who stands in for somebody: the named cover first, else the first of the ranking.

use serde_json::{Map, Value as Json};

use super::Cx;
use super::team::{Job, candidates, employee};
use crate::kernel::error::Result;
use crate::kernel::json::length;
use crate::kernel::staff::{Duty, Work};
use crate::kernel::staff_reason::StaffReason;
use crate::kernel::text::fold;
use crate::kernel::time::Instant;
use crate::lang::Lang;
use crate::model::Employee;
use crate::rules::staff::{Candidate, StaffSettings, Wanted, reasons};

/// Who takes something, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cover {
    /// The host's name of the user; `None` if nobody can.
    pub(crate) user: Option<String>,
    pub(crate) reasons: Vec<StaffReason>,
}

impl Cover {
    /// The JSON form, `{"user": "paul", "reasons": [...]}`.
    pub(crate) fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("user".into(), self.user.as_deref().into());
        map.insert("reasons".into(), reasons(&self.reasons, lang));
        Json::Object(map)
    }
}

/// The team as it stands while one thing after the other is given away.
pub(crate) struct Bench<'a> {
    settings: &'a StaffSettings,
    at: Instant,
    candidates: Vec<Candidate>,
    wanted: Wanted,
    /// Whose work it is, and who the person named as cover.
    user: String,
    delegate: String,
}

impl<'a> Bench<'a> {
    /// Everybody but the person, for work in a window.
    ///
    /// # Errors
    /// As [`candidates`].
    pub(crate) fn new(
        cx: &mut Cx<'a>,
        of: &Employee,
        work: Work,
        window: (Instant, Instant),
        wanted: &Wanted,
    ) -> Result<Self> {
        let mut wanted = wanted.clone();
        wanted.not.push(of.user.clone());
        let job = Job { work, from: window.0, to: window.1, wanted };
        let candidates = candidates(cx, &job)?;
        Ok(Self {
            settings: cx.rules().staff(),
            at: cx.at(),
            candidates,
            wanted: job.wanted,
            user: of.user.clone(),
            delegate: of.delegate.clone(),
        })
    }

    /// Why the named cover cannot; nothing if the person can. The load does not count: who is named takes it.
    pub(crate) fn delegate_cannot(&self) -> Option<StaffReason> {
        let found = self.candidates.iter().find(|one| fold(&one.profile.user) == fold(&self.delegate));
        match found {
            None => Some(StaffReason::NotThere { presence: crate::kernel::staff::Presence::Archived }),
            Some(candidate) => self.settings.absent(candidate),
        }
    }

    /// The named cover, if there is one who can.
    pub(crate) fn delegate(&self) -> Cover {
        let user = self.delegate.clone();
        if user.is_empty() {
            return Cover { user: None, reasons: vec![StaffReason::NobodyCovers] };
        }
        match self.delegate_cannot() {
            None => Cover { user: Some(user), reasons: vec![StaffReason::Delegate { of: self.user.clone() }] },
            Some(why) => {
                let reasons = vec![StaffReason::DelegateCannot { user, why: Box::new(why) }];
                Cover { user: None, reasons }
            }
        }
    }

    /// The first of the ranking.
    pub(crate) fn ranked(&self) -> Cover {
        let of = length(self.candidates.iter().filter(|one| self.settings.is_ranked(one, &self.wanted)).count());
        match self.settings.best(&self.candidates, &self.wanted) {
            Some(best) => {
                let load =
                    StaffReason::Load { load: best.workload.load_points, capacity: best.profile.capacity_points };
                let reasons = vec![StaffReason::FirstOfRanking { of }, load];
                Cover { user: Some(best.profile.user.clone()), reasons }
            }
            None => Cover { user: None, reasons: vec![StaffReason::NobodyCovers] },
        }
    }

    /// The named cover, else the first of the ranking.
    pub(crate) fn cover(&self) -> Cover {
        let delegate = self.delegate();
        if delegate.user.is_some() {
            return delegate;
        }
        let mut ranked = self.ranked();
        // Without a name there is nothing to say of it.
        if !self.delegate.is_empty() {
            ranked.reasons.splice(0..0, delegate.reasons);
        }
        ranked
    }

    /// Notes that somebody got something, so that the next one goes by the new load. What is no work weighs nothing, as
    /// it does once it is stored; it is somebody else's turn all the same.
    pub(crate) fn give(&mut self, user: &str, duty: Duty) {
        let (points, pieces) = if duty.is_work() { (self.settings.points(duty.work()), 1) } else { (0, 0) };
        let at = self.at;
        if let Some(candidate) = self.candidates.iter_mut().find(|one| fold(&one.profile.user) == fold(user)) {
            let workload = &mut candidate.workload;
            workload.load_points = workload.load_points.saturating_add(points);
            workload.last_assigned = workload.last_assigned.max(Some(at));
            workload.assigned_24_hours = workload.assigned_24_hours.saturating_add(pieces);
        }
    }
}

/// The user of an employee's row.
pub(crate) fn user_of(row: &crate::model::Row) -> String {
    employee(row).map(|e| e.user.clone()).unwrap_or_default()
}
