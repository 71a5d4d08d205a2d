//! Users, how they sign in, and their sessions.
//!
//! A session's token names its account and user, so one read by key answers who calls and what they may do now: a changed
//! role or an ended session counts from the next request on, and nothing has to be copied into sessions.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::{ConversationAccess, Role},
    account::User,
    email::EmailAddress,
    id::{AccountId, SessionId, UserId},
    name::DisplayName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

use crate::{
    AccountStore, Store,
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
    /// The argon2id hash of their password, as a PHC string.
    pub password_hash: String,
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
    /// When it ends.
    #[serde(with = "millis")]
    pub expires_at: Timestamp,
}

/// A user with their sessions.
#[derive(Clone)]
pub struct UserRecord {
    /// The user.
    pub user: User,
    /// Their sessions, oldest first.
    pub sessions: Vec<Session>,
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

/// The writes of a change of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    User,
    Managers,
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
    account: AccountId,
    user: UserId,
    password_hash: String,
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
    roles: BTreeSet<Role>,
    conversation_access: ConversationAccess,
    #[serde(with = "millis")]
    created_at: Timestamp,
    sessions: Vec<Session>,
    version: u64,
}

impl Stored for UserItem {
    const KIND: &'static str = "user";
}

impl UserItem {
    fn new(record: &UserRecord) -> Self {
        let user = &record.user;
        Self {
            id: user.id,
            account: user.account,
            email: user.email.clone(),
            name: user.name.clone(),
            roles: user.roles.clone(),
            conversation_access: user.conversation_access,
            created_at: user.created_at,
            sessions: record.sessions.clone(),
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
            roles: it.roles,
            conversation_access: it.conversation_access,
            created_at: it.created_at,
        };
        Self { user, sessions: it.sessions, version: it.version }
    }
}

fn email_hash(email: &EmailAddress) -> [u8; 32] {
    Sha256::digest(email.as_str().as_bytes()).into()
}

impl Store {
    /// How the user with this address signs in.
    pub async fn credential(&self, email: &EmailAddress) -> Result<Option<Credential>, StoreError> {
        let item: Option<CredentialItem> = self.get(keys::credential(&email_hash(email))).await?;
        let read =
            |CredentialItem { account, user, password_hash }| Credential { account, user, password_hash };
        Ok(item.map(read))
    }
}

impl AccountStore {
    /// A user with their sessions.
    pub async fn user(&self, user: UserId) -> Result<Option<UserRecord>, StoreError> {
        let item: Option<UserItem> = self.store.get(keys::user(self.account, user)).await?;
        Ok(item.map(UserRecord::from))
    }

    /// A user with their sessions, perhaps as they were some milliseconds ago: what each request begins with.
    pub async fn user_for_session(&self, user: UserId) -> Result<Option<UserRecord>, StoreError> {
        let item: Option<UserItem> = self.store.get_eventually(keys::user(self.account, user)).await?;
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

    /// Adds a user.
    pub async fn add_user(&self, user: &User, password_hash: String) -> Result<(), AddUserError> {
        let mut transaction = Transaction::new(&self.store);
        self.write_new_user(&mut transaction, Write::User, user, password_hash, vec![])?;
        if user.roles.contains(&Role::AccountManager) {
            self.count_manager(&mut transaction, "1", "attribute_exists(pk)");
        }
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

    /// Saves a user over the version that was read; `false`: somebody else has changed them.
    pub async fn save_user(&self, record: &UserRecord) -> Result<bool, StoreError> {
        let next = UserRecord { version: record.version.saturating_add(1), ..record.clone() };
        let item = NewItem::new(keys::user(self.account, record.user.id), &UserItem::new(&next))?;
        self.store.put_if(item, Expect::version(record.version)).await
    }

    /// Saves a change of a user's profile over the version that was read, counting account managers in the same
    /// transaction, so that two who demote each other at the same moment cannot both succeed (X16).
    pub async fn change_user(&self, before: &UserRecord, after: &UserRecord) -> Result<SaveUser, StoreError> {
        let manages = |record: &UserRecord| record.user.roles.contains(&Role::AccountManager);
        let next = UserRecord { version: before.version.saturating_add(1), ..after.clone() };
        let item = NewItem::new(keys::user(self.account, after.user.id), &UserItem::new(&next))?;
        let mut transaction = Transaction::new(&self.store);
        transaction.put(Write::User, item, Some(Expect::version(before.version)));
        match (manages(before), manages(after)) {
            (false, true) => self.count_manager(&mut transaction, "1", "attribute_exists(pk)"),
            (true, false) => self.count_manager(&mut transaction, "-1", "account_managers > :one"),
            _ => {}
        }
        match transaction.run(&self.store).await {
            Ok(()) => Ok(SaveUser::Saved),
            Err(TransactionError::Refused(refused)) if refused.names(Write::User) => Ok(SaveUser::Changed),
            Err(TransactionError::Refused(_)) => Ok(SaveUser::LastAccountManager),
            Err(TransactionError::Store(error)) => Err(error),
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
        user: &User,
        password_hash: String,
        sessions: Vec<Session>,
    ) -> Result<(), StoreError> {
        let credential = CredentialItem { account: self.account, user: user.id, password_hash };
        let item = NewItem::new(keys::credential(&email_hash(&user.email)), &credential)?;
        transaction.put(label, item, Some(Expect::absent()));
        let record = UserRecord { user: user.clone(), sessions, version: 1 };
        let item = NewItem::new(keys::user(self.account, user.id), &UserItem::new(&record))?;
        transaction.put(label, item, Some(Expect::absent()));
        Ok(())
    }
}
