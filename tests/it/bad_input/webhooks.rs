//! Webhooks that are not what a carrier would send, or more than it meant to.
//!
//! Both carriers go through the same cases; [`Line`] writes and signs in the form of each.

use serde_json::{Value, json};

use super::refused;
use crate::house::{Ask, Business, House, Line, Log, TWILIO_TOKENS};

const CUSTOMER: &str = "+12125550123";

/// A house with a business that has a number at each carrier.
async fn bakery() -> (House, Business, [Line; 2]) {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let twilio = house.twilio_line(&bakery.owner).await;
    let lines = [bakery.line.clone(), twilio];
    (house, bakery, lines)
}

async fn conversations(house: &House, bakery: &Business) -> Vec<Value> {
    house.settle().await;
    house.list(&bakery.owner.token, "/v1/conversations?view=all").await
}

#[tokio::test]
async fn a_webhook_that_its_carrier_did_not_sign_is_refused() {
    let (house, bakery, lines) = bakery().await;
    for line in &lines {
        let (path, now) = (line.inbound(), house.now());
        let body = line.text("SM1", CUSTOMER, "Hello");
        let genuine = line.webhook(&path, body.clone(), now);
        let unsigned = Ask::post(&path).raw(line.content_type(), body.clone());
        let forged = line.forged().webhook(&path, body.clone(), now);
        let mut truncated = genuine.clone();
        truncated.body.pop();
        let mut changed = genuine.clone();
        changed.body[10] ^= 1;
        let mut longer = genuine.clone();
        longer.body.extend_from_slice(if line.content_type().ends_with("json") { b" " } else { b"&A=1" });
        let emptied = genuine.clone().raw(line.content_type(), "");
        let mut all = vec![unsigned, forged, truncated, changed, longer, emptied];
        for header in ["x-simulated-signature", "x-twilio-signature"] {
            all.push(genuine.clone().header(header, ""));
            all.push(genuine.clone().header(header, "v1="));
            all.push(genuine.clone().header(header, "x".repeat(5_000)));
            all.push(genuine.clone().header(header, [0xFF, 0xFE]));
        }
        for webhook in all {
            let answer = house.ask(webhook.clone()).await;
            // A header of the other carrier changes nothing.
            if answer.status == 200 {
                let others = genuine.clone().raw(line.content_type(), body.clone());
                assert_eq!(webhook.body, others.body);
                continue;
            }
            answer.problem(403, "webhook-not-genuine");
        }
    }
    for conversation in conversations(&house, &bakery).await {
        assert_eq!(conversation["unread"], 1, "the genuine one, and it once");
    }
    house.close().await;
}

