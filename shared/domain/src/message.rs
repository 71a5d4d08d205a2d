//! A message and its life.
//!
//! An inbound message is a fact and never changes. An outbound one is a small state machine, [`Delivery`]: statuses have
//! ranks and only rise (I06), and each step says what it does to the credits held for the message (X15), so that
//! whatever repeats or arrives out of order, the price is settled or returned exactly once (I04).

mod media;
mod reference;
mod refusal;

use std::{collections::BTreeSet, fmt};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    consent::Said,
    conversation::Direction,
    credits::{CreditMove, Credits},
    id::{ConversationId, GatewayId, MediaId, MessageId, TemplateId, UserId},
    phone::PhoneNumber,
    quiet_hours::Verdict,
    segments::Encoding,
    timeline::{Actor, EntryKind},
};

pub use media::Media;
pub use reference::{CarrierReference, InvalidCarrierReference};
pub use refusal::{Failure, Refusal};

/// How long a worker may take over one attempt before the attempt counts as lost. More than the function's time-out, so
/// that two workers never hold the same message.
pub const LEASE_FOR: SignedDuration = SignedDuration::from_secs(60);
/// How long a carrier that asks to try later is asked again.
pub const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// How long an attempt with an unknown outcome waits for a receipt before its credits are returned.
pub const UNCONFIRMED_FOR: SignedDuration = SignedDuration::from_hours(4);

/// The status of an outbound message, in the order of its rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// To be accepted at its time: not a message of its conversation yet (see [`crate::scheduled`]).
    Scheduled,
    /// Accepted and waiting for its turn.
    Queued,
    /// Being handed to the carrier.
    Sending,
    /// Handed to the carrier, who did not answer: it may or may not have arrived.
    Unconfirmed,
    /// Taken by the carrier.
    Sent,
    /// Not taken: it will not be sent.
    Failed,
    /// Taken back before its time.
    Cancelled,
    /// Taken by the carrier, who could not deliver it.
    Undelivered,
    /// On the customer's phone.
    Delivered,
}

impl Status {
    /// Statuses only rise in rank (I06). `unconfirmed` stands beside `sending`; `delivered` stands above the other ends,
    /// because a late receipt may correct them.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Scheduled => 0,
            Self::Queued => 1,
            Self::Sending | Self::Unconfirmed => 2,
            Self::Sent => 3,
            Self::Failed | Self::Cancelled | Self::Undelivered => 4,
            Self::Delivered => 5,
        }
    }

    /// Whether no more work is to be done. (`sent` is not final, but what follows only a receipt can tell.)
    pub const fn is_settled(self) -> bool {
        self.rank() >= Self::Sent.rank()
    }
}

/// What a delivery receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptStatus {
    /// On its way; nothing that we do not know.
    Pending,
    /// The carrier took it.
    Sent,
    /// It arrived.
    Delivered,
    /// It was taken but did not arrive.
    Undelivered,
    /// It was not sent.
    Failed,
}

/// Where an outbound message comes from (E16 to E18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Written by a person.
    Manual,
    /// Part of a marketing campaign.
    Campaign,
    /// An automatic notification to the customer.
    Notification,
}

/// A message as the product knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its place in the timeline.
    pub sequence: u64,
    /// When we accepted it.
    pub accepted_at: Timestamp,
    /// Its text; may be empty when it has media.
    pub text: String,
    /// Its media, in order.
    pub media: Vec<Media>,
    /// What only one direction has.
    pub way: Way,
}

/// What only an inbound or only an outbound message has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the customer.
    Inbound {
        /// The carrier's name for it.
        reference: CarrierReference,
        /// Who was assigned when it arrived: those who are told of it (C12).
        assignees: BTreeSet<UserId>,
        /// Who had muted the conversation: they are told without an alert (X06).
        muted_by: BTreeSet<UserId>,
        /// Whether the contact was blocked: then nobody is told and nothing is answered.
        blocked: bool,
        /// What it says about consent, if anything (I07).
        consent: Option<Said>,
    },
    /// To the customer.
    Outbound(Box<Delivery>),
}

impl Message {
    /// Which way it went.
    pub fn direction(&self) -> Direction {
        match self.way {
            Way::Inbound { .. } => Direction::Inbound,
            Way::Outbound(_) => Direction::Outbound,
        }
    }

    /// Its kind in the timeline.
    pub fn kind(&self) -> EntryKind {
        match self.way {
            Way::Inbound { .. } => EntryKind::IncomingMessage,
            Way::Outbound(_) => EntryKind::OutgoingMessage,
        }
    }

    /// What it comes from (E16 to E18): what a customer writes was sent by hand.
    pub fn origin(&self) -> Origin {
        self.delivery().map_or(Origin::Manual, |delivery| delivery.origin)
    }

    /// The name of the copy of one of its files: the same however often it is copied.
    pub fn copy_id(&self, index: usize) -> MediaId {
        MediaId::derive(&[self.id.uuid().as_bytes(), &index.to_be_bytes()])
    }

