//! For each kind of record: who is responsible for a row, and for the sake of which other rows it is seen.

use crate::model::Kind;

/// Who may see the rows of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everybody of the workspace; the permission table says who changes them.
    Shared,
    /// Everybody of the workspace; only who writes all rows changes them, because they say who leads whom.
    Directory,
    /// The people that some fields name, and whoever sees one of the rows that it hangs on.
    Own {
        /// The fields that name people.
        people: &'static [&'static str],
        /// References to rows for whose sake it is seen.
        through: &'static [&'static str],
        /// Kinds and their references: rows that point here and for whose sake it is seen.
        pointed: &'static [(Kind, &'static str)],
    },
    /// Whoever sees both records of a pair of leads, or of a lead and a contact.
    Pair,
    /// Whoever sees every row of a kind, because it has sums over all of them.
    Whole(Kind),
    /// Its owner, those with whom it is shared, and admins.
    Saved,
    /// What is said of somebody's number: its author, those who lead the person, and who leads the workspace.
    Said,
}

/// The records that most others hang on.
const RECORDS: &[&str] = &["lead", "account", "contact", "deal", "ticket"];

/// What has files.
const ATTACHED: &[&str] =
    &["lead", "account", "contact", "deal", "ticket", "note", "activity", "quote", "subscription", "playbook_run"];

impl Reach {
    /// Of a kind. There is no usual answer: a new kind needs a line here.
    pub(crate) const fn of(kind: Kind) -> Reach {
        const fn own(people: &'static [&'static str]) -> Reach {
            Reach::Own { people, through: &[], pointed: &[] }
        }
        const fn hanging(people: &'static [&'static str], through: &'static [&'static str]) -> Reach {
            Reach::Own { people, through, pointed: &[] }
        }
        match kind {
            Kind::Account | Kind::Contact | Kind::Lead | Kind::Ticket => own(&["owner"]),
            Kind::Deal => Reach::Own { people: &["owner"], through: &[], pointed: &[(Kind::DealSplit, "deal")] },
            Kind::Task => hanging(&["assignee"], RECORDS),
            Kind::Note => hanging(&["author"], RECORDS),
            Kind::Activity => {
                Reach::Own { people: &["actor"], through: RECORDS, pointed: &[(Kind::ActivityLink, "activity")] }
            }
            Kind::ActivityLink => hanging(&[], RECORDS),
            Kind::Attachment => {
                Reach::Own { people: &["uploaded_by"], through: &[], pointed: &[(Kind::AttachmentLink, "attachment")] }
            }
            Kind::AttachmentLink => hanging(&[], ATTACHED),
            // Whoever sees a record sees what is to leave for its sake: somebody has to decide.
            Kind::Draft => hanging(&["author"], RECORDS),
            Kind::DeliveryReport | Kind::DraftEvent | Kind::OutboxItem => hanging(&[], &["draft"]),
            Kind::Conversation => hanging(&["owner"], RECORDS),
            Kind::Message => hanging(&[], &["conversation"]),
            Kind::Enrolment => hanging(&["owner"], &["lead", "contact"]),
            // What somebody said about being contacted holds for everybody who might.
            Kind::ConsentEvent => Reach::Shared,
            Kind::Assignment => hanging(&["user"], &["lead"]),
            Kind::Enrichment | Kind::Event => hanging(&[], &["lead"]),
            Kind::Submission => hanging(&[], &["lead", "contact"]),
            Kind::DealContact | Kind::DealRevision => hanging(&[], &["deal"]),
            Kind::DealSplit => hanging(&["owner"], &["deal"]),
            // Who was responsible then is history, and sees no more for it.
            Kind::SlaAlert | Kind::TicketEvent => hanging(&[], &["ticket"]),
            Kind::Quote => hanging(&["owner"], &["account", "contact", "deal"]),
            Kind::Touch => hanging(&[], &["lead", "account", "contact"]),
            Kind::VisitorLink | Kind::CampaignMember => hanging(&[], &["lead", "contact"]),
            Kind::Campaign => own(&["owner"]),
            Kind::Subscription => hanging(&["owner"], &["account", "contact", "deal"]),
            Kind::SubscriptionItem => hanging(&[], &["subscription"]),
            Kind::Renewal => hanging(&["owner"], &["account"]),
            Kind::ExpansionIdea => hanging(&["owner"], &["account", "deal"]),
            Kind::HealthEntry | Kind::LearningProgress | Kind::Measurement | Kind::Payment => {
                hanging(&[], &["account"])
            }
            Kind::HealthOverride => hanging(&["author"], &["account"]),
            Kind::PlaybookRun => hanging(&["owner"], &["account", "deal"]),
            Kind::PlaybookStep => hanging(&["assignee"], &["playbook_run"]),
            Kind::SegmentEvent | Kind::SegmentMember => hanging(&[], &["lead", "account", "contact", "deal"]),
            Kind::Leave => own(&["user"]),
            Kind::Quota => own(&["owner"]),
            Kind::Distinction => Reach::Pair,
            Kind::Snapshot => Reach::Whole(Kind::Deal),
            Kind::SavedReport | Kind::SavedView => Reach::Saved,
            Kind::Adjustment => Reach::Said,
            Kind::Employee => Reach::Directory,
            Kind::ApprovalRule
            | Kind::Channel
            | Kind::Counter
            | Kind::ExchangeRate
            | Kind::KillSwitch
            | Kind::Pipeline
            | Kind::Playbook
            | Kind::RoutingTurn
            | Kind::Segment
            | Kind::Sequence
            | Kind::Stage => Reach::Shared,
        }
    }
}

/// Whose rows of everybody somebody has to reach so that rows of a kind that belong to nobody are reached, too: what
/// visitors did whom nobody knows is for those who look at all campaigns. Of other kinds whoever may take them sees them.
pub(crate) const fn unowned_with(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::Touch => Some(Kind::Campaign),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::field::FieldType;

    #[test]
    fn every_field_is_there_and_links_end() {
        for kind in Kind::ALL {
            let Reach::Own { people, through, pointed } = Reach::of(*kind) else { continue };
            assert!(!people.is_empty() || !through.is_empty(), "{kind:?}");
            let field = |name: &str| kind.place(name).and_then(|place| kind.fields().get(place)).unwrap();
            assert!(people.iter().all(|name| field(name).kind == FieldType::Text), "{kind:?}");
            for name in through {
                let to = kind.target_of(field(name)).unwrap_or_else(|| panic!("{kind:?} {name}"));
                // Two steps up and no circle: what hangs on something hangs on a record in the end.
                let Reach::Own { through, .. } = Reach::of(to) else { panic!("{kind:?} {name}") };
                assert!(through.iter().all(|above| RECORDS.contains(above)), "{kind:?} {name}");
            }
            for (other, name) in pointed {
                let link = other.place(name).and_then(|place| other.fields().get(place)).unwrap();
                assert_eq!(other.target_of(link), Some(*kind));
            }
        }
    }
}
