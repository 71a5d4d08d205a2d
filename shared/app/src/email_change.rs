//! Changing one's e-mail address (B04): the new one counts once a link that was sent there has been followed.
//!
//! Whether an address is somebody's already is told only to who can read its mail.

use std::net::IpAddr;

use domain::{
    account::UserStatus,
    audit::{AuditAction, AuditActor},
    email::EmailAddress,
    link::{Link, Nonce, Purpose},
    mail::{Letter, Mail},
};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::json;
use storage::{PendingEmail, SaveSecurity, SecurityUpdate, SignInChange, StoreError, Traces};

use crate::{
    App, Caller, Failure,
    audit::{About, entry},
    conversations::ATTEMPTS_MAX,
    links,
    own_security::{Effect, OwnSecurityError, own_record, person, save, verify_password},
};

/// How long a new address can be confirmed.
const CONFIRMED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Why an address was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmEmailError {
    /// The link has ended, was used, or never was one of ours.
    #[error("the link has ended or was used before")]
    LinkEnded,
    /// Another user has the address by now.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for ConfirmEmailError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Asks for another address, which takes the password. Asking again ends the link of the time before.
pub async fn request(
    app: &App,
    caller: &Caller,
    email: EmailAddress,
    password: SecretString,
) -> Result<(), OwnSecurityError> {
    person(caller)?;
    verify_password(app, caller, password).await?;
    if email == caller.profile.email {
        return Err(OwnSecurityError::SameAddress);
    }
    let mut nonce = [0; 16];
    app.ids.fill(&mut nonce);
    let (nonce, now) = (Nonce(nonce), app.now());
    let expires_at = now.checked_add(CONFIRMED_WITHIN).unwrap_or(now);
    let link = Link {
        purpose: Purpose::EmailConfirmation,
        account: caller.account,
        user: caller.user,
        nonce,
        expires_at,
    };
    for _ in 0..ATTEMPTS_MAX {
        let before = own_record(app, caller).await?;
        let mut after = before.clone();
        after.security.email_change = Some(PendingEmail { nonce, email: email.clone() });
        let effect = Effect {
            action: AuditAction::EmailChangeRequested,
            shown: (json!({"email": before.user.email}), json!({"email": email})),
            sign_in: SignInChange::Keep,
            letter: Some((email.clone(), Letter::EmailConfirmation { link })),
        };
        if save(app, caller, &before, after, effect).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

/// Confirms the new address: the user signs in with it from now on. The old one is told.
pub async fn confirm(app: &App, token: &str, address: Option<IpAddr>) -> Result<(), ConfirmEmailError> {
    let link = links::open(app, Purpose::EmailConfirmation, token, app.now()).await?;
    let link = link.ok_or(ConfirmEmailError::LinkEnded)?;
    let account = app.store.account(link.account);
    for _ in 0..ATTEMPTS_MAX {
        let before = account.user(link.user).await?.ok_or(ConfirmEmailError::LinkEnded)?;
        let pending = before.security.email_change.clone().filter(|it| it.nonce == link.nonce);
        let pending = pending.filter(|_| before.user.status == UserStatus::Active);
        let PendingEmail { email, .. } = pending.ok_or(ConfirmEmailError::LinkEnded)?;
        // Read after the user, whose version guards it.
        let credential = app.store.credential(&before.user.email).await?;
        let (hash, earlier) = credential.map(|it| (it.password_hash, it.earlier)).unwrap_or_default();
        let mut after = before.clone();
        after.user.email = email.clone();
        after.security.email_change = None;
        // A link for a new password that was sent to the old address must not outlive it.
        after.security.password_reset = None;
        let old = before.user.email.clone();
        let about = About { action: AuditAction::EmailChanged, object: link.user.to_string() };
        let actor = AuditActor::User { user: link.user };
        let changed = entry(app, actor, address, about, &json!({"email": old}), &json!({"email": email}));
        let mail = Mail { id: app.new_id(), to: old, at: app.now(), letter: Letter::EmailChanged };
        let update = SecurityUpdate {
            before: &before,
            after,
            sign_in: SignInChange::Address { hash, earlier },
            traces: Traces::from(changed).and_mail(mail),
        };
        match account.save_security(update).await? {
            SaveSecurity::Saved => return Ok(()),
            SaveSecurity::EmailTaken => return Err(ConfirmEmailError::EmailTaken),
            SaveSecurity::Changed => {}
        }
    }
    Err(StoreError::Contention.into())
}
