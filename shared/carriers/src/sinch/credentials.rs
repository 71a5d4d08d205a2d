//! Sinch's service plan, token and secrets.

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::{Credentials, InvalidCredentials, credentials::is_id, signing};

/// Where a service plan lives (Sinch, "Base URL").
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Region {
    Us,
    Eu,
    Au,
    Br,
    Ca,
}

impl Region {
    const fn host(self) -> &'static str {
        match self {
            Self::Us => "us.sms.api.sinch.com",
            Self::Eu => "eu.sms.api.sinch.com",
            Self::Au => "au.sms.api.sinch.com",
            Self::Br => "br.sms.api.sinch.com",
            Self::Ca => "ca.sms.api.sinch.com",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SinchCredentials {
    region: Region,
    service_plan_id: String,
    pub(super) api_token: SecretString,
    pub(super) webhook_secrets: Vec<SecretString>,
}

impl SinchCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        if !is_id(&read.service_plan_id) {
            return Err(InvalidCredentials::Field("service_plan_id"));
        }
        if !signing::is_token(&read.api_token) {
            return Err(InvalidCredentials::Field("api_token"));
        }
        signing::check_secrets(&read.webhook_secrets, "webhook_secrets")?;
        Ok(read)
    }

    /// The address of the service plan's batches.
    pub(super) fn batches(&self) -> Result<Url, InvalidCredentials> {
        let address = format!("https://{}/xms/v1/{}/batches", self.region.host(), self.service_plan_id);
        Url::parse(&address).map_err(|_| InvalidCredentials::Field("service_plan_id"))
    }
}
