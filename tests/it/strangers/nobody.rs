//! Who has not signed in, and who pretends to have.

use secrecy::ExposeSecret;

use crate::bad_input::refused;
use crate::house::{Ask, Operation, Stage, Who, operations};

/// Operations that need somebody to be signed in, or the operator.
fn guarded() -> impl Iterator<Item = Operation> {
    operations().into_iter().filter(|operation| operation.who != Who::Anybody)
}

#[test]
fn strangers_may_only_sign_up_sign_in_read_the_description_and_be_carriers() {
    let open: Vec<String> =
        operations().into_iter().filter(|it| it.who == Who::Anybody).map(|it| it.id).collect();
    let known = [
        "describe",
        "bring_messages_by_query",
        "bring_messages",
        "report_receipts_by_query",
        "report_receipts",
        "report_receipt_by_query",
        "report_receipt",
        "confirm_email_change",
        "accept_invitation",
        "request_password_reset",
        "confirm_password_reset",
        "sign_in",
        "sign_up",
    ];
    assert_eq!(open, known, "an open route is added here on purpose, or not at all");
}

#[tokio::test]
async fn without_a_token_nothing_is_answered() {
    let stage = Stage::set().await;
    for operation in guarded() {
        let answer = refused(&stage.house, stage.ask(&operation).without_header("authorization")).await;
        assert!(answer.header("www-authenticate").is_some_and(|how| how.starts_with("Bearer")), "{answer:?}");
        answer.problem(401, "unauthenticated");
        // Who one is comes before what one wants.
        let garbage = stage.ask(&operation).without_header("authorization").raw("text/plain", "{");
        refused(&stage.house, garbage).await.problem(401, "unauthenticated");
    }
    stage.house.close().await;
}

#[tokio::test]
async fn with_a_token_that_is_none_nothing_is_answered() {
    let stage = Stage::set().await;
    let genuine = stage.harbour.owner.token.clone();
    let (last, rest) = (&genuine[genuine.len() - 4..], &genuine[..genuine.len() - 4]);
    let all = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer x".to_owned(),
        "Bearer tds_".to_owned(),
        format!("Bearer tds_{}", "A".repeat(107)),
        format!("Bearer tds_{}", "A".repeat(600)),
        format!("Bearer {rest}AAAA"),
        format!("Bearer {rest}"),
        format!("Bearer {genuine}A"),
        format!("Bearer {genuine} {genuine}"),
        format!("Bearer {}", genuine.to_lowercase()),
        format!("Bearer {}{last}", stage.ben.token[..genuine.len() - 4].to_owned()),
        format!("Basic {genuine}"),
        format!("Token {genuine}"),
        genuine.clone(),
        "Bearer \u{e9}".to_owned(),
    ];
    for operation in guarded() {
        for wrong in &all {
            let ask = stage.ask(&operation).header("authorization", wrong);
            refused(&stage.house, ask).await.problem(401, "unauthenticated");
        }
    }
    // Only the header counts.
    let elsewhere = Ask::get(format!("/v1/me?token={genuine}")).header("cookie", format!("token={genuine}"));
    refused(&stage.house, elsewhere).await.problem(401, "unauthenticated");
    stage.house.close().await;
}

#[tokio::test]
async fn the_operator_is_no_user_and_no_user_is_the_operator() {
    let stage = Stage::set().await;
    let operator = stage.house.running.operator_key.expose_secret();
    for operation in guarded() {
        let token = if operation.who == Who::Operator { &stage.harbour.owner.token } else { operator };
        refused(&stage.house, stage.ask(&operation).by(token)).await.problem(401, "unauthenticated");
    }
    stage.house.close().await;
}

#[tokio::test]
async fn a_session_that_has_expired_is_none() {
    let stage = Stage::set().await;
    stage.house.get(&stage.ben.token, "/v1/me").await.expect(200);
    stage.house.pass(jiff::SignedDuration::from_hours(24 * 14)).await;
    for operation in guarded().filter(|it| it.who == Who::User) {
        let ask = stage.ask(&operation).by(&stage.ben.token);
        refused(&stage.house, ask).await.problem(401, "unauthenticated");
    }
    stage.house.close().await;
}
