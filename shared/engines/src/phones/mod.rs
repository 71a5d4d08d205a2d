//! The phone network behind the simulated carrier: customers' phones, and the carrier between them and us.
//!
//! [`PhoneNetwork`] is the *other side* of `carriers::simulated`. It takes sends and look-ups, as the carrier's HTTP
//! interface ([`PhoneNetwork::answer`]) or in-process as a [`carriers::HttpExecutor`]; it shows them on phones; it lets
//! a customer text a business ([`PhoneNetwork::text_in`]); and it owes the business signed webhooks for inbound messages
//! and receipts. Numbers that end in certain digits misbehave on purpose: see [`magic`].
//!
//! Everything is deterministic: time comes from the clock that is passed in, chance from the seed. Webhooks leave in one
//! of two ways:
//!
//! * [`PhoneNetwork::run`] delivers them as they fall due, repeating those that fail (at-least-once, as carriers do);
//! * [`PhoneNetwork::take_due_webhooks`] hands them to a test, which delivers, repeats, reorders or drops them itself.
//!
//! ```ignore
//! let network = PhoneNetwork::new(Settings::default(), tokio_clock(start));
//! let credentials = network.open_line(&business);          // JSON for the gateway
//! network.point_line(&business, inbound_url)?;
//! network.text_in(&customer, &business, "Are you open?", &[])?;
//! ```

mod api;
pub mod magic;
mod snapshot;
mod state;
mod webhooks;

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use carriers::{CarrierReference, ExecuteError, HttpExecutor, HttpReply, HttpRequest};
use domain::{id::MessageId, phone::PhoneNumber};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Serialize;
use tokio::sync::Notify;
use url::Url;

use self::state::State;
pub use self::{
    snapshot::{LineSummary, NetworkSummary, Phone, Thread, ThreadMessage, ThreadReceipt, ThreadSummary},
    state::{Arrival, Writer},
    webhooks::{ATTEMPTS_MAX, Returned, SinkError, WebhookRequest, WebhookSink},
};
use crate::lock;

/// How the network is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the carrier's interface lives; part of every line's credentials. In-process nobody resolves it.
    pub base_url: Url,
    /// What chance comes from: references, secrets and the jitter of receipts.
    pub seed: u64,
    /// How long an in-process call that gets no answer takes before it fails with an unknown outcome.
    pub silence: Duration,
}

impl Settings {
    /// Silence costs no time, as tests want it.
    pub const fn new(base_url: Url, seed: u64) -> Self {
        Self { base_url, seed, silence: Duration::ZERO }
    }
}

/// What the carrier's interface does with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It answers.
    Reply(HttpReply),
    /// It took the request and never answers: keep the connection open, then drop it.
    Silence,
    /// It lets nobody connect.
    NoConnection,
}

/// A file that a customer sends along.
#[derive(Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Attachment {
    /// Where it can be fetched.
    pub url: Url,
    /// Its media type.
    pub content_type: String,
}

/// The business has no line with this number, or the line has no address for inbound messages yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no line with this number and an address for inbound messages")]
pub struct NoSuchLine;

/// Customers' phones and the carrier that connects them. See the module.
pub struct PhoneNetwork {
    settings: Settings,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    state: Mutex<State>,
    /// Told whenever a webhook is added, so that [`PhoneNetwork::run`] looks again.
    scheduled: Notify,
}

impl PhoneNetwork {
    /// A network without lines or phones. `clock` tells the time; see [`tokio_clock`].
    pub fn new(settings: Settings, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let state = Mutex::new(State::new(settings.seed));
        Self { settings, clock: Box::new(clock), state, scheduled: Notify::new() }
    }

    /// Gives a business a number and returns the credentials of its gateway, as the JSON that
    /// `carriers::simulated` reads. The same number and seed always give the same credentials, so a gateway kept in a
    /// data file still works after a restart.
    pub fn open_line(&self, number: &PhoneNumber) -> SecretString {
        lock(&self.state).open_line(number).credentials(&self.settings.base_url)
    }

    /// Says where the line's inbound messages go: the gateway's webhook address.
    pub fn point_line(&self, number: &PhoneNumber, inbound_url: Url) -> Result<(), NoSuchLine> {
        lock(&self.state).point_line(number, inbound_url)
    }

    /// A customer texts a business: the text is on the customer's phone at once, and a signed webhook falls due.
    /// Returns the carrier's reference, which the webhook carries too.
    pub fn text_in(
        &self,
        from: &PhoneNumber,
        to: &PhoneNumber,
        text: &str,
        media: &[Attachment],
    ) -> Result<CarrierReference, NoSuchLine> {
        let reference = lock(&self.state).text_in((self.clock)(), from, to, text, media)?;
        self.scheduled.notify_one();
        Ok(reference)
    }

    /// What the carrier does with a request, without any waiting: for serving the interface over a socket.
    pub fn answer(&self, request: &HttpRequest) -> Answer {
        let now = (self.clock)();
        let answer = api::answer(&mut lock(&self.state), &self.settings.base_url, now, request);
        self.scheduled.notify_one();
        answer
    }

    /// How many times a message has arrived at a phone. More than once means that it was sent twice (I04).
    pub fn arrivals(&self, message: MessageId) -> usize {
        lock(&self.state).arrivals(message)
    }

    /// The texts a phone has received from a business, in the order of arrival (I08).
    pub fn received(&self, phone: &PhoneNumber, business: &PhoneNumber) -> Vec<Arrival> {
        lock(&self.state).received(phone, business)
    }
}

/// In-process, the network is the way to the carrier. A request to another host has nowhere to go; see [`Switchboard`].
#[async_trait]
impl HttpExecutor for PhoneNetwork {
    async fn execute(&self, request: HttpRequest) -> Result<HttpReply, ExecuteError> {
        if !is_below(&request.url, &self.settings.base_url) {
            return Err(ExecuteError::NotSent);
        }
        match self.answer(&request) {
            Answer::Reply(reply) => Ok(reply),
            Answer::Silence => {
                tokio::time::sleep(self.settings.silence).await;
                Err(ExecuteError::Unknown)
            }
            Answer::NoConnection => Err(ExecuteError::NotSent),
        }
    }
}

/// Calls for the simulated carrier go to the network, all others elsewhere: so that a laptop can have gateways of both
/// kinds.
pub struct Switchboard<N, E> {
    /// The simulated carrier.
    pub network: N,
    /// The way to real carriers.
    pub elsewhere: E,
}

#[async_trait]
impl<N, E> HttpExecutor for Switchboard<N, E>
where
    N: AsRef<PhoneNetwork> + Send + Sync,
    E: HttpExecutor,
{
    async fn execute(&self, request: HttpRequest) -> Result<HttpReply, ExecuteError> {
        let network = self.network.as_ref();
        if is_below(&request.url, &network.settings.base_url) {
            network.execute(request).await
        } else {
            self.elsewhere.execute(request).await
        }
    }
}

fn is_below(url: &Url, base: &Url) -> bool {
    url.origin() == base.origin() && url.path().starts_with(base.path().trim_end_matches('/'))
}

/// Tells the time by tokio's clock, beginning at `start` now: with paused time, hours pass in milliseconds.
pub fn tokio_clock(start: Timestamp) -> impl Fn() -> Timestamp + Send + Sync + 'static {
    let started = tokio::time::Instant::now();
    move || {
        let passed = SignedDuration::try_from(started.elapsed()).unwrap_or(SignedDuration::MAX);
        start.checked_add(passed).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests;
