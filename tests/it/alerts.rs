//! What an account is told about itself, and who of it, and where (B02, B03).

mod again;
mod given;
mod settings;

use serde_json::{Value, json};

use crate::house::{Ask, Business, House, Person};

/// The alerts of a kind in somebody's alert centre, newest first.
async fn alerts(house: &House, who: &Person, kind: &str) -> Vec<Value> {
    house.settle().await;
    let all = house.list(&who.token, "/v1/notifications?limit=100").await;
    all.into_iter().filter(|it| it["kind"] == kind).map(|it| it["alert"].clone()).collect()
}

/// How many e-mails somebody got whose subject says this.
async fn mails(house: &House, who: &Person, subject: &str) -> usize {
    house.letters_to(&who.email).await.into_iter().filter(|letter| letter.subject.contains(subject)).count()
}

/// Changes what the account is told of.
async fn account(house: &House, of: &Business, change: impl FnOnce(&mut Value)) {
    let path = "/v1/account/alerts";
    let mut settings = house.get(&of.owner.token, path).await.expect(200);
    change(&mut settings);
    house.ask(Ask::new("PUT", path).by(&of.owner.token).json(&settings)).await.expect(200);
}

/// Changes where somebody is told.
async fn own(house: &House, who: &Person, change: impl FnOnce(&mut Value)) {
    let path = "/v1/me/alerts";
    let mut channels = house.get(&who.token, path).await.expect(200);
    change(&mut channels);
    house.ask(Ask::new("PUT", path).by(&who.token).json(&channels)).await.expect(200);
}

/// Sends a text to a number of the simulated network.
async fn text(house: &House, of: &Business, to: &str) {
    house.send(&of.owner, &json!({"to": to, "body": "Fresh bread!"})).await;
    house.settle().await;
}
