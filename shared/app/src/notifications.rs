//! The alert centre of the caller.

use std::collections::BTreeSet;

use domain::{
    access::Permission,
    id::{ConversationId, NotificationId},
};
use storage::{InvalidCursor, Page, PageRequest, StoreError};
pub use storage::{Notification, NotificationKind};

use crate::{App, Caller, Failure, caller::Forbidden};

/// Why notifications were not shown or marked.
#[derive(Debug, thiserror::Error)]
pub enum NotificationsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The caller has no such notification.
    #[error("there is no such notification")]
    NotFound,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for NotificationsError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// A badge shows "99+" beyond this many.
pub const COUNT_MAX: u32 = 100;
/// At most this many times [`COUNT_MAX`] are marked as read in one request.
const READ_PAGES_MAX: u32 = 5;
/// So many are marked at the same time.
const READ_AT_ONCE: usize = 10;

/// A page of the caller's notifications, or of those that they have not read, newest first. What a conversation that they may
/// not read any more is about does not show (I10): that something happened remains, and where it did does not.
pub async fn list(
    app: &App,
    caller: &Caller,
    unread_only: bool,
    page: PageRequest<'_>,
) -> Result<Page<Notification>, NotificationsError> {
    caller.require(Permission::NotificationsRead)?;
    let store = app.store.account(caller.account);
    let mut found = if unread_only {
        store.unread_notifications(caller.user, page).await??
    } else {
        store.notifications(caller.user, page).await??
    };
    let ids: BTreeSet<ConversationId> = found.items.iter().filter_map(|it| it.conversation).collect();
    let mut visible = BTreeSet::new();
    if caller.require(Permission::MessagesManage).is_ok() && !ids.is_empty() {
        let conversations = store.conversations_by_id(&ids).await?;
        let viewer = caller.viewer();
        visible.extend(conversations.iter().filter(|it| viewer.may_read(&it.assignees)).map(|it| it.id));
    }
    let sees_customers = caller.require(Permission::ContactsRead).is_ok();
    for notification in &mut found.items {
        notification.conversation = notification.conversation.filter(|id| visible.contains(id));
        notification.contact = notification.contact.filter(|_| sees_customers);
    }
    Ok(found)
}

/// How much the caller has not read, up to [`COUNT_MAX`], and whether there is more.
pub async fn count_unread(app: &App, caller: &Caller) -> Result<(u32, bool), NotificationsError> {
    caller.require(Permission::NotificationsRead)?;
    let store = app.store.account(caller.account);
    Ok(store.count_unread_notifications(caller.user, COUNT_MAX).await?)
}

/// Marks everything that the caller has not read as read, up to a bound; answers how much is left.
pub async fn read_all(app: &App, caller: &Caller) -> Result<(u32, bool), NotificationsError> {
    caller.require(Permission::NotificationsRead)?;
    let store = app.store.account(caller.account);
    for _ in 0..READ_PAGES_MAX {
        let page = PageRequest { limit: COUNT_MAX, cursor: None };
        let found = store.unread_notifications(caller.user, page).await??;
        if found.items.is_empty() && found.next_cursor.is_none() {
            break;
        }
        for some in found.items.chunks(READ_AT_ONCE) {
            let reads = some.iter().map(|it| store.read_notification(caller.user, it.id));
            futures::future::try_join_all(reads).await?;
        }
    }
    count_unread(app, caller).await
}

/// Marks one of the caller's notifications as read.
pub async fn read(app: &App, caller: &Caller, id: NotificationId) -> Result<(), NotificationsError> {
    caller.require(Permission::NotificationsRead)?;
    let known = app.store.account(caller.account).read_notification(caller.user, id).await?;
    if known { Ok(()) } else { Err(NotificationsError::NotFound) }
}
