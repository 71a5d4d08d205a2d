//! Who may do what, and what strangers see: nothing.

use http::Method;
use serde_json::{Value, json};

use super::api::{Answer, Api, OUR_NUMBER};

const CUSTOMER: &str = "+12125550123";

#[tokio::test(start_paused = true)]
async fn c03_who_may_see_everything_chooses_between_all_and_their_own() {
    let api = Api::new(71).await;
    let (owner, _) = api.business(0).await;
    let (cal_id, cal) = api.colleague(&owner, "cal@bakery.example", "all").await;
    for number in [CUSTOMER, "+12125550124"] {
        api.text_in(number, "Hello").await;
    }
    let list = async |query: &str| api.get(&cal, &format!("/v1/conversations{query}")).await.expect(200);
    let all = list("").await;
    let id = all["data"][0]["id"].as_str().unwrap();
    let path = format!("/v1/conversations/{id}/assignees/{cal_id}");
    api.call(Method::PUT, &path, &owner, "", &Value::Null).await.expect(200);
    assert_eq!(list("").await["data"].as_array().unwrap().len(), 2);
    for mine in ["?user_id=me".to_owned(), "?view=assigned".to_owned(), format!("?user_id={cal_id}")] {
        let page = list(&mine).await;
        let found: Vec<_> = page["data"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
        assert_eq!(found, [id], "{mine}");
    }
}

#[tokio::test(start_paused = true)]
async fn c08_x11_without_access_there_is_no_inbox() {
    let api = Api::new(72).await;
    let (owner, _) = api.business(0).await;
    api.text_in(CUSTOMER, "Hello").await;
    let page = api.get(&owner, "/v1/conversations").await.expect(200);
    let path = format!("/v1/conversations/{}", page["data"][0]["id"].as_str().unwrap());
    let (eve_id, eve) = api.colleague(&owner, "eve@bakery.example", "none").await;
    let me = api.get(&eve, "/v1/me").await.expect(200);
    assert!(!me["permissions"].as_array().unwrap().contains(&json!("messages:manage")), "{me}");
    for hidden in ["/v1/conversations", "/v1/conversations/counts", &path, &format!("{path}/timeline")] {
        let refused = api.get(&eve, hidden).await.problem(403, "forbidden");
        assert_eq!(refused["permission"], "messages:manage", "{hidden}");
    }
    for act in ["read", "complete", "archive"] {
        api.post(&eve, &format!("{path}/{act}"), &Value::Null).await.problem(403, "forbidden");
    }
    let assign = format!("{path}/assignees/{eve_id}");
    api.call(Method::PUT, &assign, &eve, "", &Value::Null).await.problem(403, "forbidden");
}

#[tokio::test(start_paused = true)]
async fn b09_b10_b13_b14_each_role_opens_its_own_doors_from_the_next_request_on() {
    let api = Api::new(73).await;
    let (owner, _) = api.sign_up("ann@bakery.example").await;
    let (ben_id, ben) = api.colleague(&owner, "ben@bakery.example", "all").await;
    let doors = async || {
        let body = json!({"conversation_access": "all"});
        let path = format!("/v1/users/{ben_id}");
        let mut gateway = api.line(OUR_NUMBER);
        gateway["number"] = json!("12");
        let asked = [
            api.call(Method::PATCH, &path, &ben, "", &body).await.status,
            api.post(&ben, "/v1/gateways", &gateway).await.status,
            api.get(&ben, "/v1/credits").await.status,
            api.get(&ben, "/v1/credits/ledger").await.status,
        ];
        asked.map(|status| status != 403)
    };
    for (roles, open) in [
        (json!([]), [false, false, false, false]),
        (json!(["account_manager"]), [true, false, false, false]),
        (json!(["integrations_manager"]), [false, true, false, false]),
        (json!(["finance_data_manager"]), [false, false, true, true]),
        (json!(["analyze_manager", "communication_manager", "people_manager"]), [false; 4]),
        (json!(["account_manager", "finance_data_manager", "integrations_manager"]), [true; 4]),
    ] {
        let path = format!("/v1/users/{ben_id}");
        api.call(Method::PATCH, &path, &owner, "", &json!({"roles": roles})).await.expect(200);
        assert_eq!(doors().await, open, "{roles}");
    }
    let people = api.get(&ben, "/v1/users").await.expect(200);
    // People of one millisecond stand in no particular order.
    let mut people: Vec<_> = people["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["roles"].as_array().unwrap().len()))
        .collect();
    people.sort_unstable();
    assert_eq!(people, [("Ann Lee", 6), ("Ben", 3)], "everybody sees their colleagues");
}

/// A refusal without what differs from request to request.
fn refusal(answer: Answer) -> (u16, Value) {
    let Answer { status, mut body, .. } = answer;
    assert!((400..500).contains(&status), "{status} {body}");
    body["request_id"].take();
    (status, body)
}

#[tokio::test(start_paused = true)]
async fn i09_x19_ids_of_another_account_answer_as_ids_of_nothing() {
    let api = Api::new(74).await;
    let (owner, gateway) = api.business(10).await;
    api.text_in(CUSTOMER, "Hello").await;
    let page = api.get(&owner, "/v1/conversations?limit=1").await.expect(200);
    let theirs = page["data"][0]["id"].as_str().unwrap();
    let answer = json!({"conversation_id": theirs, "body": "Hello"});
    let message = api.post(&owner, "/v1/messages", &answer).await.expect(202);
    let user = api.get(&owner, "/v1/me").await.expect(200)["user"]["id"].clone();
    let told = api.get(&owner, "/v1/notifications").await.expect(200);

    let (stranger, florist) = api.sign_up("zoe@florist.example").await;
    api.top_up(&florist, 1, "a-customer").await;
    api.post(&stranger, "/v1/gateways", &api.line("+12025550102")).await.expect(201);
    let ids = [
        theirs,
        message["id"].as_str().unwrap(),
        user.as_str().unwrap(),
        gateway["id"].as_str().unwrap(),
        told["data"][0]["id"].as_str().unwrap(),
    ];
    let nothing = ids.map(|id| format!("{}_{}", &id[..3], "0".repeat(32)));
    let ask = async |ids: [&str; 5]| {
        let [conversation, message, user, gateway, notification] = ids;
        let path = |rest: &str| format!("/v1/conversations/{conversation}{rest}");
        let mut answers = vec![];
        for path in [path(""), path("/timeline"), format!("/v1/messages/{message}")] {
            answers.push(refusal(api.get(&stranger, &path).await));
        }
        for act in ["unsnooze", "complete", "reopen", "archive", "unarchive", "read", "unread"]
            .map(|it| path(&format!("/{it}")))
        {
            answers.push(refusal(api.post(&stranger, &act, &Value::Null).await));
        }
        let until = json!({"preset": "tomorrow"});
        answers.push(refusal(api.post(&stranger, &path("/snooze"), &until).await));
        for method in [Method::PUT, Method::DELETE] {
            let assignee = path(&format!("/assignees/{user}"));
            answers.push(refusal(api.call(method, &assignee, &stranger, "", &Value::Null).await));
        }
        let change = json!({"name": "Mine"});
        let user = format!("/v1/users/{user}");
        answers.push(refusal(api.call(Method::PATCH, &user, &stranger, "", &change).await));
        let read = format!("/v1/notifications/{notification}/read");
        answers.push(refusal(api.post(&stranger, &read, &Value::Null).await));
        for body in [
            json!({"conversation_id": conversation, "body": "x"}),
            json!({"to": CUSTOMER, "gateway_id": gateway, "body": "x"}),
        ] {
            answers.push(refusal(api.post(&stranger, "/v1/messages", &body).await));
        }
        answers
    };
    let nothing = ask(nothing.each_ref().map(String::as_str)).await;
    assert_eq!(ask(ids).await, nothing);
    assert_eq!(nothing.iter().filter(|(status, _)| *status == 404).count(), nothing.len() - 1, "{nothing:?}");
    let all = api.get(&owner, "/v1/conversations").await.expect(200);
    assert_eq!((&all["data"][0]["state"], all["data"].as_array().unwrap().len()), (&json!("open"), 1));
}

#[tokio::test(start_paused = true)]
async fn a_cursor_of_another_account_or_list_is_refused() {
    let api = Api::new(75).await;
    let (owner, _) = api.business(0).await;
    for number in [CUSTOMER, "+12125550124"] {
        api.text_in(number, "Hello").await;
    }
    let page = api.get(&owner, "/v1/conversations?limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = |query: &str| format!("/v1/conversations?limit=1&cursor={cursor}{query}");
    let second = api.get(&owner, &next("")).await.expect(200);
    assert_ne!(second["data"][0]["id"], page["data"][0]["id"]);
    let (stranger, _) = api.sign_up("zoe@florist.example").await;
    api.get(&stranger, &next("")).await.wrong("?cursor", "invalid");
    api.get(&owner, &next("&view=all")).await.wrong("?cursor", "invalid");
    api.get(&owner, &format!("/v1/credits/ledger?cursor={cursor}")).await.wrong("?cursor", "invalid");
}
