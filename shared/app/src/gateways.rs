//! Gateways: our numbers at the carriers, with their credentials.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use carriers::{Credentials, FetchedKey, HttpReply, HttpRequest, InvalidCredentials};
use domain::{
    access::Permission,
    account::CarrierId,
    audit::AuditAction,
    gateway::{Gateway, Pace},
    id::{AccountId, GatewayId},
    name::DisplayName,
    sender_id::{SenderId, SenderIdError},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use storage::{AddGatewayError, InvalidCursor, Page, PageRequest, StoreError};
use url::Url;

use crate::{
    App, Caller, Failure, audit::NOTHING, caller::Forbidden, conversations::ATTEMPTS_MAX, ports::Unreachable,
};

/// How long a gateway, its credentials and a key that its carrier publishes are remembered. Long enough to save a read for
/// most webhooks and sends, short enough for a rotated secret.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_secs(60);
/// At most this many of each are remembered by one environment.
const REMEMBERED_MAX: usize = 500;

/// A gateway with what is needed to use it.
#[derive(Clone, Debug)]
pub struct Route {
    /// The gateway.
    pub gateway: Gateway,
    /// Its credentials at the carrier.
    pub credentials: Option<Credentials>,
}

/// Gateways and their credentials, remembered for a short while.
#[derive(Default)]
pub struct Directory {
    routes: Remembered<GatewayId, Route>,
    gateways: Remembered<GatewayId, Gateway>,
    keys: Remembered<Url, FetchedKey>,
}

impl Directory {
    /// The gateway with its credentials; `None`: there is none.
    pub async fn find(&self, app: &App, gateway: GatewayId) -> Result<Option<Arc<Route>>, Failure> {
        if let Some(route) = self.routes.get(&gateway, app.now()) {
            return Ok(Some(route));
        }
        let Some(gateway) = app.store.gateway(gateway).await? else { return Ok(None) };
        let secret = app.secrets.get(&secret_name(app, gateway.id)).await?;
        let (id, credentials) = (gateway.id, secret.map(Credentials::new));
        // What lacks its credentials is looked up again: they may be on their way.
        let usable = credentials.is_some();
        let route = Arc::new(Route { gateway, credentials });
        if usable {
            self.routes.put(id, Arc::clone(&route), app.now());
        }
        Ok(Some(route))
    }

    /// The gateway with its credentials, if it is one of this account's (X19).
    pub async fn find_in(
        &self,
        app: &App,
        account: AccountId,
        gateway: GatewayId,
    ) -> Result<Option<Arc<Route>>, Failure> {
        Ok(self.find(app, gateway).await?.filter(|route| route.gateway.account == account))
    }

    /// The gateway alone, if it is one of this account's (X19): for who does not call its carrier, and so has no business
    /// with its credentials.
    pub async fn gateway_in(
        &self,
        app: &App,
        account: AccountId,
        id: GatewayId,
    ) -> Result<Option<Arc<Gateway>>, Failure> {
        let gateway = if let Some(gateway) = self.gateways.get(&id, app.now()) {
            gateway
        } else {
            let Some(gateway) = app.store.gateway(id).await?.map(Arc::new) else { return Ok(None) };
            self.gateways.put(id, Arc::clone(&gateway), app.now());
            gateway
        };
        Ok((gateway.account == account).then_some(gateway))
    }

    /// Forgets what is known of a gateway, because it has changed.
    pub fn forget(&self, gateway: GatewayId) {
        self.routes.forget(&gateway);
        self.gateways.forget(&gateway);
    }

    /// The public key that a carrier has at an address of its own; `None`: it says that there is none.
    pub async fn key(&self, app: &App, request: HttpRequest) -> Result<Option<FetchedKey>, Failure> {
        let address = request.url.clone();
        if let Some(key) = self.keys.get(&address, app.now()) {
            return Ok(Some(FetchedKey::clone(&key)));
        }
        let HttpReply { status, body, .. } = call_carrier(app, request).await?;
        if !status.is_success() {
            return Ok(None);
        }
        let key = FetchedKey { address, body };
        self.keys.put(key.address.clone(), Arc::new(key.clone()), app.now());
        Ok(Some(key))
    }
}

/// Asks a carrier for what can be asked for again: no answer, and one that says that something is wrong over there, are both
/// failures.
pub(crate) async fn call_carrier(app: &App, request: HttpRequest) -> Result<HttpReply, Failure> {
    let unreachable =
        |source: Box<dyn std::error::Error + Send + Sync>| Unreachable { service: "a carrier", source };
    let reply = app.http.execute(request).await.map_err(|error| unreachable(Box::new(error)))?;
    if reply.status.is_server_error() {
        return Err(unreachable(reply.status.as_str().into()).into());
    }
    Ok(reply)
}

/// What is known, each for [`REMEMBERED_FOR`].
struct Remembered<K, T>(Mutex<HashMap<K, (Timestamp, Arc<T>)>>);

impl<K, T> Default for Remembered<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, T> Remembered<K, T> {
    fn get(&self, name: &K, now: Timestamp) -> Option<Arc<T>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, what) = known.get(name)?;
        (now.duration_since(*since) < REMEMBERED_FOR).then(|| Arc::clone(what))
    }

    fn forget(&self, name: &K) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    fn put(&self, name: K, what: Arc<T>, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(name, (now, what));
    }
}

