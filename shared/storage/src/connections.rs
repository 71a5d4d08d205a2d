//! Connections of people who look, and who looks at which conversation.
//!
//! A connection lies with its account, one for each tab or device, and is found by its name through a place of its own. Who
//! looks at a conversation stands in a partition of that conversation, so that two who come at the same time see each other:
//! each writes before it reads. None of this is the truth about anything; it expires by itself.

use std::net::IpAddr;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::{ConversationAccess, MessageAccess, Viewer},
    id::{AccountId, ConversationId, SessionId, UserId},
    live::{ConnectionId, Ticket},
    name::DisplayName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Store,
    error::StoreError,
    item::{NewItem, Stored, millis, read, text},
    keys::{self, SK},
    query::{Index, Range, Read},
    write::Expect,
};

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its name.
    pub id: ConnectionId,
    /// Whose.
    pub user: UserId,
    /// Their name, as others see it.
    pub name: DisplayName,
    /// It lasts as long as this session.
    pub session: SessionId,
    /// From which address it was opened.
    pub address: Option<IpAddr>,
    /// What its person could see when that was looked at last.
    pub viewer: Viewer,
    /// When that was.
    pub checked_at: Timestamp,
    /// Which conversation they are looking at.
    pub watching: Option<ConversationId>,
    /// When it ends, unless its client says something.
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ConnectionPlaceItem {
    account: AccountId,
    user: UserId,
}

impl Stored for ConnectionPlaceItem {
    const KIND: &'static str = "connection_place";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ConnectionItem {
    id: ConnectionId,
    user: UserId,
    name: DisplayName,
    session: SessionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    access: ConversationAccess,
    message_access: MessageAccess,
    #[serde(with = "millis")]
    checked_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    watching: Option<ConversationId>,
    #[serde(with = "millis")]
    ends_at: Timestamp,
}

impl Stored for ConnectionItem {
    const KIND: &'static str = "connection";
}

impl From<&Connection> for ConnectionItem {
    fn from(it: &Connection) -> Self {
        Self {
            id: it.id.clone(),
            user: it.user,
            name: it.name.clone(),
            session: it.session,
            address: it.address,
            access: it.viewer.access,
            message_access: it.viewer.message_access,
            checked_at: it.checked_at,
            watching: it.watching,
            ends_at: it.expires_at,
        }
    }
}

impl From<ConnectionItem> for Connection {
    fn from(it: ConnectionItem) -> Self {
        Self {
            viewer: Viewer { user: it.user, access: it.access, message_access: it.message_access },
            id: it.id,
            user: it.user,
            name: it.name,
            session: it.session,
            address: it.address,
            checked_at: it.checked_at,
            watching: it.watching,
            expires_at: it.ends_at,
        }
    }
}

/// Somebody who looks at a conversation, in one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watcher {
    /// In which connection.
    pub connection: ConnectionId,
    /// Who.
    pub user: UserId,
    /// Until when they are writing, if they are.
    pub typing_until: Option<Timestamp>,
    /// When they have stopped looking, if nothing says so earlier.
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WatcherItem {
    connection: ConnectionId,
    user: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "millis::option")]
    typing_until: Option<Timestamp>,
    #[serde(with = "millis")]
    ends_at: Timestamp,
}

impl Stored for WatcherItem {
    const KIND: &'static str = "watcher";
}

