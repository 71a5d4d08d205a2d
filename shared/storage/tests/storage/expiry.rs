//! What DynamoDB removes by itself, and when.

use domain::timeline::{Actor, ConversationEvent, Entry, EntryContent};
use engines::dynamo::{Dynamo, TableClock};
use storage::Notification;

use crate::support::{TABLE, World, at, customer, id};

const DAY: i64 = 24 * 60 * 60 * 1_000;

#[tokio::test]
async fn each_kind_of_item_that_expires_does_so_in_its_time_and_nothing_else_does() {
    let clock = TableClock::at(u64::try_from(at(0).as_second()).unwrap());
    let dynamo = Dynamo::memory_with_clock(&clock).unwrap();
    let mut table = storage::table::definition(TABLE);
    table["TimeToLiveSpecification"] =
        serde_json::json!({"AttributeName": storage::table::TIME_TO_LIVE, "Enabled": true});
    dynamo.create_table(table).unwrap();
    let retry = aws_sdk_dynamodb::config::retry::RetryConfig::disabled();
    let world = World::over(dynamo.clone(), dynamo, retry).await;
    world.receive(&customer(1), "SM1", at(0)).await;
    world.send(&customer(1), 1, at(0)).await;
    let forever = world.items().len();
    let (account, user) = (&world.account, world.manager.id);
    account.idempotency_begin([1; 32], [2; 32], at(0), at(1), at(DAY)).await.unwrap();
    world.store.keep_unknown_event(world.gateway.id, "x", b"{}", at(0)).await.unwrap();
    let content =
        EntryContent::Event { id: id(1), event: ConversationEvent::Completed, actor: Actor::System };
    let entry = Entry { sequence: 1, at: at(0), content };
    let (news, loud) = (domain::news::News::Assigned, domain::notify::Loudness::Loud);
    account.notify(user, Notification::about(&entry, id(5), user, news, loud)).await.unwrap();
    let mut gone_after = Vec::new();
    for days in 0..=100 {
        clock.set(u64::try_from(at(days * DAY).as_second()).unwrap() + 1);
        let before: Vec<_> = world.items().iter().map(|item| item["_t"]["S"].to_string()).collect();
        if world.dynamo.sweep_ttl().unwrap() > 0 {
            let mut gone = before;
            for kept in world.items() {
                let kept = kept["_t"]["S"].to_string();
                let index = gone.iter().position(|kind| *kind == kept).unwrap();
                gone.swap_remove(index);
            }
            gone_after.extend(gone.into_iter().map(|kind| format!("{kind} after {days} days")));
        }
    }
    let expected =
        ["\"idempotency\" after 1 days", "\"unknown_event\" after 30 days", "\"notification\" after 90 days"];
    assert_eq!(gone_after, expected);
    assert_eq!(world.items().len(), forever);
}
