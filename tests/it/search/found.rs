//! What is found by what.

use jiff::SignedDuration;
use serde_json::json;

use super::{ask, contact, contacts, conversations};
use crate::house::{Ask, House};

const ANA: &str = "+12125550123";
const BOB: &str = "+12125550124";
const CEM: &str = "+12125550126";

#[tokio::test]
async fn e09_contacts_are_found_by_name_number_and_address_in_every_script() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    contact(&house, owner, "José Ana-María Straßer", ANA, "Ana.Maria+news@example.com").await;
    contact(&house, owner, "Дмитрий Ёлкин", BOB, "").await;
    contact(&house, owner, "İsmail Işık", CEM, "").await;
    contact(&house, owner, "محمد أحمد 🐝", "+12125550127", "").await;
    for (text, name) in [
        ("jose", "José Ana-María Straßer"),
        ("STRASS maria", "José Ana-María Straßer"),
        ("ana.maria+news@example.com", "José Ana-María Straßer"),
        ("news", "José Ana-María Straßer"),
        ("елкин дми", "Дмитрий Ёлкин"),
        ("550124", "Дмитрий Ёлкин"),
        ("(212) 555-0124", "Дмитрий Ёлкин"),
        ("ismail isik", "İsmail Işık"),
        ("احمد", "محمد أحمد 🐝"),
        ("🐝 محمد", "محمد أحمد 🐝"),
    ] {
        assert_eq!(contacts(&house, owner, text).await, [name], "{text}");
    }
    for nothing in ["osé", "maria bob", "999", "nobody@example.com", "anamaria"] {
        assert!(contacts(&house, owner, nothing).await.is_empty(), "{nothing}");
    }
    // Another account's are not there.
    let rival = house.business("Rival", 10).await;
    assert!(contacts(&house, &rival.owner, "jose").await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn e09_the_index_follows_a_contact_who_is_renamed_and_removed() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let ana = contact(&house, owner, "Ana Silva", ANA, "ana@example.com").await;
    let path = format!("/v1/contacts/{ana}");
    let change = json!({"name": "Ana Souza", "numbers": [BOB], "emails": []});
    house.ask(Ask::new("PATCH", &path).by(&owner.token).json(&change)).await.expect(200);
    house.settle().await;
    assert_eq!(contacts(&house, owner, "souza ana").await, ["Ana Souza"]);
    assert_eq!(contacts(&house, owner, BOB).await, ["Ana Souza"]);
    for before in ["silva", ANA, "ana@example.com"] {
        assert!(contacts(&house, owner, before).await.is_empty(), "{before}");
    }
    house.ask(Ask::new("DELETE", &path).by(&owner.token)).await.expect(204);
    house.settle().await;
    assert!(contacts(&house, owner, "souza").await.is_empty());
    assert!(
        !house.table().iter().any(|item| item.contains("\"term\"")),
        "nothing of them is left in the index"
    );
    house.close().await;
}

#[tokio::test]
async fn e09_conversations_are_found_by_name_number_tag_and_words_and_the_newest_comes_first() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    contact(&house, owner, "Ana Bäcker", ANA, "ana@example.com").await;
    house.text_in(ANA, &bakery, "Is the sourdough ready?").await;
    house.move_clock(SignedDuration::from_mins(1));
    let bob = house.text_in(BOB, &bakery, "Two croissants for the bäcker, and a SOURDOUGH").await;
    house.move_clock(SignedDuration::from_mins(1));
    house.text_in(CEM, &bakery, "Do you have cake?").await;

    for (text, found) in [
        ("baecker", vec![]),
        ("backer", vec![BOB, ANA]),
        ("ana b", vec![ANA]),
        ("ana@example.com", vec![ANA]),
        ("550126", vec![CEM]),
        ("+1 212 555", vec![CEM, BOB, ANA]),
        ("Sourdough", vec![BOB, ANA]),
        ("sourdough ready", vec![ANA]),
        ("sourdough crois", vec![BOB]),
        ("croiss", vec![]),
        ("two croissants for the", vec![BOB]),
        ("cake", vec![CEM]),
    ] {
        assert_eq!(conversations(&house, owner, text).await, found, "{text}");
    }

    // By the name of a tag, and once although a word is in it, too.
    let tag = house.post(&owner.token, "/v1/tags", &json!({"name": "Große Bestellung"})).await.expect(201);
    let path =
        format!("/v1/conversations/{}/tags/{}", bob["id"].as_str().unwrap(), tag["id"].as_str().unwrap());
    house.ask(Ask::new("PUT", path).by(&owner.token)).await.expect(200);
    for text in ["grosse", "bestellung gross"] {
        assert_eq!(conversations(&house, owner, text).await, [BOB], "{text}");
    }

    // What we wrote is found as well, with the message.
    let body = json!({"conversation_id": house.conversation_with(owner, CEM).await["id"], "body": "Only strudel today"});
    house.send(owner, &body).await;
    house.settle().await;
    let found = ask(&house, owner, "conversations", "strudel").await.expect(200);
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    assert_eq!(found["data"][0]["message"]["text"], "Only strudel today");
    assert_eq!(found["data"][0]["message"]["direction"], "outbound");
    assert_eq!(found["data"][0]["contact"], json!(null));
    house.close().await;
}

#[tokio::test]
async fn e09_a_search_goes_on_page_by_page_and_shows_everything_once() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    for number in 0..7 {
        contact(&house, owner, "Ana Anaya Anastasia", &format!("+1212555010{number}"), "").await;
        house.text_in(&format!("+1212555010{number}"), &bakery, "hello there").await;
    }
    for number in 0..4 {
        house.text_in(&format!("+1212555011{number}"), &bakery, &format!("is ana there {number}")).await;
    }
    for (kind, query, expected) in
        [("conversations", "ana", 11), ("contacts", "ana", 7), ("conversations", "hello", 7)]
    {
        for limit in [1, 3, 100] {
            let (mut seen, mut cursor) = (vec![], String::new());
            for _ in 0..40 {
                let path = format!("/v1/search?kind={kind}&q={query}&limit={limit}{cursor}");
                let page = house.get(&owner.token, &path).await.expect(200);
                let data = page["data"].as_array().unwrap();
                assert!(data.len() <= limit);
                seen.extend(
                    data.iter().map(|it| it[&kind[..kind.len() - 1]]["id"].as_str().unwrap().to_owned()),
                );
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
            assert_eq!((seen.len(), distinct.len()), (expected, expected), "{kind} {query} {limit}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn e09_what_cannot_be_looked_for_is_refused() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    for text in ["", "a", "  b ", "a b", "--", &"x".repeat(201)] {
        ask(&house, owner, "conversations", text).await.names("?q", "invalid");
    }
    ask(&house, owner, "people", "ana").await.names("?kind", "invalid");
    house.get(&owner.token, "/v1/search").await.names("?q", "missing_field");
    assert!(conversations(&house, owner, &"x".repeat(200)).await.is_empty());
    let page = ask(&house, owner, "contacts", "ana").await.expect(200);
    assert_eq!(page, json!({"data": [], "next_cursor": null}));
    house.close().await;
}
