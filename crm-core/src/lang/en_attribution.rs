//! Why a touch has its channel, its credit or none, in English.

use super::{Lang, plural};
use crate::kernel::attribution_reason::{AttributionReason, KeyTouch};
use crate::kernel::marketing::{MemberStatus, TouchKind};

pub(super) fn reason(reason: &AttributionReason) -> String {
    use AttributionReason as R;
    match reason {
        R::ByLink { source, medium, campaign } => {
            let said = [("source", source), ("medium", medium), ("campaign", campaign)];
            let said = said.iter().filter(|(_, value)| !value.is_empty());
            let said: Vec<String> = said.map(|(what, value)| format!("{what} \"{value}\"")).collect();
            format!("the link says: {}", said.join(", "))
        }
        R::ByClickId { name, source } => format!("the link has {source}'s parameter {name}"),
        R::ByReferrer { host, source } => format!("came from {host}: {source}"),
        R::ByUnknownReferrer { host } => format!("came from {host}"),
        R::ByOwnPage { host } => format!("came from an own page, {host}"),
        R::ByKind { kind } => kind_text(*kind).to_owned(),
        R::Direct => "nothing says where the visit came from".to_owned(),
        R::UnreadableReferrer => "the page that led here is no readable address".to_owned(),
        R::AfterMilestone => "after what is counted: does not count".to_owned(),
        R::InFuture => "in the future: does not count yet".to_owned(),
        R::OutsideWindow { days } => {
            format!("more than {} earlier: does not count", plural(Lang::English, days.unsigned_abs(), "day", "days"))
        }
        R::SameSession { minutes, .. } => format!(
            "the same visit as an earlier touch (within {}): counts once",
            plural(Lang::English, minutes.unsigned_abs(), "minute", "minutes")
        ),
        R::OwnPage => "from one own page to another: does not count".to_owned(),
        R::DirectLeftOut => "direct: does not count where another channel is known".to_owned(),
        R::RepeatedChannel { .. } => "the channel was there before: counts once".to_owned(),
        R::Undated => "without a date: does not count among touches that have one".to_owned(),
        R::OnlyTouch => "the only touch takes all".to_owned(),
        R::KeysShareAll => "there is no other touch, so the key touches share all".to_owned(),
        R::MergedKeys { keys } => {
            let keys: Vec<&str> = keys.iter().map(|key| key_text(*key)).collect();
            format!("one touch is at once {}: the weights add up", keys.join(" and "))
        }
        R::NoKeyTouch { key } => format!("no touch is {}: the others share its weight", key_text(*key)),
        R::AllDirect => "every touch is direct, so the last one takes all".to_owned(),
        R::NoTouch => "there is no touch: nothing is attributed".to_owned(),
        R::PrimaryCampaign { campaign } => format!("\"{campaign}\" is the deal's primary campaign and takes all"),
        R::CampaignTouches { campaign, touches } => {
            format!("{} from \"{campaign}\"", plural(Lang::English, *touches, "touch", "touches"))
        }
        R::CampaignMember { campaign, status } => format!("member of \"{campaign}\": {}", status_text(*status)),
        R::MemberAfterClose { campaign } => format!("joined \"{campaign}\" after the close: does not count"),
        R::MemberStatusLeftOut { campaign, status } => {
            format!("member of \"{campaign}\", {}: does not count", status_text(*status))
        }
        R::MemberOutsideWindow { campaign, days } => format!(
            "was in \"{campaign}\" more than {} before: does not count",
            plural(Lang::English, days.unsigned_abs(), "day", "days")
        ),
        R::NoRole { campaign } => format!("the member of \"{campaign}\" has no part in the deal: does not count"),
    }
}

fn kind_text(kind: TouchKind) -> &'static str {
    match kind {
        TouchKind::Visit => "a visit",
        TouchKind::Form => "a form that was sent",
        TouchKind::EmailClick => "a link in a message was followed",
        TouchKind::Call => "a call",
        TouchKind::Event => "an event",
        TouchKind::Import => "came with a list",
        TouchKind::Referral => "somebody recommended us",
        TouchKind::Manual => "noted by hand",
    }
}

fn key_text(key: KeyTouch) -> &'static str {
    match key {
        KeyTouch::First => "the first touch",
        KeyTouch::Lead => "the touch that made the lead",
        KeyTouch::Deal => "the touch that made the deal",
        KeyTouch::Closed => "the last touch before the close",
    }
}

fn status_text(status: MemberStatus) -> &'static str {
    match status {
        MemberStatus::Planned => "planned",
        MemberStatus::Sent => "reached",
        MemberStatus::Responded => "responded",
        MemberStatus::OptedOut => "opted out",
    }
}
