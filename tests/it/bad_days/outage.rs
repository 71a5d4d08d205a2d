//! The table, the queues, the topic or the secrets are away for a while.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::house::{Answer, Ask, Business, House, Line, Log, Stage, Who, operations};

const CUSTOMERS: [&str; 3] = ["+12125550123", "+12125550124", "+12125550125"];

/// Switches the table off or on.
fn table_is_down(house: &House, down: bool) {
    house.running.engines.dynamo.faults().set_down(down);
}

#[track_caller]
fn busy(answer: Answer) {
    assert!(answer.header("retry-after").is_some_and(|wait| wait.parse::<u32>().is_ok()), "{answer:?}");
    answer.problem(503, "unavailable");
}

/// What the customers said, conversation by conversation, oldest first.
async fn said(house: &House, bakery: &Business) -> Vec<Vec<String>> {
    let mut all = vec![];
    for customer in CUSTOMERS {
        let conversation = house.conversation_with(&bakery.owner, customer).await;
        let path = format!(
            "/v1/conversations/{}/timeline?events=incoming_message&limit=100",
            conversation["id"].as_str().unwrap()
        );
        let entries = house.list(&bakery.owner.token, &path).await;
        let texts = entries.iter().rev().map(|it| it["message"]["text"].as_str().unwrap().to_owned());
        all.push(texts.collect());
    }
    all
}

fn texts(house: &House, line: &Line, from: usize, to: usize) -> Vec<Ask> {
    let mut all = vec![];
    for number in from..to {
        for customer in CUSTOMERS {
            let reference = format!("SM{}-{number}", &customer[1..]);
            let body = line.text(&reference, customer, &format!("{number}"));
            all.push(line.webhook(&line.inbound(), body, house.now()));
        }
    }
    all
}

/// I01: the carriers are answered as always, and what they brought is there when the table is.
#[tokio::test(start_paused = true)]
async fn i01_a_table_that_is_down_for_a_minute_loses_no_inbound_message() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let twilio = house.twilio_line(&bakery.owner).await;
    for line in [&bakery.line, &twilio] {
        for ask in texts(&house, line, 0, 1) {
            house.ask(ask).await.expect(200);
        }
    }
    house.settle().await;
    table_is_down(&house, true);
    for line in [&bakery.line, &twilio] {
        for ask in texts(&house, line, 1, 4) {
            let kept = house.ask(ask.clone()).await;
            let usual = if matches!(line, Line::Twilio { .. }) { "<Response/>" } else { "" };
            assert_eq!((kept.status, kept.text.as_str()), (200, usual));
            // A carrier that did not get the answer brings it again.
            house.ask(ask).await.expect(200);
        }
    }
    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
    table_is_down(&house, false);
    // The queue hands out by itself what could not be applied.
    tokio::time::sleep(std::time::Duration::from_mins(5)).await;
    house.settle().await;
    let expected = ["0", "1", "2", "3"];
    for mut texts in said_at_both(&house, &bakery).await {
        // In which order the queue hands them out is not promised; the customer's first words were there before.
        assert_eq!(texts[0], expected[0]);
        texts.sort();
        assert_eq!(texts, expected);
    }
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// The timelines of all conversations at all numbers.
async fn said_at_both(house: &House, bakery: &Business) -> Vec<Vec<String>> {
    let mut all = vec![];
    let conversations = house.list(&bakery.owner.token, "/v1/conversations?view=all").await;
    assert_eq!(conversations.len(), 2 * CUSTOMERS.len());
    for conversation in conversations {
        assert_eq!(conversation["unread"], 4);
        let path = format!(
            "/v1/conversations/{}/timeline?events=incoming_message",
            conversation["id"].as_str().unwrap()
        );
        let entries = house.list(&bakery.owner.token, &path).await;
        let texts = entries.iter().rev().map(|it| it["message"]["text"].as_str().unwrap().to_owned());
        all.push(texts.collect());
    }
    all
}

#[tokio::test(start_paused = true)]
async fn i01_with_neither_table_nor_queue_the_carrier_is_asked_to_come_again() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let asks = texts(&house, &bakery.line, 0, 1);
    table_is_down(&house, true);
    house.running.engines.sqs.faults().set_down(true);
    for ask in &asks {
        busy(house.ask(ask.clone()).await);
    }
    table_is_down(&house, false);
    house.running.engines.sqs.faults().set_down(false);
    for ask in &asks {
        house.ask(ask.clone()).await.expect(200);
    }
    house.settle().await;
    assert_eq!(said(&house, &bakery).await, [["0"], ["0"], ["0"]]);
    house.close().await;
}

