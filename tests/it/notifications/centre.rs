//! The alert centre: lists, counts, reading one and all, and what it does not reveal.

use serde_json::json;

use super::{assign, team};
use crate::house::{Ask, House};

#[tokio::test]
async fn e07_what_is_unread_is_listed_counted_and_read_one_by_one_or_all_at_once() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    for n in 0..7 {
        house.text_in("+12125550123", &bakery, &format!("Text {n}")).await;
    }
    let unread = "/v1/notifications?unread=true";
    let count = async || house.get(&cleo.token, "/v1/notifications/counts").await.expect(200);
    assert_eq!(count().await, json!({"unread": 7, "capped": false}));
    let all = house.list(&cleo.token, unread).await;
    assert_eq!(all.len(), 7);
    let path = format!("/v1/notifications/{}/read", all[2]["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(house.post(&cleo.token, &path, &json!({})).await.status, 204);
    }
    let left = house.list(&cleo.token, unread).await;
    assert_eq!(left.len(), 6);
    assert!(!left.iter().any(|it| it["id"] == all[2]["id"]));
    assert_eq!(house.told(&cleo.token).await.len(), 7);
    // In pages.
    let page = house.get(&cleo.token, "/v1/notifications?unread=true&limit=4").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest =
        house.list(&cleo.token, &format!("/v1/notifications?unread=true&limit=4&cursor={cursor}")).await;
    assert_eq!(rest, left[4..]);
    house.get(&cleo.token, &format!("/v1/notifications?cursor={cursor}")).await.problem(422, "invalid");
    for _ in 0..2 {
        let after = house.post(&cleo.token, "/v1/notifications/read", &json!({})).await.expect(200);
        assert_eq!(after, json!({"unread": 0, "capped": false}));
    }
    assert!(house.list(&cleo.token, unread).await.is_empty());
    let told = house.told(&bakery.owner.token).await;
    assert!(told.iter().all(|it| it["read"] == false), "others have not read theirs");
    house.text_in("+12125550123", &bakery, "One more").await;
    assert_eq!(count().await["unread"], 1);
    house.close().await;
}

#[tokio::test]
async fn i10_what_concerns_a_conversation_that_one_may_not_see_any_more_does_not_reveal_it() {
    let house = House::open().await;
    let (bakery, cleo, ben) = team(&house).await;
    let conversation = house.text_in("+12125550123", &bakery, "Hello").await;
    let id = conversation["id"].as_str().unwrap();
    assign(&house, &bakery.owner, &conversation, &ben).await;
    let told = house.told(&ben.token).await;
    assert_eq!(told[0]["conversation_id"], id);
    let path = format!("/v1/conversations/{id}/assignees/{}", ben.id);
    house.ask(Ask::new("DELETE", path).by(&bakery.owner.token)).await.expect(200);
    for list in ["/v1/notifications", "/v1/notifications?unread=true"] {
        let page = house.get(&ben.token, list).await.expect(200);
        assert!(!page.to_string().contains(id), "{page}");
        assert_eq!(page["data"][0]["kind"], "assigned");
    }
    house.get(&ben.token, &format!("/v1/conversations/{id}")).await.expect(404);
    // Whose access is taken away sees nothing either.
    assert!(house.told(&cleo.token).await[0]["conversation_id"] == id);
    let change = Ask::new("PATCH", format!("/v1/users/{}", cleo.id)).by(&bakery.owner.token);
    house.ask(change.json(&json!({"conversation_access": "none"}))).await.expect(200);
    let page = house.get(&cleo.token, "/v1/notifications").await.expect(200);
    assert!(!page.to_string().contains(id), "{page}");
    house.close().await;
}
