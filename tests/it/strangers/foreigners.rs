//! People of another account: what is not theirs does not exist (X19, I09).

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Answer, Ask, House, Stage, Who, operations};

/// Everything by which the harbour could be recognised in an answer.
fn secrets_of(stage: &Stage) -> Vec<&str> {
    let harbour = &stage.harbour;
    vec![
        "Harbour",
        "sourdough",
        "croissants",
        "Clara",
        "Ben",
        "+12125550123",
        "+12125550124",
        &harbour.number,
        &harbour.account,
        &harbour.owner.id,
        &harbour.owner.email,
        &harbour.gateway,
        &stage.ben.id,
        &stage.ben.email,
        &stage.message,
        &stage.conversation,
        &stage.unassigned,
        &stage.notification,
        &stage.role,
        &stage.team,
        &stage.api_key,
        &stage.branch,
        &stage.order,
        &stage.contact,
        &stage.contact_list,
        &stage.template,
        &stage.keyword,
        &stage.quick_reply,
        &stage.view,
        &stage.automation,
        &stage.tag,
        &stage.note,
        &stage.other_contact,
        &stage.push_endpoint,
        &stage.import,
        &stage.export,
        &stage.job,
        "Pier of the Harbour",
        "Night shift",
        "Booking system",
    ]
}

#[track_caller]
fn says_nothing(stage: &Stage, answer: &Answer, but: &str) {
    for secret in secrets_of(stage).into_iter().filter(|secret| *secret != but) {
        assert!(!answer.text.contains(secret), "{secret} of another account in {answer:?}");
    }
}

#[tokio::test]
async fn x19_a_foreign_id_answers_exactly_as_an_unknown_one() {
    let stage = Stage::set().await;
    for stranger in [&stage.rival.owner, &stage.sibling, &stage.marina] {
        foreign_ids_are_unknown(&stage, &stranger.token).await;
    }
    stage.house.close().await;
}

/// For each parameter of each path: what is the harbour's and what is nobody's are answered alike.
async fn foreign_ids_are_unknown(stage: &Stage, stranger: &str) {
    let mut tried = 0;
    for operation in operations().into_iter().filter(|it| it.who == Who::User && !it.parameters().is_empty())
    {
        for parameter in operation.parameters() {
            let existing = stage.existing(&parameter);
            if !existing.contains('_') {
                // A name or a number within something that has an id.
                continue;
            }
            tried += 1;
            let unknown = format!("{}_{:032x}", &existing[..3], 7);
            let mut asks = vec![];
            for wrong in [existing, &unknown] {
                let path = operation.at(|name| {
                    if name == parameter { wrong.to_owned() } else { stage.existing(name).to_owned() }
                });
                let mut ask = stage.ask(&operation).by(stranger);
                ask.path = path;
                asks.push(ask);
            }
            let foreign = refused(&stage.house, asks.remove(0)).await;
            let nobodys = refused(&stage.house, asks.remove(0)).await;
            says_nothing(stage, &foreign, "");
            assert_eq!(foreign.comparable(), nobodys.comparable(), "{} {parameter}", operation.id);
            foreign.problem(404, "not-found");
        }
    }
    assert!(tried >= 40, "{tried}");
}

#[tokio::test]
async fn x19_a_colleague_cannot_be_assigned_from_another_account() {
    let stage = Stage::set().await;
    let path = format!("/v1/conversations/{}/assignees/{}", stage.conversation, stage.rival.owner.id);
    let ask = Ask::new("PUT", path).by(&stage.harbour.owner.token);
    refused(&stage.house, ask).await.problem(404, "not-found");
    stage.house.close().await;
}

#[tokio::test]
async fn x19_foreign_ids_in_bodies_and_queries_do_not_exist_either() {
    let stage = Stage::set().await;
    let (house, stranger) = (&stage.house, &stage.rival.owner.token);
    let unknown = |kind: &str| format!("{kind}_{:032x}", 7);
    let send = |body: Value| Ask::post("/v1/messages").by(stranger).json(&body);
    let cases = [
        (
            send(json!({"conversation_id": stage.conversation, "body": "x"})),
            send(json!({"conversation_id": unknown("cnv"), "body": "x"})),
        ),
        (
            send(json!({"to": "+12125550123", "gateway_id": stage.harbour.gateway, "body": "x"})),
            send(json!({"to": "+12125550123", "gateway_id": unknown("gwy"), "body": "x"})),
        ),
        (
            Ask::get(format!("/v1/conversations?user_id={}", stage.ben.id)).by(stranger),
            Ask::get(format!("/v1/conversations?user_id={}", unknown("usr"))).by(stranger),
        ),
        (
            Ask::get(format!("/v1/conversations/counts?user_id={}", stage.ben.id)).by(stranger),
            Ask::get(format!("/v1/conversations/counts?user_id={}", unknown("usr"))).by(stranger),
        ),
    ];
    for (foreign, nobodys) in cases {
        let before = house.table();
        let (foreign, nobodys) = (house.ask(foreign).await, house.ask(nobodys).await);
        assert_eq!(foreign.comparable(), nobodys.comparable());
        says_nothing(&stage, &foreign, "");
        assert_eq!(house.table(), before);
    }
    stage.house.close().await;
}

