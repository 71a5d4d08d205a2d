//! What a master does with its sub accounts (A02 to A09): opening them, their looks and features, suspending them.
//!
//! Everything is in the audit logs of both. Credits are a matter of [`crate::allocations`], entering as support one of
//! [`crate::support`].

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::{ConversationAccess, Feature, Grants, MessageAccess, Permission, RoleRef},
    account::{Account, LEVELS_MAX, User, UserStatus, ZoneName},
    audit::AuditAction,
    branding::Branding,
    email::EmailAddress,
    id::AccountId,
    name::DisplayName,
    phone::Region,
    policy::Policy,
    quiet_hours::QuietHours,
    security::SecuritySettings,
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use storage::{
    AccountUpdate, AddUserError, InvalidCursor, NewUserRecord, Page, PageRequest, PolicyRecord,
    ReadStateChange, StoreError, Traces,
};

use crate::{
    App, Caller, Failure,
    accounts::{NoSubAccount, settings, sub_account},
    audit::NOTHING,
    caller::Forbidden,
    conversations::ATTEMPTS_MAX,
    invitations,
    passwords::{self, ChooseError, Flaw},
};

/// Why a sub account was not opened, shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum SubAccountError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The caller's account has no such sub account.
    #[error("there is no such sub account")]
    NotFound,
    /// Too many accounts would stand above each other.
    #[error("at most {LEVELS_MAX} accounts stand above each other")]
    TooDeep,
    /// The address is another user's.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The password cannot be used.
    #[error("the password cannot be used")]
    Flawed(Vec<Flaw>),
    /// The caller's account has not got the feature itself.
    #[error("the account has not the feature {0} itself")]
    FeatureNotOwned(Feature),
    /// It was the operator who suspended it.
    #[error("the operator has suspended the account")]
    SuspendedByOperator,
    /// The first user has joined: they can invite others.
    #[error("the first user has joined")]
    FirstUserJoined,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for SubAccountError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<NoSubAccount> for SubAccountError {
    fn from(error: NoSubAccount) -> Self {
        match error {
            NoSubAccount::NotFound => Self::NotFound,
            NoSubAccount::Failure(failure) => Self::Failure(failure),
        }
    }
}

impl From<ChooseError> for SubAccountError {
    fn from(error: ChooseError) -> Self {
        match error {
            ChooseError::Flawed(flaws) => Self::Flawed(flaws),
            ChooseError::Store(error) => error.into(),
        }
    }
}

/// A sub account as its master sees it.
pub struct SubAccount {
    /// The account and its settings.
    pub account: Account,
    /// What it may do.
    pub policy: Policy,
    /// How it looks to its people.
    pub look: Branding,
}

/// A sub account to open.
pub struct NewSubAccount {
    /// Its name.
    pub name: DisplayName,
    /// Its time zone.
    pub time_zone: ZoneName,
    /// Where its people write numbers without a country code.
    pub region: Region,
    /// The name of its first user.
    pub owner_name: DisplayName,
    /// The address that the first user signs in with.
    pub owner_email: EmailAddress,
    /// Their password; `None`: they are invited by e-mail and choose one.
    pub owner_password: Option<SecretString>,
}

/// What to change of a sub account; what is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct SubAccountChange {
    /// Its name.
    pub name: Option<DisplayName>,
    /// How it looks, beside what is said of all sub accounts (A08).
    pub branding: Option<Branding>,
    /// Features to switch on and off.
    pub features: BTreeMap<Feature, bool>,
}

/// A page of the caller's sub accounts, in the order in which they were opened.
pub async fn list(
    app: &App,
    caller: &Caller,
    page: PageRequest<'_>,
) -> Result<Page<SubAccount>, SubAccountError> {
    caller.require(Permission::AccountsRead)?;
    let base = settings(app, caller).await?.sub_account_branding;
    let Page { items, next_cursor } = app.store.account(caller.account).sub_accounts(page).await??;
    let seen = |(account, policy): (Account, Policy)| SubAccount {
        look: account.branding.over(&base),
        account,
        policy,
    };
    Ok(Page { items: items.into_iter().map(seen).collect(), next_cursor })
}

