//! The table's definition, and the document that describes it.
//!
//! `docs/table.md` is [`document`], checked by a test; `infra/template.yaml` is compared with [`definition`]. What a key
//! looks like is read off `keys`, so none of the three can drift from the code.

mod document;
mod items;

use domain::{alerts::WATCHED, message::Status};
use serde_json::{Value, json};

use crate::{
    activity::ActivityItem,
    audit::AuditItem,
    contacts::ContactItem,
    credits::BalanceItem,
    entry::EntryItem,
    item::{EXPIRES, KIND, Stored},
    keys::{
        ATTENTION, ATTENTION_PK, ATTENTION_SK, GROUPS, GROUPS_PK, GROUPS_SK, LISTS, LISTS_PK, LISTS_SK, PK,
        SK,
    },
    mails::MailItem,
    projected,
};

pub use document::document;

/// The attribute by which DynamoDB removes items.
pub const TIME_TO_LIVE: &str = EXPIRES;
/// Which records of the stream `dispatch` reads, as its event filter says: new timeline entries and mails, entries of audit
/// logs of which somebody is alerted, balances that change, and messages that fail.
pub fn stream_filters() -> Vec<Value> {
    let kind = |kinds: &[&str]| json!({"S": kinds});
    let failed = json!({"S": [Status::Failed, Status::Undelivered]});
    let other = json!({"S": [{"anything-but": [Status::Failed, Status::Undelivered]}]});
    let status = |is: Value| json!({"M": {"delivery": {"M": {"status": is}}}});
    vec![
        json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {(KIND): kind(&[EntryItem::KIND, MailItem::KIND, ActivityItem::KIND])}}}),
        json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {
            (KIND): kind(&[AuditItem::KIND]),
            "entry": {"M": {"action": {"S": WATCHED}}},
        }}}),
        json!({"eventName": ["MODIFY"], "dynamodb": {"NewImage": {(KIND): kind(&[BalanceItem::KIND])}}}),
        json!({"eventName": ["MODIFY"], "dynamodb": {
            "NewImage": {(KIND): kind(&[EntryItem::KIND]), "message": status(failed)},
            "OldImage": {"message": status(other)},
        }}),
    ]
}
/// Which records of the stream `project` reads: conversations, timeline entries and contacts, which things are derived from.
pub fn projection_filters() -> Vec<Value> {
    vec![
        json!({"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {(KIND): {"S": projected::KINDS}}}}),
        json!({"eventName": ["REMOVE"], "dynamodb": {"OldImage": {(KIND): {"S": [ContactItem::KIND, ActivityItem::KIND]}}}}),
    ]
}
/// The attribute that names an item's kind.
pub const KIND_ATTRIBUTE: &str = crate::item::KIND;

/// The `CreateTable` request for a table of this name.
pub fn definition(table: &str) -> Value {
    let names = [PK, SK, LISTS_PK, LISTS_SK, ATTENTION_PK, ATTENTION_SK, GROUPS_PK, GROUPS_SK];
    let attributes: Vec<Value> =
        names.map(|name| json!({"AttributeName": name, "AttributeType": "S"})).into();
    let schema = |pk: &str, sk: &str| json!([{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}]);
    json!({
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": schema(PK, SK),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": LISTS,
                "KeySchema": schema(LISTS_PK, LISTS_SK),
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": ATTENTION,
                "KeySchema": schema(ATTENTION_PK, ATTENTION_SK),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["unread"]},
            },
            {
                "IndexName": GROUPS,
                "KeySchema": schema(GROUPS_PK, GROUPS_SK),
                "Projection": {"ProjectionType": "ALL"},
            },
        ],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    })
}
