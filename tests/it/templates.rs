//! Message templates: of an account's own, of its master's for it (A07), and who may send nothing else (A17, A21, X12).

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Answer, Ask, Business, House, Person, id};

const CUSTOMER: &str = "+12125550123";

async fn template(house: &House, who: &Person, text: &str) -> String {
    let body = json!({"name": "Reminder", "text": text});
    id(&house.post(&who.token, "/v1/templates", &body).await.expect(201))
}

fn ask(method: &str, who: &Person, path: String, body: &Value) -> Ask {
    Ask::new(method, path).by(&who.token).json(body)
}

/// A business with somebody of customer service, whose team may not write texts of its own.
async fn with_service(house: &House) -> (Business, Person) {
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let team = json!({"name": "Customer service", "permissions": {"denies": ["messages:compose"]}});
    let team = id(&house.post(&owner.token, "/v1/teams", &team).await.expect(201));
    let ben = house.colleague(&bakery, &[], "all").await;
    let join = ask("PATCH", owner, format!("/v1/users/{}", ben.id), &json!({"team_ids": [team]}));
    house.ask(join).await.expect(200);
    (bakery, ben)
}

async fn text_of(house: &House, who: &Person, sent: &Value) -> Value {
    house.get(&who.token, &format!("/v1/messages/{}", id(sent))).await.expect(200)
}

#[tokio::test]
async fn a07_a_template_is_made_seen_changed_and_removed_and_the_log_says_so() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let body = json!({"name": "Reminder", "text": "Hi {first_name}, see you on {day}."});
    let made = house.post(&owner.token, "/v1/templates", &body).await.expect(201);
    assert_eq!(made["fields"], json!(["day", "first_name"]));
    assert_eq!((&made["managed_by"], &made["text"]), (&json!("account"), &body["text"]));
    let path = format!("/v1/templates/{}", id(&made));
    assert_eq!(house.get(&owner.token, &path).await.expect(200), made);
    let changed =
        house.ask(ask("PATCH", owner, path.clone(), &json!({"text": "See you!"}))).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["text"], &changed["fields"]),
        (&json!("Reminder"), &json!("See you!"), &json!([]))
    );
    assert_eq!(house.list(&owner.token, "/v1/templates").await, [changed]);
    house.ask(Ask::new("DELETE", &path).by(&owner.token)).await.expect(204);
    house.get(&owner.token, &path).await.problem(404, "not-found");
    assert!(house.list(&owner.token, "/v1/templates").await.is_empty());
    let log = house.list(&owner.token, &format!("/v1/audit-log?object={}", id(&made))).await;
    let actions: Vec<_> = log.iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions.len(), 3, "{actions:?}");
    for action in ["template.created", "template.changed", "template.removed"] {
        assert!(actions.contains(&action), "{actions:?}");
    }
    house.close().await;
}

#[tokio::test]
async fn a07_a_text_that_cannot_be_a_template_is_named() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let many = (0..21).fold("x".to_owned(), |text, n| format!("{text} {{f{n}}}"));
    for (field, value, code) in [
        ("text", json!(""), "invalid"),
        ("text", json!("Hi {first_name"), "invalid"),
        ("text", json!("Hi first_name}"), "invalid"),
        ("text", json!("Hi {{first_name}}"), "invalid"),
        ("text", json!("Hi {}"), "invalid"),
        ("text", json!("Hi {First}"), "invalid"),
        ("text", json!("{text}"), "invalid"),
        ("text", json!("a\u{0}b"), "invalid"),
        ("text", json!(many), "invalid"),
        ("text", json!("x".repeat(1601)), "invalid"),
        ("text", json!(5), "wrong_type"),
        ("name", json!(""), "invalid"),
        ("name", json!("x".repeat(101)), "invalid"),
        ("name", json!("a\nb"), "invalid"),
    ] {
        let mut body = json!({"name": "Reminder", "text": "See you!"});
        body[field] = value;
        let ask = Ask::post("/v1/templates").by(&bakery.owner.token).json(&body);
        refused(&house, ask).await.names(&format!("#/{field}"), code);
    }
    house.close().await;
}

