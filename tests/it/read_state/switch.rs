//! Switching individual read states on and off.

use jiff::SignedDuration;
use serde_json::json;

use super::{act, individual, unread};
use crate::house::{Ask, House};

#[tokio::test]
async fn x08_switched_on_it_begins_with_the_shared_state_and_switched_off_that_is_back() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let (ana, cleo) = (&bakery.owner, house.colleague(&bakery, &[], "all").await);
    let (a, b, c, d) = ("+12125550101", "+12125550102", "+12125550103", "+12125550104");
    house.text_in(a, &bakery, "Hello").await;
    house.text_in(a, &bakery, "Hello?").await;
    let read = house.text_in(b, &bakery, "Hello").await;
    act(&house, ana, &read, "read", &json!({})).await;
    let kept = house.text_in(c, &bakery, "Hello").await;
    act(&house, ana, &kept, "read", &json!({})).await;
    act(&house, ana, &kept, "unread", &json!({})).await;
    let sleeping = house.text_in(d, &bakery, "Hello").await;
    act(&house, ana, &sleeping, "snooze", &json!({"until": "2030-02-01T00:00:00Z"})).await;
    individual(&house, &bakery, true).await;
    let expected: Vec<(String, u64)> =
        [(a, 2), (c, 1), (d, 1)].map(|(n, count)| (n.to_owned(), count)).into();
    for who in [ana, &cleo] {
        assert_eq!(unread(&house, who).await, expected);
    }
    let first = house.conversation_with(ana, a).await;
    act(&house, ana, &first, "read", &json!({})).await;
    // Doing the takeover again changes nothing.
    house.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(unread(&house, ana).await, expected[1..]);
    assert_eq!(unread(&house, &cleo).await, expected);
    individual(&house, &bakery, false).await;
    for who in [ana, &cleo] {
        assert_eq!(unread(&house, who).await, expected[1..], "Ana has read it, for all");
    }
    // And on again: nothing of the first time is left.
    individual(&house, &bakery, true).await;
    for who in [ana, &cleo] {
        assert_eq!(unread(&house, who).await, expected[1..]);
    }
    house.close().await;
}

#[tokio::test]
async fn i11_the_setting_is_changed_by_who_may_and_leaves_a_trace() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let cleo = house.colleague(&bakery, &[], "all").await;
    let on = json!({"individual_read_state": true});
    house.ask(Ask::new("PATCH", "/v1/account").by(&cleo.token).json(&on)).await.problem(403, "forbidden");
    for _ in 0..2 {
        individual(&house, &bakery, true).await;
    }
    let log = house.list(&bakery.owner.token, "/v1/audit-log?action=account.changed").await;
    assert_eq!(log.len(), 1, "saying it again changes nothing");
    assert_eq!(log[0]["before"]["individual_read_state"], false);
    assert_eq!(log[0]["after"]["individual_read_state"], true);
    let wrong = json!({"individual_read_state": "yes"});
    let problem = house.ask(Ask::new("PATCH", "/v1/account").by(&bakery.owner.token).json(&wrong)).await;
    assert_eq!(problem.problem(422, "invalid")["errors"][0]["pointer"], "#/individual_read_state");
    house.close().await;
}
