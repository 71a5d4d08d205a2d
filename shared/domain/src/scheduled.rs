//! Scheduled messages: written now, sent at their time.
//!
//! A scheduled message is no message of its conversation yet: it takes its place there when its time comes, so what is said
//! meanwhile stands above it. Until then it can be edited and taken back. What is asked of a message (permission, consent,
//! credits) is asked at its time, of whoever touched it last. One that is to stop when the customer answers is over from the
//! moment they write: everything that looks at it asks [`Scheduled::standing`], and nothing has to be faster than the text.

use std::fmt;

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    body::MessageBody,
    conversation::Conversation,
    credits::Credits,
    id::{ConversationId, GatewayId, MessageId, TemplateId},
    job::Starter,
    message::{Charge, Delivery, Failure, Media, Message, Origin, Refusal, Scheduling, Status, Way},
    phone::PhoneNumber,
    prices::price,
    quiet_hours::Heed,
    segments::{Segmentation, segment},
    timeline::Actor,
};

/// How far ahead a message has to be scheduled at least: what is nearer is sent.
pub const AHEAD_MIN: SignedDuration = SignedDuration::from_mins(1);
/// How long after its time a message is still sent; later it would be out of place.
pub const LATE_MAX: SignedDuration = SignedDuration::from_hours(4);

/// Why a message cannot be scheduled for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendTimeError {
    /// It is over, or now.
    #[error("a message is scheduled at least one minute ahead")]
    TooSoon,
    /// It is too far away.
    #[error("a message is scheduled at most one year ahead")]
    TooFar,
}

/// The time for which a message may be scheduled: from one minute to one year ahead, in whole milliseconds. A year is one of
/// the calendar: it ends on the same date, or on 28 February where that date is a leap day.
pub fn send_time(wanted: Timestamp, now: Timestamp) -> Result<Timestamp, SendTimeError> {
    let wanted = Timestamp::from_millisecond(wanted.as_millisecond()).unwrap_or(wanted);
    if wanted.duration_since(now) < AHEAD_MIN {
        return Err(SendTimeError::TooSoon);
    }
    let last = now.to_zoned_datetime(TimeZone::UTC).checked_add(1.year());
    match last {
        Ok(last) if wanted <= last.timestamp() => Ok(wanted),
        _ => Err(SendTimeError::TooFar),
    }
}

/// Whether a scheduled message still waits for its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It waits.
    Waiting,
    /// Somebody has taken it back.
    Cancelled,
    /// The customer wrote before its time.
    Answered,
}

/// A message to be sent later.
#[derive(Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Its id, which stays its id.
    pub id: MessageId,
    /// The conversation that it will be in, which may not have begun.
    pub conversation: ConversationId,
    /// The gateway it leaves by.
    pub gateway: GatewayId,
    /// Where it goes.
    pub to: PhoneNumber,
    /// Its text, as it will leave: fields of a template are filled already.
    pub text: String,
    /// Its media, in order.
    pub media: Vec<Media>,
    /// The template that its text was made from; `None`: it was composed.
    pub template: Option<TemplateId>,
    /// Whether it is a text of the sender's own (X12).
    pub is_composed: bool,
    /// Who the timeline will say it was: whoever touched it last.
    pub author: Actor,
    /// The same, as far as it takes to find out what they may do when its time comes.
    pub sender: Starter,
    /// When it is to be sent.
    pub send_at: Timestamp,
    /// What the customer's quiet hours are to it.
    pub quiet_hours: Heed,
    /// Whether it is not sent if the customer writes before.
    pub stop_if_answered: bool,
    /// The customer's last text when that was said (see [`crate::conversation::LastInbound::place`]).
    pub watched_from: Option<u64>,
    /// What has become of it, as far as that is written down.
    pub standing: Standing,
    /// What the request that made it looked like, in a hash.
    pub fingerprint: String,
    /// When it was scheduled.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Rises with every change; storage writes only over the version it has read.
    pub version: u64,
}

impl fmt::Debug for Scheduled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduled")
            .field("id", &self.id)
            .field("send_at", &self.send_at)
            .field("standing", &self.standing)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// What is edited of a scheduled message; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Another text, composed by whoever edits.
    pub body: Option<MessageBody>,
    /// Another time.
    pub send_at: Option<Timestamp>,
    /// Whether it is not sent if the customer writes before.
    pub stop_if_answered: Option<bool>,
}

impl Scheduled {
    /// How its text travels.
    pub fn segmentation(&self) -> Segmentation {
        segment(&self.text)
    }

    /// What it costs. Nothing is held for it before its time.
    pub fn price(&self) -> Credits {
        price((&self.to).into(), self.segmentation().segments, !self.media.is_empty(), self.send_at)
    }

    /// What has become of it. `conversation` is the one it will be in, as it is now; `None`: it has not begun.
    pub fn standing(&self, conversation: Option<&Conversation>) -> Standing {
        let inbound = conversation.and_then(|it| it.last_inbound).map(|it| it.place);
        let is_answered = self.stop_if_answered && inbound > self.watched_from;
        if self.standing == Standing::Waiting && is_answered { Standing::Answered } else { self.standing }
    }

