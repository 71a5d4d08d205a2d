//! Quick replies, and templates of teams and of one person: who has which text at hand, and who may send it (D32, D37, X12).

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person, id};

const CUSTOMER: &str = "+12125550123";

fn ask(method: &str, who: &Person, path: &str, body: &Value) -> Ask {
    Ask::new(method, path).by(&who.token).json(body)
}

/// A business with a team at the counter, somebody in it and somebody who is not; both may act in the inbox.
struct Shop {
    house: House,
    bakery: Business,
    counter: String,
    ben: Person,
    cleo: Person,
}

impl Shop {
    async fn open() -> Self {
        let house = House::open().await;
        let bakery = house.business("Bakery", 100).await;
        let team = json!({"name": "Counter", "permissions": {}});
        let counter = id(&house.post(&bakery.owner.token, "/v1/teams", &team).await.expect(201));
        let ben = house.colleague(&bakery, &[], "all").await;
        let cleo = house.colleague(&bakery, &[], "all").await;
        let path = format!("/v1/users/{}", ben.id);
        house.ask(ask("PATCH", &bakery.owner, &path, &json!({"team_ids": [counter]}))).await.expect(200);
        Self { house, bakery, counter, ben, cleo }
    }

    async fn made(&self, who: &Person, path: &str, body: Value) -> String {
        id(&self.house.post(&who.token, path, &body).await.expect(201))
    }

    /// What somebody has at hand.
    async fn at_hand(&self, who: &Person, path: &str) -> Vec<String> {
        self.house.list(&who.token, path).await.iter().map(id).collect()
    }

    async fn text_of(&self, sent: &Value) -> Value {
        let path = format!("/v1/messages/{}", id(sent));
        self.house.get(&self.bakery.owner.token, &path).await.expect(200)["text"].clone()
    }
}

fn reply(scope: &str, text: &str) -> Value {
    json!({"title": "Hours", "text": text, "scope": scope})
}

#[tokio::test]
async fn d32_a_quick_reply_is_made_seen_changed_and_removed_and_the_log_says_so() {
    let Shop { house, bakery, .. } = Shop::open().await;
    let owner = &bakery.owner;
    let body = reply("personal", "Hi {first_name|there}, we open at 7.");
    let made = house.post(&owner.token, "/v1/quick-replies", &body).await.expect(201);
    assert_eq!(
        (&made["scope"], &made["team_id"], &made["fields"]),
        (&json!("personal"), &Value::Null, &json!(["first_name"]))
    );
    let path = format!("/v1/quick-replies/{}", id(&made));
    assert_eq!(house.get(&owner.token, &path).await.expect(200), made);
    let changed = house.ask(ask("PATCH", owner, &path, &json!({"text": "We open at 8."}))).await.expect(200);
    assert_eq!((&changed["title"], &changed["text"]), (&json!("Hours"), &json!("We open at 8.")));
    assert_eq!(house.list(&owner.token, "/v1/quick-replies").await, [changed]);
    house.ask(Ask::new("DELETE", &path).by(&owner.token)).await.expect(204);
    house.get(&owner.token, &path).await.problem(404, "not-found");
    let log = house.list(&owner.token, &format!("/v1/audit-log?object={}", id(&made))).await;
    assert_eq!(log.len(), 3, "{log:#?}");
    house.close().await;
}

#[tokio::test]
async fn d32_everybody_has_the_accounts_their_teams_and_their_own_and_nobody_another_s() {
    let shop = Shop::open().await;
    let Shop { house, bakery, counter, ben, cleo } = &shop;
    let path = "/v1/quick-replies";
    let everybodys = shop.made(&bakery.owner, path, reply("account", "We open at 7.")).await;
    let mut of_team = reply("team", "At the counter from 7.");
    of_team["team_id"] = json!(counter);
    let teams = shop.made(&bakery.owner, path, of_team.clone()).await;
    let bens = shop.made(ben, path, reply("personal", "Ben is in at 7.")).await;
    assert_eq!(shop.at_hand(ben, path).await, [&*everybodys, &*teams, &*bens]);
    assert_eq!(shop.at_hand(cleo, path).await, [&*everybodys]);
    // Whoever manages them looks after those of all teams, but nobody after what is another's own.
    assert_eq!(shop.at_hand(&bakery.owner, path).await, [&*everybodys, &*teams]);
    for (who, hidden) in [(cleo, &teams), (cleo, &bens), (&bakery.owner, &bens)] {
        let one = format!("{path}/{hidden}");
        house.get(&who.token, &one).await.problem(404, "not-found");
        refused(house, ask("PATCH", who, &one, &json!({"title": "Mine"}))).await.problem(404, "not-found");
        refused(house, Ask::new("DELETE", &one).by(&who.token)).await.problem(404, "not-found");
        let send = json!({"to": CUSTOMER, "quick_reply_id": hidden});
        refused(house, ask("POST", who, "/v1/messages", &send))
            .await
            .names("#/quick_reply_id", "no_such_thing");
    }
    // Making and changing them for others takes a permission.
    for body in [reply("account", "Closed"), of_team] {
        let problem = refused(house, ask("POST", ben, path, &body)).await.problem(403, "forbidden");
        assert_eq!(problem["permission"], "quick-replies:manage");
    }
    let one = format!("{path}/{everybodys}");
    refused(house, ask("PATCH", ben, &one, &json!({"text": "Closed"}))).await.problem(403, "forbidden");
    refused(house, Ask::new("DELETE", &one).by(&ben.token)).await.problem(403, "forbidden");
    // Who leaves the team, and who removes it, leaves its texts behind.
    house.ask(Ask::new("DELETE", format!("/v1/teams/{counter}")).by(&bakery.owner.token)).await.expect(204);
    assert_eq!(shop.at_hand(ben, path).await, [&*everybodys, &*bens]);
    shop.house.close().await;
}

