//! `conversations`, `assign`, `notifications`.

use http::Method;
use serde_json::{Value, json};

use super::api::Api;

const CUSTOMER: &str = "+12125550123";

fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|it| it["contact"]["number"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn x01_each_view_shows_what_belongs_to_it() {
    let api = Api::new(21).await;
    let (owner, _) = api.business(10).await;
    let numbers: Vec<String> = (0..5).map(|n| format!("+1212555012{n}")).collect();
    for number in &numbers {
        api.text_in(number, "Hello").await;
    }
    let list = async |query: &str| api.get(&owner, &format!("/v1/conversations{query}")).await;
    let all = list("?view=all").await.expect(200);
    let path = |index: usize, rest: &str| {
        let found =
            all["data"].as_array().unwrap().iter().find(|it| it["contact"]["number"] == numbers[index]);
        format!("/v1/conversations/{}{rest}", found.unwrap()["id"].as_str().unwrap())
    };
    api.post(&owner, &path(0, "/snooze"), &json!({"preset": "tomorrow"})).await.expect(200);
    api.post(&owner, &path(1, "/complete"), &Value::Null).await.expect(200);
    api.post(&owner, &path(2, "/archive"), &Value::Null).await.expect(200);
    api.post(&owner, &path(3, "/read"), &Value::Null).await.expect(200);
    let me = api.get(&owner, "/v1/me").await.expect(200);
    let me = me["user"]["id"].as_str().unwrap();
    let assign = path(4, &format!("/assignees/{me}"));
    let assigned = api.call(Method::PUT, &assign, &owner, "", &Value::Null).await.expect(200);
    assert_eq!(assigned["assignees"], json!([me]));
    api.world.settle().await;

    for (query, expected) in [
        ("", vec![4, 3]),
        ("?view=inbox", vec![4, 3]),
        ("?view=unread", vec![4]),
        ("?view=snoozed", vec![0]),
        ("?view=completed", vec![1]),
        ("?view=archived", vec![2]),
        ("?view=all", vec![4, 3, 2, 1, 0]),
        ("?view=unassigned", vec![3]),
        ("?view=assigned", vec![4]),
        ("?user_id=me", vec![4]),
        ("?view=all&user_id=me", vec![4]),
        (&format!("?view=snoozed&user_id={me}"), vec![]),
    ] {
        let page = list(query).await.expect(200);
        let mut expected: Vec<&str> =
            expected.into_iter().map(|index: usize| numbers[index].as_str()).collect();
        let mut found = ids(&page);
        // Texts that came at the same moment stand in no particular order.
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{query}");
    }
    let counts = api.get(&owner, "/v1/conversations/counts?folders=inbox,archived").await.expect(200);
    assert_eq!(
        counts,
        json!({
            "unread": {"conversations": 1, "messages": 1, "capped": false},
            "inbox": {"conversations": 2, "capped": false},
            "archived": {"conversations": 1, "capped": false},
        })
    );
    let page = list("?view=all&limit=2").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(
        list(&format!("?view=all&limit=2&cursor={cursor}")).await.expect(200)["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    list(&format!("?view=inbox&cursor={cursor}")).await.wrong("?cursor", "invalid");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_query_is_said_parameter_by_parameter() {
    let api = Api::new(22).await;
    let (owner, _) = api.business(0).await;
    for (query, pointer, code) in [
        ("?view=everything", "?view", "invalid"),
        ("?user_id=ann", "?user_id", "invalid"),
        ("?view=unassigned&user_id=me", "?user_id", "not_together"),
        ("?limit=0", "?limit", "out_of_range"),
        ("?limit=101", "?limit", "out_of_range"),
        ("?cursor=x", "?cursor", "invalid"),
        ("?tag_id=x", "?tag_id", "invalid"),
        ("?colour=red", "?colour", "unknown_field"),
        ("/counts?folders=inbox,attic", "?folders", "invalid"),
        ("/counts?view=inbox", "?view", "unknown_field"),
    ] {
        api.get(&owner, &format!("/v1/conversations{query}")).await.wrong(pointer, code);
    }
}

#[tokio::test(start_paused = true)]
async fn c04_who_may_see_only_what_is_assigned_to_them_can_list_nothing_else() {
    let api = Api::new(23).await;
    let (owner, _) = api.business(0).await;
    let (ben, token) = api.colleague(&owner, "ben@bakery.example", "assigned").await;
    api.text_in(CUSTOMER, "Hello").await;
    let list = async |query: &str| api.get(&token, &format!("/v1/conversations{query}")).await;
    assert_eq!(ids(&list("").await.expect(200)), Vec::<&str>::new());
    list("?view=unassigned").await.problem(403, "forbidden");
    let found = api.get(&owner, "/v1/conversations").await.expect(200);
    let id = found["data"][0]["id"].as_str().unwrap();
    let path = format!("/v1/conversations/{id}");
    api.get(&token, &path).await.problem(404, "not-found");
    api.post(&token, &format!("{path}/complete"), &Value::Null).await.problem(404, "not-found");
    let assignee = format!("{path}/assignees/{ben}");
    api.call(Method::PUT, &assignee, &owner, "", &Value::Null).await.expect(200);
    assert_eq!(ids(&list("").await.expect(200)), [CUSTOMER]);
    api.get(&token, &path).await.expect(200);
    api.world.settle().await;

    let told = api.get(&token, "/v1/notifications").await.expect(200);
    let notification = &told["data"][0];
    assert_eq!((&notification["kind"], &notification["conversation_id"]), (&json!("assigned"), &json!(id)));
    assert_eq!(notification["read"], false);
    let read = format!("/v1/notifications/{}/read", notification["id"].as_str().unwrap());
    api.post(&owner, &read, &Value::Null).await.problem(404, "not-found");
    api.post(&token, &read, &Value::Null).await.expect(204);
    assert_eq!(api.get(&token, "/v1/notifications").await.expect(200)["data"][0]["read"], true);

    let (nobody, _) = api.colleague(&owner, "eve@bakery.example", "none").await;
    let hidden = format!("{path}/assignees/{nobody}");
    api.call(Method::PUT, &hidden, &owner, "", &Value::Null).await.problem(404, "not-found");
    api.call(Method::DELETE, &assignee, &owner, "", &Value::Null).await.expect(200);
    api.get(&token, &path).await.problem(404, "not-found");
}

#[tokio::test(start_paused = true)]
async fn a_timeline_shows_messages_and_events_with_who_did_them_and_can_be_filtered() {
    let api = Api::new(24).await;
    let (owner, _) = api.business(10).await;
    api.text_in(CUSTOMER, "Are you open?").await;
    let found = api.get(&owner, "/v1/conversations").await.expect(200);
    let id = found["data"][0]["id"].as_str().unwrap();
    let reply = json!({"conversation_id": id, "body": "Until six."});
    api.post(&owner, "/v1/messages", &reply).await.expect(202);
    let path = format!("/v1/conversations/{id}");
    let until = "2026-06-03T13:00:00Z";
    api.post(&owner, &format!("{path}/snooze"), &json!({"until": until})).await.expect(200);

    let timeline = async |query: &str| api.get(&owner, &format!("{path}/timeline{query}")).await;
    let page = timeline("").await.expect(200);
    let entries = page["data"].as_array().unwrap();
    let kinds: Vec<_> = entries.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["snoozed", "assigned", "outgoing_message", "conversation_started", "incoming_message"]
    );
    let [snoozed, assigned, outgoing, _, incoming] = entries.as_slice() else { panic!("{page}") };
    assert_eq!(
        (&incoming["actor"], &incoming["message"]["text"]),
        (&json!({"type": "contact"}), &json!("Are you open?"))
    );
    assert_eq!(
        (&incoming["message"]["status"], &incoming["message"]["author"]),
        (&json!("received"), &Value::Null)
    );
    assert_eq!(outgoing["actor"]["type"], "user");
    assert_eq!(outgoing["actor"]["user_id"], outgoing["message"]["author"]["user_id"]);
    assert_eq!(assigned["event"]["user_id"], outgoing["actor"]["user_id"]);
    assert_eq!(snoozed["event"]["until"], until);
    assert_eq!(snoozed.get("message"), None);

    let count = async |query: &str| timeline(query).await.expect(200)["data"].as_array().unwrap().len();
    assert_eq!(count("?events=incoming_message,assigned").await, 2);
    assert_eq!(count("?events=outgoing_message&origins=campaign").await, 0);
    assert_eq!(count("?events=outgoing_message&origins=manual").await, 1);
    assert_eq!(count("?failed=true").await, 0);
    timeline("?events=Birthday").await.wrong("?events", "invalid");
    timeline("?failed=maybe").await.wrong("?failed", "wrong_type");
    let next = timeline("?limit=3").await.expect(200)["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(count(&format!("?limit=3&cursor={next}")).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_sleeps_until_a_moment_or_a_named_time_but_not_both() {
    let api = Api::new(25).await;
    let (owner, _) = api.business(0).await;
    api.text_in(CUSTOMER, "Call me tomorrow").await;
    let found = api.get(&owner, "/v1/conversations").await.expect(200);
    let path = format!("/v1/conversations/{}", found["data"][0]["id"].as_str().unwrap());
    let snooze = async |body: Value| api.post(&owner, &format!("{path}/snooze"), &body).await;
    for (body, pointer, code) in [
        (json!({}), "#/until", "missing_field"),
        (json!({"until": "2026-06-03T13:00:00Z", "preset": "tomorrow"}), "#/preset", "not_together"),
        (json!({"until": "tomorrow"}), "#/until", "invalid"),
        (json!({"until": "2020-01-01T00:00:00Z"}), "#/until", "out_of_range"),
        (json!({"until": "2126-01-01T00:00:00Z"}), "#/until", "out_of_range"),
        (json!({"preset": "someday"}), "#/preset", "invalid"),
    ] {
        snooze(body).await.wrong(pointer, code);
    }
    // The world begins at 11:00 in New York.
    let asleep = snooze(json!({"preset": "tomorrow"})).await.expect(200);
    assert_eq!(asleep["snoozed_until"], "2026-06-03T13:00:00Z");
    let exact = snooze(json!({"until": "2026-06-03T15:00:00.123456789+02:00"})).await.expect(200);
    assert_eq!(exact["snoozed_until"], "2026-06-03T13:00:00.123Z");
    assert_eq!(
        api.post(&owner, &format!("{path}/unsnooze"), &Value::Null).await.expect(200)["snoozed_until"],
        Value::Null
    );
    api.post(&owner, &format!("{path}/archive"), &Value::Null).await.expect(200);
    let refused = snooze(json!({"preset": "tomorrow"})).await.problem(409, "action-not-available");
    assert_eq!(
        (&refused["action"], &refused["available_actions"]),
        (&json!("snooze"), &json!(["assign", "unarchive", "tag", "mute", "pin"]))
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_done_twice_is_answered_alike_and_can_be_taken_back() {
    let api = Api::new(26).await;
    let (owner, _) = api.business(0).await;
    api.text_in(CUSTOMER, "Hello").await;
    let found = api.get(&owner, "/v1/conversations").await.expect(200);
    let path = format!("/v1/conversations/{}", found["data"][0]["id"].as_str().unwrap());
    let act = async |name: &str| api.post(&owner, &format!("{path}/{name}"), &Value::Null).await.expect(200);
    for (name, field, value) in [
        ("read", "unread", json!(0)),
        ("unread", "unread", json!(1)),
        ("complete", "state", json!("completed")),
        ("reopen", "state", json!("open")),
        ("archive", "state", json!("archived")),
        ("unarchive", "state", json!("open")),
        ("unsnooze", "snoozed_until", json!(null)),
    ] {
        let first = act(name).await;
        assert_eq!(first[field], value, "{name}");
        assert_eq!(act(name).await, first, "{name}");
        assert_eq!(api.get(&owner, &path).await.expect(200), first, "{name}");
    }
    for unknown in ["/v1/conversations/cnv_00000000000000000000000000000000", "/v1/conversations/1"] {
        api.post(&owner, &format!("{unknown}/read"), &Value::Null).await.problem(404, "not-found");
        api.get(&owner, &format!("{unknown}/timeline")).await.problem(404, "not-found");
    }
}
