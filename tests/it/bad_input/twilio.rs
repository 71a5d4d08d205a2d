//! The peculiarities of Twilio's webhooks: forms with repeated parameters, media, bodies in JSON.

use serde_json::Value;
use sha2::Digest as _;

use super::refused;
use crate::house::{House, Line, form, hex};

const CUSTOMER: &str = "+12125550123";

async fn timeline(house: &House, token: &str) -> Vec<Value> {
    house.settle().await;
    let all = house.list(token, "/v1/conversations?view=all").await;
    assert_eq!(all.len(), 1, "{all:#?}");
    house
        .list(
            token,
            &format!("/v1/conversations/{}/timeline?events=incoming_message", all[0]["id"].as_str().unwrap()),
        )
        .await
}

fn text(form: &[u8]) -> &str {
    std::str::from_utf8(form).unwrap()
}

fn inbound(line: &Line, more: &str) -> Vec<u8> {
    let mut body = line.text("SM1", CUSTOMER, "Look");
    body.extend_from_slice(more.as_bytes());
    body
}

#[tokio::test]
async fn repeated_parameters_are_signed_each_once_and_the_first_counts() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let line = house.twilio_line(&bakery.owner).await;
    let body = inbound(&line, "&Body=other&Body=Look&Zone=b&Zone=a&Zone=b&Zone=");
    house.ask(line.webhook(&line.inbound(), body, house.now())).await.expect(200);
    let entries = timeline(&house, &bakery.owner.token).await;
    assert_eq!(entries[0]["message"]["text"], "Look");
    house.close().await;
}

#[tokio::test]
async fn a_form_may_name_its_character_set() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let line = house.twilio_line(&bakery.owner).await;
    let kind = "application/x-www-form-urlencoded; charset=UTF-8";
    house.ask(line.webhook_as(kind, &line.inbound(), inbound(&line, ""), house.now())).await.expect(200);
    timeline(&house, &bakery.owner.token).await;
    house.close().await;
}

#[tokio::test]
async fn all_media_of_a_message_are_kept() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let line = house.twilio_line(&bakery.owner).await;
    let media = form(&[
        ("MediaUrl0", "https://api.twilio.com/media/0"),
        ("MediaContentType0", "image/jpeg"),
        ("MediaUrl1", "https://api.twilio.com/media/1"),
        ("MediaContentType1", "image/png"),
        ("MediaUrl2", "https://api.twilio.com/media/2"),
        ("MediaContentType2", "video/3gpp"),
    ]);
    let body = format!("{}&{}", text(&inbound(&line, "")).replace("NumMedia=0", "NumMedia=3"), text(&media));
    house.ask(line.webhook(&line.inbound(), body, house.now())).await.expect(200);
    let entries = timeline(&house, &bakery.owner.token).await;
    let media = &entries[0]["message"]["media"];
    let kept: Vec<_> = media.as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(kept, ["kept", "kept", "kept"]);
    house.close().await;
}

#[tokio::test]
async fn an_impossible_count_of_media_loses_neither_the_text_nor_the_time() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let line = house.twilio_line(&bakery.owner).await;
    for (serial, count) in ["4294967295", "99999999999999999999", "-1", "many", "%00"].into_iter().enumerate()
    {
        let body = String::from_utf8(inbound(&line, "")).unwrap();
        let body =
            body.replace("NumMedia=0", &format!("NumMedia={count}")).replace("SM1", &format!("SM{serial}"));
        house.ask(line.webhook(&line.inbound(), body, house.now())).await.expect(200);
    }
    assert_eq!(timeline(&house, &bakery.owner.token).await.len(), 5);
    house.close().await;
}

#[tokio::test]
async fn a_body_in_json_is_signed_by_its_hash_in_the_address() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let line = house.twilio_line(&bakery.owner).await;
    let body = br#"{"Type": "com.twilio.news"}"#;
    let hash = hex(&sha2::Sha256::digest(body));
    let path = format!("{}?bodySHA256={hash}", line.inbound());
    let genuine = line.webhook_as("application/json", &path, body, house.now());
    // Genuine, but no messaging webhook of Twilio's is in JSON.
    refused(&house, genuine.clone()).await.problem(422, "invalid");
    let mut tampered = genuine;
    tampered.body.push(b' ');
    refused(&house, tampered).await.problem(403, "webhook-not-genuine");
    let without = line.webhook_as("application/json", &line.inbound(), body, house.now());
    refused(&house, without).await.problem(403, "webhook-not-genuine");
    house.close().await;
}

#[tokio::test]
async fn who_has_no_phone_number_is_kept_as_news_and_answered() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let line = house.twilio_line(&bakery.owner).await;
    for from in ["12345", "PARCELS", "whatsapp:+12125550123", "+1", "Anonymous"] {
        let body = line.text("SM1", from, "Your parcel waits");
        house.ask(line.webhook(&line.inbound(), body, house.now())).await.expect(200);
    }
    house.settle().await;
    assert!(house.list(&bakery.owner.token, "/v1/conversations?view=all").await.is_empty());
    house.close().await;
}
