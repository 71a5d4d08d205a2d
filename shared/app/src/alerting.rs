//! What an account is told about itself (B03), as it follows from the stream.
//!
//! Nothing waits for an alert: it is decided and given behind the change that it tells of. Whoever is told finds it in the
//! alert centre and in their mailbox, as far as the account and they want it. Giving an alert again, after an interruption or
//! because the stream repeats itself, tells nobody twice: every id follows from what the alert is about and whom it tells.

use std::collections::BTreeSet;

use domain::{
    account::{User, UserStatus},
    alerts::{Alert, AlertSettings, alert_about, is_gateway_trouble, told_to_others},
    audit::{AuditAction, AuditActor, AuditEntry},
    id::{AccountId, GatewayId, MailId, NotificationId, UserId},
    mail::{Letter, Mail},
    message::{Delivery, Message, Refusal},
    name::DisplayName,
};
use jiff::{SignedDuration, Timestamp};
use storage::{
    AccountStore, Notification, StoreError,
    stream::{BalanceChange, Changed},
};

use crate::App;

/// How long nobody is told the same again.
const PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// Over how long failures are counted.
const HOUR_MILLIS: i64 = 3_600_000;
/// The same in the words of a letter.
const WITHIN_MINUTES: u32 = 60;

/// An alert with its name and time, from which the ids of all that is told follow.
struct Given {
    alert: Alert,
    name: NotificationId,
    at: Timestamp,
    /// Who did what it tells of, if it was somebody of the account.
    by: Option<UserId>,
}

/// Alerts of what changed in the table.
pub(crate) async fn changed(app: &App, changed: &Changed) -> Result<(), StoreError> {
    match changed {
        Changed::Balance(change) => balance(app, *change).await,
        Changed::Failed(account, message) => failed(app, *account, message).await,
    }
}

/// Alerts of a balance that falls below a threshold.
async fn balance(app: &App, change: BalanceChange) -> Result<(), StoreError> {
    let BalanceChange { account, before, after } = change;
    if after >= before {
        return Ok(());
    }
    let store = app.store.account(account);
    let settings = store.alert_settings().await?.settings;
    let Some(threshold) = settings.low_balance_thresholds.crossed(before, after) else { return Ok(()) };
    let which = threshold.get().to_be_bytes();
    let about: [&[u8]; 2] = [b"low_balance", &which];
    repeatable(app, &store, &settings, &about, Alert::LowBalance { available: after, threshold }).await
}

/// Alerts of a message that failed: of many within an hour, and of a gateway that is refused.
async fn failed(app: &App, account: AccountId, message: &Message) -> Result<(), StoreError> {
    let Some(delivery) = message.delivery() else { return Ok(()) };
    let store = app.store.account(account);
    let settings = store.alert_settings().await?.settings;
    let most = settings.failures_per_hour.get();
    let failures = store.count_failure(hour_of(delivery), message.id, most).await?;
    if failures >= usize::from(most) {
        let alert = Alert::FailedDeliveries { failed: u32::from(most) };
        repeatable(app, &store, &settings, &[b"failed_deliveries"], alert).await?;
    }
    let reason = delivery.failure.as_ref().map(|failure| failure.reason);
    if let Some(reason) = reason.filter(|reason| is_gateway_trouble(*reason)) {
        gateway_trouble_with(app, &store, &settings, delivery.gateway, reason).await?;
    }
    Ok(())
}

/// Alerts of a gateway whose carrier refuses what it is given, where no message failed because another gateway took it.
pub(crate) async fn gateway_trouble(
    app: &App,
    store: &AccountStore,
    gateway: GatewayId,
    reason: Refusal,
) -> Result<(), StoreError> {
    let settings = store.alert_settings().await?.settings;
    gateway_trouble_with(app, store, &settings, gateway, reason).await
}

async fn gateway_trouble_with(
    app: &App,
    store: &AccountStore,
    settings: &AlertSettings,
    gateway: GatewayId,
    reason: Refusal,
) -> Result<(), StoreError> {
    let which = gateway.uuid();
    let about: [&[u8]; 2] = [b"gateway_trouble", which.as_bytes()];
    repeatable(app, store, settings, &about, Alert::GatewayTrouble { gateway, reason }).await
}

/// The hour in which a message failed.
fn hour_of(delivery: &Delivery) -> Timestamp {
    let millis = delivery.updated_at.as_millisecond();
    let hour = millis.saturating_sub(millis.rem_euclid(HOUR_MILLIS));
    Timestamp::from_millisecond(hour).unwrap_or(delivery.updated_at)
}

