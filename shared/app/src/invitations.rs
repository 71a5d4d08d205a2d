//! Invitations: a link by e-mail that works once and ends after a week (A10, B07).

use domain::{
    account::{User, UserStatus},
    audit::AuditAction,
    link::{Link, Nonce, Purpose},
    mail::{Letter, Mail},
    name::DisplayName,
};
use jiff::SignedDuration;
use std::net::IpAddr;
use storage::{CredentialChange, SaveUser, StoreError, Traces, UserUpdate};

use crate::{
    App, Failure,
    audit::{About, entry},
    conversations::ATTEMPTS_MAX,
    links,
    sessions::{NewPassword, SignedIn, hash_password, new_session},
    users::shown,
};

/// How long an invitation can be accepted.
const INVITED_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Why an invitation was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// The link has ended, was used, or never was one of ours.
    #[error("the link has ended or was used before")]
    LinkEnded,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for InvitationError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// A new invitation: the nonce that the user's record keeps, and the mail with the link.
pub(crate) fn letter(app: &App, user: &User, invited_by: Option<&DisplayName>) -> (Nonce, Mail) {
    let mut bytes = [0; 16];
    app.ids.fill(&mut bytes);
    let (nonce, at) = (Nonce(bytes), app.now());
    let expires_at = at.checked_add(INVITED_FOR).unwrap_or(at);
    let link = Link { purpose: Purpose::Invitation, account: user.account, user: user.id, nonce, expires_at };
    let letter = Letter::Invitation { name: user.name.clone(), invited_by: invited_by.cloned(), link };
    (nonce, Mail { id: app.new_id(), to: user.email.clone(), at, letter })
}

/// Accepts an invitation: the user has a password from now on, and is signed in.
pub async fn accept(
    app: &App,
    token: &str,
    password: NewPassword,
    name: Option<DisplayName>,
    address: Option<IpAddr>,
) -> Result<SignedIn, InvitationError> {
    let now = app.now();
    let link = links::open(app, Purpose::Invitation, token, now).await?.ok_or(InvitationError::LinkEnded)?;
    let account = app.store.account(link.account);
    let hash = hash_password(app, password).await?;
    for _ in 0..ATTEMPTS_MAX {
        let before = account.user(link.user).await?.ok_or(InvitationError::LinkEnded)?;
        if before.user.status != UserStatus::Invited || before.invitation != Some(link.nonce) {
            return Err(InvitationError::LinkEnded);
        }
        let mut after = before.clone();
        after.user.status = UserStatus::Active;
        after.user.name = name.clone().unwrap_or_else(|| after.user.name.clone());
        after.invitation = None;
        let (session, token) = new_session(app, &after.user);
        let signed_in = SignedIn { user: after.user.clone(), token, expires_at: session.expires_at };
        after.sessions = vec![session];
        let about = About { action: AuditAction::UserJoined, object: link.user.to_string() };
        let actor = domain::audit::AuditActor::User { user: link.user };
        let joined = entry(app, actor, address, about, &shown(&before.user), &shown(&after.user));
        let update = UserUpdate {
            before: &before,
            after,
            credential: CredentialChange::SetPassword { hash: hash.clone() },
            departure: None,
            traces: Traces::from(joined),
        };
        match account.change_user(update).await? {
            SaveUser::Saved => return Ok(signed_in),
            SaveUser::Changed | SaveUser::LastAccountManager => {}
        }
    }
    Err(StoreError::Contention.into())
}
