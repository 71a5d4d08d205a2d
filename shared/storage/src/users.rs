//! Users, how they sign in, and their sessions.
//!
//! A session's token names its account and user, so one read by key answers who calls and what they may do now: a changed
//! role or an ended session counts from the next request on, and nothing has to be copied into sessions.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::{ConversationAccess, Grants, MessageAccess, RoleRef},
    account::{Supporter, User, UserStatus},
    email::EmailAddress,
    id::{AccountId, SessionId, TeamId, UserId},
    link::Nonce,
    name::DisplayName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, net::IpAddr};

use crate::{
    AccountStore, Departure, Store, Traces, TracesOfAll, UserSecurity,
    cursor::InvalidCursor,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys,
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// How somebody signs in: looked up by e-mail address, before any account is known.
#[derive(Clone)]
pub struct Credential {
    /// The account of the user.
    pub account: AccountId,
    /// The user.
    pub user: UserId,
    /// The argon2id hash of their password, as a PHC string; `None`: they have been invited and have none yet.
    pub password_hash: Option<String>,
    /// The hashes of passwords that they had before, newest first, as far as the policy wants them remembered.
    pub earlier: Vec<String>,
}

/// A session of a user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The SHA-256 of the secret in its token, in hexadecimal.
    pub secret_sha256: String,
    /// When it began.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// When it ends, if the account's settings let it last so long.
    #[serde(with = "millis")]
    pub expires_at: Timestamp,
    /// From where it was begun, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// What the program that began it called itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// A user with their sessions.
#[derive(Clone)]
pub struct UserRecord {
    /// The user.
    pub user: User,
    /// Their sessions, oldest first.
    pub sessions: Vec<Session>,
    /// The one link that accepts their invitation.
    pub invitation: Option<Nonce>,
    /// What their own security consists of.
    pub security: UserSecurity,
    /// Rises with every change; a save is made over the version that was read.
    pub version: u64,
}

/// What became of a change of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveUser {
    /// It is saved.
    Saved,
    /// Somebody else has changed the user since they were read. Read again and decide again.
    Changed,
    /// Nobody would be left to manage the account (X16).
    LastAccountManager,
}

/// What a change of a user does to the way they sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialChange {
    /// Nothing.
    Keep,
    /// They sign in with this password from now on.
    SetPassword {
        /// Its hash.
        hash: String,
    },
    /// Their address is free for others from now on.
    Remove,
}

/// A change of a user, over the version that was read.
pub struct UserUpdate<'a> {
    /// The user as they were read.
    pub before: &'a UserRecord,
    /// The user as they shall be.
    pub after: UserRecord,
    /// What it does to the way they sign in.
    pub credential: CredentialChange,
    /// Whose conversations become another's, where the user leaves.
    pub departure: Option<Departure>,
    /// What it leaves behind.
    pub traces: Traces,
    /// What it leaves behind in other accounts: a master's doing is in its own log, too.
    pub elsewhere: TracesOfAll,
}

/// The writes of a change of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    User,
    Managers,
    Credential,
    Traces,
}

/// A user to add.
#[derive(Clone)]
pub struct NewUserRecord {
    /// The user.
    pub user: User,
    /// The hash of their password; `None`: they choose one when they accept their invitation.
    pub password_hash: Option<String>,
    /// The one link that accepts their invitation.
    pub invitation: Option<Nonce>,
    /// Their first session, if they have signed in by this.
    pub sessions: Vec<Session>,
}

/// Why a user was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddUserError {
    /// The address is another user's.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize, Deserialize)]
pub(crate) struct CredentialItem {
    pub(crate) account: AccountId,
    pub(crate) user: UserId,
    #[serde(default)]
    pub(crate) password_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) earlier: Vec<String>,
}