fn secret_name(app: &App, gateway: GatewayId) -> String {
    format!("{}/gateway/{gateway}", app.config.secret_prefix)
}

/// A gateway to add.
pub struct NewGateway {
    /// Its name for people.
    pub name: DisplayName,
    /// Its carrier.
    pub carrier: CarrierId,
    /// Our number, short code or name, as a person writes it.
    pub sender: String,
    /// What the carrier gave us, as its connector wants it.
    pub credentials: Credentials,
}

/// Why a gateway was not added.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The number is none, and no short code or name either.
    #[error(transparent)]
    Sender(#[from] SenderIdError),
    /// This installation does not offer the carrier.
    #[error("this installation does not offer the carrier")]
    CarrierNotOffered,
    /// The credentials are not what the carrier's connector needs.
    #[error(transparent)]
    Credentials(#[from] InvalidCredentials),
    /// The account has no such gateway.
    #[error("there is no such gateway")]
    NotFound,
    /// The account has no other gateway of that id.
    #[error("the account has no other gateway of that id")]
    NoSuchBackup,
    /// New conversations start from it.
    #[error("new conversations start from this gateway: make another one the default first")]
    IsDefault,
    /// The number has a gateway already.
    #[error("the number has a gateway already")]
    NumberTaken,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for GatewayError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// What to change of a gateway. What is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct GatewayChange {
    /// Its name for people.
    pub name: Option<DisplayName>,
    /// Whether media can be sent from it.
    pub sends_media: Option<bool>,
    /// How fast it may send; `Some(None)`: as fast as the carrier takes it.
    pub pace: Option<Option<Pace>>,
    /// The gateway that messages leave by when this one has not sent them; `Some(None)`: none.
    pub backup: Option<Option<GatewayId>>,
    /// Whether it is retired.
    pub retired: Option<bool>,
    /// What the carrier gives us now, as its connector wants it: all of it, in place of what was kept.
    pub credentials: Option<Credentials>,
}

/// A gateway of the account, as it is now.
pub async fn show(app: &App, caller: &Caller, id: GatewayId) -> Result<Gateway, GatewayError> {
    caller.require(Permission::GatewaysRead)?;
    let found = app.store.account(caller.account).gateway_record(id).await?;
    Ok(found.ok_or(GatewayError::NotFound)?.gateway)
}

/// Changes a gateway. Saying what is so already changes nothing. Other environments follow within [`REMEMBERED_FOR`].
pub async fn change(
    app: &App,
    caller: &Caller,
    id: GatewayId,
    wanted: &GatewayChange,
) -> Result<Gateway, GatewayError> {
    caller.require(Permission::GatewaysManage)?;
    let account = app.store.account(caller.account);
    if let Some(backup) = wanted.backup.flatten() {
        let found = account.gateway_record(backup).await?;
        if backup == id || found.is_none() {
            return Err(GatewayError::NoSuchBackup);
        }
    }
    for _ in 0..ATTEMPTS_MAX {
        let before = account.gateway_record(id).await?.ok_or(GatewayError::NotFound)?;
        if let Some(credentials) = &wanted.credentials {
            carriers::carrier(before.gateway.carrier).check_credentials(credentials)?;
        }
        let mut record = before.clone();
        wanted.apply(&mut record.gateway, app.now());
        if record != before || wanted.credentials.is_some() {
            let settings = account.settings().await?.ok_or(Failure::Broken("the account has no settings"))?;
            if record.gateway.retired_at.is_some() && settings.default_gateway == Some(id) {
                return Err(GatewayError::IsDefault);
            }
            if let Some(credentials) = &wanted.credentials {
                let kept = app.secrets.put(&secret_name(app, id), credentials.secret().clone()).await;
                kept.map_err(Failure::from)?;
            }
            let (was, mut is) = (said(&before.gateway), said(&record.gateway));
            if let (Value::Object(is), true) = (&mut is, wanted.credentials.is_some()) {
                is.insert("credentials".to_owned(), "replaced".into());
            }
            let entry = caller.audit(app, AuditAction::GatewayChanged, id, &was, &is);
            if !account.save_gateway(&record, &entry.into()).await? {
                continue;
            }
            app.gateways.forget(id);
        }
        return Ok(record.gateway);
    }
    Err(StoreError::Contention.into())
}

impl GatewayChange {
    fn apply(&self, gateway: &mut Gateway, now: Timestamp) {
        if let Some(name) = &self.name {
            gateway.name = name.clone();
        }
        gateway.sends_media = self.sends_media.unwrap_or(gateway.sends_media);
        gateway.pace = self.pace.unwrap_or(gateway.pace);
        gateway.backup = self.backup.unwrap_or(gateway.backup);
        gateway.retired_at = match self.retired {
            Some(true) => gateway.retired_at.or(Some(now)),
            Some(false) => None,
            None => gateway.retired_at,
        };
    }
}

/// What the audit log says of a gateway.
fn said(it: &Gateway) -> Value {
    json!({
        "name": it.name, "carrier": it.carrier, "number": it.sender, "sends_media": it.sends_media,
        "segments_per_second": it.pace, "backup_gateway_id": it.backup, "retired": it.retired_at.is_some(),
    })
}

/// A page of the account's gateways.
pub async fn list(app: &App, caller: &Caller, page: PageRequest<'_>) -> Result<Page<Gateway>, GatewayError> {
    caller.require(Permission::GatewaysRead)?;
    Ok(app.store.account(caller.account).gateways(page).await??)
}

/// Adds a gateway. Its credentials go to the secret store first: a gateway in the table always has some.
pub async fn add(app: &App, caller: &Caller, new: NewGateway) -> Result<Gateway, GatewayError> {
    caller.require(Permission::GatewaysManage)?;
    if new.carrier == CarrierId::Simulated && !app.config.simulated_carrier {
        return Err(GatewayError::CarrierNotOffered);
    }
    carriers::carrier(new.carrier).check_credentials(&new.credentials)?;
    let account = app.store.account(caller.account);
    let settings = account.settings().await?.ok_or(Failure::Broken("the account has no settings"))?;
    let sender = SenderId::parse(&new.sender, Some(settings.region))?;
    let gateway = Gateway {
        id: app.new_id(),
        account: caller.account,
        name: new.name,
        carrier: new.carrier,
        sends_media: Gateway::sends_media_at_first(new.carrier, &sender),
        pace: Pace::usual(new.carrier, &sender),
        sender,
        backup: None,
        retired_at: None,
        trouble: None,
        created_at: app.now(),
    };
    // Asked for before the credentials are kept, so that a refusal leaves no secret behind.
    if account.has_gateway_for(&gateway.sender).await? {
        return Err(GatewayError::NumberTaken);
    }
    app.secrets
        .put(&secret_name(app, gateway.id), new.credentials.secret().clone())
        .await
        .map_err(Failure::from)?;
    let traces = caller.audit(app, AuditAction::GatewayAdded, gateway.id, &NOTHING, &said(&gateway)).into();
    match account.add_gateway(&gateway, &traces).await {
        Ok(()) => Ok(gateway),
        Err(AddGatewayError::NumberTaken) => Err(GatewayError::NumberTaken),
        Err(AddGatewayError::Store(error)) => Err(error.into()),
    }
}
