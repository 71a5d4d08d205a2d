//! Query strings and cursors of the lists.

use serde_json::{Value, json};

use super::refused;
use crate::house::{Ask, Business, Stage, operations};

/// What each query parameter cannot be. A new parameter has to be added.
fn wrong(parameter: &str) -> Vec<&'static str> {
    match parameter {
        "limit" => {
            vec!["0", "101", "abc", "-1", "1.5", "", "99999999999999999999", "%F0%9F%A5%90", "1%00", "+1"]
        }
        "cursor" | "since" => vec![
            "",
            "x",
            "AAAA",
            "%00",
            "%FF",
            "..",
            "null",
            "%F0%9F%A5%90",
            "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ",
        ],
        "view" => vec!["", "everything", "Inbox", "%00", "inbox,all"],
        "user_id" => vec!["", "Me", "nobody", "usr_1", "cnv_00000000000000000000000000000007", "%00"],
        "events" => vec!["", ",", "Nothing", "incoming_message,", "assigned,%20snoozed", "%00"],
        "origins" => vec!["", "nowhere", "manual,,manual"],
        "status" => vec!["", "queued", "Scheduled", "%00"],
        "conversation_id" => vec!["", "cnv_1", "usr_00000000000000000000000000000007", "%00"],
        "saved_view" => vec!["", "viw_1", "tag_00000000000000000000000000000007", "%00"],
        "gateway_id" | "tag_id" => vec!["", "me", "gwy_1", "usr_00000000000000000000000000000007", "%00"],
        "kinds" => vec!["", ",", "No%20te", "note,", "%00"],
        "failed" | "unread" | "unassigned" | "mailboxes" => vec!["", "yes", "1", "True"],
        "folders" => vec!["", "all", "inbox,", "unread"],
        "permission" => vec!["", "users", "Users:manage", "%00"],
        "reassign_to" => vec!["", "nobody", "usr_1", "cnv_00000000000000000000000000000007", "%00"],
        // A month of the usage, a moment of the audit log.
        "from" | "to" | "until" => vec!["", "yesterday", "2030", "2030-13", "2030-1", "%00", "-1"],
        "actor" | "object" => vec!["", "Ann", "usr%23acc", "a-b", "%00", "%F0%9F%A5%90"],
        "action" => vec!["", "user.king", "Message.sent", "message.sent,user.added", "%00"],
        "q" => vec!["", "a", "%20", "--", "%FF", "a%20b"],
        "kind" => vec!["", "people", "Contacts", "%00"],
        "by" => vec!["", "week", "Day", "%00"],
        "format" => vec!["", "xml", "CSV", "csv,jsonl"],
        other => panic!("{other} is a new query parameter: say here what it cannot be"),
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_named() {
    let stage = Stage::set().await;
    let owner = &stage.harbour.owner.token;
    let mut tried = 0;
    for operation in operations().into_iter().filter(|it| !it.query.is_empty()) {
        let whole = stage.path(&operation);
        let (path, given) = whole.split_once('?').unwrap_or((&whole, ""));
        // What the operation cannot do without, but for the parameter that is tried.
        let asked = |parameter: &str, query: &str| {
            let others =
                given.split('&').filter(|it| !it.is_empty() && it.split('=').next() != Some(parameter));
            let query: Vec<&str> = others.chain([query]).collect();
            Ask::new(&operation.method, format!("{path}?{}", query.join("&"))).by(owner)
        };
        for parameter in &operation.query {
            for value in wrong(parameter) {
                let answer = refused(&stage.house, asked(parameter, &format!("{parameter}={value}"))).await;
                let problem = answer.problem(422, "invalid");
                assert_eq!(
                    problem["errors"][0]["pointer"],
                    format!("?{parameter}"),
                    "{path} {value}: {problem:#}"
                );
                tried += 1;
            }
            let (first, second) = (wrong(parameter)[0], wrong(parameter)[1]);
            let twice = asked(parameter, &format!("{parameter}={first}&{parameter}={second}"));
            refused(&stage.house, twice).await.problem(422, "invalid");
        }
        let first = &operation.query[0];
        refused(&stage.house, asked("", "surprise=1")).await.names("?surprise", "unknown_field");
        refused(&stage.house, asked(first, &format!("{first}=me&{first}=me"))).await.problem(422, "invalid");
    }
    assert!(tried > 100, "{tried}");
    stage.house.close().await;
}

#[tokio::test]
async fn what_is_assigned_to_somebody_is_not_unassigned() {
    let stage = Stage::set().await;
    let ask = Ask::get("/v1/conversations?view=unassigned&user_id=me").by(&stage.harbour.owner.token);
    refused(&stage.house, ask).await.names("?user_id", "not_together");
    stage.house.close().await;
}

/// Every list of the stage, with at least two entries, and the token to read it with.
async fn lists(stage: &Stage) -> Vec<String> {
    let (house, harbour) = (&stage.house, &stage.harbour);
    let (gateway, number, line) = house.simulated_line(&harbour.owner).await;
    // Later than the others: what is unread at the same moment is in no order.
    house.move_clock(jiff::SignedDuration::from_secs(1));
    let second = Business { number, gateway, line, ..harbour.clone() };
    house.text_in("+12125550127", &second, "Hi").await;
    house.top_up(&harbour.account, 1).await;
    let timeline = format!("/v1/conversations/{}/timeline", stage.conversation);
    // The harbour as a master: a second sub account, a second order, two lines in the ledger of the first sub account.
    house.branch(&harbour.owner, "Lighthouse").await;
    let order = json!({"amount": 9});
    house.post(&harbour.owner.token, "/v1/credits/orders", &order).await.expect(201);
    for key in ["one", "two"] {
        house.allocate(&harbour.owner, &stage.branch, 1, key).await.expect(201);
    }
    let key = json!({"name": "Second", "permissions": ["credits:read"]});
    house.post(&harbour.owner.token, "/v1/api-keys", &key).await.expect(201);
    let mut lists = marketing(stage).await;
    lists.extend(of_the_inbox(stage, &second).await);
    lists.extend([
        "/v1/accounts?".into(),
        format!("/v1/accounts/{}/credits/ledger?", stage.branch),
        "/v1/credits/orders?".into(),
        "/v1/api-keys?".into(),
        "/v1/jobs?".into(),
        "/v1/audit-log?".into(),
        "/v1/conversations?view=all".into(),
        "/v1/conversations?view=inbox".into(),
        "/v1/conversations?view=unread".into(),
        format!("{timeline}?failed=false"),
        format!("{timeline}?events=incoming_message,outgoing_message"),
        "/v1/credits/ledger?".into(),
        "/v1/gateways?".into(),
        "/v1/search?q=1212555".into(),
        "/v1/search?kind=contacts&q=1212555".into(),
        "/v1/statistics?from=2030-01-08&to=2030-01-08&by=gateway".into(),
        "/v1/users?".into(),
        "/v1/notifications?".into(),
    ]);
    lists
}

/// Templates, lists of contacts and keywords, of the harbour and of its sub account.
async fn marketing(stage: &Stage) -> Vec<String> {
    let (house, owner) = (&stage.house, &stage.harbour.owner.token);
    let mut lists = vec![];
    for place in ["/v1".to_owned(), format!("/v1/accounts/{}", stage.branch)] {
        let mut list = Value::Null;
        for name in ["One", "Two"] {
            list = house
                .post(owner, &format!("{place}/contact-lists"), &json!({"name": name}))
                .await
                .expect(201);
            let template = json!({"name": name, "text": "Hi"});
            house.post(owner, &format!("{place}/templates"), &template).await.expect(201);
            let keyword = json!({"word": name, "contact_list_id": list["id"]});
            house.post(owner, &format!("{place}/keywords"), &keyword).await.expect(201);
        }
        assert!(list["id"].is_string());
        lists.extend(["contact-lists", "templates", "keywords"].map(|what| format!("{place}/{what}?")));
    }
    let other = stage.house.conversation_with(&stage.harbour.owner, "+12125550124").await;
    let members = format!("/v1/contact-lists/{}/contacts", stage.contact_list);
    let contact = other["contact"]["id"].as_str().unwrap();
    house.ask(Ask::new("PUT", format!("{members}/{contact}")).by(owner)).await.expect(204);
    lists.push(format!("{members}?"));
    lists
}

/// What people keep beside conversations, and what belongs to a contact that writes to two lines.
async fn of_the_inbox(stage: &Stage, second: &Business) -> Vec<String> {
    let (house, owner) = (&stage.house, &stage.harbour.owner.token);
    house.move_clock(jiff::SignedDuration::from_secs(1));
    house.text_in("+12125550123", second, "Wrong number?").await;
    let assign = json!({"owner_of_contact": true});
    let contact = format!("/v1/contacts/{}", stage.contact);
    for (path, body) in [
        ("/v1/tags", json!({"name": "Second"})),
        ("/v1/quick-replies", json!({"title": "Second", "text": "Hi", "scope": "account"})),
        ("/v1/views", json!({"name": "Second", "filter": {"view": "all"}, "shared": true})),
        (
            "/v1/automations",
            json!({"name": "Second", "trigger": "conversation_completed", "assign": assign, "enabled": false}),
        ),
        (&format!("{contact}/notes"), json!({"text": "Second"})),
    ] {
        house.post(owner, path, &body).await.expect(201);
    }
    let later = json!({"to": "+12125550123", "body": "Later", "send_at": "2030-06-03T09:00:00Z"});
    house.send(&stage.harbour.owner, &later).await;
    house.settle().await;
    let mut lists =
        ["tags", "quick-replies", "views", "automations", "contacts"].map(|it| format!("/v1/{it}?")).to_vec();
    lists.extend(["notes", "conversations", "activity"].map(|it| format!("{contact}/{it}?")));
    lists.push("/v1/messages?status=scheduled".into());
    lists
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_only() {
    let stage = Stage::set().await;
    stage.house.text_in("+12125550126", &stage.harbour, "And a baguette").await;
    let lists = lists(&stage).await;
    let owner = &stage.harbour.owner.token;
    for described in operations().into_iter().filter(|it| it.query.contains(&"cursor".to_owned())) {
        let path = stage.path(&described);
        let path = path.split('?').next().unwrap();
        if ["/export", "/parts", "/results"].iter().any(|end| path.ends_with(end)) {
            // The parts of a file: their cursors are those of the list that is exported.
            continue;
        }
        let tried = lists.iter().any(|list| list.split('?').next() == Some(path));
        assert!(tried, "{path} is a new list: it belongs into this test");
    }

    let again = stage.house.sign_in(&stage.rival.owner.email).await;
    let mut cursors = vec![];
    for list in &lists {
        let page = stage.house.get(owner, &format!("{list}&limit=1")).await.expect(200);
        let cursor = page["next_cursor"].as_str().unwrap_or_else(|| panic!("{list} has one page: {page:#}"));
        cursors.push(cursor.to_owned());
        let next = stage.house.get(owner, &format!("{list}&limit=1&cursor={cursor}")).await.expect(200);
        if !list.contains("/activity") {
            // A page of what several lists have together may be empty although more follows.
            assert_ne!(next["data"], page["data"], "{list}");
            assert_eq!(next["data"].as_array().unwrap().len(), 1, "{list}");
        }
        for foreign in [&stage.rival.owner.token, &again] {
            let path = format!("{list}&cursor={cursor}");
            let ask = Ask::get(path.clone()).by(foreign);
            let answer = refused(&stage.house, ask).await;
            assert!([404, 422].contains(&answer.status), "{path}: {answer:?}");
        }
    }
    for (list, cursor) in lists.iter().zip(&cursors) {
        for (other, foreign) in lists.iter().zip(&cursors).filter(|(other, _)| *other != list) {
            let ask = Ask::get(format!("{list}&cursor={foreign}")).by(owner);
            let answer = refused(&stage.house, ask).await;
            assert_eq!((answer.status, answer.slug()), (422, "invalid"), "{list} with one of {other}");
            answer.names("?cursor", "invalid");
        }
        for wrong in tampered(cursor) {
            let ask = Ask::get(format!("{list}&cursor={wrong}")).by(owner);
            refused(&stage.house, ask).await.names("?cursor", "invalid");
        }
    }
    stage.house.close().await;
}

/// A cursor changed in each way that somebody might try.
fn tampered(cursor: &str) -> Vec<String> {
    let mut all = vec![format!("{cursor}A"), format!("A{cursor}"), cursor.to_lowercase(), cursor.repeat(2)];
    all.push(cursor[..cursor.len() - 4].to_owned());
    for place in [0, cursor.len() / 2, cursor.len() - 1] {
        let other = if &cursor[place..=place] == "B" { "C" } else { "B" };
        let mut changed = cursor.to_owned();
        changed.replace_range(place..=place, other);
        all.push(changed);
    }
    all.retain(|it| it != cursor);
    all
}

#[tokio::test]
async fn a_colleagues_cursor_of_notifications_is_not_mine() {
    let stage = Stage::set().await;
    let page = stage.house.get(&stage.harbour.owner.token, "/v1/notifications?limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let ask = Ask::get(format!("/v1/notifications?cursor={cursor}")).by(&stage.ben.token);
    refused(&stage.house, ask).await.names("?cursor", "invalid");
    stage.house.close().await;
}

#[tokio::test]
async fn every_page_is_as_long_as_asked_and_nothing_is_shown_twice() {
    let stage = Stage::set().await;
    let owner = &stage.harbour.owner.token;
    for list in lists(&stage).await {
        let mut whole = stage.house.list(owner, &format!("{list}&limit=100")).await;
        let (mut pages, mut cursor) = (vec![], String::new());
        loop {
            let page = stage.house.get(owner, &format!("{list}&limit=1{cursor}")).await.expect(200);
            let data = page["data"].as_array().unwrap();
            assert!(data.len() <= 1, "{list}");
            pages.extend(data.iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let of_contact = list.starts_with("/v1/contacts/con_") && list.ends_with("/conversations?");
        if list.starts_with("/v1/search") || of_contact {
            // These are in order on a page only.
            pages.sort_by_key(Value::to_string);
            whole.sort_by_key(Value::to_string);
        }
        assert_eq!(pages.len(), whole.len(), "{list}");
        assert_eq!(json!(pages), json!(whole), "{list}");
    }
    stage.house.close().await;
}
