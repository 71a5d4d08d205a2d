//! Colleagues: each may do what their roles and their access say, and is told which permission is missing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, House, Operation, Person, Stage, Who, operations};

const CUSTOMER: &str = "+12125550123";
const OTHER_CUSTOMER: &str = "+12125550124";

/// Everything that can be permitted, as the API lists it.
async fn permissions(stage: &Stage) -> Vec<Value> {
    stage.house.list(&stage.harbour.owner.token, "/v1/permissions").await
}

/// The operations that need a permission, with its name.
fn permitted() -> Vec<(Operation, String)> {
    let needs = |it: Operation| (it.clone(), it.permission);
    let words = ["self", "anybody", "operator", "carrier"];
    operations().into_iter().map(needs).filter(|(_, permission)| !words.contains(&&**permission)).collect()
}

/// A22: totality. A route that declares nothing, or something that does not exist, fails here.
#[tokio::test]
async fn a22_every_operation_declares_its_permission_and_every_permission_has_an_operation() {
    let stage = Stage::set().await;
    let listed = permissions(&stage).await;
    let known: BTreeSet<&str> = listed.iter().map(|it| it["name"].as_str().unwrap()).collect();
    let mut used = BTreeSet::new();
    for operation in operations() {
        let expected = match operation.who {
            Who::Anybody => ["anybody", "carrier"].contains(&&*operation.permission),
            Who::Operator => operation.permission == "operator",
            Who::User => operation.permission == "self" || known.contains(&*operation.permission),
        };
        assert!(expected, "{} declares `{}`", operation.id, operation.permission);
        used.insert(operation.permission);
    }
    let unused: Vec<_> = known.iter().filter(|it| !used.contains(**it) && !WITHIN.contains(it)).collect();
    assert!(unused.is_empty(), "no operation needs {unused:?}");
    stage.house.close().await;
}

/// Permissions that decide within an operation which needs another one as well.
const WITHIN: [&str; 4] =
    ["messages:compose", "messages:override-quiet-hours", "quick-replies:manage", "views:manage"];

/// For each permission somebody who has every other one: the operation is refused, and the permission named.
#[tokio::test]
async fn x11_a22_without_its_permission_an_operation_is_refused_and_the_permission_is_named() {
    let stage = Stage::set().await;
    let everything = stage.house.colleague(&stage.harbour, &ROLES, "all").await;
    let mut denied = String::new();
    let mut all = permitted();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    for (operation, needed) in all {
        if denied != needed {
            let path = format!("/v1/users/{}/overrides", everything.id);
            let ask = Ask::new("PUT", path).by(&stage.harbour.owner.token).json(&json!({"denies": [needed]}));
            stage.house.ask(ask).await.expect(200);
            stage.house.settle().await;
            denied.clone_from(&needed);
        }
        let ask = stage.ask(&operation).by(&everything.token);
        let problem = refused(&stage.house, ask).await.problem(403, "forbidden");
        assert_eq!(problem["permission"], *needed, "{}", operation.id);
    }
    stage.house.close().await;
}

/// Each built-in role alone opens what belongs to it and nothing else (B10 to B15).
#[tokio::test]
async fn b10_to_b15_each_role_opens_its_own_operations_and_no_others() {
    let stage = Stage::set().await;
    let listed = permissions(&stage).await;
    let gives = |permission: &str, role: &str| {
        let described = listed.iter().find(|it| it["name"] == permission).unwrap();
        let roles = described["roles"].as_array().unwrap();
        described["everybody"] == true || roles.contains(&json!(role))
    };
    for role in ROLES {
        let person = stage.house.colleague(&stage.harbour, &[role], "none").await;
        let me = stage.house.get(&person.token, "/v1/me").await.expect(200);
        let expected: Vec<_> =
            listed.iter().map(|it| &it["name"]).filter(|name| gives(name.as_str().unwrap(), role)).collect();
        assert_eq!(me["permissions"], json!(expected), "{role}");
        for (operation, needed) in permitted() {
            if gives(&needed, role) {
                continue;
            }
            let ask = stage.ask(&operation).by(&person.token);
            let problem = refused(&stage.house, ask).await.problem(403, "forbidden");
            assert_eq!(problem["permission"], needed, "{role} {}", operation.id);
        }
        // What it may do may change what the stage stands on, so that comes last: it is not refused for want of a right.
        for (operation, _) in
            permitted().into_iter().filter(|(it, needed)| it.method == "GET" && gives(needed, role))
        {
            let answer = stage.house.ask(stage.ask(&operation).by(&person.token)).await;
            assert!((200..300).contains(&answer.status), "{role} {answer:?}");
        }
    }
    stage.house.close().await;
}

