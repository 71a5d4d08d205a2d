//! A member of staff.

use crate::schema;
use domain::access::{ConversationAccess, Role};
use domain::email::EmailAddress;
use domain::id::UserId;
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
    /// Their roles.
    #[schema(value_type = Vec<schema::Role>)]
    pub roles: BTreeSet<Role>,
    /// Which conversations they may see.
    #[schema(value_type = schema::ConversationAccess)]
    pub conversation_access: ConversationAccess,
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
            roles: user.roles,
            conversation_access: user.conversation_access,
            created_at: user.created_at,
        }
    }
}
