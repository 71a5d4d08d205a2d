//! The devices that a person's notifications are pushed to.
//!
//! An app tells its token at each start. The same token again is the same device: it is refreshed, and enabled if the push
//! service had disabled it. A token that was somebody else's, because two people share a telephone, is theirs no more. A device
//! belongs to the session that its app is signed in with, so whatever ends the session ends the pushes ([`crate::telling`]).

use domain::{
    access::Permission,
    id::PushEndpointId,
    name::DisplayName,
    push::{ENDPOINTS_MAX, PushEndpoint, PushPlatform, PushToken},
};
use sha2::{Digest, Sha256};
use storage::{PushEndpointsChange, PushEndpointsRecord, StoreError, TokenOwner};

use crate::{
    App, Caller, Failure, caller::Forbidden, conversations::ATTEMPTS_MAX, ports::PushError,
    telling::is_signed_in,
};

/// Why a device was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A program has no devices.
    #[error("only for members of staff who have signed in")]
    NotAPerson,
    /// The caller has no such device.
    #[error("there is no such device")]
    NotFound,
    /// The caller has as many as possible.
    #[error("at most {ENDPOINTS_MAX} devices can be signed in")]
    TooMany,
    /// The installation does not push to this platform.
    #[error("pushes to this platform are not set up")]
    NotSetUp,
    /// The push service does not take the token.
    #[error("the push service does not know such a token")]
    InvalidToken,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for DeviceError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<PushError> for DeviceError {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Unreachable(error) => Self::Failure(error.into()),
            PushError::NoApplication => Self::NotSetUp,
            PushError::InvalidToken | PushError::Disabled => Self::InvalidToken,
        }
    }
}

/// A device as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub endpoint: PushEndpoint,
    /// Whether its app is signed in: otherwise nothing is pushed to it.
    pub signed_in: bool,
}

/// A device that an app tells of.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Its push service.
    pub platform: PushPlatform,
    /// What that calls it.
    pub token: PushToken,
    /// What its owner calls it.
    pub name: DisplayName,
}

fn person(caller: &Caller) -> Result<domain::id::SessionId, DeviceError> {
    caller.require(Permission::NotificationsRead)?;
    let session = caller.session().filter(|_| caller.profile.support_of.is_none());
    session.ok_or(DeviceError::NotAPerson)
}

/// The caller's devices, oldest first.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Device>, DeviceError> {
    person(caller)?;
    let store = app.store.account(caller.account);
    let endpoints = store.push_endpoints(caller.user).await?.endpoints;
    let record = store.user(caller.user).await?;
    let show = |endpoint: PushEndpoint| {
        let signed_in =
            record.as_ref().is_some_and(|it| is_signed_in(it, &endpoint, &caller.policy, app.now()));
        Device { endpoint, signed_in }
    };
    Ok(endpoints.into_iter().map(show).collect())
}

/// Makes a device the caller's, or refreshes it.
pub async fn register(app: &App, caller: &Caller, new: &NewDevice) -> Result<Device, DeviceError> {
    let session = person(caller)?;
    let store = app.store.account(caller.account);
    let token = hash(new);
    let address = app.notifier.register(new.platform, &new.token).await?;
    for _ in 0..ATTEMPTS_MAX {
        let owner = app.store.token_owner(&token).await?;
        let mut own = store.push_endpoints(caller.user).await?;
        let before = own.endpoints.iter().position(|it| it.token_sha256 == token);
        let before = before.map(|place| own.endpoints.remove(place));
        let released = if before.is_none() { make_room(app, caller, &mut own).await? } else { Vec::new() };
        let now = app.now();
        let endpoint = PushEndpoint {
            id: before.as_ref().map_or_else(|| app.new_id(), |it| it.id),
            platform: new.platform,
            name: new.name.clone(),
            address: address.clone(),
            token_sha256: token.clone(),
            session,
            added_at: before.as_ref().map_or(now, |it| it.added_at),
            refreshed_at: now,
            disabled_since: None,
        };
        own.endpoints.push(endpoint.clone());
        own.endpoints.sort_by_key(|it| it.id);
        let other = owner.filter(|it| (it.account, it.user) != (caller.account, caller.user));
        let change = PushEndpointsChange {
            user: caller.user,
            after: own,
            taken: before.is_none().then(|| (token.clone(), endpoint.id)),
            released,
            loser: match other {
                Some(owner) => Some(without(app, owner).await?),
                None => None,
            },
        };
        if store.change_push_endpoints(&change).await? {
            return Ok(Device { endpoint, signed_in: true });
        }
    }
    Err(StoreError::Contention.into())
}

/// Two platforms may have the same token for different devices.
fn hash(new: &NewDevice) -> String {
    let mut hash = Sha256::new();
    hash.update(new.platform.name());
    hash.update([0]);
    hash.update(new.token.as_str());
    hex::encode(hash.finalize())
}

/// Forgets devices that nobody is signed in on any more, if there is no room; answers the hashes of their tokens.
async fn make_room(
    app: &App,
    caller: &Caller,
    own: &mut PushEndpointsRecord,
) -> Result<Vec<String>, DeviceError> {
    if own.endpoints.len() < ENDPOINTS_MAX {
        return Ok(Vec::new());
    }
    let record = app.store.account(caller.account).user(caller.user).await?;
    let (kept, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut own.endpoints).into_iter().partition(|it| {
        let signed_in = record.as_ref().is_some_and(|user| is_signed_in(user, it, &caller.policy, app.now()));
        signed_in && it.disabled_since.is_none()
    });
    own.endpoints = kept;
    if gone.is_empty() {
        return Err(DeviceError::TooMany);
    }
    for endpoint in &gone {
        app.notifier.forget(&endpoint.address).await?;
    }
    Ok(gone.into_iter().map(|it| it.token_sha256).collect())
}

/// The devices of somebody without one that is another's from now on.
async fn without(
    app: &App,
    owner: TokenOwner,
) -> Result<(domain::id::AccountId, domain::id::UserId, PushEndpointsRecord), StoreError> {
    let mut record = app.store.account(owner.account).push_endpoints(owner.user).await?;
    record.endpoints.retain(|it| it.id != owner.endpoint);
    Ok((owner.account, owner.user, record))
}

/// Forgets one of the caller's devices.
pub async fn remove(app: &App, caller: &Caller, id: PushEndpointId) -> Result<(), DeviceError> {
    person(caller)?;
    let store = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let mut own = store.push_endpoints(caller.user).await?;
        let place = own.endpoints.iter().position(|it| it.id == id).ok_or(DeviceError::NotFound)?;
        let endpoint = own.endpoints.remove(place);
        // First there: should it fail here, the next try finds the device and does both.
        app.notifier.forget(&endpoint.address).await?;
        let change = PushEndpointsChange {
            user: caller.user,
            after: own,
            taken: None,
            released: vec![endpoint.token_sha256],
            loser: None,
        };
        if store.change_push_endpoints(&change).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}
