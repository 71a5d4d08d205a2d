//! Fetching files from addresses that strangers name: the media of inbound messages.
//!
//! Here is one hop: the name is resolved, every address of it has to be public, and the connection goes to these and to no
//! other, so that a name that resolves anew leads nowhere else. Redirects are the caller's business, who asks
//! [`domain::media::fetch::check`] for each.

use std::{net::SocketAddr, time::Duration};

use async_trait::async_trait;
use bytes::BytesMut;
use domain::media::fetch::{Refused, check, is_public};
use url::{Host, Url};

use crate::{HttpReply, HttpRequest};

/// Longest a hop may take, all of it.
const HOP_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest the connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// The port of https.
const PORT: u16 = 443;

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// Nothing is fetched from there.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is larger than what is kept.
    #[error("the file is too large")]
    TooLarge,
    /// It did not answer, or not in full.
    #[error("the file could not be fetched")]
    Unreachable,
}

/// Makes one request for a file.
#[async_trait]
pub trait Downloads: Send + Sync {
    /// Makes the request once, to a public address only; follows no redirect.
    async fn get(&self, request: HttpRequest, bytes_max: usize) -> Result<HttpReply, DownloadError>;
}

/// The real thing: HTTPS with reqwest. Each request has a client of its own, which knows the one name it may connect to.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReqwestDownloads;

#[async_trait]
impl Downloads for ReqwestDownloads {
    async fn get(&self, request: HttpRequest, bytes_max: usize) -> Result<HttpReply, DownloadError> {
        check(&request.url, 0)?;
        let client = client(&request.url).await?;
        let answer = client.request(request.method, request.url).headers(request.headers).send().await;
        let mut response = answer.map_err(|_| DownloadError::Unreachable)?;
        let announced = response.content_length().and_then(|it| usize::try_from(it).ok());
        if announced.is_some_and(|bytes| bytes > bytes_max) {
            return Err(DownloadError::TooLarge);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| DownloadError::Unreachable)? {
            if body.len().saturating_add(chunk.len()) > bytes_max {
                return Err(DownloadError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpReply { status, headers, body: body.freeze() })
    }
}

/// A client that connects to the public addresses that the host has now.
async fn client(url: &Url) -> Result<reqwest::Client, DownloadError> {
    let builder = reqwest::Client::builder()
        .timeout(HOP_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .https_only(true)
        .no_proxy()
        .user_agent(concat!("textdesk/", env!("CARGO_PKG_VERSION")));
    let builder = match url.host() {
        Some(Host::Domain(name)) => builder.resolve_to_addrs(name, &addresses(name).await?),
        // `check` has looked at it.
        _ => builder,
    };
    builder.build().map_err(|_| DownloadError::Unreachable)
}

/// The addresses of a name, if all of them are public.
async fn addresses(name: &str) -> Result<Vec<SocketAddr>, DownloadError> {
    let found = tokio::net::lookup_host((name, PORT)).await.map_err(|_| DownloadError::Unreachable)?;
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        return Err(DownloadError::Unreachable);
    }
    if found.iter().all(|it| is_public(it.ip())) { Ok(found) } else { Err(Refused::Private.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CarrierId, Credentials, carrier};

    #[test]
    fn b01_a_gateways_credentials_are_shown_at_its_carriers_own_host_alone() {
        let twilio = format!(r#"{{"account_sid": "AC{}", "auth_tokens": ["token"]}}"#, "0".repeat(32));
        let bandwidth = r#"{"account_id": "9900000", "api_user": "api", "api_password": "a-long-password",
            "application_id": "app", "webhook_user": "hook", "webhook_passwords": ["another-password"]}"#;
        for (id, credentials, own) in [
            (CarrierId::Twilio, twilio.as_str(), "https://api.twilio.com/2010-04-01/Media/ME1"),
            (CarrierId::Bandwidth, bandwidth, "https://messaging.bandwidth.com/api/v2/users/9/media/1"),
        ] {
            let (carrier, credentials) = (carrier(id), Credentials::from(credentials));
            let shown = |url: &str| carrier.media_authorization(&url.parse().unwrap(), &credentials);
            assert!(shown(own).is_some_and(|it| it.is_sensitive()), "{id}");
            for other in [
                "https://media.twiliocdn.com/ME1",
                "https://api.twilio.com.evil.example/",
                "https://cdn.example/",
            ] {
                assert_eq!(shown(other), None, "{id}: {other}");
            }
            assert_eq!(shown(&own.replace("https", "http")), None);
        }
    }

    #[tokio::test]
    async fn b01_a_name_that_leads_into_a_private_network_is_not_asked() {
        for url in ["https://localhost/file", "https://127.0.0.1/file", "https://[::1]/file"] {
            let request = HttpRequest::get_public(url.parse().unwrap());
            let refused = ReqwestDownloads.get(request, 1_000).await.unwrap_err();
            assert_eq!(refused, DownloadError::Refused(Refused::Private), "{url}");
        }
    }
}
