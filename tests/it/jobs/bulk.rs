//! Bulk actions (D16 to D24): with named conversations and with what a filter shows.

use serde_json::{Value, json};

use super::{all, id};
use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person};

async fn texts(house: &House, to: &Business, count: u32) -> Vec<String> {
    let mut ids = vec![];
    for n in 0..count {
        ids.push(id(&house.text_in(&format!("+1212555{:04}", 100 + n), to, "Hello").await));
    }
    ids
}

async fn bulk(house: &House, who: &Person, body: &Value) -> Value {
    let answer = house.post(&who.token, "/v1/conversations/bulk", body).await;
    assert!([200, 202].contains(&answer.status), "{answer:?}");
    answer.body
}

async fn view(house: &House, who: &Person, view: &str) -> usize {
    house.list(&who.token, &format!("/v1/conversations?view={view}&limit=100")).await.len()
}

#[tokio::test]
async fn d16_to_d24_each_action_can_be_done_with_named_conversations_and_each_says_what_became_of_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = &bakery.owner;
    let ids = texts(&house, &bakery, 3).await;
    let tag =
        id(&house.post(&owner.token, "/v1/tags", &json!({"name": "VIP", "colour": "red"})).await.expect(201));
    let nowhere = format!("cnv_{:032x}", 7);
    let named = [ids[0].as_str(), &nowhere, &ids[1]];
    for more in [
        json!({"action": "assign", "user_id": owner.id}),
        json!({"action": "tag", "tag_id": tag}),
        json!({"action": "read"}),
        json!({"action": "unread"}),
        json!({"action": "mute"}),
        json!({"action": "unmute"}),
        json!({"action": "snooze", "preset": "tomorrow"}),
        json!({"action": "unsnooze"}),
        json!({"action": "complete"}),
        json!({"action": "reopen"}),
        json!({"action": "archive"}),
        json!({"action": "unarchive"}),
        json!({"action": "untag", "tag_id": tag}),
        json!({"action": "unassign", "user_id": owner.id}),
    ] {
        let mut body = more.clone();
        body["conversation_ids"] = json!(named);
        let done = bulk(&house, owner, &body).await;
        let results = done["results"].as_array().unwrap();
        let told: Vec<_> = results.iter().map(|it| it["conversation_id"].as_str().unwrap()).collect();
        assert_eq!(told, named);
        for (place, problem) in [(0, Value::Null), (1, json!("not-found")), (2, Value::Null)] {
            assert_eq!(
                (&results[place]["done"], &results[place]["problem"]),
                (&json!(problem.is_null()), &problem),
                "{more}"
            );
        }
    }
    // What is not possible now says so, of each.
    bulk(&house, owner, &json!({"action": "complete", "conversation_ids": [ids[0]]})).await;
    let done = bulk(
        &house,
        owner,
        &json!({"action": "snooze", "preset": "tomorrow", "conversation_ids": [ids[0], ids[1]]}),
    )
    .await;
    assert_eq!(done["results"][0]["problem"], "action-not-available");
    assert_eq!(done["results"][1]["done"], true);
    house.audit(owner).await;
    house.close().await;
}

/// More than one page: everything that matches when the job is at work, and nothing else.
#[tokio::test]
async fn d24_what_a_filter_shows_is_archived_to_the_last_one() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = &bakery.owner;
    let ids = texts(&house, &bakery, 95).await;
    let kept = json!({"action": "complete", "conversation_ids": ids[..5]});
    bulk(&house, owner, &kept).await;
    let job = bulk(&house, owner, &json!({"action": "archive", "filter": {"view": "inbox"}})).await;
    assert_eq!((&job["kind"], &job["state"]), (&json!("conversations_bulk"), &json!("queued")));
    house.settle().await;
    let job = house.get(&owner.token, &format!("/v1/jobs/{}", id(&job))).await.expect(200);
    assert_eq!(job["state"], "done", "{job:#}");
    assert_eq!(job["progress"]["outcomes"], json!({"done": 90}));
    let results = all(&house, owner, &format!("/v1/jobs/{}/results", id(&job))).await;
    assert_eq!(results.len(), 90);
    assert!(results.iter().all(|it| it["done"] == true));
    assert_eq!((view(&house, owner, "inbox").await, view(&house, owner, "completed").await), (0, 5));
    // Each is in the log, as what the owner did.
    let log = house.list(&owner.token, &format!("/v1/audit-log?object={}", ids[7])).await;
    assert_eq!(
        (&log[0]["action"], &log[0]["actor"]["user_id"]),
        (&json!("conversation.archived"), &json!(owner.id))
    );
    house.close().await;
}

