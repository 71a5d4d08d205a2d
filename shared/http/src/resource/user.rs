//! A member of staff.

use crate::resource::Grants;
use crate::schema;
use domain::access::{ConversationAccess, MessageAccess, RoleRef};
use domain::account::UserStatus;
use domain::email::EmailAddress;
use domain::id::{TeamId, UserId};
use domain::name::DisplayName;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// A member of staff.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct User {
    /// Their id.
    #[schema(value_type = schema::UserId)]
    pub id: UserId,
    /// The address they sign in with.
    #[schema(value_type = schema::EmailAddress)]
    pub email: EmailAddress,
    /// Their name.
    #[schema(value_type = schema::DisplayName)]
    pub name: DisplayName,
    /// Shown beside what they send.
    #[schema(example = "AL")]
    pub initials: String,
    /// Whether they can sign in.
    #[schema(value_type = schema::UserStatus)]
    pub status: UserStatus,
    /// Their roles.
    #[schema(value_type = Vec<schema::Role>)]
    pub roles: BTreeSet<RoleRef>,
    /// Their teams.
    #[schema(value_type = Vec<schema::TeamId>)]
    pub team_ids: BTreeSet<TeamId>,
    /// Which conversations they may see by themselves; roles and teams may add to it.
    #[schema(value_type = schema::ConversationAccess)]
    pub conversation_access: ConversationAccess,
    /// What they may do by themselves with others' conversations; roles and teams may add to it.
    #[schema(value_type = schema::MessageAccess)]
    pub message_access: MessageAccess,
    /// What was said about this user alone; it beats every role and team.
    pub overrides: Grants,
    /// When they were added.
    #[schema(value_type = schema::Time)]
    pub created_at: Timestamp,
}

impl From<domain::account::User> for User {
    fn from(user: domain::account::User) -> Self {
        Self {
            initials: user.initials(),
            id: user.id,
            email: user.email,
            name: user.name,
            status: user.status,
            roles: user.roles,
            team_ids: user.teams,
            conversation_access: user.conversation_access,
            message_access: user.message_access,
            overrides: user.overrides.into(),
            created_at: user.created_at,
        }
    }
}
