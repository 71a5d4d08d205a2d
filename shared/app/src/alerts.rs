//! What an account and its people want to be told of (B03). What they are told follows from the stream
//! ([`crate::dispatch`]).

use domain::{
    access::Permission,
    alerts::{AlertChannels, AlertKind, AlertSettings},
    audit::AuditAction,
    id::{AccountId, UserId},
};
use storage::{AlertPreferencesRecord, AlertSettingsRecord, StoreError, Traces};

use crate::{App, Caller, Failure, caller::Forbidden, conversations::ATTEMPTS_MAX};

/// Why settings were not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum AlertsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A program or a visitor has no alert centre of its own.
    #[error("only for members of staff who have signed in")]
    NotAPerson,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for AlertsError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// What the account wants to be told of.
pub async fn settings(app: &App, caller: &Caller) -> Result<AlertSettings, AlertsError> {
    caller.require(Permission::AlertsManage)?;
    Ok(app.store.account(caller.account).alert_settings().await?.settings)
}

/// Says what the account wants to be told of. Saying the same again changes nothing.
pub async fn change_settings(
    app: &App,
    caller: &Caller,
    wanted: AlertSettings,
) -> Result<AlertSettings, AlertsError> {
    caller.require(Permission::AlertsManage)?;
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let AlertSettingsRecord { settings: before, version } = account.alert_settings().await?;
        if before == wanted {
            return Ok(wanted);
        }
        let action = AuditAction::AlertSettingsChanged;
        let traces = Traces::from(caller.audit(app, action, caller.account, &before, &wanted));
        let record = AlertSettingsRecord { settings: wanted.clone(), version };
        if account.save_alert_settings(&record, &traces).await? {
            return Ok(wanted);
        }
    }
    Err(StoreError::Contention.into())
}

/// Where the caller wants to be told.
pub async fn preferences(app: &App, caller: &Caller) -> Result<AlertChannels, AlertsError> {
    person(caller)?;
    Ok(app.store.account(caller.account).alert_preferences(caller.user).await?.channels)
}

/// Says where the caller wants to be told. Saying the same again changes nothing.
pub async fn change_preferences(
    app: &App,
    caller: &Caller,
    wanted: AlertChannels,
) -> Result<AlertChannels, AlertsError> {
    person(caller)?;
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let AlertPreferencesRecord { channels: before, version } =
            account.alert_preferences(caller.user).await?;
        if before == wanted {
            return Ok(wanted);
        }
        let action = AuditAction::AlertSettingsChanged;
        let traces = Traces::from(caller.audit(app, action, caller.user, &before, &wanted));
        let record = AlertPreferencesRecord { channels: wanted, version };
        if account.save_alert_preferences(caller.user, &record, &traces).await? {
            return Ok(wanted);
        }
    }
    Err(StoreError::Contention.into())
}

/// Whether somebody is told by e-mail of this kind, for letters that are sent with the change that they tell of.
pub(crate) async fn by_email(
    app: &App,
    account: AccountId,
    user: UserId,
    kind: AlertKind,
) -> Result<bool, StoreError> {
    let account = app.store.account(account);
    let settings = account.alert_settings().await?.settings;
    let preferences = account.alert_preferences(user).await?;
    Ok(settings.channels.of(kind).and(preferences.channels.of(kind)).email)
}

fn person(caller: &Caller) -> Result<(), AlertsError> {
    let is_one = caller.session().is_some() && caller.profile.support_of.is_none();
    if is_one { Ok(()) } else { Err(AlertsError::NotAPerson) }
}
