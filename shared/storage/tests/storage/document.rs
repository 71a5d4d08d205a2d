//! `docs/table.md` is what the code says, and what it says is what lies in the table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use domain::{
    access::Rights,
    audit::{AuditAction, AuditActor, AuditEntry},
    conversation::Snooze,
    gateway::Priority,
    mail::{Letter, Mail},
    message::{Failure, Outcome, Refusal},
    timeline::{Actor, ConversationEvent, Entry, EntryContent},
};
use jiff::SignedDuration;
use serde_json::Value;
use storage::{
    AlertPreferencesRecord, AlertSettingsRecord, ApiKey, Departure, KeywordUse, Notification, SaveUser,
    Traces, UserUpdate,
};

use crate::support::{World, at, customer, id, update};
use crate::{inbox, lists_of_contacts};

#[test]
fn the_document_of_the_table_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/table.md");
    let text = storage::table::document();
    if std::env::vars_os().any(|(name, _)| name == "UPDATE") {
        std::fs::write(&path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == text,
        "docs/table.md is not what the code says; `UPDATE=1 cargo test -p storage` writes it"
    );
}

#[test]
fn the_definition_of_the_table_is_known() {
    insta::assert_json_snapshot!(storage::table::definition("textdesk"));
}

/// A world in which there is an item of every kind, in every place that it can have.
async fn everything() -> World {
    let world = World::new().await;
    let account = &world.account;
    world.receive(&customer(1), "SM1", at(1)).await;
    let assigned = world.receive(&customer(2), "SM2", at(2)).await;
    world.act(&assigned, at(3), |it| it.assign(world.colleague.id).unwrap()).await;
    let pace = 1.try_into().unwrap();
    for _ in 0..3 {
        world.store.take_turn(id(1), pace, 1, Priority::Interactive, at(1)).await.unwrap();
    }
    let asleep = world.receive(&customer(3), "SM3", at(3)).await;
    let snooze = Snooze { until: at(99), wakes_on_reply: true };
    world.act(&asleep, at(4), |it| it.snooze(snooze).unwrap()).await;
    crate::scheduled::scheduled(&world, 70, 99).await;
    let queued = world.send(&customer(1), 1, at(5)).await;
    let claimed = world.claimed(&queued).await;
    world.concluded(&claimed, Outcome::Refused(Failure { reason: Refusal::Other, code: None })).await;
    world.send(&customer(1), 2, at(6)).await;
    let content =
        EntryContent::Event { id: id(1), event: ConversationEvent::Completed, actor: Actor::System };
    let entry = Entry { sequence: 1, at: at(1), content };
    let told = Notification::about(
        &entry,
        assigned.id,
        id(1),
        domain::news::News::Assigned,
        domain::notify::Loudness::Loud,
    );
    account.notify(id(1), told).await.unwrap();
    told_and_read(account, assigned.id).await;
    inbox::left(&world, &assigned).await;
    account.idempotency_begin([1; 32], [1; 32], at(0), at(1), at(2)).await.unwrap();
    crate::sub_accounts::opened(&world, 20).await;
    account.add_order(&crate::orders::order(1), &Traces::default()).await.unwrap();
    let nobody = "nobody@example.com".parse().unwrap();
    world.store.count_try(&nobody, at(1)).await.unwrap().unwrap();
    world.store.write_decoy(&nobody, at(1)).await.unwrap();
    let to = "ann@example.com".parse().unwrap();
    account.put_mail(&Mail { id: id(1), to, at: at(1), letter: Letter::PasswordChanged }).await.unwrap();
    administered(&world).await;
    marketed(&world).await;
    crate::contacts::known(&world).await;
    account.save_alert_settings(&AlertSettingsRecord::default(), &Traces::default()).await.unwrap();
    let preferences = AlertPreferencesRecord::default();
    account.save_alert_preferences(id(1), &preferences, &Traces::default()).await.unwrap();
    account.begin_alert(account.alert_name(&[b"low"]), at(1), SignedDuration::from_hours(1)).await.unwrap();
    account.count_failure(at(0), id(1), 9).await.unwrap();
    world.store.keep_unknown_event(world.gateway.id, "x", b"{}", at(1)).await.unwrap();
    world
}