#[tokio::test]
async fn x12_a_template_is_filled_sent_and_remembered_and_costs_what_the_preview_says() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let template = template(&house, owner, "Hi {first_name}, see you on {day}.").await;
    let conversation = house.text_in(CUSTOMER, &bakery, "When?").await;
    let fields = json!({"first_name": "there", "day": "Monday 🥐"});
    let draft = json!({"template_id": template, "fields": fields, "conversation_id": conversation["id"]});
    let preview = house.post(&owner.token, "/v1/messages/preview", &draft).await.expect(200);
    assert_eq!(preview["text"], "Hi there, see you on Monday 🥐.");
    assert_eq!(preview["offending_characters"], json!(["🥐"]));
    let [before, ..] = house.balance(owner).await;
    let sent = house.send(owner, &draft).await;
    let [after, ..] = house.balance(owner).await;
    assert_eq!(json!(before - after), preview["credits"]);
    for field in ["encoding", "segments", "credits"] {
        assert_eq!(sent[field], preview[field], "{field}");
    }
    let message = text_of(&house, owner, &sent).await;
    assert_eq!((&message["text"], &message["template_id"]), (&preview["text"], &json!(template)));
    // A composed one has none.
    let sent = house.send(owner, &json!({"to": CUSTOMER, "body": "Hello"})).await;
    assert_eq!(text_of(&house, owner, &sent).await["template_id"], Value::Null);
    house.settle().await;
    house.close().await;
}

/// I12: what was accepted stays accepted, whatever becomes of the template.
#[tokio::test]
async fn i12_the_same_request_with_a_template_is_answered_alike_even_after_the_template_is_gone() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let template = template(&house, owner, "See you on {day}.").await;
    let send = |day: &str| {
        let body = json!({"to": CUSTOMER, "template_id": template, "fields": {"day": day}});
        Ask::post("/v1/messages").by(&owner.token).key("monday").json(&body)
    };
    let first = house.ask(send("Monday")).await.expect(202);
    let path = format!("/v1/templates/{template}");
    house.ask(ask("PATCH", owner, path.clone(), &json!({"text": "Closed!"}))).await.expect(200);
    assert_eq!(house.ask(send("Monday")).await.expect(202), first);
    house.ask(Ask::new("DELETE", path).by(&owner.token)).await.expect(204);
    assert_eq!(house.ask(send("Monday")).await.expect(202), first);
    let other = house.ask(send("Tuesday")).await;
    assert_eq!(other.status, 422, "{other:?}");
    assert_eq!(text_of(&house, owner, &first).await["text"], "See you on Monday.");
    assert_eq!(house.balance(owner).await[0], 99);
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn x12_a_request_that_does_not_fit_its_template_names_what_is_wrong() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let rival = house.business("Rival", 100).await;
    let owner = &bakery.owner;
    let made = template(&house, owner, "Hi {first_name}, see you on {day}.").await;
    let foreign = template(&house, &rival.owner, "Hi!").await;
    let unknown = format!("tpl_{:032x}", 7);
    let good = json!({"day": "Monday", "first_name": "Ann"});
    for (body, pointer, code) in [
        (json!({"template_id": made, "fields": good, "body": "Hello"}), "#/template_id", "not_together"),
        (
            json!({"template_id": made, "fields": good, "media": ["https://example.com/a.jpg"]}),
            "#/template_id",
            "not_together",
        ),
        (json!({"body": "Hello", "fields": {}}), "#/fields", "not_together"),
        (json!({"template_id": unknown}), "#/template_id", "no_such_thing"),
        (json!({"template_id": foreign}), "#/template_id", "no_such_thing"),
        (json!({"template_id": "tpl_1"}), "#/template_id", "invalid"),
        (json!({"template_id": made}), "#/fields/first_name", "missing_field"),
        (json!({"template_id": made, "fields": {"first_name": "Ann"}}), "#/fields/day", "missing_field"),
        (
            json!({"template_id": made, "fields": {"first_name": "Ann", "day": "Monday", "text": "Buy"}}),
            "#/fields/text",
            "unknown_field",
        ),
    ] {
        for path in ["/v1/messages", "/v1/messages/preview"] {
            let mut body = body.clone();
            body["to"] = json!(CUSTOMER);
            let ask = Ask::post(path).by(&owner.token).json(&body);
            refused(&house, ask).await.names(pointer, code);
        }
    }
    for value in
        [json!(""), json!("a\nb"), json!("a\u{202e}b"), json!("x".repeat(101)), json!(5), json!(null)]
    {
        let body =
            json!({"to": CUSTOMER, "template_id": made, "fields": {"day": value, "first_name": "Ann"}});
        let ask = Ask::post("/v1/messages").by(&owner.token).json(&body);
        let problem = refused(&house, ask).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "#/fields/day", "{problem:#}");
    }
    let body = json!({"to": CUSTOMER, "template_id": made, "fields": {"Not a name": "x"}});
    let problem =
        refused(&house, Ask::post("/v1/messages").by(&owner.token).json(&body)).await.problem(422, "invalid");
    assert!(problem["errors"][0]["pointer"].as_str().unwrap().starts_with("#/fields"), "{problem:#}");
    house.close().await;
}

