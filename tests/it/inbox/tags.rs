//! Tags (D13, D14): the account's, and those on a conversation.

use jiff::SignedDuration;
use serde_json::json;

use super::{Desk, last};
use crate::house::{Ask, id};

#[tokio::test]
async fn d13_d14_a_tag_on_a_conversation_is_seen_by_everybody_and_comes_off_again() {
    let desk = Desk::open().await;
    let path = desk.thread("+12125550121").await;
    let tag = desk.tag("Order status 📦").await;
    let sam = desk.house.colleague(&desk.shop, &[], "all").await;
    for _ in 0..2 {
        let tagged = desk.put(format!("{path}/tags/{tag}")).await;
        assert_eq!(tagged["tags"], json!([tag]));
    }
    let seen = desk.house.get(&sam.token, &path).await.expect(200);
    assert_eq!((&seen["tags"], &seen["unread"]), (&json!([tag]), &json!(1)), "X08: tagging reads nothing");
    for _ in 0..2 {
        let gone = Ask::new("DELETE", format!("{path}/tags/{tag}")).by(&sam.token);
        assert_eq!(desk.house.ask(gone).await.expect(200)["tags"], json!([]));
    }
    let events = format!("{path}/timeline?events=tagged,untagged");
    let events = desk.house.list(&sam.token, &events).await;
    let told: Vec<_> = events.iter().map(|it| (it["kind"].clone(), it["event"]["tag_id"].clone())).collect();
    assert_eq!(told, [(json!("untagged"), json!(tag)), (json!("tagged"), json!(tag))], "each once");
    desk.house.close().await;
}

#[tokio::test]
async fn d14_a_conversation_has_at_most_ten_tags_and_an_unknown_one_is_not_found() {
    let desk = Desk::open().await;
    let path = desk.thread("+12125550121").await;
    for n in 0..10 {
        let tag = desk.tag(&format!("Tag {n}")).await;
        desk.put(format!("{path}/tags/{tag}")).await;
    }
    let one_more = desk.tag("One more").await;
    let asked = Ask::new("PUT", format!("{path}/tags/{one_more}")).by(&desk.owner().token);
    desk.house.ask(asked).await.problem(409, "action-not-available");
    let shown = desk.house.get(&desk.owner().token, &path).await.expect(200);
    assert!(!shown["available_actions"].as_array().unwrap().contains(&json!("tag")));
    let unknown = format!("{path}/tags/tag_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b");
    desk.house.ask(Ask::new("PUT", unknown).by(&desk.owner().token)).await.expect(404);
    desk.house.close().await;
}

#[tokio::test]
async fn d13_two_tags_cannot_differ_by_case_or_spaces_only() {
    let desk = Desk::open().await;
    let token = desk.owner().token.clone();
    let returns = desk.tag("Returns").await;
    let again = [json!({"name": "RETURNS"}), json!({"name": " returns "})];
    for body in &again {
        desk.house.post(&token, "/v1/tags", body).await.names("#/name", "taken");
    }
    let other = desk.tag("Rückgabe").await;
    let rename = |tag: &str, body| Ask::new("PATCH", format!("/v1/tags/{tag}")).by(&token).json(&body);
    desk.house.ask(rename(&other, json!({"name": "rEturns"}))).await.names("#/name", "taken");
    let changed =
        desk.house.ask(rename(&returns, json!({"name": "RETURNS", "colour": "red"}))).await.expect(200);
    assert_eq!((&changed["name"], &changed["colour"]), (&json!("RETURNS"), &json!("red")));
    desk.house.ask(rename(&returns, json!({"name": "Refunds"}))).await.expect(200);
    desk.house.post(&token, "/v1/tags", &json!({"name": "Returns"})).await.expect(201);
    desk.house.post(&token, "/v1/tags", &json!({"name": " "})).await.names("#/name", "invalid");
    desk.house.post(&token, "/v1/tags", &json!({"name": "x".repeat(41)})).await.names("#/name", "invalid");
    let asks = (0..4).map(|_| Ask::post("/v1/tags").by(&token).json(&json!({"name": "Rush"})));
    let made = desk.house.at_once(asks).await;
    assert_eq!(made.iter().filter(|it| it.status == 201).count(), 1, "one name, one tag, at the same moment");
    desk.house.close().await;
}

#[tokio::test]
async fn b15_a_tag_that_is_removed_comes_off_every_conversation() {
    let desk = Desk::open().await;
    let tag = desk.tag("Christmas").await;
    let [a, b] = [desk.thread("+12125550121").await, desk.thread("+12125550122").await];
    for path in [&a, &b] {
        desk.put(format!("{path}/tags/{tag}")).await;
    }
    let token = &desk.owner().token;
    let remove = || Ask::new("DELETE", format!("/v1/tags/{tag}")).by(token);
    desk.house.ask(remove()).await.expect(204);
    desk.house.ask(remove()).await.expect(404);
    assert!(desk.house.list(token, "/v1/tags").await.is_empty());
    desk.house.ask(Ask::new("PUT", format!("{a}/tags/{tag}")).by(token)).await.expect(404);
    desk.house.pass(SignedDuration::from_mins(2)).await;
    for path in [&a, &b] {
        assert_eq!(desk.house.get(token, path).await.expect(200)["tags"], json!([]));
    }
    assert!(desk.listed(desk.owner(), &format!("view=all&tag_id={tag}")).await.is_empty());
    assert_eq!(desk.listed(desk.owner(), "").await, [last(&b), last(&a)]);
    desk.house.close().await;
}

#[tokio::test]
async fn a22_only_who_may_manage_tags_makes_them_and_everybody_in_the_inbox_uses_them() {
    let desk = Desk::open().await;
    let path = desk.thread("+12125550121").await;
    let tag = desk.tag("Gift cards").await;
    let sam = desk.house.colleague(&desk.shop, &[], "all").await;
    desk.house.post(&sam.token, "/v1/tags", &json!({"name": "Mine"})).await.problem(403, "forbidden");
    let seen = desk.house.list(&sam.token, "/v1/tags").await;
    assert_eq!(seen.iter().map(id).collect::<Vec<_>>(), std::slice::from_ref(&tag));
    desk.house.ask(Ask::new("PUT", format!("{path}/tags/{tag}")).by(&sam.token)).await.expect(200);
    let nobody = desk.house.colleague(&desk.shop, &[], "none").await;
    desk.house.ask(Ask::new("PUT", format!("{path}/tags/{tag}")).by(&nobody.token)).await.expect(403);
    desk.house.close().await;
}
