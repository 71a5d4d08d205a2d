//! Many steps by chance, compared with a plain model after each few.

use std::collections::BTreeMap;

use serde_json::json;

use super::{act, assign, individual, unread};
use crate::house::{House, Person};

/// Numbers by chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// A conversation in the model: whether it is open, and what is unread to whom.
#[derive(Default)]
struct Modelled {
    open: bool,
    unread: BTreeMap<String, (u64, bool)>,
}

#[tokio::test]
async fn e20_after_many_steps_each_sees_what_a_plain_model_says() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let cleo = house.colleague(&bakery, &[], "all").await;
    let people: [&Person; 2] = [&bakery.owner, &cleo];
    individual(&house, &bakery, true).await;
    let numbers = ["+12125550101", "+12125550102", "+12125550103"];
    let mut model: BTreeMap<&str, Modelled> = BTreeMap::new();
    let mut chance = Chance(20);
    for step in 0..90 {
        let number = numbers[chance.below(numbers.len())];
        let who = people[chance.below(people.len())];
        let it = model.entry(number).or_default();
        let choice = if it.unread.is_empty() { 0 } else { chance.below(9) };
        if choice <= 2 {
            house.text_in(number, &bakery, "Hello").await;
            it.open = true;
            for who in &people {
                it.unread.entry(who.id.clone()).or_default().0 += 1;
            }
        } else {
            let conversation = house.conversation_with(who, number).await;
            let offered = |action: &str| {
                conversation["available_actions"].as_array().unwrap().iter().any(|it| it == action)
            };
            match choice {
                3 | 4 => {
                    act(&house, who, &conversation, "read", &json!({})).await;
                    it.unread.insert(who.id.clone(), (0, false));
                }
                5 if it.open => {
                    act(&house, who, &conversation, "unread", &json!({})).await;
                    it.unread.get_mut(&who.id).unwrap().1 = true;
                }
                6 if offered("complete") => {
                    act(&house, who, &conversation, "complete", &json!({})).await;
                    it.open = false;
                    it.unread.values_mut().for_each(|own| *own = (0, false));
                }
                7 => {
                    act(&house, who, &conversation, "archive", &json!({})).await;
                    it.open = false;
                    it.unread.values_mut().for_each(|own| *own = (0, false));
                }
                8 => assign(&house, "PUT", who, &conversation, people[chance.below(2)]).await,
                _ => {}
            }
        }
        if step % 10 == 9 {
            for who in people {
                let mut expected = vec![];
                for (number, it) in &model {
                    let (messages, kept) = it.unread.get(&who.id).copied().unwrap_or_default();
                    let count = messages.max(u64::from(kept));
                    if count > 0 {
                        expected.push(((*number).to_owned(), count));
                    }
                }
                assert_eq!(unread(&house, who).await, expected, "after step {step}");
            }
        }
    }
    house.close().await;
}