impl Stored for CredentialItem {
    const KIND: &'static str = "credential";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UserItem {
    id: UserId,
    account: AccountId,
    email: EmailAddress,
    name: DisplayName,
    #[serde(default)]
    status: UserStatus,
    roles: BTreeSet<RoleRef>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    teams: BTreeSet<TeamId>,
    conversation_access: ConversationAccess,
    #[serde(default)]
    message_access: MessageAccess,
    #[serde(default, skip_serializing_if = "Grants::is_empty")]
    overrides: Grants,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    support_of: Option<Supporter>,
    #[serde(with = "millis")]
    created_at: Timestamp,
    sessions: Vec<Session>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invitation: Option<Nonce>,
    #[serde(default, skip_serializing_if = "UserSecurity::is_default")]
    security: UserSecurity,
    version: u64,
}

impl Stored for UserItem {
    const KIND: &'static str = "user";
}

impl UserItem {
    pub(crate) fn new(record: &UserRecord) -> Self {
        let user = &record.user;
        Self {
            id: user.id,
            account: user.account,
            email: user.email.clone(),
            name: user.name.clone(),
            status: user.status,
            roles: user.roles.clone(),
            teams: user.teams.clone(),
            conversation_access: user.conversation_access,
            message_access: user.message_access,
            overrides: user.overrides.clone(),
            support_of: user.support_of,
            created_at: user.created_at,
            sessions: record.sessions.clone(),
            invitation: record.invitation,
            security: record.security.clone(),
            version: record.version,
        }
    }
}

impl From<UserItem> for UserRecord {
    fn from(it: UserItem) -> Self {
        let user = User {
            id: it.id,
            account: it.account,
            email: it.email,
            name: it.name,
            status: it.status,
            roles: it.roles,
            teams: it.teams,
            conversation_access: it.conversation_access,
            message_access: it.message_access,
            overrides: it.overrides,
            support_of: it.support_of,
            created_at: it.created_at,
        };
        let UserItem { sessions, invitation, security, version, .. } = it;
        Self { user, sessions, invitation, security, version }
    }
}

pub(crate) fn email_hash(email: &EmailAddress) -> [u8; 32] {
    Sha256::digest(email.as_str().as_bytes()).into()
}

impl Store {
    /// How the user with this address signs in.
    pub async fn credential(&self, email: &EmailAddress) -> Result<Option<Credential>, StoreError> {
        let item: Option<CredentialItem> = self.get(keys::credential(&email_hash(email))).await?;
        let read = |CredentialItem { account, user, password_hash, earlier }| Credential {
            account,
            user,
            password_hash,
            earlier,
        };
        Ok(item.map(read))
    }
}

impl AccountStore {
    /// A user with their sessions.
    pub async fn user(&self, user: UserId) -> Result<Option<UserRecord>, StoreError> {
        let item: Option<UserItem> = self.store.get(keys::user(self.account, user)).await?;
        Ok(item.map(UserRecord::from))
    }

