//! What people do about their own security: password and second factor (B04).
//!
//! It needs a session: a program has neither. Whoever proves something here, a password or a code, is counted like
//! somebody who signs in, so a stolen session is no way to guess. Each change is in the audit log and told by e-mail.

use domain::{
    audit::AuditAction,
    email::EmailAddress,
    id::SessionId,
    link::Nonce,
    lockout::LockedOut,
    mail::{Letter, Mail, SecurityChange},
    second_factor::{AlreadyOn, Confirmed, NotBegun, SecondFactor},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use storage::{SaveSecurity, SecurityUpdate, SignInChange, StoreError, Traces, UserRecord};

use crate::{
    App, Caller, Failure,
    conversations::ATTEMPTS_MAX,
    passwords::{self, ChooseError, Flaw},
    second_factor::{self, Enrolment, new_recovery_codes},
    sign_in::{self, Code},
};

/// Why somebody's own security was not changed.
#[derive(Debug, thiserror::Error)]
pub enum OwnSecurityError {
    /// A program, or a visitor from the master account, has nothing of the kind.
    #[error("only for members of staff who have signed in")]
    NotAPerson,
    /// The present password is another.
    #[error("the password is wrong")]
    WrongPassword,
    /// The code is wrong, or was used before.
    #[error("the code is wrong or was used before")]
    WrongCode,
    /// There were too many failures.
    #[error(transparent)]
    LockedOut(#[from] LockedOut),
    /// The new password cannot be used.
    #[error("the password cannot be used")]
    Flawed(Vec<Flaw>),
    /// A second factor has been set up.
    #[error(transparent)]
    AlreadyOn(#[from] AlreadyOn),
    /// No second factor is being set up.
    #[error(transparent)]
    NotBegun(#[from] NotBegun),
    /// There is no second factor.
    #[error("there is no second factor")]
    NotOn,
    /// The new address is the present one.
    #[error("this is the present address")]
    SameAddress,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for OwnSecurityError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<ChooseError> for OwnSecurityError {
    fn from(error: ChooseError) -> Self {
        match error {
            ChooseError::Flawed(flaws) => Self::Flawed(flaws),
            ChooseError::Store(error) => error.into(),
        }
    }
}

/// What a step does besides changing the user.
pub(crate) struct Effect {
    /// What the audit log calls it.
    pub(crate) action: AuditAction,
    /// What of it the audit log shows, before and after.
    pub(crate) shown: (Value, Value),
    /// What it does to the way the user signs in.
    pub(crate) sign_in: SignInChange,
    /// What the user is told, and at which address.
    pub(crate) letter: Option<(EmailAddress, Letter)>,
}

/// Chooses another password, which ends every session but this one.
pub async fn change_password(
    app: &App,
    caller: &Caller,
    current: SecretString,
    wanted: SecretString,
) -> Result<(), OwnSecurityError> {
    let session = person(caller)?;
    let verified = verify_password(app, caller, current).await?;
    let policy = &caller.policy.security.password;
    let earlier: Vec<String> = std::iter::once(verified.hash.clone()).chain(verified.earlier).collect();
    let about = [caller.profile.email.as_str(), caller.profile.name.as_str()];
    let new = passwords::choose(policy, wanted, &about, &earlier).await?;
    let hash = passwords::hash(app, new).await?;
    let earlier: Vec<String> = earlier.into_iter().take(usize::from(policy.history.get())).collect();
    for _ in 0..ATTEMPTS_MAX {
        let before = own_record(app, caller).await?;
        // Read after the user, whose version guards it: the password must still be the one that was given.
        let credential = app.store.credential(&before.user.email).await?;
        if credential.and_then(|it| it.password_hash).as_ref() != Some(&verified.hash) {
            return Err(OwnSecurityError::WrongPassword);
        }
        let mut after = before.clone();
        after.sessions.retain(|it| it.id == session);
        after.security.password_set_at = Some(app.now());
        after.security.password_reset = None;
        let effect = Effect {
            action: AuditAction::PasswordChanged,
            shown: (Value::Null, Value::Null),
            sign_in: SignInChange::Password { hash: hash.clone(), earlier: earlier.clone() },
            letter: Some((before.user.email.clone(), Letter::PasswordChanged)),
        };
        if save(app, caller, &before, after, effect).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

/// Begins to set up a second factor. It is asked for once a first code has confirmed it.
pub async fn begin_second_factor(app: &App, caller: &Caller) -> Result<Enrolment, OwnSecurityError> {
    person(caller)?;
    let mut nonce = [0; 16];
    app.ids.fill(&mut nonce);
    let nonce = Nonce(nonce);
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let mut record = own_record(app, caller).await?;
        record.security.second_factor = record.security.second_factor.begin(nonce)?;
        if account.save_user(&record).await? {
            return Ok(second_factor::enrolment(app, caller.user, &record.user.email, nonce).await?);
        }
    }
    Err(StoreError::Contention.into())
}

/// Confirms the second factor with a first code. Answers the recovery codes, which are shown this once.
pub async fn confirm_second_factor(
    app: &App,
    caller: &Caller,
    code: SecretString,
) -> Result<Vec<SecretString>, OwnSecurityError> {
    person(caller)?;
    count_try(app, caller).await?;
    let (codes, hashes) = new_recovery_codes(app);
    for _ in 0..ATTEMPTS_MAX {
        let before = own_record(app, caller).await?;
        let begun = &before.security.second_factor;
        let SecondFactor::Begun { nonce } = *begun else { return Err(NotBegun.into()) };
        let step = second_factor::step_of(app, caller.user, nonce, code.expose_secret()).await?;
        let confirmed = begun.confirm(step.ok_or(OwnSecurityError::WrongCode)?, hashes.clone(), app.now())?;
        let change = SecurityChange::SecondFactorOn;
        if replace(app, caller, &before, confirmed, (AuditAction::SecondFactorOn, change)).await? {
            forgive(app, caller).await?;
            return Ok(codes);
        }
    }
    Err(StoreError::Contention.into())
}

/// Replaces the recovery codes, which takes a code. They are shown this once.
pub async fn renew_recovery_codes(
    app: &App,
    caller: &Caller,
    code: SecretString,
) -> Result<Vec<SecretString>, OwnSecurityError> {
    person(caller)?;
    count_try(app, caller).await?;
    let (codes, hashes) = new_recovery_codes(app);
    let code = Code::Totp(code);
    for _ in 0..ATTEMPTS_MAX {
        let before = own_record(app, caller).await?;
        let proven = prove(app, &before, &code).await?;
        let renewed = SecondFactor::On(proven.with_recovery_codes(hashes.clone()));
        let change = SecurityChange::RecoveryCodesRenewed;
        if replace(app, caller, &before, renewed, (AuditAction::RecoveryCodesRenewed, change)).await? {
            forgive(app, caller).await?;
            return Ok(codes);
        }
    }
    Err(StoreError::Contention.into())
}

/// Removes the second factor, which takes a code of either kind.
pub async fn remove_second_factor(app: &App, caller: &Caller, code: Code) -> Result<(), OwnSecurityError> {
    person(caller)?;
    count_try(app, caller).await?;
    for _ in 0..ATTEMPTS_MAX {
        let before = own_record(app, caller).await?;
        prove(app, &before, &code).await?;
        let change = SecurityChange::SecondFactorOff;
        let off = SecondFactor::Off;
        if replace(app, caller, &before, off, (AuditAction::SecondFactorOff, change)).await? {
            return forgive(app, caller).await;
        }
    }
    Err(StoreError::Contention.into())
}

/// Saves another state of the second factor, and tells the user; `false`: the user was changed meanwhile.
async fn replace(
    app: &App,
    caller: &Caller,
    before: &UserRecord,
    second_factor: SecondFactor,
    (action, change): (AuditAction, SecurityChange),
) -> Result<bool, StoreError> {
    let is_on = |state: &SecondFactor| json!({"second_factor": state.confirmed().is_some()});
    let shown = (is_on(&before.security.second_factor), is_on(&second_factor));
    let letter = Some((before.user.email.clone(), Letter::SecurityChanged { change, by: None }));
    let mut after = before.clone();
    after.security.second_factor = second_factor;
    save(app, caller, before, after, Effect { action, shown, sign_in: SignInChange::Keep, letter }).await
}

/// The second factor after a code was accepted.
async fn prove(app: &App, record: &UserRecord, code: &Code) -> Result<Confirmed, OwnSecurityError> {
    let confirmed = record.security.second_factor.confirmed().ok_or(OwnSecurityError::NotOn)?;
    let after = sign_in::accept(app, record.user.id, confirmed, code).await?;
    after.ok_or(OwnSecurityError::WrongCode)
}

/// The session of a member of staff.
pub(crate) fn person(caller: &Caller) -> Result<SessionId, OwnSecurityError> {
    let session = caller.session().filter(|_| caller.profile.support_of.is_none());
    session.ok_or(OwnSecurityError::NotAPerson)
}

/// The hashes behind a password that was right.
pub(crate) struct Verified {
    pub(crate) hash: String,
    pub(crate) earlier: Vec<String>,
}

/// Makes sure that it is the caller's password.
pub(crate) async fn verify_password(
    app: &App,
    caller: &Caller,
    password: SecretString,
) -> Result<Verified, OwnSecurityError> {
    count_try(app, caller).await?;
    let credential = app.store.credential(&caller.profile.email).await?;
    let credential = credential.filter(|it| it.user == caller.user);
    let (hash, earlier) = credential.map(|it| (it.password_hash, it.earlier)).unwrap_or_default();
    if !passwords::verify(password, hash.as_deref()).await? {
        return Err(OwnSecurityError::WrongPassword);
    }
    forgive(app, caller).await?;
    Ok(Verified { hash: hash.unwrap_or_default(), earlier })
}

async fn count_try(app: &App, caller: &Caller) -> Result<(), OwnSecurityError> {
    Ok(app.store.count_try(&caller.profile.email, app.now()).await?.map(drop)?)
}

async fn forgive(app: &App, caller: &Caller) -> Result<(), OwnSecurityError> {
    Ok(app.store.forgive_tries(&caller.profile.email).await?)
}

pub(crate) async fn own_record(app: &App, caller: &Caller) -> Result<UserRecord, OwnSecurityError> {
    let found = app.store.account(caller.account).user(caller.user).await?;
    found.ok_or(OwnSecurityError::NotAPerson)
}

/// Saves a step with its traces; `false`: the user was changed meanwhile.
pub(crate) async fn save(
    app: &App,
    caller: &Caller,
    before: &UserRecord,
    after: UserRecord,
    effect: Effect,
) -> Result<bool, StoreError> {
    let Effect { action, shown, sign_in, letter } = effect;
    let mut traces = Traces::from(caller.audit(app, action, caller.user, &shown.0, &shown.1));
    if let Some((to, letter)) = letter {
        traces = traces.and_mail(Mail { id: app.new_id(), to, at: app.now(), letter });
    }
    let update = SecurityUpdate { before, after, sign_in, traces };
    Ok(app.store.account(caller.account).save_security(update).await? == SaveSecurity::Saved)
}