#[tokio::test]
async fn a03_i09_lists_show_nothing_of_another_account_not_even_of_a_sibling() {
    let stage = Stage::set().await;
    for stranger in [&stage.rival.owner, &stage.sibling] {
        lists_show_nothing(&stage, &stranger.token).await;
    }
    stage.house.close().await;
}

/// A master sees which sub accounts it has, and nothing that is in them.
#[tokio::test]
async fn a03_i09_a_master_sees_its_sub_account_but_nothing_in_it() {
    let stage = Stage::set().await;
    let known =
        ["Harbour", "Ben", &stage.harbour.account, &stage.harbour.owner.id, &stage.harbour.owner.email];
    for operation in operations() {
        if operation.method != "GET" || operation.who != Who::User || !operation.parameters().is_empty() {
            continue;
        }
        let answer = stage.house.get(&stage.marina.token, &stage.path(&operation)).await;
        for secret in secrets_of(&stage).into_iter().filter(|it| !known.contains(it)) {
            assert!(!answer.text.contains(secret), "{secret} of a sub account in {answer:?}");
        }
    }
    stage.house.close().await;
}

async fn lists_show_nothing(stage: &Stage, stranger: &str) {
    for operation in operations() {
        if operation.method != "GET" || operation.who != Who::User || !operation.parameters().is_empty() {
            continue;
        }
        // With a question about the harbour in it, where one has to be asked.
        let asked = stage.path(&operation);
        let answer = stage.house.get(stranger, &asked).await;
        let refuses = asked.contains("user_id=");
        assert!(answer.status == if refuses { 404 } else { 200 }, "{answer:?}");
        says_nothing(stage, &answer, "");
    }
    for view in ["all", "inbox", "unread", "unassigned", "assigned", "completed", "archived", "snoozed"] {
        let answer = stage.house.get(stranger, &format!("/v1/conversations?view={view}")).await;
        assert_eq!(answer.expect(200), json!({"data": [], "next_cursor": null}));
    }
}

/// What both businesses do with the same customer stays apart: two conversations, two balances, two consents.
#[tokio::test]
async fn i09_the_same_customer_of_two_businesses_is_two_customers() {
    let stage = Stage::set().await;
    let Stage { house, harbour, rival, .. } = &stage;
    let theirs = house.text_in("+12125550123", rival, "A flat white, please").await;
    assert_ne!(theirs["id"], stage.conversation.as_str());
    assert_ne!(
        theirs["contact"]["id"],
        house.conversation_with(&harbour.owner, "+12125550123").await["contact"]["id"]
    );
    house.text_in("+12125550123", rival, "STOP").await;
    let send = json!({"to": "+12125550123", "body": "Your order is ready"});
    let ask = Ask::post("/v1/messages").by(&rival.owner.token).json(&send);
    refused(house, ask).await.problem(403, "recipient-opted-out");
    house.send(&harbour.owner, &send).await;
    // Only the confirmation was charged, to whom they said it.
    assert_eq!(house.balance(&rival.owner).await, [99, 0, 1]);
    stage.house.close().await;
}

/// I12 within an account: the key of one user is not that of another, nor of another account.
#[tokio::test]
async fn i12_an_idempotency_key_of_somebody_else_is_free_for_me() {
    let house = House::open().await;
    let (one, two) = (house.business("One", 10).await, house.business("Two", 10).await);
    let ben = house.colleague(&one, &[], "all").await;
    let mut ids = vec![];
    for who in [&one.owner, &ben, &two.owner] {
        let body = json!({"to": "+12125550123", "body": "Hello"});
        let ask = Ask::post("/v1/messages").by(&who.token).key("the-same-key").json(&body);
        ids.push(house.ask(ask).await.expect(202)["id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
    house.settle().await;
    house.close().await;
}