    /// A page of the account's users, in the order in which they were added.
    pub async fn users(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<User>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Table, keys::users(self.account), page.limit);
        self.page("users", request, page, |item| Ok(UserRecord::from(read::<UserItem>(item)?).user)).await
    }

    /// Every user of the account: for deciding who is told. Accounts have hundreds of users at most.
    pub async fn all_users(&self) -> Result<Vec<User>, StoreError> {
        let mut users = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = PageRequest { limit: 1_000, cursor: cursor.as_deref() };
            let Ok(found) = self.users(page).await? else { break };
            users.extend(found.items);
            cursor = found.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        Ok(users)
    }

    /// Adds a user, with a password or with the nonce of an invitation, and what it leaves behind.
    pub async fn add_user(&self, new: &NewUserRecord, traces: &Traces) -> Result<(), AddUserError> {
        let mut transaction = Transaction::new(&self.store);
        self.write_new_user(&mut transaction, Write::User, new)?;
        let count = if new.user.manages_account() { "1" } else { "0" };
        self.count_manager(&mut transaction, count, "attribute_exists(pk)");
        self.leave(&mut transaction, Write::Traces, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Refused(refused)) if refused.names(Write::User) => {
                Err(AddUserError::EmailTaken)
            }
            Err(TransactionError::Refused(_)) => {
                Err(StoreError::unreadable("account", "there is no such account").into())
            }
            Err(TransactionError::Store(error)) => Err(error.into()),
        }
    }

    /// Saves a user over the version that was read; `false`: somebody else has changed them. For what neither the audit log
    /// nor the number of account managers depends on, such as sessions.
    pub async fn save_user(&self, record: &UserRecord) -> Result<bool, StoreError> {
        let next = UserRecord { version: record.version.saturating_add(1), ..record.clone() };
        let item = NewItem::new(keys::user(self.account, record.user.id), &UserItem::new(&next))?;
        self.store.put_if(item, Expect::version(record.version)).await
    }

    /// Changes a user over the version that was read, counting account managers in the same transaction, so that two who
    /// demote each other at the same moment cannot both succeed (X16).
    pub async fn change_user(&self, update: UserUpdate<'_>) -> Result<SaveUser, StoreError> {
        let UserUpdate { before, after, credential, departure, traces, elsewhere } = update;
        let next = UserRecord { version: before.version.saturating_add(1), ..after };
        let item = NewItem::new(keys::user(self.account, next.user.id), &UserItem::new(&next))?;
        let mut transaction = Transaction::new(&self.store);
        transaction.put(Write::User, item, Some(Expect::version(before.version)));
        match (before.user.manages_account(), next.user.manages_account()) {
            (false, true) => self.count_manager(&mut transaction, "1", "attribute_exists(pk)"),
            (true, false) => self.count_manager(&mut transaction, "-1", "account_managers > :one"),
            _ => {}
        }
        Self::change_credential(&mut transaction, &before.user.email, credential);
        if let Some(departure) = departure {
            transaction.put(Write::Traces, self.departure_item(&departure)?, None);
        }
        self.leave(&mut transaction, Write::Traces, &traces)?;
        self.store.leave_in(&mut transaction, Write::Traces, &elsewhere)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(SaveUser::Saved),
            Err(TransactionError::Refused(refused)) if refused.names(Write::Managers) => {
                // Who has been changed meanwhile is decided on anew, whatever the count says.
                let changed = refused.names(Write::User);
                Ok(if changed { SaveUser::Changed } else { SaveUser::LastAccountManager })
            }
            Err(TransactionError::Refused(_)) => Ok(SaveUser::Changed),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    fn change_credential(
        transaction: &mut Transaction<Write>,
        email: &EmailAddress,
        change: CredentialChange,
    ) {
        let key = keys::credential(&email_hash(email));
        match change {
            CredentialChange::Keep => {}
            CredentialChange::SetPassword { hash } => {
                let values = vec![(":hash", AttributeValue::S(hash))];
                let set = "SET password_hash = :hash";
                transaction.update(Write::Credential, key, set, values, "attribute_exists(pk)");
            }
            CredentialChange::Remove => transaction.delete(Write::Credential, key),
        }
    }

    fn count_manager(&self, transaction: &mut Transaction<Write>, by: &str, condition: &'static str) {
        let number = |text: &str| AttributeValue::N(text.into());
        let mut values = vec![(":by", number(by))];
        if condition.contains(":one") {
            values.push((":one", number("1")));
        }
        let key = keys::account(self.account);
        transaction.update(Write::Managers, key, "ADD account_managers :by", values, condition);
    }

    pub(crate) fn write_new_user<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        new: &NewUserRecord,
    ) -> Result<(), StoreError> {
        let NewUserRecord { user, password_hash, invitation, sessions } = new;
        let password_hash = password_hash.clone();
        let credential =
            CredentialItem { account: self.account, user: user.id, password_hash, earlier: Vec::new() };
        let item = NewItem::new(keys::credential(&email_hash(&user.email)), &credential)?;
        transaction.put(label, item, Some(Expect::absent()));
        let (user, sessions) = (user.clone(), sessions.clone());
        let mut security = UserSecurity::default();
        sessions.iter().filter_map(|session| session.address).for_each(|address| security.remember(address));
        let record = UserRecord { user, sessions, invitation: *invitation, security, version: 1 };
        let item = NewItem::new(keys::user(self.account, record.user.id), &UserItem::new(&record))?;
        transaction.put(label, item, Some(Expect::absent()));
        Ok(())
    }
}
