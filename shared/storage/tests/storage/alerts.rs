//! What an account wants to be told of, what it was told lately, and what the stream says of balances and failures.

use domain::{
    alerts::{Alert, AlertChannels, AlertSettings, Channels},
    audit::{AuditAction, AuditActor, AuditEntry},
    credits::Credits,
    id::MessageId,
    message::{Failure, Outcome, Refusal},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use storage::{
    AlertPreferencesRecord, AlertSettingsRecord, AuditFilter, Notification, NotificationKind, Traces,
    stream::{self, Added, BalanceChange, Changed},
};

use crate::support::{CREDITS, World, at, customer, id, page};

const PAUSE: SignedDuration = SignedDuration::from_millis(100);

fn traces(n: u64) -> Traces {
    let entry = AuditEntry {
        id: id(n),
        at: at(1),
        actor: AuditActor::User { user: id(1) },
        address: None,
        action: AuditAction::AlertSettingsChanged,
        object: "acc".to_owned(),
        before: Value::Null,
        after: Value::Null,
    };
    entry.into()
}

const QUIET: Channels = Channels { alert_centre: true, email: false };

#[tokio::test]
async fn b03_settings_are_saved_over_the_version_that_was_read_with_their_trace() {
    let world = World::new().await;
    let account = &world.account;
    assert_eq!(account.alert_settings().await.unwrap(), AlertSettingsRecord::default());
    let channels = AlertChannels { low_balance: QUIET, ..AlertChannels::default() };
    let settings = AlertSettings { channels, ..AlertSettings::default() };
    let record = AlertSettingsRecord { settings: settings.clone(), version: 0 };
    assert!(account.save_alert_settings(&record, &traces(1)).await.unwrap());
    assert!(!account.save_alert_settings(&record, &traces(2)).await.unwrap(), "somebody was faster");
    assert_eq!(account.alert_settings().await.unwrap(), AlertSettingsRecord { settings, version: 1 });
    let log = account.audit_log(&AuditFilter::default(), page(10, None)).await.unwrap().unwrap();
    assert_eq!(log.items.iter().map(|it| it.id).collect::<Vec<_>>(), [id(1)]);
}

#[tokio::test]
async fn b03_each_person_has_preferences_of_their_own() {
    let world = World::new().await;
    let account = &world.account;
    let [ann, ben] = world.users();
    let channels = AlertChannels { new_sign_in: QUIET, ..AlertChannels::default() };
    let record = AlertPreferencesRecord { channels, version: 0 };
    assert!(account.save_alert_preferences(ann, &record, &traces(1)).await.unwrap());
    assert!(!account.save_alert_preferences(ann, &record, &traces(2)).await.unwrap());
    assert_eq!(account.alert_preferences(ann).await.unwrap().channels, channels);
    assert_eq!(account.alert_preferences(ben).await.unwrap(), AlertPreferencesRecord::default());
    let of_both = account.alert_preferences_of(&[ann, ben]).await.unwrap();
    assert_eq!(of_both.into_iter().collect::<Vec<_>>(), [(ann, channels)]);
    assert!(account.alert_preferences_of(&[]).await.unwrap().is_empty());
    assert!(world.store.account(id(2)).alert_preferences_of(&[ann]).await.unwrap().is_empty());
}

#[tokio::test]
async fn b03_an_alert_is_gone_on_with_until_everybody_was_told_and_then_rests() {
    let world = World::new().await;
    let account = &world.account;
    let name = account.alert_name(&[b"low", b"100"]);
    let begin = |millis| account.begin_alert(name, at(millis), PAUSE);
    assert_eq!(begin(1).await.unwrap(), Some(at(1)));
    assert_eq!(begin(500).await.unwrap(), Some(at(1)), "who was interrupted goes on with the same");
    account.alert_given(name, at(1)).await.unwrap();
    assert_eq!(begin(100).await.unwrap(), None, "lately");
    assert_eq!(begin(101).await.unwrap(), Some(at(101)));
    account.alert_given(name, at(1)).await.unwrap();
    assert_eq!(begin(102).await.unwrap(), Some(at(101)), "the earlier one being given says nothing");
    let other = account.alert_name(&[b"low", b"10"]);
    assert_eq!(account.begin_alert(other, at(102), PAUSE).await.unwrap(), Some(at(102)));
    assert_ne!(world.store.account(id(2)).alert_name(&[b"low", b"100"]), name);
}

#[tokio::test]
async fn b03_a_failure_is_counted_once_in_its_hour_and_no_further_than_asked() {
    let world = World::new().await;
    let count = |hour, message: u64, max| {
        let message: MessageId = id(message);
        world.account.count_failure(at(hour), message, max)
    };
    assert_eq!(count(0, 1, 3).await.unwrap(), 1);
    assert_eq!(count(0, 1, 3).await.unwrap(), 1, "the same again");
    assert_eq!(count(0, 2, 3).await.unwrap(), 2);
    assert_eq!(count(3_600_000, 3, 3).await.unwrap(), 1, "another hour");
    assert_eq!(count(0, 3, 3).await.unwrap(), 3);
    assert_eq!(count(0, 4, 3).await.unwrap(), 3, "enough");
    assert_eq!(world.of_kind("failures").len(), 2);
}

#[tokio::test]
async fn b03_an_alert_in_the_alert_centre_is_one_for_each_alert_time_and_user() {
    let world = World::new().await;
    let account = &world.account;
    let alert = Alert::LowBalance { available: Credits::ZERO, threshold: Credits::from(10_u32) };
    let name = account.alert_name(&[b"low"]);
    let of = |name, millis, user| Notification::of_alert(alert.clone(), name, at(millis), id(user));
    let told = of(name, 1, 1);
    assert_eq!((told.kind, told.conversation), (NotificationKind::LowBalance, None));
    let others = [of(account.alert_name(&[b"other"]), 1, 1), of(name, 2, 1), of(name, 1, 2)];
    assert!(others.iter().all(|it| it.id != told.id) && of(name, 1, 1) == told);
    account.notify(id(1), told.clone()).await.unwrap();
    account.notify(id(1), told.clone()).await.unwrap();
    let found = account.notifications(id(1), page(10, None)).await.unwrap().unwrap();
    assert_eq!(found.items, [told]);
}

/// What the stream says of the changes since the world began.
fn changes(world: &World) -> Vec<Changed> {
    let records = world.dynamo.stream_records(None, 1_000).unwrap();
    let changed = records.iter().filter(|record| record["eventName"] == "MODIFY");
    let read = changed.map(|record| {
        let image = |name: &str| serde_json::from_value(record["dynamodb"][name].clone()).unwrap();
        stream::changed(image("OldImage"), image("NewImage")).unwrap()
    });
    read.flatten().collect()
}

#[tokio::test]
async fn the_stream_tells_of_balances_and_of_messages_that_fail_once() {
    let world = World::streaming().await;
    let sent = world.send(&customer(1), 1, at(5)).await;
    let claimed = world.claimed(&sent).await;
    let refused = Outcome::Refused(Failure { reason: Refusal::Account, code: None });
    let concluded = world.concluded(&claimed, refused).await;
    let (mut balances, mut failed) = (vec![], vec![]);
    for changed in changes(&world) {
        match changed {
            Changed::Balance(BalanceChange { before, after, .. }) => {
                balances.push((before.get(), after.get()));
            }
            Changed::Failed(account, message) => failed.push((account, message.id)),
        }
    }
    let full = u64::from(CREDITS);
    assert_eq!(balances.first(), Some(&(0, full)));
    assert!(balances.iter().any(|(before, after)| *before == full && after < before), "{balances:?}");
    assert_eq!(balances.last().unwrap().1, full);
    assert_eq!(failed, [(world.account.id(), concluded.id)]);
}

#[tokio::test]
async fn the_stream_tells_of_entries_of_the_audit_log() {
    let world = World::streaming().await;
    let entry = traces(1).audit.remove(0);
    world.account.put_audit(&entry).await.unwrap();
    let records = world.dynamo.stream_records(None, 1_000).unwrap();
    let image = records.last().unwrap()["dynamodb"]["NewImage"].clone();
    let added = stream::added(serde_json::from_value(image.clone()).unwrap()).unwrap();
    let Some(Added::Audit(account, found)) = added else { panic!("{added:?}") };
    assert_eq!((account, found), (world.account.id(), entry));
    let mut broken = image;
    broken["entry"] = json!({"S": "?"});
    assert!(stream::added(serde_json::from_value(broken).unwrap()).is_err());
}