/// What administering leaves: an API key, an entry of the audit log, somebody who leaves.
async fn administered(world: &World) {
    let key = ApiKey {
        id: id(1),
        name: "Booking".parse().unwrap(),
        made_by: world.manager.id,
        scopes: Rights::default(),
        secret_sha256: "5".repeat(64),
        created_at: at(1),
        expires_at: None,
        last_used_at: None,
    };
    let entry = AuditEntry {
        id: id(1),
        at: at(1),
        actor: AuditActor::Operator,
        address: None,
        action: AuditAction::ApiKeyCreated,
        object: "object".into(),
        before: Value::Null,
        after: Value::Null,
    };
    world.account.add_api_key(&key, &entry.into()).await.unwrap();
    let before = world.account.user(world.colleague.id).await.unwrap().unwrap();
    let departure = Departure { user: before.user.id, successor: None, by: world.manager.id, at: at(2) };
    let leaving = UserUpdate { departure: Some(departure), ..update(&before, &before) };
    assert_eq!(world.account.change_user(leaving).await.unwrap(), SaveUser::Saved);
}

/// What templates, lists and keywords leave.
async fn marketed(world: &World) {
    let account = &world.account;
    account.save_template(&lists_of_contacts::template(1), &[]).await.unwrap();
    for n in 1..=2 {
        account.save_contact_list(&lists_of_contacts::list(n), &[]).await.unwrap();
    }
    account.save_keyword(&lists_of_contacts::keyword(account, "join", 1, Some(1)), &[]).await.unwrap();
    let contact = world.receive(&customer(9), "SM9", at(1)).await.contact;
    let text = KeywordUse { message: id(5), keyword: id(6), list: id(1), contact, at: at(5) };
    account.use_keyword(&text).await.unwrap();
    let unused = account.contact_list(id(2)).await.unwrap().unwrap();
    account.remove_contact_list(&unused, at(3), &[]).await.unwrap();
}

/// A part of a key as the document writes it, as far as one can tell from the part alone.
fn placeholder(part: &str) -> String {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let name = match part {
        "inbox" | "snoozed" | "completed" | "archived" => "folder",
        "{activity}" | "{due}" | "{until}" => "time",
        "unassigned" | "{audience}" => "user",
        "{parent}" => "account",
        "operator" | "{actor}" => "actor",
        "object" | "{object}" => "object",
        _ if part.starts_with('+') => "E.164",
        _ if part.len() == 64 => "SHA-256",
        _ if part.len() == 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit()) => "id",
        _ if part.len() == 13 && digits(part) => "time",
        _ if part.len() == 12 && digits(part) => "sequence",
        _ if part.len() == 8 && digits(part) => "number",
        _ if part.len() == 1 && digits(part) => "shard",
        _ if part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit()) => "hash",
        _ if part.parse::<jiff::civil::Date>().is_ok() => "day",
        "{version}" => "sequence",
        "{nonce}" => "id",
        inbox::CONNECTION => "connection",
        inbox::TERM_BEGINS => "first two characters, hex",
        inbox::TERM => "term, hex",
        _ => match part.split_once('_').filter(|(_, hex)| hex.len() == 32).map(|(prefix, _)| prefix) {
            Some("acc") => "account",
            Some("usr") => "user",
            Some("gwy") => "gateway",
            Some("con") => "contact",
            Some("cnv") => "conversation",
            Some("msg") => "message",
            Some("ntf") => "notification",
            Some("led" | "aud") => "entry",
            Some("key") => "api_key",
            Some("mai") => "mail",
            Some("ord") => "order",
            Some("tpl") => "template",
            Some("lst") => "list",
            Some("kwd") => "keyword",
            Some("atm") => "automation",
            Some("evt") => "event",
            Some("tag") => "tag",
            Some("med") => "media",
            Some("qrp") => "reply",
            Some("viw") => "view",
            Some("job") => "job",
            _ => return part.to_owned(),
        },
    };
    format!("{{{name}}}")
}

fn shape(key: &str) -> String {
    let mut parts = Vec::<String>::new();
    for part in key.split('#') {
        // Behind a gateway or a tag stands a shelf, behind an audience a folder.
        let group = parts.last().is_some_and(|before| before == "{gateway}" || before == "{tag}");
        let shelf = group && ["unread", "read", "snoozed", "completed", "archived"].contains(&part);
        parts.push(if shelf { "{shelf}".into() } else { placeholder(part) });
    }
    parts.join("#")
}

