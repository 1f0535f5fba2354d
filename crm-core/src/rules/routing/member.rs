//! The people who take leads: weight, limits, hours and leave, and whether somebody is there right now.

use chrono::{Datelike as _, Days as ManyDays, TimeDelta};
use serde_json::Value as Json;

use super::calendar::{Hours, Leaves};
use super::state::State;
use crate::kernel::error::Result;
use crate::kernel::routing_reason::{Cap, Skip};
use crate::kernel::text;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::identity::Identity;
use crate::rules::read::{Object, text as read_text};

/// The heaviest weight.
const MOST_WEIGHT: i64 = 65_535;
/// The highest cap or quota.
const MOST_LEADS: i64 = 1_000_000;
/// The longest sliding window: 31 days, as long as the state is kept.
const MOST_SECONDS: i64 = 31 * 86_400;

/// Somebody who takes leads.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// The host's name of the user.
    pub(super) user: String,
    /// The user's own address as [`address`] compares it, so that nobody works the own lead.
    pub(super) email: Option<String>,
    pub(super) weight: u64,
    pub(super) caps: Caps,
    /// Leads a month for `quota_month`.
    pub(super) quota_month: Option<u64>,
    hours: Option<Hours>,
    pub(super) zone: Zone,
    pub(super) leave: Leaves,
    pub(super) active: bool,
}

/// The most leads that somebody takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Caps {
    pub(super) window: Option<Window>,
    pub(super) day: Option<u64>,
    pub(super) week: Option<u64>,
    pub(super) month: Option<u64>,
    pub(super) open: Option<u64>,
}

/// So many leads in any so many seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) span: TimeDelta,
    pub(super) most: u64,
}

impl Caps {
    fn read(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["window", "day", "week", "month", "open"])?;
        let window = o.optional("window", |v| {
            let o = Object::new(v, &["seconds", "most"])?;
            let seconds = o.integer("seconds")?;
            check::between(seconds, 1, MOST_SECONDS).map_err(|e| e.at("seconds"))?;
            let most = o.integer("most")?;
            check::between(most, 0, MOST_LEADS).map_err(|e| e.at("most"))?;
            Ok(Window { span: TimeDelta::try_seconds(seconds).unwrap_or_default(), most: most.unsigned_abs() })
        })?;
        let cap = |key| count(&o, key);
        Ok(Self { window, day: cap("day")?, week: cap("week")?, month: cap("month")?, open: cap("open")? })
    }
}

fn count(o: &Object<'_>, key: &str) -> Result<Option<u64>> {
    let Some(n) = o.optional_integer(key)? else { return Ok(None) };
    check::between(n, 0, MOST_LEADS).map_err(|e| e.at(key))?;
    Ok(Some(n.unsigned_abs()))
}

/// What is the same for every lead of one instant.
#[derive(Clone, Debug)]
pub(super) struct Today {
    /// Why this person gets nothing now, whatever the rule.
    away: Option<Skip>,
    /// Why not under rules that keep to working hours.
    off_hours: Option<Skip>,
    day_start: Instant,
    week_start: Instant,
    month_start: Instant,
}

/// An address to compare with others: canonical, or folded where it is none.
pub(super) fn address(email: &str, identity: &Identity) -> String {
    identity.email(email).map_or_else(|| text::fold(email).into_owned(), |email| email.canonical)
}

impl Member {
    pub(super) fn read(json: &Json, zone: &Zone, identity: &Identity) -> Result<Self> {
        const KEYS: &[&str] = &["user", "email", "weight", "caps", "quota_month", "hours", "zone", "leave", "active"];
        let o = Object::new(json, KEYS)?;
        let user = o.text("user")?.trim().to_owned();
        check::id(&user).map_err(|e| e.at("user"))?;
        let weight = o.optional_integer("weight")?.unwrap_or(1);
        check::between(weight, 0, MOST_WEIGHT).map_err(|e| e.at("weight"))?;
        // A host whose users are called by their address need not write it twice.
        let email = o.optional("email", read_text)?.or_else(|| Some(user.clone()).filter(|user| user.contains('@')));
        Ok(Self {
            email: email.map(|email| address(&email, identity)),
            user,
            weight: weight.unsigned_abs(),
            caps: o.optional("caps", Caps::read)?.unwrap_or_default(),
            quota_month: count(&o, "quota_month")?,
            hours: o.optional("hours", Hours::read)?,
            zone: o.zone()?.unwrap_or_else(|| zone.clone()),
            leave: o.optional("leave", Leaves::read)?.unwrap_or_default(),
            active: o.flag("active", true)?,
        })
    }