/// Every way by which a text can leave.
fn ways(conversation: &Value) -> Vec<Value> {
    vec![json!({"to": CUSTOMER}), json!({"conversation_id": conversation["id"]})]
}

async fn refused_for_composing(house: &House, token: &str, body: &Value) {
    let ask = Ask::post("/v1/messages").by(token).json(body);
    let problem = refused(house, ask).await.problem(403, "forbidden");
    assert_eq!(problem["permission"], "messages:compose", "{body}");
}

#[tokio::test]
async fn a17_x12_who_may_send_templates_only_sends_nothing_else_by_any_way() {
    let house = House::open().await;
    let (bakery, ben) = with_service(&house).await;
    let template = template(&house, &bakery.owner, "Hello, see you on {day}.").await;
    let conversation = house.text_in(CUSTOMER, &bakery, "When?").await;
    let key = json!({"name": "Shop", "permissions": ["messages:manage"], "conversation_access": "all"});
    let key = house.post(&bakery.owner.token, "/v1/api-keys", &key).await.expect(201);
    let key = key["token"].as_str().unwrap();
    // Its first use is written down.
    house.get(key, "/v1/conversations").await.expect(200);
    for token in [ben.token.as_str(), key] {
        for way in ways(&conversation) {
            for content in [
                json!({"body": "Anything at all"}),
                json!({"media": ["https://example.com/menu.jpg"]}),
                json!({"body": "Both", "media": ["https://example.com/menu.jpg"]}),
            ] {
                let mut body = way.clone();
                body.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
                refused_for_composing(&house, token, &body).await;
            }
            let mut body = way.clone();
            body["template_id"] = json!(template);
            body["fields"] = json!({"day": "Monday"});
            let sent = house.ask(Ask::post("/v1/messages").by(token).json(&body)).await.expect(202);
            assert_eq!(text_of(&house, &bakery.owner, &sent).await["text"], "Hello, see you on Monday.");
        }
    }
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn a17_x12_fields_bring_no_more_than_a_short_line_each() {
    let house = House::open().await;
    let (bakery, ben) = with_service(&house).await;
    let template = template(&house, &bakery.owner, "See you on {day}.").await;
    let send = |fields: Value| {
        let body = json!({"to": CUSTOMER, "template_id": template, "fields": fields});
        Ask::post("/v1/messages").by(&ben.token).json(&body)
    };
    for day in ["x".repeat(101), "Monday\nBuy gold at example.com".to_owned(), "Monday\u{2028}Buy".to_owned()]
    {
        let problem = refused(&house, send(json!({"day": day}))).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "#/fields/day");
    }
    refused(&house, send(json!({"day": "Monday", "more": "Buy"})))
        .await
        .names("#/fields/more", "unknown_field");
    let accepted = house.ask(send(json!({"day": "{day} {name}"}))).await.expect(202);
    assert_eq!(text_of(&house, &bakery.owner, &accepted).await["text"], "See you on {day} {name}.");
    // Nor may he make a template of his own.
    for (method, path) in
        [("POST", "/v1/templates".to_owned()), ("PATCH", format!("/v1/templates/{template}"))]
    {
        let ask = ask(method, &ben, path, &json!({"name": "Mine", "text": "Buy"}));
        refused(&house, ask).await.problem(403, "forbidden");
    }
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn a21_x13_one_member_of_such_a_team_may_be_allowed_to_compose() {
    let house = House::open().await;
    let (bakery, ben) = with_service(&house).await;
    let body = json!({"to": CUSTOMER, "body": "Hello"});
    refused_for_composing(&house, &ben.token, &body).await;
    let path = format!("/v1/users/{}/overrides", ben.id);
    let lift = json!({"grants": ["messages:compose"]});
    house.ask(ask("PUT", &bakery.owner, path.clone(), &lift)).await.expect(200);
    house.send(&ben, &body).await;
    house.ask(ask("PUT", &bakery.owner, path, &json!({}))).await.expect(200);
    refused_for_composing(&house, &ben.token, &body).await;
    house.settle().await;
    house.close().await;
}

async fn of_branch(house: &House, master: &Person, branch: &str, text: &str) -> Answer {
    let path = format!("/v1/accounts/{branch}/templates");
    house.post(&master.token, &path, &json!({"name": "From the top", "text": text})).await
}

#[tokio::test]
async fn a07_a_master_makes_templates_that_its_sub_account_uses_and_cannot_change() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch_with_line(&master.owner, "North branch", 20).await;
    let made = of_branch(&house, &master.owner, &north.account, "Brand says hi on {day}.").await.expect(201);
    assert_eq!(made["managed_by"], "master");
    assert_eq!(house.list(&north.owner.token, "/v1/templates").await, std::slice::from_ref(&made));
    let body = json!({"to": CUSTOMER, "template_id": made["id"], "fields": {"day": "Monday"}});
    let sent = house.send(&north.owner, &body).await;
    assert_eq!(text_of(&house, &north.owner, &sent).await["text"], "Brand says hi on Monday.");
    let own = format!("/v1/templates/{}", id(&made));
    refused(&house, ask("PATCH", &north.owner, own.clone(), &json!({"text": "No"})))
        .await
        .problem(409, "managed-by-master");
    refused(&house, Ask::new("DELETE", own).by(&north.owner.token)).await.problem(409, "managed-by-master");
    // The master changes and removes it, and only what it has made itself.
    let path = format!("/v1/accounts/{}/templates", north.account);
    let one = format!("{path}/{}", id(&made));
    let changed =
        house.ask(ask("PATCH", &master.owner, one.clone(), &json!({"name": "Hi"}))).await.expect(200);
    assert_eq!(house.list(&master.owner.token, &path).await, [changed]);
    let theirs = template(&house, &north.owner, "Ours alone").await;
    assert_eq!(house.list(&master.owner.token, &path).await.len(), 1);
    refused(&house, Ask::new("DELETE", format!("{path}/{theirs}")).by(&master.owner.token))
        .await
        .problem(404, "not-found");
    house.ask(Ask::new("DELETE", one).by(&master.owner.token)).await.expect(204);
    // What the master did is in the logs of both, as its doing.
    let log = house.list(&north.owner.token, &format!("/v1/audit-log?object={}", id(&made))).await;
    assert_eq!(log.len(), 3);
    assert!(log.iter().all(|it| it["actor"]["kind"] == "master"), "{log:#?}");
    let log = house.list(&master.owner.token, &format!("/v1/audit-log?object={}", id(&made))).await;
    assert_eq!(log.len(), 3);
    assert!(log.iter().all(|it| it["after"]["account_id"] == *north.account), "{log:#?}");
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn a07_only_the_master_itself_makes_templates_for_a_sub_account() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let south = house.branch(&master.owner, "South branch").await;
    let stranger = house.business("Stranger", 100).await;
    for who in [&stranger.owner, &south.owner] {
        let answer = of_branch(&house, who, &north.id, "Hi").await;
        assert!([403, 404].contains(&answer.status), "{answer:?}");
    }
    let nobody = house.colleague(&master, &["communication_manager"], "all").await;
    let problem = of_branch(&house, &nobody, &north.id, "Hi").await.problem(403, "forbidden");
    assert_eq!(problem["permission"], "accounts:manage");
    assert!(house.list(&north.owner.token, "/v1/templates").await.is_empty());
    house.close().await;
}
