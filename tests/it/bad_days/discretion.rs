//! What is nobody's business is not in the log, and not in an answer: secrets, tokens, texts, numbers, names.

use secrecy::ExposeSecret;
use serde_json::json;

use crate::house::{Ask, House, Line, Log, Operation, PASSWORD, Stage, TWILIO_TOKENS, operations};

const CUSTOMER: &str = "+12125550123";

/// One of everything: sign-up, texts, answers, failures, refusals, an outage, both carriers.
async fn a_day(house: &House) -> Vec<String> {
    let bakery = house.business("Zanzibar Bakery", 20).await;
    let ben = house.colleague(&bakery, &["account_manager"], "all").await;
    let twilio = house.twilio_line(&bakery.owner).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Umbrella lost in the shop").await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    house.send(&ben, &json!({"to": CUSTOMER, "body": "Marmalade found instead"})).await;
    // Refused by the carrier, taken with strange receipts, throttled for ever.
    for number in ["+12125550150", "+12125550177"] {
        house.send(&ben, &json!({"to": number, "body": "Marmalade again"})).await;
    }
    house.pass(jiff::SignedDuration::from_mins(10)).await;
    house.send(&ben, &json!({"to": "+12125550157", "body": "Marmalade again"})).await;
    house.settle().await;
    for line in [&bakery.line, &twilio] {
        for line in [line.clone(), line.forged()] {
            let body = line.text("SM1", CUSTOMER, "Umbrella once more");
            house.ask(line.webhook(&line.inbound(), body, house.now())).await;
            house.ask(line.webhook(&line.inbound(), "{Umbrella", house.now())).await;
            house.ask(line.webhook(&line.statuses(), line.news("SM2"), house.now())).await;
        }
    }
    for body in [
        json!({"to": "Umbrella", "body": "Marmalade"}),
        json!({"to": CUSTOMER, "body": 7, "Umbrella": "Marmalade"}),
        json!({"to": CUSTOMER, "body": "Marmalade\u{0}"}),
    ] {
        house.post(&ben.token, "/v1/messages", &body).await;
    }
    house.get(&ben.token, "/v1/conversations?cursor=Umbrella&limit=Marmalade").await;
    house.get(&ben.token, "/v1/messages/Umbrella%20Marmalade").await;
    house
        .ask(Ask::post("/v1/sessions").json(&json!({"email": ben.email, "password": "Umbrella umbrella"})))
        .await;
    house.get("tds_Umbrella", "/v1/me").await.expect(401);
    house.post(&ben.token, &format!("{path}/snooze"), &json!({"until": "Umbrella"})).await;
    let Line::Simulated { secret, .. } = &bakery.line else { panic!("not simulated") };
    let operator = house.running.operator_key.expose_secret();
    let (owner, ana) = (&bakery.owner, "Ana of Zanzibar");
    let mut all: Vec<&str> = vec![
        "Zanzibar",
        "Umbrella",
        "Marmalade",
        "umbrella",
        PASSWORD,
        ana,
        secret,
        operator,
        &owner.email,
        &ben.email,
        &owner.token,
        &ben.token,
        CUSTOMER,
        &CUSTOMER[1..],
        &bakery.number,
        &bakery.number[1..],
        "2125550150",
        "2125550157",
        twilio.number(),
        "argon2id",
        "Bearer",
        "invoice 17",
    ];
    all.extend(TWILIO_TOKENS);
    all.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn secrets_tokens_texts_numbers_and_names_are_not_in_the_log() {
    let log = Log::collect();
    let house = House::open().await;
    let secrets = a_day(&house).await;
    house.close().await;
    let text = log.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.len() > 50, "the log has only {} lines", lines.len());
    for secret in secrets {
        let found: Vec<_> = lines.iter().filter(|line| line.contains(&secret)).collect();
        assert!(found.is_empty(), "{secret} stands in the log: {found:#?}");
    }
    // What is there instead: who asked for what, and how it ended.
    assert!(
        lines
            .iter()
            .any(|line| line.contains("\"operation\":\"POST /v1/messages\"") && line.contains("usr_"))
    );
}

#[tokio::test(start_paused = true)]
async fn on_a_bad_day_the_log_is_as_discreet() {
    let log = Log::collect();
    let stage = Stage::set().await;
    let engines = &stage.house.running.engines;
    engines.dynamo.faults().set_down(true);
    for operation in operations() {
        stage.house.ask(stage.ask(&operation)).await;
    }
    let body = stage.harbour.line.text("SM9", CUSTOMER, "Umbrella");
    let webhook = stage.harbour.line.webhook(&stage.harbour.line.inbound(), body, stage.house.now());
    engines.sqs.faults().set_down(true);
    stage.house.ask(webhook).await.problem(503, "unavailable");
    engines.dynamo.faults().set_down(false);
    engines.sqs.faults().set_down(false);
    let text = log.text();
    assert!(text.contains("\"problem\":\"unavailable\""), "{text}");
    for secret in [
        "Umbrella",
        "Harbour",
        "sourdough",
        "Dora",
        "dora@",
        "Cleo",
        PASSWORD,
        CUSTOMER,
        &stage.harbour.owner.token,
        "5550125",
    ] {
        let found: Vec<_> = text.lines().filter(|line| line.contains(secret)).collect();
        assert!(found.is_empty(), "{secret} stands in the log: {found:#?}");
    }
    stage.house.close().await;
}

/// Credentials go in and never come out, passwords neither, and no list shows a token.
#[tokio::test]
async fn no_answer_shows_a_secret() {
    let stage = Stage::set().await;
    let twilio = stage.house.twilio_line(&stage.harbour.owner).await;
    let Line::Simulated { secret, .. } = &stage.harbour.line else { panic!("not simulated") };
    let shown = |it: &Operation| it.method == "GET" && it.id != "describe" && !it.is_webhook;
    for operation in operations().into_iter().filter(shown) {
        let answer = stage.house.ask(stage.ask(&operation)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        for hidden in
            [secret, TWILIO_TOKENS[0], TWILIO_TOKENS[1], "argon2", PASSWORD, "tds_", "\"api_key\":", "secret"]
        {
            assert!(!answer.text.contains(hidden), "{hidden} in {answer:?}");
        }
    }
    assert!(twilio.number().starts_with('+'));
    // Nor does the table hold a password, a token or a carrier's secret as it is.
    for item in stage.house.table().iter() {
        for hidden in [secret, TWILIO_TOKENS[0], PASSWORD, &stage.harbour.owner.token] {
            assert!(!item.contains(hidden), "{item}");
        }
    }
    stage.house.close().await;
}
