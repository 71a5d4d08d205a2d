//! A request that may be repeated without being done twice (invariant I12).
//!
//! The record of a request with an `Idempotency-Key` goes through these states, each by one conditional write:
//!
//! ```text
//!            begin                    complete
//! (nothing) -------> running, locked ----------> answered, kept for 24 h
//!     ^                 |   |
//!     |     release     |   | the lock ends (the function was killed): the next attempt may run
//!     +-----------------+   v
//!                        (nothing)
//! ```
//!
//! While it runs, the same key gets 409; afterwards the stored answer; with another request at any time 422. A request
//! that was refused leaves nothing behind: whoever corrects it may use the same key again.
//!
//! `POST /v1/messages` does not need this: there the key names the message itself, in the transaction that stores it.

use crate::extract::{Caller, IdempotencyKey};
use crate::problem::Problem;
use app::App;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use serde::Serialize;
use sha2::{Digest, Sha256};
use storage::{Begin, StoredAnswer};

/// How long a running request keeps others with its key away: as long as API Gateway waits for a function.
const LOCK: SignedDuration = SignedDuration::from_secs(30);
/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// When to ask again for the answer of a request that is still running.
const IN_PROGRESS_RETRY_SECONDS: u32 = 1;

/// Runs `run` unless a request with this key has been answered before, and remembers its answer.
///
/// `operation` and `request` together are what has to be the same when the key is used again: the name of the
/// operation with the ids from its path, and the body as it was understood. Without a key, `run` simply runs.
pub async fn idempotent<T: Serialize>(
    app: &App,
    caller: &Caller,
    key: Option<IdempotencyKey>,
    operation: &str,
    request: &impl Serialize,
    run: impl Future<Output = Result<(StatusCode, T), Problem>>,
) -> Result<Response, Problem> {
    let Some(key) = key else {
        return run.await.and_then(|(status, answer)| Ok(respond(&stored(status, &answer)?)));
    };
    let key_hash = hash(&[caller.user.to_string().as_bytes(), key.as_str().as_bytes()]);
    let body = serde_json::to_vec(request).map_err(Problem::internal)?;
    // The key, which lies nowhere else but hashed, keeps a short password in the body from being found by trying.
    let fingerprint = hash(&[operation.as_bytes(), key.as_str().as_bytes(), &body]);
    let account = app.store.account(caller.account);
    let now = app.now();
    match account.idempotency_begin(key_hash, fingerprint, now, now + LOCK, now + KEPT).await? {
        Begin::Run => {}
        Begin::Answer(answer) => return Ok(respond(&answer)),
        Begin::InProgress => {
            return Err(Problem::InProgress { retry_after_seconds: IN_PROGRESS_RETRY_SECONDS });
        }
        Begin::Reused => return Err(Problem::IdempotencyKeyReused),
    }
    match run.await.and_then(|(status, answer)| stored(status, &answer)) {
        Ok(answer) => {
            // The thing has been done: not being able to remember the answer does not change it.
            if let Err(error) = account.idempotency_complete(key_hash, &answer).await {
                tracing::warn!(%error, "the answer could not be kept for a repeated request");
            }
            Ok(respond(&answer))
        }
        Err(problem) => {
            // If this fails too, the lock ends by itself.
            if let Err(error) = account.idempotency_release(key_hash).await {
                tracing::warn!(%error, "the lock of a refused request could not be released");
            }
            Err(problem)
        }
    }
}

fn stored(status: StatusCode, answer: &impl Serialize) -> Result<StoredAnswer, Problem> {
    let body = serde_json::to_string(answer).map_err(Problem::internal)?;
    Ok(StoredAnswer { status: status.as_u16(), body })
}

fn respond(answer: &StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (status, [json], answer.body.clone()).into_response()
}

/// SHA-256 over the parts, each behind its length so that they cannot be shifted against each other.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_hash_cannot_be_shifted() {
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_eq!(hash(&[b"ab", b"c"]), hash(&[b"ab", b"c"]));
    }
}
