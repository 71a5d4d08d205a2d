//! Invitations: a link by e-mail that works once and ends after a week (A10, B07).

use domain::{
    account::{User, UserStatus},
    audit::AuditAction,
    link::{Link, Nonce, Purpose},
    mail::{Letter, Mail},
    name::DisplayName,
};
use jiff::SignedDuration;
use secrecy::SecretString;
use storage::{CredentialChange, SaveUser, StoreError, Traces, UserUpdate};

use crate::{
    App, Failure,
    audit::{About, entry},
    conversations::ATTEMPTS_MAX,
    links,
    passwords::{self, ChooseError, Flaw},
    sessions::{Origin, SignedIn, add_session},
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
    /// The password cannot be used.
    #[error("the password cannot be used")]
    Flawed(Vec<Flaw>),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for InvitationError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<ChooseError> for InvitationError {
    fn from(error: ChooseError) -> Self {
        match error {
            ChooseError::Flawed(flaws) => Self::Flawed(flaws),
            ChooseError::Store(error) => error.into(),
        }
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
    password: SecretString,
    name: Option<DisplayName>,
    origin: &Origin,
) -> Result<SignedIn, InvitationError> {
    let now = app.now();
    let link = links::open(app, Purpose::Invitation, token, now).await?.ok_or(InvitationError::LinkEnded)?;
    let account = app.store.account(link.account);
    let mut chosen = None;
    for _ in 0..ATTEMPTS_MAX {
        let asking = account.asking(link.user, true).await?;
        let settings = asking.policy.security;
        let before = asking.user.ok_or(InvitationError::LinkEnded)?;
        if before.user.status != UserStatus::Invited || before.invitation != Some(link.nonce) {
            return Err(InvitationError::LinkEnded);
        }
        let hash = if let Some(hash) = chosen.take() {
            hash
        } else {
            let called = name.as_ref().unwrap_or(&before.user.name).as_str();
            let about = [before.user.email.as_str(), called];
            let new = passwords::choose(&settings.password, password.clone(), &about, &[]).await?;
            passwords::hash(app, new).await?
        };
        let mut after = before.clone();
        after.user.status = UserStatus::Active;
        after.user.name = name.clone().unwrap_or_else(|| after.user.name.clone());
        after.invitation = None;
        after.security.password_set_at = Some(now);
        let signed_in = add_session(app, &mut after, &settings, origin);
        let about = About { action: AuditAction::UserJoined, object: link.user.to_string() };
        let actor = domain::audit::AuditActor::User { user: link.user };
        let joined = entry(app, actor, origin.address, about, &shown(&before.user), &shown(&after.user));
        let update = UserUpdate {
            before: &before,
            after,
            credential: CredentialChange::SetPassword { hash: hash.clone() },
            departure: None,
            traces: Traces::from(joined),
            elsewhere: Vec::new(),
        };
        match account.change_user(update).await? {
            SaveUser::Saved => return Ok(signed_in),
            SaveUser::Changed | SaveUser::LastAccountManager => chosen = Some(hash),
        }
    }
    Err(StoreError::Contention.into())
}
