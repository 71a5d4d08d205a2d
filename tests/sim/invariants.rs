//! What must hold whatever happened: read off the table itself, behind the product's back.

use std::collections::{BTreeMap, BTreeSet};

use domain::{id::MessageId, message::Status};
use serde_json::Value;
use testkit::{INGEST, INGEST_DEAD, SENDS, SENDS_DEAD, World};

use crate::story::{Memory, Story, arrived, keywords::KEYWORD};

fn text<'a>(item: &'a Value, path: &str) -> &'a str {
    item.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn number(item: &Value, path: &str) -> i64 {
    text(item, path).parse().unwrap_or_default()
}

fn of_kind<'a>(items: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    items.iter().filter(move |item| text(item, "/_t/S") == kind)
}

fn account(item: &Value) -> &str {
    text(item, "/pk/S").split('#').next().unwrap_or_default()
}

/// The delivery of an outbound message's entry, as the table has it.
fn delivery(entry: &Value) -> Option<&Value> {
    entry.pointer("/message/M/delivery/M")
}

fn rank(status: &str) -> u8 {
    serde_json::from_value::<Status>(Value::from(status)).expect("a known status").rank()
}

/// What holds after every step.
pub(crate) fn always(world: &World, memory: &mut Memory) {
    let items = world.items();
    statuses_never_fall(&items, memory);
    credits_are_conserved(&items);
    tenants_are_apart(&items);
    lists_agree_with_conversations(&items);
    inbound_messages_are_unique(&items);
    nobody_is_texted_after_opting_out(world, &items, memory);
    for entry in of_kind(&items, "entry").filter(|entry| delivery(entry).is_some()) {
        let message = text(entry, "/message/M/id/S").parse().unwrap();
        assert!(arrived(world, message) <= 1, "I04: {message} reached the phone twice");
    }
}

/// I06.
fn statuses_never_fall(items: &[Value], memory: &mut Memory) {
    for entry in of_kind(items, "entry") {
        let Some(delivery) = delivery(entry) else { continue };
        let rank = rank(text(delivery, "/status/S"));
        let before = memory.ranks.insert(text(entry, "/message/M/id/S").to_owned(), rank).unwrap_or_default();
        assert!(rank >= before, "I06: a status fell from rank {before} to {rank}");
    }
}

/// I05: balance = ledger = granted - held - spent, what is held belongs to messages on their way, and what a master and its
/// sub account have been granted together is what was bought.
fn credits_are_conserved(items: &[Value]) {
    let (mut granted_to_all, mut bought) = (0, 0);
    for balance in of_kind(items, "balance") {
        let account = account(balance);
        let mine = |kind| of_kind(items, kind).filter(|item| self::account(item) == account);
        let (available, held, spent) =
            (number(balance, "/available/N"), number(balance, "/held/N"), number(balance, "/spent/N"));
        assert!(available >= 0 && held >= 0 && spent >= 0, "I05: below zero");
        let mut granted = 0;
        let mut returned = 0;
        for line in mine("ledger_entry") {
            bought += number(line, "/entry/M/top_up/M/amount/N");
            granted += number(line, "/entry/M/top_up/M/amount/N") + transferred(line);
            returned += number(line, "/entry/M/return/M/amount/N");
        }
        granted_to_all += granted;
        let charged: i64 = mine("message").map(|record| number(record, "/credits/N")).sum();
        assert_eq!(available, granted + returned - charged, "I05: the balance is not the sum of the ledger");
        assert_eq!(available + held + spent, granted, "I05: credits were made or lost");
        assert_eq!(number(balance, "/granted/N"), granted, "I05: what was granted is not known");
        let mut by_charge: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for delivery in mine("entry").filter_map(delivery) {
            let (messages, credits) = by_charge.entry(text(delivery, "/charge/S")).or_default();
            (*messages, *credits) = (*messages + 1, *credits + number(delivery, "/credits/N"));
        }
        let by_charge = |charge: &str| by_charge.get(charge).copied().unwrap_or_default();
        assert_eq!(by_charge("held").1, held, "I05: held for no message");
        assert_eq!(by_charge("settled").1, spent, "I05: spent for no message");
        assert_eq!(used(balance), by_charge("settled"), "I13: the months count something else");
    }
    assert_eq!(granted_to_all, bought, "I05: an allocation made or lost credits");
}

/// What a line about credits between two accounts did to its own.
fn transferred(line: &Value) -> i64 {
    let amount = number(line, "/entry/M/transfer/M/amount/N");
    match text(line, "/entry/M/transfer/M/transfer/S") {
        "allocation_out" | "reclaim_out" => -amount,
        _ => amount,
    }
}

