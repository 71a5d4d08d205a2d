//! How messages end: every way in which the simulated carrier can take, refuse, lose, delay and report one (I04, I06).

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::house::{Business, House};

/// The last four digits of a number, how its message ends, why it failed, whether it was paid, how often it arrives.
type Ending = (&'static str, &'static str, Option<&'static str>, bool, usize);

/// How a message to each of the numbers that misbehave ends.
const ENDINGS: [Ending; 29] = [
    ("0123", "delivered", None, true, 1),
    ("0150", "failed", Some("invalid_number"), false, 0),
    ("0151", "failed", Some("opted_out"), false, 0),
    ("0152", "failed", Some("blocked"), false, 0),
    ("0153", "failed", Some("content"), false, 0),
    ("0154", "failed", Some("sender_not_allowed"), false, 0),
    ("0155", "failed", Some("account"), false, 0),
    ("0156", "delivered", None, true, 1),
    ("0157", "failed", Some("gave_up"), false, 0),
    ("0158", "delivered", None, true, 1),
    ("0159", "delivered", None, true, 1),
    ("0160", "delivered", None, true, 1),
    ("0161", "delivered", None, true, 1),
    // It arrived, but nobody ever said so: the business is not charged for what it cannot know.
    ("0162", "failed", Some("never_confirmed"), false, 1),
    ("0163", "delivered", None, false, 1),
    ("0164", "delivered", None, true, 1),
    ("0165", "failed", Some("gave_up"), false, 0),
    ("0166", "undelivered", Some("other"), true, 0),
    ("0170", "delivered", None, true, 1),
    ("0171", "delivered", None, true, 1),
    ("0172", "delivered", None, true, 1),
    ("0173", "undelivered", Some("other"), true, 0),
    ("0174", "sent", None, true, 1),
    ("0175", "failed", Some("content"), true, 0),
    ("0176", "delivered", None, true, 1),
    ("0177", "delivered", None, true, 1),
    ("0178", "delivered", None, true, 1),
    ("0179", "sent", None, true, 0),
    ("0180", "delivered", None, true, 1),
];

async fn message(house: &House, bakery: &Business, sent: &Value) -> Value {
    let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
    house.get(&bakery.owner.token, &path).await.expect(200)
}

#[test]
fn every_number_that_misbehaves_is_tried() {
    let listed: Vec<_> = engines::phones::magic::TABLE.iter().map(|number| number.last_digits).collect();
    let tried: Vec<_> = ENDINGS[1..].iter().map(|(digits, ..)| *digits).collect();
    assert_eq!(tried, listed);
}

#[tokio::test(start_paused = true)]
async fn i04_i06_each_message_ends_is_charged_once_and_arrives_at_most_once() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let mut sent = vec![];
    for (digits, ..) in ENDINGS {
        sent.push(
            house.send(&bakery.owner, &json!({"to": format!("+1212555{digits}"), "body": "Hello"})).await,
        );
    }
    house.live(SignedDuration::from_mins(4), SignedDuration::from_secs(10)).await;
    house.live(SignedDuration::from_hours(7), SignedDuration::from_mins(15)).await;
    house.settle().await;
    let ledger = house.list(&bakery.owner.token, "/v1/credits/ledger?limit=100").await;
    let mut paid = 0;
    for ((digits, status, reason, is_paid, arrivals), sent) in ENDINGS.into_iter().zip(&sent) {
        let message = message(&house, &bakery, sent).await;
        assert_eq!(message["status"], status, "{digits}: {message:#}");
        assert_eq!(message["failure"]["reason"].as_str(), reason, "{digits}: {message:#}");
        let id = message["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(house.running.phones.arrivals(id), arrivals, "{digits} arrived");
        paid += u64::from(is_paid);
        let effect: i64 = ledger
            .iter()
            .filter(|line| line["message_id"] == message["id"])
            .map(|line| line["amount"].as_i64().unwrap())
            .sum();
        assert_eq!(effect, -i64::from(is_paid), "{digits} was paid");
    }
    assert_eq!(house.balance(&bakery.owner).await, [100 - paid, 0, paid]);
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// All orders of three receipts, with repetitions: the highest rank stays (I06).
#[tokio::test]
async fn i06_receipts_in_any_order_and_number_never_lower_a_status() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let statuses = ["queued", "undelivered", "delivered"];
    let orders = statuses.into_iter().flat_map(|first| statuses.map(|second| [first, second, first, "sent"]));
    for order in orders {
        // 0174: no receipts but ours.
        let sent = house.send(&bakery.owner, &json!({"to": "+12125550174", "body": "Hello"})).await;
        house.settle().await;
        let id = sent["id"].as_str().unwrap();
        let mut highest = "sent";
        for status in order {
            let body = bakery.line.receipt("SM1", id, status);
            let webhook = bakery.line.webhook(&bakery.line.status(id), body, house.now());
            house.ask(webhook).await.expect(200);
            if rank(status) > rank(highest) {
                highest = status;
            }
            assert_eq!(message(&house, &bakery, &sent).await["status"], highest, "{order:?}");
        }
    }
    assert_eq!(house.balance(&bakery.owner).await, [91, 0, 9]);
    house.audit(&bakery.owner).await;
    house.close().await;
}

fn rank(status: &str) -> usize {
    ["queued", "sent", "undelivered", "delivered"].iter().position(|it| *it == status).unwrap()
}

/// I08: what one carrier keeps waiting does not overtake, and does not keep other conversations waiting.
#[tokio::test(start_paused = true)]
async fn i08_messages_of_a_conversation_leave_in_the_order_in_which_they_were_accepted() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    // 0156: throttled for the first two attempts of each message.
    for text in ["one", "two", "three"] {
        house.send(&bakery.owner, &json!({"to": "+12125550156", "body": text})).await;
    }
    let other = house.send(&bakery.owner, &json!({"to": "+12125550123", "body": "Hello"})).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(message(&house, &bakery, &other).await["status"], "sent");
    house.live(SignedDuration::from_mins(10), SignedDuration::from_secs(15)).await;
    let (phone, number) = ("+12125550156".parse().unwrap(), bakery.number.parse().unwrap());
    let arrived = house.running.phones.received(&phone, &number);
    assert_eq!(arrived.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(), ["one", "two", "three"]);
    house.settle().await;
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// While nobody knows whether a message was taken, it says so (I04).
#[tokio::test(start_paused = true)]
async fn i04_a_message_whose_outcome_is_unknown_is_shown_as_unconfirmed_and_holds_its_price() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let sent = house.send(&bakery.owner, &json!({"to": "+12125550162", "body": "Hello"})).await;
    house.live(SignedDuration::from_mins(5), SignedDuration::from_secs(30)).await;
    assert_eq!(message(&house, &bakery, &sent).await["status"], "unconfirmed");
    assert_eq!(house.balance(&bakery.owner).await, [9, 1, 0]);
    house.live(SignedDuration::from_hours(5), SignedDuration::from_mins(10)).await;
    let message = message(&house, &bakery, &sent).await;
    assert_eq!(
        (&message["status"], &message["failure"]["reason"]),
        (&json!("failed"), &json!("never_confirmed"))
    );
    assert_eq!(house.balance(&bakery.owner).await, [10, 0, 0]);
    house.audit(&bakery.owner).await;
    house.close().await;
}
