//! `send`: accepting, showing and previewing messages.

use http::Method;
use serde_json::{Value, json};

use super::api::{Api, OUR_NUMBER};

const CUSTOMER: &str = "+12125550123";

#[tokio::test(start_paused = true)]
async fn an_accepted_message_says_what_it_costs_and_how_far_it_has_come() {
    let api = Api::new(11).await;
    let (owner, gateway) = api.business(10).await;
    let body = json!({"to": "(212) 555-0123", "body": "Fresh bread at six 🥐"});
    let accepted = api.post(&owner, "/v1/messages", &body).await.expect(202);
    assert_eq!(accepted["status"], "queued");
    assert_eq!(
        (&accepted["encoding"], &accepted["segments"], &accepted["credits"]),
        (&json!("ucs2"), &json!(1), &json!(1))
    );

    let path = format!("/v1/messages/{}", accepted["id"].as_str().unwrap());
    let message = api.get(&owner, &path).await.expect(200);
    assert_eq!(message["conversation_id"], accepted["conversation_id"]);
    assert_eq!((&message["direction"], &message["origin"]), (&json!("outbound"), &json!("manual")));
    assert_eq!((&message["to"], &message["gateway_id"]), (&json!(CUSTOMER), &gateway["id"]));
    assert_eq!((&message["status"], &message["attempts"]), (&json!("queued"), &json!(0)));
    assert!(message["author"]["user_id"].as_str().unwrap().starts_with("usr_"));

    api.world.pass(std::time::Duration::from_mins(1)).await;
    let message = api.get(&owner, &path).await.expect(200);
    assert_eq!((&message["status"], &message["attempts"]), (&json!("delivered"), &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn a_message_goes_to_a_number_or_into_a_conversation_and_has_something_to_say() {
    let api = Api::new(12).await;
    let (owner, _) = api.business(10).await;
    api.text_in(CUSTOMER, "Hello").await;
    let list = api.get(&owner, "/v1/conversations").await.expect(200);
    let conversation = &list["data"][0]["id"];
    let https = "https://example.com/x.jpg";
    for (body, pointer, code) in [
        (json!({"body": "x"}), "#/to", "missing_field"),
        (
            json!({"to": CUSTOMER, "conversation_id": conversation, "body": "x"}),
            "#/conversation_id",
            "not_together",
        ),
        (json!({"to": CUSTOMER}), "#/body", "missing_field"),
        (json!({"to": CUSTOMER, "body": " \n"}), "#/body", "invalid"),
        (json!({"to": CUSTOMER, "body": "a\u{0}b"}), "#/body", "invalid"),
        (json!({"to": CUSTOMER, "body": "x".repeat(1601)}), "#/body", "invalid"),
        (json!({"to": CUSTOMER, "body": 5}), "#/body", "wrong_type"),
        (json!({"to": "five", "body": "x"}), "#/to", "invalid"),
        (json!({"to": OUR_NUMBER, "body": "x"}), "#/to", "invalid"),
        (json!({"to": CUSTOMER, "media": [https, "http://example.com/x.jpg"]}), "#/media/1", "invalid"),
        (json!({"to": CUSTOMER, "media": ["nowhere"]}), "#/media/0", "invalid"),
        (
            json!({"to": CUSTOMER, "media": [format!("{https}?{}", "x".repeat(2_048))]}),
            "#/media/0",
            "too_long",
        ),
        (json!({"to": CUSTOMER, "media": vec![https; 11]}), "#/media", "too_long"),
        (
            json!({"to": CUSTOMER, "body": "x", "gateway_id": "gwy_00000000000000000000000000000000"}),
            "#/gateway_id",
            "no_such_thing",
        ),
        (
            json!({"to": CUSTOMER, "body": "x", "send_at": "2030-01-01T00:00:00Z"}),
            "#/send_at",
            "out_of_range",
        ),
        (json!({"to": CUSTOMER, "template_id": "tem_1"}), "#/template_id", "invalid"),
    ] {
        api.post(&owner, "/v1/messages", &body).await.wrong(pointer, code);
    }
    let balance = api.get(&owner, "/v1/credits").await.expect(200);
    assert_eq!(balance["available"], 10, "a refused message costs nothing");
    let media = json!({"conversation_id": conversation, "media": [https]});
    assert_eq!(api.post(&owner, "/v1/messages", &media).await.expect(202)["credits"], 3);
}

#[tokio::test(start_paused = true)]
async fn i12_a_message_is_accepted_once_for_each_key() {
    let api = Api::new(13).await;
    let (owner, _) = api.business(10).await;
    let send = async |text: &str| {
        let body = json!({"to": CUSTOMER, "body": text});
        api.call(Method::POST, "/v1/messages", &owner, "order-17", &body).await
    };
    let first = send("Your bread is ready").await.expect(202);
    api.world.pass(std::time::Duration::from_mins(1)).await;
    assert_eq!(send("Your bread is ready").await.expect(202), first);
    send("Your cake is ready").await.problem(422, "idempotency-key-reused");
    assert_eq!(api.get(&owner, "/v1/credits").await.expect(200)["spent"], 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_refused_with_what_one_needs_to_know() {
    let api = Api::new(14).await;
    let (owner, _) = api.sign_up("ann@bakery.example").await;
    let body = json!({"to": CUSTOMER, "body": "x"});
    api.post(&owner, "/v1/messages", &body).await.problem(409, "conflict");
    api.post(&owner, "/v1/gateways", &api.line(OUR_NUMBER)).await.expect(201);
    let poor = api.post(&owner, "/v1/messages", &body).await.problem(402, "not-enough-credits");
    assert_eq!((&poor["needed"], &poor["available"]), (&json!(1), &json!(0)));
    let (_, nobody) = api.colleague(&owner, "ben@bakery.example", "none").await;
    let forbidden = api.post(&nobody, "/v1/messages", &body).await.problem(403, "forbidden");
    assert_eq!(forbidden["permission"], "messages:manage");
    for id in ["msg_00000000000000000000000000000000", "msg_1", "cnv_00000000000000000000000000000000"] {
        api.get(&owner, &format!("/v1/messages/{id}")).await.problem(404, "not-found");
    }
}

#[tokio::test(start_paused = true)]
async fn i07_who_has_opted_out_is_not_texted() {
    let api = Api::new(15).await;
    let (owner, _) = api.business(10).await;
    api.text_in(CUSTOMER, "STOP").await;
    let body = json!({"to": CUSTOMER, "body": "Are you sure?"});
    api.post(&owner, "/v1/messages", &body).await.problem(403, "recipient-opted-out");
    api.text_in(CUSTOMER, "START").await;
    api.post(&owner, "/v1/messages", &body).await.expect(202);
}

#[tokio::test(start_paused = true)]
async fn a_preview_counts_as_sending_does_and_lets_an_empty_text_pass() {
    let api = Api::new(16).await;
    let (owner, _) = api.business(0).await;
    let preview = async |body: Value| api.post(&owner, "/v1/messages/preview", &body).await;
    let plain = preview(json!({"body": "Your bread is ready"})).await.expect(200);
    assert_eq!(
        plain,
        json!({
            "encoding": "gsm7", "segments": 1, "characters": 19, "remaining": 141, "offending_characters": [],
            "replaced_characters": [], "credits": 1, "text": "Your bread is ready",
        })
    );
    let curly = preview(json!({"body": "“Ready”".repeat(12)})).await.expect(200);
    assert_eq!((&curly["encoding"], &curly["segments"]), (&json!("ucs2"), &json!(2)));
    assert_eq!(curly["offending_characters"], json!(["“", "”"]));
    assert_eq!(preview(json!({})).await.expect(200)["segments"], 1);
    assert_eq!(
        preview(json!({"body": "x", "media": ["https://example.com/x"]})).await.expect(200)["credits"],
        3
    );
    preview(json!({"body": "x".repeat(1601)})).await.wrong("#/body", "too_long");
    preview(json!({"body": "\u{7}"})).await.wrong("#/body", "invalid");
    preview(json!({"gateway_id": CUSTOMER})).await.wrong("#/gateway_id", "unknown_field");
}
