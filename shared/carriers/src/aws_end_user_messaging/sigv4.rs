//! Signature Version 4 (AWS, "Signing AWS API requests"), by AWS's own crate.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as Key;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use url::Url;

use super::credentials::AwsCredentials;
use crate::InvalidCredentials;

/// Adds the headers that prove who calls, and when. `headers` are those to be signed.
pub(super) fn add(
    headers: &mut HeaderMap,
    url: &Url,
    body: &[u8],
    credentials: &AwsCredentials,
    at: Timestamp,
) -> Result<(), InvalidCredentials> {
    const FAULT: InvalidCredentials = InvalidCredentials::Form;
    let id = credentials.access_key_id.expose_secret();
    let secret = credentials.secret_access_key.expose_secret();
    let identity = Key::new(id, secret, None, None, "gateway").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&credentials.region)
        .name("sms-voice")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(at.as_second().try_into().unwrap_or_default()))
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| FAULT)?
        .into();
    let signed = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let request = SignableRequest::new("POST", url.as_str(), signed, SignableBody::Bytes(body));
    let (instructions, _) = sign(request.map_err(|_| FAULT)?, &parameters).map_err(|_| FAULT)?.into_parts();
    for (name, value) in instructions.headers() {
        let name: HeaderName = name.parse().map_err(|_| FAULT)?;
        let mut value = HeaderValue::try_from(value).map_err(|_| FAULT)?;
        value.set_sensitive(name == http::header::AUTHORIZATION);
        headers.insert(name, value);
    }
    Ok(())
}
