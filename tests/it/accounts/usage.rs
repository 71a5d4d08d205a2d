//! What was used: messages and credits of each month, and seats (A11 to A13, X17).

use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, House};
use jiff::SignedDuration;

#[tokio::test]
async fn messages_and_credits_are_counted_in_their_month_and_seen_by_the_master() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch_with_line(&master.owner, "North branch", 20).await;
    let send = async |token: &str, text: &str| {
        let body = json!({"to": "+12125550123", "body": text});
        house.post(token, "/v1/messages", &body).await.expect(202);
        house.settle().await;
    };
    send(&north.owner.token, "Hello").await;
    send(&north.owner.token, &"x".repeat(200)).await;
    house.pass(SignedDuration::from_hours(24 * 31)).await;
    // Sessions have ended meanwhile.
    let [owner, boss] = [&north.owner.email, &master.owner.email];
    let (owner, boss) = (house.sign_in(owner).await, house.sign_in(boss).await);
    send(&owner, "Hello again").await;
    let usage = house.get(&owner, "/v1/usage?from=2030-01&to=2030-02").await.expect(200);
    assert_eq!(
        usage["months"],
        json!([
            {"month": "2030-01", "messages": 2, "credits": 3},
            {"month": "2030-02", "messages": 1, "credits": 1},
        ])
    );
    let path = format!("/v1/accounts/{}/usage?from=2030-01&to=2030-02", north.account);
    assert_eq!(house.get(&boss, &path).await.expect(200), usage);
    let usual = house.get(&owner, "/v1/usage").await.expect(200);
    let months = usual["months"].as_array().unwrap();
    assert_eq!((months.len(), &months[11]["month"]), (12, &json!("2030-02")));
    let spent: u64 = months.iter().map(|month| month["credits"].as_u64().unwrap()).sum();
    assert_eq!(house.get(&owner, "/v1/credits").await.expect(200)["spent"], spent);
    house.close().await;
}

#[tokio::test]
async fn a11_a12_a13_x17_five_users_are_included_and_each_further_one_is_a_seat() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let seats = async || house.get(&bakery.owner.token, "/v1/usage").await.expect(200)["seats"].clone();
    assert_eq!(seats().await, json!({"users": 1, "included": 5, "extra": 0}));
    for _ in 0..5 {
        house.add_user(&bakery, &[], "none").await;
    }
    assert_eq!(seats().await, json!({"users": 6, "included": 5, "extra": 0}));
    let mut last = String::new();
    for _ in 0..2 {
        last = house.add_user(&bakery, &[], "none").await.0;
    }
    assert_eq!(seats().await, json!({"users": 8, "included": 5, "extra": 2}));
    let remove = Ask::new("DELETE", format!("/v1/users/{last}")).by(&bakery.owner.token);
    house.ask(remove).await.expect(204);
    assert_eq!(seats().await["extra"], 1);
    let path = format!("/v1/operator/accounts/{}/plan", bakery.account);
    let plan = Ask::new("PUT", path).json(&json!({"name": "growth", "included_users": 50}));
    house.as_operator(plan).await.expect(200);
    assert_eq!(seats().await, json!({"users": 7, "included": 50, "extra": 0}));
    house.close().await;
}

#[tokio::test]
async fn a_span_of_months_that_cannot_be_shown_is_refused() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    for query in [
        "from=2030-02&to=2030-01",
        "from=2028-01&to=2030-01",
        "from=2027-12&to=2028-01",
        "from=0001-01&to=0001-02",
    ] {
        let ask = Ask::get(format!("/v1/usage?{query}")).by(&bakery.owner.token);
        refused(&house, ask).await.names("?from", "out_of_range");
    }
    for (field, value) in [("from", "2030"), ("to", "2030-13"), ("from", "2030-1"), ("to", "january")] {
        let ask = Ask::get(format!("/v1/usage?{field}={value}")).by(&bakery.owner.token);
        refused(&house, ask).await.names(&format!("?{field}"), "invalid");
    }
    house.close().await;
}
