//! Whom the product itself assigns, as the API says it (C19, C20).

use std::collections::BTreeSet;

use domain::automation::Assign;
use domain::id::UserId;
use http_api::schema;
use serde::{Deserialize, Serialize};

/// Who is assigned to the conversation when the message is sent; they are told, and told of every reply.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Assign)]
pub(crate) struct AssignBody {
    /// Whoever looks after the customer at that moment: the owner of their record.
    #[serde(default)]
    #[schema(required = false, example = true)]
    owner_of_contact: bool,
    /// These people, up to ten. Whoever has left by then is passed over.
    #[serde(default)]
    #[schema(value_type = Vec<schema::UserId>, required = false, max_items = 10)]
    user_ids: BTreeSet<UserId>,
}

impl From<AssignBody> for Assign {
    fn from(AssignBody { owner_of_contact, user_ids }: AssignBody) -> Self {
        Self { owner_of_contact, users: user_ids }
    }
}

impl From<Assign> for AssignBody {
    fn from(Assign { owner_of_contact, users }: Assign) -> Self {
        Self { owner_of_contact, user_ids: users }
    }
}