impl From<WatcherItem> for Watcher {
    fn from(it: WatcherItem) -> Self {
        let WatcherItem { connection, user, typing_until, ends_at } = it;
        Self { connection, user, typing_until, expires_at: ends_at }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UsedTicketItem {
    user: UserId,
}

impl Stored for UsedTicketItem {
    const KIND: &'static str = "used_ticket";
}

impl Store {
    /// Whose a connection is; `None`: nobody's, or it has ended.
    pub async fn connection_of(
        &self,
        connection: &ConnectionId,
    ) -> Result<Option<(AccountId, UserId)>, StoreError> {
        let place: Option<ConnectionPlaceItem> = self.get(keys::connection_place(connection)).await?;
        Ok(place.map(|it| (it.account, it.user)))
    }
}

impl AccountStore {
    /// Uses a ticket; `false`: it was used before.
    pub async fn use_ticket(&self, ticket: &Ticket) -> Result<bool, StoreError> {
        let item = UsedTicketItem { user: ticket.user };
        let item = NewItem::new(keys::used_ticket(self.account, ticket.nonce), &item)?;
        self.store.put_if(item.expiring(ticket.expires_at), Expect::absent()).await
    }

    /// Adds a connection: its place first, so that whatever lies here can be found and removed. `false`: somebody else has
    /// one of this name.
    pub async fn add_connection(&self, connection: &Connection) -> Result<bool, StoreError> {
        let place = ConnectionPlaceItem { account: self.account, user: connection.user };
        let place = NewItem::new(keys::connection_place(&connection.id), &place)?;
        let new = self.store.put_if(place.expiring(connection.expires_at), Expect::absent()).await?;
        // It may be there because this was interrupted before, or because the answer was lost.
        let ours = Some((self.account, connection.user));
        if !new && self.store.connection_of(&connection.id).await? != ours {
            return Ok(false);
        }
        self.store.put_if(self.connection_item(connection)?, Expect::absent()).await?;
        Ok(true)
    }

    /// Saves a connection if it is still there; `false`: it is not.
    pub async fn save_connection(&self, connection: &Connection) -> Result<bool, StoreError> {
        self.store.put_if(self.connection_item(connection)?, Expect::present()).await
    }

    /// As [`AccountStore::save_connection`], after its client has said that it is there: for longer.
    pub async fn keep_connection(&self, connection: &Connection) -> Result<bool, StoreError> {
        let place = ConnectionPlaceItem { account: self.account, user: connection.user };
        let place = NewItem::new(keys::connection_place(&connection.id), &place)?;
        let there = self.store.put_if(place.expiring(connection.expires_at), Expect::present()).await?;
        Ok(there && self.save_connection(connection).await?)
    }

    fn connection_item(&self, connection: &Connection) -> Result<NewItem, StoreError> {
        let key = keys::connection(self.account, connection.user, &connection.id);
        Ok(NewItem::new(key, &ConnectionItem::from(connection))?.expiring(connection.expires_at))
    }

    /// A connection, if it is still there.
    pub async fn connection(
        &self,
        user: UserId,
        connection: &ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        let item: Option<ConnectionItem> =
            self.store.get(keys::connection(self.account, user, connection)).await?;
        Ok(item.map(Connection::from))
    }

    /// Removes a connection and what it looks at. Removing it again changes nothing.
    pub async fn remove_connection(&self, connection: &Connection) -> Result<(), StoreError> {
        if let Some(conversation) = connection.watching {
            self.unwatch(conversation, connection).await?;
        }
        let key = keys::connection(self.account, connection.user, &connection.id);
        self.store.delete_if(key, Expect::present()).await?;
        // The place last: whoever is interrupted finds the rest again.
        self.forget_place(&connection.id).await
    }

    /// Forgets whose a connection was.
    pub async fn forget_place(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        self.store.delete_if(keys::connection_place(connection), Expect::present()).await.map(drop)
    }

    /// At most `limit` connections of a user.
    pub async fn connections_of(&self, user: UserId, limit: u32) -> Result<Vec<Connection>, StoreError> {
        let range = Range::Between(format!("{user}#"), format!("{user}#~"));
        let read = Read::new(Index::Table, keys::connections(self.account), limit).range(range);
        let items = self.store.query(read).await?.items;
        items.into_iter().map(|item| Ok(self::read::<ConnectionItem>(item)?.into())).collect()
    }

    /// A page of the account's connections behind a place, and the place behind it, if there is more.
    pub async fn connections(
        &self,
        after: Option<String>,
        limit: u32,
    ) -> Result<(Vec<Connection>, Option<String>), StoreError> {
        let range = after.map_or(Range::All, Range::Above);
        let read = Read::new(Index::Table, keys::connections(self.account), limit).range(range);
        let found = self.store.query(read).await?;
        let last = found.items.last().and_then(|item| text(item, SK)).map(str::to_owned);
        let items = found.items.into_iter().map(|item| Ok(self::read::<ConnectionItem>(item)?.into()));
        Ok((items.collect::<Result<_, StoreError>>()?, last.filter(|_| found.more)))
    }

    /// Has somebody look at a conversation, writing or not.
    pub async fn watch(&self, conversation: ConversationId, watcher: &Watcher) -> Result<(), StoreError> {
        let Watcher { connection, user, typing_until, expires_at } = watcher.clone();
        let key = keys::watcher(self.account, conversation, user, &connection);
        let item = WatcherItem { connection, user, typing_until, ends_at: expires_at };
        let not_later = Expect {
            expression: "attribute_not_exists(pk) OR ends_at <= :ends_at",
            values: vec![(":ends_at", AttributeValue::N(expires_at.as_millisecond().to_string()))],
        };
        self.store.put_if(NewItem::new(key, &item)?.expiring(expires_at), not_later).await.map(drop)
    }

    /// Has them look away.
    pub async fn unwatch(
        &self,
        conversation: ConversationId,
        connection: &Connection,
    ) -> Result<(), StoreError> {
        let key = keys::watcher(self.account, conversation, connection.user, &connection.id);
        self.store.delete_if(key, Expect::present()).await.map(drop)
    }

    /// Whether and how a connection looks at a conversation.
    pub async fn watcher(
        &self,
        conversation: ConversationId,
        connection: &Connection,
    ) -> Result<Option<Watcher>, StoreError> {
        let key = keys::watcher(self.account, conversation, connection.user, &connection.id);
        let item: Option<WatcherItem> = self.store.get(key).await?;
        Ok(item.map(Watcher::from))
    }

    /// At most `limit` who look at a conversation.
    pub async fn watchers(
        &self,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<Watcher>, StoreError> {
        let read = Read::new(Index::Table, keys::watchers(self.account, conversation), limit);
        let items = self.store.query(read).await?.items;
        items.into_iter().map(|item| Ok(self::read::<WatcherItem>(item)?.into())).collect()
    }

    /// The connections of these watchers, those that are still there.
    pub async fn connections_of_watchers(&self, watchers: &[Watcher]) -> Result<Vec<Connection>, StoreError> {
        let key = |it: &Watcher| keys::connection(self.account, it.user, &it.connection);
        let found = self.store.get_many(watchers.iter().map(key).collect(), true).await?;
        found.into_iter().map(|item| Ok(self::read::<ConnectionItem>(item)?.into())).collect()
    }
}