#[tokio::test]
async fn d32_lists_of_several_scopes_are_paged_as_one() {
    let shop = Shop::open().await;
    let path = "/v1/quick-replies";
    let mut made = vec![];
    // Ids of the same millisecond are in no particular order.
    let wait = || shop.house.move_clock(jiff::SignedDuration::from_secs(1));
    for n in 0..5 {
        wait();
        made.push(shop.made(&shop.bakery.owner, path, reply("account", &format!("Everybody's {n}"))).await);
    }
    for n in 0..5 {
        wait();
        made.push(shop.made(&shop.ben, path, reply("personal", &format!("Ben's {n}"))).await);
    }
    for limit in 1..=11 {
        let (mut seen, mut cursor) = (vec![], String::new());
        loop {
            let page = format!("{path}?limit={limit}{cursor}");
            let page = shop.house.get(&shop.ben.token, &page).await.expect(200);
            seen.extend(page["data"].as_array().unwrap().iter().map(id));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, made, "{limit}");
    }
    shop.house.close().await;
}

#[tokio::test]
async fn d32_d37_a_quick_reply_is_previewed_into_the_composer_and_sent_with_its_fields() {
    let shop = Shop::open().await;
    let Shop { house, bakery, ben, .. } = &shop;
    let text = "Hi {first_name|there}, {sender_name} of {business_name} here: open until {time}.";
    let made = shop.made(ben, "/v1/quick-replies", reply("personal", text)).await;
    let conversation = house.text_in(CUSTOMER, bakery, "Until when?").await;
    let body = json!({
        "conversation_id": conversation["id"], "quick_reply_id": made, "fields": {"time": "18:00"},
    });
    let preview = house.post(&ben.token, "/v1/messages/preview", &body).await.expect(200);
    assert_eq!(preview["text"], "Hi there, Ben of Bakery here: open until 18:00.");
    let sent = house.send(ben, &body).await;
    assert_eq!(shop.text_of(&sent).await, preview["text"]);
    assert_eq!(sent["credits"], preview["credits"]);
    for (body, pointer, code) in [
        (json!({"quick_reply_id": made}), "#/fields/time", "missing_field"),
        (json!({"quick_reply_id": made, "body": "Hello"}), "#/quick_reply_id", "not_together"),
        (
            json!({"quick_reply_id": made, "template_id": format!("tpl_{:032x}", 7)}),
            "#/quick_reply_id",
            "not_together",
        ),
        (json!({"quick_reply_id": "qrp_1"}), "#/quick_reply_id", "invalid"),
        (
            json!({"quick_reply_id": made, "fields": {"time": "7", "more": "x"}}),
            "#/fields/more",
            "unknown_field",
        ),
    ] {
        let mut body = body.clone();
        body["to"] = json!(CUSTOMER);
        refused(house, ask("POST", ben, "/v1/messages", &body)).await.names(pointer, code);
    }
    house.settle().await;
    shop.house.close().await;
}

