//! Gateways: our sender IDs at the carriers (D25, D26), what each can carry, and how fast.

use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    account::CarrierId,
    id::{AccountId, GatewayId},
    message::{Origin, Refusal},
    name::DisplayName,
    phone::PhoneNumber,
    sender_id::{SenderId, SenderKind},
};

/// A gateway: one of our sender IDs at one carrier. Its credentials lie in the secret store, not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Its id; part of the webhook addresses that the carrier calls.
    pub id: GatewayId,
    /// Whose it is.
    pub account: AccountId,
    /// Its name for people.
    pub name: DisplayName,
    /// Its carrier.
    pub carrier: CarrierId,
    /// What customers see: our number, a short code or a name.
    pub sender: SenderId,
    /// Whether media can be sent from it (D26).
    pub sends_media: bool,
    /// How fast it may send; `None`: as fast as the carrier takes it.
    pub pace: Option<Pace>,
    /// From which gateway a message leaves when this one has surely not sent it; `None`: from no other.
    pub backup: Option<GatewayId>,
    /// When it was retired: nothing leaves by it any more. What customers still write to it arrives.
    pub retired_at: Option<Timestamp>,
    /// Since when it does not work; `None`: it does, as far as is known.
    pub trouble: Option<Trouble>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A gateway does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Since when.
    pub since: Timestamp,
    /// What its carrier said first.
    pub reason: Refusal,
}

/// Why a gateway cannot be used for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsuitable {
    /// It is retired.
    #[error("the gateway is retired: choose another one")]
    Retired,
    /// The message has media, and it sends none.
    #[error("the gateway sends no media: choose one that does, such as a long code")]
    NoMedia,
}

impl Gateway {
    /// Whether a message with or without media can leave by it.
    pub const fn suits(&self, has_media: bool) -> Result<(), Unsuitable> {
        if self.retired_at.is_some() {
            return Err(Unsuitable::Retired);
        }
        if has_media && !self.sends_media { Err(Unsuitable::NoMedia) } else { Ok(()) }
    }

    /// Whether a new gateway sends media unless somebody says otherwise: numbers of North America do, and the phone
    /// simulator's. Elsewhere few carriers carry MMS.
    pub fn sends_media_at_first(carrier: CarrierId, sender: &SenderId) -> bool {
        const NORTH_AMERICA: u16 = 1;
        if carrier == CarrierId::Simulated {
            return sender.kind().can_receive();
        }
        sender.number().and_then(PhoneNumber::country_calling_code) == Some(NORTH_AMERICA)
    }
}

/// How many segments a gateway may hand to its carrier in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Pace(NonZeroU32);

/// The number of segments is no pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a gateway sends 1 to {} segments a second", Pace::MAX)]
pub struct InvalidPace;

/// Who goes first where messages wait for a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for it: an answer, a single message.
    Interactive,
    /// One of many that nobody waits for.
    Bulk,
}

impl From<Origin> for Priority {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Campaign => Self::Bulk,
            Origin::Manual | Origin::Notification => Self::Interactive,
        }
    }
}

impl Pace {
    /// The fastest that can be asked for.
    pub const MAX: u32 = 1_000;

    /// What carriers allow a sender of which nothing more is known, in segments a second. Sources: Twilio, "Understanding
    /// Twilio rate limits and message queues"; AWS, "SMS limits: message parts per second". A number of North America that is
    /// registered may send faster: the account says so at the gateway.
    pub fn usual(carrier: CarrierId, sender: &SenderId) -> Option<Self> {
        const NORTH_AMERICA: u16 = 1;
        if carrier == CarrierId::Simulated {
            return None;
        }
        let code = sender.number().and_then(PhoneNumber::country_calling_code);
        let segments = match sender.kind() {
            SenderKind::LongCode if code == Some(NORTH_AMERICA) => 1,
            SenderKind::TollFree => 3,
            SenderKind::ShortCode => 100,
            SenderKind::LongCode | SenderKind::Alphanumeric => 10,
        };
        Self::try_from(segments).ok()
    }

    /// How long a message of so many segments takes.
    pub fn time_for(self, segments: u32) -> SignedDuration {
        let millis = u64::from(segments.max(1)).saturating_mul(1_000).div_ceil(u64::from(self.0.get()));
        SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    /// How far ahead of the clock messages may be handed over: a second's worth, and at least two segments, of which the last
    /// is kept for those whom somebody waits for.
    pub fn slack(self, priority: Priority) -> SignedDuration {
        let segments = match priority {
            Priority::Interactive => self.0.get().saturating_sub(1).max(1),
            Priority::Bulk => self.0.get().saturating_sub(2),
        };
        if segments == 0 { SignedDuration::ZERO } else { self.time_for(segments) }
    }
}

impl TryFrom<u32> for Pace {
    type Error = InvalidPace;
    fn try_from(segments: u32) -> Result<Self, InvalidPace> {
        let segments = NonZeroU32::new(segments).filter(|it| it.get() <= Self::MAX);
        segments.map(Self).ok_or(InvalidPace)
    }
}

impl From<Pace> for u32 {
    fn from(pace: Pace) -> Self {
        pace.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(segments: u32) -> Pace {
        segments.try_into().unwrap()
    }

    #[test]
    fn d26_each_kind_of_sender_has_its_pace_and_says_whether_it_carries_media() {
        for (carrier, sender, segments, media) in [
            (CarrierId::Twilio, "+12025550100", Some(1), true),
            (CarrierId::Twilio, "+18003569377", Some(3), true),
            (CarrierId::Twilio, "72345", Some(100), false),
            (CarrierId::Twilio, "Florist", Some(10), false),
            (CarrierId::Telnyx, "+447700900123", Some(10), false),
            (CarrierId::Simulated, "+447700900123", None, true),
            (CarrierId::Simulated, "Florist", None, false),
        ] {
            let sender: SenderId = sender.parse().unwrap();
            assert_eq!(Pace::usual(carrier, &sender).map(u32::from), segments, "{sender}");
            assert_eq!(Gateway::sends_media_at_first(carrier, &sender), media, "{sender}");
        }
    }

    #[test]
    fn a_long_message_takes_as_long_as_its_segments() {
        assert_eq!(pace(1).time_for(3), SignedDuration::from_secs(3));
        assert_eq!(pace(100).time_for(3), SignedDuration::from_millis(30));
        assert_eq!(pace(3).time_for(1), SignedDuration::from_millis(334));
        assert!(Pace::try_from(0).is_err() && Pace::try_from(Pace::MAX + 1).is_err());
    }

    #[test]
    fn bulk_leaves_room_for_what_somebody_waits_for() {
        for segments in [1, 2, 3, 10, 100] {
            let pace = pace(segments);
            assert!(pace.slack(Priority::Interactive) > pace.slack(Priority::Bulk), "{segments}");
        }
        assert_eq!(pace(1).slack(Priority::Bulk), SignedDuration::ZERO);
    }
}
