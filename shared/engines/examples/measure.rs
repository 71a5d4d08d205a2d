//! What the embedded `DynamoDB` takes: start, load, reads, writes with and without a stream.
//!
//! `cargo run -p engines --example measure -- 100000` (the number of items to load)
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::error::Error;
use std::time::Instant;

use engines::dynamo::Dynamo;
use serde_json::{Value, json};

fn table() -> Value {
    let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    json!({
        "TableName": "main",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute("pk"), attribute("sk"), attribute("gpk"), attribute("gsk")],
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by_g",
            "KeySchema": [key("gpk", "HASH"), key("gsk", "RANGE")],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    })
}

fn item(number: usize) -> Value {
    json!({
        "pk": {"S": format!("account-{}", number % 100)},
        "sk": {"S": format!("item-{number:09}")},
        "gpk": {"S": format!("view-{}", number % 100)},
        "gsk": {"S": format!("{number:09}")},
        "text": {"S": "x".repeat(100)},
    })
}

fn per_second(count: usize, start: Instant) -> u128 {
    u128::try_from(count).unwrap_or_default() * 1_000_000 / start.elapsed().as_micros().max(1)
}

fn writes(name: &str, dynamo: &Dynamo) -> Result<(), Box<dyn Error>> {
    dynamo.create_table(table())?;
    let mut rates = Vec::new();
    for thousand in 0..5 {
        let start = Instant::now();
        for number in 0..1_000 {
            dynamo.run("PutItem", &json!({"TableName": "main", "Item": item(thousand * 1_000 + number)}))?;
        }
        rates.push(per_second(1_000, start));
    }
    println!("{name}: puts/s in each thousand {rates:?}");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(100_000);
    drop(Dynamo::memory()?);
    let start = Instant::now();
    for _ in 0..100 {
        Dynamo::memory()?.create_table(table())?;
    }
    println!("database in memory with its table: {} us", start.elapsed().as_micros() / 100);

    let folder = std::env::temp_dir().join(format!("engines-measure-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    writes("memory, stream", &Dynamo::memory()?)?;
    writes("memory, no stream", &Dynamo::memory_without_stream()?)?;
    writes("file, stream", &Dynamo::file(&folder.join("table.sqlite"))?)?;
    std::fs::remove_dir_all(&folder)?;

    let dynamo = Dynamo::memory_without_stream()?;
    dynamo.create_table(table())?;
    let start = Instant::now();
    dynamo.load("main", (0..count).map(item))?;
    println!("load of {count}: {:.1} s, {}/s", start.elapsed().as_secs_f64(), per_second(count, start));

    let start = Instant::now();
    for number in 0..5_000 {
        let number = number % count;
        let key = json!({"pk": item(number).get("pk"), "sk": item(number).get("sk")});
        dynamo.run("GetItem", &json!({"TableName": "main", "Key": key}))?;
    }
    println!("gets/s: {}", per_second(5_000, start));
    let start = Instant::now();
    for number in 0..500 {
        let query = json!({
            "TableName": "main", "IndexName": "by_g", "Limit": 50, "ScanIndexForward": false,
            "KeyConditionExpression": "gpk = :g",
            "ExpressionAttributeValues": {":g": {"S": format!("view-{}", number % 100)}},
        });
        dynamo.run("Query", &query)?;
    }
    println!("queries of 50/s: {}", per_second(500, start));
    Ok(())
}
