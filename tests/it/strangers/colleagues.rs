//! Colleagues: each may do what their roles and their access say, and is told which permission is missing.

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Person, Stage, Who, operations};

const CUSTOMER: &str = "+12125550123";
const OTHER_CUSTOMER: &str = "+12125550124";

/// The permission that each operation needs; `None`: everybody of the account may do it.
fn permission(operation: &str) -> Option<&'static str> {
    match operation {
        "me" | "sign_out" | "list_users" | "list_gateways" | "list_notifications" | "read_notification" => {
            None
        }
        "list_conversations"
        | "count_conversations"
        | "get_conversation"
        | "get_timeline"
        | "read_conversation"
        | "unread_conversation"
        | "snooze_conversation"
        | "unsnooze_conversation"
        | "complete_conversation"
        | "reopen_conversation"
        | "archive_conversation"
        | "unarchive_conversation"
        | "assign_conversation"
        | "unassign_conversation"
        | "send_message"
        | "preview_message"
        | "get_message" => Some("messages:manage"),
        "add_user" | "change_user" => Some("users:manage"),
        "add_gateway" => Some("gateways:manage"),
        "get_credits" | "list_ledger" => Some("credits:read"),
        other => panic!("{other} is new: say here which permission it needs"),
    }
}

async fn all_roles_but(stage: &Stage, missing: &str, access: &str) -> Person {
    let roles = [
        "account_manager",
        "analyze_manager",
        "communication_manager",
        "finance_data_manager",
        "integrations_manager",
        "people_manager",
    ];
    let others: Vec<_> = roles.into_iter().filter(|role| *role != missing).collect();
    stage.house.colleague(&stage.harbour, &others, access).await
}

#[tokio::test]
async fn x11_without_its_permission_an_operation_is_refused_and_the_permission_is_named() {
    let stage = Stage::set().await;
    // Each of them has every other right.
    let people = [
        ("messages:manage", all_roles_but(&stage, "", "none").await),
        ("users:manage", all_roles_but(&stage, "account_manager", "all").await),
        ("gateways:manage", all_roles_but(&stage, "integrations_manager", "all").await),
        ("credits:read", all_roles_but(&stage, "finance_data_manager", "all").await),
    ];
    let nobody = stage.house.colleague(&stage.harbour, &[], "none").await;
    for operation in operations().into_iter().filter(|it| it.who == Who::User) {
        let Some(needed) = permission(&operation.id) else { continue };
        for (missing, person) in people.iter().filter(|(missing, _)| *missing == needed) {
            let ask = stage.ask(&operation).by(&person.token);
            let problem = refused(&stage.house, ask).await.problem(403, "forbidden");
            assert_eq!(problem["permission"], *missing, "{}", operation.id);
        }
        let ask = stage.ask(&operation).by(&nobody.token);
        let problem = refused(&stage.house, ask).await.problem(403, "forbidden");
        assert_eq!(problem["permission"], needed, "{}", operation.id);
    }
    stage.house.close().await;
}

#[tokio::test]
async fn b10_b13_b14_one_role_is_enough_for_what_belongs_to_it() {
    let stage = Stage::set().await;
    for (role, needed) in [
        ("account_manager", "users:manage"),
        ("integrations_manager", "gateways:manage"),
        ("finance_data_manager", "credits:read"),
    ] {
        let person = stage.house.colleague(&stage.harbour, &[role], "none").await;
        let me = stage.house.get(&person.token, "/v1/me").await.expect(200);
        assert_eq!(me["permissions"], json!([needed]), "{role}");
        let allowed = operations().into_iter().filter(|it| it.who == Who::User);
        for operation in allowed.filter(|it| permission(&it.id) == Some(needed)) {
            let answer = stage.house.ask(stage.ask(&operation).by(&person.token)).await;
            assert!((200..300).contains(&answer.status), "{role} {answer:?}");
        }
    }
    stage.house.close().await;
}

#[tokio::test]
async fn everybody_may_see_themselves_their_colleagues_numbers_and_notifications() {
    let stage = Stage::set().await;
    let nobody = stage.house.colleague(&stage.harbour, &[], "none").await;
    for operation in operations().into_iter().filter(|it| it.who == Who::User && it.method == "GET") {
        if permission(&operation.id).is_none() {
            stage.house.get(&nobody.token, &operation.path).await.expect(200);
        }
    }
    stage.house.close().await;
}

async fn ids(stage: &Stage, who: &Person, path: &str) -> Vec<Value> {
    stage.house.list(&who.token, path).await.iter().map(|it| it["id"].clone()).collect()
}

