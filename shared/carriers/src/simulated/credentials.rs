//! The simulated carrier's secrets.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use crate::{Credentials, InvalidCredentials};

/// The present secret and the previous one.
const SECRETS_MAX: usize = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SimulatedCredentials {
    pub(super) base_url: String,
    pub(super) api_key: SecretString,
    pub(super) signing_secrets: Vec<SecretString>,
}

impl SimulatedCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        let blank = |secret: &SecretString| secret.expose_secret().trim().is_empty();
        read.address("messages")?;
        if blank(&read.api_key) || !read.api_key.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidCredentials::Field("api_key"));
        }
        if !(1..=SECRETS_MAX).contains(&read.signing_secrets.len()) || read.signing_secrets.iter().any(blank)
        {
            return Err(InvalidCredentials::Field("signing_secrets"));
        }
        Ok(read)
    }

    /// `{base_url}/{path}`, whether or not the base ends in a slash.
    pub(super) fn address(&self, path: &str) -> Result<Url, InvalidCredentials> {
        Url::parse(&format!("{}/{path}", self.base_url.trim_end_matches('/')))
            .ok()
            .filter(|url| {
                matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
            })
            .ok_or(InvalidCredentials::Field("base_url"))
    }
}
