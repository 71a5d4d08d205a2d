//! Vonage's key and secrets.

use secrecy::SecretString;
use serde::Deserialize;

use crate::{Credentials, InvalidCredentials, signing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VonageCredentials {
    pub(super) api_key: String,
    pub(super) api_secret: SecretString,
    pub(super) signature_secrets: Vec<SecretString>,
}

impl VonageCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        check_login(&read.api_key, &read.api_secret)?;
        signing::check_secrets(&read.signature_secrets, "signature_secrets")?;
        Ok(read)
    }
}

/// What both of Vonage's APIs send with.
pub(crate) fn check_login(api_key: &str, api_secret: &SecretString) -> Result<(), InvalidCredentials> {
    if api_key.is_empty() || !api_key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(InvalidCredentials::Field("api_key"));
    }
    if !signing::is_token(api_secret) {
        return Err(InvalidCredentials::Field("api_secret"));
    }
    Ok(())
}
