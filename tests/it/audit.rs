//! The audit log: who changed what, when, from where, and how it was before and after (B05, I11).

mod append_only;
mod conversations;
mod export;
mod log;
mod stories;
mod traces;

use serde_json::Value;

use crate::house::{House, Person};

/// An entry of somebody's audit log as it lies in the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    account: String,
    action: String,
    actor: String,
    address: Option<String>,
    object: String,
    has_before: bool,
    has_after: bool,
    /// All of it, to be searched for what must not be in it.
    text: String,
}

/// Every entry of every log.
fn kept(house: &House) -> Vec<Kept> {
    let items = house.table();
    let items = items.iter().map(|item| serde_json::from_str::<Value>(item).unwrap());
    items.filter(|item| item["_t"]["S"] == "audit").map(|item| read(&item)).collect()
}

fn read(item: &Value) -> Kept {
    let text = |value: &Value| value["S"].as_str().map(str::to_owned);
    let entry = &item["entry"]["M"];
    let says = |part: &Value| part["M"].as_object().is_some_and(|fields| !fields.is_empty());
    Kept {
        account: text(&item["pk"]).unwrap().trim_end_matches("#audit").to_owned(),
        action: text(&entry["action"]).unwrap(),
        actor: text(&entry["actor"]["M"]["kind"]).unwrap(),
        address: text(&entry["address"]),
        object: text(&entry["object"]).unwrap(),
        has_before: says(&entry["before"]),
        has_after: says(&entry["after"]),
        text: item.to_string(),
    }
}

/// The log as the API shows it, newest first.
async fn shown(house: &House, who: &Person, query: &str) -> Vec<Value> {
    house.settle().await;
    house.list(&who.token, &format!("/v1/audit-log?{query}")).await
}
