//! Users who have left and whose conversations are still to be given to others.

use domain::id::{AccountId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Store,
    error::StoreError,
    item::{Item, NewItem, Stored, millis, text},
    keys::{self, PK},
    write::Expect,
};

/// A user who has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Who.
    pub user: UserId,
    /// Who gets their conversations; `None`: nobody, they become unassigned.
    pub successor: Option<UserId>,
    /// Who removed them, for the timelines.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct DepartureItem {
    user: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    successor: Option<UserId>,
    by: UserId,
    #[serde(with = "millis")]
    at: Timestamp,
}

impl Stored for DepartureItem {
    const KIND: &'static str = "departure";
}

impl From<DepartureItem> for Departure {
    fn from(DepartureItem { user, successor, by, at }: DepartureItem) -> Self {
        Self { user, successor, by, at }
    }
}

impl Store {
    /// Departures of before `now` that are not done with, oldest first, at most `limit` of each shard.
    pub async fn due_departures(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AccountId, UserId)>, StoreError> {
        let items = self.due(keys::due_departures, now, limit).await?;
        Ok(items.iter().filter_map(|item: &Item| keys::parse_departure(text(item, PK)?)).collect())
    }
}

impl AccountStore {
    pub(crate) fn departure_item(&self, departure: &Departure) -> Result<NewItem, StoreError> {
        let Departure { user, successor, by, at } = *departure;
        let item = DepartureItem { user, successor, by, at };
        let item = NewItem::new(keys::departure(self.account, user), &item)?;
        Ok(item.wanting_attention(keys::due_departures(keys::departure_shard(user)), at))
    }

    /// The departure of a user, if it is not done with.
    pub async fn departure(&self, user: UserId) -> Result<Option<Departure>, StoreError> {
        let item: Option<DepartureItem> = self.store.get(keys::departure(self.account, user)).await?;
        Ok(item.map(Departure::from))
    }

    /// Forgets a departure: nothing is left to give away.
    pub async fn departed(&self, user: UserId) -> Result<(), StoreError> {
        let expect = Expect { expression: "attribute_exists(pk)", values: Vec::new() };
        self.store.delete_if(keys::departure(self.account, user), expect).await.map(drop)
    }
}
