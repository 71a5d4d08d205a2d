//! Keywords: a word that a customer texts puts them on a list, and perhaps they are answered (A06).

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person, id};

const CUSTOMER: &str = "+12125550123";

/// A business whose keyword `join` leads to its list, with an answer.
struct Club {
    house: House,
    bakery: Business,
    list: String,
    template: String,
    keyword: String,
}

impl Club {
    async fn open() -> Self {
        let house = House::open().await;
        let bakery = house.business("Bakery", 100).await;
        let (list, template) = list_and_template(&house, &bakery.owner).await;
        let body = json!({"word": "Join", "contact_list_id": list, "template_id": template});
        let keyword = id(&house.post(&bakery.owner.token, "/v1/keywords", &body).await.expect(201));
        Self { house, bakery, list, template, keyword }
    }

    async fn members(&self) -> Vec<Value> {
        self.house.list(&self.bakery.owner.token, &format!("/v1/contact-lists/{}/contacts", self.list)).await
    }

    /// What was said to a customer, oldest first.
    async fn said_to(&self, customer: &str) -> Vec<Value> {
        let owner = &self.bakery.owner;
        let conversation = self.house.conversation_with(owner, customer).await;
        let path = format!("/v1/conversations/{}/timeline?events=outgoing_message", id(&conversation));
        let mut entries = self.house.list(&owner.token, &path).await;
        entries.reverse();
        entries.into_iter().map(|it| it["message"].clone()).collect()
    }
}

async fn list_and_template(house: &House, who: &Person) -> (String, String) {
    let list = house.post(&who.token, "/v1/contact-lists", &json!({"name": "Club"})).await.expect(201);
    let template = json!({"name": "Welcome", "text": "Welcome to the club!"});
    let template = house.post(&who.token, "/v1/templates", &template).await.expect(201);
    (id(&list), id(&template))
}

#[tokio::test]
async fn a06_who_texts_a_keyword_is_put_on_its_list_and_answered() {
    let club = Club::open().await;
    let Club { house, bakery, .. } = &club;
    let conversation = house.text_in(CUSTOMER, bakery, " JOIN! ").await;
    house.pass(SignedDuration::from_mins(1)).await;
    let members = club.members().await;
    assert_eq!(members.len(), 1);
    assert_eq!(members[0]["id"], conversation["contact"]["id"]);
    let said = club.said_to(CUSTOMER).await;
    assert_eq!(said.len(), 1, "{said:#?}");
    assert_eq!(
        (&said[0]["text"], &said[0]["origin"]),
        (&json!("Welcome to the club!"), &json!("notification"))
    );
    assert_eq!((&said[0]["template_id"], &said[0]["status"]), (&json!(club.template), &json!("delivered")));
    // Nobody is assigned by it, and the customer's text is still to be read.
    let now = house.conversation_with(&bakery.owner, CUSTOMER).await;
    assert_eq!((&now["assignees"], &now["unread"]), (&json!([]), &json!(1)));
    assert_eq!(house.balance(&bakery.owner).await, [99, 0, 1]);
    // Again: they are on the list already, and are answered again.
    house.text_in(CUSTOMER, bakery, "join").await;
    house.settle().await;
    assert_eq!(club.members().await, members);
    assert_eq!(club.said_to(CUSTOMER).await.len(), 2);
    club.house.audit(&club.bakery.owner).await;
    club.house.close().await;
}

#[tokio::test]
async fn a06_only_a_text_that_is_the_keyword_counts() {
    let club = Club::open().await;
    for text in ["join us", "Can I join?", "joint", "Stop me if you can", "j oin", ""] {
        club.house.text_in(CUSTOMER, &club.bakery, text).await;
    }
    club.house.settle().await;
    assert!(club.members().await.is_empty());
    assert!(club.said_to(CUSTOMER).await.is_empty());
    club.house.close().await;
}