    /// How many of its files have been copied, or never will be. An inbound message changes by this alone.
    pub fn copies(&self) -> u64 {
        u64::try_from(self.media.iter().filter(|it| it.copy.is_some()).count()).unwrap_or(u64::MAX)
    }

    /// The delivery of an outbound message.
    pub fn delivery(&self) -> Option<&Delivery> {
        match &self.way {
            Way::Outbound(delivery) => Some(delivery),
            Way::Inbound { .. } => None,
        }
    }

    /// The id of an inbound message: derived from what the carrier calls it, so that a repeated webhook finds the item
    /// of the first (I02).
    pub fn inbound_id(gateway: GatewayId, reference: &CarrierReference) -> MessageId {
        MessageId::derive(&[b"inbound", gateway.uuid().as_bytes(), reference.as_str().as_bytes()])
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("sequence", &self.sequence)
            .field("way", &self.way)
            .finish_non_exhaustive()
    }
}

/// Where the credits of a message are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// Held since it was accepted.
    Held,
    /// Spent: the carrier took it.
    Settled,
    /// Back in the balance: the carrier did not take it.
    Returned,
    /// Nowhere: it was never held, because the message was refused when its time had come.
    Never,
}

/// One worker's right to hand a message to the carrier. The holder's name tells a worker whether a claim whose answer got
/// lost was its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Until when; afterwards the worker counts as lost.
    pub until: Timestamp,
    /// Whose.
    pub holder: Uuid,
}

/// When a message was scheduled, and for when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduling {
    /// When it was scheduled.
    pub accepted_at: Timestamp,
    /// When it was to be sent.
    pub send_at: Timestamp,
}

/// The life of an outbound message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Who sent it: a person, a program, or the product itself.
    pub author: Actor,
    /// Where it comes from.
    pub origin: Origin,
    /// The template that its text was made from; `None`: it was composed.
    pub template: Option<TemplateId>,
    /// The gateway it leaves by.
    pub gateway: GatewayId,
    /// The gateway that it should have left by, if that one did not send it.
    pub rerouted_from: Option<GatewayId>,
    /// Until when it goes to a number that has opted out, too: it is the confirmation of that (I07). Nothing else has it.
    pub exempt_until: Option<Timestamp>,
    /// When the window closes in which it may leave; `None`: it leaves at any hour. See [`crate::quiet_hours`].
    pub leave_before: Option<Timestamp>,
    /// Until when quiet hours hold it back, or have held it back.
    pub deferred_until: Option<Timestamp>,
    /// Where it goes.
    pub to: PhoneNumber,
    /// How it is encoded on the air.
    pub encoding: Encoding,
    /// How many segments it has.
    pub segments: u32,
    /// Its price.
    pub credits: Credits,
    /// Where its price is.
    pub charge: Charge,
    /// Its status.
    pub status: Status,
    /// When it was scheduled and for when, if it was.
    pub scheduled: Option<Scheduling>,
    /// How often it was handed to the carrier.
    pub attempts: u32,
    /// Whose the present attempt is; `None` between attempts.
    pub lease: Option<Lease>,
    /// The carrier's name for it.
    pub reference: Option<CarrierReference>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// When the status last changed.
    pub updated_at: Timestamp,
    /// Rises with every change; storage writes only over the version it has read.
    pub version: u64,
}

/// What a worker should do with a message it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Store this delivery, then call the carrier.
    Send(Delivery),
    /// Store this delivery: an earlier worker was lost in the middle, nobody knows whether the carrier has it.
    Lost(Delivery),
    /// Ask the carrier whether it has the message, or wait for the receipt.
    Check,
    /// Another worker has it. Come back when its lease is over.
    Busy,
    /// Nothing is left to do.
    Done,
}

/// The outcome of handing a message to a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The carrier took it.
    Accepted(CarrierReference),
    /// The carrier did not and will not take it.
    Refused(Failure),
    /// The carrier surely did not take it now, but may later.
    TryLater,
    /// It may or may not have been taken.
    Unknown,
}

/// A delivery after a step, and what the step does to the balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The delivery to store.
    pub delivery: Delivery,
    /// The move of credits to store with it.
    pub credits: Option<CreditMove>,
}

impl Delivery {
    /// Whether it goes to a number that has opted out, too: the confirmation of that, and only for its five minutes (I07).
    pub fn is_exempt(&self, now: Timestamp) -> bool {
        self.exempt_until.is_some_and(|until| now < until)
    }

    /// Whether it is too late for the window in which it may leave.
    pub fn has_missed_window(&self, now: Timestamp) -> bool {
        self.leave_before.is_some_and(|closes| closes <= now)
    }

    /// Lets it leave in another window, if it is asked for one.
    #[must_use]
    pub fn within(self, window: Option<Verdict>) -> Self {
        match window {
            Some(Verdict::Open { until }) => Self { leave_before: Some(until), ..self },
            Some(Verdict::Quiet { .. }) | None => self,
        }
    }

    /// Holds it back until its recipient's quiet hours are over.
    #[must_use]
    pub fn defer(&self, until: Timestamp, now: Timestamp) -> Self {
        Self { deferred_until: Some(until), updated_at: now, ..self.clone() }
    }

