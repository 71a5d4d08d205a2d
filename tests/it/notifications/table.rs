//! The rules of who is told as a table: access, whether assigned, whether others are, whether muted, and who did it.

use serde_json::json;

use super::{act, assign, pushes};
use crate::house::{Ask, House, Person};

/// What somebody was told about a conversation, newest first: the kind, and whether silently.
async fn told(house: &House, who: &Person, conversation: &str) -> Vec<(String, bool)> {
    let all = house.list(&who.token, "/v1/notifications?limit=100").await;
    let here = all.into_iter().filter(|it| it["conversation_id"] == conversation);
    here.map(|it| (it["kind"].as_str().unwrap().to_owned(), it["silent"] == true)).collect()
}

#[tokio::test]
async fn c09_to_c12_e11_x06_who_is_told_of_a_message_and_how() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let other = house.colleague(&bakery, &[], "all").await;
    let others_device = house.device(&other).await;
    let mut customer = 100;
    for (access, assigned, muted) in [
        ("all", false, false),
        ("all", false, true),
        ("all", true, false),
        ("all", true, true),
        ("assigned", false, false),
        ("assigned", true, false),
        ("assigned", true, true),
        ("none", false, false),
    ] {
        let me = house.colleague(&bakery, &["account_manager"], access).await;
        let device = house.device(&me).await;
        for others_assigned in [false, true] {
            customer += 1;
            let number = format!("+12125550{customer}");
            let conversation = house.text_in(&number, &bakery, "Hello").await;
            let id = conversation["id"].as_str().unwrap();
            if assigned {
                assign(&house, &bakery.owner, &conversation, &me).await;
            }
            if others_assigned {
                assign(&house, &bakery.owner, &conversation, &other).await;
            }
            if muted {
                act(&house, &me, &conversation, "mute").await;
            }
            house.settle().await;
            let before = (told(&house, &me, id).await.len(), pushes(&house, &device));
            let others_before = pushes(&house, &others_device);
            house.move_clock(jiff::SignedDuration::from_secs(1));
            house.text_in(&number, &bakery, "Anybody there?").await;
            let after = told(&house, &me, id).await;
            let is_told = match access {
                "none" => false,
                "all" => assigned || !others_assigned,
                _ => assigned,
            };
            let row = format!("{access} assigned {assigned} others {others_assigned} muted {muted}");
            assert_eq!(after.len() - before.0, usize::from(is_told), "{row}");
            if is_told {
                assert_eq!(after[0], ("inbound_message".to_owned(), muted), "{row}");
            }
            let is_pushed = is_told && !muted;
            assert_eq!(pushes(&house, &device) - before.1, usize::from(is_pushed), "{row}");
            // Whatever I have muted, others hear.
            let other_told = others_assigned || !assigned;
            let others = pushes(&house, &others_device) - others_before;
            assert_eq!(others, usize::from(other_told), "{row}");
        }
        // Nobody else is told of what follows because of this row.
        let remove = Ask::new("DELETE", format!("/v1/users/{}", me.id)).by(&bakery.owner.token);
        house.ask(remove).await.expect(204);
    }
    house.close().await;
}

#[tokio::test]
async fn c13_c16_c17_e07_an_assignment_by_somebody_else_is_told_and_pushed_also_where_it_is_muted() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let me = house.colleague(&bakery, &[], "all").await;
    let device = house.device(&me).await;
    let conversation = house.text_in("+12125550123", &bakery, "Hello").await;
    let id = conversation["id"].as_str().unwrap();
    act(&house, &me, &conversation, "mute").await;
    let heard = pushes(&house, &device);
    // By themselves, and by sending (C16).
    assign(&house, &me, &conversation, &me).await;
    let path = format!("/v1/conversations/{id}/assignees/{}", me.id);
    house.ask(Ask::new("DELETE", path.clone()).by(&bakery.owner.token)).await.expect(200);
    house.send(&me, &json!({"conversation_id": id, "body": "Yes!"})).await;
    house.settle().await;
    assert!(!told(&house, &me, id).await.iter().any(|(kind, _)| kind == "assigned"));
    assert_eq!(pushes(&house, &device), heard);
    // By somebody else, and later: the newest stands first.
    house.move_clock(jiff::SignedDuration::from_secs(1));
    house.ask(Ask::new("DELETE", path).by(&bakery.owner.token)).await.expect(200);
    assign(&house, &bakery.owner, &conversation, &me).await;
    assert_eq!(told(&house, &me, id).await[0], ("assigned".to_owned(), false));
    assert_eq!(pushes(&house, &device), heard + 1);
    // Of messages they hear again when they unmute.
    house.text_in("+12125550123", &bakery, "Hello?").await;
    assert_eq!(pushes(&house, &device), heard + 1);
    act(&house, &me, &conversation, "unmute").await;
    house.text_in("+12125550123", &bakery, "Hello?").await;
    assert_eq!(pushes(&house, &device), heard + 2);
    house.close().await;
}