#[tokio::test]
async fn x12_a_quick_reply_and_a_template_of_one_s_own_count_as_composed() {
    let shop = Shop::open().await;
    let Shop { house, bakery, counter, ben, .. } = &shop;
    let own = json!({"name": "Mine", "text": "Buy gold, {first_name|friend}!", "scope": "personal"});
    let own = shop.made(ben, "/v1/templates", own).await;
    let bens = shop.made(ben, "/v1/quick-replies", reply("personal", "Buy gold!")).await;
    let everybodys = shop.made(&bakery.owner, "/v1/quick-replies", reply("account", "Open from 7.")).await;
    let mut of_team = json!({"name": "Team", "text": "See you at the counter.", "scope": "team"});
    of_team["team_id"] = json!(counter);
    let of_team = shop.made(&bakery.owner, "/v1/templates", of_team).await;
    // While Ben may compose, all of them go.
    house.send(ben, &json!({"to": CUSTOMER, "template_id": own})).await;
    let path = format!("/v1/teams/{counter}");
    let deny = json!({"permissions": {"denies": ["messages:compose"]}});
    house.ask(ask("PATCH", &bakery.owner, &path, &deny)).await.expect(200);
    for content in [
        json!({"template_id": own}),
        json!({"quick_reply_id": bens}),
        json!({"quick_reply_id": everybodys}),
        json!({"body": "Buy gold!"}),
    ] {
        for path in ["/v1/messages", "/v1/messages/test"] {
            let mut body = content.clone();
            body["to"] = json!(CUSTOMER);
            let problem = refused(house, ask("POST", ben, path, &body)).await.problem(403, "forbidden");
            assert_eq!(problem["permission"], "messages:compose", "{path} {content}");
        }
    }
    // Nor does he make one now, change his own, or move it to others.
    let mine = json!({"name": "Mine", "text": "Buy!", "scope": "personal"});
    refused(house, ask("POST", ben, "/v1/templates", &mine)).await.problem(403, "forbidden");
    let one = format!("/v1/templates/{own}");
    refused(house, ask("PATCH", ben, &one, &json!({"text": "Buy!"}))).await.problem(403, "forbidden");
    refused(house, ask("PATCH", ben, &one, &json!({"scope": "account"})))
        .await
        .names("#/scope", "unknown_field");
    // What others have made for his team, he sends.
    let sent = house.send(ben, &json!({"to": CUSTOMER, "template_id": of_team})).await;
    assert_eq!(shop.text_of(&sent).await, "See you at the counter.");
    house.settle().await;
    shop.house.close().await;
}

#[tokio::test]
async fn x12_templates_have_the_same_scopes_and_the_permissions_that_belong_to_them() {
    let shop = Shop::open().await;
    let Shop { house, bakery, counter, ben, cleo } = &shop;
    let path = "/v1/templates";
    let body = |scope: &str| json!({"name": "Reminder", "text": "See you!", "scope": scope});
    let everybodys = shop.made(&bakery.owner, path, json!({"name": "Reminder", "text": "See you!"})).await;
    let mut of_team = body("team");
    of_team["team_id"] = json!(counter);
    let teams = shop.made(&bakery.owner, path, of_team.clone()).await;
    let bens = shop.made(ben, path, body("personal")).await;
    let mut bens_all = shop.at_hand(ben, path).await;
    bens_all.sort();
    let mut expected = vec![everybodys.clone(), teams.clone(), bens.clone()];
    expected.sort();
    assert_eq!(bens_all, expected);
    assert_eq!(shop.at_hand(cleo, path).await, [&*everybodys]);
    for (who, hidden) in [(cleo, &teams), (cleo, &bens), (&bakery.owner, &bens)] {
        house.get(&who.token, &format!("{path}/{hidden}")).await.problem(404, "not-found");
        let send = json!({"to": CUSTOMER, "template_id": hidden});
        refused(house, ask("POST", who, "/v1/messages", &send)).await.names("#/template_id", "no_such_thing");
    }
    for body in [body("account"), of_team] {
        let problem = refused(house, ask("POST", ben, path, &body)).await.problem(403, "forbidden");
        assert_eq!(problem["permission"], "templates:manage");
    }
    let one = format!("{path}/{bens}");
    house.ask(ask("PATCH", ben, &one, &json!({"text": "Bye!"}))).await.expect(200);
    house.ask(Ask::new("DELETE", &one).by(&ben.token)).await.expect(204);
    shop.house.close().await;
}

#[tokio::test]
async fn d32_what_is_no_quick_reply_is_named() {
    let shop = Shop::open().await;
    let rival = shop.house.business("Rival", 10).await;
    let foreign = json!({"name": "Theirs", "permissions": {}});
    let foreign = id(&shop.house.post(&rival.owner.token, "/v1/teams", &foreign).await.expect(201));
    let owner = &shop.bakery.owner;
    for (field, value, code) in [
        ("title", json!(""), "invalid"),
        ("title", json!("a\nb"), "invalid"),
        ("title", json!("x".repeat(101)), "invalid"),
        ("text", json!(""), "invalid"),
        ("text", json!("Hi {first_name"), "invalid"),
        ("text", json!("Hi {first_name|}"), "invalid"),
        ("text", json!("x".repeat(1601)), "invalid"),
        ("scope", json!("everybody"), "invalid"),
        ("team_id", json!(shop.counter), "not_together"),
        ("colour", json!("red"), "unknown_field"),
    ] {
        let mut body = reply("personal", "We open at 7.");
        body[field] = value;
        refused(&shop.house, ask("POST", owner, "/v1/quick-replies", &body))
            .await
            .names(&format!("#/{field}"), code);
    }
    for (team, code) in [(json!(foreign), "no_such_thing"), (Value::Null, "missing_field")] {
        let mut body = reply("team", "We open at 7.");
        body["team_id"] = team;
        refused(&shop.house, ask("POST", owner, "/v1/quick-replies", &body)).await.names("#/team_id", code);
    }
    shop.house.close().await;
}
