//! The master decides how many credits each sub account has (A04, A05, A18, A19, X15).

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, House};

#[tokio::test]
async fn a04_a05_the_master_allocates_and_reclaims_and_both_ledgers_say_so() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let line = house.allocate(&master.owner, &north.id, 60, "a").await.expect(201);
    assert_eq!(
        (&line["kind"], &line["amount"], &line["account_id"]),
        (&json!("allocation_out"), &json!(-60), &json!(north.id))
    );
    let line = house.reclaim(&master.owner, &north.id, 25, "b").await.expect(201);
    assert_eq!((&line["kind"], &line["amount"]), (&json!("reclaim_in"), &json!(25)));
    assert_eq!(house.balance(&master.owner).await, [65, 0, 0]);
    assert_eq!(house.balance(&north.owner).await, [35, 0, 0]);
    let kinds = |lines: Vec<Value>| {
        let kind = |line: &Value| (line["kind"].as_str().unwrap().to_owned(), line["account_id"].clone());
        lines.iter().map(kind).collect::<Vec<_>>()
    };
    let mine = kinds(house.list(&north.owner.token, "/v1/credits/ledger").await);
    let expected = [
        ("reclaim_out".to_owned(), json!(master.account)),
        ("allocation_in".to_owned(), json!(master.account)),
    ];
    assert_eq!(mine, expected);
    // The master sees balance and ledger of its sub account.
    let path = format!("/v1/accounts/{}/credits", north.id);
    assert_eq!(house.get(&master.owner.token, &path).await.expect(200)["available"], 35);
    assert_eq!(kinds(house.list(&master.owner.token, &format!("{path}/ledger")).await), expected);
    for (account, actor) in [(&master.account, "user"), (&north.id, "master")] {
        assert!(house.has_told(account, "credits.allocated", actor));
        assert!(house.has_told(account, "credits.reclaimed", actor));
    }
    house.close().await;
}

#[tokio::test]
async fn a05_x15_no_amount_but_a_whole_one_that_is_there_is_moved() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    house.allocate(&master.owner, &north.id, 30, "first").await.expect(201);
    for (what, available) in [("allocations", 70), ("reclaims", 30)] {
        let path = format!("/v1/accounts/{}/credits/{what}", north.id);
        let ask = |amount: &str| {
            let body = format!("{{\"amount\": {amount}}}");
            Ask::post(&path).by(&master.owner.token).key("again").raw("application/json", body)
        };
        for (amount, code) in [
            ("0", "out_of_range"),
            ("-1", "out_of_range"),
            ("1.5", "wrong_type"),
            ("1e3", "wrong_type"),
            ("\"5\"", "wrong_type"),
            ("null", "wrong_type"),
            ("1000000000001", "invalid"),
            ("18446744073709551615", "invalid"),
            ("18446744073709551616", "wrong_type"),
        ] {
            let problem = refused(&house, ask(amount)).await.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["pointer"], "#/amount", "{amount}");
            let got = problem["errors"][0]["code"].as_str().unwrap();
            assert!(got == code || got == "out_of_range" || got == "wrong_type", "{amount}: {problem}");
        }
        for amount in [available + 1, 1_000_000_000_000_u64] {
            let problem = refused(&house, ask(&amount.to_string())).await.problem(402, "not-enough-credits");
            assert_eq!((&problem["needed"], &problem["available"]), (&json!(amount), &json!(available)));
        }
        let keyless = Ask::post(&path).by(&master.owner.token).json(&json!({"amount": 1}));
        refused(&house, keyless).await.names("@Idempotency-Key", "missing_field");
        let negative =
            Ask::post(&path).by(&master.owner.token).key("x").json(&json!({"amount": 1, "direction": -1}));
        refused(&house, negative).await.names("#/direction", "unknown_field");
    }
    assert_eq!(
        (house.balance(&master.owner).await, house.balance(&north.owner).await),
        ([70, 0, 0], [30, 0, 0])
    );
    house.close().await;
}

#[tokio::test]
async fn i12_the_same_request_moves_credits_once_for_ever_and_its_key_nothing_else() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let south = house.branch(&master.owner, "South branch").await;
    let first = house.allocate(&master.owner, &north.id, 10, "k").await.expect(201);
    house.pass(jiff::SignedDuration::from_hours(24 * 9)).await;
    assert_eq!(house.allocate(&master.owner, &north.id, 10, "k").await.expect(201), first);
    for again in [
        house.allocate(&master.owner, &north.id, 11, "k").await,
        house.allocate(&master.owner, &south.id, 10, "k").await,
        house.reclaim(&master.owner, &north.id, 10, "k").await,
    ] {
        again.problem(422, "idempotency-key-reused");
    }
    assert_eq!(
        (house.balance(&master.owner).await, house.balance(&north.owner).await),
        ([90, 0, 0], [10, 0, 0])
    );
    house.close().await;
}

#[tokio::test]
async fn i05_many_allocations_at_once_leave_what_is_left() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let path = format!("/v1/accounts/{}/credits/allocations", north.id);
    let ask =
        |n: u32| Ask::post(&path).by(&master.owner.token).key(&format!("k{n}")).json(&json!({"amount": 30}));
    let answers = house.at_once((0..6).map(ask)).await;
    let made = answers.iter().filter(|it| it.status == 201).count();
    assert!(answers.iter().all(|it| [201, 402, 503].contains(&it.status)), "{answers:?}");
    assert!((1..=3).contains(&made), "{made}");
    let ([mine, ..], [theirs, ..]) = (house.balance(&master.owner).await, house.balance(&north.owner).await);
    assert_eq!((mine + theirs, theirs), (100, 30 * made as u64));
    house.close().await;
}

/// One pot for all users of an account; a budget of one's own takes a sub account.
#[tokio::test]
async fn a18_a19_all_users_spend_from_one_pot_and_a_separate_budget_is_a_sub_account() {
    let house = House::open().await;
    let master = house.business("Brand", 10).await;
    let sales = house.branch_with_line(&master.owner, "Sales", 2).await;
    let ben = house.colleague(&sales, &[], "all").await;
    for (person, number) in [(&sales.owner, "+12125550123"), (&ben, "+12125550124")] {
        house.send(person, &json!({"to": number, "body": "Hello"})).await;
    }
    house.settle().await;
    let body = json!({"to": "+12125550125", "body": "Hello"});
    let problem = house.post(&ben.token, "/v1/messages", &body).await.problem(402, "not-enough-credits");
    assert_eq!((&problem["needed"], &problem["available"]), (&json!(1), &json!(0)));
    assert_eq!(house.balance(&sales.owner).await, [0, 0, 2]);
    assert_eq!(house.balance(&master.owner).await, [8, 0, 0], "its own pot is untouched");
    // What is held by a message on its way cannot be taken back.
    house.allocate(&master.owner, &sales.account, 1, "more").await.expect(201);
    house.send(&ben, &body).await;
    let problem =
        house.reclaim(&master.owner, &sales.account, 1, "back").await.problem(402, "not-enough-credits");
    assert_eq!(problem["available"], 0);
    house.settle().await;
    house.audit(&sales.owner).await;
    house.close().await;
}
