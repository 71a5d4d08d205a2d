//! Gateways: our numbers at the carriers. Found by account, and by id alone when a carrier calls.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::CarrierId,
    gateway::{Gateway, Pace, Trouble},
    id::{AccountId, GatewayId},
    message::Refusal,
    name::DisplayName,
    sender_id::SenderId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Store, Traces,
    cursor::InvalidCursor,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys,
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// Why a gateway was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddGatewayError {
    /// The account has a gateway with this number already.
    #[error("the number has a gateway already")]
    NumberTaken,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize, Deserialize)]
pub(crate) struct GatewayItem {
    id: GatewayId,
    account: AccountId,
    name: DisplayName,
    carrier: CarrierId,
    #[serde(rename = "number")]
    sender: SenderId,
    sends_media: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pace: Option<Pace>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backup: Option<GatewayId>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    retired_at: Option<Timestamp>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    trouble_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trouble_reason: Option<Refusal>,
    #[serde(with = "millis")]
    created_at: Timestamp,
    version: u64,
}

impl Stored for GatewayItem {
    const KIND: &'static str = "gateway";
}

/// Keeps a number from having two gateways in one account.
#[derive(Serialize, Deserialize)]
pub(crate) struct OurNumberItem {
    gateway: GatewayId,
}

impl Stored for OurNumberItem {
    const KIND: &'static str = "our_number";
}

impl From<GatewayItem> for Gateway {
    fn from(it: GatewayItem) -> Self {
        let GatewayItem { id, account, name, carrier, sender, sends_media, .. } = it;
        let GatewayItem { pace, backup, retired_at, created_at, .. } = it;
        let trouble = it.trouble_since.zip(it.trouble_reason);
        let trouble = trouble.map(|(since, reason)| Trouble { since, reason });
        Self {
            id,
            account,
            name,
            carrier,
            sender,
            sends_media,
            pace,
            backup,
            retired_at,
            trouble,
            created_at,
        }
    }
}

impl GatewayItem {
    fn new(it: &Gateway, version: u64) -> Self {
        Self {
            id: it.id,
            account: it.account,
            name: it.name.clone(),
            carrier: it.carrier,
            sender: it.sender.clone(),
            sends_media: it.sends_media,
            pace: it.pace,
            backup: it.backup,
            retired_at: it.retired_at,
            trouble_since: it.trouble.map(|it| it.since),
            trouble_reason: it.trouble.map(|it| it.reason),
            created_at: it.created_at,
            version,
        }
    }
}

/// A gateway as it was read, to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRecord {
    /// The gateway.
    pub gateway: Gateway,
    /// Rises with every change; a save is made over the version that was read.
    pub version: u64,
}

impl Store {
    /// The gateway that a carrier's webhook names. It says whose the webhook is.
    pub async fn gateway(&self, gateway: GatewayId) -> Result<Option<Gateway>, StoreError> {
        let item: Option<GatewayItem> = self.get(keys::gateway(gateway)).await?;
        Ok(item.map(Gateway::from))
    }

    /// Notes that a gateway does not work, unless that is known.
    pub async fn troubled(&self, gateway: GatewayId, trouble: Trouble) -> Result<(), StoreError> {
        let reason = serde_dynamo::to_attribute_value(trouble.reason)
            .map_err(|error| StoreError::unreadable_item(GatewayItem::KIND, &error))?;
        let since = AttributeValue::N(trouble.since.as_millisecond().to_string());
        let values = vec![(":since", since), (":reason", reason)];
        let change = "SET trouble_since = :since, trouble_reason = :reason";
        let condition = "attribute_exists(pk) AND attribute_not_exists(trouble_since)";
        self.update_if(keys::gateway(gateway), change, values, condition).await.map(drop)
    }

    /// A gateway works again.
    pub async fn works_again(&self, gateway: GatewayId) -> Result<(), StoreError> {
        let change = "REMOVE trouble_since, trouble_reason";
        let condition = "attribute_exists(trouble_since)";
        self.update_if(keys::gateway(gateway), change, Vec::new(), condition).await.map(drop)
    }
}

impl AccountStore {
    /// A page of the account's gateways, in the order in which they were added.
    pub async fn gateways(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Gateway>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Lists, keys::gateways(self.account), page.limit);
        self.page("gateways", request, page, |item| read::<GatewayItem>(item).map(Gateway::from)).await
    }

    /// A gateway of the account, to be changed.
    pub async fn gateway_record(&self, id: GatewayId) -> Result<Option<GatewayRecord>, StoreError> {
        let item: Option<GatewayItem> = self.store.get(keys::gateway(id)).await?;
        let item = item.filter(|item| item.account == self.account);
        Ok(item.map(|item| GatewayRecord { version: item.version, gateway: item.into() }))
    }

    /// Saves a gateway over the version that was read; `false`: somebody else has changed it.
    pub async fn save_gateway(&self, record: &GatewayRecord, traces: &Traces) -> Result<bool, StoreError> {
        let item = GatewayItem::new(&record.gateway, record.version.saturating_add(1));
        let item = NewItem::new(keys::gateway(record.gateway.id), &item)?;
        let item = item.listed(keys::gateways(self.account), record.gateway.id.to_string());
        let mut transaction = Transaction::new(&self.store);
        transaction.put((), item, Some(Expect::version(record.version)));
        self.leave(&mut transaction, (), traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// Whether the account has a gateway with this number.
    pub async fn has_gateway_for(&self, sender: &SenderId) -> Result<bool, StoreError> {
        let taken: Option<OurNumberItem> = self.store.get(keys::our_number(self.account, sender)).await?;
        Ok(taken.is_some())
    }

    /// Adds a gateway. The first of an account becomes the one that new conversations start from.
    pub async fn add_gateway(&self, gateway: &Gateway, traces: &Traces) -> Result<(), AddGatewayError> {
        let item = GatewayItem::new(gateway, 1);
        let item = NewItem::new(keys::gateway(gateway.id), &item)?;
        let item = item.listed(keys::gateways(self.account), gateway.id.to_string());
        let number = keys::our_number(self.account, &gateway.sender);
        let number = NewItem::new(number, &OurNumberItem { gateway: gateway.id })?;
        let mut transaction = Transaction::new(&self.store);
        transaction.put((), item, Some(Expect::absent()));
        transaction.put((), number, Some(Expect::absent()));
        transaction.update(
            (),
            keys::account(self.account),
            "SET default_gateway = if_not_exists(default_gateway, :gateway)",
            vec![(":gateway", AttributeValue::S(gateway.id.to_string()))],
            "attribute_exists(pk)",
        );
        self.leave(&mut transaction, (), traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Refused(_)) => Err(AddGatewayError::NumberTaken),
            Err(TransactionError::Store(error)) => Err(error.into()),
        }
    }
}
