//! Bird's secrets and keys.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Credentials, InvalidCredentials, signing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BirdCredentials {
    pub(super) api_key: SecretString,
    signing_secrets: Vec<SecretString>,
    #[serde(default)]
    pub(super) category: Category,
}

/// What the texts are for, in Bird's words.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Category {
    Transactional,
    Marketing,
    Authentication,
    #[default]
    Service,
}

impl BirdCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        read.messages_url()?;
        signing::check_secrets(&read.signing_secrets, "signing_secrets")?;
        if read.signing_secrets.iter().any(|secret| decoded(secret).is_none()) {
            return Err(InvalidCredentials::Field("signing_secrets"));
        }
        Ok(read)
    }

    /// The address in the region that the key is for: `bk_eu1_…`.
    pub(super) fn messages_url(&self) -> Result<Url, InvalidCredentials> {
        const REGION_CHARACTERS_MAX: usize = 16;
        let fault = InvalidCredentials::Field("api_key");
        if !signing::is_token(&self.api_key) {
            return Err(fault);
        }
        let (region, secret) = self
            .api_key
            .expose_secret()
            .strip_prefix("bk_")
            .and_then(|rest| rest.split_once('_'))
            .ok_or(fault)?;
        let is_region = (1..=REGION_CHARACTERS_MAX).contains(&region.len())
            && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !is_region || secret.is_empty() {
            return Err(fault);
        }
        Url::parse(&format!("https://{region}.platform.bird.com/v1/sms/messages")).map_err(|_| fault)
    }

    /// The signing secrets as keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = Vec<u8>> {
        self.signing_secrets.iter().filter_map(decoded)
    }
}

/// Standard Webhooks: base64 behind a prefix that says what it is.
fn decoded(secret: &SecretString) -> Option<Vec<u8>> {
    let encoded = secret.expose_secret().strip_prefix("whsec_")?;
    BASE64_STANDARD.decode(encoded).ok().filter(|key| !key.is_empty())
}
