//! Infobip's host, key and passwords.

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::{Credentials, InvalidCredentials, credentials::is_id, signing};

/// The key goes to no other host than Infobip's, whatever is written into a gateway.
const DOMAIN: &str = ".infobip.com";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InfobipCredentials {
    base_host: String,
    pub(super) api_key: SecretString,
    pub(super) webhook_user: String,
    pub(super) webhook_passwords: Vec<SecretString>,
    pub(super) application_id: Option<String>,
}

impl InfobipCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        let own = read.base_host.strip_suffix(DOMAIN).ok_or(InvalidCredentials::Field("base_host"))?;
        if !own.split('.').all(is_id) {
            return Err(InvalidCredentials::Field("base_host"));
        }
        if !signing::is_token(&read.api_key) {
            return Err(InvalidCredentials::Field("api_key"));
        }
        if !signing::is_user(&read.webhook_user) {
            return Err(InvalidCredentials::Field("webhook_user"));
        }
        signing::check_secrets(&read.webhook_passwords, "webhook_passwords")?;
        if read.application_id.as_deref().is_some_and(|id| id.trim().is_empty()) {
            return Err(InvalidCredentials::Field("application_id"));
        }
        Ok(read)
    }

    /// An address of the account.
    pub(super) fn address(&self, path: &str) -> Result<Url, InvalidCredentials> {
        let address = format!("https://{}/{path}", self.base_host);
        Url::parse(&address).map_err(|_| InvalidCredentials::Field("base_host"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(host: &str) -> bool {
        let json = serde_json::json!({
            "base_host": host,
            "api_key": "key",
            "webhook_user": "user",
            "webhook_passwords": ["password"],
        });
        InfobipCredentials::read(&Credentials::from(json.to_string().as_str())).is_ok()
    }

    #[test]
    fn the_key_goes_to_infobip_only() {
        for host in ["x1y2z3.api.infobip.com", "x1y2z3.api-us.infobip.com", "api.infobip.com"] {
            assert!(accepts(host), "{host}");
        }
        for host in [
            "",
            "infobip.com",
            ".infobip.com",
            "example.com",
            "x.infobip.com.example.com",
            "example.com/.infobip.com",
            "example.com#.infobip.com",
            "example.com:443@x.infobip.com",
            "https://x1y2z3.api.infobip.com",
        ] {
            assert!(!accepts(host), "{host}");
        }
    }
}
