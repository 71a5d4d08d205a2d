//! What belongs to signing in: tries that are counted, and what a user does about their own security.
//!
//! Tries are counted by the hash of an e-mail address, in an item that exists whether or not the address is anybody's, so
//! that being locked out tells nothing about it. Everything else is part of the user, whose version guards the item by
//! which they sign in as well: whatever changes that item changes the user in the same transaction.

use std::net::{IpAddr, Ipv6Addr};

use domain::{
    email::EmailAddress,
    id::UserId,
    link::Nonce,
    lockout::{Failures, LockedOut},
    second_factor::SecondFactor,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Store, Traces, UserRecord,
    error::StoreError,
    item::{NewItem, Stored, millis},
    keys,
    transact::{Transaction, TransactionError},
    users::{CredentialItem, UserItem, email_hash},
    write::Expect,
};

/// So many places are remembered from which a user has signed in.
const PLACES_MAX: usize = 20;
/// How often counting a try is repeated while others try at the same moment. Whoever loses that often is one of many.
const COUNT_ATTEMPTS_MAX: usize = 20;

/// What a user's own security consists of, beside their password and their sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserSecurity {
    /// Their second factor.
    pub second_factor: SecondFactor,
    /// When their password was set; `None`: when they were added.
    #[serde(with = "millis::option", skip_serializing_if = "Option::is_none")]
    pub password_set_at: Option<Timestamp>,
    /// The one link that lets them choose a new password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_reset: Option<PendingReset>,
    /// The address that they want to have, and the one link that confirms it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_change: Option<PendingEmail>,
    /// Where they have signed in, latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<IpAddr>,
}

/// A password is to be chosen anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingReset {
    /// The nonce of its link.
    pub nonce: Nonce,
    /// When it was asked for.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

/// An address is to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingEmail {
    /// The nonce of its link.
    pub nonce: Nonce,
    /// The address.
    pub email: EmailAddress,
}

impl UserSecurity {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether they have signed in before, but not from there. The first place of all is not a new one.
    pub fn is_new(&self, address: IpAddr) -> bool {
        !self.places.is_empty() && !self.places.contains(&place(address))
    }

    /// Remembers where they have signed in, and forgets the place that was used longest ago if there are too many.
    pub fn remember(&mut self, address: IpAddr) {
        let place = place(address);
        self.places.retain(|known| *known != place);
        let excess = (self.places.len() + 1).saturating_sub(PLACES_MAX);
        self.places.drain(..excess);
        self.places.push(place);
    }
}

/// Addresses that are one place: of IPv6, a network of 64 bits is given to one connection, whose devices change the rest
/// at will (RFC 8981).
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

/// What a change does to the way somebody signs in.
#[derive(Clone)]
pub enum SignInChange {
    /// Nothing.
    Keep,
    /// They have another password.
    Password {
        /// The hash of the new one.
        hash: String,
        /// The hashes of earlier ones that are to be remembered, newest first.
        earlier: Vec<String>,
    },
    /// They have another address. The user's own address is changed with it.
    Address {
        /// The hash of their password.
        hash: Option<String>,
        /// The hashes of earlier ones.
        earlier: Vec<String>,
    },
}

/// A change of a user's own security, over the version that was read.
pub struct SecurityUpdate<'a> {
    /// The user as they were read.
    pub before: &'a UserRecord,
    /// The user as they shall be. Neither status nor roles differ.
    pub after: UserRecord,
    /// What it does to the way they sign in.
    pub sign_in: SignInChange,
    /// What it leaves behind.
    pub traces: Traces,
}

/// What became of a change of a user's own security.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveSecurity {
    /// It is saved.
    Saved,
    /// Somebody else has changed the user since they were read. Read again and decide again.
    Changed,
    /// The new address is another user's.
    EmailTaken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    User,
    Address,
    Rest,
}

/// A try that was counted, with what there was before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedTry {
    before: Option<Failures>,
    version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TriesItem {
    count: u32,
    #[serde(with = "millis")]
    last_at: Timestamp,
    version: u64,
}

impl Stored for TriesItem {
    const KIND: &'static str = "tries";
}

/// Keeps a request for an address that is nobody's as busy as one for somebody's.
#[derive(Serialize, Deserialize)]
pub(crate) struct DecoyItem {
    #[serde(with = "millis")]
    at: Timestamp,
}

impl Stored for DecoyItem {
    const KIND: &'static str = "decoy";
}

