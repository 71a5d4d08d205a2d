//! Plivo's account and its secrets.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::{Credentials, InvalidCredentials, signing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlivoCredentials {
    pub(super) auth_id: String,
    pub(super) auth_tokens: Vec<SecretString>,
}

impl PlivoCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        if !is_auth_id(&read.auth_id) {
            return Err(InvalidCredentials::Field("auth_id"));
        }
        signing::check_secrets(&read.auth_tokens, "auth_tokens")?;
        Ok(read)
    }

    /// What sends. `read` allows no empty list; without a token the carrier answers 401.
    pub(super) fn password(&self) -> &str {
        self.auth_tokens.first().map_or("", |token| token.expose_secret())
    }
}

/// Plivo's accounts are "MA", its subaccounts "SA", and 18 more letters and digits.
fn is_auth_id(text: &str) -> bool {
    const CHARACTERS: usize = 20;
    text.len() == CHARACTERS
        && (text.starts_with("MA") || text.starts_with("SA"))
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
