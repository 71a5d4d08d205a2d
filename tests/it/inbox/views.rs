//! Views by mailbox, user and tag, alone and together, and their counts (D03 to D05, C03, C04).

use serde_json::{Value, json};

use super::{Desk, last};
use crate::house::id;

async fn counts(desk: &Desk, query: &str) -> Value {
    desk.house.get(&desk.owner().token, &format!("/v1/conversations/counts?{query}")).await.expect(200)
}

#[tokio::test]
async fn d05_a_mailbox_shows_what_has_come_to_one_number_and_its_count_agrees() {
    let mut desk = Desk::open().await;
    let (gateway, _, second) = desk.house.simulated_line(&desk.shop.owner).await;
    let first = last(&desk.thread("+12125550121").await);
    let ours = desk.shop.gateway.clone();
    desk.shop.line = second;
    let there = last(&desk.thread("+12125550122").await);

    let owner = desk.owner();
    assert_eq!(desk.listed(owner, &format!("gateway_id={gateway}")).await, std::slice::from_ref(&there));
    assert_eq!(desk.listed(owner, &format!("gateway_id={ours}")).await, std::slice::from_ref(&first));
    assert_eq!(
        desk.listed(owner, &format!("view=unread&gateway_id={gateway}")).await,
        std::slice::from_ref(&there)
    );
    assert!(desk.listed(owner, &format!("view=completed&gateway_id={gateway}")).await.is_empty());
    assert_eq!(desk.listed(owner, "").await, [there.clone(), first], "the inbox has both");

    let counted = counts(&desk, &format!("gateway_id={gateway}&folders=inbox,completed")).await;
    assert_eq!(counted["unread"], json!({"conversations": 1, "messages": 1, "capped": false}));
    assert_eq!(
        (&counted["inbox"]["conversations"], &counted["completed"]["conversations"]),
        (&json!(1), &json!(0))
    );
    let by_mailbox = counts(&desk, "mailboxes=true").await;
    let of = |gateway: &str| {
        let found = by_mailbox["mailboxes"].as_array().unwrap().iter().find(|it| it["gateway_id"] == gateway);
        found.unwrap()["unread"]["conversations"].clone()
    };
    assert_eq!((of(&gateway), of(&ours)), (json!(1), json!(1)));

    desk.house
        .post(&owner.token, &format!("/v1/conversations/{there}/complete"), &json!({}))
        .await
        .expect(200);
    assert!(desk.listed(owner, &format!("gateway_id={gateway}")).await.is_empty());
    assert_eq!(
        desk.listed(owner, &format!("view=completed&gateway_id={gateway}")).await,
        std::slice::from_ref(&there)
    );
    assert_eq!(desk.listed(owner, &format!("view=all&gateway_id={gateway}")).await, [there]);
    let unknown = "gwy_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b";
    assert!(desk.listed(owner, &format!("gateway_id={unknown}")).await.is_empty(), "X19");
    desk.house.close().await;
}

#[tokio::test]
async fn d05_c03_a_tag_a_user_and_nobody_can_be_combined() {
    let desk = Desk::open().await;
    let [a, b, c] = [
        desk.thread("+12125550121").await,
        desk.thread("+12125550122").await,
        desk.thread("+12125550123").await,
    ];
    let tag = desk.tag("Returns").await;
    let sam = desk.house.colleague(&desk.shop, &[], "all").await;
    for path in [&a, &b] {
        desk.put(format!("{path}/tags/{tag}")).await;
    }
    desk.put(format!("{b}/assignees/{}", sam.id)).await;
    desk.put(format!("{c}/assignees/{}", sam.id)).await;
    let owner = desk.owner();
    let tagged = format!("tag_id={tag}");
    assert_eq!(desk.listed(owner, &tagged).await, [last(&b), last(&a)]);
    assert_eq!(desk.listed(owner, &format!("{tagged}&user_id={}", sam.id)).await, [last(&b)]);
    assert_eq!(desk.listed(&sam, &format!("{tagged}&view=assigned")).await, [last(&b)]);
    assert_eq!(desk.listed(owner, &format!("{tagged}&view=unassigned")).await, [last(&a)]);
    assert_eq!(desk.listed(owner, &format!("view=unread&{tagged}")).await, [last(&b), last(&a)]);
    assert_eq!(desk.listed(owner, "view=unassigned").await, [last(&a)]);
    let counted = counts(&desk, &format!("{tagged}&user_id={}&folders=inbox", sam.id)).await;
    assert_eq!(
        (&counted["unread"]["conversations"], &counted["inbox"]["conversations"]),
        (&json!(1), &json!(1))
    );
    let counted = counts(&desk, "unassigned=true&folders=inbox").await;
    assert_eq!(counted["inbox"]["conversations"], 1);
    let excluded = format!("/v1/conversations?view=unassigned&user_id={}", sam.id);
    desk.house.get(&owner.token, &excluded).await.names("?user_id", "not_together");
    let excluded = format!("/v1/conversations/counts?unassigned=true&user_id={}", sam.id);
    desk.house.get(&owner.token, &excluded).await.names("?unassigned", "not_together");
    desk.house.close().await;
}

#[tokio::test]
async fn c04_i10_who_sees_assigned_conversations_only_filters_among_those() {
    let desk = Desk::open().await;
    let [mine, others] = [desk.thread("+12125550121").await, desk.thread("+12125550122").await];
    let tag = desk.tag("Returns").await;
    let kim = desk.house.colleague(&desk.shop, &[], "assigned").await;
    desk.put(format!("{mine}/assignees/{}", kim.id)).await;
    for path in [&mine, &others] {
        desk.put(format!("{path}/tags/{tag}")).await;
    }
    for query in
        ["", "view=all", "view=unread", &format!("tag_id={tag}"), &format!("view=unread&tag_id={tag}")]
    {
        assert_eq!(desk.listed(&kim, query).await, [last(&mine)], "{query}");
    }
    let counted = format!("/v1/conversations/counts?folders=inbox&mailboxes=true&tag_id={tag}");
    let counted = desk.house.get(&kim.token, &counted).await.expect(200);
    assert_eq!(counted["inbox"]["conversations"], 1);
    assert_eq!(counted["mailboxes"][0]["unread"]["conversations"], 1);
    for query in ["view=unassigned", &format!("user_id={}", desk.owner().id)] {
        desk.house.get(&kim.token, &format!("/v1/conversations?{query}")).await.expect(403);
    }
    desk.house.close().await;
}

#[tokio::test]
async fn a_filter_that_picks_little_is_paged_through_to_its_end() {
    let desk = Desk::open().await;
    let tag = desk.tag("Rare").await;
    let sam = desk.house.colleague(&desk.shop, &[], "all").await;
    let mut wanted = Vec::new();
    for n in 0..7 {
        let path = desk.thread(&format!("+121255501{n:02}")).await;
        desk.put(format!("{path}/assignees/{}", sam.id)).await;
        if n % 3 == 0 {
            desk.put(format!("{path}/tags/{tag}")).await;
            wanted.insert(0, last(&path));
        }
    }
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/conversations?user_id={}&tag_id={tag}&limit=1{cursor}", sam.id);
        let page = desk.house.get(&desk.owner().token, &path).await.expect(200);
        assert!(page["data"].as_array().unwrap().len() <= 1);
        found.extend(page["data"].as_array().unwrap().iter().map(id));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, wanted);
    desk.house.close().await;
}
