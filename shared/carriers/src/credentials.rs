//! What a gateway needs to prove who it is, and to check who calls it.
//!
//! Each carrier has its own set of secrets, so here they are one secret JSON text, as stored in Secrets Manager; the
//! connector that reads it knows its fields. Nothing of it can be printed.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

/// A gateway's secrets as one JSON text. The fields are the connector's: see [`crate::twilio`] and
/// [`crate::simulated`].
#[derive(Clone)]
pub struct Credentials(SecretString);

impl Credentials {
    /// Wraps the stored text; [`crate::Carrier::check_credentials`] says whether it is usable.
    pub const fn new(json: SecretString) -> Self {
        Self(json)
    }

    /// The text, to be stored as a secret.
    pub const fn secret(&self) -> &SecretString {
        &self.0
    }

    /// Reads the connector's own form of it. The error says nothing about the content: a parser's message may quote
    /// part of a secret.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, InvalidCredentials> {
        serde_json::from_str(self.0.expose_secret()).map_err(|_| InvalidCredentials::Form)
    }
}

/// Whether it is an id that a carrier gives out, and can stand in an address: ASCII letters, digits, `-` and `_`.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl From<&str> for Credentials {
    fn from(json: &str) -> Self {
        Self(SecretString::from(json))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Why a gateway's credentials are unusable; names the field, never its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCredentials {
    /// Not a JSON object with the fields that this carrier needs.
    #[error("the credentials are not a JSON object with the carrier's fields")]
    Form,
    /// A field is empty or not of its kind.
    #[error("the credentials' field `{0}` is missing, empty or malformed")]
    Field(&'static str),
}
