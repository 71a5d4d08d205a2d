//! The life of a conversation: what brings it back, what is offered when, and what makes it unread.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::api::Api;

const CUSTOMER: &str = "+12125550123";
const MINUTE: Duration = Duration::from_mins(1);

/// A conversation that a customer has begun.
struct Thread {
    api: Api,
    owner: String,
    path: String,
}

impl Thread {
    async fn begin(seed: u64) -> Self {
        let api = Api::new(seed).await;
        let (owner, _) = api.business(20).await;
        api.text_in(CUSTOMER, "Hello").await;
        let page = api.get(&owner, "/v1/conversations").await.expect(200);
        let path = format!("/v1/conversations/{}", page["data"][0]["id"].as_str().unwrap());
        Self { api, owner, path }
    }

    async fn now(&self) -> Value {
        self.api.get(&self.owner, &self.path).await.expect(200)
    }

    async fn act(&self, name: &str) -> Value {
        self.api.post(&self.owner, &format!("{}/{name}", self.path), &Value::Null).await.expect(200)
    }

    async fn answer(&self, text: &str) {
        let id = self.path.rsplit('/').next().unwrap();
        let body = json!({"conversation_id": id, "body": text});
        self.api.post(&self.owner, "/v1/messages", &body).await.expect(202);
        self.api.world.settle().await;
    }

    /// The views that show it.
    async fn views(&self) -> Vec<&'static str> {
        let mut views = vec![];
        for view in ["inbox", "unread", "snoozed", "completed", "archived", "all"] {
            let page = self.api.get(&self.owner, &format!("/v1/conversations?view={view}")).await.expect(200);
            if !page["data"].as_array().unwrap().is_empty() {
                views.push(view);
            }
        }
        views
    }

    async fn offers(&self, action: &str) -> bool {
        self.now().await["available_actions"].as_array().unwrap().contains(&json!(action))
    }

    async fn unread(&self) -> Value {
        let counts = self.api.get(&self.owner, "/v1/conversations/counts").await.expect(200);
        counts["unread"].clone()
    }
}

#[tokio::test(start_paused = true)]
async fn d19_d22_d23_x02_a_completed_conversation_comes_back_and_is_answered_before_it_is_completed_again() {
    let thread = Thread::begin(51).await;
    assert_eq!(thread.act("complete").await["state"], "completed");
    assert_eq!(thread.views().await, ["completed", "all"]);

    thread.api.text_in(CUSTOMER, "One more thing").await;
    assert_eq!(thread.views().await, ["inbox", "unread", "all"]);
    assert!(!thread.offers("complete").await && thread.offers("archive").await);
    let refused = thread.api.post(&thread.owner, &format!("{}/complete", thread.path), &Value::Null).await;
    refused.problem(409, "action-not-available");

    thread.answer("Of course").await;
    assert!(thread.offers("complete").await);
    assert_eq!(thread.act("complete").await["state"], "completed");
    thread.api.text_in(CUSTOMER, "Thanks").await;
    thread.act("archive").await;
    assert_eq!(thread.views().await, ["archived", "all"]);
}

#[tokio::test(start_paused = true)]
async fn d24_e12_e13_x03_an_archived_conversation_comes_back_unread() {
    let thread = Thread::begin(52).await;
    thread.act("read").await;
    thread.act("archive").await;
    assert_eq!(thread.views().await, ["archived", "all"]);
    thread.api.text_in(CUSTOMER, "Hello again").await;
    assert_eq!(thread.views().await, ["inbox", "unread", "all"]);
}

#[tokio::test(start_paused = true)]
async fn x04_an_answer_opens_what_was_completed_or_archived_and_leaves_it_read() {
    let thread = Thread::begin(53).await;
    for close in ["complete", "archive"] {
        thread.act(close).await;
        thread.answer("By the way").await;
        let now = thread.now().await;
        assert_eq!((&now["state"], &now["unread"]), (&json!("open"), &json!(0)), "{close}");
        assert_eq!(thread.views().await, ["inbox", "all"], "{close}");
    }
}

