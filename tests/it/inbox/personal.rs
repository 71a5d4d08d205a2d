//! What concerns one person only: pins (E14, E15, X07) and mutes (E10, E11).

use serde_json::json;

use super::{Desk, last};
use crate::house::Ask;

#[tokio::test]
async fn e14_e15_x07_a_pinned_conversation_stands_on_top_of_ones_own_unfiltered_inbox() {
    let desk = Desk::open().await;
    let [a, b, c] = [
        desk.thread("+12125550121").await,
        desk.thread("+12125550122").await,
        desk.thread("+12125550123").await,
    ];
    let (a_id, b_id, c_id) = (last(&a), last(&b), last(&c));
    let sam = desk.house.colleague(&desk.shop, &[], "all").await;
    let owner = desk.owner();
    for _ in 0..2 {
        let pinned = desk.house.post(&owner.token, &format!("{a}/pin"), &json!({})).await.expect(200);
        assert_eq!(pinned["pinned"], true);
        let offered = pinned["available_actions"].as_array().unwrap().clone();
        assert!(offered.contains(&json!("unpin")) && !offered.contains(&json!("pin")));
    }
    assert_eq!(desk.listed(owner, "").await, [a_id.clone(), c_id.clone(), b_id.clone()]);
    assert_eq!(
        desk.listed(&sam, "").await,
        [c_id.clone(), b_id.clone(), a_id.clone()],
        "only for who pinned it"
    );
    for filtered in ["view=unread", "view=all", "view=unassigned", "user_id=me"] {
        let found = desk.listed(owner, filtered).await;
        assert!(found.first() != Some(&a_id), "{filtered}: {found:?}");
    }
    // Page by page it is there once, on the first.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/conversations?limit=1{cursor}");
        let page = desk.house.get(&owner.token, &path).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().iter().map(crate::house::id));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [a_id.clone(), c_id.clone(), b_id.clone()]);
    // What is not in the inbox is not on top of it either.
    desk.house.post(&owner.token, &format!("{a}/complete"), &json!({})).await.expect(200);
    assert_eq!(desk.listed(owner, "").await, [c_id.clone(), b_id.clone()]);
    desk.thread("+12125550121").await;
    assert_eq!(desk.listed(owner, "").await, [a_id.clone(), c_id.clone(), b_id.clone()]);
    for _ in 0..2 {
        let gone = desk.house.post(&owner.token, &format!("{a}/unpin"), &json!({})).await.expect(200);
        assert_eq!(gone["pinned"], false);
    }
    desk.thread("+12125550122").await;
    assert_eq!(desk.listed(owner, "").await, [b_id, a_id, c_id]);
    desk.house.close().await;
}

#[tokio::test]
async fn c04_a_pin_shows_nothing_that_somebody_may_no_longer_see() {
    let desk = Desk::open().await;
    let path = desk.thread("+12125550121").await;
    let kim = desk.house.colleague(&desk.shop, &[], "assigned").await;
    desk.house.post(&kim.token, &format!("{path}/pin"), &json!({})).await.expect(404);
    desk.put(format!("{path}/assignees/{}", kim.id)).await;
    desk.house.post(&kim.token, &format!("{path}/pin"), &json!({})).await.expect(200);
    assert_eq!(desk.listed(&kim, "").await, [last(&path)]);
    let gone = Ask::new("DELETE", format!("{path}/assignees/{}", kim.id)).by(&desk.owner().token);
    desk.house.ask(gone).await.expect(200);
    assert!(desk.listed(&kim, "").await.is_empty());
    desk.house.close().await;
}

#[tokio::test]
async fn e10_e11_muting_is_ones_own_and_can_be_taken_back() {
    let desk = Desk::open().await;
    let path = desk.thread("+12125550121").await;
    let sam = desk.house.colleague(&desk.shop, &[], "all").await;
    let does = async |token: &str, act: &str| {
        desk.house.post(token, &format!("{path}/{act}"), &json!({})).await.expect(200)
    };
    for _ in 0..2 {
        assert_eq!(does(&sam.token, "mute").await["muted"], true);
    }
    let mine = desk.house.get(&desk.owner().token, &path).await.expect(200);
    assert_eq!((&mine["muted"], &mine["unread"]), (&json!(false), &json!(1)));
    assert!(mine["available_actions"].as_array().unwrap().contains(&json!("mute")));
    for _ in 0..2 {
        assert_eq!(does(&sam.token, "unmute").await["muted"], false);
    }
    let timeline = desk.house.list(&sam.token, &format!("{path}/timeline")).await;
    assert!(timeline.iter().all(|it| it["kind"] != "muted"), "nobody else is concerned");
    desk.house.close().await;
}

#[tokio::test]
async fn x10_d16_assignees_are_added_and_replaced() {
    let desk = Desk::open().await;
    let path = desk.thread("+12125550121").await;
    let [sam, kim] = [
        desk.house.colleague(&desk.shop, &[], "all").await,
        desk.house.colleague(&desk.shop, &[], "assigned").await,
    ];
    let nobody = desk.house.colleague(&desk.shop, &[], "none").await;
    desk.put(format!("{path}/assignees/{}", sam.id)).await;
    let replace = |users: serde_json::Value| {
        let path = format!("{path}/assignees");
        Ask::new("PUT", path).by(&desk.owner().token).json(&json!({"user_ids": users}))
    };
    for _ in 0..2 {
        let now = desk.house.ask(replace(json!([kim.id]))).await.expect(200);
        assert_eq!(now["assignees"], json!([kim.id]));
    }
    assert_eq!(desk.listed(&kim, "").await, [last(&path)]);
    desk.house.ask(replace(json!([nobody.id]))).await.names("#/user_ids", "no_such_thing");
    desk.house.ask(replace(json!(vec![sam.id.as_str(); 1]))).await.expect(200);
    assert!(desk.listed(&kim, "").await.is_empty());
    let none = desk.house.ask(replace(json!([]))).await.expect(200);
    assert_eq!(none["assignees"], json!([]));
    let kinds =
        desk.house.list(&desk.owner().token, &format!("{path}/timeline?events=assigned,unassigned")).await;
    assert_eq!(kinds.len(), 6, "sam, not sam and kim, not kim and sam, not sam");
    desk.house.close().await;
}