    /// What holds at this instant; months are those of the workspace's zone.
    pub(super) fn today(&self, at: Instant, workspace: &Zone) -> Today {
        let local = self.zone.local(at);
        let day = local.date();
        let away = match self.leave.away(&self.zone, local) {
            _ if !self.active => Some(Skip::Inactive),
            Some(until) => Some(Skip::OnLeave { until }),
            None => None,
        };
        let closed = self.hours.as_ref().filter(|h| !h.is_open(local));
        let off_hours = closed.map(|h| Skip::OffHours { until: h.next_opening(&self.zone, at) });
        let since_monday = ManyDays::new(u64::from(day.weekday().num_days_from_monday()));
        let monday = day.checked_sub_days(since_monday).unwrap_or(day);
        let month = workspace.day(at);
        Today {
            away,
            off_hours,
            day_start: self.zone.day_start(day),
            week_start: self.zone.day_start(monday),
            month_start: workspace.day_start(month.with_day(1).unwrap_or(month)),
        }
    }

    /// Why this person cannot take a lead now, whichever lead it is.
    pub(super) fn skip(&self, today: &Today, state: &State, at: Instant, within_hours: bool) -> Option<Skip> {
        let away = today.away.or_else(|| state.absent(&self.user)).or(today.off_hours.filter(|_| within_hours));
        away.or_else(|| self.capped(today, state, at).map(|(cap, limit)| Skip::Capped { cap, limit }))
    }

    /// The first limit that is reached.
    fn capped(&self, today: &Today, state: &State, at: Instant) -> Option<(Cap, u64)> {
        let caps = &self.caps;
        if let Some(Window { span, most }) = caps.window {
            // An assignment exactly one window ago has left it.
            let after = at.checked_sub_signed(span).and_then(|t| t.checked_add_signed(TimeDelta::microseconds(1)));
            if state.assigned_since(&self.user, after.unwrap_or(Instant::MIN_UTC), at) >= most {
                return Some((Cap::Window, most));
            }
        }
        let since = [
            (Cap::Day, caps.day, today.day_start),
            (Cap::Week, caps.week, today.week_start),
            (Cap::Month, caps.month, today.month_start),
        ];
        for (cap, limit, start) in since {
            if let Some(limit) = limit.filter(|l| state.assigned_since(&self.user, start, at) >= *l) {
                return Some((cap, limit));
            }
        }
        caps.open.filter(|limit| state.open(&self.user) >= *limit).map(|limit| (Cap::Open, limit))
    }

    /// From when on, and how many of the newest assignments the limits look at; `None` where none does.
    pub(super) fn looks_back(&self, at: Instant, workspace: &Zone) -> Option<(Instant, u64)> {
        let today = self.today(at, workspace);
        let back = |span: Option<TimeDelta>| span.and_then(|s| at.checked_sub_signed(s)).unwrap_or(Instant::MIN_UTC);
        let looks = [
            self.caps.window.map(|w| (back(Some(w.span)), w.most)),
            self.caps.day.map(|n| (today.day_start, n)),
            self.caps.week.map(|n| (today.week_start, n)),
            self.caps.month.map(|n| (today.month_start, n)),
            self.quota_month.map(|n| (back(TimeDelta::try_days(super::quota::MONTH_DAYS)), n.saturating_mul(2))),
        ];
        looks.into_iter().flatten().reduce(|(a, m), (b, n)| (a.min(b), m.max(n)))
    }
}
