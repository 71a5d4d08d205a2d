//! A search shows what lists show, and nothing else.

use serde_json::json;

use super::{ask, contact, contacts, conversations};
use crate::house::{Ask, House};

/// Conversations with these: of Ben's, of a colleague's, of nobody's.
const OF: [&str; 3] = ["+12125550123", "+12125550124", "+12125550126"];

#[tokio::test]
async fn i10_c04_b11_a_search_never_shows_what_the_list_hides() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let tag = house.post(&owner.token, "/v1/tags", &json!({"name": "Weddings"})).await.expect(201);
    let manager = ["people_manager"];
    let ben = house.colleague(&bakery, &manager, "assigned").await;
    let all = house.colleague(&bakery, &manager, "all").await;
    let none = house.colleague(&bakery, &manager, "none").await;
    for (number, name) in OF.into_iter().zip(["Ana One", "Ana Two", "Ana Three"]) {
        contact(&house, owner, name, number, "").await;
        let conversation = house.text_in(number, &bakery, "A wedding cake, please").await;
        let id = conversation["id"].as_str().unwrap();
        let path = format!("/v1/conversations/{id}/tags/{}", tag["id"].as_str().unwrap());
        house.ask(Ask::new("PUT", path).by(&owner.token)).await.expect(200);
    }
    for (number, user) in [(OF[0], &ben.id), (OF[1], &owner.id)] {
        let conversation = house.conversation_with(owner, number).await;
        let path = format!("/v1/conversations/{}/assignees/{user}", conversation["id"].as_str().unwrap());
        house.ask(Ask::new("PUT", path).by(&owner.token)).await.expect(200);
    }
    house.settle().await;
    for text in ["ana", "+1212555", "wedding", "weddings", "cake please", "ana wed", "ana two"] {
        for (who, path) in [(&all, "all"), (owner, "all"), (&ben, "all")] {
            let listed = house.list(&who.token, &format!("/v1/conversations?view={path}")).await;
            let listed: Vec<_> = listed.iter().map(|it| it["contact"]["number"].as_str().unwrap()).collect();
            let found = conversations(&house, who, text).await;
            assert!(found.iter().all(|it| listed.contains(&it.as_str())), "{text}: {found:?} of {listed:?}");
        }
        // Who sees all of them sees each that is found.
        let (every, bens) =
            (conversations(&house, &all, text).await, conversations(&house, &ben, text).await);
        assert_eq!(bens, every.into_iter().filter(|it| it == OF[0]).collect::<Vec<_>>(), "{text}");
        ask(&house, &none, "conversations", text).await.problem(403, "forbidden");
    }
    // Contacts are another matter: whoever may read them finds them (C05).
    assert_eq!(contacts(&house, &ben, "ana").await.len(), 3);
    let courier = house.colleague(&bakery, &[], "all").await;
    ask(&house, &courier, "contacts", "ana").await.problem(403, "forbidden");

    // Sight is lost at once, whatever the index says.
    let conversation = house.conversation_with(owner, OF[0]).await;
    let path = format!("/v1/conversations/{}/assignees/{}", conversation["id"].as_str().unwrap(), ben.id);
    house.ask(Ask::new("DELETE", path).by(&owner.token)).await.expect(200);
    assert!(conversations(&house, &ben, "wedding").await.is_empty());
    house.close().await;
}
