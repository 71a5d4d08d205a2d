//! Handing messages to carriers: the only caller of them.
//!
//! A job names a message; its conversation's queue hands out one job at a time. Before the call the message is claimed in
//! the table, so that nobody else calls; after it the outcome and the credits are written together. A call whose outcome
//! is unknown is never repeated blindly (I04).

use carriers::{Credentials, Limits, Outgoing, lookup};
use domain::{
    alerts::is_gateway_trouble,
    consent::{OptOut, OptOutSource},
    credits::CreditMove,
    gateway::{Gateway, Trouble},
    message::{Claim, Delivery, Failure as MessageFailure, LEASE_FOR, Message, Outcome, Refusal, Way},
    quiet_hours::Verdict,
};
use jiff::Timestamp;
use storage::{AccountStore, KnownNumber, MessageSaveError, StoreError, Turn};
use url::Url;
use uuid::Uuid;

use crate::{
    App, Failure, alerting,
    conversations::ATTEMPTS_MAX,
    gateways::Route,
    media,
    ports::SendJob,
    send::{SendError, carries, verdict},
};

/// How far back a conversation is searched for messages that should have left before. More than ever wait at once: each
/// waits for the one before it.
const LOOK_BACK: u32 = 50;
/// When a carrier that does not say how long it needs is asked again; doubles with each attempt.
const RETRY_SECONDS: u32 = 15;
/// When a carrier that did not answer is asked what became of the message: after the call can no longer be under way.
const LOOK_UP_SECONDS: u32 = 15;
/// After how many attempts that the carrier put off another gateway is tried.
const ATTEMPTS_BEFORE_BACKUP: u32 = 3;
/// The longest pause before a carrier is asked again.
const RETRY_SECONDS_MAX: u32 = 900;

/// Why a job is not done yet.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// It is to be tried again after this many seconds.
    #[error("to be tried again in {seconds} seconds")]
    Later {
        /// After how many seconds.
        seconds: u32,
    },
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for DeliverError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Delivers the message that `job` names, and before it any of the same conversation that should have left earlier: a job
/// may have been lost, the order of a conversation may not (I08).
pub async fn deliver(app: &App, job: &SendJob) -> Result<(), DeliverError> {
    let account = app.store.account(job.account);
    for message in account.waiting_before(job.conversation, job.sequence, LOOK_BACK).await? {
        deliver_one(app, &account, message).await?;
    }
    match account.message_at(job.conversation, job.sequence).await? {
        Some(message) if message.id == job.message => deliver_one(app, &account, message).await,
        _ => Err(Failure::Broken("a job names a message that does not exist").into()),
    }
}

async fn deliver_one(app: &App, account: &AccountStore, mut message: Message) -> Result<(), DeliverError> {
    let holder = holder(app);
    for _ in 0..ATTEMPTS_MAX {
        let Some(delivery) = message.delivery() else { return Ok(()) };
        let now = app.now();
        let step = match delivery.claim(now, holder) {
            Claim::Done => return Ok(()),
            Claim::Busy if delivery.lease.is_some_and(|lease| lease.holder == holder) => {
                // Our own claim, whose answer was lost.
                return call(app, account, message).await;
            }
            Claim::Busy => return Err(DeliverError::Later { seconds: lease_seconds(delivery, now) }),
            Claim::Check => return check(app, account, message).await,
            Claim::Lost(lost) => (lost, None),
            Claim::Send(claimed) => {
                // Who opts out or is blocked while a message waits is not sent to (I07).
                if let Some(why) = unwilling(account.number(&delivery.to).await?, delivery.is_exempt(now)) {
                    let Some(step) = delivery.withdraw(why, now) else { return Ok(()) };
                    (step.delivery, step.credits)
                } else {
                    match Box::pin(missed_window(account, &message, delivery, now)).await? {
                        Some(Verdict::Quiet { until }) if delivery.deferred_until == Some(until) => {
                            return Ok(());
                        }
                        Some(Verdict::Quiet { until }) => (delivery.defer(until, now), None),
                        window => {
                            wait_for_turn(app, account, delivery).await?;
                            (claimed.within(window), None)
                        }
                    }
                }
            }
        };
        match save(account, &message, step.0, step.1).await? {
            Some(saved) if saved.delivery().and_then(|it| it.lease).is_some() => {
                return call(app, account, saved).await;
            }
            Some(saved) => message = saved,
            None => message = reload(account, &message).await?,
        }
    }
    Err(StoreError::Contention.into())
}