/// Gives an alert of something that may happen again and again, unless it was given lately.
async fn repeatable(
    app: &App,
    store: &AccountStore,
    settings: &AlertSettings,
    about: &[&[u8]],
    alert: Alert,
) -> Result<(), StoreError> {
    if settings.channels.of(alert.kind()).are_off() {
        return Ok(());
    }
    let name = store.alert_name(about);
    let Some(at) = store.begin_alert(name, app.now(), PAUSE).await? else { return Ok(()) };
    give(app, store, settings, &Given { alert, name, at, by: None }).await?;
    store.alert_given(name, at).await
}

/// Alerts of what stands in the audit log.
pub(crate) async fn logged(app: &App, account: AccountId, entry: &AuditEntry) -> Result<(), StoreError> {
    let Some(alert) = alert_about(account, entry) else { return Ok(()) };
    let store = app.store.account(account);
    let settings = store.alert_settings().await?.settings;
    let name = store.alert_name(&[b"audit", entry.id.uuid().as_bytes()]);
    let by = match entry.actor {
        AuditActor::User { user } | AuditActor::ApiKey { user, .. } => Some(user),
        _ => None,
    };
    give(app, &store, &settings, &Given { alert, name, at: entry.at, by }).await
}

/// Tells everybody who is to be told.
async fn give(
    app: &App,
    store: &AccountStore,
    settings: &AlertSettings,
    given: &Given,
) -> Result<(), StoreError> {
    let wanted = settings.channels.of(given.alert.kind());
    if wanted.are_off() {
        return Ok(());
    }
    let everybody = store.all_users().await?;
    let told = recipients(store, &everybody, &given.alert).await?;
    let ids: Vec<UserId> = told.iter().map(|user| user.id).collect();
    let preferences = store.alert_preferences_of(&ids).await?;
    let letter = if wanted.email { letter(app, store, &everybody, given).await? } else { None };
    for user in told {
        let theirs = preferences.get(&user.id).copied().unwrap_or_default().of(given.alert.kind());
        let channels = wanted.and(theirs);
        let notification = Notification::of_alert(given.alert.clone(), given.name, given.at, user.id);
        let id = MailId::derive(&[b"alert", notification.id.uuid().as_bytes()]);
        if channels.alert_centre {
            store.notify(user.id, notification).await?;
        }
        // The person concerned got their letter with the change itself.
        let elsewhere = given.alert.person() == Some(user.id);
        if let Some(letter) = letter.clone().filter(|_| channels.email && !elsewhere) {
            store.put_mail(&Mail { id, to: user.email.clone(), at: given.at, letter }).await?;
        }
    }
    Ok(())
}

/// Who is told: those who can do something about it, and the person concerned.
async fn recipients<'a>(
    store: &AccountStore,
    everybody: &'a [User],
    alert: &Alert,
) -> Result<Vec<&'a User>, StoreError> {
    let policy = store.policy().await?.policy;
    let others: BTreeSet<UserId> = match (alert.kind().audience(), alert) {
        // What is a matter of one person alone is told nobody else.
        (_, Alert::SecurityChange { action, .. }) if told_to_others(*action).is_none() => BTreeSet::new(),
        (Some(permission), _) => {
            everybody.iter().filter(|user| policy.rights(user).may(permission)).map(|user| user.id).collect()
        }
        (None, _) => BTreeSet::new(),
    };
    let active = everybody.iter().filter(|user| user.status == UserStatus::Active && user.is_staff());
    Ok(active.filter(|user| others.contains(&user.id) || alert.person() == Some(user.id)).collect())
}

/// The letter to those who look after such things. `None`: there is none for them.
async fn letter(
    app: &App,
    store: &AccountStore,
    everybody: &[User],
    given: &Given,
) -> Result<Option<Letter>, StoreError> {
    let name = |id: Option<UserId>| -> Option<DisplayName> {
        everybody.iter().find(|user| Some(user.id) == id).map(|user| user.name.clone())
    };
    Ok(match &given.alert {
        Alert::LowBalance { available, threshold } => {
            Some(Letter::LowBalance { available: *available, threshold: *threshold })
        }
        Alert::FailedDeliveries { failed } => {
            Some(Letter::FailedDeliveries { count: *failed, within_minutes: WITHIN_MINUTES })
        }
        Alert::GatewayTrouble { gateway, reason } => {
            let gateway = app.store.gateway(*gateway).await?.filter(|it| it.account == store.id());
            gateway.map(|gateway| Letter::GatewayTrouble { gateway: gateway.name, reason: *reason })
        }
        // Whoever signs in, and whoever allows support or enters, leaves a letter themselves.
        Alert::NewSignIn { .. }
        | Alert::SecurityChange {
            action: AuditAction::SupportAllowed | AuditAction::SupportEntered, ..
        } => None,
        Alert::SecurityChange { action, user } => told_to_others(*action)
            .map(|change| Letter::SecurityAlert { change, person: name(*user), by: name(given.by) }),
    })
}