    /// Begins to look out for the customer's answer.
    pub fn watch(&mut self, conversation: Option<&Conversation>) {
        self.watched_from = conversation.and_then(|it| it.last_inbound).map(|it| it.place);
    }

    /// Changes it. An answer is one to what it says now, so it is looked out for anew when that is asked for anew.
    pub fn edit(&mut self, edit: Edit, conversation: Option<&Conversation>, now: Timestamp) {
        if let Some(body) = edit.body {
            body.as_str().clone_into(&mut self.text);
            (self.template, self.is_composed) = (None, true);
        }
        if let Some(send_at) = edit.send_at {
            self.send_at = send_at;
            if self.is_deferred() {
                self.quiet_hours = Heed::Keep;
            }
        }
        if let Some(stop) = edit.stop_if_answered {
            if stop && !self.stop_if_answered {
                self.watch(conversation);
            }
            self.stop_if_answered = stop;
        }
        self.updated_at = now;
    }

    /// Whether it is quiet hours that it waits for.
    pub fn is_deferred(&self) -> bool {
        self.quiet_hours == Heed::Deferred
    }

    /// Puts it off until its recipient's quiet hours are over.
    pub fn defer(&mut self, until: Timestamp, now: Timestamp) {
        (self.send_at, self.quiet_hours, self.updated_at) = (until, Heed::Deferred, now);
    }

    /// Ends it before its time.
    pub fn end(&mut self, standing: Standing, now: Timestamp) {
        (self.standing, self.updated_at) = (standing, now);
    }

    /// Whether it is so late that it is not sent any more.
    pub fn is_too_late(&self, now: Timestamp) -> bool {
        now.duration_since(self.send_at) > LATE_MAX
    }

    /// It as the message that it may become.
    pub fn as_message(&self, conversation: Option<&Conversation>) -> Message {
        let (status, reason) = match self.standing(conversation) {
            Standing::Waiting => (Status::Scheduled, None),
            Standing::Cancelled => (Status::Cancelled, None),
            Standing::Answered => (Status::Cancelled, Some(Refusal::Answered)),
        };
        self.message_with(status, reason)
    }

    /// It as the message that was refused when its time had come.
    pub fn refused(&self, reason: Refusal, sequence: u64, now: Timestamp) -> Message {
        let mut message = self.message_with(Status::Failed, Some(reason));
        (message.sequence, message.accepted_at) = (sequence, now);
        if let Way::Outbound(delivery) = &mut message.way {
            delivery.updated_at = now;
        }
        message
    }

    fn message_with(&self, status: Status, reason: Option<Refusal>) -> Message {
        let segmentation = self.segmentation();
        let delivery = Delivery {
            author: self.author,
            origin: Origin::Manual,
            template: self.template,
            gateway: self.gateway,
            to: self.to.clone(),
            encoding: segmentation.encoding,
            segments: segmentation.segments,
            credits: self.price(),
            charge: Charge::Never,
            status,
            scheduled: Some(self.scheduling()),
            rerouted_from: None,
            exempt_until: None,
            leave_before: None,
            deferred_until: self.is_deferred().then_some(self.send_at),
            attempts: 0,
            lease: None,
            reference: None,
            failure: reason.map(|reason| Failure { reason, code: None }),
            updated_at: self.updated_at,
            version: 1,
        };
        Message {
            id: self.id,
            conversation: self.conversation,
            sequence: 0,
            accepted_at: self.created_at,
            text: self.text.clone(),
            media: self.media.clone(),
            way: Way::Outbound(Box::new(delivery)),
        }
    }

    /// When it was scheduled and for when.
    pub fn scheduling(&self) -> Scheduling {
        Scheduling { accepted_at: self.created_at, send_at: self.send_at }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        conversation::Start,
        id::{Id, Kind},
    };

