//! Who calls, and what they may do at this moment.
//!
//! A token is a prefix and, in base64url, ids followed by 32 random bytes, of which the table keeps the SHA-256 only. `tds_`
//! names account, user and session; `tdk_` names account, maker and API key. Because the token names them, one call reads
//! all that decides: the user (and the key) and the account's policy. An ended session, a revoked key, a changed role or a
//! suspended account counts from the next request on.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    access::{Permission, Rights, Viewer},
    account::{User, UserStatus},
    id::{AccountId, ApiKeyId, Id, Kind, SessionId, UserId},
    job::Starter,
    policy::Policy,
    timeline::Actor,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use storage::{AccountStore, ApiKey, Asking, StoreError, UserRecord};
use subtle::ConstantTimeEq;
use uuid::Uuid;

pub use domain::policy::Forbidden;

use crate::App;

const SESSION_PREFIX: &str = "tds_";
const KEY_PREFIX: &str = "tdk_";
const SECRET_BYTES: usize = 32;
/// How precisely the last use of a key is known: noting each would be a write for each request.
const LAST_USE_PRECISION: SignedDuration = SignedDuration::from_hours(1);

/// What somebody calls with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A session, after signing in.
    Session(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
}

/// Why somebody who is known can do nothing but what concerns their own sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The account is suspended.
    AccountSuspended,
    /// They have to set up a second factor before anything else (B04).
    SecondFactorMissing,
    /// They have to choose another password before anything else (B04).
    PasswordExpired,
}

/// What holds a member of staff who has signed in. Programs and visitors have neither password nor second factor here.
fn hold(record: &UserRecord, policy: &Policy, now: Timestamp) -> Option<Hold> {
    if policy.suspended_since.is_some() {
        return Some(Hold::AccountSuspended);
    }
    if record.user.support_of.is_some() {
        return None;
    }
    let security = &record.security;
    let set_at = security.password_set_at.unwrap_or(record.user.created_at);
    if policy.security.password.expired(set_at, now) {
        return Some(Hold::PasswordExpired);
    }
    let missing = security.second_factor.confirmed().is_none();
    (missing && policy.security.second_factor.requires(&record.user.roles))
        .then_some(Hold::SecondFactorMissing)
}

/// Somebody who calls, as they are at this moment.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Their account.
    pub account: AccountId,
    /// Who they are; for an API key, who made it.
    pub user: UserId,
    /// What they call with.
    pub credential: Credential,
    /// Their profile.
    pub profile: User,
    /// What they may do.
    pub rights: Rights,
    /// The account's policy.
    pub policy: Arc<Policy>,
    /// From which address, where that is known.
    pub address: Option<IpAddr>,
    /// Why they can do next to nothing, if so.
    pub hold: Option<Hold>,
}

impl Caller {
    /// Insists on a permission, and on what the account must have for it.
    pub fn require(&self, permission: Permission) -> Result<(), Forbidden> {
        self.policy.permits(&self.rights, permission)
    }

    /// The caller as somebody who looks at conversations.
    pub fn viewer(&self) -> Viewer {
        self.rights.viewer(self.user)
    }

    /// The session they call with; `None`: it is a program.
    pub fn session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(session) => Some(session),
            Credential::ApiKey(_) => None,
        }
    }

    /// Who the timeline of a conversation says it was.
    pub fn timeline_actor(&self) -> Actor {
        match self.credential {
            Credential::Session(_) => Actor::User(self.user),
            Credential::ApiKey(key) => Actor::ApiKey(key),
        }
    }

    /// The caller as somebody who starts a job.
    pub(crate) fn starter(&self) -> Starter {
        let (api_key, session) = match self.credential {
            Credential::ApiKey(key) => (Some(key), None),
            Credential::Session(session) => (None, Some(session)),
        };
        Starter { user: self.user, api_key, session, address: self.address }
    }

    /// Who is assigned to what the caller sends (C16): a person of the staff, never a program or a visitor.
    pub fn assignee(&self) -> Option<UserId> {
        (self.session().is_some() && self.profile.support_of.is_none()).then_some(self.user)
    }
}