/// The places that a cell of the document names, the usual one first: one or several `pk`, a stroke, one or several `sk`,
/// perhaps when it is there, and behind a semicolon where else it lies.
fn places(cell: &str) -> Vec<String> {
    let spans = |text: &str| text.split('`').skip(1).step_by(2).map(shape).collect::<Vec<_>>();
    let first = cell.split(';').next().unwrap_or_default();
    let Some((pks, sks)) = first.split_once(" / ") else { return Vec::new() };
    let sks = spans(sks);
    spans(pks).iter().flat_map(|pk| sks.iter().map(move |sk| format!("{pk} / {sk}"))).collect()
}

/// The two keys of an item in the table or an index, in the document's words; empty if it is not there.
fn place(item: &Value, pk: &str, sk: &str) -> String {
    match (item[pk]["S"].as_str(), item[sk]["S"].as_str()) {
        (Some(pk), Some(sk)) => format!("{} / {}", shape(pk), shape(sk)),
        _ => String::new(),
    }
}

#[tokio::test]
async fn every_item_lies_where_the_document_says() {
    let document = storage::table::document();
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let rows: BTreeMap<&str, Vec<Vec<String>>> = rows
        .map(|row| {
            let columns: Vec<&str> = row.split('|').map(str::trim).collect();
            (columns[1].trim_matches('`'), columns[2..6].iter().map(|column| places(column)).collect())
        })
        .collect();
    let mut wrong = BTreeSet::new();
    let mut seen = BTreeMap::<String, BTreeSet<String>>::new();
    for item in everything().await.items() {
        let kind = item["_t"]["S"].as_str().unwrap();
        let row = rows.get(kind).unwrap_or_else(|| panic!("{kind} is not in the document"));
        let keys = [("pk", "sk"), ("g1pk", "g1sk"), ("g2pk", "g2sk"), ("g3pk", "g3sk")];
        for ((pk, sk), said) in keys.into_iter().zip(row) {
            let lies = place(&item, pk, sk);
            if !lies.is_empty() && !said.contains(&lies) {
                wrong.insert(format!("{kind} lies at {lies}, not at {said:?}"));
            }
            seen.entry(kind.to_owned()).or_default().insert(lies);
        }
    }
    for (kind, said) in rows {
        let lies = seen.remove(kind).unwrap_or_default();
        for usual in said.iter().filter_map(|places| places.first()).filter(|usual| !lies.contains(*usual)) {
            wrong.insert(format!("{kind} lies at {lies:?}, never at {usual}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A person with a device, a digest, and a mark of their own, in an account that is being taken over.
async fn told_and_read(account: &storage::AccountStore, conversation: domain::id::ConversationId) {
    let digest = storage::DueDigest { due: at(2), since: at(1) };
    account.save_news(id(1), &storage::NewsRecord::default(), Some(digest)).await.unwrap();
    let endpoint = domain::push::PushEndpoint {
        id: id(1),
        platform: domain::push::PushPlatform::Fcm,
        name: "Telephone".to_owned().try_into().unwrap(),
        address: "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/textdesk/1".into(),
        token_sha256: "ab12".repeat(16),
        session: id(1),
        added_at: at(1),
        refreshed_at: at(1),
        disabled_since: None,
    };
    let change = storage::PushEndpointsChange {
        user: id(1),
        taken: Some((endpoint.token_sha256.clone(), endpoint.id)),
        after: storage::PushEndpointsRecord { endpoints: vec![endpoint], version: 0 },
        released: Vec::new(),
        loser: None,
    };
    assert!(account.change_push_endpoints(&change).await.unwrap());
    let mut marks = account.read_marks(conversation, &[id(1)], at(1)).await.unwrap();
    let mark = marks.first_mut().unwrap();
    mark.mark.arrived(1);
    mark.place.pile = Some(domain::read_marks::Pile::Mine);
    assert!(account.save_read_mark(mark, at(1)).await.unwrap());
    let before = account.account_record().await.unwrap().unwrap();
    let update = storage::AccountUpdate {
        before: &before,
        after: before.account.clone(),
        policy: None,
        read_state: storage::ReadStateChange::Individual(at(1)),
        traces: Vec::new(),
    };
    assert!(account.change_settings(update).await.unwrap());
}
