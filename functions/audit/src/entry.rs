//! An entry of the log as the API shows it.

use std::net::IpAddr;

use domain::audit::{AuditAction, AuditActor};
use domain::id::{AccountId, ApiKeyId, AuditEntryId, UserId};
use http_api::schema;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// One entry of the log.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuditEntry {
    /// Its id.
    #[schema(value_type = schema::AuditEntryId)]
    pub(crate) id: AuditEntryId,
    /// When it happened.
    #[schema(value_type = schema::Time)]
    pub(crate) at: Timestamp,
    /// Who did it.
    pub(crate) actor: Actor,
    /// From which IP address; null if there was none.
    #[schema(value_type = Option<String>, required = true, example = "203.0.113.7")]
    pub(crate) address: Option<IpAddr>,
    /// What was done.
    #[schema(value_type = schema::AuditAction)]
    pub(crate) action: AuditAction,
    /// The id of what it was done to; the account's own id for its settings.
    #[schema(example = "usr_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b")]
    pub(crate) object: String,
    /// What of it was different before; null if it did not exist.
    #[schema(value_type = Option<Object>, required = true)]
    pub(crate) before: Value,
    /// What of it is different after; null if it exists no more.
    #[schema(value_type = Option<Object>, required = true)]
    pub(crate) after: Value,
}

/// Who did something.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = AuditActor)]
pub(crate) struct Actor {
    /// What they are.
    pub(crate) kind: ActorKind,
    /// Which person; for an API key, who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::UserId>)]
    pub(crate) user_id: Option<UserId>,
    /// Which API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ApiKeyId>)]
    pub(crate) api_key_id: Option<ApiKeyId>,
    /// Of which account, if of another: the master account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::AccountId>)]
    pub(crate) account_id: Option<AccountId>,
}

/// What somebody is who does something.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AuditActorKind)]
pub(crate) enum ActorKind {
    /// A member of staff.
    User,
    /// A program with an API key.
    ApiKey,
    /// Somebody of the master account who has entered as support.
    Support,
    /// The master account, from outside.
    Master,
    /// The operator of the installation.
    Operator,
    /// Nobody who has signed in.
    Nobody,
    /// The product itself.
    System,
}

impl ActorKind {
    /// The name in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::ApiKey => "api_key",
            Self::Support => "support",
            Self::Master => "master",
            Self::Operator => "operator",
            Self::Nobody => "nobody",
            Self::System => "system",
        }
    }
}

impl From<AuditActor> for Actor {
    fn from(actor: AuditActor) -> Self {
        let (kind, user_id, api_key_id, account_id) = match actor {
            AuditActor::User { user } => (ActorKind::User, Some(user), None, None),
            AuditActor::ApiKey { key, user } => (ActorKind::ApiKey, Some(user), Some(key), None),
            AuditActor::Support { account, user } => (ActorKind::Support, Some(user), None, Some(account)),
            AuditActor::Master { account, user } => (ActorKind::Master, Some(user), None, Some(account)),
            AuditActor::Operator => (ActorKind::Operator, None, None, None),
            AuditActor::Nobody => (ActorKind::Nobody, None, None, None),
            AuditActor::System => (ActorKind::System, None, None, None),
        };
        Self { kind, user_id, api_key_id, account_id }
    }
}

impl From<domain::audit::AuditEntry> for AuditEntry {
    fn from(it: domain::audit::AuditEntry) -> Self {
        let domain::audit::AuditEntry { id, at, actor, address, action, object, before, after } = it;
        Self { id, at, actor: actor.into(), address, action, object, before, after }
    }
}