    /// What the worker `holder` should do now.
    pub fn claim(&self, now: Timestamp, holder: Uuid) -> Claim {
        match (self.status, self.lease) {
            (Status::Sending, Some(lease)) if now < lease.until => Claim::Busy,
            (Status::Sending, Some(_)) => Claim::Lost(Self {
                status: Status::Unconfirmed,
                lease: None,
                updated_at: now,
                ..self.clone()
            }),
            (Status::Queued | Status::Sending, _) => Claim::Send(Self {
                status: Status::Sending,
                attempts: self.attempts.saturating_add(1),
                lease: now.checked_add(LEASE_FOR).ok().map(|until| Lease { until, holder }),
                updated_at: now,
                ..self.clone()
            }),
            (Status::Unconfirmed, _) => Claim::Check,
            (
                Status::Scheduled
                | Status::Sent
                | Status::Failed
                | Status::Cancelled
                | Status::Undelivered
                | Status::Delivered,
                _,
            ) => Claim::Done,
        }
    }

    /// Lets it leave by another gateway, because the one it was given to has surely not sent it. `None`: it has done so
    /// before, or is settled. It counts as not tried yet, and its place in the conversation stays.
    pub fn reroute(&self, to: GatewayId, now: Timestamp) -> Option<Self> {
        let may = self.status == Status::Sending && self.rerouted_from.is_none() && to != self.gateway;
        may.then(|| Self {
            gateway: to,
            rerouted_from: Some(self.gateway),
            attempts: 0,
            lease: None,
            updated_at: now,
            ..self.clone()
        })
    }

    /// The carrier answered, or did not. `accepted_at` is when the message was accepted by us. `None`: nothing changes,
    /// because a receipt has already said more.
    pub fn conclude(&self, outcome: Outcome, accepted_at: Timestamp, now: Timestamp) -> Option<Step> {
        if self.status.is_settled() {
            return None;
        }
        // The night does not count against it.
        let since = self.deferred_until.map_or(accepted_at, |until| until.max(accepted_at));
        match outcome {
            Outcome::Accepted(reference) => {
                let taken = Self { reference: Some(reference), ..self.clone() };
                Some(taken.rise(Status::Sent, None, now))
            }
            Outcome::Refused(failure) => Some(self.rise(Status::Failed, Some(failure), now)),
            // Also what a carrier says when it is asked for an unconfirmed message that never reached it.
            Outcome::TryLater if now.duration_since(since) < GIVE_UP_AFTER => Some(Step {
                delivery: Self { status: Status::Sending, lease: None, updated_at: now, ..self.clone() },
                credits: None,
            }),
            Outcome::TryLater => Some(self.fail(Refusal::GaveUp, now)),
            Outcome::Unknown => Some(Step {
                delivery: Self { status: Status::Unconfirmed, lease: None, updated_at: now, ..self.clone() },
                credits: None,
            }),
        }
    }

    /// A receipt arrived. `None`: it says nothing new.
    pub fn receipt(&self, status: ReceiptStatus, failure: Option<Failure>, now: Timestamp) -> Option<Step> {
        let status = match status {
            ReceiptStatus::Pending => return None,
            ReceiptStatus::Sent => Status::Sent,
            ReceiptStatus::Delivered => Status::Delivered,
            ReceiptStatus::Undelivered => Status::Undelivered,
            ReceiptStatus::Failed => Status::Failed,
        };
        (status.rank() > self.status.rank()).then(|| self.rise(status, failure, now))
    }

    /// Gives up an attempt whose outcome stayed unknown for too long. `None`: it is not time yet, or nothing is open.
    pub fn expire(&self, now: Timestamp) -> Option<Step> {
        let waiting =
            self.status == Status::Unconfirmed && now.duration_since(self.updated_at) >= UNCONFIRMED_FOR;
        waiting.then(|| self.fail(Refusal::NeverConfirmed, now))
    }

    /// Ends a message that no carrier has seen. `None` if one may have.
    pub fn withdraw(&self, reason: Refusal, now: Timestamp) -> Option<Step> {
        let untouched = match self.status {
            Status::Queued => true,
            Status::Sending => self.lease.is_none(),
            _ => false,
        };
        untouched.then(|| self.fail(reason, now))
    }

    fn fail(&self, reason: Refusal, now: Timestamp) -> Step {
        self.rise(Status::Failed, Some(Failure { reason, code: None }), now)
    }

    fn rise(&self, status: Status, failure: Option<Failure>, now: Timestamp) -> Step {
        let (charge, credits) = match (self.charge, status) {
            (Charge::Held, Status::Failed) => (Charge::Returned, Some(CreditMove::Return(self.credits))),
            (Charge::Held, Status::Sent | Status::Delivered | Status::Undelivered) => {
                (Charge::Settled, Some(CreditMove::Settle(self.credits)))
            }
            (charge, _) => (charge, None),
        };
        let delivery = Self { status, charge, failure, lease: None, updated_at: now, ..self.clone() };
        Step { delivery, credits }
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
