//! What people do with conversations beside answering them: views, tags, pins, mutes, notes, assignees.

mod notes;
mod personal;
mod tags;
mod views;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::house::{Ask, Business, House, Person, id};

/// A business whose owner has some conversations.
struct Desk {
    house: House,
    shop: Business,
}

impl Desk {
    async fn open() -> Self {
        let house = House::open().await;
        let shop = house.business("Harbour Bakery", 1_000).await;
        Self { house, shop }
    }

    fn owner(&self) -> &Person {
        &self.shop.owner
    }

    /// A customer writes; the path of the conversation.
    async fn thread(&self, customer: &str) -> String {
        self.house.move_clock(SignedDuration::from_secs(1));
        let conversation = self.house.text_in(customer, &self.shop, "Are you open on Sunday?").await;
        format!("/v1/conversations/{}", id(&conversation))
    }

    async fn tag(&self, name: &str) -> String {
        let made = self.house.post(&self.owner().token, "/v1/tags", &json!({"name": name})).await;
        id(&made.expect(201))
    }

    async fn put(&self, path: String) -> Value {
        self.house.ask(Ask::new("PUT", path).by(&self.owner().token)).await.expect(200)
    }

    /// The ids that a list shows to somebody.
    async fn listed(&self, who: &Person, query: &str) -> Vec<String> {
        let found = self.house.list(&who.token, &format!("/v1/conversations?{query}")).await;
        found.iter().map(id).collect()
    }
}

/// The id at the end of a path.
fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}
