//! What people want to be told of, and quiet times.

use jiff::SignedDuration;
use serde_json::json;

use super::{assign, prefer, pushes, team};
use crate::house::{Ask, House};

const CUSTOMER: &str = "+12125550123";
const PATH: &str = "/v1/notifications/preferences";

#[tokio::test]
async fn people_choose_what_is_pushed_and_the_alert_centre_has_everything() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    let device = house.device(&cleo).await;
    prefer(&house, &cleo, |it| it["push"] = json!(["assigned"])).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Hello").await;
    assert_eq!(pushes(&house, &device), 0);
    assign(&house, &bakery.owner, &conversation, &cleo).await;
    assert_eq!(pushes(&house, &device), 1);
    assert_eq!(house.told(&cleo.token).await.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn in_quiet_times_nothing_is_pushed_then_or_later() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    let device = house.device(&cleo).await;
    // It is Tuesday, 10:00 in New York, where the account is.
    prefer(&house, &cleo, |it| {
        it["quiet_times"] = json!([
            {"days": ["tuesday"], "from": "09:30", "to": "10:30"},
            {"days": ["tuesday"], "from": "22:00", "to": "06:00"},
        ]);
    })
    .await;
    house.text_in(CUSTOMER, &bakery, "Hello").await;
    assert_eq!(pushes(&house, &device), 0);
    assert_eq!(house.told(&cleo.token).await.len(), 1, "the alert centre has it");
    house.pass(SignedDuration::from_mins(31)).await;
    assert_eq!(pushes(&house, &device), 0, "nor is it pushed later");
    house.text_in(CUSTOMER, &bakery, "Hello?").await;
    assert_eq!(pushes(&house, &device), 1);
    // 01:31 on Wednesday: the night of Tuesday.
    house.pass(SignedDuration::from_hours(15)).await;
    house.text_in(CUSTOMER, &bakery, "Are you awake?").await;
    assert_eq!(pushes(&house, &device), 1);
    // The same clock in another zone: 07:31 in Berlin.
    prefer(&house, &cleo, |it| it["time_zone"] = json!("Europe/Berlin")).await;
    house.text_in(CUSTOMER, &bakery, "Now?").await;
    assert_eq!(pushes(&house, &device), 2);
    house.close().await;
}

#[tokio::test]
async fn preferences_read_back_and_bad_ones_are_refused_with_the_field_named() {
    let house = House::open().await;
    let (bakery, _, _) = team(&house).await;
    let ana = &bakery.owner.token;
    let good = json!({
        "push": ["assigned", "mentioned"], "email": ["inbound_message"], "time_zone": "Asia/Kolkata",
        "digest": {"frequency": "daily", "hour": 8},
        "quiet_times": [{"days": ["friday", "saturday"], "from": "21:00", "to": "07:30"}],
    });
    for _ in 0..2 {
        house.ask(Ask::new("PUT", PATH).by(ana).json(&good)).await.expect(200);
        assert_eq!(house.get(ana, PATH).await.expect(200), good);
    }
    let quiet = |days: &[&str], from: &str, to: &str| json!([{"days": days, "from": from, "to": to}]);
    for (field, value, pointer) in [
        ("push", json!(["low_balance"]), "/push/0"),
        ("email", json!("all"), "/email"),
        ("time_zone", json!("Mars/Olympus"), "/time_zone"),
        ("digest", json!({"frequency": "weekly"}), "/digest/frequency"),
        ("digest", json!({"frequency": "daily"}), "/digest/hour"),
        ("digest", json!({"frequency": "daily", "hour": 24}), "/digest/hour"),
        ("digest", json!({"frequency": "hourly", "hour": 8}), "/digest/hour"),
        ("quiet_times", quiet(&["someday"], "21:00", "07:00"), "/quiet_times/0/days/0"),
        ("quiet_times", quiet(&["monday"], "25:00", "07:00"), "/quiet_times/0/from"),
        ("quiet_times", quiet(&[], "21:00", "07:00"), "/quiet_times"),
        ("quiet_times", quiet(&["monday"], "07:00", "07:00"), "/quiet_times"),
        ("quiet_times", json!(vec![quiet(&["monday"], "01:00", "02:00")[0].clone(); 11]), "/quiet_times"),
        ("volume", json!(11), "/volume"),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let problem = house.ask(Ask::new("PUT", PATH).by(ana).json(&bad)).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], format!("#{pointer}"), "{problem}");
    }
    assert_eq!(house.get(ana, PATH).await.expect(200), good);
    house.close().await;
}
