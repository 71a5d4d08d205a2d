//! The alert centre of the caller.

use domain::{access::Permission, id::NotificationId};
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

/// A page of the caller's notifications, newest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    page: PageRequest<'_>,
) -> Result<Page<Notification>, NotificationsError> {
    caller.require(Permission::NotificationsRead)?;
    Ok(app.store.account(caller.account).notifications(caller.user, page).await??)
}

/// Marks one of the caller's notifications as read.
pub async fn read(app: &App, caller: &Caller, id: NotificationId) -> Result<(), NotificationsError> {
    caller.require(Permission::NotificationsRead)?;
    let known = app.store.account(caller.account).read_notification(caller.user, id).await?;
    if known { Ok(()) } else { Err(NotificationsError::NotFound) }
}
