//! Signing up and out, and what a session is made of.
//!
//! Signing in is a matter of [`crate::sign_in`], who is behind a token one of [`crate::caller`].

use std::{collections::BTreeSet, net::IpAddr};

use domain::{
    access::{ConversationAccess, Grants, MessageAccess, RoleRef},
    account::{Account, User, UserStatus, ZoneName},
    audit::{AuditAction, AuditActor},
    branding::Branding,
    email::EmailAddress,
    id::SessionId,
    name::DisplayName,
    phone::Region,
    quiet_hours::QuietHours,
    security::SecuritySettings,
};
use secrecy::SecretString;
use storage::{
    AddUserError, SaveSecurity, SecurityUpdate, Session, SignInChange, SignUp, StoreError, UserRecord,
};

use crate::{
    App, Caller, Failure,
    audit::{self, About, NOTHING},
    caller::{Credential, new_token},
    passwords::{self, ChooseError, Flaw},
};

/// A user has at most this many sessions; signing in once more ends the oldest. Keeps the user's item small.
const SESSIONS_MAX: usize = 10;
/// So much is kept of what a program calls itself.
const USER_AGENT_CHARACTERS_MAX: usize = 200;

/// Where somebody signs in, and with which program.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The address, where that is known.
    pub address: Option<IpAddr>,
    /// What the program calls itself.
    pub user_agent: Option<String>,
}

impl Origin {
    /// Of what a program calls itself, as much is kept as people need to recognise it.
    pub fn new(address: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let kept = |text: &str| text.chars().take(USER_AGENT_CHARACTERS_MAX).collect();
        Self { address, user_agent: user_agent.map(kept) }
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
    pub password: SecretString,
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
    /// Its id.
    pub session: SessionId,
    /// The token, which is shown this once.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: jiff::Timestamp,
}

/// Why no account was opened.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The address is another user's.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The password cannot be used.
    #[error("the password cannot be used")]
    Flawed(Vec<Flaw>),
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AddUserError> for SignUpError {
    fn from(error: AddUserError) -> Self {
        match error {
            AddUserError::EmailTaken => Self::EmailTaken,
            AddUserError::Store(error) => Self::Store(error),
        }
    }
}

impl From<ChooseError> for SignUpError {
    fn from(error: ChooseError) -> Self {
        match error {
            ChooseError::Flawed(flaws) => Self::Flawed(flaws),
            ChooseError::Store(error) => Self::Store(error),
        }
    }
}

/// Opens an account for a business; its first user holds all six roles (B16) and is signed in.
pub async fn sign_up(app: &App, business: Business, origin: &Origin) -> Result<SignedUp, SignUpError> {
    let settings = SecuritySettings::default();
    let about = [business.email.as_str(), business.user_name.as_str(), business.name.as_str()];
    let password = passwords::choose(&settings.password, business.password, &about, &[]).await?;
    let (now, account_id, user_id) = (app.now(), app.new_id(), app.new_id());
    let account = Account {
        id: account_id,
        name: business.name,
        time_zone: business.time_zone,
        region: business.region,
        wake_on_reply: true,
        quiet_hours: QuietHours::default(),
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
    let password_hash = passwords::hash(app, password).await?;
    let (session, token) = new_session(app, &user, &settings, origin);
    let expires_at = session.expires_at;
    let signed_up = SignedUp { account: account.clone(), user: user.clone(), token, expires_at };
    let actor = AuditActor::User { user: user_id };
    let about = About { action: AuditAction::AccountOpened, object: account_id.to_string() };
    let opened = serde_json::json!({"name": account.name, "owner": user_id});
    let traces = audit::entry(app, actor, origin.address, about, &NOTHING, &opened).into();
    app.store.sign_up(SignUp { account, user, password_hash, session, traces }).await?;
    Ok(signed_up)
}

/// Ends the session the caller came with. Ending it again changes nothing.
pub async fn sign_out(app: &App, caller: &Caller) -> Result<(), Failure> {
    let account = app.store.account(caller.account);
    for _ in 0..crate::conversations::ATTEMPTS_MAX {
        let Some(before) = account.user(caller.user).await? else { return Ok(()) };
        let mut after = before.clone();
        after.sessions.retain(|it| Some(it.id) != caller.session());
        if after.sessions.len() == before.sessions.len() {
            return Ok(());
        }
        let ended = serde_json::json!({"sessions": [caller.session()]});
        let traces = caller.audit(app, AuditAction::SignedOut, caller.user, &ended, &NOTHING).into();
        let update = SecurityUpdate { before: &before, after, sign_in: SignInChange::Keep, traces };
        if account.save_security(update).await? == SaveSecurity::Saved {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

/// A new session, and the token that is shown this once.
pub(crate) fn new_session(
    app: &App,
    user: &User,
    settings: &SecuritySettings,
    origin: &Origin,
) -> (Session, SecretString) {
    let now = app.now();
    let id: SessionId = app.new_id();
    let (token, secret_sha256) = new_token(app, user.account, user.id, Credential::Session(id));
    let session = Session {
        id,
        secret_sha256,
        created_at: now,
        expires_at: settings.session_ends_at(now),
        address: origin.address,
        user_agent: origin.user_agent.clone(),
    };
    (session, token)
}

/// Adds a session to a user, and forgets those that have ended; the oldest too, if there are too many.
pub(crate) fn add_session(
    app: &App,
    record: &mut UserRecord,
    settings: &SecuritySettings,
    origin: &Origin,
) -> SignedIn {
    let now = app.now();
    let (session, token) = new_session(app, &record.user, settings, origin);
    let signed_in =
        SignedIn { user: record.user.clone(), session: session.id, token, expires_at: session.expires_at };
    record.sessions.retain(|it| it.expires_at > now);
    let excess = (record.sessions.len() + 1).saturating_sub(SESSIONS_MAX);
    record.sessions.drain(..excess);
    record.sessions.push(session);
    if let Some(address) = origin.address {
        record.security.remember(address);
    }
    signed_in
}
