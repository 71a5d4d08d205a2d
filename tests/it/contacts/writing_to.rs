//! Starting a conversation with a contact that was found (D07, E06).

use serde_json::json;

use super::{ann, contact, id};
use crate::bad_input::refused;
use crate::house::{Ask, House};

#[tokio::test]
async fn d07_e06_a_message_to_a_contact_begins_a_conversation_with_their_number() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let rival = house.business("Rival", 10).await;
    let owner = &bakery.owner;
    let profile = json!({"name": "Ann", "numbers": ["+12125550123", "+12125550124"]});
    let who = contact(&house, owner, &profile).await;
    house.send(owner, &json!({"contact_id": id(&who), "body": "Hello"})).await;
    house.send(owner, &json!({"contact_id": id(&who), "to": "(212) 555-0124", "body": "Hello"})).await;
    house.settle().await;
    for number in ["+12125550123", "+12125550124"] {
        let conversation = house.conversation_with(owner, number).await;
        assert_eq!(
            (&conversation["contact"]["id"], &conversation["contact"]["name"]),
            (&who["id"], &json!("Ann"))
        );
        assert_eq!(conversation["assignees"], json!([owner.id]), "C16");
    }
    let unreachable = contact(&house, owner, &json!({"name": "Bob"})).await;
    let theirs = ann(&house, &rival.owner).await;
    let conversation = house.conversation_with(owner, "+12125550123").await;
    for (body, pointer) in [
        (json!({"contact_id": id(&theirs), "body": "x"}), "#/contact_id"),
        (json!({"contact_id": id(&who), "to": "+12125550199", "body": "x"}), "#/to"),
        (json!({"contact_id": id(&unreachable), "body": "x"}), "#/to"),
        (
            json!({"contact_id": id(&who), "conversation_id": id(&conversation), "body": "x"}),
            "#/conversation_id",
        ),
    ] {
        let ask = Ask::post("/v1/messages").by(&owner.token).json(&body);
        let problem = refused(&house, ask).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    house.audit(owner).await;
    house.close().await;
}
