//! The mailbox page: the e-mails that people would have got.
//!
//! Served beside the phone simulator: [`router`] has the page at `/mailbox`, and the letters as data. A letter's HTML is
//! shown as a mail program would, in a frame that may neither run scripts nor ask for anything of ours.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use engines::ses::{SentMail, Ses};
use serde_json::{Value, json};

/// Most letters that the page shows.
const LETTERS_MAX: usize = 100;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the frame of a letter may do: show pictures and open links in a window of their own. The header holds even if
/// somebody opens the address of a letter by itself.
const LETTER_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
                             img-src https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The mailbox's routes.
pub fn router(ses: Ses) -> Router {
    let text = |kind: &'static str, body: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, kind)], body) })
    };
    Router::new()
        .route("/mailbox", text("text/html; charset=utf-8", PAGE))
        .route("/mailbox/page.css", text("text/css; charset=utf-8", STYLE))
        .route("/mailbox/page.js", text("text/javascript; charset=utf-8", SCRIPT))
        .route("/mailbox/api/letters", get(letters))
        .route("/mailbox/letters/{message_id}", get(letter))
        .with_state(ses)
}

/// The letters, newest first, without their HTML.
async fn letters(State(ses): State<Ses>) -> Json<Vec<Value>> {
    Json(ses.sent().iter().rev().take(LETTERS_MAX).map(summary).collect())
}

fn summary(mail: &SentMail) -> Value {
    let SentMail { message_id, from, to, subject, text, at_unix_ms, .. } = mail;
    json!({"id": message_id, "from": from, "to": to, "subject": subject, "text": text, "at_unix_ms": at_unix_ms})
}

/// The HTML of a letter. Its links open windows of their own, because the frame would not let them work.
async fn letter(State(ses): State<Ses>, Path(message_id): Path<String>) -> Response {
    let Some(mail) = ses.sent().into_iter().find(|mail| mail.message_id == message_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, LETTER_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let html = mail.html.replace("<a ", "<a target=\"_blank\" rel=\"noopener noreferrer\" ");
    (headers, html).into_response()
}
