//! Every kind of write, with everything that may go wrong on its way: it is done once or not at all, and who asked can
//! tell. The snapshot says, for a client that repeats nothing and for one that repeats as in production, what is told.

use std::{
    collections::BTreeSet,
    fmt::{Debug, Write as _},
};

use domain::{
    access::Role,
    consent::{OptOut, OptOutSource},
    conversation::{Conversation, Snooze},
    message::{Claim, Delivery, Failure, Message, Outcome, Refusal},
    news::News,
    notify::Loudness,
    timeline::{Actor, ConversationEvent, Entry, EntryContent},
};
use engines::faults::Fault;
use serde_json::Value;
use storage::{AccountStore, Notification, StoredAnswer, TopUp, Traces};

use crate::{
    orders::order,
    steps::{act, inbound, outbound, reference},
    sub_accounts::{allocation, opened, sub_account},
    support::{
        World, account, at, bought, credits, customer, gateway, id, session, sign_up, update, user, uuid,
        with_password,
    },
};

/// What there is before the write.
struct Before {
    world: World,
    conversation: Conversation,
    queued: Message,
    claimed: Message,
    notification: Notification,
    sub: AccountStore,
}

const KEY: [u8; 32] = [1; 32];
const BODY: [u8; 32] = [2; 32];

fn notification(n: u64) -> Notification {
    let content =
        EntryContent::Event { id: id(1), event: ConversationEvent::Completed, actor: Actor::System };
    let entry = Entry { sequence: n, at: at(1), content };
    Notification::about(&entry, id(5), id(1), News::Assigned, Loudness::Loud)
}

impl Before {
    async fn new(retrying: bool) -> Self {
        let world = if retrying { World::retrying().await } else { World::new().await };
        world.receive(&customer(1), "SM1", at(1)).await;
        let queued = world.send(&customer(1), 1, at(2)).await;
        let other = world.send(&customer(1), 2, at(3)).await;
        let claimed = world.claimed(&other).await;
        let second = user(&account(1), 3, [Role::AccountManager]);
        world.account.add_user(&with_password(&second), &Traces::default()).await.unwrap();
        let notification = world.account.notify(id(1), notification(1)).await.unwrap();
        world.account.idempotency_begin(KEY, BODY, at(0), at(10), at(100)).await.unwrap();
        let conversation = world.find(&customer(1)).await.unwrap();
        let sub = opened(&world, 20).await;
        sub.top_up(bought(20, 1, credits(50)), &Traces::default()).await.unwrap();
        world.account.add_order(&order(7), &Traces::default()).await.unwrap();
        Self { world, conversation, queued, claimed, notification, sub }
    }
}

/// The answer to whoever asked, in a word or two.
fn told<T: Debug, E: std::error::Error>(answer: Result<T, E>) -> String {
    match answer {
        Ok(answer) => {
            let text = format!("{answer:?}");
            let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            format!("ok {word}").trim_end().to_owned()
        }
        Err(error) => format!("error: {error}"),
    }
}

async fn concluded(before: &Before, outcome: Outcome) -> String {
    let step = before.claimed.delivery().unwrap().conclude(outcome, at(3), at(20)).unwrap();
    told(before.world.account.save_delivery(&before.claimed, step.delivery, step.credits).await)
}

/// Every kind of write.
const WRITES: [&str; 29] = [
    "sign up",
    "add a user",
    "add a manager",
    "save a session",
    "demote a manager",
    "add a gateway",
    "top up",
    "open a sub account",
    "allocate",
    "reclaim",
    "order credits",
    "cancel an order",
    "top up for an order",
    "receive a first message",
    "receive a message",
    "send a message",
    "assign",
    "snooze",
    "claim",
    "settle",
    "return",
    "opt out",
    "notify",
    "notify again",
    "pushed",
    "read a notification",
    "begin with a key",
    "complete a key",
    "release a key",
];