/// What the months of a balance add up to: messages and credits.
fn used(balance: &Value) -> (i64, i64) {
    let sum = |prefix: &str| {
        let months = balance.as_object().unwrap().iter().filter(|(name, _)| name.starts_with(prefix));
        months.map(|(_, value)| number(value, "/N")).sum()
    };
    (sum("sent_"), sum("spent_"))
}

/// I09: no item names two accounts, but for what is between a master and its sub account: whose it is, credits that went
/// from one to the other, and what the master did in the logs.
fn tenants_are_apart(items: &[Value]) {
    for item in
        items.iter().filter(|item| !["account", "ledger_entry", "audit"].contains(&text(item, "/_t/S")))
    {
        let json = item.to_string();
        let accounts: BTreeSet<&str> = json.match_indices("acc_").map(|(at, _)| &json[at..at + 36]).collect();
        assert!(accounts.len() <= 1, "I09: an item names two accounts: {}", text(item, "/_t/S"));
    }
}

/// I03, I13: one conversation for each number and gateway; every list has exactly its conversations, as they are.
fn lists_agree_with_conversations(items: &[Value]) {
    let mut threads = BTreeSet::new();
    let mut expected = BTreeMap::new();
    for conversation in of_kind(items, "conversation") {
        let (gateway, contact) = (text(conversation, "/gateway/S"), text(conversation, "/contact_number/S"));
        assert!(threads.insert((account(conversation), gateway, contact)), "I03: a second conversation");
        let mut audiences: Vec<&str> = conversation["assignees"]["L"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["S"].as_str().unwrap())
            .collect();
        if audiences.is_empty() {
            audiences.push("unassigned");
        }
        for audience in audiences {
            expected.insert((text(conversation, "/pk/S"), format!("list#{audience}")), conversation);
        }
        check_indexed(conversation, "everyone");
    }
    let mut listed = 0;
    for entry in of_kind(items, "list_entry") {
        let (pk, sk) = (text(entry, "/pk/S"), text(entry, "/sk/S"));
        let original =
            expected.get(&(pk, sk.to_owned())).expect("I13: an entry in a list it does not belong to");
        for field in
            ["version", "unread", "state", "last_activity_at", "snoozed_until", "assignees", "preview"]
        {
            assert_eq!(entry[field], original[field], "I13: {field} of a list entry differs");
        }
        check_indexed(entry, sk.trim_start_matches("list#"));
        listed += 1;
    }
    assert_eq!(listed, expected.len(), "I13: a list lacks a conversation");
}

/// The index keys are those of the state: what a recount would find is what the index counts.
fn check_indexed(item: &Value, audience: &str) {
    let folder =
        match (text(item, "/state/S"), item.get("snoozed_until").is_some_and(|it| it.get("N").is_some())) {
            ("open", false) => "inbox",
            ("open", true) => "snoozed",
            (state, _) => state,
        };
    let account = account(item);
    assert_eq!(text(item, "/g1pk/S"), format!("{account}#{audience}#{folder}"), "I13: in the wrong folder");
    let unread = folder == "inbox" && number(item, "/unread/N") > 0;
    let indexed = text(item, "/g2pk/S") == format!("{account}#{audience}#unread");
    assert_eq!(indexed, unread, "I13: the badge counts something else");
}

/// I02.
fn inbound_messages_are_unique(items: &[Value]) {
    let mut seen = BTreeSet::new();
    for entry in of_kind(items, "entry") {
        let reference = text(entry, "/message/M/inbound/M/reference/S");
        assert!(reference.is_empty() || seen.insert(reference), "I02: an inbound message is there twice");
    }
}

/// What holds when the faults have stopped and nothing is left to do.
pub(crate) fn at_rest(story: &mut Story) {
    let items = story.world.items();
    nothing_waits(&story.world);
    no_acknowledged_message_is_lost(story, &items);
    every_send_has_ended(story, &items);
    every_move_was_made_once(story, &items);
    order_is_kept(story, &items);
    everybody_was_told_once(story, &items);
    every_keyword_counted_once(story, &items);
    for delivery in of_kind(&items, "entry").filter_map(delivery) {
        story.memory.mark(format!("status: {}", text(delivery, "/status/S")));
        story.memory.mark(format!("failure: {}", text(delivery, "/failure/M/reason/S")));
        story.memory.mark(format!("attempts: {}", text(delivery, "/attempts/N")));
    }
    for entry in of_kind(&items, "entry") {
        story.memory.mark(format!("entry: {}", text(entry, "/kind/S")));
    }
    for fault in story.world.dynamo.faults().injected() {
        let fault = format!("{:?}", fault.fault);
        story.memory.mark(format!("fault: {}", fault.split('(').next().unwrap_or_default()));
    }
}

