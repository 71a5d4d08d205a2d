//! What clients say over their connections.

use domain::{
    conversation::Conversation,
    id::ConversationId,
    live::{CONNECTION_LASTS, ConnectionId, TYPING_FRESH, TYPING_LASTS},
};
use storage::{AccountStore, Connection, Watcher};

use super::{checked, post, presence};
use crate::{App, Failure, ports::Frame};

/// Something that a client says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saying {
    /// Its person looks at this conversation, and at no other.
    Watch(ConversationId),
    /// They look at none.
    Unwatch,
    /// They are writing in this one.
    Typing(ConversationId),
    /// They are still there.
    Ping,
}

/// What is wrong with something that a client said, named as the API names problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidWrong {
    /// The problem's name.
    pub problem: &'static str,
    /// The same in words.
    pub detail: &'static str,
}

const NOT_FOUND: SaidWrong = SaidWrong { problem: "not-found", detail: "there is no such conversation" };

/// Hears what a client says. What it may not do is answered over the connection.
pub async fn said(app: &App, id: &ConnectionId, saying: Saying) -> Result<(), Failure> {
    let Some((account, user)) = app.store.connection_of(id).await? else {
        return unknown(app, id).await;
    };
    let store = app.store.account(account);
    let Some(connection) = store.connection(user, id).await? else { return unknown(app, id).await };
    let Some(connection) = checked(app, &store, connection).await? else { return Ok(()) };
    let wrong = match saying {
        Saying::Watch(conversation) => watch(app, &store, &connection, conversation).await?.err(),
        Saying::Typing(conversation) => typing(app, &store, &connection, conversation).await?.err(),
        Saying::Unwatch => {
            presence::look_away(app, &store, connection.clone()).await?;
            None
        }
        Saying::Ping => {
            ping(app, &store, &connection).await?;
            None
        }
    };
    match wrong {
        Some(SaidWrong { problem, detail }) => {
            post(app, &store, &connection, &Frame::Error { problem, detail }).await
        }
        None => Ok(()),
    }
}

/// Answers something that could not be read.
pub async fn said_wrong(app: &App, id: &ConnectionId, wrong: SaidWrong) -> Result<(), Failure> {
    let SaidWrong { problem, detail } = wrong;
    // Whether anybody hears it does not matter: a connection that has ended says nothing more.
    Ok(app.live.tell(id, &Frame::Error { problem, detail }).await.map(drop)?)
}

/// A connection that we know nothing of is of no use: its client opens another.
async fn unknown(app: &App, id: &ConnectionId) -> Result<(), Failure> {
    Ok(app.live.close(id).await?)
}

/// The conversation, if the connection's person may read it.
async fn readable(
    store: &AccountStore,
    connection: &Connection,
    id: ConversationId,
) -> Result<Result<Conversation, SaidWrong>, Failure> {
    let found = store.conversation(id).await?;
    let readable = found.filter(|it| connection.viewer.may_read(&it.assignees));
    Ok(readable.ok_or(NOT_FOUND))
}

async fn watch(
    app: &App,
    store: &AccountStore,
    connection: &Connection,
    id: ConversationId,
) -> Result<Result<(), SaidWrong>, Failure> {
    if let Err(wrong) = readable(store, connection, id).await? {
        return Ok(Err(wrong));
    }
    if connection.watching == Some(id) {
        presence::tell(app, store, id, Some(connection)).await?;
        return Ok(Ok(()));
    }
    come(app, store, connection, id).await?;
    presence::tell(app, store, id, None).await?;
    Ok(Ok(()))
}

/// Has somebody look at this conversation in place of another. The connection first, so that its end takes the rest with it.
async fn come(
    app: &App,
    store: &AccountStore,
    connection: &Connection,
    id: ConversationId,
) -> Result<(), Failure> {
    let before = connection.watching;
    store.save_connection(&Connection { watching: Some(id), ..connection.clone() }).await?;
    store.watch(id, &watcher(connection)).await?;
    if let Some(before) = before {
        store.unwatch(before, connection).await?;
        presence::tell(app, store, before, None).await?;
    }
    Ok(())
}

fn watcher(connection: &Connection) -> Watcher {
    let Connection { id, user, expires_at, .. } = connection.clone();
    Watcher { connection: id, user, typing_until: None, expires_at }
}

async fn typing(
    app: &App,
    store: &AccountStore,
    connection: &Connection,
    id: ConversationId,
) -> Result<Result<(), SaidWrong>, Failure> {
    match readable(store, connection, id).await? {
        Err(wrong) => return Ok(Err(wrong)),
        // Who may only read writes nothing that others should wait for.
        Ok(conversation) if !connection.viewer.may_write(&conversation.assignees) => {
            return Ok(Err(NOT_FOUND));
        }
        Ok(_) => {}
    }
    if connection.watching != Some(id) {
        come(app, store, connection, id).await?;
    }
    let now = app.now();
    let known = store.watcher(id, connection).await?.and_then(|it| it.typing_until);
    if known.is_some_and(|until| until.duration_since(now) > TYPING_FRESH) {
        return Ok(Ok(()));
    }
    let until = now.checked_add(TYPING_LASTS).unwrap_or(now);
    store.watch(id, &Watcher { typing_until: Some(until), ..watcher(connection) }).await?;
    presence::tell(app, store, id, None).await?;
    Ok(Ok(()))
}

async fn ping(app: &App, store: &AccountStore, connection: &Connection) -> Result<(), Failure> {
    let now = app.now();
    let expires_at = now.checked_add(CONNECTION_LASTS).unwrap_or(now);
    let kept = Connection { expires_at, ..connection.clone() };
    store.keep_connection(&kept).await?;
    if let Some(conversation) = kept.watching {
        let known = store.watcher(conversation, &kept).await?.and_then(|it| it.typing_until);
        store.watch(conversation, &Watcher { typing_until: known, ..watcher(&kept) }).await?;
    }
    post(app, store, &kept, &Frame::Pong { expires_at }).await
}
