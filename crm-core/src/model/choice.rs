//! Fields that hold one of a few words, kept as text.

use super::declare::FieldValue;
use crate::kernel::approval::{
    ChannelKind, Delivery, Direction, DraftEventKind, DraftKind, DraftState, ParcelState, ReportKind, RuleEffect, Via,
};
use crate::kernel::consent_reason::{CollectedFrom, ConsentAct, ContactChannel, ContactPurpose, PersonType};
use crate::kernel::customer::{
    HealthTrigger, IdeaKind, IdeaState, MembershipCause, PaymentStatus, Pin, RenewalKind, RenewalState, RunState,
    StepState, SubscriptionStatus,
};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::field::FieldType;
use crate::kernel::json;
use crate::kernel::marketing::{CampaignStatus, MemberStatus, TouchKind};
use crate::kernel::quotes::{PriceMode, QuoteState, ValueSource, VatRounding};
use crate::kernel::renewal_reason::CustomerKind;
use crate::kernel::reply_reason::{BounceType, ReplyClass};
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::sequence_reason::{Availability, EnrolmentStatus, SequenceEnd};
use crate::kernel::service::{DayHalf, SlaAlertKind, SlaMetric, SlaState, TicketEventKind, TicketFlow, TicketState};
use crate::kernel::staff::{EmployeeStatus, LeaveKind};
use crate::kernel::text::shortened;
use crate::kernel::value::Value;

macro_rules! choices {
    ($($type:ty;)*) => { $(
        impl FieldValue for Option<$type> {
            const KIND: FieldType = FieldType::Text;
            fn fact(&self) -> Fact<'_> {
                self.map_or(Fact::Unknown, |choice| Fact::Text(choice.code()))
            }
            fn set(&mut self, value: Value) -> Result<()> {
                *self = match value {
                    Value::Null => None,
                    Value::Text(text) => {
                        let unknown = || Problem::NotOneOf { found: shortened(&text, 60), expected: <$type>::CODES };
                        Some(<$type>::from_code(&text).ok_or_else(unknown)?)
                    }
                    other => {
                        let found = json::shown(&other.to_json());
                        return Err(Error::from(Problem::WrongType { expected: Self::KIND, found }));
                    }
                };
                Ok(())
            }
        }
    )* };
}

choices! {
    Availability;
    BounceType;
    CampaignStatus;
    Category;
    ChannelKind;
    CollectedFrom;
    ConsentAct;
    ContactChannel;
    ContactPurpose;
    CustomerKind;
    DayHalf;
    Delivery;
    Direction;
    DraftEventKind;
    DraftKind;
    DraftState;
    EmployeeStatus;
    EnrolmentStatus;
    HealthTrigger;
    IdeaKind;
    IdeaState;
    LeaveKind;
    MemberStatus;
    MembershipCause;
    ParcelState;
    PaymentStatus;
    PersonType;
    Pin;
    PriceMode;
    QuoteState;
    RenewalKind;
    RenewalState;
    ReplyClass;
    ReportKind;
    RuleEffect;
    RunState;
    SequenceEnd;
    SlaAlertKind;
    SlaMetric;
    SlaState;
    StageKind;
    StepState;
    SubscriptionStatus;
    TicketEventKind;
    TicketFlow;
    TicketState;
    TouchKind;
    ValueSource;
    VatRounding;
    Via;
}