#[tokio::test]
async fn c04_with_access_to_assigned_ones_no_list_shows_another_conversation() {
    let stage = Stage::set().await;
    for view in ["inbox", "all", "assigned"] {
        let mine = ids(&stage, &stage.ben, &format!("/v1/conversations?view={view}")).await;
        assert_eq!(mine, [json!(stage.conversation)], "{view}");
        let mine = ids(&stage, &stage.ben, &format!("/v1/conversations?view={view}&user_id=me")).await;
        assert_eq!(mine, [json!(stage.conversation)], "{view}");
    }
    let counts =
        stage.house.get(&stage.ben.token, "/v1/conversations/counts?folders=inbox").await.expect(200);
    assert_eq!(counts["inbox"]["conversations"], 1);
    assert_eq!(counts["unread"]["messages"], 1);
    let owner = &stage.harbour.owner.id;
    for path in [
        "/v1/conversations?view=unassigned".to_owned(),
        format!("/v1/conversations?user_id={owner}"),
        format!("/v1/conversations?view=assigned&user_id={owner}"),
        format!("/v1/conversations/counts?user_id={owner}"),
    ] {
        refused(&stage.house, Ask::get(path).by(&stage.ben.token)).await.problem(403, "forbidden");
    }
    stage.house.close().await;
}

#[tokio::test]
async fn c04_x09_with_access_to_assigned_ones_another_conversation_does_not_exist() {
    let stage = Stage::set().await;
    let mut tried = 0;
    for operation in operations() {
        if !operation.parameters().contains(&"conversation_id".to_owned()) {
            continue;
        }
        tried += 1;
        let mut ask = stage.ask(&operation).by(&stage.ben.token);
        ask.path = operation.at(|name| match name {
            "conversation_id" => stage.unassigned.clone(),
            other => stage.existing(other).to_owned(),
        });
        refused(&stage.house, ask).await.problem(404, "not-found");
    }
    assert!(tried >= 12, "{tried}");
    // Nor can he get at it by writing to its customer, or by a message in it.
    for body in [
        json!({"conversation_id": stage.unassigned, "body": "Hello"}),
        json!({"to": OTHER_CUSTOMER, "body": "Hello"}),
    ] {
        let ask = Ask::post("/v1/messages").by(&stage.ben.token).json(&body);
        refused(&stage.house, ask).await.problem(404, "not-found");
    }
    let hidden = json!({"conversation_id": stage.unassigned, "body": "In ten minutes"});
    let sent = stage.house.send(&stage.harbour.owner, &hidden).await;
    stage.house.settle().await;
    let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
    refused(&stage.house, Ask::get(path).by(&stage.ben.token)).await.problem(404, "not-found");
    stage.house.close().await;
}

#[tokio::test]
async fn x09_c16_who_starts_a_conversation_is_assigned_to_it() {
    let stage = Stage::set().await;
    let sent = stage.house.send(&stage.ben, &json!({"to": "+12125550127", "body": "Hello!"})).await;
    let mine = ids(&stage, &stage.ben, "/v1/conversations?view=all").await;
    assert!(mine.contains(&sent["conversation_id"]), "{mine:?}");
    stage.house.settle().await;
    stage.house.close().await;
}

#[tokio::test]
async fn c04_c18_who_is_no_longer_assigned_loses_sight_at_once() {
    let stage = Stage::set().await;
    let path = format!("/v1/conversations/{}", stage.conversation);
    let message = format!("/v1/messages/{}", stage.message);
    stage.house.get(&stage.ben.token, &path).await.expect(200);
    stage.house.get(&stage.ben.token, &message).await.expect(200);
    // He may even do it himself.
    let unassign = Ask::new("DELETE", format!("{path}/assignees/{}", stage.ben.id)).by(&stage.ben.token);
    stage.house.ask(unassign).await.expect(200);
    stage.house.get(&stage.ben.token, &path).await.problem(404, "not-found");
    stage.house.get(&stage.ben.token, &message).await.problem(404, "not-found");
    assert!(ids(&stage, &stage.ben, "/v1/conversations?view=all").await.is_empty());
    stage.house.close().await;
}

#[tokio::test]
async fn c08_c09_without_access_there_is_no_inbox_and_nothing_is_told() {
    let stage = Stage::set().await;
    let nobody = stage.house.colleague(&stage.harbour, &["account_manager"], "none").await;
    let assign = format!("/v1/conversations/{}/assignees/{}", stage.conversation, nobody.id);
    let ask = Ask::new("PUT", assign).by(&stage.harbour.owner.token);
    refused(&stage.house, ask).await.problem(404, "not-found");
    stage.house.text_in("+12125550128", &stage.harbour, "Anybody there?").await;
    assert!(ids(&stage, &nobody, "/v1/notifications").await.is_empty());
    let me = stage.house.get(&nobody.token, "/v1/me").await.expect(200);
    assert_eq!(me["permissions"], json!(["users:manage"]));
    stage.house.close().await;
}

/// An assignee whose access is taken away keeps the assignment, but sees nothing and is told nothing (C09).
#[tokio::test]
async fn c09_who_loses_access_is_told_no_more() {
    let stage = Stage::set().await;
    let change = Ask::new("PATCH", format!("/v1/users/{}", stage.ben.id)).by(&stage.harbour.owner.token);
    stage.house.ask(change.json(&json!({"conversation_access": "none"}))).await.expect(200);
    let before = ids(&stage, &stage.ben, "/v1/notifications").await;
    stage.house.text_in(CUSTOMER, &stage.harbour, "Hello?").await;
    assert_eq!(ids(&stage, &stage.ben, "/v1/notifications").await, before);
    stage.house.close().await;
}