/// Whether the recipient has quiet hours, if the message has missed the window in which it might have left: it waited too long
/// for its turn or for the carrier. `sweep` comes back with what is held back when they are over.
async fn missed_window(
    account: &AccountStore,
    message: &Message,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Option<Verdict>, StoreError> {
    if !delivery.has_missed_window(now) {
        return Ok(None);
    }
    match account.conversation(message.conversation).await? {
        Some(conversation) => verdict(account, (&conversation, None), now).await,
        None => Ok(None),
    }
}

/// Takes the gateway's turn; what has to wait comes back when it says. Taken before the claim, so that nobody holds a message
/// while it waits. A turn whose message does not leave after all is lost: too slow is better than too fast.
async fn wait_for_turn(app: &App, account: &AccountStore, delivery: &Delivery) -> Result<(), DeliverError> {
    let route = app.gateways.find_in(app, account.id(), delivery.gateway).await?;
    let Some(pace) = route.and_then(|it| it.gateway.pace) else { return Ok(()) };
    let priority = delivery.origin.into();
    match app.store.take_turn(delivery.gateway, pace, delivery.segments, priority, app.now()).await? {
        Turn::Now => Ok(()),
        Turn::After(wait) => {
            // Rounded up: who comes back too early has to wait again.
            let seconds = wait.as_millis().unsigned_abs().div_ceil(1_000).max(1);
            Err(DeliverError::Later { seconds: u32::try_from(seconds).unwrap_or(RETRY_SECONDS_MAX) })
        }
    }
}

/// Why a number is not sent to, if it is not. `is_exempt`: the message tells them that they have opted out.
fn unwilling(number: Option<KnownNumber>, is_exempt: bool) -> Option<Refusal> {
    let number = number?;
    let opted_out = number.opt_out.filter(|_| !is_exempt).map(|_| Refusal::OptedOutHere);
    opted_out.or(number.blocked_since.map(|_| Refusal::BlockedHere))
}

/// The same for whoever writes to it now.
pub(crate) fn unwilling_error(number: Option<KnownNumber>) -> Option<SendError> {
    let number = number?;
    if number.blocked_since.is_some() {
        return Some(SendError::Blocked);
    }
    number.opt_out.map(|opt_out| SendError::OptedOut { since: Some(opt_out.since) })
}

fn holder(app: &App) -> Uuid {
    let mut bytes = [0; 16];
    app.ids.fill(&mut bytes);
    Uuid::from_bytes(bytes)
}

fn lease_seconds(delivery: &Delivery, now: Timestamp) -> u32 {
    let left = delivery.lease.map_or(LEASE_FOR, |lease| lease.until.duration_since(now));
    u32::try_from(left.as_secs()).unwrap_or_default().saturating_add(1)
}

/// Calls the carrier with a message that is claimed for us.
async fn call(app: &App, account: &AccountStore, message: Message) -> Result<(), DeliverError> {
    let Some(Prepared { route, credentials, media, callback, delivery }) =
        prepare(app, account, &message).await?
    else {
        let failure =
            MessageFailure { reason: Refusal::SenderNotAllowed, code: Some("gateway_not_configured".into()) };
        return conclude(app, account, message, Outcome::Refused(failure)).await;
    };
    let outgoing = outgoing(&message, &delivery, &route.gateway, &media, &callback, app.now());
    let carrier = carriers::carrier(route.gateway.carrier);
    let outcome = carriers::send(carrier, &*app.http, &outgoing, &credentials).await;
    let can_look_up = carrier.lookup_request(&outgoing, &credentials).is_some();
    note_health(app, &route.gateway, &outcome).await?;
    if let Some(saved) = reroute(app, account, &route.gateway, &message, &outcome).await? {
        return Box::pin(deliver_one(app, account, saved)).await;
    }
    settle(app, account, message, outcome, can_look_up).await
}

/// Writes down that a gateway has stopped working, or works again.
async fn note_health(app: &App, gateway: &Gateway, outcome: &carriers::Outcome) -> Result<(), Failure> {
    let refused = match outcome {
        carriers::Outcome::Refused { reason, .. } if is_gateway_trouble(*reason) => Some(*reason),
        carriers::Outcome::Accepted { .. } => None,
        _ => return Ok(()),
    };
    match (refused, gateway.trouble) {
        (Some(reason), None) => app.store.troubled(gateway.id, Trouble { since: app.now(), reason }).await?,
        (None, Some(_)) => app.store.works_again(gateway.id).await?,
        (Some(_), Some(_)) | (None, None) => return Ok(()),
    }
    app.gateways.forget(gateway.id);
    Ok(())
}

/// Hands a message over to the gateway's backup, if this one has surely not sent it and will not soon (D25). `None`: it stays
/// with its gateway.
async fn reroute(
    app: &App,
    account: &AccountStore,
    gateway: &Gateway,
    message: &Message,
    outcome: &carriers::Outcome,
) -> Result<Option<Message>, DeliverError> {
    let Some((delivery, backup)) = message.delivery().zip(gateway.backup) else { return Ok(None) };
    let surely_not_sent = match outcome {
        carriers::Outcome::Refused { reason, .. } => is_gateway_trouble(*reason),
        carriers::Outcome::TryLater { .. } => delivery.attempts >= ATTEMPTS_BEFORE_BACKUP,
        carriers::Outcome::Accepted { .. } | carriers::Outcome::Unknown => false,
    };
    if !surely_not_sent {
        return Ok(None);
    }
    let backup = app.gateways.gateway_in(app, account.id(), backup).await?;
    let suits = |it: &Gateway| {
        let carrier = carriers::carrier(it.carrier);
        it.suits(!message.media.is_empty()).is_ok() && carries(carrier, &message.media).is_ok()
    };
    let backup = backup.filter(|it| suits(it));
    let rerouted = backup.and_then(|it| delivery.reroute(it.id, app.now()));
    let Some(rerouted) = rerouted else { return Ok(None) };
    if let carriers::Outcome::Refused { reason, .. } = outcome {
        alerting::gateway_trouble(app, account, gateway.id, *reason).await?;
    }
    tracing::warn!(message = %message.id, from = %gateway.id, to = %rerouted.gateway, metric = "rerouted", "a message leaves by another gateway");
    save(account, message, rerouted, None).await
}

/// Asks the carrier for a message whose outcome is unknown, or gives it up when that has lasted too long. A message that
/// never arrived is sent again only if none after it has left: late is worse than failed when it changes the order (I08).
async fn check(app: &App, account: &AccountStore, message: Message) -> Result<(), DeliverError> {
    if let Some(Prepared { route, credentials, media, callback, delivery }) =
        prepare(app, account, &message).await?
    {
        let outgoing = outgoing(&message, &delivery, &route.gateway, &media, &callback, app.now());
        let carrier = carriers::carrier(route.gateway.carrier);
        match lookup(carrier, &*app.http, &outgoing, &credentials).await {
            Some(carriers::Outcome::TryLater { .. })
                if account.has_left_after(message.conversation, message.sequence, LOOK_BACK).await? =>
            {
                let lost = MessageFailure { reason: Refusal::NeverConfirmed, code: None };
                return conclude(app, account, message, Outcome::Refused(lost)).await;
            }
            Some(outcome) => return settle(app, account, message, outcome, false).await,
            None => {}
        }
    }
    let expired = message.delivery().and_then(|delivery| delivery.expire(app.now()));
    if let Some(step) = expired {
        save(account, &message, step.delivery, step.credits).await?;
    }
    // Until then its receipt, or `sweep`, will tell. The conversation goes on.
    Ok(())
}

/// What a call needs besides the message.
struct Prepared {
    route: std::sync::Arc<Route>,
    credentials: Credentials,
    media: Vec<Url>,
    callback: Url,
    delivery: Delivery,
}

/// `None`: the gateway or its credentials are gone.
async fn prepare(
    app: &App,
    account: &AccountStore,
    message: &Message,
) -> Result<Option<Prepared>, DeliverError> {
    let Some(delivery) = message.delivery().cloned() else { return Ok(None) };
    let Some(route) = app.gateways.find_in(app, account.id(), delivery.gateway).await? else {
        return Ok(None);
    };
    let Some(credentials) = route.credentials.clone() else { return Ok(None) };
    let media = media::for_carrier(app, account.id(), message)?;
    let path = format!("/v1/carriers/{}/{}/status/{}", route.gateway.carrier, delivery.gateway, message.id);
    let Some(callback) = crate::webhook::public_url(app, &path) else {
        return Err(Failure::Broken("the public address is not a URL").into());
    };
    Ok(Some(Prepared { route, credentials, media, callback, delivery }))
}

/// For how long the carrier may try: until the window closes in which the message may arrive. Whoever has their phone off in
/// the evening is not woken by it at night.
fn validity(delivery: &Delivery, limits: &Limits, at: Timestamp) -> Option<u32> {
    let left = delivery.leave_before?.duration_since(at).as_secs();
    let left = u32::try_from(left).ok().filter(|it| *it > 0)?;
    (limits.validity_seconds_max > 0).then(|| left.min(limits.validity_seconds_max))
}

fn outgoing<'a>(
    message: &'a Message,
    delivery: &'a Delivery,
    gateway: &'a Gateway,
    media: &'a [Url],
    callback: &'a Url,
    at: Timestamp,
) -> Outgoing<'a> {
    Outgoing {
        id: message.id,
        from: &gateway.sender,
        to: &delivery.to,
        body: &message.text,
        media,
        status_callback: callback,
        validity_seconds: validity(delivery, carriers::carrier(gateway.carrier).limits(), at),
        at,
    }
}