impl Store {
    /// Counts a try at the password of an address, before the password is looked at. Of tries that arrive together, each
    /// is counted over the one before it.
    pub async fn count_try(
        &self,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<Result<CountedTry, LockedOut>, StoreError> {
        for _ in 0..COUNT_ATTEMPTS_MAX {
            let item: Option<TriesItem> = self.get(keys::tries(&email_hash(email))).await?;
            let version = item.as_ref().map_or(0, |item| item.version);
            let before = item.map(|TriesItem { count, last_at, .. }| Failures { count, last_at });
            let counted = match Failures::count_try(before, now) {
                Ok(counted) => counted,
                Err(locked) => return Ok(Err(locked)),
            };
            if self.save_tries(email, counted, version).await? {
                return Ok(Ok(CountedTry { before, version: version.saturating_add(1) }));
            }
        }
        Err(StoreError::Contention)
    }

    /// Takes back a try that was right as far as it went. If others have tried since, theirs and this one stay counted.
    pub async fn take_back_try(&self, email: &EmailAddress, counted: CountedTry) -> Result<(), StoreError> {
        let CountedTry { before, version } = counted;
        if let Some(before) = before {
            return self.save_tries(email, before, version).await.map(drop);
        }
        self.delete_if(keys::tries(&email_hash(email)), Expect::version(version)).await.map(drop)
    }

    /// Forgets the failures of an address: its user has come in.
    pub async fn forgive_tries(&self, email: &EmailAddress) -> Result<(), StoreError> {
        self.delete_if(keys::tries(&email_hash(email)), Expect::present()).await.map(drop)
    }

    async fn save_tries(
        &self,
        email: &EmailAddress,
        failures: Failures,
        over: u64,
    ) -> Result<bool, StoreError> {
        let Failures { count, last_at } = failures;
        let item = TriesItem { count, last_at, version: over.saturating_add(1) };
        let item = NewItem::new(keys::tries(&email_hash(email)), &item)?.expiring(failures.forgotten_at());
        let expect = if over == 0 { Expect::absent() } else { Expect::version(over) };
        self.put_if(item, expect).await
    }

    /// Does for an address that is nobody's the writes that a request for somebody's does.
    pub async fn write_decoy(&self, email: &EmailAddress, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = Transaction::new(self);
        for number in 0..DECOYS {
            let item = NewItem::new(keys::decoy(&email_hash(email), number), &DecoyItem { at: now })?;
            transaction.put((), item.expiring(now), None);
        }
        match transaction.run(self).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Refused(_)) => Err(StoreError::Contention),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }
}

/// As many as a request for a new password writes: the user, an entry of the audit log, a mail.
const DECOYS: u8 = 3;

impl AccountStore {
    /// Changes a user's own security over the version that was read.
    pub async fn save_security(&self, update: SecurityUpdate<'_>) -> Result<SaveSecurity, StoreError> {
        let SecurityUpdate { before, after, sign_in, traces } = update;
        let next = UserRecord { version: before.version.saturating_add(1), ..after };
        let (user, email) = (next.user.id, next.user.email.clone());
        let item = NewItem::new(keys::user(self.account, user), &UserItem::new(&next))?;
        let mut transaction = Transaction::new(&self.store);
        transaction.put(Write::User, item, Some(Expect::version(before.version)));
        match sign_in {
            SignInChange::Keep => {}
            SignInChange::Password { hash, earlier } => {
                let item = self.credential_item(user, &email, Some(hash), earlier)?;
                transaction.put(Write::Rest, item, None);
            }
            SignInChange::Address { hash, earlier } => {
                let item = self.credential_item(user, &email, hash, earlier)?;
                transaction.put(Write::Address, item, Some(Expect::absent()));
                transaction.delete(Write::Rest, keys::credential(&email_hash(&before.user.email)));
            }
        }
        self.leave(&mut transaction, Write::Rest, &traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(SaveSecurity::Saved),
            // Who has been changed meanwhile is decided on anew, whatever else was in the way.
            Err(TransactionError::Refused(refused)) if refused.names(Write::User) => {
                Ok(SaveSecurity::Changed)
            }
            Err(TransactionError::Refused(refused)) if refused.names(Write::Address) => {
                Ok(SaveSecurity::EmailTaken)
            }
            Err(TransactionError::Refused(_)) => Ok(SaveSecurity::Changed),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    fn credential_item(
        &self,
        user: UserId,
        email: &EmailAddress,
        password_hash: Option<String>,
        earlier: Vec<String>,
    ) -> Result<NewItem, StoreError> {
        let item = CredentialItem { account: self.account, user, password_hash, earlier };
        NewItem::new(keys::credential(&email_hash(email)), &item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_address_or_a_network_of_64_bits() {
        let mut security = UserSecurity::default();
        for address in ["203.0.113.7", "2001:db8:1:2:3:4:5:6"] {
            security.remember(address.parse().unwrap());
        }
        for (address, known) in [
            ("203.0.113.7", true),
            ("::ffff:203.0.113.7", true),
            ("203.0.113.8", false),
            ("2001:db8:1:2:ffff::1", true),
            ("2001:db8:1:3:3:4:5:6", false),
        ] {
            assert_eq!(!security.is_new(address.parse().unwrap()), known, "{address}");
        }
    }

    #[test]
    fn the_place_used_longest_ago_is_forgotten_first() {
        let mut security = UserSecurity::default();
        let address = |n: u8| IpAddr::from([203, 0, 113, n]);
        for n in (0..=20).chain([1]) {
            security.remember(address(n));
        }
        assert_eq!(security.places.len(), PLACES_MAX);
        assert!(security.is_new(address(0)) && !security.is_new(address(1)));
        security.remember(address(30));
        assert!(security.is_new(address(2)) && !security.is_new(address(1)));
    }
}