/// Why nobody calls.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// The token is nobody's, or what it stood for has ended.
    #[error("the token is nobody's")]
    Nobody,
    /// The account may not be used from this address (B04).
    #[error("the account may not be used from this address")]
    AddressNotAllowed,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who calls with this token from this address.
pub async fn authenticate(
    app: &App,
    token: &str,
    address: Option<IpAddr>,
) -> Result<Caller, AuthenticationError> {
    let token = Token::read(token).ok_or(AuthenticationError::Nobody)?;
    let account = app.store.account(token.account);
    let now = app.now();
    let mut caller = token.caller(&account, false, now).await?;
    if caller.is_none() {
        // Half a second ago the session may not have existed yet where the cheap read looked.
        caller = token.caller(&account, true, now).await?;
    }
    let caller = Caller { address, ..caller.ok_or(AuthenticationError::Nobody)? };
    if caller.policy.security.allowed_addresses.allow(address) {
        Ok(caller)
    } else {
        Err(AuthenticationError::AddressNotAllowed)
    }
}

/// Whose session this is at this moment, for somebody who has shown its token before; `None`: it has ended, or may not be used
/// from this address any more.
pub(crate) async fn of_session(
    app: &App,
    account: AccountId,
    user: UserId,
    session: SessionId,
    address: Option<IpAddr>,
) -> Result<Option<Caller>, StoreError> {
    let asking = app.store.account(account).asking(user, true).await?;
    let sessions = asking.user.iter().flat_map(|record| &record.sessions);
    let Some(secret_sha256) =
        sessions.filter(|it| it.id == session).map(|it| it.secret_sha256.clone()).next()
    else {
        return Ok(None);
    };
    let token = Token { account, user, credential: Credential::Session(session), secret_sha256 };
    let found = token.with_session(session, asking, app.now()).map(|it| Caller { address, ..it });
    Ok(found.filter(|it| it.policy.security.allowed_addresses.allow(address)))
}

/// Whoever started a job, with what they may do at this moment; `None`: nothing any more. That their session has ended since
/// changes nothing: they have asked for it while it had not.
pub(crate) async fn of_starter(
    app: &App,
    account: AccountId,
    starter: &Starter,
) -> Result<Option<Caller>, StoreError> {
    let found = as_of_now(app, account, starter).await?;
    Ok(found.filter(|it| it.hold.is_none()))
}

/// The same for what was asked for long ago: that their password has expired meanwhile, or that they are to set up a second
/// factor, is a matter of their next sign-in.
pub(crate) async fn of_author(
    app: &App,
    account: AccountId,
    starter: &Starter,
) -> Result<Option<Caller>, StoreError> {
    let found = as_of_now(app, account, starter).await?;
    Ok(found.filter(|it| it.hold != Some(Hold::AccountSuspended)))
}

async fn as_of_now(app: &App, account: AccountId, starter: &Starter) -> Result<Option<Caller>, StoreError> {
    let (store, now, user) = (app.store.account(account), app.now(), starter.user);
    let found = if let Some(key) = starter.api_key {
        let (asking, key) = store.asking_with_key(user, key, true).await?;
        let Some(key) = key else { return Ok(None) };
        let (credential, secret_sha256) = (Credential::ApiKey(key.id), key.secret_sha256.clone());
        Token { account, user, credential, secret_sha256 }.with_key(&key, asking, now)
    } else if let Some(session) = starter.session {
        let Asking { user: record, policy } = store.asking(user, true).await?;
        let Some(record) = record.filter(|it| it.user.status == UserStatus::Active) else { return Ok(None) };
        let visitor = record.user.support_of.is_some();
        if visitor && policy.support_until.is_none_or(|until| until <= now) {
            return Ok(None);
        }
        let (rights, hold) = (policy.rights(&record.user), hold(&record, &policy, now));
        let credential = Credential::Session(session);
        let token = Token { account, user, credential, secret_sha256: String::new() };
        Some(token.found(record.user, rights, policy, hold))
    } else {
        None
    };
    Ok(found.map(|it| Caller { address: starter.address, ..it }))
}

/// What a token names.
struct Token {
    account: AccountId,
    user: UserId,
    credential: Credential,
    secret_sha256: String,
}

