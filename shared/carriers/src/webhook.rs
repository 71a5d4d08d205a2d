//! A carrier's webhook before and after its signature was checked.
//!
//! Only [`crate::Carrier::verify`] makes a [`Genuine`], and only a `Genuine` can be read: code that forgets to check
//! does not compile.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, header};
use url::Url;

use crate::InvalidCredentials;

/// A webhook as received.
#[derive(Clone)]
pub struct Webhook {
    /// The method.
    pub method: Method,
    /// The address the carrier called: the *configured* public address with the path and query as received. Never
    /// built from `Host` or `X-Forwarded-*`, which the sender chooses.
    pub url: Url,
    /// The headers as received.
    pub headers: HeaderMap,
    /// The raw bytes: signatures cover these, not what a parser makes of them.
    pub body: Bytes,
    /// What [`crate::Carrier::key_request`] asked for; `None` if it asked for nothing or there was no answer.
    pub key: Option<FetchedKey>,
}

/// A carrier's public key, fetched from the carrier. It counts only for a webhook that names the same address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedKey {
    /// Where it was fetched.
    pub address: Url,
    /// What was there.
    pub body: Bytes,
}

impl Webhook {
    /// What the carrier says, as it came: the query of a GET, the body of anything else.
    pub fn content(&self) -> &[u8] {
        if self.method == Method::GET { self.url.query().unwrap_or_default().as_bytes() } else { &self.body }
    }

    /// The header's one value. Two values of a header that proves identity are as bad as none.
    pub(crate) fn single_header(&self, name: &HeaderName) -> Option<&[u8]> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value.as_bytes()),
            _ => None,
        }
    }

    /// The media type without parameters, in lower case; empty if there is none.
    pub(crate) fn media_type(&self) -> String {
        let value =
            self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A webhook that the gateway's carrier really sent. Made by [`crate::Carrier::verify`] and nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Genuine<'a>(&'a Webhook);

impl<'a> Genuine<'a> {
    /// For `verify` implementations only: the caller has checked the signature.
    pub(crate) const fn after_verification(hook: &'a Webhook) -> Self {
        Self(hook)
    }

    /// The webhook.
    pub const fn webhook(&self) -> &'a Webhook {
        self.0
    }
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// The gateway has no usable secret, so nothing can be believed. Not the sender's fault: the gateway's settings
    /// need attention, and the caller makes that visible.
    #[error("the gateway cannot check signatures")]
    NotConfigured(#[from] InvalidCredentials),
    /// The signature header is missing, repeated or malformed.
    #[error("no readable signature")]
    Unsigned,
    /// The signature fits none of the gateway's secrets.
    #[error("the signature does not fit")]
    WrongSignature,
    /// The signed time is too far from the time of arrival.
    #[error("the signature is too old or from the future")]
    Stale,
    /// Larger than [`crate::Limits::webhook_bytes_max`].
    #[error("the webhook is larger than any the carrier sends")]
    TooLarge,
}

impl Forged {
    /// Whether the gateway's settings, not the sender, are at fault.
    pub const fn is_configuration(self) -> bool {
        matches!(self, Self::NotConfigured(_))
    }
}

/// A genuine webhook that does not say what its kind must say. It goes to people, not into the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The body is not of the form that this carrier uses.
    #[error("the body is not of the carrier's form")]
    Form,
    /// A field without which the event means nothing is missing or malformed.
    #[error("the field `{0}` is missing or malformed")]
    Field(&'static str),
}
