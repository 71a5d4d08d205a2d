//! Bad input to every route: a clear refusal that names what is wrong, never a failure of ours, and nothing half written.
//!
//! The routes come from the description of the API, so a new one is tried like the others, and has to say in
//! `house::stage` what it works on.

mod bodies;
mod lists;
mod places;
mod texts;
mod twilio;
mod webhooks;

use crate::house::{Answer, Ask, House};

/// Asks for something that is refused, and makes sure that it left nothing behind.
pub(crate) async fn refused(house: &House, ask: Ask) -> Answer {
    // What follows from what was done before is not this request's doing.
    house.settle().await;
    let before = house.table();
    let answer = house.ask(ask).await;
    assert!((400..500).contains(&answer.status), "{answer:?}");
    let after = house.table();
    let left: Vec<_> = before.symmetric_difference(&after).collect();
    assert!(left.is_empty(), "{answer:?} left {left:#?}");
    answer
}
