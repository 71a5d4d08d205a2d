//! Who looks at a conversation at this moment, and who is writing in it: so that two people do not answer the same customer.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    conversation::Conversation,
    id::{ConversationId, UserId},
};
use jiff::Timestamp;
use storage::{AccountStore, Connection, Watcher};

use super::{checked, post};
use crate::{
    App, Failure,
    ports::{Frame, PresenceFrame, Present, Typing},
};

/// At most this many who look at one conversation are shown to each other.
const WATCHERS_MAX: u32 = 50;

/// Tells everybody who looks at a conversation who does. `to`: only this connection, which has just come and changed nothing.
pub(super) async fn tell(
    app: &App,
    store: &AccountStore,
    id: ConversationId,
    to: Option<&Connection>,
) -> Result<(), Failure> {
    let watchers = store.watchers(id, WATCHERS_MAX).await?;
    if watchers.is_empty() {
        return Ok(());
    }
    let Some(conversation) = store.conversation(id).await? else { return Ok(()) };
    let there = there(app, store, &conversation, &watchers).await?;
    let frame = frame(&conversation, &watchers, &there, app.now());
    for connection in there.iter().filter(|it| to.is_none_or(|only| only.id == it.id)) {
        post(app, store, connection, &frame).await?;
    }
    Ok(())
}

/// The connections of those who look and may.
async fn there(
    app: &App,
    store: &AccountStore,
    conversation: &Conversation,
    watchers: &[Watcher],
) -> Result<Vec<Connection>, Failure> {
    let found = store.connections_of_watchers(watchers).await?;
    let mut there = Vec::new();
    for connection in found.into_iter().filter(|it| it.watching == Some(conversation.id)) {
        // Boxed, because closing one tells the others.
        let connection = Box::pin(checked(app, store, connection)).await?;
        there.extend(connection.filter(|it| it.viewer.may_read(&conversation.assignees)));
    }
    Ok(there)
}

fn frame(conversation: &Conversation, watchers: &[Watcher], there: &[Connection], now: Timestamp) -> Frame {
    let names: BTreeMap<UserId, _> = there.iter().map(|it| (it.user, &it.name)).collect();
    let ids: BTreeSet<_> = there.iter().map(|it| &it.id).collect();
    let mut typing = BTreeMap::<UserId, Timestamp>::new();
    for watcher in watchers.iter().filter(|it| ids.contains(&it.connection)) {
        let Some(until) = watcher.typing_until.filter(|until| *until > now) else { continue };
        let latest = typing.entry(watcher.user).or_insert(until);
        *latest = until.max(*latest);
    }
    Frame::Presence(PresenceFrame {
        conversation_id: conversation.id,
        viewers: names.into_iter().map(|(user_id, name)| Present { user_id, name: name.clone() }).collect(),
        typing: typing.into_iter().map(|(user_id, until)| Typing { user_id, until }).collect(),
    })
}

/// Has a connection look at nothing any more, and tells those who go on looking.
pub(super) async fn look_away(
    app: &App,
    store: &AccountStore,
    connection: Connection,
) -> Result<(), Failure> {
    let Some(conversation) = connection.watching else { return Ok(()) };
    store.unwatch(conversation, &connection).await?;
    store.save_connection(&Connection { watching: None, ..connection }).await?;
    tell(app, store, conversation, None).await
}
