//! What a person wants to be told of the inbox, and how. A matter of taste: it leaves nothing in the audit log.

use domain::{access::Permission, news::NewsPreferences};
use storage::{DueDigest, NewsRecord, StoreError};

use crate::{App, Caller, Failure, caller::Forbidden, conversations::ATTEMPTS_MAX};

/// Why preferences were not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum NewsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A program is told of nothing.
    #[error("only for members of staff who have signed in")]
    NotAPerson,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for NewsError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

fn person(caller: &Caller) -> Result<(), NewsError> {
    caller.require(Permission::NotificationsRead)?;
    let is_one = caller.session().is_some() && caller.profile.support_of.is_none();
    if is_one { Ok(()) } else { Err(NewsError::NotAPerson) }
}

/// What the caller wants to be told of.
pub async fn preferences(app: &App, caller: &Caller) -> Result<NewsPreferences, NewsError> {
    person(caller)?;
    Ok(app.store.account(caller.account).news(caller.user).await?.preferences)
}

/// Says what the caller wants to be told of, and when their next digest comes.
pub async fn change_preferences(
    app: &App,
    caller: &Caller,
    wanted: NewsPreferences,
) -> Result<NewsPreferences, NewsError> {
    person(caller)?;
    let store = app.store.account(caller.account);
    let settings = store.settings().await?.ok_or(Failure::Broken("the account has no settings"))?;
    let zone = wanted.time_zone.as_ref().unwrap_or(&settings.time_zone).zone();
    for _ in 0..ATTEMPTS_MAX {
        let NewsRecord { version, .. } = store.news(caller.user).await?;
        let now = app.now();
        // What the digests before have counted is not counted again.
        let since = store.digest(caller.user).await?.map_or(now, |digest| digest.since);
        let digest = wanted.digest.next(now, &zone).map(|due| DueDigest { due, since });
        let record = NewsRecord { preferences: wanted.clone(), version };
        if store.save_news(caller.user, &record, digest).await? {
            return Ok(wanted);
        }
    }
    Err(StoreError::Contention.into())
}
