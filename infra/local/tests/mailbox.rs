//! The mailbox page, without a product behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use engines::connector;
use engines::ses::{SEND_EMAIL, Ses};
use local::mailbox::router;
use serde_json::{Value, json};
use tower::ServiceExt;

async fn get(router: &Router, path: &str) -> (StatusCode, String, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let policy = response.headers().get("content-security-policy").map(|it| it.to_str().unwrap().to_owned());
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap(), policy.unwrap_or_default())
}

async fn send(ses: &Ses, to: &str, subject: &str) {
    let link = "http://localhost:8080/invitation#tdl_abc";
    let body = json!({
        "FromEmailAddress": "\"Bee\" <no-reply@textdesk.invalid>",
        "Destination": {"ToAddresses": [to]},
        "Content": {"Simple": {
            "Subject": {"Data": subject},
            "Body": {"Text": {"Data": format!("Follow {link}")}, "Html": {"Data": format!("<p><a href=\"{link}\">Follow</a></p>")}},
        }},
    });
    let request = connector::Request::to(SEND_EMAIL, None, body.to_string());
    assert_eq!(ses.respond(request).await.unwrap().status, 200);
}

/// The texts between `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: &'a str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split_once(after)).map(|(found, _)| found).collect()
}

#[tokio::test]
async fn the_page_has_every_element_that_its_script_asks_for_and_shows_no_html_of_others() {
    let router = router(Ses::new());
    let (status, page, _) = get(&router, "/mailbox").await;
    assert_eq!(status, StatusCode::OK);
    let (_, script, _) = get(&router, "/mailbox/page.js").await;
    let ids = between(&page, "id=\"", "\"");
    for asked in between(&script, "$(\"", "\")") {
        assert!(ids.contains(&asked), "there is no #{asked}");
    }
    let labels = between(&page, "<label for=\"", "\"");
    for field in between(&page, "<select id=\"", "\"") {
        assert!(labels.contains(&field), "#{field} has no label");
    }
    assert!(!script.contains("innerHTML"), "texts of people would become HTML");
    let sandbox = between(&page, "sandbox=\"", "\"");
    assert_eq!(sandbox, ["allow-popups allow-popups-to-escape-sandbox"], "no scripts, no origin of ours");
    assert_eq!(get(&router, "/mailbox/page.css").await.0, StatusCode::OK);
}

#[tokio::test]
async fn letters_are_listed_newest_first_with_their_text() {
    let ses = Ses::new();
    let router = router(ses.clone());
    assert_eq!(get(&router, "/mailbox/api/letters").await.1, "[]");
    send(&ses, "ann@example.com", "First").await;
    send(&ses, "ben@example.com", "Second").await;
    let letters: Value = serde_json::from_str(&get(&router, "/mailbox/api/letters").await.1).unwrap();
    assert_eq!(letters[0]["subject"], "Second");
    assert_eq!(letters[0]["to"], json!(["ben@example.com"]));
    assert_eq!(letters[1]["subject"], "First");
    assert!(letters[1]["text"].as_str().unwrap().contains("/invitation#tdl_abc"));
}

#[tokio::test]
async fn the_html_of_a_letter_can_open_its_links_and_nothing_else() {
    let ses = Ses::new();
    let router = router(ses.clone());
    send(&ses, "ann@example.com", "First").await;
    let id = ses.sent()[0].message_id.clone();
    let (status, html, policy) = get(&router, &format!("/mailbox/letters/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        html.contains("target=\"_blank\"")
            && html.contains("href=\"http://localhost:8080/invitation#tdl_abc\"")
    );
    assert!(policy.starts_with("sandbox allow-popups") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin"), "{policy}");
    assert_eq!(get(&router, "/mailbox/letters/nobody").await.0, StatusCode::NOT_FOUND);
}