impl Token {
    fn read(text: &str) -> Option<Self> {
        let (is_key, body) = match text.strip_prefix(SESSION_PREFIX) {
            Some(body) => (false, body),
            None => (true, text.strip_prefix(KEY_PREFIX)?),
        };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(body).ok()?;
        let (account, rest) = read_id(&bytes)?;
        let (user, rest) = read_id(rest)?;
        let (credential, secret) = if is_key {
            let (key, secret) = read_id(rest)?;
            (Credential::ApiKey(key), secret)
        } else {
            let (session, secret) = read_id(rest)?;
            (Credential::Session(session), secret)
        };
        let secret_sha256 = sha256(secret);
        (secret.len() == SECRET_BYTES).then_some(Self { account, user, credential, secret_sha256 })
    }

    fn is(&self, secret_sha256: &str) -> bool {
        bool::from(secret_sha256.as_bytes().ct_eq(self.secret_sha256.as_bytes()))
    }

    async fn caller(
        &self,
        account: &AccountStore,
        consistent: bool,
        now: Timestamp,
    ) -> Result<Option<Caller>, StoreError> {
        match self.credential {
            Credential::Session(session) => {
                let asking = account.asking(self.user, consistent).await?;
                Ok(self.with_session(session, asking, now))
            }
            Credential::ApiKey(key) => {
                let (asking, key) = account.asking_with_key(self.user, key, consistent).await?;
                let Some(key) = key else { return Ok(None) };
                let caller = self.with_key(&key, asking, now);
                let stale = key.last_used_at.is_none_or(|at| now.duration_since(at) >= LAST_USE_PRECISION);
                if caller.is_some() && stale {
                    account.api_key_used(key.id, now).await?;
                }
                Ok(caller)
            }
        }
    }

    fn with_session(&self, session: SessionId, asking: Asking, now: Timestamp) -> Option<Caller> {
        let Asking { user, policy } = asking;
        let record = user.filter(|it| it.user.status == UserStatus::Active)?;
        record.sessions.iter().find(|it| {
            let ends = policy.security.session_ends_at(it.created_at).min(it.expires_at);
            it.id == session && ends > now && self.is(&it.secret_sha256)
        })?;
        let visitor = record.user.support_of.is_some();
        if visitor && policy.support_until.is_none_or(|until| until <= now) {
            return None;
        }
        let rights = policy.rights(&record.user);
        let hold = hold(&record, &policy, now);
        Some(self.found(record.user, rights, policy, hold))
    }

    /// A key can do what was said when it was made, as far as its maker still may.
    fn with_key(&self, key: &ApiKey, asking: Asking, now: Timestamp) -> Option<Caller> {
        let Asking { user, policy } = asking;
        let maker = user.map(|record| record.user).filter(|it| it.status == UserStatus::Active)?;
        let ended = key.expires_at.is_some_and(|at| at <= now);
        if ended || key.made_by != maker.id || !self.is(&key.secret_sha256) {
            return None;
        }
        let rights = key.scopes.within(&policy.rights(&maker));
        let hold = policy.suspended_since.map(|_| Hold::AccountSuspended);
        Some(self.found(maker, rights, policy, hold))
    }

    fn found(&self, profile: User, rights: Rights, policy: Policy, hold: Option<Hold>) -> Caller {
        Caller {
            account: self.account,
            user: self.user,
            credential: self.credential,
            profile,
            rights,
            policy: Arc::new(policy),
            address: None,
            hold,
        }
    }
}

fn read_id<K: Kind>(bytes: &[u8]) -> Option<(Id<K>, &[u8])> {
    let (id, rest) = bytes.split_at_checked(16)?;
    Some((Id::from_uuid(Uuid::from_slice(id).ok()?), rest))
}

/// A new token and the hash of its secret.
pub(crate) fn new_token(
    app: &App,
    account: AccountId,
    user: UserId,
    credential: Credential,
) -> (SecretString, String) {
    let mut secret = [0; SECRET_BYTES];
    app.ids.fill(&mut secret);
    let (prefix, id) = match credential {
        Credential::Session(session) => (SESSION_PREFIX, session.uuid()),
        Credential::ApiKey(key) => (KEY_PREFIX, key.uuid()),
    };
    let ids = [account.uuid(), user.uuid(), id];
    let bytes: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).chain(secret).collect();
    let token = format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
    (token.into(), sha256(&secret))
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
