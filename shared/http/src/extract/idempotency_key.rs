//! The caller's name for a request, under which it may be repeated.

use crate::field::{Code, FieldError};
use crate::problem::Problem;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::{HeaderMap, request::Parts};

const HEADER: &str = "Idempotency-Key";
/// Long enough for any UUID or hash with a prefix, short enough not to carry data.
const KEY_BYTES_MAX: usize = 255;

/// The header `Idempotency-Key`: 1 to 255 visible ASCII characters. Handlers ask for `Option<IdempotencyKey>`.
///
/// Sending the same key again with the same request gives the first answer again, for 24 hours (invariant I12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key as the caller sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let mut values = headers.get_all(HEADER).iter();
        let Some(value) = values.next() else { return Ok(None) };
        let readable = value
            .to_str()
            .ok()
            .filter(|_| values.next().is_none())
            .filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()))
            .filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()));
        match readable {
            Some(key) => Ok(Some(Self(key.to_owned()))),
            None => Err(Problem::invalid(FieldError::header(
                HEADER,
                Code::Invalid,
                format!("expected one key of 1 to {KEY_BYTES_MAX} visible ASCII characters"),
            ))),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Problem> {
        Self::read(&parts.headers)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::read(&parts.headers)?.ok_or_else(|| {
            Problem::invalid(FieldError::header(HEADER, Code::MissingField, "this header is required"))
        })
    }
}