#[tokio::test]
async fn a06_i02_a_text_that_is_delivered_many_times_counts_once() {
    let club = Club::open().await;
    let Club { house, bakery, .. } = &club;
    let body = bakery.line.text("the-same", CUSTOMER, "join");
    for _ in 0..5 {
        let webhook = bakery.line.webhook(&bakery.line.inbound(), body.clone(), house.now());
        house.ask(webhook).await.expect(200);
        house.settle().await;
    }
    assert_eq!(club.members().await.len(), 1);
    assert_eq!(club.said_to(CUSTOMER).await.len(), 1);
    assert_eq!(house.balance(&bakery.owner).await[0], 99);
    club.house.close().await;
}

#[tokio::test]
async fn a06_i07_who_has_opted_out_is_put_on_the_list_and_not_answered() {
    let club = Club::open().await;
    let Club { house, bakery, .. } = &club;
    house.text_in(CUSTOMER, bakery, "STOP").await;
    house.text_in(CUSTOMER, bakery, "join").await;
    house.settle().await;
    assert_eq!(club.members().await.len(), 1);
    let answers = async || {
        let said = club.said_to(CUSTOMER).await;
        said.into_iter().filter(|it| it["template_id"] == json!(club.template)).count()
    };
    assert_eq!(answers().await, 0);
    // Opting in again does not bring the answer after all.
    house.text_in(CUSTOMER, bakery, "START").await;
    house.pass(SignedDuration::from_mins(10)).await;
    assert_eq!(answers().await, 0);
    club.house.close().await;
}

#[tokio::test]
async fn a06_x15_without_credits_the_sender_is_listed_and_not_answered() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 0).await;
    let (list, template) = list_and_template(&house, &bakery.owner).await;
    let body = json!({"word": "join", "contact_list_id": list, "template_id": template});
    house.post(&bakery.owner.token, "/v1/keywords", &body).await.expect(201);
    house.text_in(CUSTOMER, &bakery, "join").await;
    house.top_up(&bakery.account, 10).await;
    house.pass(SignedDuration::from_mins(10)).await;
    let members = house.list(&bakery.owner.token, &format!("/v1/contact-lists/{list}/contacts")).await;
    assert_eq!(members.len(), 1);
    assert_eq!(house.balance(&bakery.owner).await, [10, 0, 0], "a late answer is worse than none");
    house.close().await;
}

#[tokio::test]
async fn a06_c23_without_the_feature_the_sender_is_listed_and_not_answered() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch_with_line(&master.owner, "North branch", 20).await;
    let (list, template) = list_and_template(&house, &north.owner).await;
    let body = json!({"word": "join", "contact_list_id": list, "template_id": template});
    house.post(&north.owner.token, "/v1/keywords", &body).await.expect(201);
    let path = format!("/v1/accounts/{}", north.account);
    for (n, feature) in ["keywords", "messaging"].into_iter().enumerate() {
        let switch = |on: bool| {
            Ask::new("PATCH", &path).by(&master.owner.token).json(&json!({"features": {feature: on}}))
        };
        house.ask(switch(false)).await.expect(200);
        let text = north.line.text(&format!("text-{n}"), &format!("+1212555013{n}"), "join");
        house.ask(north.line.webhook(&north.line.inbound(), text, house.now())).await.expect(200);
        house.settle().await;
        house.ask(switch(true)).await.expect(200);
        let members = house.list(&north.owner.token, &format!("/v1/contact-lists/{list}/contacts")).await;
        assert_eq!(members.len(), n + 1, "{feature}");
        assert_eq!(house.balance(&north.owner).await, [20, 0, 0], "{feature}");
    }
    // Suspended: the same.
    house.ask(Ask::post(format!("{path}/suspend")).by(&master.owner.token)).await.expect(200);
    let text = north.line.text("suspended", "+12125550139", "join");
    house.ask(north.line.webhook(&north.line.inbound(), text, house.now())).await.expect(200);
    house.settle().await;
    house.ask(Ask::post(format!("{path}/reopen")).by(&master.owner.token)).await.expect(200);
    house.pass(SignedDuration::from_mins(10)).await;
    assert_eq!(house.balance(&north.owner).await, [20, 0, 0]);
    let members = house.list(&north.owner.token, &format!("/v1/contact-lists/{list}/contacts")).await;
    assert_eq!(members.len(), 3);
    house.close().await;
}

