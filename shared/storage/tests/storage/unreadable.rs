//! Items that the code of today cannot read.

use std::error::Error;

use serde_json::json;
use storage::{StoreError, TimelineFilter};

use crate::support::{TABLE, World, at, customer, page};

/// What an error and its causes say, as a log shows them.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_an_error_that_does_not_tell_its_content() {
    let world = World::new().await;
    let conversation = world.receive(&customer(1), "SM1", at(1)).await;
    for (attribute, value) in [
        ("unread", json!({"S": "Maria Rodriguez"})),
        ("state", json!({"S": "Maria Rodriguez"})),
        ("contact_number", json!({"S": "Maria Rodriguez"})),
        ("assignees", json!({"L": [{"S": "Maria Rodriguez"}]})),
        ("_t", json!({"S": "Maria Rodriguez"})),
    ] {
        let mut item = world.of_kind("conversation").remove(0);
        let sound = item.clone();
        item[attribute] = value;
        world.dynamo.run("PutItem", &json!({"TableName": TABLE, "Item": item})).unwrap();
        let error = world.account.conversation(conversation.id).await.unwrap_err();
        assert!(matches!(error, StoreError::Unreadable { kind: "conversation", .. }), "{error:?}");
        let told = format!("{} {error:?}", chain(&error));
        assert!(!told.contains("Maria"), "{told}");
        world.dynamo.run("PutItem", &json!({"TableName": TABLE, "Item": sound})).unwrap();
    }
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let world = World::new().await;
    let conversation = world.receive(&customer(1), "SM1", at(1)).await;
    let mut item = world.of_kind("entry").remove(0);
    item.as_object_mut().unwrap().remove("at");
    world.dynamo.run("PutItem", &json!({"TableName": TABLE, "Item": item})).unwrap();
    let all = TimelineFilter::default();
    let error = world.account.timeline(conversation.id, &all, page(2, None)).await.unwrap_err();
    assert_eq!(chain(&error), "an item of the kind entry cannot be read: missing field `at`");
}
