//! Bandwidth's ids, users and passwords.

use secrecy::SecretString;
use serde::Deserialize;

use crate::{Credentials, InvalidCredentials, credentials::is_id, signing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BandwidthCredentials {
    pub(super) account_id: String,
    pub(super) api_user: String,
    pub(super) api_password: SecretString,
    pub(super) application_id: String,
    pub(super) webhook_user: String,
    pub(super) webhook_passwords: Vec<SecretString>,
}

impl BandwidthCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        if !is_id(&read.account_id) {
            return Err(InvalidCredentials::Field("account_id"));
        }
        if !signing::is_user(&read.api_user) {
            return Err(InvalidCredentials::Field("api_user"));
        }
        signing::check_secrets(std::slice::from_ref(&read.api_password), "api_password")?;
        if !is_id(&read.application_id) {
            return Err(InvalidCredentials::Field("application_id"));
        }
        if !signing::is_user(&read.webhook_user) {
            return Err(InvalidCredentials::Field("webhook_user"));
        }
        signing::check_secrets(&read.webhook_passwords, "webhook_passwords")?;
        Ok(read)
    }
}