/// Writes down what the carrier said, and says when to come back if it is not over.
async fn settle(
    app: &App,
    account: &AccountStore,
    message: Message,
    outcome: carriers::Outcome,
    can_look_up: bool,
) -> Result<(), DeliverError> {
    let (outcome, later) = match outcome {
        carriers::Outcome::Accepted { reference } => (Outcome::Accepted(reference), None),
        carriers::Outcome::Refused { code, reason } => {
            (Outcome::Refused(MessageFailure { reason, code: Some(code) }), None)
        }
        carriers::Outcome::TryLater { after_seconds, .. } => {
            let attempts = message.delivery().map_or(0, |delivery| delivery.attempts);
            let pause = RETRY_SECONDS.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
            (Outcome::TryLater, Some(after_seconds.unwrap_or_default().max(pause).min(RETRY_SECONDS_MAX)))
        }
        // Where the carrier can be asked, the conversation waits until the answer means something.
        carriers::Outcome::Unknown => (Outcome::Unknown, can_look_up.then_some(LOOK_UP_SECONDS)),
    };
    conclude(app, account, message.clone(), outcome).await?;
    let Some(seconds) = later else { return Ok(()) };
    let now_settled = reload(account, &message).await?.delivery().is_none_or(|it| it.status.is_settled());
    if now_settled { Ok(()) } else { Err(DeliverError::Later { seconds }) }
}

