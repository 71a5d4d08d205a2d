//! Lists and contacts as the API shows and takes them.

use domain::id::{ContactId, ContactListId};
use domain::name::DisplayName;
use domain::phone::PhoneNumber;
use http_api::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A list of contacts.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ContactList {
    /// Its id.
    #[schema(value_type = schema::ContactListId)]
    id: ContactListId,
    /// Its name.
    #[schema(value_type = schema::DisplayName, example = "Newsletter")]
    name: DisplayName,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<app::contact_lists::ContactList> for ContactList {
    fn from(
        app::contact_lists::ContactList { id, name, created_at }: app::contact_lists::ContactList,
    ) -> Self {
        Self { id, name, created_at }
    }
}

/// A list to make.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContactList {
    /// Its name.
    #[schema(value_type = schema::DisplayName, example = "Newsletter")]
    pub(crate) name: DisplayName,
}

/// What to change of a list. What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactListChange)]
pub(crate) struct ChangeBody {
    /// Its name.
    #[schema(value_type = Option<schema::DisplayName>, example = "Newsletter")]
    pub(crate) name: Option<DisplayName>,
}

/// A contact on a list.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ListedContact)]
pub(crate) struct Member {
    /// Their id.
    #[schema(value_type = schema::ContactId)]
    pub(crate) id: ContactId,
    /// Their first number; null: they have none.
    #[schema(value_type = Option<schema::PhoneNumber>, required = true)]
    pub(crate) number: Option<PhoneNumber>,
    /// Their name, as far as known.
    #[schema(value_type = Option<schema::DisplayName>, required = true)]
    pub(crate) name: Option<DisplayName>,
    /// Since when they are on the list.
    #[schema(value_type = schema::Time)]
    pub(crate) added_at: Timestamp,
}

impl From<app::contact_lists::Member> for Member {
    fn from(app::contact_lists::Member { contact, added_at }: app::contact_lists::Member) -> Self {
        let number = contact.number().cloned();
        Self { id: contact.id, number, name: contact.name, added_at }
    }
}
