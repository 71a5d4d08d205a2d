//! Who looks at a conversation and who writes in it (peers row 40, lesson 50): to those who look, too, and for no longer than
//! it is so.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{CUSTOMER, Client, assign, connect, id, unassign, with_conversation};
use crate::house::{House, Person};

fn viewers(frame: &Value) -> Vec<&str> {
    frame["viewers"].as_array().unwrap().iter().map(|it| it["user_id"].as_str().unwrap()).collect()
}

fn typing(frame: &Value) -> Vec<&str> {
    frame["typing"].as_array().unwrap().iter().map(|it| it["user_id"].as_str().unwrap()).collect()
}

fn both<'a>(one: &'a Person, other: &'a Person) -> Vec<&'a str> {
    let mut both = vec![one.id.as_str(), other.id.as_str()];
    both.sort_unstable();
    both
}

/// The last that it was told of presence.
fn last(client: &mut Client) -> Value {
    client.of_type("presence").pop().expect("something of presence")
}

#[tokio::test]
async fn lesson50_who_looks_at_a_conversation_sees_who_else_does_and_who_is_writing() {
    let house = House::open().await;
    let (bakery, conversation) = with_conversation(&house).await;
    let ben = house.colleague(&bakery, &["people_manager"], "all").await;
    let mut owner = connect(&house, &bakery.owner, "owner").await;
    let mut bens = connect(&house, &ben, "ben").await;
    let mut elsewhere = connect(&house, &ben, "elsewhere").await;
    owner.watches(&house, &conversation).await;
    let frame = last(&mut owner);
    assert_eq!((viewers(&frame), typing(&frame)), (vec![bakery.owner.id.as_str()], vec![]));
    bens.watches(&house, &conversation).await;
    for client in [&mut owner, &mut bens] {
        let frame = last(client);
        assert_eq!(viewers(&frame), both(&bakery.owner, &ben));
        assert_eq!(frame["conversation_id"], json!(conversation));
    }
    assert!(frame["viewers"][0]["name"].as_str().is_some_and(|name| !name.is_empty()));
    assert_eq!(elsewhere.frames(), Vec::<Value>::new(), "who does not look is told nothing");
    let write = json!({"action": "typing", "conversation_id": conversation});
    bens.says(&house, &write).await;
    let frame = last(&mut owner);
    assert_eq!(typing(&frame), [ben.id.as_str()]);
    assert_eq!(frame["typing"][0]["until"], json!(house.now() + SignedDuration::from_secs(10)));
    // Saying it again at once is nothing new; a little later it is.
    bens.says(&house, &write).await;
    assert_eq!(owner.frames(), Vec::<Value>::new());
    house.move_clock(SignedDuration::from_secs(6));
    bens.says(&house, &write).await;
    assert_eq!(typing(&last(&mut owner)), [ben.id.as_str()]);
    // After ten seconds nobody writes any more, without anybody having said so.
    house.move_clock(SignedDuration::from_secs(10));
    owner.watches(&house, &conversation).await;
    let frame = last(&mut owner);
    assert_eq!((viewers(&frame), typing(&frame)), (both(&bakery.owner, &ben), vec![]));
    bens.says(&house, &json!({"action": "unwatch"})).await;
    assert_eq!(viewers(&last(&mut owner)), [bakery.owner.id.as_str()]);
    bens.says(&house, &write).await;
    assert_eq!(viewers(&last(&mut owner)), both(&bakery.owner, &ben), "who writes looks");
    bens.leaves(&house).await;
    assert_eq!(viewers(&last(&mut owner)), [bakery.owner.id.as_str()]);
    house.close().await;
}

#[tokio::test]
async fn lesson50_two_tabs_of_one_person_are_one_person_in_one_conversation_each() {
    let house = House::open().await;
    let (bakery, conversation) = with_conversation(&house).await;
    let other = id(&house.text_in("+12125550124", &bakery, "Hello").await);
    let ben = house.colleague(&bakery, &["people_manager"], "all").await;
    let mut owner = connect(&house, &bakery.owner, "owner").await;
    owner.watches(&house, &conversation).await;
    let (one, two) = (connect(&house, &ben, "one").await, connect(&house, &ben, "two").await);
    one.watches(&house, &conversation).await;
    two.watches(&house, &conversation).await;
    assert_eq!(viewers(&last(&mut owner)), both(&bakery.owner, &ben));
    // One tab moves on: the other is still there.
    one.watches(&house, &other).await;
    assert_eq!(viewers(&last(&mut owner)), both(&bakery.owner, &ben));
    two.watches(&house, &other).await;
    assert_eq!(viewers(&last(&mut owner)), [bakery.owner.id.as_str()]);
    house.close().await;
}

#[tokio::test]
async fn i10_presence_is_for_those_who_may_see_the_conversation() {
    let house = House::open().await;
    let (bakery, conversation) = with_conversation(&house).await;
    let ben = house.colleague(&bakery, &["people_manager"], "assigned").await;
    let mut owner = connect(&house, &bakery.owner, "owner").await;
    let mut bens = connect(&house, &ben, "ben").await;
    owner.watches(&house, &conversation).await;
    owner.frames();
    bens.watches(&house, &conversation).await;
    assert_eq!(bens.frames()[0]["problem"], "not-found");
    bens.says(&house, &json!({"action": "typing", "conversation_id": conversation})).await;
    assert_eq!(bens.frames()[0]["problem"], "not-found");
    assert_eq!(owner.frames(), Vec::<Value>::new());
    assign(&house, &bakery.owner, &conversation, &ben).await;
    bens.watches(&house, &conversation).await;
    assert_eq!(viewers(&last(&mut bens)), both(&bakery.owner, &ben));
    // Who loses it looks at it no more, and hears nothing of it.
    unassign(&house, &bakery.owner, &conversation, &ben).await;
    assert_eq!(viewers(&last(&mut owner)), [bakery.owner.id.as_str()]);
    bens.frames();
    owner.says(&house, &json!({"action": "typing", "conversation_id": conversation})).await;
    house.text_in(CUSTOMER, &bakery, "Hello").await;
    assert_eq!(bens.frames(), Vec::<Value>::new());
    house.close().await;
}
