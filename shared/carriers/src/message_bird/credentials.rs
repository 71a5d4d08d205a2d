//! `MessageBird`'s secrets.

use secrecy::SecretString;
use serde::Deserialize;

use crate::{Credentials, InvalidCredentials, signing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageBirdCredentials {
    pub(super) access_key: SecretString,
    pub(super) signing_keys: Vec<SecretString>,
}

impl MessageBirdCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        if !signing::is_token(&read.access_key) {
            return Err(InvalidCredentials::Field("access_key"));
        }
        signing::check_secrets(&read.signing_keys, "signing_keys")?;
        Ok(read)
    }
}