/// I10: who sees only what is assigned to them acts only on that, by name and by filter.
#[tokio::test]
async fn c04_i10_a_bulk_action_reaches_no_further_than_the_caller_sees() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let ben = house.colleague(&bakery, &[], "assigned").await;
    let ids = texts(&house, &bakery, 4).await;
    let assign = json!({"action": "assign", "user_id": ben.id, "conversation_ids": ids[..2]});
    bulk(&house, &bakery.owner, &assign).await;
    let done = bulk(&house, &ben, &json!({"action": "archive", "conversation_ids": ids[1..]})).await;
    let problems: Vec<_> =
        done["results"].as_array().unwrap().iter().map(|it| it["problem"].clone()).collect();
    assert_eq!(problems, [Value::Null, json!("not-found"), json!("not-found")]);
    let job = bulk(&house, &ben, &json!({"action": "complete", "filter": {"view": "all"}})).await;
    house.settle().await;
    let results = all(&house, &ben, &format!("/v1/jobs/{}/results", id(&job))).await;
    let reached: Vec<_> = results.iter().map(|it| it["conversation_id"].as_str().unwrap()).collect();
    assert!(reached.iter().all(|it| ids[..2].contains(&(*it).to_owned())), "{reached:?}");
    assert_eq!(view(&house, &bakery.owner, "inbox").await, 2);
    for filter in [json!({"view": "unassigned"}), json!({"view": "inbox", "user_id": bakery.owner.id})] {
        let body = json!({"action": "archive", "filter": filter});
        let ask = Ask::post("/v1/conversations/bulk").by(&ben.token).json(&body);
        refused(&house, ask).await.problem(403, "forbidden");
    }
    house.close().await;
}

#[tokio::test]
async fn d16_to_d24_a_bulk_action_that_makes_no_sense_names_the_field() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let conversation = id(&house.text_in("+12125550123", &bakery, "Hello").await);
    let ids = json!([conversation]);
    let nobody = format!("usr_{:032x}", 7);
    let nothing = format!("tag_{:032x}", 7);
    for (body, pointer, code) in [
        (json!({"action": "archive"}), "#/conversation_ids", "missing_field"),
        (json!({"action": "archive", "conversation_ids": []}), "#/conversation_ids", "out_of_range"),
        (
            json!({"action": "archive", "conversation_ids": vec![&conversation; 101]}),
            "#/conversation_ids",
            "out_of_range",
        ),
        (
            json!({"action": "archive", "conversation_ids": ids, "filter": {"view": "inbox"}}),
            "#/filter",
            "not_together",
        ),
        (json!({"action": "delete", "conversation_ids": ids}), "#/action", "invalid"),
        (json!({"action": "assign", "conversation_ids": ids}), "#/user_id", "missing_field"),
        (
            json!({"action": "assign", "user_id": nobody, "conversation_ids": ids}),
            "#/user_id",
            "no_such_thing",
        ),
        (json!({"action": "tag", "tag_id": nothing, "conversation_ids": ids}), "#/tag_id", "no_such_thing"),
        (json!({"action": "tag", "conversation_ids": ids}), "#/tag_id", "missing_field"),
        (json!({"action": "read", "tag_id": nothing, "conversation_ids": ids}), "#/tag_id", "not_together"),
        (json!({"action": "snooze", "conversation_ids": ids}), "#/until", "missing_field"),
        (
            json!({"action": "snooze", "until": "2020-01-01T00:00:00Z", "conversation_ids": ids}),
            "#/until",
            "out_of_range",
        ),
        (
            json!({"action": "snooze", "until": "2050-01-01T00:00:00Z", "conversation_ids": ids}),
            "#/until",
            "out_of_range",
        ),
        (
            json!({"action": "snooze", "until": "2030-02-01T00:00:00Z", "preset": "tomorrow", "conversation_ids": ids}),
            "#/preset",
            "not_together",
        ),
        (json!({"action": "read", "filter": {"view": "spam"}}), "#/filter/view", "invalid"),
        (json!({"action": "read", "filter": {}}), "#/filter/view", "missing_field"),
        (
            json!({"action": "read", "filter": {"view": "inbox", "user_id": "you"}}),
            "#/filter/user_id",
            "invalid",
        ),
        (
            json!({"action": "read", "filter": {"view": "unassigned", "user_id": "me"}}),
            "#/filter/user_id",
            "not_together",
        ),
    ] {
        let ask = Ask::post("/v1/conversations/bulk").by(&bakery.owner.token).json(&body);
        let answer = refused(&house, ask).await;
        let problem = answer.problem(422, "invalid");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!(pointer), &json!(code)),
            "{body}"
        );
    }
    house.close().await;
}
