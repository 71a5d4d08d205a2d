//! API keys: programs that call with scopes, until they expire (B04, B10).
//!
//! A key can do what was said when it was made, as far as its maker still may: who is demoted takes their keys with them,
//! and who is disabled or removed ends them. A business that wants keys to outlive people makes them as a user that stands
//! for the program.

use domain::{
    access::{ConversationAccess, MessageAccess, Permission, Rights},
    audit::AuditAction,
    id::ApiKeyId,
    mail::{Letter, Mail, SecurityChange},
    name::DisplayName,
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeSet;
pub use storage::ApiKey;
use storage::{InvalidCursor, Page, PageRequest, StoreError, Traces};

use crate::{
    App, Caller, Failure,
    audit::NOTHING,
    caller::{Credential, Forbidden, new_token},
};

/// A key to make.
pub struct NewApiKey {
    /// What people call it.
    pub name: DisplayName,
    /// What it may do.
    pub permissions: BTreeSet<Permission>,
    /// Which conversations it may see.
    pub conversation_access: ConversationAccess,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// Why a key was not made, shown or revoked.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such key.
    #[error("there is no such key")]
    NotFound,
    /// The maker lacks something that the key should have.
    #[error("you do not hold {0} yourself, so a key of yours cannot")]
    BeyondMaker(Permission),
    /// The maker sees fewer conversations than the key should.
    #[error("you do not see as many conversations yourself, so a key of yours cannot")]
    AccessBeyondMaker,
    /// It would have ended before it begins.
    #[error("expected a moment in the future")]
    EndsInThePast,
    /// A key cannot make keys: whoever found one could otherwise make themselves at home.
    #[error("a key cannot make keys; sign in")]
    ByKey,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for ApiKeyError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

fn shown(key: &ApiKey) -> Value {
    json!({
        "name": key.name, "permissions": key.scopes.permissions(), "expires_at": key.expires_at,
        "conversation_access": key.scopes.conversation_access(),
    })
}

/// A page of the account's keys.
pub async fn list(app: &App, caller: &Caller, page: PageRequest<'_>) -> Result<Page<ApiKey>, ApiKeyError> {
    caller.require(Permission::ApiKeysManage)?;
    Ok(app.store.account(caller.account).api_keys(page).await??)
}

/// Makes a key. The token is shown this once.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewApiKey,
) -> Result<(ApiKey, SecretString), ApiKeyError> {
    caller.require(Permission::ApiKeysManage)?;
    if caller.session().is_none() {
        return Err(ApiKeyError::ByKey);
    }
    if let Some(missing) = new.permissions.iter().find(|permission| !caller.rights.may(**permission)) {
        return Err(ApiKeyError::BeyondMaker(*missing));
    }
    if new.conversation_access > caller.rights.conversation_access() {
        return Err(ApiKeyError::AccessBeyondMaker);
    }
    let now = app.now();
    if new.expires_at.is_some_and(|at| at <= now) {
        return Err(ApiKeyError::EndsInThePast);
    }
    let id: ApiKeyId = app.new_id();
    let (token, secret_sha256) = new_token(app, caller.account, caller.user, Credential::ApiKey(id));
    let key = ApiKey {
        id,
        name: new.name,
        made_by: caller.user,
        scopes: Rights::exactly(new.permissions, new.conversation_access, MessageAccess::None),
        secret_sha256,
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
    };
    let traces = Traces::from(caller.audit(app, AuditAction::ApiKeyCreated, id, &NOTHING, &shown(&key)))
        .and_mail(told(app, caller, SecurityChange::ApiKeyCreated));
    app.store.account(caller.account).add_api_key(&key, &traces).await?;
    Ok((key, token))
}

/// Ends a key at once.
pub async fn revoke(app: &App, caller: &Caller, id: ApiKeyId) -> Result<(), ApiKeyError> {
    caller.require(Permission::ApiKeysManage)?;
    let account = app.store.account(caller.account);
    let key = account.api_key(id).await?.ok_or(ApiKeyError::NotFound)?;
    let traces = Traces::from(caller.audit(app, AuditAction::ApiKeyRevoked, id, &shown(&key), &NOTHING))
        .and_mail(told(app, caller, SecurityChange::ApiKeyRevoked));
    if account.revoke_api_key(id, &traces).await? { Ok(()) } else { Err(ApiKeyError::NotFound) }
}

/// Whoever did it is written to: should it have been somebody else with their session, they learn of it.
fn told(app: &App, caller: &Caller, change: SecurityChange) -> Mail {
    let letter = Letter::SecurityChanged { change, by: Some(caller.profile.name.clone()) };
    Mail { id: app.new_id(), to: caller.profile.email.clone(), at: app.now(), letter }
}
