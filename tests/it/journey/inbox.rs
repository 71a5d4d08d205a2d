//! The life of a conversation in the inbox (X01 to X04, D17 to D24, E12, E13).

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House};

const CUSTOMER: &str = "+12125550123";
const VIEWS: [&str; 8] =
    ["inbox", "unread", "snoozed", "completed", "archived", "all", "unassigned", "assigned"];

/// One conversation, seen by the owner.
struct Thread {
    house: House,
    bakery: Business,
    path: String,
}

impl Thread {
    async fn begin() -> Self {
        let house = House::open().await;
        let bakery = house.business("Harbour Bakery", 100).await;
        Self { house, bakery, path: String::new() }.with(CUSTOMER).await
    }

    /// Another conversation, with another customer.
    async fn with(mut self, customer: &str) -> Self {
        let conversation = self.house.text_in(customer, &self.bakery, "Are you open on Sunday?").await;
        self.path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
        self
    }

    fn act(&self, act: &str) -> Ask {
        let body = if act == "snooze" { json!({"preset": "tomorrow"}) } else { json!({}) };
        match act {
            "assign" | "unassign" => {
                let method = if act == "assign" { "PUT" } else { "DELETE" };
                Ask::new(method, format!("{}/assignees/{}", self.path, self.bakery.owner.id))
                    .by(&self.bakery.owner.token)
            }
            _ => Ask::post(format!("{}/{act}", self.path)).by(&self.bakery.owner.token).json(&body),
        }
    }

    async fn does(&self, act: &str) -> Value {
        self.house.ask(self.act(act)).await.expect(200)
    }

    async fn now(&self) -> Value {
        self.house.get(&self.bakery.owner.token, &self.path).await.expect(200)
    }

    async fn customer_writes(&self) {
        self.house.text_in(CUSTOMER, &self.bakery, "And on Monday?").await;
    }

    async fn staff_writes(&self) {
        let id = self.path.rsplit('/').next().unwrap();
        let body = json!({"conversation_id": id, "body": "From seven."});
        self.house.send(&self.bakery.owner, &body).await;
        self.house.settle().await;
    }

    /// State, unread, and the views in which it stands.
    async fn stands(&self, state: &str, unread: u64, views: &[&str]) {
        let now = self.now().await;
        assert_eq!((&now["state"], &now["unread"]), (&json!(state), &json!(unread)), "{now:#}");
        for view in VIEWS {
            let path = format!("/v1/conversations?view={view}");
            let found = self.house.list(&self.bakery.owner.token, &path).await;
            assert_eq!(found.len(), usize::from(views.contains(&view)), "{view}");
            // A list and a direct look show the same.
            assert!(found.iter().all(|it| *it == now), "{view}");
        }
        self.house.audit(&self.bakery.owner).await;
    }

    async fn offers(&self, action: &str) -> bool {
        self.now().await["available_actions"].as_array().unwrap().contains(&json!(action))
    }
}

#[tokio::test]
async fn d03_d04_e03_a_first_text_starts_a_conversation_in_the_inbox_unread() {
    let thread = Thread::begin().await;
    thread.stands("open", 1, &["inbox", "unread", "all", "unassigned"]).await;
    let default = thread.house.list(&thread.bakery.owner.token, "/v1/conversations").await;
    assert_eq!(default, [thread.now().await], "the inbox is the first view");
    thread.customer_writes().await;
    thread.stands("open", 2, &["inbox", "unread", "all", "unassigned"]).await;
    thread.does("read").await;
    thread.stands("open", 0, &["inbox", "all", "unassigned"]).await;
    thread.house.close().await;
}

#[tokio::test]
async fn d18_x08_only_a_customer_or_a_person_makes_a_conversation_unread() {
    let thread = Thread::begin().await;
    thread.does("read").await;
    for act in ["assign", "unassign", "snooze", "unsnooze", "complete", "reopen", "archive", "unarchive"] {
        thread.does(act).await;
        assert_eq!(thread.now().await["unread"], 0, "{act}");
    }
    thread.staff_writes().await;
    thread.stands("open", 0, &["inbox", "all", "assigned"]).await;
    thread.does("unread").await;
    thread.stands("open", 1, &["inbox", "unread", "all", "assigned"]).await;
    thread.house.close().await;
}

#[tokio::test]
async fn d19_completing_moves_a_conversation_from_the_inbox_to_all() {
    let thread = Thread::begin().await;
    thread.does("complete").await;
    thread.stands("completed", 0, &["completed", "all"]).await;
    thread.does("reopen").await;
    thread.stands("open", 0, &["inbox", "all", "unassigned"]).await;
    thread.house.close().await;
}

