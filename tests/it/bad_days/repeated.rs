//! The same request twice: one thing is done, one answer is given (I12).

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, House, PASSWORD, Stage, operations};

/// Every operation that takes an `Idempotency-Key`, with its body, and another body that would be as good.
///
/// Each has its own key: one that was used for an operation is not good for another.
fn twice(stage: &Stage) -> Vec<(Ask, Value, Value)> {
    let mut all = vec![];
    for operation in operations().into_iter().filter(|it| it.takes_key) {
        // Without a body there is no other one; `jobs` asks for such a thing twice.
        let Some(body) = stage.body(&operation.id) else { continue };
        let mut other = body.clone();
        match operation.id.as_str() {
            "send_message" | "send_test_message" => other["body"] = json!("Something else"),
            "add_user" => other["password"] = json!(format!("{PASSWORD}!")),
            "add_gateway" => other["credentials"]["api_key"] = json!("another"),
            "top_up" => other["reference"] = json!("invoice 19"),
            "open_sub_account" => other["owner"]["password"] = json!(format!("{PASSWORD}!")),
            "order_credits" | "reclaim_credits" => other["amount"] = json!(2),
            // Whichever of the two is done, there is enough to reclaim afterwards.
            "allocate_credits" => other["amount"] = json!(7),
            "create_contact_note" | "add_conversation_note" => other["text"] = json!("Something else"),
            "create_contact_event" => other["kind"] = json!("order_delivered"),
            "create_contact_field" => other["label"] = json!("Another"),
            "create_quick_reply" => other["title"] = json!("Another"),
            "create_saved_view"
            | "create_automation"
            | "create_role"
            | "create_team"
            | "create_tag"
            | "add_push_endpoint"
            | "create_template"
            | "create_template_for_sub_account"
            | "create_contact"
            | "create_contact_list"
            | "create_contact_list_for_sub_account" => other["name"] = json!("Another"),
            "create_keyword" => other["word"] = json!("baguette"),
            // It takes a list and a template of the sub account, which the stage has not.
            "create_keyword_for_sub_account" => continue,
            "create_contact_import" => other["file_name"] = json!("others.csv"),
            "export_contacts" => other = json!({}),
            "act_on_conversations" => other["action"] = json!("unassign"),
            new => panic!("{new} is new: say here what another request would be"),
        }
        all.push((stage.ask(&operation).key(&format!("{}-17", operation.id)), body, other));
    }
    assert!(all.len() >= 15, "{}", all.len());
    all
}