/// I15: nothing of our own starts a keyword, and none of our own numbers is answered.
#[tokio::test]
async fn i15_a_keyword_is_never_answered_to_ourselves() {
    let club = Club::open().await;
    let Club { house, bakery, .. } = &club;
    let (_, second, line) = house.simulated_line(&bakery.owner).await;
    let other = Business { line, ..bakery.clone() };
    house.text_in(&second, bakery, "join").await;
    house.text_in(&bakery.number, &other, "join").await;
    // What staff write is no customer's text.
    house.send(&bakery.owner, &json!({"to": CUSTOMER, "body": "join"})).await;
    house.settle().await;
    assert!(club.members().await.is_empty());
    assert_eq!(house.balance(&bakery.owner).await, [99, 0, 1]);
    club.house.close().await;
}

#[tokio::test]
async fn x02_an_automatic_answer_does_not_count_as_somebody_s() {
    let club = Club::open().await;
    let Club { house, bakery, .. } = &club;
    let conversation = id(&house.text_in(CUSTOMER, bakery, "Hi").await);
    let act =
        |what: &str| Ask::post(format!("/v1/conversations/{conversation}/{what}")).by(&bakery.owner.token);
    house.ask(act("complete")).await.expect(200);
    house.text_in(CUSTOMER, bakery, "join").await;
    house.settle().await;
    assert_eq!(club.said_to(CUSTOMER).await.len(), 1);
    refused(house, act("complete")).await.problem(409, "action-not-available");
    house.send(&bakery.owner, &json!({"to": CUSTOMER, "body": "Welcome!"})).await;
    house.ask(act("complete")).await.expect(200);
    house.settle().await;
    club.house.close().await;
}

#[tokio::test]
async fn a06_what_cannot_be_a_keyword_is_named() {
    let club = Club::open().await;
    let Club { house, bakery, list, template, .. } = &club;
    let owner = &bakery.owner;
    let asking = json!({"name": "Asks", "text": "See you on {day}."});
    let asking = id(&house.post(&owner.token, "/v1/templates", &asking).await.expect(201));
    for (field, value, code) in [
        ("word", json!(""), "invalid"),
        ("word", json!("a"), "invalid"),
        ("word", json!("two words"), "invalid"),
        ("word", json!("x".repeat(31)), "invalid"),
        ("word", json!("🥐🥐"), "invalid"),
        ("word", json!("Stop"), "invalid"),
        ("word", json!("ＳＴＯＰ"), "invalid"),
        ("word", json!("START"), "invalid"),
        ("word", json!("help"), "invalid"),
        ("word", json!(5), "wrong_type"),
        ("word", json!("JOIN"), "taken"),
        ("word", json!("ｊｏｉｎ"), "taken"),
        ("contact_list_id", json!(format!("lst_{:032x}", 7)), "no_such_thing"),
        ("contact_list_id", json!("lst_1"), "invalid"),
        ("template_id", json!(format!("tpl_{:032x}", 7)), "no_such_thing"),
        ("template_id", json!(asking), "invalid"),
    ] {
        let mut body = json!({"word": "club", "contact_list_id": list, "template_id": template});
        body[field] = value;
        let ask = Ask::post("/v1/keywords").by(&owner.token).json(&body);
        refused(house, ask).await.names(&format!("#/{field}"), code);
    }
    club.house.close().await;
}

