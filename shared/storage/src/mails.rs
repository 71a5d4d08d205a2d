//! Mails on their way: the outbox of letters to people who work with the product.
//!
//! A mail is put in the transaction of the change that it tells of. The stream shows it to `dispatch`, which has it sent;
//! then the item says when, so that nobody sends it twice. No token of a link lies here: it is made from the link and a
//! key that the table does not have.

use std::net::IpAddr;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    credits::Credits,
    email::EmailAddress,
    id::{AccountId, MailId, UserId},
    link::{Link, Nonce, Purpose},
    mail::{DigestCounts, Letter, Mail, SecurityChange},
    message::Refusal,
    name::DisplayName,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    error::StoreError,
    item::{NewItem, Stored, millis},
    keys,
    transact::Transaction,
    write::Expect,
};

/// How long a mail is kept: longer than its queue repeats it.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A mail as it lies in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRecord {
    /// The mail.
    pub mail: Mail,
    /// When it was sent; `None`: not yet.
    pub sent_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct MailItem {
    id: MailId,
    to: EmailAddress,
    #[serde(with = "millis")]
    at: Timestamp,
    letter: LetterItem,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "millis::option")]
    sent_at: Option<Timestamp>,
}

impl Stored for MailItem {
    const KIND: &'static str = "mail";
}

#[derive(Serialize, Deserialize)]
struct LinkItem {
    purpose: Purpose,
    account: AccountId,
    user: UserId,
    nonce: Nonce,
    #[serde(with = "millis")]
    expires_at: Timestamp,
}

impl From<Link> for LinkItem {
    fn from(it: Link) -> Self {
        let Link { purpose, account, user, nonce, expires_at } = it;
        Self { purpose, account, user, nonce, expires_at }
    }
}

