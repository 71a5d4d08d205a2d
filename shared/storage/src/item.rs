//! Between typed values and items of the table.
//!
//! Each kind of item has a serialisable struct of its own, which is neither the domain's type nor the API's: the domain
//! may be renamed and the API versioned without touching what is stored. Every item carries its kind (`_t`) and the
//! version of its shape (`_v`).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    error::StoreError,
    keys::{ATTENTION_PK, ATTENTION_SK, GROUPS_PK, GROUPS_SK, Key, LISTS_PK, LISTS_SK, PK, SK},
};

/// The attribute that names the kind of an item.
pub(crate) const KIND: &str = "_t";
/// The attribute that says which shape an item of its kind has.
pub(crate) const SHAPE: &str = "_v";
/// The attribute by which DynamoDB removes items: seconds since the epoch.
pub(crate) const EXPIRES: &str = "expires_at";

pub(crate) type Item = HashMap<String, AttributeValue>;

/// A kind of item.
pub(crate) trait Stored: Serialize + DeserializeOwned {
    /// The kind's name, as stored.
    const KIND: &'static str;
    /// The version of its shape. Raise it when a shape changes, and keep reading the older ones.
    const SHAPE: u32 = 1;
}

/// For flags that lie in the table only where they are set.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

/// An item on its way into the table.
pub(crate) struct NewItem(Item);

impl NewItem {
    pub(crate) fn new<T: Stored>(key: Key, value: &T) -> Result<Self, StoreError> {
        let mut item: Item =
            serde_dynamo::to_item(value).map_err(|error| StoreError::unreadable_item(T::KIND, &error))?;
        item.insert(PK.into(), AttributeValue::S(key.pk));
        item.insert(SK.into(), AttributeValue::S(key.sk));
        item.insert(KIND.into(), AttributeValue::S(T::KIND.into()));
        item.insert(SHAPE.into(), AttributeValue::N(T::SHAPE.to_string()));
        Ok(Self(item))
    }

    pub(crate) fn listed(mut self, pk: String, sk: String) -> Self {
        self.0.insert(LISTS_PK.into(), AttributeValue::S(pk));
        self.0.insert(LISTS_SK.into(), AttributeValue::S(sk));
        self
    }

    pub(crate) fn grouped(mut self, pk: String, sk: String) -> Self {
        self.0.insert(GROUPS_PK.into(), AttributeValue::S(pk));
        self.0.insert(GROUPS_SK.into(), AttributeValue::S(sk));
        self
    }

    pub(crate) fn wanting_attention(mut self, pk: String, at: Timestamp) -> Self {
        self.0.insert(ATTENTION_PK.into(), AttributeValue::S(pk));
        self.0.insert(ATTENTION_SK.into(), AttributeValue::S(crate::keys::sortable(at)));
        self
    }

    /// In a list of the index that holds keys only.
    pub(crate) fn concerning(mut self, pk: String, sk: String) -> Self {
        self.0.insert(ATTENTION_PK.into(), AttributeValue::S(pk));
        self.0.insert(ATTENTION_SK.into(), AttributeValue::S(sk));
        self
    }

    pub(crate) fn expiring(mut self, at: Timestamp) -> Self {
        self.0.insert(EXPIRES.into(), AttributeValue::N(at.as_second().to_string()));
        self
    }

    /// The item's sort key.
    pub(crate) fn place(&self) -> &str {
        text(&self.0, SK).unwrap_or_default()
    }

    /// Whether it is exactly this one.
    pub(crate) fn is(&self, item: &Item) -> bool {
        self.0 == *item
    }

    pub(crate) fn into_inner(self) -> Item {
        self.0
    }
}

/// Reads an item of a known kind.
pub(crate) fn read<T: Stored>(item: Item) -> Result<T, StoreError> {
    match item.get(KIND).and_then(|kind| kind.as_s().ok()) {
        Some(kind) if kind == T::KIND => {
            serde_dynamo::from_item(item).map_err(|error| StoreError::unreadable_item(T::KIND, &error))
        }
        _ => Err(StoreError::unreadable(T::KIND, "the item is of another kind")),
    }
}

/// The key of an item as the SDK wants it.
pub(crate) fn key_attributes(key: Key) -> Item {
    HashMap::from([(PK.into(), AttributeValue::S(key.pk)), (SK.into(), AttributeValue::S(key.sk))])
}

/// The text of a string attribute.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
}

/// Times are stored as milliseconds since the epoch.
pub(crate) mod millis {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_millisecond())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }

    pub(crate) mod option {
        use jiff::Timestamp;
        use serde::{Deserialize, Deserializer, Serializer, de::Error};

        #[expect(clippy::ref_option, reason = "the signature that serde calls")]
        pub(crate) fn serialize<S: Serializer>(
            at: &Option<Timestamp>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => serializer.serialize_some(&at.as_millisecond()),
                None => serializer.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Timestamp>, D::Error> {
            let millis = Option::<i64>::deserialize(deserializer)?;
            millis.map(|millis| Timestamp::from_millisecond(millis).map_err(D::Error::custom)).transpose()
        }
    }
}
