//! Who is told of what happens in the inbox, where, and when not: the alert centre, devices, quiet times, digests, mentions.

mod centre;
mod devices;
mod digests;
mod interrupted;
mod mentions;
mod preferences;
mod table;

use serde_json::{Value, json};

use crate::house::{Ask, Business, House, Person};

/// How often something was pushed to a device.
fn pushes(house: &House, device: &str) -> usize {
    house.running.engines.sns.deliveries().iter().filter(|it| it.token == device).count()
}

/// Does something with a conversation.
async fn act(house: &House, who: &Person, conversation: &Value, action: &str) {
    let path = format!("/v1/conversations/{}/{action}", conversation["id"].as_str().unwrap());
    house.post(&who.token, &path, &json!({})).await.expect(200);
}

async fn assign(house: &House, by: &Person, conversation: &Value, who: &Person) {
    let path = format!("/v1/conversations/{}/assignees/{}", conversation["id"].as_str().unwrap(), who.id);
    house.ask(Ask::new("PUT", path).by(&by.token)).await.expect(200);
    house.settle().await;
}

/// Says what somebody wants to be told of.
async fn prefer(house: &House, who: &Person, change: impl FnOnce(&mut Value)) {
    let path = "/v1/notifications/preferences";
    let mut preferences = house.get(&who.token, path).await.expect(200);
    change(&mut preferences);
    house.ask(Ask::new("PUT", path).by(&who.token).json(&preferences)).await.expect(200);
}

/// A business, with a colleague who sees everything and one who sees what is assigned to them.
async fn team(house: &House) -> (Business, Person, Person) {
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let cleo = house.colleague(&bakery, &[], "all").await;
    let ben = house.colleague(&bakery, &[], "assigned").await;
    (bakery, cleo, ben)
}
