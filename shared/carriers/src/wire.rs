//! One HTTP request and one HTTP reply, as plain values.
//!
//! Connectors make and read them; [`crate::execute`] carries them. They hold numbers, texts and secrets, so their
//! `Debug` shows only what cannot identify anybody.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::InvalidCredentials;

/// A request to a carrier.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// The headers, authorisation included (marked sensitive).
    pub headers: HeaderMap,
    /// The body; empty for GET.
    pub body: Bytes,
}

impl HttpRequest {
    /// A GET.
    pub(crate) fn get(url: Url, authorization: HeaderValue) -> Self {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, authorization)]);
        Self { method: Method::GET, url, headers, body: Bytes::new() }
    }

    /// A GET of a file, with the gateway's authorisation where it goes.
    pub fn get_file(url: Url, authorization: Option<HeaderValue>) -> Self {
        match authorization {
            Some(authorization) => Self::get(url, authorization),
            None => Self::get_public(url),
        }
    }

    /// A GET of what anybody may see.
    pub fn get_public(url: Url) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A POST of a JSON body.
    pub(crate) fn json<T: Serialize>(
        url: Url,
        authorization: HeaderValue,
        body: &T,
    ) -> Result<Self, InvalidCredentials> {
        let body = serde_json::to_vec(body).map_err(|_| InvalidCredentials::Form)?;
        let json = HeaderValue::from_static("application/json");
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, json), (header::AUTHORIZATION, authorization)]);
        Ok(Self { method: Method::POST, url, headers, body: body.into() })
    }
}

/// A form as a body, posted.
pub(crate) fn form(url: Url, authorization: HeaderValue, form: String) -> HttpRequest {
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers =
        HeaderMap::from_iter([(header::CONTENT_TYPE, content_type), (header::AUTHORIZATION, authorization)]);
    HttpRequest { method: Method::POST, url, headers, body: form.into() }
}

/// A number as carriers write it that want no `+`; anything else as it is.
pub(crate) fn without_plus(sender: &str) -> &str {
    match sender.strip_prefix('+') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits,
        _ => sender,
    }
}

/// `Authorization: Basic` (RFC 7617), marked sensitive.
pub(crate) fn basic(user: &str, password: &str) -> Result<HeaderValue, InvalidCredentials> {
    authorization("Basic", &BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// An `Authorization` header of the given scheme, marked sensitive.
pub(crate) fn authorization(scheme: &str, secret: &str) -> Result<HeaderValue, InvalidCredentials> {
    let mut value =
        HeaderValue::try_from(format!("{scheme} {secret}")).map_err(|_| InvalidCredentials::Form)?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A reply: a carrier's to us, or ours to a carrier's webhook.
#[derive(Clone)]
pub struct HttpReply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as received.
    pub body: Bytes,
}

impl HttpReply {
    /// A reply without headers or body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A reply with a body of the given media type.
    pub fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        Self { status, headers, body: body.into() }
    }

    /// `Retry-After` in seconds. A carrier may also send a date, which only matters to someone with a clock; the
    /// caller's own back-off serves as well.
    pub(crate) fn retry_after_seconds(&self) -> Option<u32> {
        self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
    }

    /// The body as JSON, if it is that.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl fmt::Debug for HttpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpReply")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
