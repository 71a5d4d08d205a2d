//! The credits run out. Whatever is asked for at once, the balance never goes below zero (I05, X15).

use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, House, Person};

fn send(who: &Person, to: &str, body: &str) -> Ask {
    Ask::post("/v1/messages").by(&who.token).json(&json!({"to": to, "body": body}))
}

#[tokio::test]
async fn x15_who_cannot_pay_is_told_what_it_takes_and_what_is_left() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 2).await;
    for (body, needed) in [("x".repeat(307), 3), ("🥐".repeat(68), 3), ("x".repeat(1_600), 11)] {
        let problem = refused(&house, send(&bakery.owner, "+12125550123", &body))
            .await
            .problem(402, "not-enough-credits");
        assert_eq!((&problem["needed"], &problem["available"]), (&json!(needed), &json!(2)));
    }
    let media = json!({"to": "+12125550123", "media": ["https://example.com/a.jpg"]});
    let ask = Ask::post("/v1/messages").by(&bakery.owner.token).json(&media);
    let problem = refused(&house, ask).await.problem(402, "not-enough-credits");
    assert_eq!((&problem["needed"], &problem["available"]), (&json!(3), &json!(2)));
    // Exactly what is left can be spent.
    house.ask(send(&bakery.owner, "+12125550123", &"x".repeat(306))).await.expect(202);
    assert_eq!(house.balance(&bakery.owner).await, [0, 2, 0]);
    let problem =
        house.ask(send(&bakery.owner, "+12125550123", "x")).await.problem(402, "not-enough-credits");
    assert_eq!((&problem["needed"], &problem["available"]), (&json!(1), &json!(0)));
    house.settle().await;
    assert_eq!(house.balance(&bakery.owner).await, [0, 0, 2]);
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn who_never_had_credits_is_told_the_same() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    assert_eq!(house.balance(&bakery.owner).await, [0, 0, 0]);
    let problem =
        refused(&house, send(&bakery.owner, "+12125550123", "x")).await.problem(402, "not-enough-credits");
    assert_eq!((&problem["needed"], &problem["available"]), (&json!(1), &json!(0)));
    house.close().await;
}

/// Two colleagues, one credit: one wins.
#[tokio::test(flavor = "multi_thread")]
async fn i05_of_two_colleagues_who_send_the_last_credit_at_once_one_wins() {
    for customers in [["+12125550123", "+12125550124"], ["+12125550123", "+12125550123"]] {
        let house = House::open().await;
        let bakery = house.business("Harbour Bakery", 1).await;
        let ben = house.colleague(&bakery, &[], "all").await;
        let both = [send(&bakery.owner, customers[0], "Mine!"), send(&ben, customers[1], "No, mine!")];
        let answers = house.at_once(both).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 402], "{answers:#?}");
        house.settle().await;
        assert_eq!(house.balance(&bakery.owner).await, [0, 0, 1]);
        house.audit(&bakery.owner).await;
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i05_of_many_who_send_at_once_as_many_win_as_can_be_paid() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 5).await;
    let asks = (0..12).map(|n| send(&bakery.owner, &format!("+1212555{:04}", 101 + n), "Hello"));
    let answers = house.at_once(asks).await;
    let won = answers.iter().filter(|answer| answer.status == 202).count();
    let lost = answers.iter().filter(|answer| answer.status == 402).count();
    // Who lost the race for the balance too often is asked to come again; nobody gets a message for nothing.
    let again = answers.iter().filter(|answer| answer.status == 503).count();
    assert_eq!(won + lost + again, 12, "{answers:#?}");
    assert!(won == 5 || again > 0, "{won} of 5 were sent");
    house.settle().await;
    let [available, held, spent] = house.balance(&bakery.owner).await;
    assert_eq!((available + spent, held), (5, 0));
    assert_eq!(spent, u64::try_from(won).unwrap());
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// What a carrier refuses is there again for the next message.
#[tokio::test]
async fn x15_credits_that_come_back_can_be_spent_again() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    house.pass(jiff::SignedDuration::from_secs(1)).await;
    for _ in 0..3 {
        // 0150: no valid number, says the carrier.
        house.ask(send(&bakery.owner, "+12125550150", "Hello?")).await.expect(202);
        house.pass(jiff::SignedDuration::from_secs(1)).await;
        assert_eq!(house.balance(&bakery.owner).await, [1, 0, 0]);
    }
    house.ask(send(&bakery.owner, "+12125550123", "Hello!")).await.expect(202);
    house.settle().await;
    assert_eq!(house.balance(&bakery.owner).await, [0, 0, 1]);
    let ledger = house.list(&bakery.owner.token, "/v1/credits/ledger").await;
    let kinds: Vec<_> = ledger
        .iter()
        .rev()
        .map(|line| (line["kind"].as_str().unwrap(), line["amount"].as_i64().unwrap()))
        .collect();
    let (taken, back) = (("message", -1), ("return", 1));
    assert_eq!(kinds, [("top_up", 1), taken, back, taken, back, taken, back, taken]);
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn a_balance_has_a_ceiling_and_what_exceeds_it_is_refused() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let operator = secrecy::ExposeSecret::expose_secret(&house.running.operator_key).to_owned();
    let top_up = |key: &str, amount: u64| {
        let body = json!({"account_id": bakery.account, "amount": amount});
        Ask::post("/v1/credits/top-ups").by(&operator).key(key).json(&body)
    };
    refused(&house, top_up("a", 1_000_000_000_000)).await.names("#/amount", "out_of_range");
    house.ask(top_up("b", 999_999_999_999)).await.expect(201);
    refused(&house, top_up("c", 1)).await.names("#/amount", "out_of_range");
    assert_eq!(house.balance(&bakery.owner).await, [1_000_000_000_000, 0, 0]);
    house.close().await;
}