#[tokio::test]
async fn a_refused_webhook_leaves_nothing() {
    let (house, _, lines) = bakery().await;
    for line in &lines {
        for (path, body) in [
            (line.inbound(), line.text("SM1", CUSTOMER, "Hello")),
            (line.statuses(), line.receipt("SM1", "x", "delivered")),
            (line.status(&format!("msg_{:032x}", 7)), line.receipt("SM1", "x", "delivered")),
        ] {
            let forged = line.forged().webhook(&path, body, house.now());
            refused(&house, forged).await.problem(403, "webhook-not-genuine");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn a_signature_is_good_for_its_own_gateway_and_time() {
    let (house, bakery, [simulated, twilio]) = bakery().await;
    let (_, _, other) = house.simulated_line(&bakery.owner).await;
    let now = house.now();
    let body = simulated.text("SM1", CUSTOMER, "Hello");
    // Signed with the secret of another gateway.
    refused(&house, other.webhook(&simulated.inbound(), body.clone(), now))
        .await
        .problem(403, "webhook-not-genuine");
    // Signed for another address.
    let mut moved = twilio.webhook(&twilio.inbound(), twilio.text("SM1", CUSTOMER, "Hello"), now);
    moved.path = format!("{}?x=1", twilio.inbound());
    refused(&house, moved).await.problem(403, "webhook-not-genuine");
    // Signed more than five minutes ago, or ahead.
    for seconds in [-301, 301] {
        let stale = simulated.webhook(
            &simulated.inbound(),
            body.clone(),
            now + jiff::SignedDuration::from_secs(seconds),
        );
        refused(&house, stale).await.problem(403, "webhook-not-genuine");
    }
    for seconds in [-300, 300] {
        let late = simulated.webhook(
            &simulated.inbound(),
            body.clone(),
            now + jiff::SignedDuration::from_secs(seconds),
        );
        house.ask(late).await.expect(200);
    }
    // During a rotation both tokens count.
    for token in TWILIO_TOKENS {
        let line = twilio.with_token(token);
        house.ask(line.webhook(&line.inbound(), line.text("SM2", CUSTOMER, "Hello"), now)).await.expect(200);
    }
    house.close().await;
}

#[tokio::test]
async fn a_signature_is_checked_against_the_configured_address_and_never_against_the_host() {
    let (house, bakery, [_, twilio]) = bakery().await;
    let genuine = twilio.webhook(&twilio.inbound(), twilio.text("SM1", CUSTOMER, "Hello"), house.now());
    let elsewhere = genuine
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "gopher")
        .header("forwarded", "host=evil.example");
    house.ask(elsewhere).await.expect(200);
    let Line::Twilio { gateway, number, token, .. } = twilio else { panic!("not Twilio's") };
    let evil = Line::Twilio { gateway, number, token, public_url: "https://evil.example".into() };
    let ask = evil
        .webhook(&evil.inbound(), evil.text("SM2", CUSTOMER, "Hello"), house.now())
        .header("x-forwarded-host", "evil.example");
    refused(&house, ask).await.problem(403, "webhook-not-genuine");
    assert_eq!(conversations(&house, &bakery).await.len(), 1);
    house.close().await;
}

#[tokio::test]
async fn i02_a_webhook_that_comes_again_is_answered_alike_and_makes_one_message() {
    let (house, bakery, lines) = bakery().await;
    for line in &lines {
        let webhook = line.webhook(&line.inbound(), line.text("SM1", CUSTOMER, "Hello"), house.now());
        let first = house.ask(webhook.clone()).await;
        assert_eq!(first.status, 200, "{first:?}");
        let before = house.table();
        let again = house.at_once(std::iter::repeat_n(webhook.clone(), 5)).await;
        for answer in again {
            assert_eq!((answer.status, &answer.text), (first.status, &first.text));
            assert_eq!(answer.header("content-type"), first.header("content-type"));
        }
        // Another webhook about the same message, with other words around it.
        let reworded = line.webhook(&line.inbound(), line.text("SM1", CUSTOMER, "Hello again"), house.now());
        house.ask(reworded).await.expect(200);
        house.settle().await;
        let after = house.table();
        assert!(before.difference(&after).all(|item| !item.contains("Hello")), "the message changed");
    }
    let all = conversations(&house, &bakery).await;
    assert_eq!(all.len(), 2, "one at each number");
    assert!(all.iter().all(|it| it["unread"] == 1 && it["preview"] == "Hello"), "{all:#?}");
    let told = house.list(&bakery.owner.token, "/v1/notifications").await;
    assert_eq!(told.len(), 2, "{told:#?}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i02_the_same_webhook_many_times_at_once_makes_one_message() {
    let (house, bakery, lines) = bakery().await;
    for line in &lines {
        let webhook = line.webhook(&line.inbound(), line.text("SM1", CUSTOMER, "Hello"), house.now());
        let answers = house.at_once(std::iter::repeat_n(webhook.clone(), 8)).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:#?}");
    }
    let all = conversations(&house, &bakery).await;
    assert!(all.len() == 2 && all.iter().all(|it| it["unread"] == 1), "{all:#?}");
    house.close().await;
}

#[tokio::test]
async fn an_event_of_a_kind_that_nobody_knows_is_taken_kept_and_counted() {
    let log = Log::collect();
    let (house, bakery, lines) = bakery().await;
    for (kinds, line) in lines.iter().enumerate() {
        let before = house.table();
        let news = line.webhook(&line.statuses(), line.news("SM77"), house.now());
        house.ask(news.clone()).await.expect(200);
        let after = house.table();
        let kept: Vec<_> = after.difference(&before).collect();
        assert!(kept.len() == 1 && kept[0].contains("liked") && kept[0].contains("SM77"), "{kept:#?}");
        house.ask(news).await.expect(200);
        assert_eq!(house.table().len(), after.len(), "the same event is kept once");
        assert_eq!(log.counted("webhook_unknown_event"), 2 * (kinds + 1));
    }
    assert!(conversations(&house, &bakery).await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_genuine_webhook_that_cannot_be_read_is_named_and_leaves_nothing() {
    let (house, _, [simulated, twilio]) = bakery().await;
    for body in [
        "",
        " ",
        "{",
        "nothing",
        "5",
        "null",
        "\"text\"",
        "{}",
        "[[]]",
        "{\"type\":7}",
        "{\"type\":\"message.received\"}",
        "{\"type\":\"message.status\",\"reference\":\"SM1\"}",
        "{\"type\":\"message.received\",\"reference\":\"a b\",\"from\":\"+12125550123\",\"to\":\"+1\"}",
    ] {
        let webhook = simulated.webhook(&simulated.inbound(), body, house.now());
        refused(&house, webhook).await.problem(422, "invalid");
    }
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    refused(&house, simulated.webhook(&simulated.inbound(), deep, house.now())).await.problem(422, "invalid");
    refused(&house, simulated.webhook(&simulated.inbound(), [0xFF, 0xFE], house.now()))
        .await
        .problem(422, "invalid");
    for body in [
        "",
        "&&&",
        "From=%2B12125550123",
        "MessageSid=",
        "MessageSid=a+b&SmsStatus=received&From=%2B12125550123",
        "MessageSid=SM1&SmsStatus=received",
        "MessageSid=SM1&SmsStatus=received&From=%2B12125550123",
        "MessageStatus=sent",
    ] {
        let webhook = twilio.webhook(&twilio.inbound(), body, house.now());
        refused(&house, webhook).await.problem(422, "invalid");
    }
    house.close().await;
}

#[tokio::test]
async fn a_webhook_of_a_megabyte_is_refused_and_the_product_goes_on() {
    let (house, bakery, lines) = bakery().await;
    for line in &lines {
        let text = "x".repeat(1024 * 1024);
        let huge = line.webhook(&line.inbound(), line.text("SM1", CUSTOMER, &text), house.now());
        let problem = refused(&house, huge).await.problem(413, "too-large");
        assert_eq!(problem["limit_bytes"], 1024 * 1024);
        // Below that limit, but far above what a carrier sends: nobody computes a signature over it.
        let large = line.webhook(&line.inbound(), line.text("SM1", CUSTOMER, &text[..900_000]), house.now());
        refused(&house, large).await.problem(403, "webhook-not-genuine");
        let usual = line.webhook(&line.inbound(), line.text("SM1", CUSTOMER, "Hello"), house.now());
        house.ask(usual).await.expect(200);
    }
    assert_eq!(conversations(&house, &bakery).await.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn a_webhook_that_goes_to_nobody_is_not_found() {
    let (house, _, [simulated, twilio]) = bakery().await;
    let now = house.now();
    let body = simulated.text("SM1", CUSTOMER, "Hello");
    let unknown = format!("/v1/carriers/simulated/gwy_{:032x}/inbound", 7);
    refused(&house, simulated.webhook(&unknown, body.clone(), now)).await.problem(404, "not-found");
    let other_carrier = simulated.inbound().replace("simulated", "twilio");
    refused(&house, simulated.webhook(&other_carrier, body.clone(), now)).await.problem(404, "not-found");
    let other_carrier = twilio.inbound().replace("twilio", "simulated");
    refused(&house, twilio.webhook(&other_carrier, body.clone(), now)).await.problem(404, "not-found");
    for carrier in ["nobody", "Simulated", "simulated%00", "%20simulated"] {
        let path = simulated.inbound().replace("simulated", carrier);
        refused(&house, simulated.webhook(&path, body.clone(), now)).await.problem(404, "not-found");
    }
    house.close().await;
}

#[tokio::test]
async fn i09_a_gateway_tells_nothing_of_another_accounts_message_or_of_another_gateways() {
    let (house, bakery, [simulated, twilio]) = bakery().await;
    let rival = house.business("Rival Roasters", 100).await;
    let sent = house.send(&bakery.owner, &json!({"to": CUSTOMER, "body": "Ready!"})).await;
    house.settle().await;
    let message = sent["id"].as_str().unwrap();
    for line in [&rival.line, &twilio] {
        for path in [line.status(message), line.status(&format!("msg_{:032x}", 7))] {
            for status in ["delivered", "failed"] {
                let receipt = line.webhook(&path, line.receipt("SM1", message, status), house.now());
                refused(&house, receipt).await.problem(404, "not-found");
            }
        }
    }
    let receipt =
        rival.line.webhook(&rival.line.statuses(), rival.line.receipt("SM1", message, "failed"), house.now());
    refused(&house, receipt).await.problem(404, "not-found");
    // Its own gateway may: by the address of the message, and by the address of the gateway.
    let path = format!("/v1/messages/{message}");
    for (address, status) in [(simulated.status(message), "sent"), (simulated.statuses(), "delivered")] {
        let receipt = simulated.webhook(&address, simulated.receipt("SM1", message, status), house.now());
        house.ask(receipt).await.expect(200);
        assert_eq!(house.get(&bakery.owner.token, &path).await.expect(200)["status"], status);
    }
    house.close().await;
}

#[tokio::test]
async fn an_inbound_message_for_another_number_is_kept_but_starts_no_conversation() {
    let (house, bakery, lines) = bakery().await;
    for line in &lines {
        let elsewhere = match line.clone() {
            Line::Simulated { gateway, secret, .. } => {
                Line::Simulated { gateway, secret, number: "+13125550199".into() }
            }
            Line::Twilio { gateway, token, public_url, .. } => {
                Line::Twilio { gateway, token, public_url, number: "+13125550199".into() }
            }
        };
        let before = house.table().len();
        let body = elsewhere.text("SM1", CUSTOMER, "Hello");
        house.ask(elsewhere.webhook(&line.inbound(), body, house.now())).await.expect(200);
        assert_eq!(house.table().len(), before + 1);
    }
    assert!(conversations(&house, &bakery).await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_webhook_with_several_events_loses_none_of_them() {
    let (house, bakery, [simulated, _]) = bakery().await;
    let text = |reference: &str| -> Value {
        serde_json::from_slice(&simulated.text(reference, CUSTOMER, "Hello")).unwrap()
    };
    let unknown: Value =
        serde_json::from_slice(&simulated.receipt("SM9", &format!("msg_{:032x}", 7), "sent")).unwrap();
    let news: Value = serde_json::from_slice(&simulated.news("SM8")).unwrap();
    let all = json!([text("SM1"), unknown, news, text("SM2")]);
    let webhook = simulated.webhook(&simulated.inbound(), all.to_string(), house.now());
    for _ in 0..2 {
        house.ask(webhook.clone()).await;
    }
    let found = conversations(&house, &bakery).await;
    assert_eq!(found[0]["unread"], 2, "{found:#?}");
    house.close().await;
}