impl From<LinkItem> for Link {
    fn from(it: LinkItem) -> Self {
        let LinkItem { purpose, account, user, nonce, expires_at } = it;
        Self { purpose, account, user, nonce, expires_at }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LetterItem {
    Invitation {
        name: DisplayName,
        invited_by: Option<DisplayName>,
        link: LinkItem,
    },
    PasswordReset {
        link: LinkItem,
    },
    PasswordChanged {},
    EmailConfirmation {
        link: LinkItem,
    },
    EmailChanged {},
    NewSignIn {
        #[serde(with = "millis")]
        at: Timestamp,
        address: Option<IpAddr>,
    },
    SecurityChanged {
        change: SecurityChange,
        by: Option<DisplayName>,
    },
    SecurityAlert {
        change: SecurityChange,
        person: Option<DisplayName>,
        by: Option<DisplayName>,
    },
    LowBalance {
        available: Credits,
        threshold: Credits,
    },
    FailedDeliveries {
        count: u32,
        within_minutes: u32,
    },
    GatewayTrouble {
        gateway: DisplayName,
        reason: Refusal,
    },
    Digest(DigestCounts),
}

impl From<Letter> for LetterItem {
    fn from(it: Letter) -> Self {
        match it {
            Letter::Invitation { name, invited_by, link } => {
                Self::Invitation { name, invited_by, link: link.into() }
            }
            Letter::PasswordReset { link } => Self::PasswordReset { link: link.into() },
            Letter::PasswordChanged => Self::PasswordChanged {},
            Letter::EmailConfirmation { link } => Self::EmailConfirmation { link: link.into() },
            Letter::EmailChanged => Self::EmailChanged {},
            Letter::NewSignIn { at, address } => Self::NewSignIn { at, address },
            Letter::SecurityChanged { change, by } => Self::SecurityChanged { change, by },
            Letter::SecurityAlert { change, person, by } => Self::SecurityAlert { change, person, by },
            Letter::LowBalance { available, threshold } => Self::LowBalance { available, threshold },
            Letter::FailedDeliveries { count, within_minutes } => {
                Self::FailedDeliveries { count, within_minutes }
            }
            Letter::GatewayTrouble { gateway, reason } => Self::GatewayTrouble { gateway, reason },
            Letter::Digest(counts) => Self::Digest(counts),
        }
    }
}

impl From<LetterItem> for Letter {
    fn from(it: LetterItem) -> Self {
        match it {
            LetterItem::Invitation { name, invited_by, link } => {
                Self::Invitation { name, invited_by, link: link.into() }
            }
            LetterItem::PasswordReset { link } => Self::PasswordReset { link: link.into() },
            LetterItem::PasswordChanged {} => Self::PasswordChanged,
            LetterItem::EmailConfirmation { link } => Self::EmailConfirmation { link: link.into() },
            LetterItem::EmailChanged {} => Self::EmailChanged,
            LetterItem::NewSignIn { at, address } => Self::NewSignIn { at, address },
            LetterItem::SecurityChanged { change, by } => Self::SecurityChanged { change, by },
            LetterItem::SecurityAlert { change, person, by } => Self::SecurityAlert { change, person, by },
            LetterItem::LowBalance { available, threshold } => Self::LowBalance { available, threshold },
            LetterItem::FailedDeliveries { count, within_minutes } => {
                Self::FailedDeliveries { count, within_minutes }
            }
            LetterItem::GatewayTrouble { gateway, reason } => Self::GatewayTrouble { gateway, reason },
            LetterItem::Digest(counts) => Self::Digest(counts),
        }
    }
}

impl From<MailItem> for MailRecord {
    fn from(it: MailItem) -> Self {
        let MailItem { id, to, at, letter, sent_at } = it;
        Self { mail: Mail { id, to, at, letter: letter.into() }, sent_at }
    }
}

impl AccountStore {
    /// Puts a mail in the transaction of what it tells of. The mail is new: its id is not in the table.
    pub(crate) fn write_mail<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        mail: &Mail,
    ) -> Result<(), StoreError> {
        transaction.put(label, self.mail_item(mail)?, Some(Expect::absent()));
        Ok(())
    }

    /// Puts a mail that tells of nothing that is written with it; `false`: it was put before.
    pub async fn put_mail(&self, mail: &Mail) -> Result<bool, StoreError> {
        self.store.put_if(self.mail_item(mail)?, Expect::absent()).await
    }

    /// A mail, while it is kept.
    pub async fn mail(&self, mail: MailId) -> Result<Option<MailRecord>, StoreError> {
        let item: Option<MailItem> = self.store.get(keys::mail(self.account, mail)).await?;
        Ok(item.map(MailRecord::from))
    }

    /// Notes that a mail was sent; `false`: it is not kept any more.
    pub async fn mail_sent(&self, mail: MailId, at: Timestamp) -> Result<bool, StoreError> {
        let at = vec![(":at", AttributeValue::N(at.as_millisecond().to_string()))];
        let key = keys::mail(self.account, mail);
        self.store.update_if(key, "SET sent_at = :at", at, "attribute_exists(pk)").await
    }

    fn mail_item(&self, mail: &Mail) -> Result<NewItem, StoreError> {
        let Mail { id, to, at, letter } = mail.clone();
        let item = MailItem { id, to, at, letter: letter.into(), sent_at: None };
        let item = NewItem::new(keys::mail(self.account, id), &item)?;
        Ok(match at.checked_add(KEPT_FOR) {
            Ok(end) => item.expiring(end),
            Err(_) => item,
        })
    }
}

/// Which mail an item of the stream is; `None`: it is of another kind.
pub(crate) fn streamed(item: &serde_dynamo::Item) -> Result<Option<(AccountId, MailId)>, StoreError> {
    let text = |name: &str| match item.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.as_str()),
        _ => None,
    };
    if text(crate::item::KIND) != Some(MailItem::KIND) {
        return Ok(None);
    }
    let ids = text(keys::PK).and_then(keys::parse_mail);
    ids.map(Some).ok_or_else(|| StoreError::unreadable(MailItem::KIND, "the partition key is not a mail's"))
}
