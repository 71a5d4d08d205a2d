//! Signing up, in and out.
//!
//! Who is behind a token is a matter of [`crate::caller`].

use std::{collections::BTreeSet, net::IpAddr};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use domain::{
    access::{ConversationAccess, Grants, MessageAccess, RoleRef},
    account::{Account, User, UserStatus, ZoneName},
    audit::{AuditAction, AuditActor},
    branding::Branding,
    email::EmailAddress,
    id::SessionId,
    name::DisplayName,
    phone::Region,
};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use storage::{Session, SignUp, StoreError};

pub use storage::AddUserError as SignUpError;

use crate::{
    App, Caller, Failure,
    audit::{self, About, NOTHING},
    caller::{Credential, new_token},
};

/// How long a session lasts.
const SESSION_FOR: SignedDuration = SignedDuration::from_hours(24 * 14);
/// A user has at most this many sessions; signing in once more ends the oldest. Keeps the user's item small.
const SESSIONS_MAX: usize = 10;
/// The length of the salt that RFC 9106 section 3.1 recommends.
const SALT_BYTES: usize = 16;

/// A password that may be set: 10 to 200 characters. Its strength is a matter of length here; a ceiling keeps hashing
/// cheap.
#[derive(Clone)]
pub struct NewPassword(SecretString);

/// The text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has 10 to 200 characters")]
pub struct InvalidPassword;

impl TryFrom<SecretString> for NewPassword {
    type Error = InvalidPassword;
    fn try_from(password: SecretString) -> Result<Self, InvalidPassword> {
        let characters = password.expose_secret().chars().count();
        if (10..=200).contains(&characters) { Ok(Self(password)) } else { Err(InvalidPassword) }
    }
}

/// A business that signs up.
pub struct Business {
    /// Its name.
    pub name: DisplayName,
    /// Its time zone.
    pub time_zone: ZoneName,
    /// Where its people write numbers without a country code.
    pub region: Region,
    /// The first user's name.
    pub user_name: DisplayName,
    /// The first user's address.
    pub email: EmailAddress,
    /// The first user's password.
    pub password: NewPassword,
}

/// A new account with its first user, who is signed in.
pub struct SignedUp {
    /// The account.
    pub account: Account,
    /// Its first user.
    pub user: User,
    /// The token, which is shown this once.
    pub token: SecretString,
    /// When the session ends.
    pub expires_at: jiff::Timestamp,
}

/// A new session.
pub struct SignedIn {
    /// Whose.
    pub user: User,
    /// The token, which is shown this once.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: jiff::Timestamp,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The address is unknown or the password is wrong; which of the two is not told.
    #[error("the e-mail address or the password is wrong")]
    Refused,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Opens an account for a business; its first user holds all six roles (B16) and is signed in.
pub async fn sign_up(
    app: &App,
    business: Business,
    address: Option<IpAddr>,
) -> Result<SignedUp, SignUpError> {
    let (now, account_id, user_id) = (app.now(), app.new_id(), app.new_id());
    let account = Account {
        id: account_id,
        name: business.name,
        time_zone: business.time_zone,
        region: business.region,
        wake_on_reply: true,
        default_gateway: None,
        parent: None,
        branding: Branding::default(),
        sub_account_branding: Branding::default(),
        created_at: now,
    };
    let user = User {
        id: user_id,
        account: account_id,
        email: business.email,
        name: business.user_name,
        status: UserStatus::Active,
        roles: RoleRef::built_in(),
        teams: BTreeSet::new(),
        conversation_access: ConversationAccess::All,
        message_access: MessageAccess::Write,
        overrides: Grants::default(),
        support_of: None,
        created_at: now,
    };
    let password_hash = hash_password(app, business.password).await?;
    let (session, token) = new_session(app, &user);
    let expires_at = session.expires_at;
    let signed_up = SignedUp { account: account.clone(), user: user.clone(), token, expires_at };
    let actor = AuditActor::User { user: user_id };
    let about = About { action: AuditAction::AccountOpened, object: account_id.to_string() };
    let opened = serde_json::json!({"name": account.name, "owner": user_id});
    let traces = audit::entry(app, actor, address, about, &NOTHING, &opened).into();
    app.store.sign_up(SignUp { account, user, password_hash, session, traces }).await?;
    Ok(signed_up)
}

/// Signs a user in. Takes the same time whether the address is known or not.
pub async fn sign_in(
    app: &App,
    email: &EmailAddress,
    password: SecretString,
) -> Result<SignedIn, SignInError> {
    let credential = app.store.credential(email).await?;
    let known = credential.as_ref().and_then(|it| it.password_hash.clone());
    let hash = known.unwrap_or_else(|| UNKNOWN_USER_HASH.to_owned());
    let right = blocking(move || verify_password(&password, &hash)).await?;
    let Some(credential) = credential.filter(|_| right) else { return Err(SignInError::Refused) };
    let account = app.store.account(credential.account);
    for _ in 0..crate::conversations::ATTEMPTS_MAX {
        let Some(mut record) = account.user(credential.user).await? else { return Err(SignInError::Refused) };
        if record.user.status != UserStatus::Active {
            return Err(SignInError::Refused);
        }
        let now = app.now();
        let (session, token) = new_session(app, &record.user);
        let signed_in = SignedIn { user: record.user.clone(), token, expires_at: session.expires_at };
        record.sessions.retain(|it| it.expires_at > now);
        let excess = (record.sessions.len() + 1).saturating_sub(SESSIONS_MAX);
        record.sessions.drain(..excess);
        record.sessions.push(session);
        if account.save_user(&record).await? {
            return Ok(signed_in);
        }
    }
    Err(StoreError::Contention.into())
}

/// Ends the session the caller came with. Ending it again changes nothing.
pub async fn sign_out(app: &App, caller: &Caller) -> Result<(), Failure> {
    let account = app.store.account(caller.account);
    for _ in 0..crate::conversations::ATTEMPTS_MAX {
        let Some(mut record) = account.user(caller.user).await? else { return Ok(()) };
        record.sessions.retain(|it| Some(it.id) != caller.session());
        if account.save_user(&record).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

pub(crate) fn new_session(app: &App, user: &User) -> (Session, SecretString) {
    let now = app.now();
    let id: SessionId = app.new_id();
    let (token, secret_sha256) = new_token(app, user.account, user.id, Credential::Session(id));
    let expires_at = now.checked_add(SESSION_FOR).unwrap_or(now);
    (Session { id, secret_sha256, created_at: now, expires_at, address: None, user_agent: None }, token)
}

/// What an unknown address is verified against: a hash of nothing anybody knows, with the parameters of a real one, so
/// that the time of the answer tells nothing.
const UNKNOWN_USER_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IHRoYXQgaXM$\
                                 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a password with argon2id and the parameters of the OWASP Password Storage Cheat Sheet, the crate's defaults.
pub(crate) async fn hash_password(app: &App, password: NewPassword) -> Result<String, StoreError> {
    let mut salt = [0; SALT_BYTES];
    app.ids.fill(&mut salt);
    let hashed = blocking(move || {
        Argon2::default()
            .hash_password_with_salt(password.0.expose_secret().as_bytes(), &salt)
            .map(|hash: PasswordHash| hash.to_string())
    });
    hashed
        .await?
        .map_err(|error| StoreError::Unreadable { kind: "password", source: error.to_string().into() })
}

fn verify_password(password: &SecretString, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok()
    })
}

/// Runs what keeps a processor busy for tens of milliseconds away from the event loop.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| StoreError::Unreadable { kind: "password", source: error.into() })
}
