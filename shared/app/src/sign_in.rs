//! Signing in (B04).
//!
//! What is done does not depend on whether the address is anybody's: the try is counted, the same items are read, one
//! password is compared. Only who has the right password learns more: that a code is wanted as well, for example. A try
//! is counted before anything is looked at and forgiven when somebody came in, so guesses that arrive together all count.

use domain::{
    account::UserStatus,
    alerts::{AlertKind, NEW_PLACE},
    audit::{AuditAction, AuditActor},
    email::EmailAddress,
    id::{AccountId, UserId},
    lockout::LockedOut,
    mail::{Letter, Mail},
    policy::Policy,
    second_factor::{Confirmed, SecondFactor},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use storage::{Credential, SaveSecurity, SecurityUpdate, SignInChange, StoreError, Traces, UserRecord};

use crate::{
    App, Failure, alerts,
    audit::{About, NOTHING, entry},
    conversations::ATTEMPTS_MAX,
    passwords,
    second_factor::{recovery_hash, step_of},
    sessions::{Origin, SignedIn, add_session},
};

/// A code that proves the second factor.
#[derive(Clone)]
pub enum Code {
    /// Six digits of an authenticator application.
    Totp(SecretString),
    /// One of the recovery codes.
    Recovery(SecretString),
}

/// What somebody signs in with.
pub struct SignIn {
    /// Their address.
    pub email: EmailAddress,
    /// Their password.
    pub password: SecretString,
    /// A code of their second factor, if they have one.
    pub code: Option<Code>,
    /// Where they are, and with which program.
    pub origin: Origin,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Address, password or code is wrong, or the account may not be used by this user or from this address; which of them
    /// is not told.
    #[error("the e-mail address or the password is wrong")]
    Refused,
    /// The password is right; a code of the second factor is wanted as well.
    #[error("a code of the second factor is needed")]
    SecondFactorRequired,
    /// There were too many failures for this address.
    #[error(transparent)]
    LockedOut(#[from] LockedOut),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Who has an address, with the account's policy.
struct Found {
    credential: Option<Credential>,
    record: Option<UserRecord>,
    policy: Policy,
}

impl Found {
    fn hash(&self) -> Option<&str> {
        self.credential.as_ref()?.password_hash.as_deref()
    }

    /// The user, if they may come in from there at all.
    fn admit(self, origin: &Origin) -> Option<(UserRecord, Policy)> {
        let Self { record, policy, .. } = self;
        let record = record.filter(|it| it.user.status == UserStatus::Active)?;
        policy.security.allowed_addresses.allow(origin.address).then_some((record, policy))
    }
}

/// Signs a user in.
pub async fn sign_in(app: &App, ask: SignIn) -> Result<SignedIn, SignInError> {
    let SignIn { email, password, code, origin } = ask;
    let counted = app.store.count_try(&email, app.now()).await??;
    let mut found = find(app, &email).await?;
    let hash = found.hash().map(str::to_owned);
    if !passwords::verify(password, hash.as_deref()).await? {
        return Err(SignInError::Refused);
    }
    for _ in 0..ATTEMPTS_MAX {
        // Of somebody who was changed meanwhile, the password may have been.
        if found.hash() != hash.as_deref() {
            return Err(SignInError::Refused);
        }
        let (before, policy) = found.admit(&origin).ok_or(SignInError::Refused)?;
        let proven = prove(app, &before, code.as_ref()).await;
        if matches!(proven, Err(SignInError::SecondFactorRequired)) {
            app.store.take_back_try(&email, counted).await?;
        }
        if let Some(signed_in) = let_in(app, before, &policy, proven?, &origin).await? {
            app.store.forgive_tries(&email).await?;
            return Ok(signed_in);
        }
        found = find(app, &email).await?;
    }
    Err(StoreError::Contention.into())
}

/// Reads the same for every address: of one that is nobody's, the user whom nobody is.
async fn find(app: &App, email: &EmailAddress) -> Result<Found, StoreError> {
    let credential = app.store.credential(email).await?;
    let nobody = || (AccountId::derive(&[b"nobody"]), UserId::derive(&[email.as_str().as_bytes()]));
    let (account, user) = credential.as_ref().map_or_else(nobody, |it| (it.account, it.user));
    let asking = app.store.account(account).asking(user, true).await?;
    Ok(Found { credential, record: asking.user, policy: asking.policy })
}

/// The second factor as it is after `code` was used; `None`: none is asked for.
async fn prove(
    app: &App,
    record: &UserRecord,
    code: Option<&Code>,
) -> Result<Option<Confirmed>, SignInError> {
    let Some(confirmed) = record.security.second_factor.confirmed() else { return Ok(None) };
    let code = code.ok_or(SignInError::SecondFactorRequired)?;
    let after = accept(app, record.user.id, confirmed, code).await?;
    after.map(Some).ok_or(SignInError::Refused)
}

/// The second factor after a code was used; `None`: the code is wrong or was used before.
pub(crate) async fn accept(
    app: &App,
    user: UserId,
    confirmed: &Confirmed,
    code: &Code,
) -> Result<Option<Confirmed>, Failure> {
    match code {
        Code::Totp(code) => {
            let step = step_of(app, user, confirmed.nonce, code.expose_secret()).await?;
            Ok(step.and_then(|step| confirmed.accept_step(step)))
        }
        Code::Recovery(code) => Ok(confirmed.accept_recovery(&recovery_hash(code.expose_secret()))),
    }
}

/// Begins the session. `None`: the user was changed meanwhile.
async fn let_in(
    app: &App,
    before: UserRecord,
    policy: &Policy,
    second_factor: Option<Confirmed>,
    origin: &Origin,
) -> Result<Option<SignedIn>, SignInError> {
    let mut after = before.clone();
    let codes_left = second_factor.as_ref().map(|it| it.recovery_codes.len());
    if let Some(second_factor) = second_factor {
        after.security.second_factor = SecondFactor::On(second_factor);
    }
    let signed_in = add_session(app, &mut after, &policy.security, origin);
    let user = &before.user;
    let about = About { action: AuditAction::SignedIn, object: user.id.to_string() };
    let new_place = origin.address.filter(|address| before.security.is_new(*address));
    let mut began = json!({"session": signed_in.session, "recovery_codes_left": codes_left});
    if let (Some(_), Some(told)) = (new_place, began.as_object_mut()) {
        told.insert(NEW_PLACE.to_owned(), true.into());
    }
    let actor = AuditActor::User { user: user.id };
    let mut traces = Traces::from(entry(app, actor, origin.address, about, &NOTHING, &began));
    if new_place.is_some() && alerts::by_email(app, user.account, user.id, AlertKind::NewSignIn).await? {
        let letter = Letter::NewSignIn { at: app.now(), address: new_place };
        traces = traces.and_mail(Mail { id: app.new_id(), to: user.email.clone(), at: app.now(), letter });
    }
    let update = SecurityUpdate { before: &before, after, sign_in: SignInChange::Keep, traces };
    match app.store.account(user.account).save_security(update).await? {
        SaveSecurity::Saved => Ok(Some(signed_in)),
        SaveSecurity::Changed | SaveSecurity::EmailTaken => Ok(None),
    }
}