fn nothing_waits(world: &World) {
    assert_eq!(world.stream_records(1), Vec::<Value>::new());
    for queue in [SENDS, SENDS_DEAD, INGEST, INGEST_DEAD] {
        assert_eq!(world.sqs.bodies(queue).unwrap(), Vec::<String>::new(), "{queue} is not empty");
    }
}

/// I01.
fn no_acknowledged_message_is_lost(story: &Story, items: &[Value]) {
    let stored: BTreeSet<&str> =
        of_kind(items, "entry").map(|entry| text(entry, "/message/M/inbound/M/reference/S")).collect();
    for reference in &story.memory.acknowledged {
        assert!(stored.contains(reference.as_str()), "I01: an acknowledged message is lost");
    }
}

/// I04.
fn every_send_has_ended(story: &Story, items: &[Value]) {
    let entries: BTreeMap<&str, &Value> =
        of_kind(items, "entry").map(|entry| (text(entry, "/message/M/id/S"), entry)).collect();
    for (wish, accepted) in story.accepted() {
        let id = accepted.message.to_string();
        let entry = entries.get(id.as_str()).expect("I04: an accepted message is lost");
        assert_eq!(account(entry), story.staff[wish.business][0].account.to_string());
        let status = text(delivery(entry).unwrap(), "/status/S");
        assert!(rank(status) >= Status::Sent.rank(), "I04: {status} is no end");
        let arrived = arrived(&story.world, accepted.message);
        if status == "delivered" {
            assert_eq!(arrived, 1, "I04: delivered, but on no phone");
        }
    }
    for balance in of_kind(items, "balance") {
        assert_eq!(number(balance, "/held/N"), 0, "I04: credits are still held");
    }
}

/// I12, X15: each move that was answered with success is a line in both ledgers, and there are no others.
fn every_move_was_made_once(story: &Story, items: &[Value]) {
    let first = 1; // Made when the sub account was opened.
    let made = story.moves.iter().filter(|it| matches!(it.answer, Some(Ok(_)))).count() + first;
    for people in &story.staff {
        let account = people[0].account.to_string();
        let lines = of_kind(items, "ledger_entry").filter(|line| self::account(line) == account);
        let moved = lines.filter(|line| number(line, "/entry/M/transfer/M/amount/N") > 0).count();
        assert_eq!(moved, made, "I12: credits were moved twice, or not at all");
    }
}

/// I08.
fn order_is_kept(story: &Story, items: &[Value]) {
    let places: BTreeMap<String, i64> = of_kind(items, "entry")
        .map(|entry| (text(entry, "/message/M/id/S").to_owned(), number(entry, "/sequence/N")))
        .collect();
    for business in &story.businesses {
        for phone in story.world.phones.phones() {
            let arrivals =
                story.world.phones.received(&phone.number, business.gateway.sender.number().unwrap());
            let order: Vec<i64> = arrivals.iter().map(|it| places[&it.message.to_string()]).collect();
            assert!(order.is_sorted(), "I08: messages arrived out of order: {order:?}");
        }
    }
}

/// I07: nothing is accepted for a number that stands as opted out, but at most one confirmation for each time that it said so. (An opt-out that the table could not take is dated from
/// its arrival, but counts from when it was applied.)
fn nobody_is_texted_after_opting_out(world: &World, items: &[Value], memory: &mut Memory) {
    let opted_out: BTreeSet<(&str, &str)> = of_kind(items, "number")
        .filter(|known| number(known, "/opted_out_at/N") > 0)
        .map(|known| (account(known), text(known, "/pk/S").rsplit('#').next().unwrap()))
        .collect();
    memory.opted_out.retain(|(account, number), _| opted_out.contains(&(account.as_str(), number.as_str())));
    for (account, number) in opted_out {
        memory
            .opted_out
            .entry((account.to_owned(), number.to_owned()))
            .or_insert(world.now().as_millisecond());
    }
    let mut confirmed = BTreeMap::<(String, String), usize>::new();
    for entry in of_kind(items, "entry") {
        let Some(delivery) = delivery(entry) else { continue };
        let key = (account(entry).to_owned(), text(delivery, "/to/S").to_owned());
        if delivery.pointer("/exempt_until/N").is_some() {
            *confirmed.entry(key).or_default() += 1;
            continue;
        }
        let since = memory.opted_out.get(&key).copied().unwrap_or(i64::MAX);
        assert!(number(entry, "/at/N") <= since, "I07: accepted for a number that had opted out");
    }
    for ((account, number), confirmations) in confirmed {
        let asked = of_kind(items, "entry").filter(|entry| {
            let consent = entry.pointer("/message/M/inbound/M/consent/M");
            self::account(entry) == account && consent.is_some_and(|it| text(it, "/wish/S") == "opt_out")
        });
        assert!(confirmations <= asked.count(), "I07: {number} was told more often than it asked");
    }
}