#[tokio::test]
async fn i12_the_same_key_and_body_give_the_same_answer_and_do_nothing_again() {
    let stage = Stage::set().await;
    let mut answered = vec![];
    for (ask, body, other) in twice(&stage) {
        let first = stage.house.ask(ask.clone().json(&body)).await;
        assert!(first.status < 300, "{first:?}");
        stage.house.settle().await;
        let before = stage.house.table();
        // Written in another way it is still the same request.
        let spaced = serde_json::to_string_pretty(&body).unwrap();
        for again in [ask.clone().json(&body), ask.clone().raw("application/json; charset=utf-8", spaced)] {
            let answer = stage.house.ask(again).await;
            assert_eq!(answer.comparable(), first.comparable());
        }
        stage.house.settle().await;
        let after = stage.house.table();
        assert_eq!(before.symmetric_difference(&after).collect::<Vec<_>>(), Vec::<&String>::new());
        refused(&stage.house, ask.clone().json(&other)).await.problem(422, "idempotency-key-reused");
        answered.push((ask.json(&body), first));
    }
    // It is the first one's for 24 hours, whatever came in between.
    stage.house.pass(jiff::SignedDuration::from_hours(23)).await;
    for (ask, first) in answered {
        assert_eq!(stage.house.ask(ask).await.comparable(), first.comparable());
    }
    stage.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_the_same_key_and_body_at_once_do_one_thing() {
    let stage = Stage::set().await;
    for (ask, body, _) in twice(&stage) {
        let ask = ask.json(&body);
        let answers = stage.house.at_once(std::iter::repeat_n(ask.clone(), 6)).await;
        let done: Vec<_> = answers.iter().filter(|answer| answer.status < 300).collect();
        assert!(!done.is_empty(), "{answers:#?}");
        for answer in &answers {
            match answer.status {
                409 => {
                    assert_eq!(answer.slug(), "in-progress");
                    assert!(answer.header("retry-after").is_some());
                }
                _ => assert_eq!(answer.comparable(), done[0].comparable()),
            }
        }
        let later = stage.house.ask(ask.clone()).await;
        assert_eq!(later.comparable(), done[0].comparable());
    }
    stage.house.settle().await;
    let owner = &stage.harbour.owner;
    let emails = stage.house.list(&owner.token, "/v1/users").await;
    assert_eq!(emails.iter().filter(|user| user["email"] == "dora@example.com").count(), 1);
    let numbers = stage.house.list(&owner.token, "/v1/gateways").await;
    assert_eq!(numbers.iter().filter(|gateway| gateway["number"] == "+13125550100").count(), 1);
    // One answer before, an MMS at three, a test at two, a top-up of five.
    assert_eq!(stage.house.balance(owner).await, [99, 0, 6]);
    stage.house.audit(owner).await;
    stage.house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_of_two_different_bodies_with_one_key_at_once_one_is_done() {
    let stage = Stage::set().await;
    for (ask, body, other) in twice(&stage) {
        let both = stage.house.at_once([ask.clone().json(&body), ask.clone().json(&other)]).await;
        let done = both.iter().filter(|answer| answer.status < 300).count();
        assert_eq!(done, 1, "{both:#?}");
        let refused = both.iter().find(|answer| answer.status >= 300).unwrap();
        assert!(["idempotency-key-reused", "in-progress"].contains(&refused.slug()), "{refused:?}");
    }
    stage.house.settle().await;
    stage.house.close().await;
}

#[tokio::test]
async fn i12_a_key_that_was_used_for_one_operation_is_not_good_for_another() {
    let stage = Stage::set().await;
    let of = |id: &str| {
        let operation = operations().into_iter().find(|it| it.id == id).unwrap();
        stage.ask(&operation).key("one-key")
    };
    stage.house.ask(of("add_user")).await.expect(201);
    refused(&stage.house, of("add_gateway")).await.problem(422, "idempotency-key-reused");
    stage.house.close().await;
}

#[tokio::test]
async fn i12_a_request_that_was_refused_leaves_its_key_free() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let send = Ask::post("/v1/messages").by(&bakery.owner.token).key("later");
    let send = send.json(&json!({"to": "+12125550123", "body": "Hello"}));
    refused(&house, send.clone()).await.problem(402, "not-enough-credits");
    house.top_up(&bakery.account, 1).await;
    house.ask(send).await.expect(202);
    house.settle().await;

    let user = |email: &str| {
        let body = json!({"name": "Ben", "email": email, "password": PASSWORD});
        Ask::post("/v1/users").by(&bakery.owner.token).key("later").json(&body)
    };
    refused(&house, user(&bakery.owner.email)).await.problem(409, "email-taken");
    house.ask(user("ben@example.com")).await.expect(201);

    let operator = house.running.operator_key.expose_secret().to_owned();
    let top_up = |account: &str| {
        let body = json!({"account_id": account, "amount": 5});
        Ask::post("/v1/credits/top-ups").by(&operator).key("later").json(&body)
    };
    refused(&house, top_up(&format!("acc_{:032x}", 7))).await.names("#/account_id", "no_such_thing");
    house.ask(top_up(&bakery.account)).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn i12_a_key_is_free_again_after_a_day() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let user = |email: &str| {
        let body = json!({"name": "Ben", "email": email, "password": PASSWORD});
        Ask::post("/v1/users").by(&bakery.owner.token).key("a-key").json(&body)
    };
    house.ask(user("ben@example.com")).await.expect(201);
    house.pass(jiff::SignedDuration::from_secs(24 * 60 * 60 - 1)).await;
    refused(&house, user("cleo@example.com")).await.problem(422, "idempotency-key-reused");
    house.pass(jiff::SignedDuration::from_secs(2)).await;
    house.ask(user("cleo@example.com")).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn i12_without_a_key_the_same_request_is_done_again() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 5).await;
    let body = json!({"to": "+12125550123", "body": "Hello"});
    let (one, two) = (house.send(&bakery.owner, &body).await, house.send(&bakery.owner, &body).await);
    assert_ne!(one["id"], two["id"]);
    house.settle().await;
    assert_eq!(house.balance(&bakery.owner).await, [3, 0, 2]);
    house.close().await;
}

