//! The account a caller belongs to, and its sub accounts (A02).
//!
//! A sub account is an account like any other. What makes it one is its `parent`, which is set when it is opened and never
//! again. Only the parent itself manages it: to its parent's parent it is as foreign as to its siblings, and a foreign
//! account is one that does not exist (X19).

use std::net::IpAddr;

use domain::{
    access::Permission,
    account::{Account, ZoneName},
    audit::{AuditAction, AuditActor},
    branding::Branding,
    id::{AccountId, GatewayId},
    name::DisplayName,
    phone::Region,
    policy::{Plan, Policy},
    quiet_hours::QuietHours,
};
use serde_json::{Value, json};
use storage::{AccountUpdate, PolicyRecord, ReadStateChange, StoreError, Traces};

use crate::{
    App, Caller, Failure,
    audit::{self, About},
    caller::Forbidden,
    conversations::ATTEMPTS_MAX,
    mail, teams,
};

/// Why there is no sub account to do something with.
#[derive(Debug, thiserror::Error)]
pub enum NoSubAccount {
    /// The caller's account has no such sub account.
    #[error("there is no such sub account")]
    NotFound,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for NoSubAccount {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Why an account was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such account.
    #[error("there is no such account")]
    NotFound,
    /// The account has no such gateway.
    #[error("there is no such gateway")]
    NoSuchGateway,
    /// How a sub account looks is said by its master (A08).
    #[error("how a sub account looks is said by its master")]
    LooksOfMaster,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// The caller's own account, with what follows for it from its master.
pub struct OwnAccount {
    /// The account and its settings.
    pub account: Account,
    /// Its policy.
    pub policy: Policy,
    /// How it looks to its people: its own values, and those that its master gives.
    pub look: Branding,
}

/// What to change of one's own account; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// Its name.
    pub name: Option<DisplayName>,
    /// Its time zone.
    pub time_zone: Option<ZoneName>,
    /// Where its people write numbers without a country code.
    pub region: Option<Region>,
    /// Whether an inbound message wakes a snoozed conversation (X05).
    pub wake_on_reply: Option<bool>,
    /// How the quiet hours of its customers are kept.
    pub quiet_hours: Option<QuietHours>,
    /// Whether each person has a read state of their own (E20, X08).
    pub individual_read_state: Option<bool>,
    /// The gateway that new conversations start from (D25).
    pub default_gateway: Option<GatewayId>,
    /// How it looks.
    pub branding: Option<Branding>,
}

/// What the audit log shows of an account's settings.
pub(crate) fn shown(account: &Account) -> Value {
    json!({
        "name": account.name, "time_zone": account.time_zone, "region": account.region,
        "wake_on_reply": account.wake_on_reply, "quiet_hours": account.quiet_hours, "default_gateway_id": account.default_gateway,
        "branding": account.branding, "sub_account_branding": account.sub_account_branding,
    })
}

/// The caller's own account.
pub async fn own(app: &App, caller: &Caller) -> Result<OwnAccount, AccountError> {
    caller.require(Permission::AccountRead)?;
    let account = app.store.account(caller.account).settings_now().await?.ok_or(AccountError::NotFound)?;
    seen(app, caller, account).await
}

async fn seen(app: &App, caller: &Caller, account: Account) -> Result<OwnAccount, AccountError> {
    let look = mail::look(app, &account).await?;
    Ok(OwnAccount { account, policy: Policy::clone(&caller.policy), look })
}

/// Changes the settings of the caller's account.
pub async fn change(app: &App, caller: &Caller, wanted: SettingsChange) -> Result<OwnAccount, AccountError> {
    caller.require(Permission::AccountManage)?;
    if let Some(id) = wanted.default_gateway {
        let gateway = app.store.gateway(id).await?.filter(|it| it.account == caller.account);
        gateway.ok_or(AccountError::NoSuchGateway)?;
    }
    let individual = wanted.individual_read_state;
    let (account, policy) = change_own(app, caller, AuditAction::AccountChanged, individual, |account| {
        if wanted.branding.is_some() && account.parent.is_some() {
            return Err(AccountError::LooksOfMaster);
        }
        let SettingsChange {
            name,
            time_zone,
            region,
            wake_on_reply,
            quiet_hours,
            default_gateway,
            branding,
            ..
        } = wanted.clone();
        account.name = name.unwrap_or_else(|| account.name.clone());
        account.time_zone = time_zone.unwrap_or_else(|| account.time_zone.clone());
        account.region = region.unwrap_or(account.region);
        account.wake_on_reply = wake_on_reply.unwrap_or(account.wake_on_reply);
        account.quiet_hours = quiet_hours.unwrap_or(account.quiet_hours);
        account.default_gateway = default_gateway.or(account.default_gateway);
        account.branding = branding.unwrap_or_else(|| account.branding.clone());
        Ok(())
    })
    .await?;
    let look = mail::look(app, &account).await?;
    let policy = policy.unwrap_or_else(|| Policy::clone(&caller.policy));
    Ok(OwnAccount { account, policy, look })
}

/// Says how all sub accounts look, but for what is said of one of them alone (A08).
pub async fn set_sub_account_branding(
    app: &App,
    caller: &Caller,
    wanted: Branding,
) -> Result<Branding, AccountError> {
    caller.require(Permission::AccountsManage)?;
    change_own(app, caller, AuditAction::AccountBrandingChanged, None, |account| {
        account.sub_account_branding = wanted.clone();
        Ok(())
    })
    .await
    .map(|(account, _)| account.sub_account_branding)
}

/// Reads the caller's account, lets `step` change it and writes it with its entry in the audit log, again and again until
/// nobody else came in between; with it, whether each person has a read state of their own, which is a matter of the policy.
/// Writes nothing if nothing changed. Answers the policy, too, if it was looked at.
async fn change_own(
    app: &App,
    caller: &Caller,
    action: AuditAction,
    individual_read_state: Option<bool>,
    step: impl Fn(&mut Account) -> Result<(), AccountError>,
) -> Result<(Account, Option<Policy>), AccountError> {
    let store = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let before = store.account_record().await?.ok_or(AccountError::NotFound)?;
        let policy = match individual_read_state {
            Some(_) => Some(store.policy().await?),
            None => None,
        };
        let mut after = before.account.clone();
        step(&mut after)?;
        let read = policy.clone().zip(individual_read_state);
        let read = read.and_then(|(policy, individual)| ReadStates::changed(app, policy, individual));
        if after == before.account && read.is_none() {
            return Ok((after, policy.map(|record| record.policy)));
        }
        let (mut old, mut new) = (shown(&before.account), shown(&after));
        if let (Some(read), Some(old), Some(new)) = (&read, old.as_object_mut(), new.as_object_mut()) {
            let individual = read.policy.policy.individual_read_since.is_some();
            old.insert("individual_read_state".into(), (!individual).into());
            new.insert("individual_read_state".into(), individual.into());
        }
        let entry = caller.audit(app, action, after.id, &old, &new);
        let traces = vec![(after.id, entry.into())];
        let (written, read_state) = match read {
            Some(ReadStates { policy, change }) => (Some(policy), change),
            None => (None, ReadStateChange::Keep),
        };
        let now = written.clone().or(policy).map(|record| record.policy);
        let update =
            AccountUpdate { before: &before, after: after.clone(), policy: written, read_state, traces };
        if store.change_settings(update).await? {
            return Ok((after, now));
        }
    }
    Err(StoreError::Contention.into())
}