async fn conclude(
    app: &App,
    account: &AccountStore,
    mut message: Message,
    outcome: Outcome,
) -> Result<(), DeliverError> {
    for _ in 0..ATTEMPTS_MAX {
        let Some(delivery) = message.delivery() else { return Ok(()) };
        let now = app.now();
        if let Outcome::Refused(MessageFailure { reason: Refusal::OptedOut, .. }) = &outcome {
            // The carrier knows of an opt-out that we do not.
            account.opt_out(&delivery.to, OptOut { since: now, source: OptOutSource::Carrier }).await?;
        }
        let Some(step) = delivery.conclude(outcome.clone(), message.accepted_at, now) else { return Ok(()) };
        if save(account, &message, step.delivery, step.credits).await?.is_some() {
            return Ok(());
        }
        message = reload(account, &message).await?;
    }
    Err(StoreError::Contention.into())
}

/// `None`: somebody else has changed the message since it was read.
async fn save(
    account: &AccountStore,
    message: &Message,
    delivery: Delivery,
    credits: Option<CreditMove>,
) -> Result<Option<Message>, DeliverError> {
    match account.save_delivery(message, delivery, credits).await {
        Ok(saved) => Ok(Some(saved)),
        Err(MessageSaveError::Changed) => Ok(None),
        Err(MessageSaveError::Store(error)) => Err(error.into()),
    }
}

async fn reload(account: &AccountStore, message: &Message) -> Result<Message, DeliverError> {
    let found = account.message_at(message.conversation, message.sequence).await?;
    let found = found.filter(|it| matches!(it.way, Way::Outbound(_)));
    found.ok_or_else(|| Failure::Broken("a message is gone").into())
}