/// A client may make the message's id itself, and ask for the message before it has the answer.
#[tokio::test]
async fn a_message_may_bring_its_own_id() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 5).await;
    let id = "msg_01b9020a318077a5b2502144f0af4f6f";
    let body = json!({"to": "+12125550123", "body": "Hello"});
    let ask = Ask::post("/v1/messages").by(&bakery.owner.token).key(id).json(&body);
    assert_eq!(house.ask(ask.clone()).await.expect(202)["id"], id);
    assert_eq!(house.ask(ask).await.expect(202)["id"], id);
    house.settle().await;
    let shown = house.get(&bakery.owner.token, &format!("/v1/messages/{id}")).await.expect(200);
    assert_eq!(shown["text"], "Hello");
    // In another account the same id is another message, and the first one stays what it is.
    let rival = house.business("Rival Roasters", 5).await;
    let other = json!({"to": "+12125550199", "body": "Coffee?"});
    let ask = Ask::post("/v1/messages").by(&rival.owner.token).key(id).json(&other);
    let answer = house.ask(ask).await;
    assert!([202, 422].contains(&answer.status), "{answer:?}");
    house.settle().await;
    let shown = house.get(&bakery.owner.token, &format!("/v1/messages/{id}")).await.expect(200);
    assert_eq!(shown["text"], "Hello");
    house.audit(&bakery.owner).await;
    house.audit(&rival.owner).await;
    house.close().await;
}

#[tokio::test]
async fn an_address_is_taken_for_everybody_and_a_number_within_its_account() {
    let house = House::open().await;
    let (one, two) = (house.business("One", 1).await, house.business("Two", 1).await);
    let sign_up = json!({
        "business_name": "Again", "time_zone": "UTC", "region": "US", "name": "Ana", "email": one.owner.email.to_uppercase(),
        "password": PASSWORD,
    });
    refused(&house, Ask::post("/v1/sign-up").json(&sign_up)).await.problem(409, "email-taken");
    let user = json!({"name": "Ben", "email": one.owner.email, "password": PASSWORD});
    refused(&house, Ask::post("/v1/users").by(&two.owner.token).json(&user))
        .await
        .problem(409, "email-taken");
    let credentials =
        json!({"base_url": "http://carrier.example", "api_key": "key", "signing_secrets": ["s"]});
    let gateway =
        json!({"name": "Mine", "carrier": "simulated", "number": one.number, "credentials": credentials});
    let gateway = |owner: &str| Ask::post("/v1/gateways").by(owner).json(&gateway);
    refused(&house, gateway(&one.owner.token)).await.problem(409, "number-taken");
    // Nobody can keep another business from its own number by adding it first.
    house.ask(gateway(&two.owner.token)).await.expect(201);
    house.close().await;
}

/// Acts on a conversation may be repeated: doing again what is done changes nothing and is answered alike.
#[tokio::test]
async fn an_act_that_is_repeated_changes_nothing() {
    let stage = Stage::set().await;
    let owner = &stage.harbour.owner.token;
    let at = |rest: &str| format!("/v1/conversations/{}/{rest}", stage.conversation);
    let assign = at(&format!("assignees/{}", stage.harbour.owner.id));
    let tag = at(&format!("tags/{}", stage.tag));
    for (method, path, body) in [
        ("POST", at("read"), json!({})),
        ("POST", at("unread"), json!({})),
        ("POST", at("snooze"), json!({"until": "2030-01-09T00:00:00Z"})),
        ("POST", at("unsnooze"), json!({})),
        ("POST", at("complete"), json!({})),
        ("POST", at("reopen"), json!({})),
        ("POST", at("archive"), json!({})),
        ("POST", at("unarchive"), json!({})),
        ("POST", at("pin"), json!({})),
        ("POST", at("unpin"), json!({})),
        ("POST", at("mute"), json!({})),
        ("POST", at("unmute"), json!({})),
        ("PUT", tag.clone(), json!({})),
        ("DELETE", tag, json!({})),
        ("PUT", at("assignees"), json!({"user_ids": [stage.harbour.owner.id]})),
        ("DELETE", assign.clone(), json!({})),
        ("PUT", assign.clone(), json!({})),
    ] {
        let ask = Ask::new(method, path).by(owner).json(&body);
        let first = stage.house.ask(ask.clone()).await;
        assert_eq!(first.status, 200, "{first:?}");
        let before = stage.house.table();
        let again = stage.house.ask(ask).await;
        assert_eq!(again.comparable(), first.comparable());
        assert_eq!(stage.house.table(), before);
    }
    stage.house.close().await;
}
