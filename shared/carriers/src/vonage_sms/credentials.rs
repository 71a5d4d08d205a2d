//! Vonage's key and secrets, and how the account has its webhooks signed.

use secrecy::SecretString;
use serde::Deserialize;

use crate::{Credentials, InvalidCredentials, signing, vonage};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VonageSmsCredentials {
    pub(super) api_key: String,
    pub(super) api_secret: SecretString,
    pub(super) signature_secrets: Vec<SecretString>,
    pub(super) signature_method: Method,
}

/// The hashes that an account can choose between. Only the chosen one is taken.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Method {
    /// MD5 of the text with the secret behind it.
    Md5Hash,
    /// HMAC-MD5.
    Md5,
    /// HMAC-SHA1.
    Sha1,
    /// HMAC-SHA256.
    Sha256,
    /// HMAC-SHA512.
    Sha512,
}

impl VonageSmsCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        vonage::check_login(&read.api_key, &read.api_secret)?;
        signing::check_secrets(&read.signature_secrets, "signature_secrets")?;
        Ok(read)
    }
}
