//! Gateways.

use domain::{gateway::Trouble, message::Refusal};
use storage::{AddGatewayError, Traces};

use crate::support::{World, account, at, gateway, id, page, sign_up, user};

#[tokio::test]
async fn a_gateway_is_found_by_its_id_alone() {
    let world = World::new().await;
    assert_eq!(world.store.gateway(world.gateway.id).await.unwrap(), Some(world.gateway.clone()));
    assert_eq!(world.store.gateway(id(404)).await.unwrap(), None);
}

#[tokio::test]
async fn a_number_has_one_gateway_in_an_account() {
    let world = World::new().await;
    let before = world.items();
    let twice = gateway(&world.account, 2, world.gateway.sender.as_str());
    let refused = world.account.add_gateway(&twice, &Traces::default()).await.unwrap_err();
    assert!(matches!(refused, AddGatewayError::NumberTaken), "{refused:?}");
    assert_eq!(world.items(), before);
    // In another account it may have one, too: numbers are moved between accounts.
    let others = account(9);
    world.store.sign_up(sign_up(&others, &user(&others, 9, []))).await.unwrap();
    let elsewhere = world.store.account(others.id);
    let moved = gateway(&elsewhere, 3, world.gateway.sender.as_str());
    elsewhere.add_gateway(&moved, &Traces::default()).await.unwrap();
}

#[tokio::test]
async fn the_first_gateway_is_the_default_and_stays_it() {
    let world = World::new().await;
    for n in 2..=5 {
        let next = gateway(&world.account, n, &format!("+1201555010{n}"));
        world.account.add_gateway(&next, &Traces::default()).await.unwrap();
        let settings = world.account.settings().await.unwrap().unwrap();
        assert_eq!(settings.default_gateway, Some(world.gateway.id));
    }
    for size in [1, 2, 5] {
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let found = world.account.gateways(page(size, cursor.as_deref())).await.unwrap().unwrap();
            ids.extend(found.items.iter().map(|it| it.id));
            cursor = found.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(
            ids,
            (1..=5).map(id).collect::<Vec<_>>(),
            "in the order in which they were added, by {size}"
        );
    }
}

#[tokio::test]
async fn an_account_that_does_not_exist_gets_no_gateway() {
    let world = World::new().await;
    let before = world.items();
    let nowhere = world.store.account(id(404));
    assert!(nowhere.add_gateway(&gateway(&nowhere, 9, "+12015550199"), &Traces::default()).await.is_err());
    assert_eq!(world.items(), before);
    assert_eq!(world.gateway.created_at, at(0));
}

#[tokio::test]
async fn a_gateway_that_stopped_working_keeps_since_when_until_it_works_again() {
    let world = World::new().await;
    let gateway = world.gateway.id;
    let trouble = |second, reason| Trouble { since: at(second), reason };
    let now = async || world.store.gateway(gateway).await.unwrap().unwrap();
    world.store.troubled(gateway, trouble(1, Refusal::Account)).await.unwrap();
    world.store.troubled(gateway, trouble(2, Refusal::SenderNotAllowed)).await.unwrap();
    assert_eq!(now().await.trouble, Some(trouble(1, Refusal::Account)));
    for _ in 0..2 {
        world.store.works_again(gateway).await.unwrap();
        assert_eq!(now().await, world.gateway);
    }
    // One that is gone does not come back because it had trouble.
    world.store.troubled(id(404), trouble(1, Refusal::Account)).await.unwrap();
    assert_eq!(world.store.gateway(id(404)).await.unwrap(), None);
}