#[tokio::test]
async fn d22_d23_x02_after_a_reply_to_a_completed_conversation_it_is_archived_or_answered_but_not_completed()
{
    let thread = Thread::begin().await;
    thread.does("complete").await;
    thread.customer_writes().await;
    thread.stands("open", 1, &["inbox", "unread", "all", "unassigned"]).await;
    assert!(!thread.offers("complete").await && thread.offers("archive").await);
    let problem = refused(&thread.house, thread.act("complete")).await.problem(409, "action-not-available");
    assert_eq!(problem["action"], "complete");
    assert_eq!(problem["available_actions"], thread.now().await["available_actions"]);
    // Reading it, or waiting, does not change that; an answer does.
    thread.does("read").await;
    thread.house.pass(SignedDuration::from_hours(24)).await;
    refused(&thread.house, thread.act("complete")).await.problem(409, "action-not-available");
    thread.staff_writes().await;
    assert!(thread.offers("complete").await);
    thread.does("complete").await;
    thread.stands("completed", 0, &["completed", "all"]).await;
    // The other way out.
    thread.customer_writes().await;
    thread.does("archive").await;
    thread.stands("archived", 0, &["archived", "all"]).await;
    thread.house.close().await;
}

#[tokio::test]
async fn d24_e12_archiving_clears_a_conversation_out_of_the_inbox() {
    let thread = Thread::begin().await;
    thread.does("archive").await;
    thread.stands("archived", 0, &["archived", "all"]).await;
    thread.does("unarchive").await;
    thread.stands("open", 0, &["inbox", "all", "unassigned"]).await;
    thread.house.close().await;
}

#[tokio::test]
async fn e13_x03_a_text_in_an_archived_conversation_moves_it_to_unread() {
    let thread = Thread::begin().await;
    thread.does("archive").await;
    thread.customer_writes().await;
    thread.stands("open", 1, &["inbox", "unread", "all", "unassigned"]).await;
    assert!(thread.offers("complete").await, "only what was completed cannot be completed at once");
    thread.house.close().await;
}

#[tokio::test]
async fn x04_an_answer_in_a_completed_or_archived_conversation_opens_it_and_leaves_it_read() {
    let thread = Thread::begin().await;
    for act in ["complete", "archive"] {
        thread.does(act).await;
        thread.staff_writes().await;
        thread.stands("open", 0, &["inbox", "all", "assigned"]).await;
    }
    thread.house.close().await;
}

/// In each state: what is offered is accepted; what is not offered changes nothing.
#[tokio::test]
async fn x01_what_is_offered_is_what_is_accepted() {
    let all = [
        "assign",
        "unassign",
        "snooze",
        "unsnooze",
        "complete",
        "reopen",
        "archive",
        "unarchive",
        "read",
        "unread",
    ];
    let mut thread = Thread::begin().await;
    for (round, setting) in ["read", "snooze", "complete", "archive"].into_iter().enumerate() {
        for (number, action) in all.into_iter().enumerate() {
            thread = thread.with(&format!("+1{}{number}5550123", 30 + round)).await;
            thread.does(setting).await;
            let before = thread.now().await;
            let offered = before["available_actions"].as_array().unwrap().contains(&json!(action));
            let answer = thread.house.ask(thread.act(action)).await;
            let after = thread.now().await;
            match answer.status {
                // Snoozing again until the same time is the one thing that is offered and changes nothing.
                200 if offered => assert!(after != before || action == setting, "{setting}, {action}"),
                200 => assert_eq!(after, before, "{setting}, then {action}, which was not offered"),
                _ => {
                    assert!(!offered, "{setting}, then {action}, which was offered: {answer:?}");
                    answer.problem(409, "action-not-available");
                    assert_eq!(after, before);
                }
            }
        }
    }
    thread.house.audit(&thread.bakery.owner).await;
    thread.house.close().await;
}