#[tokio::test(start_paused = true)]
async fn d17_x05_a_snoozed_conversation_wakes_with_a_text_or_when_its_time_has_come() {
    let thread = Thread::begin(54).await;
    let snooze = format!("{}/snooze", thread.path);
    let hour = json!({"preset": "in_one_hour"});
    thread.api.post(&thread.owner, &snooze, &hour).await.expect(200);
    assert_eq!(thread.views().await, ["snoozed", "all"]);
    thread.api.text_in(CUSTOMER, "Are you there?").await;
    assert_eq!(thread.views().await, ["inbox", "unread", "all"]);
    assert_eq!(thread.now().await["snoozed_until"], Value::Null);

    let asleep = thread.api.post(&thread.owner, &snooze, &hour).await.expect(200);
    let shown = thread.api.get(&thread.owner, "/v1/conversations?view=snoozed").await.expect(200);
    assert_eq!(shown["data"][0]["snoozed_until"], asleep["snoozed_until"]);
    thread.api.world.pass(59 * MINUTE).await;
    assert_eq!(thread.views().await, ["snoozed", "all"]);
    thread.api.world.pass(2 * MINUTE).await;
    assert_eq!(thread.views().await, ["inbox", "unread", "all"]);
}

#[tokio::test(start_paused = true)]
async fn d04_d18_x08_the_badge_counts_unread_messages_and_only_texts_and_people_make_unread() {
    let thread = Thread::begin(55).await;
    thread.api.text_in(CUSTOMER, "Hello?").await;
    let unread = |conversations: u32, messages: u32| json!({"conversations": conversations, "messages": messages, "capped": false});
    assert_eq!(thread.unread().await, unread(1, 2));
    thread.act("read").await;
    assert_eq!(thread.unread().await, unread(0, 0));

    let me = thread.api.get(&thread.owner, "/v1/me").await.expect(200);
    let assignee = format!("{}/assignees/{}", thread.path, me["user"]["id"].as_str().unwrap());
    for method in [Method::PUT, Method::DELETE] {
        thread.api.call(method, &assignee, &thread.owner, "", &Value::Null).await.expect(200);
    }
    let snooze = format!("{}/snooze", thread.path);
    thread.api.post(&thread.owner, &snooze, &json!({"preset": "tomorrow"})).await.expect(200);
    for act in ["unsnooze", "complete", "reopen", "archive", "unarchive"] {
        thread.act(act).await;
    }
    thread.answer("Good morning").await;
    assert_eq!(thread.unread().await, unread(0, 0));

    assert_eq!(thread.act("unread").await["unread"], 1);
    assert_eq!(thread.views().await, ["inbox", "unread", "all"]);
    assert_eq!(thread.unread().await, unread(1, 1));
}

#[tokio::test(start_paused = true)]
async fn x20_two_numbers_have_one_conversation_for_life() {
    let thread = Thread::begin(56).await;
    let first = thread.now().await["id"].clone();
    for close in ["read", "complete", "archive"] {
        thread.act(close).await;
        thread.api.text_in(CUSTOMER, "Hello again").await;
        thread.answer("Hello").await;
    }
    let to = json!({"to": "(212) 555-0123", "body": "It is us"});
    assert_eq!(
        thread.api.post(&thread.owner, "/v1/messages", &to).await.expect(202)["conversation_id"],
        first
    );
    let second = thread.api.line("+12025550101");
    let gateway = thread.api.post(&thread.owner, "/v1/gateways", &second).await.expect(201);
    let other = json!({"to": CUSTOMER, "gateway_id": gateway["id"], "body": "From our other number"});
    let accepted = thread.api.post(&thread.owner, "/v1/messages", &other).await.expect(202);
    assert_ne!(accepted["conversation_id"], first);
    let all = thread.api.get(&thread.owner, "/v1/conversations?view=all").await.expect(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    assert_eq!(all["data"][0]["contact"], all["data"][1]["contact"], "one customer, two threads");
}