/// Whoever asks us for something that is not there is asked to come again soon.
#[tokio::test(start_paused = true)]
async fn without_the_table_nothing_is_shown_or_done_and_callers_are_asked_to_come_again() {
    let stage = Stage::set().await;
    let before = stage.house.table();
    table_is_down(&stage.house, true);
    for operation in operations().into_iter().filter(|it| !it.is_webhook && it.id != "describe") {
        if ["accept_invitation", "confirm_email_change", "confirm_password_reset"].contains(&&*operation.id) {
            // That a link is none of ours is known without the table.
            stage.house.ask(stage.ask(&operation)).await.problem(410, "link-ended");
            continue;
        }
        busy(stage.house.ask(stage.ask(&operation)).await);
    }
    stage.house.get("", "/openapi.json").await.expect(200);
    table_is_down(&stage.house, false);
    let after = stage.house.table();
    assert_eq!(before.symmetric_difference(&after).collect::<Vec<_>>(), Vec::<&String>::new());
    for operation in operations().into_iter().filter(|it| it.who == Who::User && it.method == "GET") {
        stage.house.ask(stage.ask(&operation)).await.expect(200);
    }
    stage.house.close().await;
}

/// A receipt that comes while the table is down counts as well.
#[tokio::test(start_paused = true)]
async fn a_receipt_that_comes_while_the_table_is_down_is_there_later() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let sent = house.send(&bakery.owner, &json!({"to": CUSTOMERS[0], "body": "Ready!"})).await;
    house.settle().await;
    let message = sent["id"].as_str().unwrap();
    table_is_down(&house, true);
    let body = bakery.line.receipt("SM1", message, "delivered");
    house.ask(bakery.line.webhook(&bakery.line.status(message), body, house.now())).await.expect(200);
    table_is_down(&house, false);
    tokio::time::sleep(std::time::Duration::from_mins(5)).await;
    let shown = house.get(&bakery.owner.token, &format!("/v1/messages/{message}")).await.expect(200);
    assert_eq!(shown["status"], "delivered");
    house.close().await;
}

/// A forged webhook cannot be told from a genuine one while nobody can be asked for the secret. It is checked later.
#[tokio::test(start_paused = true)]
async fn a_forged_webhook_that_comes_while_the_table_is_down_is_dropped_later() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let before = house.table();
    table_is_down(&house, true);
    let forger = bakery.line.forged();
    let body = forger.text("SM1", CUSTOMERS[0], "Hello");
    house.ask(forger.webhook(&forger.inbound(), body, house.now())).await.expect(200);
    table_is_down(&house, false);
    tokio::time::sleep(std::time::Duration::from_mins(5)).await;
    house.settle().await;
    assert_eq!(house.table(), before);
    house.close().await;
}

/// The secret store is away: a gateway is not added, and webhooks that nobody can check wait.
#[tokio::test(start_paused = true)]
async fn without_the_secret_store_no_gateway_is_added_and_webhooks_wait() {
    let stage = Stage::set().await;
    let (house, harbour) = (&stage.house, &stage.harbour);
    let twilio = house.twilio_line(&harbour.owner).await;
    let before = house.table();
    let add = operations().into_iter().find(|it| it.id == "add_gateway").unwrap();
    house.running.engines.secrets.faults().set_down(true);
    busy(house.ask(stage.ask(&add)).await);
    assert_eq!(house.table(), before);
    let body = twilio.text("SM1", CUSTOMERS[2], "Hello");
    house.ask(twilio.webhook(&twilio.inbound(), body, house.now())).await.expect(200);
    house.running.engines.secrets.faults().set_down(false);
    house.ask(stage.ask(&add)).await.expect(201);
    tokio::time::sleep(std::time::Duration::from_mins(5)).await;
    house.settle().await;
    let conversation = house.conversation_with(&harbour.owner, CUSTOMERS[2]).await;
    assert_eq!(conversation["preview"], "Hello");
    stage.house.close().await;
}

/// Nothing of what follows from a message is lost when the queue or the push service is away: the stream tries again.
#[tokio::test(start_paused = true)]
async fn what_follows_from_a_message_waits_for_queue_and_push_service() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 5).await;
    house.device(&bakery.owner).await;
    house.running.engines.sqs.faults().set_down(true);
    house.running.engines.sns.faults().set_down(true);
    let body = bakery.line.text("SM1", CUSTOMERS[0], "Hello");
    house.ask(bakery.line.webhook(&bakery.line.inbound(), body, house.now())).await.expect(200);
    let sent = house.send(&bakery.owner, &json!({"to": CUSTOMERS[1], "body": "Ready!"})).await;
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    house.running.engines.sqs.faults().set_down(false);
    house.running.engines.sns.faults().set_down(false);
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    house.settle().await;
    let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
    assert_eq!(house.get(&bakery.owner.token, &path).await.expect(200)["status"], "sent");
    let told = house.list(&bakery.owner.token, "/v1/notifications").await;
    assert_eq!(told.len(), 1);
    let pushed = house.running.engines.sns.published();
    let times = pushed.iter().filter(|push| push.message.contains(told[0]["id"].as_str().unwrap())).count();
    assert_eq!(times, 1);
    house.close().await;
}

