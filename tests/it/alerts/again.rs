//! Alerts under redelivery, interruption and poison.

use app::send::{Content, Recipient, Request};
use domain::audit::AuditAction;
use domain::body::MessageBody;
use engines::faults::Fault;
use serde_json::{Value, json};
use storage::NotificationKind;

use super::{account, alerts, mails, text};
use crate::house::{Business, House, Log};

/// A business in which there is something to be told of each kind.
async fn eventful(house: &House) -> Business {
    let bakery = house.business("Harbour Bakery", 100).await;
    account(house, &bakery, |it| it["failed_deliveries"]["per_hour"] = json!(1)).await;
    text(house, &bakery, "+12125550154").await;
    let key = json!({"name": "Shop", "permissions": ["credits:read"]});
    house.post(&bakery.owner.token, "/v1/api-keys", &key).await.expect(201);
    house.settle().await;
    bakery
}

fn records(house: &House) -> Vec<Value> {
    house.running.engines.dynamo.stream_records(None, 1_000).unwrap()
}

async fn dispatch(house: &House, record: &Value) -> Value {
    house.running.functions().invoke("Dispatch", json!({"Records": [record]})).await.unwrap()["batchItemFailures"]
        .clone()
}

#[tokio::test]
async fn b03_what_the_stream_shows_twice_is_told_once() {
    let house = House::open().await;
    let bakery = eventful(&house).await;
    let before = house.table();
    for record in records(&house) {
        assert_eq!(dispatch(&house, &record).await, json!([]), "{record}");
    }
    house.settle().await;
    let after = house.table();
    let new: Vec<_> = before.symmetric_difference(&after).collect();
    assert!(new.is_empty(), "{new:#?}");
    for kind in ["low_balance", "failed_deliveries", "gateway_trouble", "security_change"] {
        assert_eq!(alerts(&house, &bakery.owner, kind).await.len(), 1, "{kind}");
    }
    assert_eq!(mails(&house, &bakery.owner, "credits left").await, 1);
    house.close().await;
}

/// However often and wherever giving an alert is interrupted, in the end everybody has it once.
#[tokio::test(start_paused = true)]
async fn b03_whoever_is_interrupted_while_telling_tells_the_rest_later_and_nobody_twice() {
    for fault in [Fault::Down, Fault::LostResponse] {
        let world = testkit::World::new(303).await;
        let business = world.business("Bakery", "+12015550100", 100).await;
        world.settle().await;
        let text = MessageBody::try_from("Fresh bread!".to_owned()).unwrap();
        let to = Recipient::Number { number: "+12125550154".to_owned(), gateway: Some(business.gateway.id) };
        let request = Request {
            to,
            content: Content::new(Some(&text), &[]).unwrap(),
            key: None,
            seen: None,
            overrides_quiet_hours: false,
        };
        app::send::send(&world.app, &business.owner, &request).await.unwrap();
        assert!(dispatch_with_faults(&world, fault).await > 5);
        world.settle().await;
        let store = world.app.store.account(business.owner.account);
        let page = storage::PageRequest { limit: 100, cursor: None };
        let told = store.notifications(business.owner.user, page).await.unwrap().unwrap().items;
        let low = told.iter().filter(|it| it.kind == NotificationKind::LowBalance).count();
        assert_eq!(low, 1, "{fault:?}");
        let mails = world.ses.sent_to(business.owner.profile.email.as_str());
        assert_eq!(mails.iter().filter(|mail| mail.subject.contains("credits left")).count(), 1, "{fault:?}");
        let filter = storage::AuditFilter { action: Some(AuditAction::MessageSent), ..Default::default() };
        let page = storage::PageRequest { limit: 100, cursor: None };
        let log = store.audit_log(&filter, page).await.unwrap().unwrap();
        assert_eq!(log.items.len(), 1, "{fault:?}");
    }
}

/// Dispatches all that the stream shows, each record again and again, with one more call of the table getting through each
/// time; answers how often it was interrupted.
async fn dispatch_with_faults(world: &testkit::World, fault: Fault) -> usize {
    let mut interrupted = 0;
    for record in world.stream_records(100) {
        for calls in 0.. {
            for _ in 0..calls {
                world.dynamo.faults().push_next(Fault::Slow(std::time::Duration::ZERO));
            }
            world.dynamo.faults().push_next(fault);
            let outcome = world.dispatch(&record).await;
            world.dynamo.faults().clear();
            if outcome.is_ok() {
                break;
            }
            interrupted += 1;
        }
        world.advance_stream(&record);
    }
    interrupted
}

#[tokio::test]
async fn an_alert_that_can_never_be_given_holds_up_nothing() {
    let house = House::open().await;
    let bakery = eventful(&house).await;
    let log = Log::collect();
    let mut poisoned = records(&house);
    poisoned.retain(|record| record["eventName"] == "MODIFY");
    let mut tried = 0;
    for mut record in poisoned {
        if record["dynamodb"]["NewImage"]["_t"]["S"] != "balance" {
            continue;
        }
        record["dynamodb"]["NewImage"]["available"] = json!({"S": "many"});
        assert_eq!(dispatch(&house, &record).await, json!([]), "{record}");
        tried += 1;
    }
    assert!(tried > 0);
    assert_eq!(log.counted("alert_lost"), tried);
    assert!(!log.text().contains("many"), "what could not be read is not repeated");
    drop(log);
    assert_eq!(alerts(&house, &bakery.owner, "low_balance").await.len(), 1);
    house.close().await;
}
