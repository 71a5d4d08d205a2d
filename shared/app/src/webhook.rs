//! A carrier calls: its webhook is verified, read and applied.
//!
//! Both webhook functions and the `ingest` worker come through [`accept`]. If the table does not answer, the webhook is
//! kept as it came ([`accept_later`]) and applied later ([`apply_kept`]): an inbound message that is answered with success is
//! never lost (I01).

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use carriers::{Event, Forged, HttpReply, StatusReport, Unreadable, Webhook};
use domain::{
    account::CarrierId,
    gateway::Gateway,
    id::{GatewayId, MessageId},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;

use crate::{
    App, Failure,
    gateways::call_carrier,
    ports::{RawWebhook, Unreachable},
    receive::receive,
    status::{Reported, report},
};

/// Where a webhook came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The carrier that the path names.
    pub carrier: CarrierId,
    /// The gateway that the path names.
    pub gateway: GatewayId,
    /// The message that the path names, on status webhooks.
    pub message: Option<MessageId>,
}

/// Why a webhook was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There is no such gateway at this carrier, or no such message.
    #[error("there is nothing at this address")]
    NotFound,
    /// Its signature is missing, wrong or too old.
    #[error(transparent)]
    Forged(Forged),
    /// The gateway's credentials are missing or unusable: webhooks fail closed.
    #[error("the gateway is not configured")]
    NotConfigured,
    /// It is genuine but cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Something outside did not answer; the webhook was not, or not wholly, applied.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Verifies a webhook and applies all that it says. `received_at` is when it arrived.
pub async fn accept(
    app: &App,
    address: Address,
    webhook: &Webhook,
    received_at: Timestamp,
) -> Result<HttpReply, WebhookError> {
    let route = app.gateways.find(app, address.gateway).await?;
    let route = route.filter(|it| it.gateway.carrier == address.carrier).ok_or(WebhookError::NotFound)?;
    let carrier = carriers::carrier(address.carrier);
    let credentials = route.credentials.as_ref().ok_or(WebhookError::NotConfigured)?;
    let with_key;
    let webhook = match carrier.key_request(webhook, credentials) {
        Some(request) => {
            with_key = Webhook { key: app.gateways.key(app, request).await?, ..webhook.clone() };
            &with_key
        }
        None => webhook,
    };
    // Against the time of arrival: a webhook that waited in the queue has not grown stale by our fault.
    let genuine = carrier.verify(webhook, credentials, received_at).map_err(|forged| {
        if forged.is_configuration() { WebhookError::NotConfigured } else { WebhookError::Forged(forged) }
    })?;
    let mut all_known = true;
    for event in carrier.events(&genuine)? {
        match apply(app, &route.gateway, address, event, webhook, received_at).await {
            // A receipt for nobody says nothing against the events that came with it.
            Err(WebhookError::NotFound) => all_known = false,
            applied => applied?,
        }
    }
    if all_known { Ok(carrier.acknowledge()) } else { Err(WebhookError::NotFound) }
}

async fn apply(
    app: &App,
    gateway: &Gateway,
    address: Address,
    event: Event,
    webhook: &Webhook,
    received_at: Timestamp,
) -> Result<(), WebhookError> {
    match event {
        Event::Inbound(inbound) if inbound.to == gateway.sender => {
            receive(app, gateway, &inbound, received_at).await?;
        }
        Event::Inbound(_) => {
            // Genuine, but for another number of the same customer at the carrier: its webhook address is wrong there.
            tracing::error!(gateway = %gateway.id, "an inbound message came to the gateway of another number");
            keep(app, gateway, "inbound for another number", webhook, received_at).await?;
        }
        Event::Status(status) => {
            let status = StatusReport { message: address.message.or(status.message), ..status };
            if report(app, gateway, &status).await? == Reported::UnknownMessage {
                return Err(WebhookError::NotFound);
            }
        }
        Event::Confirm(confirmation) => {
            let reply = call_carrier(app, confirmation.request()).await?;
            if reply.status.is_success() {
                tracing::info!(gateway = %gateway.id, carrier = %gateway.carrier, "a carrier's webhooks were confirmed");
            } else {
                tracing::error!(gateway = %gateway.id, status = %reply.status, "a carrier did not take the confirmation of its webhooks");
                keep(app, gateway, "confirmation that was not taken", webhook, received_at).await?;
            }
        }
        Event::Unknown(unknown) => {
            tracing::warn!(gateway = %gateway.id, carrier = %gateway.carrier, metric = "webhook_unknown_event", "an event of an unknown kind was kept");
            keep(app, gateway, &unknown.kind, webhook, received_at).await?;
        }
    }
    Ok(())
}