/// The answer of the table gets lost on the way: whatever was written was written once.
#[tokio::test(start_paused = true)]
async fn an_answer_of_the_table_that_got_lost_doubles_nothing() {
    use engines::faults::Fault::{LostRequest, LostResponse, Throttled, TransactionConflict};
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 50).await;
    let mut sent: Vec<Value> = vec![];
    for fault in [LostResponse, LostRequest, Throttled, TransactionConflict] {
        let faults = house.running.engines.dynamo.faults();
        faults.push_next_for("TransactWriteItems", fault);
        let name = format!("{fault:?}");
        sent.push(house.send(&bakery.owner, &json!({"to": CUSTOMERS[0], "body": name})).await);
        house.settle().await;
        faults.push_next_for("TransactWriteItems", fault);
        let body = bakery.line.text(&name, CUSTOMERS[1], &name);
        house.ask(bakery.line.webhook(&bakery.line.inbound(), body, house.now())).await.expect(200);
        house.settle().await;
        assert_eq!(faults.pending(), 0, "{fault:?}");
    }
    assert_eq!(house.balance(&bakery.owner).await, [46, 0, 4]);
    assert_eq!(house.conversation_with(&bakery.owner, CUSTOMERS[1]).await["unread"], 4);
    let (phone, number) = (CUSTOMERS[0].parse().unwrap(), bakery.number.parse().unwrap());
    assert_eq!(house.running.phones.received(&phone, &number).len(), sent.len());
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// A snooze that falls due while the table is down is noticed a minute later.
#[tokio::test]
async fn a_schedule_that_fails_is_made_up_for_by_the_next() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let conversation = house.text_in(CUSTOMERS[0], &bakery, "Call me").await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    house
        .post(&bakery.owner.token, &format!("{path}/snooze"), &json!({"preset": "in_one_hour"}))
        .await
        .expect(200);
    house.pass(SignedDuration::from_mins(59)).await;
    tokio::time::pause();
    table_is_down(&house, true);
    house.move_clock(SignedDuration::from_mins(2));
    assert!(house.running.run_schedules().await.is_err());
    table_is_down(&house, false);
    house.running.run_schedules().await.unwrap();
    let awake = house.get(&bakery.owner.token, &path).await.expect(200);
    assert_eq!(awake["snoozed_until"], Value::Null);
    house.close().await;
}

/// Takes a gateway's credentials away.
async fn lose_credentials(house: &House, line: &Line) {
    let (Line::Simulated { gateway, .. } | Line::Twilio { gateway, .. }) = line;
    let functions = &house.running.template().functions;
    let prefix = functions.iter().find_map(|function| function.environment.get("SECRET_PREFIX")).unwrap();
    let body = json!({"SecretId": format!("{prefix}/gateway/{gateway}"), "ForceDeleteWithoutRecovery": true});
    let target = Some("secretsmanager.DeleteSecret".to_owned());
    let request = engines::connector::Request::new(target, body.to_string());
    let answer = house.running.engines.secrets.respond(request).await.unwrap();
    assert_eq!(answer.status, 200);
}

/// Without a secret nothing can be checked, so nothing is believed, and somebody is told.
#[tokio::test]
async fn a_gateway_without_credentials_believes_nobody_and_sends_nothing() {
    let log = Log::collect();
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let twilio = house.twilio_line(&bakery.owner).await;
    for (tried, line) in [&bakery.line, &twilio].into_iter().enumerate() {
        lose_credentials(&house, line).await;
        let before = house.table();
        for line in [line.clone(), line.forged()] {
            let body = line.text("SM1", CUSTOMERS[0], "Hello");
            let answer = house.ask(line.webhook(&line.inbound(), body, house.now())).await;
            answer.problem(503, "gateway-not-configured");
        }
        assert_eq!(house.table(), before);
        assert_eq!(log.counted("gateway_not_configured"), 2 * (tried + 1));
    }
    let sent = house.send(&bakery.owner, &json!({"to": CUSTOMERS[0], "body": "Hello"})).await;
    house.settle().await;
    let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
    let message = house.get(&bakery.owner.token, &path).await.expect(200);
    let failure = json!({"reason": "sender_not_allowed", "code": "gateway_not_configured"});
    assert_eq!((&message["status"], &message["failure"]), (&json!("failed"), &failure));
    assert_eq!(house.balance(&bakery.owner).await, [1, 0, 0]);
    house.close().await;
}