/// A sub account of the caller's.
pub async fn get(app: &App, caller: &Caller, id: AccountId) -> Result<SubAccount, SubAccountError> {
    caller.require(Permission::AccountsRead)?;
    let account = sub_account(app, caller, id).await?;
    let policy = app.store.account(id).policy().await?.policy;
    seen(app, caller, account, policy).await
}

async fn seen(
    app: &App,
    caller: &Caller,
    account: Account,
    policy: Policy,
) -> Result<SubAccount, SubAccountError> {
    let base = settings(app, caller).await?.sub_account_branding;
    Ok(SubAccount { look: account.branding.over(&base), account, policy })
}

/// Opens a sub account with its first user, who holds all six roles (B16) and can sign in, or is invited.
pub async fn open(app: &App, caller: &Caller, new: NewSubAccount) -> Result<SubAccount, SubAccountError> {
    caller.require(Permission::AccountsManage)?;
    check_levels(app, caller.account).await?;
    let now = app.now();
    let account = Account {
        id: app.new_id(),
        name: new.name,
        time_zone: new.time_zone,
        region: new.region,
        wake_on_reply: true,
        quiet_hours: QuietHours::default(),
        default_gateway: None,
        parent: Some(caller.account),
        branding: Branding::default(),
        sub_account_branding: Branding::default(),
        created_at: now,
    };
    let owner = first_user(app, account.id, new.owner_email, new.owner_name, new.owner_password.is_none());
    let policy = first_policy(caller, now);
    let shown = json!({"account_id": account.id, "name": account.name, "owner": owner.id});
    let both = |action, after: &Value| {
        let of_sub = caller.audit_in(app, account.id, action, account.id, &NOTHING, after);
        let of_master = caller.audit(app, action, account.id, &NOTHING, after);
        (Traces::from(of_sub), Traces::from(of_master))
    };
    let (mut of_sub, of_master) = both(AuditAction::AccountOpened, &shown);
    let (mut password_hash, mut invitation) = (None, None);
    if let Some(password) = new.owner_password {
        let about = [owner.email.as_str(), owner.name.as_str(), account.name.as_str()];
        let password = passwords::choose(&policy.security.password, password, &about, &[]).await?;
        password_hash = Some(passwords::hash(app, password).await?);
    } else {
        let (nonce, letter) = invitations::letter(app, &owner, Some(&caller.profile.name));
        invitation = Some(nonce);
        of_sub = of_sub.and_mail(letter);
    }
    let owner = NewUserRecord { user: owner, password_hash, invitation, sessions: Vec::new() };
    let traces = vec![(account.id, of_sub), (caller.account, of_master)];
    let opened = storage::NewSubAccount { account: account.clone(), policy: policy.clone(), owner, traces };
    match app.store.account(caller.account).open_sub_account(opened).await {
        Ok(()) => seen(app, caller, account, policy).await,
        Err(AddUserError::EmailTaken) => Err(SubAccountError::EmailTaken),
        Err(AddUserError::Store(error)) => Err(error.into()),
    }
}

/// Refuses a sub account below too many others. The parent of an account never changes, so this ends, and what it finds
/// stays true.
async fn check_levels(app: &App, account: AccountId) -> Result<(), SubAccountError> {
    let mut above = Some(account);
    for _ in 0..LEVELS_MAX {
        let Some(next) = above else { return Ok(()) };
        let found = app.store.account(next).settings_now().await?;
        above = found.ok_or(Failure::Broken("an account above is not there"))?.parent;
    }
    Err(SubAccountError::TooDeep)
}

fn first_user(app: &App, account: AccountId, email: EmailAddress, name: DisplayName, invited: bool) -> User {
    User {
        id: app.new_id(),
        account,
        email,
        name,
        status: if invited { UserStatus::Invited } else { UserStatus::Active },
        roles: RoleRef::built_in(),
        teams: BTreeSet::new(),
        conversation_access: ConversationAccess::All,
        message_access: MessageAccess::Write,
        overrides: Grants::default(),
        support_of: None,
        created_at: app.now(),
    }
}

/// What a new sub account may do: what its master may, but not buy credits (A04). It is as much a paying customer as its
/// master is.
fn first_policy(caller: &Caller, now: Timestamp) -> Policy {
    let off = |feature: &Feature| *feature == Feature::BuyCredits || !caller.policy.has(*feature);
    Policy {
        paying_since: caller.policy.paying_since.map(|_| now),
        plan: caller.policy.plan,
        switched_off: Feature::ALL.into_iter().filter(off).collect(),
        security: SecuritySettings::default(),
        ..Policy::default()
    }
}

