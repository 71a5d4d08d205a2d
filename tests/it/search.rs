//! Searching conversations and contacts (E09), within what one may see (I10), from an index that follows by itself.

mod again;
mod found;
mod sight;

use serde_json::{Value, json};

use crate::house::{Answer, House, Person};

/// Asks for the first page of a search.
async fn ask(house: &House, who: &Person, kind: &str, text: &str) -> Answer {
    let q: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    house.get(&who.token, &format!("/v1/search?kind={kind}&limit=100&q={q}")).await
}

/// The names of the contacts that are found, or their first numbers.
async fn contacts(house: &House, who: &Person, text: &str) -> Vec<String> {
    let found = ask(house, who, "contacts", text).await.expect(200);
    let contact = |it: &Value| {
        let name = it["contact"]["name"].as_str().or(it["contact"]["numbers"][0].as_str());
        name.unwrap_or_default().to_owned()
    };
    found["data"].as_array().unwrap().iter().map(contact).collect()
}

/// The customers' numbers of the conversations that are found, in order.
async fn conversations(house: &House, who: &Person, text: &str) -> Vec<String> {
    let found = ask(house, who, "conversations", text).await.expect(200);
    let number = |it: &Value| it["conversation"]["contact"]["number"].as_str().unwrap().to_owned();
    found["data"].as_array().unwrap().iter().map(number).collect()
}

/// Makes a contact, who is in the index afterwards.
async fn contact(house: &House, who: &Person, name: &str, number: &str, email: &str) -> String {
    let emails: Vec<&str> = Some(email).filter(|email| !email.is_empty()).into_iter().collect();
    let profile = json!({"name": name, "numbers": [number], "emails": emails});
    let made = house.post(&who.token, "/v1/contacts", &profile).await.expect(201);
    house.settle().await;
    made["id"].as_str().unwrap().to_owned()
}
