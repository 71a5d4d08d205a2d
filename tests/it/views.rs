//! Saved views of the inbox: one's own and shared ones (D03, D05, I10).

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, House, Person, id};

const CUSTOMER: &str = "+12125550123";
const OTHER: &str = "+12125550124";

fn ask(method: &str, who: &Person, path: &str, body: &Value) -> Ask {
    Ask::new(method, path).by(&who.token).json(body)
}

async fn saved(house: &House, who: &Person, filter: Value, shared: bool) -> Value {
    let body = json!({"name": "Counter", "filter": filter, "shared": shared});
    house.post(&who.token, "/v1/views", &body).await.expect(201)
}

#[tokio::test]
async fn d03_d05_a_view_is_saved_seen_changed_and_removed() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let filter = json!({"view": "unread", "user_id": "me", "gateway_id": bakery.gateway});
    let made = saved(&house, owner, filter.clone(), false).await;
    assert_eq!((&made["filter"], &made["shared"], &made["missing"]), (&filter, &json!(false), &json!([])));
    let path = format!("/v1/views/{}", id(&made));
    assert_eq!(house.get(&owner.token, &path).await.expect(200), made);
    let change = json!({"name": "Left", "filter": {"view": "inbox", "unassigned": true}});
    let changed = house.ask(ask("PATCH", owner, &path, &change)).await.expect(200);
    assert_eq!((&changed["name"], &changed["filter"]), (&change["name"], &change["filter"]));
    assert_eq!(house.list(&owner.token, "/v1/views").await, [changed]);
    house.ask(Ask::new("DELETE", &path).by(&owner.token)).await.expect(204);
    house.get(&owner.token, &path).await.problem(404, "not-found");
    let log = house.list(&owner.token, &format!("/v1/audit-log?object={}", id(&made))).await;
    assert_eq!(log.len(), 3, "{log:#?}");
    house.close().await;
}

#[tokio::test]
async fn d05_i10_whoever_looks_through_a_shared_view_sees_what_they_may_see() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let ben = house.colleague(&bakery, &[], "assigned").await;
    let first = id(&house.text_in(CUSTOMER, &bakery, "When?").await);
    house.move_clock(jiff::SignedDuration::from_secs(1));
    let second = id(&house.text_in(OTHER, &bakery, "Where?").await);
    let assign = format!("/v1/conversations/{first}/assignees/{}", ben.id);
    house.ask(Ask::new("PUT", assign).by(&owner.token)).await.expect(200);
    house.settle().await;
    let mine = saved(&house, owner, json!({"view": "inbox", "user_id": "me"}), true).await;
    let all = saved(&house, owner, json!({"view": "all", "gateway_id": bakery.gateway}), true).await;
    let bens = saved(&house, owner, json!({"view": "inbox", "user_id": ben.id}), true).await;
    let nobodys = saved(&house, owner, json!({"view": "inbox", "unassigned": true}), true).await;
    let seen = async |who: &Person, view: &Value| {
        let path = format!("/v1/conversations?saved_view={}", id(view));
        house.list(&who.token, &path).await.iter().map(id).collect::<Vec<_>>()
    };
    // `me` is whoever looks.
    assert!(seen(owner, &mine).await.is_empty());
    assert_eq!(seen(&ben, &mine).await, [&*first]);
    assert_eq!(seen(owner, &bens).await, [&*first]);
    assert_eq!(seen(owner, &nobodys).await, [&*second]);
    assert_eq!(seen(owner, &all).await, [&*second, &*first]);
    assert_eq!(seen(&ben, &all).await, [&*first]);
    // A view lets nobody see more than they may.
    let path = format!("/v1/conversations?saved_view={}", id(&nobodys));
    house.get(&ben.token, &path).await.problem(403, "forbidden");
    // It is the whole question.
    for more in ["&view=inbox", "&user_id=me", &format!("&gateway_id={}", bakery.gateway)] {
        let path = format!("/v1/conversations?saved_view={}{more}", id(&all));
        refused(&house, Ask::get(&path).by(&owner.token)).await.names("?saved_view", "not_together");
    }
    house.close().await;
}

