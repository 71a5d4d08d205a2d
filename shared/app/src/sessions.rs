//! Signing up, in and out, and who is behind a token.
//!
//! A token is `tds_` and, in base64url, the ids of account, user and session followed by 32 random bytes. The table keeps
//! only the SHA-256 of those bytes. Because the token names the user, one read answers who calls and what they may do at
//! this very moment; an ended session or a changed role counts from the next request on.

use std::collections::BTreeSet;

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    access::{ConversationAccess, Permission, Role, Viewer},
    account::{Account, User, ZoneName},
    email::EmailAddress,
    id::{AccountId, Id, Kind, SessionId, UserId},
    name::DisplayName,
    phone::Region,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use storage::{Session, SignUp, StoreError, UserRecord};
use subtle::ConstantTimeEq;
use uuid::Uuid;

pub use storage::AddUserError as SignUpError;

use crate::{App, Failure};

/// How long a session lasts.
const SESSION_FOR: SignedDuration = SignedDuration::from_hours(24 * 14);
/// A user has at most this many sessions; signing in once more ends the oldest. Keeps the user's item small.
const SESSIONS_MAX: usize = 10;
const TOKEN_PREFIX: &str = "tds_";
const SECRET_BYTES: usize = 32;
/// The length of the salt that RFC 9106 section 3.1 recommends.
const SALT_BYTES: usize = 16;

/// Somebody who has signed in, as they are at this moment.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Their account.
    pub account: AccountId,
    /// Who they are.
    pub user: UserId,
    /// The session they call with.
    pub session: SessionId,
    /// Their profile, roles and access.
    pub profile: User,
}

/// The caller lacks a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the permission {permission} is needed")]
pub struct Forbidden {
    /// Which.
    pub permission: Permission,
}

impl Caller {
    /// Insists on a permission.
    pub fn require(&self, permission: Permission) -> Result<(), Forbidden> {
        if self.profile.may(permission) { Ok(()) } else { Err(Forbidden { permission }) }
    }

    /// The caller as somebody who looks at conversations.
    pub fn viewer(&self) -> Viewer {
        self.profile.viewer()
    }
}

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
pub async fn sign_up(app: &App, business: Business) -> Result<SignedUp, SignUpError> {
    let (now, account_id, user_id) = (app.now(), app.new_id(), app.new_id());
    let account = Account {
        id: account_id,
        name: business.name,
        time_zone: business.time_zone,
        region: business.region,
        wake_on_reply: true,
        default_gateway: None,
        created_at: now,
    };
    let user = User {
        id: user_id,
        account: account_id,
        email: business.email,
        name: business.user_name,
        roles: BTreeSet::from(Role::ALL),
        conversation_access: ConversationAccess::All,
        created_at: now,
    };
    let password_hash = hash_password(app, business.password).await?;
    let (session, token) = new_session(app, &user);
    let expires_at = session.expires_at;
    let signed_up = SignedUp { account: account.clone(), user: user.clone(), token, expires_at };
    app.store.sign_up(SignUp { account, user, password_hash, session }).await?;
    Ok(signed_up)
}

/// Signs a user in. Takes the same time whether the address is known or not.
pub async fn sign_in(
    app: &App,
    email: &EmailAddress,
    password: SecretString,
) -> Result<SignedIn, SignInError> {
    let credential = app.store.credential(email).await?;
    let hash = credential.as_ref().map_or(UNKNOWN_USER_HASH, |it| it.password_hash.as_str()).to_owned();
    let right = blocking(move || verify_password(&password, &hash)).await?;
    let Some(credential) = credential.filter(|_| right) else { return Err(SignInError::Refused) };
    let account = app.store.account(credential.account);
    for _ in 0..crate::conversations::ATTEMPTS_MAX {
        let Some(mut record) = account.user(credential.user).await? else { return Err(SignInError::Refused) };
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
        record.sessions.retain(|it| it.id != caller.session);
        if account.save_user(&record).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

/// Who calls with this token; `None`: nobody.
pub async fn authenticate(app: &App, token: &str) -> Result<Option<Caller>, StoreError> {
    let Some(token) = Token::read(token) else { return Ok(None) };
    let account = app.store.account(token.account);
    let now = app.now();
    if let Some(caller) = account.user_for_session(token.user).await?.and_then(|it| token.caller(it, now)) {
        return Ok(Some(caller));
    }
    // Half a second ago the session may not have existed yet where the cheap read looked.
    Ok(account.user(token.user).await?.and_then(|it| token.caller(it, now)))
}

/// What a token names.
struct Token {
    account: AccountId,
    user: UserId,
    session: SessionId,
    secret_sha256: String,
}

impl Token {
    fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(TOKEN_PREFIX)?).ok()?;
        let (account, rest) = read_id(&bytes)?;
        let (user, rest) = read_id(rest)?;
        let (session, secret) = read_id(rest)?;
        (secret.len() == SECRET_BYTES).then(|| Self { account, user, session, secret_sha256: sha256(secret) })
    }

    /// The user, if the token belongs to one of their sessions.
    fn caller(&self, record: UserRecord, now: Timestamp) -> Option<Caller> {
        let genuine = record.sessions.iter().any(|session| {
            let same = session.secret_sha256.as_bytes().ct_eq(self.secret_sha256.as_bytes());
            session.id == self.session && session.expires_at > now && bool::from(same)
        });
        let Self { account, user, session, .. } = *self;
        genuine.then_some(Caller { account, user, session, profile: record.user })
    }
}

fn read_id<K: Kind>(bytes: &[u8]) -> Option<(Id<K>, &[u8])> {
    let (id, rest) = bytes.split_at_checked(16)?;
    Some((Id::from_uuid(Uuid::from_slice(id).ok()?), rest))
}

fn new_session(app: &App, user: &User) -> (Session, SecretString) {
    let now = app.now();
    let id: SessionId = app.new_id();
    let mut secret = [0; SECRET_BYTES];
    app.ids.fill(&mut secret);
    let ids = [user.account.uuid(), user.id.uuid(), id.uuid()];
    let bytes: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).chain(secret).collect();
    let token = format!("{TOKEN_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
    let expires_at = now.checked_add(SESSION_FOR).unwrap_or(now);
    (Session { id, secret_sha256: sha256(&secret), created_at: now, expires_at }, token.into())
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
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
