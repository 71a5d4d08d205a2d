//! Each person's own read state through the life of conversations.

use serde_json::json;

use super::{act, assign, individual, unread};
use crate::house::House;

const FIRST: &str = "+12125550123";
const SECOND: &str = "+12125550124";

fn some(all: &[(&str, u64)]) -> Vec<(String, u64)> {
    all.iter().map(|(number, count)| ((*number).to_owned(), *count)).collect()
}

#[tokio::test]
async fn e20_d04_a_message_is_unread_to_each_until_they_personally_read_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let (ana, cleo) = (&bakery.owner, house.colleague(&bakery, &[], "all").await);
    individual(&house, &bakery, true).await;
    let first = house.text_in(FIRST, &bakery, "Hello").await;
    house.text_in(FIRST, &bakery, "Hello?").await;
    house.text_in(SECOND, &bakery, "Good morning").await;
    for who in [ana, &cleo] {
        assert_eq!(unread(&house, who).await, some(&[(FIRST, 2), (SECOND, 1)]));
    }
    act(&house, ana, &first, "read", &json!({})).await;
    assert_eq!(unread(&house, ana).await, some(&[(SECOND, 1)]));
    assert_eq!(unread(&house, &cleo).await, some(&[(FIRST, 2), (SECOND, 1)]));
    house.text_in(FIRST, &bakery, "Hello??").await;
    assert_eq!(unread(&house, ana).await, some(&[(FIRST, 1), (SECOND, 1)]));
    assert_eq!(unread(&house, &cleo).await, some(&[(FIRST, 3), (SECOND, 1)]));
    house.close().await;
}

#[tokio::test]
async fn d18_x08_marking_as_unread_is_ones_own_and_nothing_else_makes_unread() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let (ana, cleo) = (&bakery.owner, house.colleague(&bakery, &[], "all").await);
    individual(&house, &bakery, true).await;
    let first = house.text_in(FIRST, &bakery, "Hello").await;
    for who in [ana, &cleo] {
        act(&house, who, &first, "read", &json!({})).await;
    }
    assign(&house, "PUT", ana, &first, &cleo).await;
    let note = json!({"text": "Regular"});
    let path = format!("/v1/conversations/{}/notes", first["id"].as_str().unwrap());
    house.post(&ana.token, &path, &note).await.expect(201);
    assert_eq!(unread(&house, &cleo).await, some(&[]));
    act(&house, &cleo, &first, "unread", &json!({})).await;
    assert_eq!(unread(&house, &cleo).await, some(&[(FIRST, 1)]));
    assert_eq!(unread(&house, ana).await, some(&[]));
    act(&house, &cleo, &first, "read", &json!({})).await;
    assert_eq!(unread(&house, &cleo).await, some(&[]));
    house.close().await;
}

#[tokio::test]
async fn x08_marks_follow_the_life_of_a_conversation() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let (ana, cleo) = (&bakery.owner, house.colleague(&bakery, &[], "all").await);
    individual(&house, &bakery, true).await;
    let first = house.text_in(FIRST, &bakery, "Hello").await;
    // Asleep it is in no inbox, and unread again when it wakes.
    act(&house, ana, &first, "snooze", &json!({"until": "2030-02-01T00:00:00Z"})).await;
    assert!(house.list(&cleo.token, "/v1/conversations?view=unread").await.is_empty());
    act(&house, ana, &first, "unsnooze", &json!({})).await;
    assert_eq!(unread(&house, &cleo).await, some(&[(FIRST, 1)]));
    // Done is done for all.
    act(&house, ana, &first, "complete", &json!({})).await;
    for who in [ana, &cleo] {
        assert_eq!(unread(&house, who).await, some(&[]));
    }
    house.text_in(FIRST, &bakery, "One more thing").await;
    for who in [ana, &cleo] {
        assert_eq!(unread(&house, who).await, some(&[(FIRST, 1)]));
    }
    act(&house, &cleo, &first, "archive", &json!({})).await;
    assert_eq!(unread(&house, ana).await, some(&[]));
    house.close().await;
}

#[tokio::test]
async fn c04_e20_who_only_sees_what_is_assigned_finds_unread_what_they_have_not_seen() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let (ana, ben) = (&bakery.owner, house.colleague(&bakery, &[], "assigned").await);
    individual(&house, &bakery, true).await;
    let first = house.text_in(FIRST, &bakery, "Hello").await;
    house.text_in(FIRST, &bakery, "Hello?").await;
    act(&house, ana, &first, "read", &json!({})).await;
    assert_eq!(unread(&house, &ben).await, some(&[]));
    assign(&house, "PUT", ana, &first, &ben).await;
    assert_eq!(unread(&house, &ben).await, some(&[(FIRST, 2)]), "who assigned him has read it, he has not");
    act(&house, &ben, &first, "read", &json!({})).await;
    assign(&house, "DELETE", ana, &first, &ben).await;
    house.text_in(FIRST, &bakery, "Hello??").await;
    assert_eq!(unread(&house, &ben).await, some(&[]));
    assign(&house, "PUT", ana, &first, &ben).await;
    assert_eq!(unread(&house, &ben).await, some(&[(FIRST, 1)]));
    // The lists of C03 and of nobody count by the same marks.
    let badge = house.get(&ana.token, "/v1/conversations/counts?user_id=me").await.expect(200);
    assert_eq!(badge["unread"]["conversations"], 0);
    house.text_in(SECOND, &bakery, "Good morning").await;
    let badge = house.get(&ana.token, "/v1/conversations/counts?unassigned=true").await.expect(200);
    assert_eq!(badge["unread"]["messages"], 1);
    house.close().await;
}

#[tokio::test]
async fn e20_the_unread_view_pages_newest_first_through_all_piles() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let (ana, cleo) = (&bakery.owner, house.colleague(&bakery, &[], "all").await);
    individual(&house, &bakery, true).await;
    let mut numbers = vec![];
    for n in 0..7 {
        let number = format!("+1212555010{n}");
        let conversation = house.text_in(&number, &bakery, "Hello").await;
        match n % 3 {
            0 => assign(&house, "PUT", ana, &conversation, ana).await,
            1 => assign(&house, "PUT", ana, &conversation, &cleo).await,
            _ => {}
        }
        numbers.insert(0, number);
        house.move_clock(jiff::SignedDuration::from_secs(1));
    }
    for size in [1, 2, 3, 7] {
        let (mut found, mut cursor) = (vec![], String::new());
        loop {
            let path = format!("/v1/conversations?view=unread&limit={size}{cursor}");
            let page = house.get(&ana.token, &path).await.expect(200);
            let data = page["data"].as_array().unwrap().iter();
            found.extend(data.map(|it| it["contact"]["number"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, numbers, "by {size}");
    }
    house.close().await;
}