/// Changes a sub account's name, looks and features.
pub async fn change(
    app: &App,
    caller: &Caller,
    id: AccountId,
    wanted: SubAccountChange,
) -> Result<SubAccount, SubAccountError> {
    caller.require(Permission::AccountsManage)?;
    change_both(app, caller, id, |account, policy| {
        let not_owned = wanted.features.iter().find(|(feature, on)| **on && !caller.policy.has(**feature));
        if let Some((feature, _)) = not_owned {
            return Err(SubAccountError::FeatureNotOwned(*feature));
        }
        let mut done = Vec::new();
        if let Some(name) = wanted.name.clone().filter(|name| *name != account.name) {
            let (before, after) = (json!({"name": account.name}), json!({"name": name}));
            account.name = name;
            done.push((AuditAction::AccountChanged, before, after));
        }
        if let Some(branding) = wanted.branding.clone().filter(|it| *it != account.branding) {
            done.push((AuditAction::AccountBrandingChanged, json!(account.branding), json!(branding)));
            account.branding = branding;
        }
        let before = policy.switched_off.clone();
        for (feature, on) in &wanted.features {
            if *on {
                policy.switched_off.remove(feature)
            } else {
                policy.switched_off.insert(*feature)
            };
        }
        if before != policy.switched_off {
            let (before, after) =
                (json!({"switched_off": before}), json!({"switched_off": policy.switched_off}));
            done.push((AuditAction::AccountFeaturesChanged, before, after));
        }
        Ok(done)
    })
    .await
}

/// Suspends a sub account, or reopens it. Suspended, nobody of it may do anything and nothing is sent; what customers write
/// is kept.
pub async fn set_suspended(
    app: &App,
    caller: &Caller,
    id: AccountId,
    suspended: bool,
) -> Result<SubAccount, SubAccountError> {
    caller.require(Permission::AccountsManage)?;
    let now = app.now();
    change_both(app, caller, id, |_, policy| {
        if policy.suspended_since.is_some() == suspended {
            return Ok(Vec::new());
        }
        if policy.suspended_by_operator {
            return Err(SubAccountError::SuspendedByOperator);
        }
        let before = json!({"suspended_since": policy.suspended_since});
        policy.suspended_since = suspended.then_some(now);
        let after = json!({"suspended_since": policy.suspended_since});
        let action = if suspended { AuditAction::AccountSuspended } else { AuditAction::AccountReopened };
        Ok(vec![(action, before, after)])
    })
    .await
}

/// What was done, with what of it was different before and after.
type Done = Vec<(AuditAction, Value, Value)>;

/// Reads a sub account and its policy, lets `step` change them and writes them with what was done in the audit logs of both
/// accounts, again and again until nobody else came in between. Writes nothing if nothing was done.
async fn change_both(
    app: &App,
    caller: &Caller,
    id: AccountId,
    step: impl Fn(&mut Account, &mut Policy) -> Result<Done, SubAccountError>,
) -> Result<SubAccount, SubAccountError> {
    let store = app.store.account(id);
    for _ in 0..ATTEMPTS_MAX {
        sub_account(app, caller, id).await?;
        let before = store.account_record().await?.ok_or(SubAccountError::NotFound)?;
        let PolicyRecord { mut policy, version } = store.policy().await?;
        let old_policy = policy.clone();
        let mut after = before.account.clone();
        let done = step(&mut after, &mut policy)?;
        let (mut of_sub, mut of_master) = (Traces::default(), Traces::default());
        for (action, before, after) in &done {
            of_sub.audit.push(caller.audit_in(app, id, *action, id, before, after));
            of_master.audit.push(caller.audit(app, *action, id, before, after));
        }
        let update = AccountUpdate {
            before: &before,
            after: after.clone(),
            policy: (policy != old_policy).then(|| PolicyRecord { policy: policy.clone(), version }),
            read_state: ReadStateChange::Keep,
            traces: vec![(id, of_sub), (caller.account, of_master)],
        };
        if done.is_empty() || store.change_settings(update).await? {
            return seen(app, caller, after, policy).await;
        }
    }
    Err(StoreError::Contention.into())
}
