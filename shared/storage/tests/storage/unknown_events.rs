//! Events of a kind that is not known yet.

use crate::support::{World, at};

#[tokio::test]
async fn an_unknown_event_is_kept_once_with_what_it_said() {
    let world = World::new().await;
    let keep = |kind: &'static str, raw: &'static [u8], millis| {
        let (store, gateway) = (world.store.clone(), world.gateway.id);
        async move { store.keep_unknown_event(gateway, kind, raw, at(millis)).await.unwrap() }
    };
    keep("typing", b"{\"a\":1}", 5).await;
    keep("typing", b"{\"a\":1}", 9).await;
    let kept = world.of_kind("unknown_event");
    assert_eq!(kept.len(), 1);
    assert_eq!((&kept[0]["kind"]["S"], &kept[0]["raw"]["S"]), (&"typing".into(), &"{\"a\":1}".into()));
    assert_eq!(kept[0]["received_at"]["N"], at(5).as_millisecond().to_string());
    keep("typing", b"{\"a\":2}", 9).await;
    keep("seen", b"{\"a\":1}", 9).await;
    // The same bytes, cut elsewhere.
    keep("typin", b"g{\"a\":1}", 9).await;
    assert_eq!(world.of_kind("unknown_event").len(), 4);
}

#[tokio::test]
async fn of_a_large_or_unreadable_event_the_beginning_is_kept() {
    let world = World::new().await;
    let raw = vec![0xff; 300_000];
    world.store.keep_unknown_event(world.gateway.id, "x", &raw, at(1)).await.unwrap();
    let kept = world.of_kind("unknown_event");
    assert_eq!(kept[0]["raw"]["S"].as_str().unwrap(), "\u{fffd}".repeat(32 * 1024));
}