    fn id<K: Kind>(n: u128) -> Id<K> {
        Id::from_uuid(uuid::Uuid::from_u128(n))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn conversation() -> Conversation {
        Conversation::start(Start {
            account: id(1),
            gateway: id(2),
            contact: id(3),
            contact_number: "+12125550123".parse().unwrap(),
            contact_name: None,
            at: Timestamp::UNIX_EPOCH,
        })
    }

    fn scheduled(stop_if_answered: bool) -> Scheduled {
        let user = id(4);
        Scheduled {
            id: id(5),
            conversation: conversation().id,
            gateway: id(2),
            to: "+12125550123".parse().unwrap(),
            text: "Your table is ready.".into(),
            media: Vec::new(),
            template: Some(id(6)),
            is_composed: false,
            author: Actor::User(user),
            sender: Starter { user, api_key: None, session: None, address: None },
            send_at: at("2030-01-01T09:00:00Z"),
            quiet_hours: Heed::Keep,
            stop_if_answered,
            watched_from: None,
            standing: Standing::Waiting,
            fingerprint: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            version: 1,
        }
    }

    fn write(conversation: &mut Conversation) {
        conversation.take_place(id(7));
        conversation.receive(Timestamp::UNIX_EPOCH, "Hello");
    }

    #[test]
    fn scheduled_messages_are_one_minute_to_one_year_ahead() {
        for (now, wanted, expected) in [
            ("2026-06-02T15:00:00Z", "2026-06-02T15:00:59.999Z", Err(SendTimeError::TooSoon)),
            ("2026-06-02T15:00:00Z", "2026-06-02T15:01:00Z", Ok("2026-06-02T15:01:00Z")),
            ("2026-06-02T15:00:00Z", "2026-06-02T15:01:00.0009Z", Ok("2026-06-02T15:01:00Z")),
            ("2026-06-02T15:00:00Z", "2025-06-02T15:01:00Z", Err(SendTimeError::TooSoon)),
            ("2026-06-02T15:00:00Z", "2027-06-02T15:00:00Z", Ok("2027-06-02T15:00:00Z")),
            ("2026-06-02T15:00:00Z", "2027-06-02T15:00:00.001Z", Err(SendTimeError::TooFar)),
            // Over the turn of a year, to, over and from a leap day.
            ("2026-12-31T23:59:30Z", "2027-01-01T00:00:30Z", Ok("2027-01-01T00:00:30Z")),
            ("2027-03-01T00:00:00Z", "2028-02-29T23:59:59Z", Ok("2028-02-29T23:59:59Z")),
            ("2027-06-01T00:00:00Z", "2028-06-01T00:00:00Z", Ok("2028-06-01T00:00:00Z")),
            ("2028-02-29T12:00:00Z", "2029-02-28T12:00:00Z", Ok("2029-02-28T12:00:00Z")),
            ("2028-02-29T12:00:00Z", "2029-02-28T12:00:00.001Z", Err(SendTimeError::TooFar)),
        ] {
            assert_eq!(send_time(at(wanted), at(now)), expected.map(at), "{wanted} at {now}");
        }
        assert_eq!(send_time(Timestamp::MAX, Timestamp::UNIX_EPOCH), Err(SendTimeError::TooFar));
        assert_eq!(send_time(Timestamp::MIN, Timestamp::MAX), Err(SendTimeError::TooSoon));
    }

    #[test]
    fn scheduled_messages_stop_when_the_customer_answers_if_that_was_asked_for() {
        let mut thread = conversation();
        write(&mut thread);
        for (stop, standing) in [(true, Standing::Answered), (false, Standing::Waiting)] {
            let mut message = scheduled(stop);
            message.watch(Some(&thread));
            assert_eq!(message.standing(Some(&thread)), Standing::Waiting, "what came before is no answer");
            let mut answered = thread.clone();
            write(&mut answered);
            assert_eq!(message.standing(Some(&answered)), standing);
        }
        let first = scheduled(true);
        assert_eq!(first.standing(None), Standing::Waiting);
        assert_eq!(first.standing(Some(&thread)), Standing::Answered, "the first text ever is an answer");
        let shown = first.as_message(Some(&thread));
        let delivery = shown.delivery().unwrap();
        assert_eq!((delivery.status, delivery.charge), (Status::Cancelled, Charge::Never));
        assert_eq!(delivery.failure.as_ref().unwrap().reason, Refusal::Answered);
    }

    #[test]
    fn scheduled_messages_that_are_edited_are_composed_and_look_out_for_answers_from_then_on() {
        let mut thread = conversation();
        let mut message = scheduled(false);
        write(&mut thread);
        let now = at("2029-01-01T00:00:00Z");
        let edit = Edit { stop_if_answered: Some(true), ..Edit::default() };
        message.edit(edit.clone(), Some(&thread), now);
        assert_eq!(message.standing(Some(&thread)), Standing::Waiting);
        assert_eq!((message.is_composed, message.updated_at), (false, now));
        write(&mut thread);
        message.edit(edit, Some(&thread), now);
        assert_eq!(message.standing(Some(&thread)), Standing::Answered, "asked for already");
        let body = Edit { body: Some("🎉".repeat(36).parse().unwrap()), ..Edit::default() };
        message.edit(body, None, now);
        assert_eq!((message.is_composed, message.template, message.price()), (true, None, Credits::from(2)));
    }

    proptest! {
        /// A time that is accepted is within its bounds, and one that is refused is not.
        #[test]
        fn scheduled_messages_are_within_their_bounds(now in 0..3_000_000_000_i64, ahead in -100_000..40_000_000_i64) {
            let now = Timestamp::from_second(now).unwrap();
            let wanted = now.checked_add(SignedDuration::from_secs(ahead)).unwrap();
            match send_time(wanted, now) {
                Ok(time) => prop_assert!(time == wanted && (60..=366 * 86_400).contains(&ahead)),
                Err(SendTimeError::TooSoon) => prop_assert!(ahead < 60),
                Err(SendTimeError::TooFar) => prop_assert!(ahead > 365 * 86_400),
            }
        }
    }
}