/// The matrix of roles and permissions is a text that is read in reviews; `UPDATE=1` writes it anew.
#[tokio::test]
async fn a22_the_matrix_of_roles_and_permissions_is_committed() {
    let house = House::open().await;
    let (_, owner) = house.sign_up("Matrix").await;
    let listed = house.list(&owner.token, "/v1/permissions").await;
    let mut text = String::from(MATRIX_HEAD);
    for permission in &listed {
        let mark = |has: bool| if has { "x" } else { "" };
        let roles = permission["roles"].as_array().unwrap();
        let cells: Vec<&str> = ROLES.iter().map(|role| mark(roles.contains(&json!(role)))).collect();
        let (name, meaning) = (permission["name"].as_str().unwrap(), permission["meaning"].as_str().unwrap());
        let everybody = mark(permission["everybody"] == true);
        let feature = permission["feature"].as_str().unwrap_or_default();
        let paying = mark(permission["paying_customers_only"] == true);
        writeln!(
            text,
            "| `{name}` | {everybody} | {} | {feature} | {paying} | {meaning} |",
            cells.join(" | ")
        )
        .unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/permissions.md");
    #[expect(clippy::disallowed_methods, reason = "a flag of the person who runs the tests")]
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "docs/permissions.md is out of date: run `make docs` and read the difference");
    house.close().await;
}

const MATRIX_HEAD: &str = "# Permissions\n\n\
    Generated from the code (`make docs`); a test compares it. Each operation of `infra/openapi.json` names the permission it\n\
    needs as `x-permission`.\n\n\
    `everybody`: without any role, unless it is denied. The six columns after it are the built-in roles. Access to\n\
    conversations (`conversation_access` of a user, role or team) gives `messages:manage` and `messages:compose`. A personal\n\
    grant or deny beats roles and teams; among these a deny beats a grant. `feature`: the account must have it too. `paying`:\n\
    for paying customers only.\n\n\
    | permission | everybody | account manager | analyze manager | communication manager | finance data manager | integrations manager | people manager | feature | paying | what it lets somebody do |\n\
    |---|---|---|---|---|---|---|---|---|---|---|\n";

const ROLES: [&str; 6] = [
    "account_manager",
    "analyze_manager",
    "communication_manager",
    "finance_data_manager",
    "integrations_manager",
    "people_manager",
];

#[tokio::test]
async fn what_concerns_oneself_needs_no_permission() {
    let stage = Stage::set().await;
    let nobody = stage.house.colleague(&stage.harbour, &[], "none").await;
    let own = operations().into_iter().filter(|it| it.permission == "self" && it.method == "GET");
    for operation in own.filter(|it| it.parameters().is_empty()) {
        stage.house.ask(stage.ask(&operation).by(&nobody.token)).await.expect(200);
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
    assert!(stage.house.told(&nobody.token).await.is_empty());
    let me = stage.house.get(&nobody.token, "/v1/me").await.expect(200);
    assert_eq!(me["conversation_access"], "none");
    assert!(!me["permissions"].as_array().unwrap().contains(&json!("messages:manage")), "{me}");
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