#[tokio::test]
async fn a06_a_keyword_is_changed_and_removed_and_keeps_its_list_and_template() {
    let club = Club::open().await;
    let Club { house, bakery, list, template, keyword } = &club;
    let owner = &bakery.owner;
    for path in [format!("/v1/contact-lists/{list}"), format!("/v1/templates/{template}")] {
        refused(house, Ask::new("DELETE", path).by(&owner.token)).await.problem(409, "conflict");
    }
    let path = format!("/v1/keywords/{keyword}");
    let change = |body: Value| Ask::new("PATCH", &path).by(&owner.token).json(&body);
    let changed = house.ask(change(json!({"template_id": null}))).await.expect(200);
    assert_eq!((&changed["template_id"], &changed["word"]), (&Value::Null, &json!("join")));
    house.text_in(CUSTOMER, bakery, "join").await;
    house.settle().await;
    assert_eq!(club.members().await.len(), 1);
    assert!(club.said_to(CUSTOMER).await.is_empty());
    refused(house, change(json!({"word": "other"}))).await.names("#/word", "unknown_field");
    house.ask(Ask::new("DELETE", format!("/v1/templates/{template}")).by(&owner.token)).await.expect(204);
    house.ask(Ask::new("DELETE", &path).by(&owner.token)).await.expect(204);
    refused(house, change(json!({}))).await.problem(404, "not-found");
    assert!(house.list(&owner.token, "/v1/keywords").await.is_empty());
    house.text_in("+12125550124", bakery, "join").await;
    house.settle().await;
    assert_eq!(club.members().await.len(), 1);
    let log = house.list(&owner.token, &format!("/v1/audit-log?object={keyword}")).await;
    assert_eq!(log.len(), 3);
    club.house.close().await;
}

#[tokio::test]
async fn a06_a_master_manages_the_keywords_of_its_sub_accounts() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch_with_line(&master.owner, "North branch", 20).await;
    let top = &master.owner;
    let of = |what: &str| format!("/v1/accounts/{}/{what}", north.account);
    let list = house.post(&top.token, &of("contact-lists"), &json!({"name": "Club"})).await.expect(201);
    let template = json!({"name": "Welcome", "text": "Welcome to the club!"});
    let template = house.post(&top.token, &of("templates"), &template).await.expect(201);
    let body = json!({"word": "join", "contact_list_id": list["id"], "template_id": template["id"]});
    let made = house.post(&top.token, &of("keywords"), &body).await.expect(201);
    assert_eq!(made["managed_by"], "master");
    assert_eq!(house.list(&north.owner.token, "/v1/keywords").await, std::slice::from_ref(&made));
    // The sub account sees it, and leaves it as it is.
    let own = format!("/v1/keywords/{}", id(&made));
    for ask in [
        Ask::new("PATCH", &own).json(&json!({"template_id": null})),
        Ask::new("DELETE", &own),
        Ask::new("DELETE", format!("/v1/templates/{}", id(&template))),
    ] {
        refused(&house, ask.by(&north.owner.token)).await.problem(409, "managed-by-master");
    }
    refused(&house, Ask::post("/v1/keywords").by(&north.owner.token).json(&body))
        .await
        .names("#/word", "taken");
    house.text_in(CUSTOMER, &north, "Join").await;
    house.settle().await;
    let members = format!("/v1/contact-lists/{}/contacts", id(&list));
    assert_eq!(house.list(&north.owner.token, &members).await.len(), 1);
    assert_eq!(house.balance(&north.owner).await, [19, 0, 1], "the sub account pays for its answer");
    // One that the sub account has made is the master's to manage, too.
    let theirs = json!({"word": "cake", "contact_list_id": list["id"]});
    let theirs = house.post(&north.owner.token, "/v1/keywords", &theirs).await.expect(201);
    assert_eq!(house.list(&top.token, &of("keywords")).await.len(), 2);
    house.ask(Ask::new("DELETE", of(&format!("keywords/{}", id(&theirs)))).by(&top.token)).await.expect(204);
    let one = of(&format!("keywords/{}", id(&made)));
    house.ask(Ask::new("PATCH", &one).by(&top.token).json(&json!({"template_id": null}))).await.expect(200);
    house.ask(Ask::new("DELETE", &one).by(&top.token)).await.expect(204);
    let log = house.list(&north.owner.token, &format!("/v1/audit-log?object={}", id(&made))).await;
    assert_eq!(log.len(), 3);
    assert!(log.iter().all(|it| it["actor"]["kind"] == "master"));
    let stranger = house.business("Stranger", 10).await;
    let ask = Ask::post(of("keywords")).by(&stranger.owner.token).json(&body);
    refused(&house, ask).await.problem(404, "not-found");
    house.close().await;
}
