//! The index under changes that come again, late, at the same time, or halfway.

use std::time::Duration;

use app::contacts::{Profile, ProfileChange};
use domain::{contact::Contact, search::SearchText};
use engines::faults::Fault;
use rand::{RngExt as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use storage::PageRequest;
use testkit::World;

use super::{contact, contacts, conversations};
use crate::house::House;

#[tokio::test]
async fn e09_what_the_stream_shows_twice_changes_nothing() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    contact(&house, &bakery.owner, "Ana Silva", "+12125550123", "ana@example.com").await;
    house.text_in("+12125550123", &bakery, "Sourdough, please").await;
    let before = house.table();
    let records = house.running.engines.dynamo.stream_records(None, 1_000).unwrap();
    for batch in records.chunks(7) {
        let answer = house.running.functions().invoke("Project", json!({"Records": batch})).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
    house.settle().await;
    let after = house.table();
    // The index and the counters; what others make of it is theirs to prove.
    let ours = |it: &&String| {
        let kinds = ["term", "word", "count", "counted"];
        kinds.iter().any(|kind| it.contains(&format!("\"_t\":{{\"S\":\"{kind}\"}}")))
    };
    assert!(before.iter().filter(ours).count() > 12);
    assert_eq!(before.iter().filter(ours).collect::<Vec<_>>(), after.iter().filter(ours).collect::<Vec<_>>());
    house.close().await;
}

#[tokio::test]
async fn e09_what_can_never_be_indexed_holds_up_nothing() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let log = crate::house::Log::collect();
    let mut poison = house.running.engines.dynamo.stream_records(None, 1_000).unwrap().pop().unwrap();
    poison["eventName"] = json!("INSERT");
    poison["dynamodb"]["NewImage"] =
        json!({"pk": {"S": "x"}, "sk": {"S": "contact"}, "_t": {"S": "contact"}});
    let answer = house.running.functions().invoke("Project", json!({"Records": [poison]})).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]));
    assert_eq!(log.counted("projection_lost"), 1);
    drop(log);
    contact(&house, &bakery.owner, "Ana", "+12125550123", "").await;
    assert_eq!(contacts(&house, &bakery.owner, "ana").await, ["Ana"]);
    assert!(conversations(&house, &bakery.owner, "ana").await.is_empty());
    house.close().await;
}

/// Names that share words, so that renaming takes away terms that others have.
const NAMES: [&str; 5] = ["Ana Silva", "Bea Silva", "Ana Souza", "Élodie Ana", "王小明"];

fn profile(name: &str) -> Profile {
    let number = "+12125550123".to_owned();
    Profile { name: Some(name.parse().unwrap()), numbers: vec![number], ..Profile::default() }
}

/// What each of these finds, by the API and by looking at the contact.
async fn agree(world: &World, owner: &app::Caller, contact: &Contact, what: &str) {
    for text in ["ana", "silva", "souza", "bea", "elo", "小明", "550123"] {
        let query: SearchText = text.parse().unwrap();
        let page = PageRequest { limit: 10, cursor: None };
        let found = app::search::contacts(&world.app, owner, &query, page).await.unwrap().items;
        let found: Vec<_> = found.iter().map(|it| it.id).collect();
        let expected: Vec<_> = query.finds_contact(contact).then_some(contact.id).into_iter().collect();
        assert_eq!(found, expected, "{what}: {text}");
    }
}

/// Whatever a projector does to the changes of a contact, as long as it comes to the end of them, the index agrees with the
/// contact as they are.
#[tokio::test(start_paused = true)]
async fn e09_a_projector_that_is_killed_repeated_and_overtaken_leaves_the_index_right() {
    for seed in 0..12 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let world = World::new(seed).await;
        let business = world.business("Bakery", "+12015550100", 10).await;
        let owner = &business.owner;
        world.settle().await;
        let made = app::contacts::create(&world.app, owner, &profile(NAMES[0])).await.unwrap();
        for _ in 0..4 {
            let name = NAMES[random.random_range(0..NAMES.len())].parse().unwrap();
            let change = ProfileChange { name: Some(Some(name)), ..ProfileChange::default() };
            app::contacts::update(&world.app, owner, made.id, &change).await.unwrap();
        }
        let records = world.unprojected(1_000);
        // Zombies: several at the same time, in any order, each killed somewhere.
        let mut zombies: Vec<&Value> = records.iter().collect();
        zombies.shuffle(&mut random);
        for record in zombies {
            for _ in 0..random.random_range(0..4) {
                world.dynamo.faults().push_next(Fault::Slow(Duration::ZERO));
            }
            world.dynamo.faults().push_next([Fault::Down, Fault::LostResponse][random.random_range(0..2)]);
            world.project(record).await.ok();
            world.dynamo.faults().clear();
        }
        let (one, other) = tokio::join!(all(&world, &records), all(&world, &records));
        one.and(other).unwrap();
        for record in &records {
            world.advance_projections(record);
        }
        let store = world.app.store.account(owner.account);
        let contact = store.contact(made.id).await.unwrap().unwrap();
        agree(&world, owner, &contact, &format!("seed {seed}")).await;
    }
}

/// Projects them in their order.
async fn all(world: &World, records: &[Value]) -> Result<(), app::Failure> {
    for record in records {
        world.project(record).await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn e09_i14_among_a_thousand_names_each_is_found_and_a_page_reads_as_little() {
    let world = World::new(5).await;
    let business = world.business("Bakery", "+12015550100", 10).await;
    let owner = &business.owner;
    world.settle().await;
    let mut made = vec![];
    for number in 0..1_000 {
        let name = format!("Ana{number:03} Núñez{}", number % 7);
        let number = format!("+1212{number:07}");
        let new = Profile { name: Some(name.parse().unwrap()), numbers: vec![number], ..Profile::default() };
        let contact = app::contacts::create(&world.app, owner, &new).await;
        // Few of these are numbers that there can be: the others go without.
        let contact = match contact {
            Ok(contact) => contact,
            Err(_) => {
                app::contacts::create(&world.app, owner, &Profile { numbers: vec![], ..new }).await.unwrap()
            }
        };
        made.push((name, contact.id));
    }
    world.settle().await;
    for (name, id) in made.iter().step_by(53) {
        let query: SearchText = name.split(' ').next().unwrap().to_lowercase().parse().unwrap();
        let page = PageRequest { limit: 10, cursor: None };
        let found = app::search::contacts(&world.app, owner, &query, page).await.unwrap();
        assert_eq!(found.items.iter().map(|it| it.id).collect::<Vec<_>>(), [*id], "{name}");
    }
    // All of them, page by page, each once.
    let query: SearchText = "nunez ana".parse().unwrap();
    let (mut seen, mut cursor) = (std::collections::BTreeSet::new(), None::<String>);
    let mut pages = 0;
    loop {
        let page = PageRequest { limit: 100, cursor: cursor.as_deref() };
        let found = app::search::contacts(&world.app, owner, &query, page).await.unwrap();
        assert!(found.items.len() <= 100);
        for contact in found.items {
            assert!(seen.insert(contact.id), "shown twice");
        }
        pages += 1;
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), made.len());
    assert!(pages <= 12, "{pages} pages");
}
