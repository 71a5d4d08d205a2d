//! Gateways: our numbers at the carriers. Found by account, and by id alone when a carrier calls.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::{CarrierId, Gateway},
    id::{AccountId, GatewayId},
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
    #[serde(with = "millis")]
    created_at: Timestamp,
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
        let GatewayItem { id, account, name, carrier, sender, created_at } = it;
        Self { id, account, name, carrier, sender, created_at }
    }
}

impl Store {
    /// The gateway that a carrier's webhook names. It says whose the webhook is.
    pub async fn gateway(&self, gateway: GatewayId) -> Result<Option<Gateway>, StoreError> {
        let item: Option<GatewayItem> = self.get(keys::gateway(gateway)).await?;
        Ok(item.map(Gateway::from))
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

    /// Whether the account has a gateway with this number.
    pub async fn has_gateway_for(&self, sender: &SenderId) -> Result<bool, StoreError> {
        let taken: Option<OurNumberItem> = self.store.get(keys::our_number(self.account, sender)).await?;
        Ok(taken.is_some())
    }

    /// Adds a gateway. The first of an account becomes the one that new conversations start from.
    pub async fn add_gateway(&self, gateway: &Gateway, traces: &Traces) -> Result<(), AddGatewayError> {
        let item = GatewayItem {
            id: gateway.id,
            account: self.account,
            name: gateway.name.clone(),
            carrier: gateway.carrier,
            sender: gateway.sender.clone(),
            created_at: gateway.created_at,
        };
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
