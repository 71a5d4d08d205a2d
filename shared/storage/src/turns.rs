//! Turns: how fast messages leave a gateway (D26).
//!
//! One item for each gateway says until when its carrier is busy with what it was handed; all workers share it. A turn is one
//! write while the gateway is idle, two while it is busy. Whoever gets none takes a place in line, which only says when to come
//! back: what counts is the turn.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    gateway::{Pace, Priority},
    id::GatewayId,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store,
    error::StoreError,
    item::{NewItem, Stored, millis},
    keys,
    write::Expect,
};

/// Whoever waits comes back after this long at the latest: by then much may have changed.
const WAIT_MAX: SignedDuration = SignedDuration::from_mins(15);

/// The pace of a gateway.
#[derive(Serialize, Deserialize)]
pub(crate) struct TurnsItem {
    /// Until when the carrier is busy with what it has.
    #[serde(with = "millis")]
    busy_until: Timestamp,
    /// When whoever came last of those in line comes back.
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    interactive_line: Option<Timestamp>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    bulk_line: Option<Timestamp>,
}

impl Stored for TurnsItem {
    const KIND: &'static str = "turns";
}

/// Whether a message may be handed to the carrier now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is its turn. Asking again takes another one.
    Now,
    /// It is not; come back after this long.
    After(SignedDuration),
}

impl Store {
    /// Takes a gateway's turn for a message of so many segments.
    pub async fn take_turn(
        &self,
        gateway: GatewayId,
        pace: Pace,
        segments: u32,
        priority: Priority,
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        let time = pace.time_for(segments);
        let slack = pace.slack(priority);
        let key = || keys::turns(gateway);
        let idle = self
            .update_if(
                key(),
                "SET busy_until = :until",
                vec![(":now", millis_of(now)), (":until", millis_of(later(now, time)))],
                "busy_until <= :now",
            )
            .await?;
        if idle {
            return Ok(Turn::Now);
        }
        let fits = self
            .update_if(
                key(),
                "SET busy_until = busy_until + :time",
                vec![
                    (":latest", millis_of(later(now, slack))),
                    (":time", AttributeValue::N(time.as_millis().to_string())),
                ],
                "busy_until <= :latest",
            )
            .await?;
        if fits {
            return Ok(Turn::Now);
        }
        match self.get::<TurnsItem>(key()).await? {
            Some(item) => self.place_in_line(gateway, &item, priority, (time, slack), now).await,
            None => self.first_turn(gateway, later(now, time)).await,
        }
    }

    /// The first turn of all that a gateway gives. Whoever is second comes back at once.
    async fn first_turn(&self, gateway: GatewayId, busy_until: Timestamp) -> Result<Turn, StoreError> {
        let item = TurnsItem { busy_until, interactive_line: None, bulk_line: None };
        let item = NewItem::new(keys::turns(gateway), &item)?;
        let first = self.put_if(item, Expect::absent()).await?;
        Ok(if first { Turn::Now } else { Turn::After(SignedDuration::ZERO) })
    }

    /// When to come back: after all who were there before. Two who ask at the same moment may be told the same; then one of
    /// them asks once more.
    async fn place_in_line(
        &self,
        gateway: GatewayId,
        item: &TurnsItem,
        priority: Priority,
        (time, slack): (SignedDuration, SignedDuration),
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        let last = match priority {
            Priority::Interactive => item.interactive_line,
            Priority::Bulk => item.bulk_line,
        };
        let free = item.busy_until.checked_sub(slack).unwrap_or(item.busy_until);
        let place = last.map_or(free, |last| free.max(later(last, time))).max(now);
        let (expression, condition) = match priority {
            Priority::Interactive => (
                "SET interactive_line = :place",
                "attribute_not_exists(interactive_line) OR interactive_line < :place",
            ),
            Priority::Bulk => {
                ("SET bulk_line = :place", "attribute_not_exists(bulk_line) OR bulk_line < :place")
            }
        };
        self.update_if(keys::turns(gateway), expression, vec![(":place", millis_of(place))], condition)
            .await?;
        Ok(Turn::After(place.duration_since(now).min(WAIT_MAX)))
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn millis_of(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_millisecond().to_string())
}