#[tokio::test]
async fn d05_one_s_own_views_are_nobody_else_s_and_sharing_takes_a_permission() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let rival = house.business("Rival", 10).await;
    let (ben, owner) = (house.colleague(&bakery, &[], "all").await, &bakery.owner);
    let inbox = json!({"view": "inbox"});
    let bens = saved(&house, &ben, inbox.clone(), false).await;
    let shared = saved(&house, owner, inbox.clone(), true).await;
    assert_eq!(house.list(&ben.token, "/v1/views").await, [shared.clone(), bens.clone()]);
    assert_eq!(house.list(&owner.token, "/v1/views").await, std::slice::from_ref(&shared));
    assert!(house.list(&rival.owner.token, "/v1/views").await.is_empty());
    let path = format!("/v1/views/{}", id(&bens));
    for other in [owner, &rival.owner] {
        house.get(&other.token, &path).await.problem(404, "not-found");
        refused(&house, ask("PATCH", other, &path, &json!({"name": "Mine"}))).await.problem(404, "not-found");
        refused(&house, Ask::new("DELETE", &path).by(&other.token)).await.problem(404, "not-found");
        let look = format!("/v1/conversations?saved_view={}", id(&bens));
        house.get(&other.token, &look).await.names("?saved_view", "no_such_thing");
    }
    let share = json!({"name": "Counter", "filter": inbox, "shared": true});
    let problem = refused(&house, ask("POST", &ben, "/v1/views", &share)).await.problem(403, "forbidden");
    assert_eq!(problem["permission"], "views:manage");
    let path = format!("/v1/views/{}", id(&shared));
    refused(&house, ask("PATCH", &ben, &path, &json!({"name": "Mine"}))).await.problem(403, "forbidden");
    refused(&house, Ask::new("DELETE", &path).by(&ben.token)).await.problem(403, "forbidden");
    house.close().await;
}

#[tokio::test]
async fn d05_x19_a_view_names_what_exists_and_says_what_has_vanished() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let rival = house.business("Rival", 10).await;
    let owner = &bakery.owner;
    let ben = house.colleague(&bakery, &[], "all").await;
    let tag = |name: &str| json!({"name": name, "colour": "red"});
    let theirs = id(&house.post(&rival.owner.token, "/v1/tags", &tag("Late")).await.expect(201));
    let ours = id(&house.post(&owner.token, "/v1/tags", &tag("Late")).await.expect(201));
    for (field, value, code) in [
        ("user_id", json!(rival.owner.id), "no_such_thing"),
        ("user_id", json!("you"), "invalid"),
        ("gateway_id", json!(rival.gateway), "no_such_thing"),
        ("gateway_id", json!(format!("gwy_{:032x}", 7)), "no_such_thing"),
        ("tag_id", json!(theirs), "no_such_thing"),
        ("tag_id", json!("late"), "invalid"),
        ("view", json!("everything"), "invalid"),
        ("colour", json!("red"), "unknown_field"),
    ] {
        let mut filter = json!({"view": "inbox"});
        filter[field] = value;
        let body = json!({"name": "Counter", "filter": filter});
        let pointer = format!("#/filter/{field}");
        refused(&house, ask("POST", owner, "/v1/views", &body)).await.names(&pointer, code);
    }
    let both = json!({"name": "Counter", "filter": {"view": "inbox", "user_id": "me", "unassigned": true}});
    refused(&house, ask("POST", owner, "/v1/views", &both))
        .await
        .names("#/filter/unassigned", "not_together");
    // What vanishes later is said, and meanwhile nothing is shown: more than was meant would be wrong.
    let filter = json!({"view": "inbox", "tag_id": ours, "user_id": ben.id});
    let view = saved(&house, owner, filter, false).await;
    house.ask(Ask::new("DELETE", format!("/v1/tags/{ours}")).by(&owner.token)).await.expect(204);
    let path = format!("/v1/views/{}", id(&view));
    assert_eq!(house.get(&owner.token, &path).await.expect(200)["missing"], json!(["tag_id"]));
    assert_eq!(house.list(&owner.token, "/v1/views").await[0]["missing"], json!(["tag_id"]));
    let look = format!("/v1/conversations?saved_view={}", id(&view));
    refused(&house, Ask::get(&look).by(&owner.token)).await.problem(409, "conflict");
    let change = json!({"filter": {"view": "inbox", "user_id": ben.id}});
    let changed = house.ask(ask("PATCH", owner, &path, &change)).await.expect(200);
    assert_eq!(changed["missing"], json!([]));
    house.get(&owner.token, &look).await.expect(200);
    house.close().await;
}
