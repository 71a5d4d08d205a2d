//! Twilio's secrets. A set without a usable token is refused here, so that nobody verifies with an empty key.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::{Credentials, InvalidCredentials};

/// At most the primary and the secondary token.
const TOKENS_MAX: usize = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TwilioCredentials {
    pub(super) account_sid: String,
    pub(super) auth_tokens: Vec<SecretString>,
    pub(super) api_key: Option<ApiKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiKey {
    pub(super) sid: String,
    pub(super) secret: SecretString,
}

impl TwilioCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        let blank = |secret: &SecretString| secret.expose_secret().trim().is_empty();
        if !is_sid(&read.account_sid, "AC") {
            return Err(InvalidCredentials::Field("account_sid"));
        }
        if !(1..=TOKENS_MAX).contains(&read.auth_tokens.len()) || read.auth_tokens.iter().any(blank) {
            return Err(InvalidCredentials::Field("auth_tokens"));
        }
        if read.api_key.as_ref().is_some_and(|key| !is_sid(&key.sid, "SK") || blank(&key.secret)) {
            return Err(InvalidCredentials::Field("api_key"));
        }
        Ok(read)
    }

    /// User name and password for Basic authentication.
    pub(super) fn login(&self) -> (&str, &str) {
        match &self.api_key {
            Some(key) => (&key.sid, key.secret.expose_secret()),
            // `read` allows no empty list; without a token the carrier answers 401.
            None => (&self.account_sid, self.auth_tokens.first().map_or("", |token| token.expose_secret())),
        }
    }
}

/// Twilio's ids are two letters and 32 hexadecimal digits.
fn is_sid(text: &str, prefix: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}
