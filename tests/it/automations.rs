//! Automations: what is sent and who is assigned when something happens (C14, C19, C20, C21, D20, X18, I15).

use engines::faults::Fault;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person, id};

const CUSTOMER: &str = "+12125550123";
const OTHER: &str = "+12125550124";

fn ask(method: &str, who: &Person, path: &str, body: &Value) -> Ask {
    Ask::new(method, path).by(&who.token).json(body)
}

/// A business with a template and two colleagues, who see what is assigned to them.
struct Shop {
    house: House,
    bakery: Business,
    template: String,
    ben: Person,
    cleo: Person,
}

impl Shop {
    async fn open() -> Self {
        let house = House::open().await;
        let bakery = house.business("Bakery", 100).await;
        let template =
            json!({"name": "Thanks", "text": "Thanks, {first_name|dear customer}! {business_name}"});
        let template = id(&house.post(&bakery.owner.token, "/v1/templates", &template).await.expect(201));
        let ben = house.colleague(&bakery, &[], "assigned").await;
        let cleo = house.colleague(&bakery, &[], "assigned").await;
        Self { house, bakery, template, ben, cleo }
    }

    async fn automation(&self, trigger: &str, assign: Value) -> String {
        let body = json!({"name": "A", "trigger": trigger, "template_id": self.template, "assign": assign});
        id(&self.house.post(&self.bakery.owner.token, "/v1/automations", &body).await.expect(201))
    }

    async fn text_in(&self, customer: &str) -> String {
        id(&self.house.text_in(customer, &self.bakery, "Is it ready?").await)
    }

    async fn act(&self, conversation: &str, act: &str) {
        let path = format!("/v1/conversations/{conversation}/{act}");
        self.house.ask(Ask::post(path).by(&self.bakery.owner.token)).await.expect(200);
        self.house.settle().await;
    }

    async fn owned_by(&self, conversation: &str, user: &str) {
        let path = format!("/v1/conversations/{conversation}");
        let found = self.house.get(&self.bakery.owner.token, &path).await.expect(200);
        let path = format!("/v1/contacts/{}", found["contact"]["id"].as_str().unwrap());
        self.house.ask(ask("PATCH", &self.bakery.owner, &path, &json!({"owner_id": user}))).await.expect(200);
    }

    async fn entries(&self, conversation: &str, kind: &str) -> Vec<Value> {
        let path = format!("/v1/conversations/{conversation}/timeline?events={kind}&limit=100");
        self.house.list(&self.bakery.owner.token, &path).await
    }

    async fn said(&self, conversation: &str) -> usize {
        self.entries(conversation, "outgoing_message").await.len()
    }

    async fn assignees(&self, conversation: &str) -> Value {
        let path = format!("/v1/conversations/{conversation}");
        self.house.get(&self.bakery.owner.token, &path).await.expect(200)["assignees"].clone()
    }
}

#[tokio::test]
async fn c14_d20_completing_a_conversation_sends_the_template_once_and_changes_nothing_else() {
    let shop = Shop::open().await;
    shop.automation("conversation_completed", json!({})).await;
    let conversation = shop.text_in(CUSTOMER).await;
    assert_eq!(shop.said(&conversation).await, 0);
    shop.act(&conversation, "complete").await;
    shop.house.pass(SignedDuration::from_mins(1)).await;
    let said = shop.entries(&conversation, "outgoing_message").await;
    assert_eq!(said.len(), 1, "{said:#?}");
    let message = &said[0]["message"];
    assert_eq!(message["text"], "Thanks, dear customer! Bakery");
    assert_eq!(
        (&message["origin"], &message["template_id"], &message["status"]),
        (&json!("notification"), &json!(shop.template), &json!("delivered"))
    );
    // It is completed still, and nobody is assigned.
    let now = shop.house.conversation_with(&shop.bakery.owner, CUSTOMER).await;
    assert_eq!((&now["state"], &now["assignees"]), (&json!("completed"), &json!([])));
    assert_eq!(shop.house.balance(&shop.bakery.owner).await, [99, 0, 1]);
    // The next time is another time.
    shop.act(&conversation, "reopen").await;
    shop.act(&conversation, "complete").await;
    assert_eq!(shop.said(&conversation).await, 2);
    shop.house.audit(&shop.bakery.owner).await;
    shop.house.close().await;
}