/// A06: whoever has texted the keyword is on the list, and each such text was answered once, or not at all if that could not
/// be (I15: and nothing else was).
fn every_keyword_counted_once(story: &mut Story, items: &[Value]) {
    let named = |item: &Value| text(item, "/pk/S").split('#').nth(1).unwrap_or_default().to_owned();
    let contacts: BTreeMap<String, &str> =
        of_kind(items, "conversation").map(|it| (named(it), text(it, "/contact/S"))).collect();
    let members: BTreeSet<(&str, &str)> =
        of_kind(items, "member").map(|it| (account(it), text(it, "/contact/S"))).collect();
    let uses: BTreeMap<String, &str> =
        of_kind(items, "keyword_use").map(|it| (named(it), text(it, "/answer/S"))).collect();
    let (mut expected, mut answers) = (BTreeSet::new(), Vec::new());
    for entry in of_kind(items, "entry") {
        let message = text(entry, "/message/M/id/S");
        if delivery(entry).is_some_and(|it| text(it, "/origin/S") == "notification") {
            answers.push(message.to_owned());
        }
        let is_inbound = entry.pointer("/message/M/inbound").is_some();
        if !is_inbound || text(entry, "/message/M/text/S") != KEYWORD {
            continue;
        }
        let answer = uses.get(message).expect("A06: a keyword was passed over");
        story.memory.mark(format!("keyword: {answer}"));
        assert_ne!(*answer, "open", "A06: a keyword still waits for its answer");
        let contact = contacts[&named(entry)];
        assert!(members.contains(&(account(entry), contact)), "A06: a sender is not on the list");
        if *answer == "sent" {
            let text: MessageId = message.parse().unwrap();
            expected.insert(MessageId::derive(&[b"keyword answer", text.uuid().as_bytes()]).to_string());
        }
    }
    // What is said about consent is answered once as well, or not at all if that could not be.
    let owed: BTreeSet<&str> = of_kind(items, "entry")
        .filter_map(|entry| entry.pointer("/message/M/inbound/M/consent/M/answer/S")?.as_str())
        .collect();
    let (about_consent, answers): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|it: &String| owed.contains(it.as_str()));
    let distinct: BTreeSet<_> = about_consent.iter().collect();
    assert_eq!(about_consent.len(), distinct.len(), "I07: something about consent was answered twice");
    story.memory.mark(format!("consent answered: {}", !about_consent.is_empty()));
    assert_eq!(answers.len(), expected.len(), "A06: a keyword was answered twice");
    assert_eq!(answers.into_iter().collect::<BTreeSet<_>>(), expected, "A06: answered was something else");
}

/// C10 to C12: exactly those who must be told are told, once each.
fn everybody_was_told_once(story: &Story, items: &[Value]) {
    use domain::notify::inbound_recipients;
    let mut expected = BTreeSet::new();
    for people in &story.staff {
        let viewers: Vec<_> = people.iter().map(app::Caller::viewer).collect();
        let account_id = people[0].account.to_string();
        for entry in of_kind(items, "entry").filter(|entry| account(entry) == account_id) {
            let Some(assignees) = entry.pointer("/message/M/inbound/M/assignees/L").and_then(Value::as_array)
            else {
                continue;
            };
            let assignees =
                assignees.iter().map(|user| user["S"].as_str().unwrap().parse().unwrap()).collect();
            for user in inbound_recipients(&assignees, &BTreeSet::new(), &viewers).into_keys() {
                let conversation = text(entry, "/conversation/S").to_owned();
                expected.insert((user.to_string(), conversation, number(entry, "/at/N")));
            }
        }
    }
    let mut told = Vec::new();
    for notification in of_kind(items, "notification") {
        if text(notification, "/kind/S") == "inbound_message" {
            let user = text(notification, "/pk/S").split('#').nth(1).unwrap().to_owned();
            told.push((
                user,
                text(notification, "/conversation/S").to_owned(),
                number(notification, "/at/N"),
            ));
        }
        // Alerts of the account are for the alert centre and e-mail; what customers and colleagues do is pushed.
        let pushed = notification["pushed"]["BOOL"] == true;
        let is_pushed = ["inbound_message", "assigned"].contains(&text(notification, "/kind/S"));
        assert!(pushed || !is_pushed, "a notification was never pushed");
    }
    let unique: BTreeSet<_> = told.iter().cloned().collect();
    assert_eq!(unique, expected, "C10 to C12: told are others than should be");
}
