//! `sessions`, `users`, `gateways`, `credits`.

use http::Method;
use serde_json::{Value, json};

use super::api::{Api, OUR_NUMBER, PASSWORD};

#[tokio::test(start_paused = true)]
async fn who_signs_up_holds_every_role_and_is_signed_in() {
    let api = Api::new(1).await;
    let (token, account) = api.sign_up("ann@bakery.example").await;
    let me = api.get(&token, "/v1/me").await.expect(200);
    assert_eq!(me["account"]["id"], account);
    assert_eq!(me["account"]["default_gateway_id"], Value::Null);
    assert_eq!(me["user"]["initials"], "AL");
    assert_eq!(me["user"]["roles"].as_array().unwrap().len(), 6);
    let permissions = me["permissions"].as_array().unwrap();
    for permission in
        ["messages:manage", "gateways:manage", "credits:buy", "contacts:export", "templates:manage"]
    {
        assert!(permissions.contains(&json!(permission)), "{permission}");
    }
    // What is for paying customers comes with the first top-up (B02).
    assert!(!permissions.contains(&json!("users:manage")));
    api.top_up(account.as_str(), 1, "first").await;
    let me = api.get(&token, "/v1/me").await.expect(200);
    assert!(me["permissions"].as_array().unwrap().contains(&json!("users:manage")));
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_sign_up_is_said_field_by_field() {
    let api = Api::new(2).await;
    let good = json!({
        "business_name": "Bakery", "time_zone": "America/New_York", "region": "US", "name": "Ann Lee",
        "email": "ann@bakery.example", "password": PASSWORD,
    });
    for (field, value, code) in [
        ("business_name", json!(" "), "invalid"),
        ("time_zone", json!("Mars/Olympus"), "invalid"),
        ("region", json!("XX"), "invalid"),
        ("name", json!(7), "wrong_type"),
        ("email", json!("nobody"), "invalid"),
        ("password", json!("umbrella9"), "too_short"),
        ("password", json!(null), "wrong_type"),
        ("plan", json!("gold"), "unknown_field"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        api.post("", "/v1/sign-up", &body).await.wrong(&format!("#/{field}"), code);
    }
    api.post("", "/v1/sign-up", &good).await.expect(201);
    api.post("", "/v1/sign-up", &good).await.problem(409, "email-taken");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_and_an_unknown_address_are_refused_alike_and_signing_out_ends_the_session() {
    let api = Api::new(3).await;
    let (token, _) = api.sign_up("ann@bakery.example").await;
    let sign_in = |email: &str, password: &str| json!({"email": email, "password": password});
    for (email, password) in [("ann@bakery.example", "wrong horse battery"), ("bob@bakery.example", PASSWORD)]
    {
        let refused = api.post("", "/v1/sessions", &sign_in(email, password)).await;
        let mut refused = refused.problem(401, "sign-in-failed");
        refused["request_id"].take();
        assert_eq!(refused["title"], "E-mail address or password is wrong");
    }
    let again = api.post("", "/v1/sessions", &sign_in("ANN@bakery.example", PASSWORD)).await.expect(201);
    api.call(Method::DELETE, "/v1/sessions/current", &token, "", &Value::Null).await.expect(204);
    api.get(&token, "/v1/me").await.problem(401, "unauthenticated");
    api.get(again["token"].as_str().unwrap(), "/v1/me").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn i12_a_user_is_added_once_for_each_key_whatever_is_asked_with_it() {
    let api = Api::new(4).await;
    let (owner, account) = api.sign_up("ann@bakery.example").await;
    api.top_up(&account, 1, "a-customer").await;
    let body = json!({"name": "Ben", "email": "ben@bakery.example", "password": PASSWORD});
    let add = async |body: &Value| api.call(Method::POST, "/v1/users", &owner, "key-1", body).await;
    let first = add(&body).await.expect(201);
    assert_eq!(first["conversation_access"], "assigned");
    assert_eq!(add(&body).await.expect(201), first);
    for (field, value) in [("name", "Bob"), ("password", "another horse battery")] {
        let mut other = body.clone();
        other[field] = value.into();
        add(&other).await.problem(422, "idempotency-key-reused");
    }
    api.post(&owner, "/v1/users", &body).await.problem(409, "email-taken");
    let users = api.get(&owner, "/v1/users").await.expect(200);
    let users = users["data"].as_array().unwrap();
    assert!(users.len() == 2 && users.contains(&first), "{users:?}");
}

#[tokio::test(start_paused = true)]
async fn x16_the_last_account_manager_stays_one_and_changes_need_the_permission() {
    let api = Api::new(5).await;
    let (owner, account) = api.sign_up("ann@bakery.example").await;
    api.top_up(&account, 1, "a-customer").await;
    let (ben, ben_token) = api.colleague(&owner, "ben@bakery.example", "all").await;
    let me = api.get(&owner, "/v1/me").await.expect(200);
    let path = |id: &Value| format!("/v1/users/{}", id.as_str().unwrap());
    let change =
        async |token: &str, path: &str, body: Value| api.call(Method::PATCH, path, token, "", &body).await;
    let forbidden = change(&ben_token, &path(&me["user"]["id"]), json!({"roles": []})).await;
    assert_eq!(forbidden.problem(403, "forbidden")["permission"], "users:manage");
    let demote = json!({"roles": ["people_manager"]});
    let last = change(&owner, &path(&me["user"]["id"]), demote.clone()).await;
    last.problem(409, "last-account-manager");
    let promoted =
        change(&owner, &path(&json!(ben)), json!({"roles": ["account_manager"]})).await.expect(200);
    assert_eq!(promoted["roles"], json!(["account_manager"]));
    change(&owner, &path(&me["user"]["id"]), demote).await.expect(200);
    change(&owner, &path(&json!(ben)), json!({"name": "B"})).await.problem(403, "forbidden");
    change(&ben_token, "/v1/users/usr_00000000000000000000000000000000", json!({})).await.expect(404);
    let wrong = change(&ben_token, &path(&json!(ben)), json!({"roles": ["king"]})).await;
    wrong.wrong("#/roles/0", "invalid");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_says_what_to_enter_at_the_carrier_and_never_shows_its_credentials() {
    let api = Api::new(6).await;
    let (owner, gateway) = api.business(0).await;
    let id = gateway["id"].as_str().unwrap();
    let address = |kind| format!("https://textdesk.test/v1/carriers/simulated/{id}/{kind}");
    assert_eq!(gateway["inbound_url"], address("inbound"));
    assert_eq!(gateway["status_url"], address("status"));
    assert_eq!(gateway.get("credentials"), None);
    let page = api.get(&owner, "/v1/gateways").await.expect(200);
    assert_eq!(page, json!({"data": [gateway], "next_cursor": null}));
    let me = api.get(&owner, "/v1/me").await.expect(200);
    assert_eq!(me["account"]["default_gateway_id"], id);
    api.post(&owner, "/v1/gateways", &api.line(OUR_NUMBER)).await.problem(409, "number-taken");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_with_unusable_credentials_or_number_is_refused_without_repeating_them() {
    let api = Api::new(7).await;
    let (owner, account) = api.sign_up("ann@bakery.example").await;
    api.top_up(&account, 1, "a-customer").await;
    let good = api.line(OUR_NUMBER);
    for (pointer, value, code) in [
        ("/carrier", json!("pigeon"), "invalid"),
        ("/number", json!("12"), "invalid"),
        ("/credentials", json!({}), "invalid"),
        ("/credentials", json!("secret-1234"), "wrong_type"),
        ("/credentials/api_key", json!(""), "invalid"),
        ("/credentials/signing_secrets", json!([]), "invalid"),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = api.post(&owner, "/v1/gateways", &body).await;
        assert!(!answer.body.to_string().contains("secret-1234"));
        answer.wrong(&format!("#{pointer}"), code);
    }
    let (_, ben) = api.colleague(&owner, "ben@bakery.example", "all").await;
    api.post(&ben, "/v1/gateways", &good).await.problem(403, "forbidden");
    api.post(&owner, "/v1/gateways", &good).await.expect(201);
}

#[tokio::test(start_paused = true)]
async fn only_the_operator_adds_credits_and_each_key_does_so_once() {
    let api = Api::new(8).await;
    let (owner, account) = api.sign_up("ann@bakery.example").await;
    let body = json!({"account_id": account, "amount": 50, "reference": "invoice 17"});
    let top_up = async |token: &str, key: &str, body: &Value| {
        api.call(Method::POST, "/v1/credits/top-ups", token, key, body).await
    };
    let operator = testkit::OPERATOR_KEY;
    top_up(&owner, "k", &body).await.problem(401, "unauthenticated");
    top_up("", "k", &body).await.problem(401, "unauthenticated");
    top_up(operator, "", &body).await.wrong("@Idempotency-Key", "missing_field");
    for (field, value, code) in [
        ("amount", json!(0), "out_of_range"),
        ("amount", json!(-5), "out_of_range"),
        ("amount", json!(1.5), "wrong_type"),
        ("amount", json!(1_000_000_000_001_u64), "invalid"),
        ("account_id", json!("acc_00000000000000000000000000000000"), "no_such_thing"),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        top_up(operator, "k", &wrong).await.wrong(&format!("#/{field}"), code);
    }
    let entry = top_up(operator, "k", &body).await.expect(201);
    assert_eq!((&entry["kind"], &entry["amount"]), (&json!("top_up"), &json!(50)));
    assert_eq!(top_up(operator, "k", &body).await.expect(201), entry);
    let mut other = body.clone();
    other["amount"] = json!(51);
    top_up(operator, "k", &other).await.problem(422, "idempotency-key-reused");
    let balance = api.get(&owner, "/v1/credits").await.expect(200);
    assert_eq!(balance, json!({"available": 50, "held": 0, "spent": 0}));
    let ledger = api.get(&owner, "/v1/credits/ledger").await.expect(200);
    assert_eq!(ledger["data"], json!([entry]));
    let (_, ben) = api.colleague(&owner, "ben@bakery.example", "all").await;
    api.get(&ben, "/v1/credits").await.problem(403, "forbidden");
}
