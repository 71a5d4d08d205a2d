//! Jobs: work that takes longer than a request may, through the API and step by step.

mod bulk;
mod exports;
mod imports;
mod interrupted;
mod machine;
mod reconciliation;

use serde_json::{Value, json};

use crate::house::{Answer, Ask, House, Person, id};

/// Creates an import, brings its file in these parts, starts it and lets it end. Returns the import and its rows.
async fn import(house: &House, who: &Person, body: &Value, parts: &[&[u8]]) -> (Value, Vec<Value>) {
    let import = id(&house.post(&who.token, "/v1/contacts/imports", body).await.expect(201));
    for (place, part) in parts.iter().enumerate() {
        put_part(house, who, &import, place + 1, part).await.expect(200);
    }
    let path = format!("/v1/contacts/imports/{import}");
    house.post(&who.token, &format!("{path}/start"), &json!({})).await.expect(202);
    house.settle().await;
    let shown = house.get(&who.token, &path).await.expect(200);
    (shown, all(house, who, &format!("{path}/results")).await)
}

async fn put_part(house: &House, who: &Person, import: &str, part: usize, content: &[u8]) -> Answer {
    let path = format!("/v1/contacts/imports/{import}/parts/{part}");
    house.ask(Ask::new("PUT", path).by(&who.token).raw("application/octet-stream", content)).await
}

/// Everything in a list of parts.
async fn all(house: &House, who: &Person, path: &str) -> Vec<Value> {
    let (mut entries, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.get(&who.token, &format!("{path}{cursor}")).await.expect(200);
        entries.extend(page["data"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("?cursor={next}"),
            None => return entries,
        }
    }
}

/// The outcomes of rows, with the reason and the field where there are any.
fn outcomes(rows: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(|it| format!(" {it}")).unwrap_or_default();
    let line = |it: &Value| {
        format!("{}{}{}", it["outcome"].as_str().unwrap(), text(&it["reason"]), text(&it["field"]))
    };
    rows.iter().map(line).collect()
}
