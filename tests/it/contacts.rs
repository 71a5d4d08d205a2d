//! Contacts: who they are, what is noted about them, whom nobody may write to, and two of them becoming one (B15, C05, C20, D07,
//! D12, D33 to D35, D38, E04, E06).

mod activity;
mod at_once;
mod blocking;
mod merging;
mod notes;
mod profile;
mod removing;
mod writing_to;

use serde_json::{Value, json};

use crate::house::{Ask, House, Person};

/// Makes a contact.
async fn contact(house: &House, who: &Person, profile: &Value) -> Value {
    house.post(&who.token, "/v1/contacts", profile).await.expect(201)
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

fn at(contact: &Value) -> String {
    format!("/v1/contacts/{}", id(contact))
}

fn patch(who: &Person, path: &str, body: &Value) -> Ask {
    Ask::new("PATCH", path).by(&who.token).json(body)
}

/// The contact with a name and a number.
async fn ann(house: &House, who: &Person) -> Value {
    contact(house, who, &json!({"name": "Ann", "numbers": ["+12125550123"]})).await
}
