//! Bodies: typed JSON for the API, raw bytes for webhooks.

use crate::field::{Code, FieldError, body_error};
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::fmt;

/// The largest JSON body: many times the longest message, and small enough to be parsed in no time.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// The largest body of a webhook. API Gateway itself would let 10 MB pass; carriers send a few kilobytes.
pub const RAW_BODY_BYTES_MAX: usize = 1024 * 1024;

/// A JSON body whose fields are domain types: what has been parsed needs no further checks.
///
/// Answers 413 above [`BODY_BYTES_MAX`], 400 if it is empty or not JSON, 415 if it is not declared as JSON, and 422
/// with a pointer to the first field that is unknown, missing, of the wrong type or otherwise not acceptable.
#[derive(Debug, Clone, Copy)]
pub struct Valid<T>(pub T);

impl<S, T> FromRequest<S> for Valid<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = read(body, BODY_BYTES_MAX).await?;
        if body.is_empty() {
            return Err(Problem::Malformed("the body is empty"));
        }
        if !is_json(&parts.headers) {
            return Err(Problem::UnsupportedMediaType);
        }
        parse(&body).map(Self)
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde would read a list as a struct, field by field. That is not our API.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
            Ok(_) => Problem::invalid(FieldError::body([""; 0], Code::WrongType, "expected an object")),
            Err(_) => Problem::Malformed("the body cannot be read as JSON"),
        });
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // A number where a name belongs counts as a mistake of syntax in serde_json, although the body is JSON.
        let is_json = error.inner().is_data() || serde_json::from_slice::<serde_json::Value>(body).is_ok();
        if is_json {
            Problem::invalid(body_error(error.path(), &error.inner().to_string(), body))
        } else {
            Problem::Malformed("the body cannot be read as JSON")
        }
    })?;
    json.end().map_err(|_| Problem::Malformed("something follows the JSON value"))?;
    Ok(value)
}

/// Whether the body is declared as `application/json` or another JSON type (RFC 6839).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(declared) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

/// The body as it came, for webhooks: signatures are made over the very bytes. At most [`RAW_BODY_BYTES_MAX`].
#[derive(Clone)]
pub struct RawBody(pub Bytes);

/// Its length only: a webhook carries texts and numbers.
impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBody({} bytes)", self.0.len())
    }
}

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        read(request.into_body(), RAW_BODY_BYTES_MAX).await.map(Self)
    }
}

async fn read(body: Body, limit_bytes: usize) -> Result<Bytes, Problem> {
    axum::body::to_bytes(body, limit_bytes).await.map_err(|error| {
        let over_limit = error.source().is_some_and(<dyn Error>::is::<LengthLimitError>);
        if over_limit {
            Problem::TooLarge { limit_bytes }
        } else {
            Problem::Malformed("the body ended too early")
        }
    })
}
