//! I10: for every access and every relation to a conversation, all ways to it agree: lists, counts, badge, direct look,
//! timeline, message, notification, act and send.

use serde_json::json;

use crate::house::{Ask, Business, House, Person};

/// To whom a conversation is assigned.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Relation {
    Mine,
    Anothers,
    Nobodys,
}

const RELATIONS: [Relation; 3] = [Relation::Mine, Relation::Anothers, Relation::Nobodys];

/// What somebody should be able to do with a conversation.
#[expect(clippy::struct_excessive_bools, reason = "four questions with yes or no for an answer")]
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sight {
    listed: bool,
    readable: bool,
    writable: bool,
    told: bool,
}

/// The rules C02 to C12, C22 and X09 in one place.
fn expected(access: &str, level: &str, relation: Relation) -> Sight {
    let listed = access == "all" || (access == "assigned" && relation == Relation::Mine);
    let reaches = |levels: &[&str]| access == "assigned" && levels.contains(&level);
    Sight {
        listed,
        readable: listed || reaches(&["read", "write"]),
        writable: listed || reaches(&["write"]),
        told: match relation {
            Relation::Mine => access != "none",
            Relation::Anothers => false,
            Relation::Nobodys => access == "all",
        },
    }
}

async fn person(house: &House, of: &Business, access: &str, level: &str) -> Person {
    let person = house.colleague(of, &["people_manager"], access).await;
    let body = json!({"message_access": level});
    let path = format!("/v1/users/{}", person.id);
    house.ask(Ask::new("PATCH", path).by(&of.owner.token).json(&body)).await.expect(200);
    person
}

/// A conversation with a message of ours, of this relation to `me`. Returns it and the message.
async fn conversation(
    house: &House,
    of: &Business,
    customer: &str,
    me: &Person,
    relation: Relation,
) -> (String, String) {
    let body = json!({"to": customer, "body": "Good morning"});
    let sent = house.send(&of.owner, &body).await;
    let (id, message) = (sent["conversation_id"].as_str().unwrap(), sent["id"].as_str().unwrap());
    let assignee = |who: &str| format!("/v1/conversations/{id}/assignees/{who}");
    // Who sends is assigned (C16).
    if relation != Relation::Anothers {
        house.ask(Ask::new("DELETE", assignee(&of.owner.id)).by(&of.owner.token)).await.expect(200);
    }
    if relation == Relation::Mine {
        // Even somebody without access keeps an assignment from before.
        let had = Ask::new("PATCH", format!("/v1/users/{}", me.id)).by(&of.owner.token);
        let before = house.get(&of.owner.token, &format!("/v1/users/{}", me.id)).await.expect(200);
        house.ask(had.clone().json(&json!({"conversation_access": "all"}))).await.expect(200);
        house.ask(Ask::new("PUT", assignee(&me.id)).by(&of.owner.token)).await.expect(200);
        let back = json!({"conversation_access": before["conversation_access"]});
        house.ask(had.json(&back)).await.expect(200);
    }
    house.settle().await;
    (id.to_owned(), message.to_owned())
}

async fn seen(house: &House, of: &Business, customer: &str, me: &Person, ids: (&str, &str)) -> Sight {
    let (id, message) = ids;
    let path = format!("/v1/conversations/{id}");
    let status = async |path: &str| house.get(&me.token, path).await.status;
    let listed = async |view: &str| {
        let answer = house.get(&me.token, &format!("/v1/conversations?view={view}&limit=100")).await;
        answer.status == 200 && answer.body["data"].as_array().unwrap().iter().any(|it| it["id"] == id)
    };
    let unread = async || {
        let answer = house.get(&me.token, "/v1/conversations/counts").await;
        answer.body["unread"]["conversations"].as_u64().unwrap_or_default()
    };
    let told = async || {
        let all = house.list(&me.token, "/v1/notifications?limit=100").await;
        all.iter().filter(|it| it["conversation_id"] == id && it["kind"] == "inbound_message").count()
    };
    let (badge, heard) = (unread().await, told().await);
    house.text_in(customer, of, "Good morning to you").await;
    let (counted, told) = (unread().await - badge == 1, told().await - heard == 1);
    let lists = [listed("all").await, listed("inbox").await, listed("unread").await, counted];
    assert!(lists.iter().all(|it| *it == lists[0]), "lists and counts disagree: {lists:?}");
    let looks = [status(&path).await, status(&format!("{path}/timeline")).await];
    let looks = [looks[0], looks[1], status(&format!("/v1/messages/{message}")).await].map(|it| it == 200);
    assert!(looks.iter().all(|it| *it == looks[0]), "conversation, timeline and message disagree: {looks:?}");
    let act = house.ask(Ask::post(format!("{path}/read")).by(&me.token)).await.status == 200;
    let body = json!({"conversation_id": id, "body": "And to you"});
    let sent = house.ask(Ask::post("/v1/messages").by(&me.token).json(&body)).await.status == 202;
    assert_eq!(act, sent, "acting and sending disagree");
    house.settle().await;
    Sight { listed: lists[0], readable: looks[0], writable: act, told }
}

#[tokio::test]
async fn i10_c02_c22_every_way_to_a_conversation_agrees_for_every_access_and_relation() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 200).await;
    let mut customers = 100..;
    for access in ["all", "assigned", "none"] {
        for level in ["none", "read", "write"] {
            let me = person(&house, &bakery, access, level).await;
            for relation in RELATIONS {
                let customer = format!("+12125550{}", customers.next().unwrap());
                let (id, message) = conversation(&house, &bakery, &customer, &me, relation).await;
                let seen = seen(&house, &bakery, &customer, &me, (&id, &message)).await;
                assert_eq!(seen, expected(access, level, relation), "{access} {level} {relation:?}");
            }
        }
    }
    house.close().await;
}