async fn write(name: &str, before: &Before) -> String {
    let Before { world, conversation, queued, notification, sub, .. } = before;
    let (account, store) = (&world.account, &world.store);
    match name {
        "sign up" => {
            let others = crate::support::account(9);
            told(store.sign_up(sign_up(&others, &user(&others, 9, []))).await)
        }
        "add a user" => {
            told(account.add_user(&with_password(&user(&self::account(1), 9, [])), &Traces::default()).await)
        }
        "add a manager" => {
            let manager = user(&self::account(1), 9, [Role::AccountManager]);
            told(account.add_user(&with_password(&manager), &Traces::default()).await)
        }
        "save a session" => {
            let mut record = account.user(id(1)).await.unwrap().unwrap();
            record.sessions.push(session(7));
            told(account.save_user(&record).await)
        }
        "demote a manager" => {
            let record = account.user(id(1)).await.unwrap().unwrap();
            let mut after = record.clone();
            after.user.roles.clear();
            told(account.change_user(update(&record, &after)).await)
        }
        "add a gateway" => {
            told(account.add_gateway(&gateway(account, 9, "+12015550109"), &Traces::default()).await)
        }
        "top up" => told(account.top_up(bought(9, 9, credits(5)), &Traces::default()).await),
        "open a sub account" => told(account.open_sub_account(sub_account(world, 21)).await),
        "allocate" => told(account.give(sub, allocation(1, credits(5), account, sub)).await),
        "reclaim" => told(sub.give(account, allocation(1, credits(5), sub, account)).await),
        "order credits" => told(account.add_order(&order(8), &Traces::default()).await),
        "cancel an order" => told(account.cancel_order(id(7), at(9), &Traces::default()).await),
        "top up for an order" => {
            let top_up = TopUp { order: Some(id(7)), ..bought(9, 9, credits(40)) };
            told(account.top_up(top_up, &Traces::default()).await)
        }
        "receive a first message" => {
            told(account.change(inbound(world, None, &customer(2), "SM9", "Hi", at(9))).await)
        }
        "receive a message" => {
            told(account.change(inbound(world, Some(conversation), &customer(1), "SM9", "Hi", at(9))).await)
        }
        "send a message" => {
            told(account.change(outbound(world, Some(conversation), &customer(1), id(9), "Hi", at(9))).await)
        }
        "assign" => {
            let change = act(conversation, at(9), |it| it.assign(id(2)).unwrap()).unwrap();
            told(account.change(change).await)
        }
        "snooze" => {
            let snooze = Snooze { until: at(99), wakes_on_reply: true };
            let change = act(conversation, at(9), |it| it.snooze(snooze).unwrap()).unwrap();
            told(account.change(change).await)
        }
        "claim" => {
            let Claim::Send(claim) = queued.delivery().unwrap().claim(at(9), uuid(1)) else {
                panic!("not free")
            };
            told(account.save_delivery(queued, claim, None).await)
        }
        "settle" => concluded(before, Outcome::Accepted(reference("SM9"))).await,
        "return" => {
            let refused = Failure { reason: Refusal::Blocked, code: None };
            concluded(before, Outcome::Refused(refused)).await
        }
        "opt out" => {
            let opt_out = OptOut { since: at(9), source: OptOutSource::Carrier };
            told(account.opt_out(&customer(1), opt_out).await)
        }
        "notify" => told(account.notify(id(1), self::notification(9)).await),
        "notify again" => told(account.notify(id(1), notification.clone()).await),
        "pushed" => told(account.pushed(id(1), notification.id, &BTreeSet::new(), true).await),
        "read a notification" => told(account.read_notification(id(1), notification.id).await),
        "begin with a key" => told(account.idempotency_begin([9; 32], BODY, at(0), at(10), at(100)).await),
        "complete a key" => {
            let answer = StoredAnswer { status: 201, body: "{}".into() };
            told(account.idempotency_complete(KEY, &answer).await)
        }
        "release a key" => told(account.idempotency_release(KEY).await),
        other => panic!("{other} is no write"),
    }
}

/// The operation that writes, which is the one that suffers: some steps read first.
fn operation(name: &str) -> &'static str {
    match name {
        "save a session" | "claim" | "notify" | "notify again" => "PutItem",
        "opt out" | "pushed" | "read a notification" | "complete a key" => "UpdateItem",
        "release a key" => "DeleteItem",
        _ => "TransactWriteItems",
    }
}

