//! What a role, a team or an override says about permissions: in and out.

use crate::field::{Code, FieldError};
use crate::{Problem, schema};
use domain::access::{ConversationAccess, MessageAccess, Permission};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is given and taken. A permission that is in neither list is not spoken of.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    /// Permissions that are given.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Permission>, required = false)]
    pub grants: BTreeSet<Permission>,
    /// Permissions that are taken.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Permission>, required = false)]
    pub denies: BTreeSet<Permission>,
    /// Which conversations may be seen. Anything but `none` opens the inbox as well (`messages:manage`,
    /// `messages:compose`), unless these are denied.
    #[serde(default)]
    #[schema(value_type = Option<schema::ConversationAccess>)]
    pub conversation_access: Option<ConversationAccess>,
    /// What may be done with conversations that are assigned to others.
    #[serde(default)]
    #[schema(value_type = Option<schema::MessageAccess>)]
    pub message_access: Option<MessageAccess>,
}

impl From<domain::access::Grants> for Grants {
    fn from(grants: domain::access::Grants) -> Self {
        Self {
            grants: grants.granted().clone(),
            denies: grants.denied().clone(),
            conversation_access: grants.conversation_access(),
            message_access: grants.message_access(),
        }
    }
}

impl Grants {
    /// The domain's value; `at` is the field of the request's body in which these grants stand, if any.
    pub fn read(self, at: Option<&str>) -> Result<domain::access::Grants, Problem> {
        let Self { grants, denies, conversation_access, message_access } = self;
        domain::access::Grants::new(grants, denies, conversation_access, message_access).map_err(|error| {
            let path: Vec<&str> = at.into_iter().chain(["denies"]).collect();
            Problem::invalid(FieldError::body(&path, Code::NotTogether, error.to_string()))
        })
    }
}
