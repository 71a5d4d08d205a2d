//! A house in which something has happened: enough that every operation has something to work on.

use serde_json::{Value, json};

use super::{Ask, Business, House, Operation, PASSWORD, Person, Who};
use secrecy::ExposeSecret;

pub(crate) const CUSTOMER: &str = "+12125550123";
pub(crate) const OTHER_CUSTOMER: &str = "+12125550124";

/// Two businesses; in the first, a conversation that Ben is assigned to, and one that nobody is.
pub(crate) struct Stage {
    pub(crate) house: House,
    pub(crate) harbour: Business,
    pub(crate) rival: Business,
    /// Colleague of the harbour's owner, without roles, who sees what is assigned to him.
    pub(crate) ben: Person,
    /// Assigned to Ben.
    pub(crate) conversation: String,
    /// Assigned to nobody.
    pub(crate) unassigned: String,
    /// The owner's, in Ben's conversation.
    pub(crate) message: String,
    /// The owner's.
    pub(crate) notification: String,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let house = House::open().await;
        let harbour = house.business("Harbour Bakery", 100).await;
        let rival = house.business("Rival Roasters", 100).await;
        let ben = house.colleague(&harbour, &[], "assigned").await;
        let first = house.text_in(CUSTOMER, &harbour, "Is the sourdough ready?").await;
        let second = house.text_in(OTHER_CUSTOMER, &harbour, "Two croissants, please").await;
        let (conversation, unassigned) = (id(&first), id(&second));
        let path = format!("/v1/conversations/{conversation}/assignees/{}", ben.id);
        house.ask(Ask::new("PUT", path).by(&harbour.owner.token)).await.expect(200);
        let reply = json!({"conversation_id": conversation, "body": "At noon, dear Clara."});
        let message = id(&house.send(&harbour.owner, &reply).await);
        house.settle().await;
        let told = house.list(&harbour.owner.token, "/v1/notifications").await;
        let notification = id(&told[0]);
        Self { house, harbour, rival, ben, conversation, unassigned, message, notification }
    }

    /// Something that exists in the harbour's account, by the name of a path parameter.
    pub(crate) fn existing(&self, parameter: &str) -> &str {
        match parameter {
            "conversation_id" => &self.conversation,
            "user_id" => &self.ben.id,
            "message_id" => &self.message,
            "notification_id" => &self.notification,
            "gateway_id" => &self.harbour.gateway,
            "carrier" => "simulated",
            other => panic!("{other} is a new path parameter: say here what exists"),
        }
    }

    /// The path of an operation on what exists.
    pub(crate) fn path(&self, operation: &Operation) -> String {
        operation.at(|parameter| self.existing(parameter).to_owned())
    }

    /// A body that the operation accepts; it has every field that can be there together.
    pub(crate) fn body(&self, operation: &str) -> Option<Value> {
        Some(match operation {
            "sign_up" => json!({
                "business_name": "New Bakery", "time_zone": "Europe/Berlin", "region": "DE", "name": "Cleo",
                "email": "cleo@example.com", "password": PASSWORD,
            }),
            "sign_in" => json!({"email": self.ben.email, "password": PASSWORD}),
            "add_user" => json!({
                "name": "Dora", "email": "dora@example.com", "password": PASSWORD, "roles": ["account_manager"],
                "conversation_access": "all",
            }),
            "change_user" => {
                json!({"name": "Benjamin", "roles": ["people_manager"], "conversation_access": "all"})
            }
            "add_gateway" => json!({
                "name": "Second", "carrier": "simulated", "number": "+13125550100",
                "credentials": {"base_url": "http://carrier.example", "api_key": "key", "signing_secrets": ["s"]},
            }),
            "send_message" => json!({
                "to": "+12125550125", "gateway_id": self.harbour.gateway, "body": "Hello",
                "media": ["https://example.com/menu.jpg"],
            }),
            "preview_message" => json!({"body": "Hello", "media": []}),
            "snooze_conversation" => json!({"until": "2030-02-01T00:00:00Z"}),
            "top_up" => json!({"account_id": self.harbour.account, "amount": 5, "reference": "invoice 18"}),
            _ => return None,
        })
    }

    /// The operation on what exists, by somebody who may: the harbour's owner, or the operator.
    pub(crate) fn ask(&self, operation: &Operation) -> Ask {
        let ask = Ask::new(&operation.method, self.path(operation));
        let ask = match operation.who {
            Who::Anybody => ask,
            Who::User => ask.by(&self.harbour.owner.token),
            Who::Operator => ask.by(self.house.running.operator_key.expose_secret()),
        };
        let ask = if operation.takes_key { ask.key("key-of-the-stage") } else { ask };
        match self.body(&operation.id) {
            Some(body) => ask.json(&body),
            None => ask,
        }
    }
}

/// The id of something.
pub(crate) fn id(of: &Value) -> String {
    of["id"].as_str().unwrap().to_owned()
}
