//! Individual read states (E20, X08, D04, D18): what is unread is each person's own matter, where the account wants that.

mod again;
mod model;
mod own;
mod switch;

use serde_json::{Value, json};

use crate::house::{Ask, Business, House, Person};

/// Says whether each person has a read state of their own.
async fn individual(house: &House, of: &Business, is: bool) {
    let change = Ask::new("PATCH", "/v1/account").by(&of.owner.token);
    let account = house.ask(change.json(&json!({"individual_read_state": is}))).await.expect(200);
    assert_eq!(account["individual_read_state"], is);
    house.settle().await;
    // What was unread to all is taken over.
    house.running.run_schedules().await.unwrap();
    house.settle().await;
}

/// How somebody sees what is unread: of each conversation with a customer, and their badge. What the unread view lists and
/// what the badge counts have to agree.
async fn unread(house: &House, who: &Person) -> Vec<(String, u64)> {
    house.settle().await;
    let all = house.list(&who.token, "/v1/conversations?view=all&limit=100").await;
    let count = |it: &Value| it["unread"].as_u64().unwrap();
    let number = |it: &Value| it["contact"]["number"].as_str().unwrap().to_owned();
    let mut unread: Vec<(String, u64)> =
        all.iter().filter(|it| count(it) > 0).map(|it| (number(it), count(it))).collect();
    unread.sort();
    let inbox: Vec<Value> = house.list(&who.token, "/v1/conversations?view=inbox&limit=100").await;
    let mut expected: Vec<(String, u64)> =
        inbox.iter().filter(|it| count(it) > 0).map(|it| (number(it), count(it))).collect();
    expected.sort();
    let listed = house.list(&who.token, "/v1/conversations?view=unread&limit=100").await;
    let mut listed: Vec<(String, u64)> = listed.iter().map(|it| (number(it), count(it))).collect();
    listed.sort();
    assert_eq!(listed, expected, "the unread view");
    let badge = house.get(&who.token, "/v1/conversations/counts").await.expect(200)["unread"].clone();
    let messages: u64 = expected.iter().map(|(_, count)| count).sum();
    assert_eq!(
        (badge["conversations"].as_u64(), badge["messages"].as_u64()),
        (Some(expected.len() as u64), Some(messages))
    );
    unread
}

async fn act(house: &House, who: &Person, conversation: &Value, action: &str, body: &Value) {
    let path = format!("/v1/conversations/{}/{action}", conversation["id"].as_str().unwrap());
    house.post(&who.token, &path, body).await.expect(200);
    house.settle().await;
}

async fn assign(house: &House, method: &str, by: &Person, conversation: &Value, who: &Person) {
    let path = format!("/v1/conversations/{}/assignees/{}", conversation["id"].as_str().unwrap(), who.id);
    house.ask(Ask::new(method, path).by(&by.token)).await.expect(200);
    house.settle().await;
}
