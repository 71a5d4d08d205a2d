//! What is known about customers' numbers.

use domain::consent::{OptOut, OptOutSource};
use storage::{ConsentChange, KnownNumber};

use crate::{
    steps::{contact, inbound},
    support::{World, at, customer},
};

#[tokio::test]
async fn an_opt_out_keeps_its_first_time_and_source() {
    let world = World::new().await;
    let conversation = world.receive(&customer(1), "SM1", at(1)).await;
    let known = |opt_out| {
        let contact = contact(&customer(1), at(1)).id;
        Some(KnownNumber { contact, released: false, conversed: true, opt_out, blocked_since: None })
    };
    assert_eq!(world.account.number(&customer(1)).await.unwrap(), known(None));
    let first = OptOut { since: at(5), source: OptOutSource::Carrier };
    world.account.opt_out(&customer(1), first).await.unwrap();
    let again = OptOut { since: at(9), source: OptOutSource::Keyword };
    world.account.opt_out(&customer(1), again).await.unwrap();
    assert_eq!(world.account.number(&customer(1)).await.unwrap(), known(Some(first)));
    // Nor does the customer's own word, in a step that stores their message.
    let mut stop = inbound(&world, Some(&conversation), &customer(1), "SM2", "STOP", at(9));
    stop.consent = ConsentChange::OptOut(again);
    let conversation = world.account.change(stop).await.unwrap();
    assert_eq!(world.account.number(&customer(1)).await.unwrap(), known(Some(first)));
    // After opting in, the next opt-out is a new one.
    let mut start = inbound(&world, Some(&conversation), &customer(1), "SM3", "START", at(10));
    start.consent = ConsentChange::OptIn;
    world.account.change(start).await.unwrap();
    assert_eq!(world.account.number(&customer(1)).await.unwrap(), known(None));
    let later = OptOut { since: at(20), source: OptOutSource::Keyword };
    world.account.opt_out(&customer(1), later).await.unwrap();
    assert_eq!(world.account.number(&customer(1)).await.unwrap(), known(Some(later)));
}

#[tokio::test]
async fn a_number_that_nobody_knows_has_nothing_to_opt_out_of() {
    let world = World::new().await;
    let before = world.items();
    let opt_out = OptOut { since: at(5), source: OptOutSource::Carrier };
    world.account.opt_out(&customer(404), opt_out).await.unwrap();
    assert_eq!(world.items(), before);
    assert_eq!(world.account.number(&customer(404)).await.unwrap(), None);
}