#[tokio::test]
async fn the_newest_activity_stands_first_whoever_was_active() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let order = async || -> Vec<String> {
        let inbox = house.list(&bakery.owner.token, "/v1/conversations").await;
        inbox.iter().map(|it| it["contact"]["number"].as_str().unwrap()[8..].to_owned()).collect()
    };
    for customer in ["+12125550101", "+12125550102", "+12125550103"] {
        house.text_in(customer, &bakery, "Hello").await;
        house.pass(SignedDuration::from_secs(60)).await;
    }
    assert_eq!(order().await, ["0103", "0102", "0101"]);
    house.text_in("+12125550101", &bakery, "Hello?").await;
    house.pass(SignedDuration::from_secs(60)).await;
    assert_eq!(order().await, ["0101", "0103", "0102"]);
    house.send(&bakery.owner, &json!({"to": "+12125550102", "body": "Hi!"})).await;
    house.pass(SignedDuration::from_secs(60)).await;
    assert_eq!(order().await, ["0102", "0101", "0103"]);
    let first = &house.list(&bakery.owner.token, "/v1/conversations").await[0];
    assert_eq!((&first["preview"], &first["preview_direction"]), (&json!("Hi!"), &json!("outbound")));
    // Reading and assigning are no activity.
    let path = format!(
        "/v1/conversations/{}/read",
        house.conversation_with(&bakery.owner, "+12125550103").await["id"].as_str().unwrap()
    );
    house.post(&bakery.owner.token, &path, &json!({})).await.expect(200);
    assert_eq!(order().await, ["0102", "0101", "0103"]);
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn x20_i03_a_customer_has_one_conversation_with_each_of_our_numbers() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let (gateway, _, line) = house.simulated_line(&bakery.owner).await;
    let first = house.text_in(CUSTOMER, &bakery, "Hello").await;
    let body = line.text("SM1", CUSTOMER, "Hello there");
    house.ask(line.webhook(&line.inbound(), body, house.now())).await.expect(200);
    for written in [CUSTOMER, "(212) 555-0123", "+1 212 555 0123", "212.555.0123"] {
        let sent = house.send(&bakery.owner, &json!({"to": written, "body": "Hi"})).await;
        assert_eq!(sent["conversation_id"], first["id"], "{written}");
        let sent =
            house.send(&bakery.owner, &json!({"to": written, "gateway_id": gateway, "body": "Hi"})).await;
        assert_ne!(sent["conversation_id"], first["id"], "{written}");
    }
    house.settle().await;
    let all = house.list(&bakery.owner.token, "/v1/conversations?view=all").await;
    let contacts: BTreeSet<_> = all.iter().map(|it| it["contact"]["id"].as_str().unwrap()).collect();
    assert_eq!((all.len(), contacts.len()), (2, 1));
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// A customer and a member of staff write to each other for the first time, at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn i03_two_first_messages_that_cross_make_one_conversation() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    for number in 0..5 {
        let customer = format!("+1{}5550123", 301 + number);
        let body = bakery.line.text(&format!("SM{number}"), &customer, "Hello");
        let webhook = bakery.line.webhook(&bakery.line.inbound(), body, house.now());
        let send = Ask::post("/v1/messages").by(&bakery.owner.token);
        let send = send.json(&json!({"to": customer, "body": "Hello!"}));
        let statuses: Vec<_> =
            house.at_once([webhook, send]).await.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [200, 202]);
    }
    house.settle().await;
    let all = house.list(&bakery.owner.token, "/v1/conversations?view=all").await;
    assert_eq!(all.len(), 5);
    for conversation in all {
        let path = format!("/v1/conversations/{}/timeline", conversation["id"].as_str().unwrap());
        let entries = house.list(&bakery.owner.token, &path).await;
        let mut kinds: Vec<_> = entries.iter().map(|it| it["kind"].as_str().unwrap()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["assigned", "conversation_started", "incoming_message", "outgoing_message"]);
        assert_eq!(conversation["unread"], 1);
    }
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// Two colleagues do different things with one conversation at once: both are done.
#[tokio::test(flavor = "multi_thread")]
async fn what_two_colleagues_do_at_once_is_both_done() {
    let thread = Thread::begin().await;
    let ben = thread.house.colleague(&thread.bakery, &[], "all").await;
    let assign = Ask::new("PUT", format!("{}/assignees/{}", thread.path, ben.id)).by(&ben.token);
    let id = thread.path.rsplit('/').next().unwrap();
    let send = Ask::post("/v1/messages").by(&ben.token).json(&json!({"conversation_id": id, "body": "Yes!"}));
    let all = [thread.act("snooze"), assign, send, thread.act("read")];
    for answer in thread.house.at_once(all).await {
        assert!(answer.status < 300, "{answer:?}");
    }
    let now = thread.now().await;
    assert_eq!(now["assignees"], json!([ben.id]));
    assert_eq!(now["unread"], 0);
    assert!(now["snoozed_until"].is_string(), "{now:#}");
    thread.house.settle().await;
    thread.house.audit(&thread.bakery.owner).await;
    thread.house.close().await;
}