/// The table before the write, and after it when nothing goes wrong.
async fn expected(name: &str) -> (Vec<Value>, Vec<Value>, String) {
    let before = Before::new(false).await;
    let old = before.world.items();
    let answer = write(name, &before).await;
    assert!(answer.starts_with("ok"), "{name}: {answer}");
    (old, before.world.items(), answer)
}

#[tokio::test(start_paused = true)]
async fn a_write_is_done_once_or_not_at_all_whatever_goes_wrong() {
    let mut story = String::new();
    for name in WRITES {
        let (old, new, answer) = expected(name).await;
        let changes = old != new;
        writeln!(story, "{name}: {answer}{}", if changes { "" } else { ", changes nothing" }).unwrap();
        for fault in [Fault::LostRequest, Fault::Throttled, Fault::TransactionConflict, Fault::LostResponse] {
            if fault == Fault::TransactionConflict && operation(name) != "TransactWriteItems" {
                continue;
            }
            for retrying in [false, true] {
                let before = Before::new(retrying).await;
                before.world.dynamo.faults().push_next_for(operation(name), fault);
                let told = write(name, &before).await;
                assert_eq!(before.world.dynamo.faults().pending(), 0, "{name} {fault:?}");
                let now = before.world.items();
                let done = now == new && changes;
                assert!(done || now == old, "{name} {fault:?}: half written");
                assert!(
                    done || !changes || told.starts_with("error"),
                    "{name} {fault:?}: lost without a word"
                );
                assert!(!retrying || done || !changes, "{name} {fault:?}: not done although repeated");
                let who = if retrying { "repeated" } else { "once" };
                let what = if done { "done" } else { "not done" };
                writeln!(story, "    {fault:?}, {who}: {told} ({what})").unwrap();
            }
        }
    }
    insta::assert_snapshot!(story);
}

/// Whoever is told "not now" after a message was accepted asks again, and hears that it was.
#[tokio::test(start_paused = true)]
async fn i01_i02_a_message_whose_answer_was_lost_is_found_when_it_is_repeated() {
    let before = Before::new(false).await;
    let (world, conversation) = (&before.world, &before.conversation);
    world.dynamo.faults().push_next(Fault::LostResponse);
    let change = inbound(world, Some(conversation), &customer(1), "SM9", "Hi", at(9));
    world.account.change(change.clone()).await.unwrap_err();
    let again = world.account.change(change).await.unwrap_err();
    assert!(matches!(again, storage::ChangeError::Accepted(record) if record.at == at(9)));
}

/// A worker whose claim was stored while its answer got lost finds its own name in the lease.
#[tokio::test(start_paused = true)]
async fn i04_a_claim_whose_answer_was_lost_is_recognised_by_its_holder() {
    for retrying in [false, true] {
        let before = Before::new(retrying).await;
        let (world, queued) = (&before.world, &before.queued);
        let Claim::Send(claim) = queued.delivery().unwrap().claim(at(9), uuid(42)) else {
            panic!("not free")
        };
        world.dynamo.faults().push_next_for("PutItem", Fault::LostResponse);
        world.account.save_delivery(queued, claim, None).await.unwrap_err();
        let stored = world.account.message_at(queued.conversation, queued.sequence).await.unwrap().unwrap();
        let lease = stored.delivery().and_then(|delivery: &Delivery| delivery.lease).unwrap();
        assert_eq!(lease.holder, uuid(42));
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_down_is_an_error_of_every_read_and_write() {
    let before = Before::new(true).await;
    before.world.dynamo.faults().set_down(true);
    let old = before.world.items();
    for name in WRITES.into_iter().filter(|name| !["save a session", "demote a manager"].contains(name)) {
        let told = write(name, &before).await;
        assert!(told.starts_with("error"), "{name}: {told}");
    }
    assert!(before.world.account.user(id(1)).await.is_err());
    assert!(before.world.account.balance().await.is_err());
    assert!(before.world.store.due_wakes(at(0), 1).await.is_err());
    assert_eq!(before.world.items(), old);
}
