//! Live: connections of people who look, what they are told at once, and who is where.
//!
//! A connection is opened with a ticket, once, and lasts as long as the session that asked for it. Before anything is told to
//! a connection whose person was looked at more than a minute ago, session, rights and address are looked at again, and a
//! connection that may be told nothing is closed. Everything is told at most once and may be lost: the log of changes is the
//! truth ([`crate::changes`]), and whoever comes back asks it.

mod presence;
mod said;
mod ticket;

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use domain::{
    access::{ConversationAccess, Permission, Viewer},
    id::{AccountId, SessionId, UserId},
    live::{CHECK_LASTS, CONNECTION_LASTS, CONNECTIONS_OF_USER_MAX, ConnectionId},
    name::DisplayName,
};
use futures::{StreamExt, stream};
use storage::{AccountStore, Connection, LoggedChange, StoreError};

pub use said::{SaidWrong, Saying, said, said_wrong};
pub use ticket::{NewTicket, TicketError, ticket};

use crate::{
    App, Failure,
    caller::{self, Caller},
    ports::{ChangeFrame, Frame, Reached},
};

/// At most so long is spent on telling a change, however many look: who is told later hears of it when they ask.
const TELL_WITHIN: Duration = Duration::from_secs(3);
/// How many connections are read at once, and how often at most for one change.
const PAGE: u32 = 100;
const PAGES_MAX: u32 = 20;
/// How many are told at the same time.
const AT_ONCE: usize = 16;

/// Why a connection was not opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The ticket is none of ours, was used or has ended, or whoever it is for may not be told anything (any more).
    #[error("the ticket opens nothing")]
    Refused,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for ConnectError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Somebody who may be told of changes.
struct Person {
    viewer: Viewer,
    name: DisplayName,
}

/// Who may be told of changes in this session at this moment; `None`: nobody.
async fn person(
    app: &App,
    account: AccountId,
    user: UserId,
    session: SessionId,
    address: Option<IpAddr>,
) -> Result<Option<Person>, StoreError> {
    let caller = caller::of_session(app, account, user, session, address).await?;
    Ok(caller
        .filter(|it| it.hold.is_none() && may_look(it))
        .map(|it| Person { viewer: it.viewer(), name: it.profile.name }))
}

/// Whether somebody has any conversation to look at.
fn may_look(caller: &Caller) -> bool {
    caller.require(Permission::MessagesManage).is_ok() && caller.viewer().widest_audience().is_some()
}

/// Opens a connection with a ticket. Who has very many loses the one that was silent for longest.
pub async fn connect(
    app: &App,
    ticket: &str,
    id: ConnectionId,
    address: Option<IpAddr>,
) -> Result<(), ConnectError> {
    let now = app.now();
    let ticket = ticket::open(app, ticket, now).await?.ok_or(ConnectError::Refused)?;
    let found = person(app, ticket.account, ticket.user, ticket.session, address).await?;
    let Person { viewer, name } = found.ok_or(ConnectError::Refused)?;
    let store = app.store.account(ticket.account);
    if !store.use_ticket(&ticket).await? {
        return Err(ConnectError::Refused);
    }
    let mut others = store.connections_of(ticket.user, CONNECTIONS_OF_USER_MAX).await?;
    others.sort_by_key(|it| it.expires_at);
    let full = u32::try_from(others.len()).is_ok_and(|count| count >= CONNECTIONS_OF_USER_MAX);
    if let Some(silent) = others.first().filter(|_| full) {
        end(app, &store, silent).await?;
    }
    let connection = Connection {
        id,
        user: ticket.user,
        name,
        session: ticket.session,
        address,
        viewer,
        checked_at: now,
        watching: None,
        expires_at: now.checked_add(CONNECTION_LASTS).unwrap_or(now),
    };
    if store.add_connection(&connection).await? { Ok(()) } else { Err(ConnectError::Refused) }
}

/// Forgets a connection that has ended. Forgetting it again changes nothing.
pub async fn disconnected(app: &App, id: &ConnectionId) -> Result<(), Failure> {
    let Some((account, user)) = app.store.connection_of(id).await? else { return Ok(()) };
    let store = app.store.account(account);
    match store.connection(user, id).await? {
        Some(connection) => forget(app, &store, &connection).await,
        None => Ok(store.forget_place(id).await?),
    }
}

/// Forgets a connection, and tells those who looked at the same conversation.
async fn forget(app: &App, store: &AccountStore, connection: &Connection) -> Result<(), Failure> {
    store.remove_connection(connection).await?;
    match connection.watching {
        Some(conversation) => presence::tell(app, store, conversation, None).await,
        None => Ok(()),
    }
}