#[tokio::test]
async fn c19_c20_c21_x18_the_owner_of_the_customer_and_named_people_are_assigned_told_and_told_of_the_reply()
{
    let shop = Shop::open().await;
    let Shop { house, bakery, ben, cleo, .. } = &shop;
    shop.automation("conversation_completed", json!({"owner_of_contact": true, "user_ids": [cleo.id]})).await;
    let conversation = shop.text_in(CUSTOMER).await;
    shop.owned_by(&conversation, &ben.id).await;
    shop.act(&conversation, "complete").await;
    let mut assigned: Vec<_> =
        shop.assignees(&conversation).await.as_array().unwrap().iter().map(Value::to_string).collect();
    assigned.sort();
    assert_eq!(assigned.len(), 2, "{assigned:?}");
    let events = shop.entries(&conversation, "assigned").await;
    assert_eq!(events.len(), 2);
    for person in [ben, cleo] {
        let told = house.told(&person.token).await;
        let kinds: Vec<_> = told.iter().map(|it| it["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["assigned"], "{told:#?}");
    }
    // The customer replies: they are told, and whoever is not assigned is not.
    let before = house.told(&bakery.owner.token).await.len();
    house.pass(SignedDuration::from_mins(1)).await;
    shop.text_in(CUSTOMER).await;
    for person in [ben, cleo] {
        let told = house.told(&person.token).await;
        assert_eq!((told.len(), &told[0]["kind"]), (2, &json!("inbound_message")), "{told:#?}");
        // And they go on from there.
        let answer = json!({"conversation_id": conversation, "body": "Glad to hear."});
        house.send(person, &answer).await;
    }
    assert_eq!(house.told(&bakery.owner.token).await.len(), before);
    house.settle().await;
    shop.house.close().await;
}

#[tokio::test]
async fn c20_each_customer_s_own_owner_is_assigned_and_who_has_left_is_passed_over() {
    let shop = Shop::open().await;
    let Shop { house, bakery, ben, cleo, .. } = &shop;
    shop.automation("conversation_completed", json!({"owner_of_contact": true, "user_ids": [cleo.id]})).await;
    let first = shop.text_in(CUSTOMER).await;
    let second = shop.text_in(OTHER).await;
    shop.owned_by(&first, &ben.id).await;
    let disable = ask("PATCH", &bakery.owner, &format!("/v1/users/{}", cleo.id), &json!({"enabled": false}));
    house.ask(disable).await.expect(200);
    for conversation in [&first, &second] {
        shop.act(conversation, "complete").await;
        assert_eq!(shop.said(conversation).await, 1);
    }
    assert_eq!(shop.assignees(&first).await.as_array().unwrap().len(), 1);
    assert!(shop.assignees(&first).await.to_string().contains(&ben.id));
    assert_eq!(shop.assignees(&second).await, json!([]));
    shop.house.close().await;
}

#[tokio::test]
async fn c14_an_automation_may_only_assign_and_one_begins_with_a_customer_s_first_text() {
    let shop = Shop::open().await;
    let Shop { house, bakery, ben, .. } = &shop;
    let body = json!({"name": "New", "trigger": "conversation_started", "assign": {"user_ids": [ben.id]}});
    house.post(&bakery.owner.token, "/v1/automations", &body).await.expect(201);
    let conversation = shop.text_in(CUSTOMER).await;
    assert!(shop.assignees(&conversation).await.to_string().contains(&ben.id));
    assert_eq!(shop.said(&conversation).await, 0);
    assert_eq!(house.told(&ben.token).await.len(), 1);
    // The second text begins nothing, nor does a conversation that we begin.
    let path = format!("/v1/conversations/{conversation}/assignees/{}", ben.id);
    house.ask(Ask::new("DELETE", path).by(&bakery.owner.token)).await.expect(200);
    shop.text_in(CUSTOMER).await;
    assert_eq!(shop.assignees(&conversation).await, json!([]));
    house.send(&bakery.owner, &json!({"to": OTHER, "body": "Hello"})).await;
    house.settle().await;
    let other = house.conversation_with(&bakery.owner, OTHER).await;
    assert!(!other["assignees"].to_string().contains(&ben.id));
    shop.house.close().await;
}

#[tokio::test]
async fn c19_what_cannot_be_sent_is_left_out_for_good_and_assigns_nobody() {
    let shop = Shop::open().await;
    let Shop { house, bakery, ben, .. } = &shop;
    let automation = shop.automation("conversation_completed", json!({"user_ids": [ben.id]})).await;
    let conversation = shop.text_in(CUSTOMER).await;
    house.text_in(CUSTOMER, bakery, "STOP").await;
    shop.act(&conversation, "complete").await;
    house.text_in(CUSTOMER, bakery, "START").await;
    house.pass(SignedDuration::from_mins(10)).await;
    replay(house).await;
    // What was said is that they have opted out, and in again.
    assert_eq!((shop.said(&conversation).await, shop.assignees(&conversation).await), (2, json!([])));
    // Switched off, it does nothing; switched on again, it does not make up for that.
    let other = shop.text_in(OTHER).await;
    let path = format!("/v1/automations/{automation}");
    house.ask(ask("PATCH", &bakery.owner, &path, &json!({"enabled": false}))).await.expect(200);
    shop.act(&other, "complete").await;
    house.ask(ask("PATCH", &bakery.owner, &path, &json!({"enabled": true}))).await.expect(200);
    house.settle().await;
    assert_eq!(shop.said(&other).await, 0);
    shop.house.close().await;
}

/// Everything that the stream has shown, once more.
async fn replay(house: &House) {
    for record in house.running.engines.dynamo.stream_records(None, 10_000).unwrap() {
        let records = json!({"Records": [record]});
        let failed = house.running.functions().invoke("Dispatch", records).await.unwrap();
        assert_eq!(failed["batchItemFailures"], json!([]));
    }
    house.settle().await;
}

#[tokio::test]
async fn d20_i15_an_event_that_is_told_again_and_again_runs_an_automation_once() {
    let shop = Shop::open().await;
    let Shop { house, bakery, ben, .. } = &shop;
    shop.automation("conversation_completed", json!({"user_ids": [ben.id]})).await;
    let body =
        json!({"name": "B", "trigger": "conversation_completed", "assign": {"user_ids": [shop.cleo.id]}});
    house.post(&bakery.owner.token, "/v1/automations", &body).await.expect(201);
    let conversation = shop.text_in(CUSTOMER).await;
    shop.act(&conversation, "complete").await;
    house.pass(SignedDuration::from_mins(1)).await;
    // What people change afterwards is not changed back.
    for person in [ben, &shop.cleo] {
        let path = format!("/v1/conversations/{conversation}/assignees/{}", person.id);
        house.ask(Ask::new("DELETE", path).by(&bakery.owner.token)).await.expect(200);
    }
    house.settle().await;
    replay(house).await;
    replay(house).await;
    assert_eq!((shop.said(&conversation).await, shop.assignees(&conversation).await), (1, json!([])));
    assert_eq!(house.balance(&bakery.owner).await, [99, 0, 1]);
    shop.house.close().await;
}

/// Whatever call is lost in the middle of a run, in the end there is one message and one assignment.
#[tokio::test]
async fn c19_d20_a_run_that_is_interrupted_anywhere_comes_to_the_same_end() {
    for fault in [Fault::Down, Fault::LostResponse] {
        let shop = Shop::open().await;
        let Shop { house, bakery, ben, .. } = &shop;
        shop.automation("conversation_completed", json!({"user_ids": [ben.id]})).await;
        let conversation = shop.text_in(CUSTOMER).await;
        let dynamo = &house.running.engines.dynamo;
        let seen = dynamo.stream_records(None, 10_000).unwrap().len();
        let path = format!("/v1/conversations/{conversation}/complete");
        house.ask(Ask::post(path).by(&bakery.owner.token)).await.expect(200);
        let new = dynamo.stream_records(None, 10_000).unwrap().split_off(seen);
        let event = new.iter().find(|it| it["dynamodb"]["NewImage"]["_t"]["S"] == "entry").unwrap();
        for calls in 0..40 {
            for _ in 0..calls {
                dynamo.faults().push_next(Fault::Slow(std::time::Duration::ZERO));
            }
            dynamo.faults().push_next(fault);
            let answer = house.running.functions().invoke("Dispatch", json!({"Records": [event]})).await;
            dynamo.faults().clear();
            if calls > 25 {
                answer.unwrap();
            }
        }
        house.settle().await;
        assert_eq!(shop.said(&conversation).await, 1, "{fault:?}");
        assert_eq!(shop.entries(&conversation, "assigned").await.len(), 1, "{fault:?}");
        assert_eq!(house.told(&ben.token).await.len(), 1, "{fault:?}");
        shop.house.close().await;
    }
}

#[tokio::test]
async fn c19_c21_a_keyword_s_answer_assigns_people_who_are_told() {
    let shop = Shop::open().await;
    let Shop { house, bakery, template, ben, .. } = &shop;
    let owner = &bakery.owner;
    let list = id(&house.post(&owner.token, "/v1/contact-lists", &json!({"name": "Club"})).await.expect(201));
    let assign = json!({"owner_of_contact": false, "user_ids": [ben.id]});
    let body = json!({"word": "quote", "contact_list_id": list, "template_id": template, "assign": assign});
    let made = house.post(&owner.token, "/v1/keywords", &body).await.expect(201);
    assert_eq!(made["assign"], assign);
    let conversation = id(&house.text_in(CUSTOMER, bakery, "Quote!").await);
    assert_eq!(shop.said(&conversation).await, 1);
    assert!(shop.assignees(&conversation).await.to_string().contains(&ben.id));
    assert_eq!(house.told(&ben.token).await.len(), 1);
    // Who is assigned is assigned when the answer is sent: without one there is nothing to assign with.
    let without = json!({"word": "other", "contact_list_id": list, "assign": assign});
    refused(house, ask("POST", owner, "/v1/keywords", &without))
        .await
        .names("#/template_id", "missing_field");
    let mut nobody = body.clone();
    nobody["word"] = json!("more");
    nobody["assign"]["user_ids"] = json!([format!("usr_{:032x}", 7)]);
    refused(house, ask("POST", owner, "/v1/keywords", &nobody))
        .await
        .names("#/assign/user_ids", "no_such_thing");
    let path = format!("/v1/keywords/{}", id(&made));
    let changed = house.ask(ask("PATCH", owner, &path, &json!({"assign": {}}))).await.expect(200);
    assert_eq!(changed["assign"], json!({"owner_of_contact": false, "user_ids": []}));
    shop.house.close().await;
}

/// Two businesses whose keywords answer each other: without a limit they would spend all their credits.
#[tokio::test]
async fn i15_two_businesses_whose_answers_are_each_other_s_keywords_come_to_an_end() {
    let house = House::open().await;
    let (left, right) = (house.business("Left", 100).await, house.business("Right", 100).await);
    for (who, word, answer) in [(&left, "ping", "Pong"), (&right, "pong", "Ping")] {
        let owner = &who.owner.token;
        let list = id(&house.post(owner, "/v1/contact-lists", &json!({"name": "Club"})).await.expect(201));
        let template = json!({"name": "Answer", "text": answer});
        let template = id(&house.post(owner, "/v1/templates", &template).await.expect(201));
        let keyword = json!({"word": word, "contact_list_id": list, "template_id": template});
        house.post(owner, "/v1/keywords", &keyword).await.expect(201);
    }
    // The tests are the carrier: what one says reaches the other.
    house.text_in(&right.number, &left, "ping").await;
    let spent = async |who: &Business| 100 - house.balance(&who.owner).await[0];
    for _ in 0..30 {
        house.text_in(&left.number, &right, "Pong").await;
        house.text_in(&right.number, &left, "Ping").await;
    }
    assert_eq!((spent(&left).await, spent(&right).await), (10, 10));
    // An hour later they answer again.
    house.pass(SignedDuration::from_mins(61)).await;
    house.text_in(&right.number, &left, "ping").await;
    assert_eq!(spent(&left).await, 11);
    house.close().await;
}

#[tokio::test]
async fn c14_what_is_no_automation_is_named() {
    let shop = Shop::open().await;
    let Shop { house, bakery, template, ben, .. } = &shop;
    let owner = &bakery.owner;
    let rival = house.business("Rival", 10).await;
    let foreign = json!({"name": "Theirs", "text": "Hi!"});
    let foreign = id(&house.post(&rival.owner.token, "/v1/templates", &foreign).await.expect(201));
    let asking = json!({"name": "Asks", "text": "See you on {day}."});
    let asking = id(&house.post(&owner.token, "/v1/templates", &asking).await.expect(201));
    let own = json!({"name": "Mine", "text": "See you.", "scope": "personal"});
    let own = id(&house.post(&owner.token, "/v1/templates", &own).await.expect(201));
    let outsider = house.colleague(bakery, &[], "none").await;
    let many: Vec<_> = (0..11).map(|n| format!("usr_{n:032x}")).collect();
    for (field, value, pointer, code) in [
        ("name", json!(""), "#/name", "invalid"),
        ("trigger", json!("full_moon"), "#/trigger", "invalid"),
        ("template_id", json!(foreign), "#/template_id", "no_such_thing"),
        ("template_id", json!(own), "#/template_id", "no_such_thing"),
        ("template_id", json!(asking), "#/template_id", "invalid"),
        ("template_id", Value::Null, "#/template_id", "missing_field"),
        ("assign", json!({"user_ids": [rival.owner.id]}), "#/assign/user_ids", "no_such_thing"),
        ("assign", json!({"user_ids": [outsider.id]}), "#/assign/user_ids", "no_such_thing"),
        ("assign", json!({"user_ids": many}), "#/assign/user_ids", "too_long"),
        ("assign", json!({"team": "x"}), "#/assign/team", "unknown_field"),
        ("enabled", json!("yes"), "#/enabled", "wrong_type"),
    ] {
        let mut body = json!({"name": "A", "trigger": "conversation_completed", "template_id": template});
        body[field] = value;
        refused(house, ask("POST", owner, "/v1/automations", &body)).await.names(pointer, code);
    }
    refused(
        house,
        ask(
            "POST",
            ben,
            "/v1/automations",
            &json!({
                "name": "A", "trigger": "conversation_completed", "template_id": template,
            }),
        ),
    )
    .await
    .problem(403, "forbidden");
    // A template that one sends stays, until the automation is changed.
    let automation = shop.automation("conversation_completed", json!({})).await;
    let path = format!("/v1/templates/{template}");
    refused(house, Ask::new("DELETE", &path).by(&owner.token)).await.problem(409, "conflict");
    house.ask(Ask::new("DELETE", format!("/v1/automations/{automation}")).by(&owner.token)).await.expect(204);
    house.ask(Ask::new("DELETE", &path).by(&owner.token)).await.expect(204);
    shop.house.close().await;
}
