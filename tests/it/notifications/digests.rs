//! E-mail digests.

use jiff::SignedDuration;
use serde_json::json;

use super::{act, assign, prefer, team};
use crate::house::{House, Person};

const CUSTOMER: &str = "+12125550123";
const OTHER: &str = "+12125550124";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The subjects of the digests that somebody got.
async fn digests(house: &House, who: &Person) -> Vec<String> {
    let letters = house.letters_to(&who.email).await.into_iter();
    letters.filter(|it| it.subject.contains("unread in")).map(|it| it.subject).collect()
}

#[tokio::test]
async fn an_hourly_digest_counts_what_is_unread_once_and_quotes_nothing() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    prefer(&house, &cleo, |it| it["digest"] = json!({"frequency": "hourly"})).await;
    house.pass(HOUR).await;
    assert!(digests(&house, &cleo).await.is_empty(), "nothing to tell");
    house.text_in(CUSTOMER, &bakery, "My card number is 4111").await;
    house.text_in(CUSTOMER, &bakery, "Hello?").await;
    let other = house.text_in(OTHER, &bakery, "Good morning").await;
    assign(&house, &bakery.owner, &other, &cleo).await;
    house.pass(HOUR).await;
    for _ in 0..3 {
        house.running.run_schedules().await.unwrap();
    }
    assert_eq!(digests(&house, &cleo).await, ["4 unread in Harbour Bakery"]);
    let letter = house.letters_to(&cleo.email).await.pop().unwrap();
    assert!(letter.text.contains("Messages of customers: 3, in 2 conversations."), "{}", letter.text);
    assert!(letter.text.contains("assigned to you: 1."), "{}", letter.text);
    assert!(letter.text.contains("/inbox"), "{}", letter.text);
    for secret in ["4111", "Hello?", CUSTOMER] {
        assert!(!letter.text.contains(secret) && !letter.html.contains(secret), "{secret}");
    }
    house.pass(HOUR).await;
    assert_eq!(digests(&house, &cleo).await.len(), 1, "what was counted is not counted again");
    assert!(digests(&house, &bakery.owner).await.is_empty(), "who wants none gets none");
    house.close().await;
}

#[tokio::test]
async fn x06_i10_what_was_read_muted_or_taken_away_is_not_counted() {
    let house = House::open().await;
    let (bakery, cleo, ben) = team(&house).await;
    for who in [&cleo, &ben] {
        prefer(&house, who, |it| it["digest"] = json!({"frequency": "hourly"})).await;
    }
    let read = house.text_in(CUSTOMER, &bakery, "Hello").await;
    act(&house, &cleo, &read, "read").await;
    let muted = house.text_in(OTHER, &bakery, "Hello").await;
    act(&house, &cleo, &muted, "mute").await;
    house.pass(HOUR).await;
    // What came before it was muted counts, what was read does not.
    assert_eq!(digests(&house, &cleo).await, ["1 unread in Harbour Bakery"]);
    house.text_in(OTHER, &bakery, "Hello?").await;
    assign(&house, &bakery.owner, &read, &ben).await;
    let path = format!("/v1/conversations/{}/assignees/{}", read["id"].as_str().unwrap(), ben.id);
    house.ask(crate::house::Ask::new("DELETE", path).by(&bakery.owner.token)).await.expect(200);
    house.pass(HOUR).await;
    assert_eq!(digests(&house, &cleo).await.len(), 1);
    assert!(digests(&house, &ben).await.is_empty(), "what Ben may see no more");
    house.close().await;
}

#[tokio::test]
async fn a_daily_digest_comes_at_the_persons_hour_and_late_only_once() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    // 10:00 in New York is 16:00 in Berlin.
    prefer(&house, &cleo, |it| {
        it["digest"] = json!({"frequency": "daily", "hour": 18});
        it["time_zone"] = json!("Europe/Berlin");
    })
    .await;
    house.text_in(CUSTOMER, &bakery, "Hello").await;
    house.pass(SignedDuration::from_mins(119)).await;
    assert!(digests(&house, &cleo).await.is_empty());
    house.pass(SignedDuration::from_mins(2)).await;
    assert_eq!(digests(&house, &cleo).await.len(), 1);
    // Three days without a minute's work: one digest, with what came meanwhile.
    house.text_in(CUSTOMER, &bakery, "Hello?").await;
    house.pass(HOUR * 72).await;
    assert_eq!(digests(&house, &cleo).await.len(), 2);
    prefer(&house, &cleo, |it| it["digest"] = json!({"frequency": "off"})).await;
    house.text_in(CUSTOMER, &bakery, "Hello??").await;
    house.pass(HOUR * 48).await;
    assert_eq!(digests(&house, &cleo).await.len(), 2);
    house.close().await;
}
