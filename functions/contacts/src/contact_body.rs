//! Contacts as the API shows and takes them.

use std::collections::BTreeMap;

use app::contacts::{Profile, ProfileChange};
use domain::account::ZoneName;
use domain::contact::{CustomFields, FieldKey, FieldText};
use domain::email::EmailAddress;
use domain::id::{ContactId, UserId};
use domain::name::DisplayName;
use domain::phone::PhoneNumber;
use domain::quiet_hours::{Location, Place};
use http_api::schema;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// A customer.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Contact {
    /// Their id.
    #[schema(value_type = schema::ContactId)]
    id: ContactId,
    /// Their name, as far as known.
    #[schema(value_type = Option<schema::DisplayName>, required = true)]
    name: Option<DisplayName>,
    /// Their numbers; texts go to the first, unless another is named.
    #[schema(value_type = Vec<schema::PhoneNumber>)]
    numbers: Vec<PhoneNumber>,
    /// Their e-mail addresses.
    #[schema(value_type = Vec<schema::EmailAddress>)]
    emails: Vec<EmailAddress>,
    /// The account's custom fields, as far as they have a value.
    #[schema(value_type = BTreeMap<String, schema::ContactFieldText>)]
    fields: CustomFields,
    /// The member of staff who looks after them, such as the sales person.
    #[schema(value_type = Option<schema::UserId>, required = true)]
    owner_id: Option<UserId>,
    /// Their time zone, if somebody said so: their quiet hours go by it.
    #[schema(value_type = Option<schema::TimeZone>, required = true)]
    time_zone: Option<ZoneName>,
    /// The country or the part of it where they live, if somebody said so: its quiet hours are kept.
    #[schema(value_type = Option<schema::Place>, required = true)]
    place: Option<Place>,
    /// Since when they are on the stop list; null: they are not.
    #[schema(value_type = Option<schema::Time>, required = true)]
    blocked_since: Option<Timestamp>,
    /// When the account came to know them.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
    /// When they were last changed.
    #[schema(value_type = schema::Time)]
    updated_at: Timestamp,
}

impl From<domain::contact::Contact> for Contact {
    fn from(it: domain::contact::Contact) -> Self {
        Self {
            id: it.id,
            name: it.name,
            numbers: it.numbers,
            emails: it.emails,
            fields: it.fields,
            owner_id: it.owner,
            time_zone: it.location.time_zone,
            place: it.location.place,
            blocked_since: it.blocked_since,
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// A contact to make: with a name, a number or an e-mail address.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContact {
    /// Their name.
    #[serde(default)]
    #[schema(value_type = Option<schema::DisplayName>)]
    name: Option<DisplayName>,
    /// At most 10 numbers, as people write them; without a country code they are of the account's country.
    #[serde(default)]
    #[schema(max_items = 10, example = json!(["(202) 555-0123"]))]
    numbers: Vec<String>,
    /// At most 10 e-mail addresses.
    #[serde(default)]
    #[schema(value_type = Vec<schema::EmailAddress>, max_items = 10)]
    emails: Vec<EmailAddress>,
    /// Values of the account's custom fields.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, schema::ContactFieldText>)]
    fields: CustomFields,
    /// The member of staff who looks after them.
    #[serde(default)]
    #[schema(value_type = Option<schema::UserId>)]
    owner_id: Option<UserId>,
    /// Their time zone. If absent, it is concluded from the number.
    #[serde(default)]
    #[schema(value_type = Option<schema::TimeZone>)]
    time_zone: Option<ZoneName>,
    /// The country or the part of it where they live. If absent, it is concluded from the number.
    #[serde(default)]
    #[schema(value_type = Option<schema::Place>)]
    place: Option<Place>,
}

impl From<NewContact> for Profile {
    fn from(it: NewContact) -> Self {
        let NewContact { name, numbers, emails, fields, owner_id, time_zone, place } = it;
        Self { name, numbers, emails, fields, owner: owner_id, location: Location { time_zone, place } }
    }
}

/// What to change of a contact. What is absent stays as it is.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactChange)]
pub(crate) struct ContactChangeBody {
    /// Their name; null: none.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<schema::DisplayName>)]
    name: Option<Option<DisplayName>>,
    /// All their numbers.
    #[schema(max_items = 10, example = json!(["(202) 555-0123"]))]
    numbers: Option<Vec<String>>,
    /// All their e-mail addresses.
    #[schema(value_type = Option<Vec<schema::EmailAddress>>, max_items = 10)]
    emails: Option<Vec<EmailAddress>>,
    /// Custom fields to set; with null: to clear. Others stay.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Option<String>>, example = json!({"favourite_colour": "blue"}))]
    fields: BTreeMap<FieldKey, Option<FieldText>>,
    /// The member of staff who looks after them; null: nobody.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<schema::UserId>)]
    owner_id: Option<Option<UserId>>,
    /// Their time zone; null: it is concluded from the number.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<schema::TimeZone>)]
    time_zone: Option<Option<ZoneName>>,
    /// The country or the part of it where they live; null: it is concluded from the number.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<schema::Place>)]
    place: Option<Option<Place>>,
}

/// Tells null from nothing.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl From<ContactChangeBody> for ProfileChange {
    fn from(it: ContactChangeBody) -> Self {
        let ContactChangeBody { name, numbers, emails, fields, owner_id, time_zone, place } = it;
        Self { name, numbers, emails, fields, owner: owner_id, time_zone, place }
    }
}

/// Whom to merge a contact with.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactMerge)]
pub(crate) struct MergeBody {
    /// The contact that becomes one with this one and ends.
    #[schema(value_type = schema::ContactId)]
    pub(crate) contact_id: ContactId,
}
