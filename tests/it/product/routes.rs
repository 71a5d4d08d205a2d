//! The main routes of every function, called once with success, here or on a deployed stack. In this process each function has
//! only the permissions that the template gives it, so this is also a test that the policies are wide enough; the tests in a
//! house watch the same for all other routes.

use std::collections::BTreeSet;

use local::routes::Routes;
use local::template::Template;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Product;
use super::{CUSTOMER, conversation, status_is};

/// Looks that cannot do without a question.
const ASKS_SOMETHING: [&str; 5] =
    ["/v1/messages", "/v1/permissions/explain", "/v1/audit-log/export", "/v1/search", "/v1/statistics"];

/// Functions that have answered with success so far.
struct Log {
    routes: Routes,
    answered: BTreeSet<String>,
}

impl Log {
    /// Notes a call, by the route that answered it.
    fn note(&mut self, method: &Method, path: &str) {
        let bare = path.split('?').next().unwrap_or(path);
        let (function, _) =
            self.routes.find(method.as_str(), bare).unwrap_or_else(|| panic!("no route for {path}"));
        self.answered.insert(function.to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_answers_somebody() {
    let product = Product::start().await;
    let template = Template::parse(local::document::TEMPLATE, &local::resolve::Names::new([])).unwrap();
    let mut log = Log { routes: Routes::new(&template), answered: BTreeSet::new() };

    let business = product.business().await;
    let (ben, ben_token) = product.colleague(&business, "assigned").await;
    // What `business` and `colleague` did.
    for path in ["/v1/sign-up", "/v1/gateways", "/v1/credits/top-ups", "/v1/users", "/v1/sessions"] {
        log.note(&Method::POST, path);
    }
    product.text_in(CUSTOMER, &business, "Good morning").await;
    let found = conversation(&product, &business.owner, "inbox").await;
    log.note(&Method::POST, &format!("/v1/carriers/simulated/{}/inbound", business.gateway));
    let id = found["id"].as_str().unwrap().to_owned();
    let at = |rest: &str| format!("/v1/conversations/{id}{rest}");

    let reply = json!({"to": CUSTOMER, "gateway_id": business.gateway, "body": "Good morning!"});
    let sent = product.post(&business.owner, "/v1/messages", &reply).await.expect(202);
    let message = sent["id"].as_str().unwrap();
    status_is(&product, &business, message, "delivered").await;
    log.note(&Method::POST, "/v1/messages");
    log.note(&Method::GET, &format!("/v1/messages/{message}"));
    log.note(&Method::POST, &format!("/v1/carriers/simulated/{}/status/{message}", business.gateway));

    let nothing = json!({});
    let preset = json!({"preset": "tomorrow"});
    let draft = json!({"body": "How much is this?"});
    let file = json!({"content_type": "image/jpeg", "bytes": 48_213});
    let access = json!({"conversation_access": "all"});
    let steps: Vec<(Method, String, Option<&Value>, u16)> = vec![
        (Method::GET, "/v1/me".into(), None, 200),
        (Method::GET, "/v1/users?limit=1".into(), None, 200),
        (Method::GET, "/v1/gateways?limit=1".into(), None, 200),
        (Method::GET, "/v1/credits".into(), None, 200),
        (Method::GET, "/v1/credits/ledger?limit=1".into(), None, 200),
        (Method::GET, "/openapi.json".into(), None, 200),
        (Method::POST, "/v1/messages/preview".into(), Some(&draft), 200),
        (Method::POST, "/v1/media".into(), Some(&file), 201),
        (Method::GET, "/v1/messages?status=scheduled".into(), None, 200),
        (Method::GET, "/v1/search?q=morning".into(), None, 200),
        (Method::GET, "/v1/statistics?from=2026-11-01&to=2026-11-30".into(), None, 200),
        (Method::GET, "/v1/conversations?view=all&limit=1".into(), None, 200),
        (Method::GET, "/v1/conversations?view=unread".into(), None, 200),
        (Method::GET, "/v1/conversations/counts".into(), None, 200),
        (Method::GET, at(""), None, 200),
        (Method::GET, at("/timeline?limit=2"), None, 200),
        (Method::PUT, at(&format!("/assignees/{ben}")), None, 200),
        (Method::POST, at("/read"), Some(&nothing), 200),
        (Method::POST, at("/unread"), Some(&nothing), 200),
        (Method::POST, at("/snooze"), Some(&preset), 200),
        (Method::POST, at("/unsnooze"), Some(&nothing), 200),
        (Method::POST, at("/complete"), Some(&nothing), 200),
        (Method::POST, at("/reopen"), Some(&nothing), 200),
        (Method::POST, at("/archive"), Some(&nothing), 200),
        (Method::POST, at("/unarchive"), Some(&nothing), 200),
        (Method::DELETE, at(&format!("/assignees/{ben}")), None, 200),
        (Method::PATCH, format!("/v1/users/{ben}"), Some(&access), 200),
    ];
    for (method, path, body, status) in steps {
        let answer = product.call(method.clone(), &path, Some(&business.owner), body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {:#}", answer.body);
        log.note(&method, &path);
    }
    security(&product, &business.owner, &ben, &mut log).await;

    let notification = product
        .eventually("a notification", async || {
            let page = product.get(&ben_token, "/v1/notifications").await.expect(200);
            page["data"].as_array().unwrap().first().map(|first| first["id"].as_str().unwrap().to_owned())
        })
        .await;
    log.note(&Method::GET, "/v1/notifications");
    let read = format!("/v1/notifications/{notification}/read");
    product.post(&ben_token, &read, &nothing).await.expect(204);
    log.note(&Method::POST, &read);

    // Whatever can be looked at without naming anything.
    let looks: Vec<String> = template
        .routes()
        .filter(|(method, path, _)| *method == "GET" && !path.contains('{') && !ASKS_SOMETHING.contains(path))
        .map(|(_, path, _)| path.to_owned())
        .collect();
    for path in looks {
        let answer = product.get(&business.owner, &path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {:#}", answer.body);
        log.note(&Method::GET, &path);
    }

    product.call(Method::DELETE, "/v1/sessions/current", Some(&ben_token), None).await.expect(204);
    log.note(&Method::DELETE, "/v1/sessions/current");
    product.get(&ben_token, "/v1/me").await.expect(401);

    let sessions = format!("/v1/users/{ben}/sessions");
    product.call(Method::DELETE, &sessions, Some(&business.owner), None).await.expect(204);
    log.note(&Method::DELETE, &sessions);

    let silent: BTreeSet<&str> = template
        .routes()
        .map(|(_, _, function)| &*function.id)
        .filter(|it| !log.answered.contains(*it))
        .collect();
    assert!(silent.is_empty(), "nobody asked {silent:?}");
    product.done().await;
}

/// The routes of one's own security and of others'. What needs a link or a code is refused here, because neither is at hand; the
/// tests in `security` go through with it, under the same policies.
async fn security(product: &Product, owner: &str, ben: &str, log: &mut Log) {
    let settings = product.get(owner, "/v1/account/security").await.expect(200);
    let unknown = "ses_00000000000000000000000000000000";
    let (nothing, code, link) = (json!({}), json!({"totp": "000000"}), json!({"token": "tdl_nothing"}));
    let email = json!({"email": "elsewhere@example.com"});
    let password = json!({"current_password": "not the password", "password": "purple elephant stairs"});
    let address = json!({"email": "elsewhere@example.com", "password": "not the password"});
    let reset = json!({"token": "tdl_nothing", "password": "purple elephant stairs"});
    let of_ben = |rest: &str| format!("/v1/users/{ben}{rest}");
    let steps: Vec<(Method, String, Option<&Value>, u16)> = vec![
        (Method::GET, "/v1/account/security".into(), None, 200),
        (Method::PUT, "/v1/account/security".into(), Some(&settings), 200),
        (Method::GET, "/v1/sessions".into(), None, 200),
        (Method::DELETE, format!("/v1/sessions/{unknown}"), None, 404),
        (Method::PUT, "/v1/me/password".into(), Some(&password), 422),
        (Method::POST, "/v1/me/second-factor".into(), Some(&nothing), 201),
        (Method::POST, "/v1/me/second-factor/confirm".into(), Some(&code), 422),
        (Method::POST, "/v1/me/second-factor/recovery-codes".into(), Some(&code), 409),
        (Method::DELETE, "/v1/me/second-factor".into(), Some(&code), 409),
        (Method::POST, "/v1/me/email-changes".into(), Some(&address), 422),
        (Method::POST, "/v1/email-changes/confirm".into(), Some(&link), 410),
        (Method::POST, "/v1/password-resets".into(), Some(&email), 202),
        (Method::POST, "/v1/password-resets/confirm".into(), Some(&reset), 410),
        (Method::GET, of_ben("/sessions"), None, 200),
        (Method::DELETE, of_ben(&format!("/sessions/{unknown}")), None, 404),
        (Method::DELETE, of_ben("/second-factor"), None, 204),
    ];
    for (method, path, body, status) in steps {
        let answer = product.call(method.clone(), &path, Some(owner), body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {:#}", answer.body);
        log.note(&method, &path);
    }
}