/// A change of whether each person has a read state of their own (E20, X08).
struct ReadStates {
    policy: PolicyRecord,
    change: ReadStateChange,
}

impl ReadStates {
    /// `None`: it is so already.
    fn changed(app: &App, mut policy: PolicyRecord, individual: bool) -> Option<Self> {
        if policy.policy.individual_read_since.is_some() == individual {
            return None;
        }
        let now = app.now();
        policy.policy.individual_read_since = individual.then_some(now);
        let change = if individual { ReadStateChange::Individual(now) } else { ReadStateChange::Shared };
        Some(Self { policy, change })
    }
}

/// Puts an account on a plan, on behalf of the operator (A11, A12), who has been authenticated by the caller of this
/// function.
pub async fn set_plan(
    app: &App,
    account: AccountId,
    plan: Plan,
    address: Option<IpAddr>,
) -> Result<Policy, AccountError> {
    by_operator(app, account, address, AuditAction::AccountPlanChanged, |policy| policy.plan = plan).await
}

/// Suspends an account or reopens it, on behalf of the operator. What the operator has suspended, no master reopens.
pub async fn set_suspended(
    app: &App,
    account: AccountId,
    suspended: bool,
    address: Option<IpAddr>,
) -> Result<Policy, AccountError> {
    let now = app.now();
    let action = if suspended { AuditAction::AccountSuspended } else { AuditAction::AccountReopened };
    by_operator(app, account, address, action, |policy| {
        policy.suspended_since = suspended.then(|| policy.suspended_since.unwrap_or(now));
        policy.suspended_by_operator = suspended;
    })
    .await
}

/// What the audit log shows of what an account may do.
pub(crate) fn shown_policy(policy: &Policy) -> Value {
    let Policy { suspended_since, plan, switched_off, support_until, .. } = policy;
    json!({
        "suspended_since": suspended_since, "plan": plan, "switched_off": switched_off,
        "support_until": support_until,
    })
}

async fn by_operator(
    app: &App,
    account: AccountId,
    address: Option<IpAddr>,
    action: AuditAction,
    step: impl Fn(&mut Policy),
) -> Result<Policy, AccountError> {
    app.store.account(account).settings_now().await?.ok_or(AccountError::NotFound)?;
    teams::change_policy(app, account, |policy| {
        let before = policy.clone();
        step(policy);
        let about = About { action, object: account.to_string() };
        let (before, after) = (shown_policy(&before), shown_policy(policy));
        let entry = audit::entry(app, AuditActor::Operator, address, about, &before, &after);
        Ok(Traces::from(entry))
    })
    .await
}

/// The caller's account and its settings.
pub async fn settings(app: &App, caller: &Caller) -> Result<Account, Failure> {
    let settings = app.store.account(caller.account).settings().await?;
    settings.ok_or(Failure::Broken("the account has no settings"))
}

/// A sub account of the caller's account. What the caller may do to it is for the use case to ask first.
pub async fn sub_account(app: &App, caller: &Caller, id: AccountId) -> Result<Account, NoSubAccount> {
    let account = app.store.account(id).settings_now().await?;
    account.filter(|it| it.parent == Some(caller.account)).ok_or(NoSubAccount::NotFound)
}