/// Closes a connection and forgets it.
async fn end(app: &App, store: &AccountStore, connection: &Connection) -> Result<(), Failure> {
    if let Err(error) = app.live.close(&connection.id).await {
        // It is told nothing more, and ends by itself.
        tracing::info!(%error, "a connection could not be closed");
    }
    // Boxed, because those who are told may have to be closed themselves.
    Box::pin(forget(app, store, connection)).await
}

/// The connection, if it may still be told something; otherwise it is closed.
async fn checked(
    app: &App,
    store: &AccountStore,
    connection: Connection,
) -> Result<Option<Connection>, Failure> {
    let now = app.now();
    let lasts = connection.expires_at > now;
    if lasts && now.duration_since(connection.checked_at) < CHECK_LASTS {
        return Ok(Some(connection));
    }
    let Connection { user, session, address, .. } = connection;
    let found = if lasts { person(app, store.id(), user, session, address).await? } else { None };
    let Some(Person { viewer, name }) = found else {
        end(app, store, &connection).await?;
        return Ok(None);
    };
    let connection = Connection { viewer, name, checked_at: now, ..connection };
    Ok(store.save_connection(&connection).await?.then_some(connection))
}

/// Tells a connection something. One that has ended is forgotten; one that does not answer misses it.
async fn post(
    app: &App,
    store: &AccountStore,
    connection: &Connection,
    frame: &Frame,
) -> Result<(), Failure> {
    match app.live.tell(&connection.id, frame).await {
        Ok(Reached::Client) => Ok(()),
        Ok(Reached::Nobody) => Box::pin(forget(app, store, connection)).await,
        Err(error) => {
            tracing::info!(%error, "a connection was not told something");
            Ok(())
        }
    }
}

/// Tells everybody who looks and may know that something changed. Whatever goes wrong is no reason to wait: they ask.
pub(crate) async fn tell(
    app: &App,
    account: AccountId,
    change: &LoggedChange,
    assignees: Option<BTreeSet<UserId>>,
) {
    match tokio::time::timeout(TELL_WITHIN, tell_all(app, account, change, assignees)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(%error, metric = "live_untold", "a change was not told to all who look");
        }
        Err(_) => tracing::warn!(metric = "live_untold", "telling a change took too long"),
    }
}

async fn tell_all(
    app: &App,
    account: AccountId,
    change: &LoggedChange,
    assignees: Option<BTreeSet<UserId>>,
) -> Result<(), Failure> {
    let store = app.store.account(account);
    let (mut assignees, mut place) = (assignees, None);
    for _ in 0..PAGES_MAX {
        let (page, next) = store.connections(place, PAGE).await?;
        if page.is_empty() {
            return Ok(());
        }
        let known = match assignees.take() {
            Some(known) => known,
            // Changes of entries do not say it. It is read only if somebody looks.
            None => store.conversation(change.conversation).await?.map(|it| it.assignees).unwrap_or_default(),
        };
        let concerned = page.into_iter().filter(|it| concerns(change, &known, it));
        stream::iter(concerned)
            .for_each_concurrent(AT_ONCE, |connection| tell_one(app, &store, change, &known, connection))
            .await;
        assignees = Some(known);
        if next.is_none() {
            return Ok(());
        }
        place = next;
    }
    tracing::warn!(metric = "live_untold", "an account has more connections than are told at once");
    Ok(())
}

/// Whether somebody may know of a change, or has lost what changed.
fn concerns(change: &LoggedChange, assignees: &BTreeSet<UserId>, connection: &Connection) -> bool {
    let Connection { user, viewer, .. } = connection;
    change.only_for.is_none_or(|only| only == *user)
        && (viewer.may_see(assignees) || change.lost.contains(user))
}

async fn tell_one(
    app: &App,
    store: &AccountStore,
    change: &LoggedChange,
    assignees: &BTreeSet<UserId>,
    connection: Connection,
) {
    let told = async {
        // Boxed, because closing one may tell others.
        let Some(connection) = Box::pin(checked(app, store, connection)).await? else { return Ok(()) };
        if !concerns(change, assignees, &connection) {
            return Ok(());
        }
        // Somebody whose sight is not bound to assignments has lost nothing.
        let gone =
            connection.viewer.access == ConversationAccess::Assigned && !connection.viewer.may_see(assignees);
        let frame = Frame::Change(ChangeFrame {
            conversation_id: change.conversation,
            version: change.version,
            entries: if gone { Vec::new() } else { change.entries.clone() },
            gone,
        });
        post(app, store, &connection, &frame).await?;
        if gone && !connection.viewer.may_read(assignees) && connection.watching == Some(change.conversation)
        {
            presence::look_away(app, store, connection).await?;
        }
        Ok::<_, Failure>(())
    };
    if let Err(error) = told.await {
        tracing::warn!(%error, metric = "live_untold", "somebody who looks was not told of a change");
    }
}
