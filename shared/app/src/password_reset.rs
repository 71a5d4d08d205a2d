//! Choosing a new password when the old one is forgotten (B04): by a link to one's e-mail address.
//!
//! Asking is answered the same for every address and does as much work: of an address that is nobody's, somebody who does
//! not exist is read and as many items are written.

use std::net::IpAddr;

use domain::{
    account::UserStatus,
    audit::{AuditAction, AuditActor},
    email::EmailAddress,
    id::{AccountId, UserId},
    link::{Link, Nonce, Purpose},
    mail::{Letter, Mail},
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use storage::{
    AccountStore, Credential, PendingReset, SaveSecurity, SecurityUpdate, SignInChange, StoreError, Traces,
    UserRecord,
};

use crate::{
    App, Failure,
    audit::{About, NOTHING, entry},
    conversations::ATTEMPTS_MAX,
    links,
    passwords::{self, ChooseError, Flaw},
};

/// How long the link can be used.
const RESET_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// At most one letter in this time, however often it is asked for: nobody's mailbox is to be filled by strangers.
const ONE_LETTER_IN: SignedDuration = SignedDuration::from_mins(1);

/// Why no new password was set.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The link has ended, was used, or never was one of ours.
    #[error("the link has ended or was used before")]
    LinkEnded,
    /// The new password cannot be used.
    #[error("the password cannot be used")]
    Flawed(Vec<Flaw>),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for ResetError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<ChooseError> for ResetError {
    fn from(error: ChooseError) -> Self {
        match error {
            ChooseError::Flawed(flaws) => Self::Flawed(flaws),
            ChooseError::Store(error) => error.into(),
        }
    }
}

/// Sends a link to the address, if it is that of somebody who can sign in.
pub async fn request(app: &App, email: &EmailAddress, address: Option<IpAddr>) -> Result<(), Failure> {
    let now = app.now();
    for _ in 0..ATTEMPTS_MAX {
        let credential = app.store.credential(email).await?;
        let nobody = || (AccountId::derive(&[b"nobody"]), UserId::derive(&[email.as_str().as_bytes()]));
        let (account, user) = credential.as_ref().map_or_else(nobody, |it| (it.account, it.user));
        let account = app.store.account(account);
        let record = account.user(user).await?.filter(|record| may_reset(record, credential.as_ref(), now));
        let Some(before) = record else { return Ok(app.store.write_decoy(email, now).await?) };
        if ask(app, &account, before, address).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

/// Whether a letter is sent to this user now.
fn may_reset(record: &UserRecord, credential: Option<&Credential>, now: Timestamp) -> bool {
    let just_asked =
        record.security.password_reset.is_some_and(|it| now.duration_since(it.at) < ONE_LETTER_IN);
    let has_password = credential.is_some_and(|it| it.password_hash.is_some());
    record.user.status == UserStatus::Active && has_password && !just_asked
}

/// Writes down that a link is out; `false`: the user was changed meanwhile.
async fn ask(
    app: &App,
    account: &AccountStore,
    before: UserRecord,
    address: Option<IpAddr>,
) -> Result<bool, StoreError> {
    let mut nonce = [0; 16];
    app.ids.fill(&mut nonce);
    let (nonce, now, user) = (Nonce(nonce), app.now(), &before.user);
    let mut after = before.clone();
    after.security.password_reset = Some(PendingReset { nonce, at: now });
    let expires_at = now.checked_add(RESET_WITHIN).unwrap_or(now);
    let link =
        Link { purpose: Purpose::PasswordReset, account: user.account, user: user.id, nonce, expires_at };
    let about = About { action: AuditAction::PasswordResetRequested, object: user.id.to_string() };
    let asked = entry(app, AuditActor::Nobody, address, about, &NOTHING, &NOTHING);
    let letter = Letter::PasswordReset { link };
    let mail = Mail { id: app.new_id(), to: user.email.clone(), at: now, letter };
    let traces = Traces::from(asked).and_mail(mail);
    let update = SecurityUpdate { before: &before, after, sign_in: SignInChange::Keep, traces };
    Ok(account.save_security(update).await? == SaveSecurity::Saved)
}

/// Sets a new password. Every session ends, and so does a lock-out: who can read the mail is no guesser. The second factor
/// stays as it is.
pub async fn confirm(
    app: &App,
    token: &str,
    password: SecretString,
    address: Option<IpAddr>,
) -> Result<(), ResetError> {
    let link = links::open(app, Purpose::PasswordReset, token, app.now()).await?;
    let link = link.ok_or(ResetError::LinkEnded)?;
    let account = app.store.account(link.account);
    let mut chosen = None;
    for _ in 0..ATTEMPTS_MAX {
        let asking = account.asking(link.user, true).await?;
        let policy = asking.policy.security.password;
        let before = asking.user.filter(|it| {
            let pending = it.security.password_reset.is_some_and(|pending| pending.nonce == link.nonce);
            pending && it.user.status == UserStatus::Active
        });
        let before = before.ok_or(ResetError::LinkEnded)?;
        let email = before.user.email.clone();
        // Read after the user, whose version guards it.
        let credential = app.store.credential(&email).await?.ok_or(ResetError::LinkEnded)?;
        let earlier: Vec<String> = credential.password_hash.into_iter().chain(credential.earlier).collect();
        let hash = if let Some(hash) = chosen.take() {
            hash
        } else {
            let about = [email.as_str(), before.user.name.as_str()];
            let new = passwords::choose(&policy, password.clone(), &about, &earlier).await?;
            passwords::hash(app, new).await?
        };
        let earlier = earlier.into_iter().take(usize::from(policy.history.get())).collect();
        let update = with_password(app, &before, hash.clone(), earlier, address);
        if account.save_security(update).await? == SaveSecurity::Saved {
            app.store.forgive_tries(&email).await?;
            return Ok(());
        }
        chosen = Some(hash);
    }
    Err(StoreError::Contention.into())
}

fn with_password<'a>(
    app: &App,
    before: &'a UserRecord,
    hash: String,
    earlier: Vec<String>,
    address: Option<IpAddr>,
) -> SecurityUpdate<'a> {
    let (now, user) = (app.now(), &before.user);
    let mut after = before.clone();
    after.sessions.clear();
    after.security.password_reset = None;
    after.security.password_set_at = Some(now);
    let about = About { action: AuditAction::PasswordChanged, object: user.id.to_string() };
    let changed = entry(app, AuditActor::User { user: user.id }, address, about, &NOTHING, &NOTHING);
    let mail = Mail { id: app.new_id(), to: user.email.clone(), at: now, letter: Letter::PasswordChanged };
    let sign_in = SignInChange::Password { hash, earlier };
    SecurityUpdate { before, after, sign_in, traces: Traces::from(changed).and_mail(mail) }
}