async fn keep(
    app: &App,
    gateway: &Gateway,
    kind: &str,
    webhook: &Webhook,
    received_at: Timestamp,
) -> Result<(), WebhookError> {
    let kept = app.store.keep_unknown_event(gateway.id, kind, webhook.content(), received_at).await;
    kept.map_err(|error| WebhookError::Failure(error.into()))
}

/// Keeps a webhook as it came, to be applied when the table answers again.
pub async fn accept_later(
    app: &App,
    path_and_query: &str,
    webhook: &Webhook,
    received_at: Timestamp,
) -> Result<(), Unreachable> {
    let headers = webhook.headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let raw = RawWebhook {
        method: webhook.method.to_string(),
        path: path_and_query.to_owned(),
        headers: headers.collect(),
        body: BASE64_STANDARD.encode(&webhook.body),
        received_at,
    };
    app.queues.enqueue_ingest(&raw).await
}

/// Applies a webhook that was kept. One that turns out to be forged, unreadable or addressed to nobody is dropped, as it
/// would have been when it came.
pub async fn apply_kept(app: &App, raw: &RawWebhook) -> Result<(), Failure> {
    let Some((address, webhook)) = restore(app, raw) else {
        tracing::warn!(metric = "webhook_dropped", "a kept webhook could not be restored");
        return Ok(());
    };
    match accept(app, address, &webhook, raw.received_at).await {
        Ok(_) => Ok(()),
        Err(WebhookError::Failure(failure)) => Err(failure),
        Err(WebhookError::NotConfigured) => {
            Err(Failure::Broken("the gateway of a kept webhook is not configured"))
        }
        Err(error @ (WebhookError::NotFound | WebhookError::Forged(_) | WebhookError::Unreadable(_))) => {
            tracing::warn!(%error, gateway = %address.gateway, metric = "webhook_dropped", "a kept webhook was refused");
            Ok(())
        }
    }
}

fn restore(app: &App, raw: &RawWebhook) -> Option<(Address, Webhook)> {
    let headers: HeaderMap = raw
        .headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
        })
        .collect();
    let url = public_url(app, &raw.path)?;
    let body = Bytes::from(BASE64_STANDARD.decode(&raw.body).ok()?);
    let address = read_path(url.path())?;
    let method = raw.method.parse::<Method>().ok()?;
    Some((address, Webhook { method, url, headers, body, key: None }))
}

/// The public address of a path: what the carrier called, and signed.
pub fn public_url(app: &App, path_and_query: &str) -> Option<url::Url> {
    let base = app.config.public_url.as_str().trim_end_matches('/');
    url::Url::parse(&format!("{base}{path_and_query}")).ok()
}

/// Reads `…/v1/carriers/{carrier}/{gateway}/{inbound|status}[/{message}]`.
pub fn read_path(path: &str) -> Option<Address> {
    let (_, rest) = path.split_once("/v1/carriers/")?;
    let mut parts = rest.split('/');
    let carrier = parts.next()?.parse().ok()?;
    let gateway = parts.next()?.parse().ok()?;
    let message = match (parts.next()?, parts.next()) {
        ("inbound" | "status", None) => None,
        ("status", Some(message)) => Some(message.parse().ok()?),
        _ => return None,
    };
    parts.next().is_none().then_some(Address { carrier, gateway, message })
}
