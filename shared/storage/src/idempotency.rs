//! Idempotency keys: the same request again gives the same answer again (I12).
//!
//! One conditional write decides who runs. It is the state machine of AWS's Powertools: in progress until a deadline,
//! then completed with the answer, until the record expires. Expiry is compared here, because DynamoDB removes expired
//! items only within days.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    error::{StoreError, unavailable},
    item::{NewItem, Stored, key_attributes, millis, read},
    keys,
};

/// The answer to a request that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
}

/// What to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Carry it out.
    Run,
    /// It was carried out: answer this.
    Answer(StoredAnswer),
    /// It is being carried out.
    InProgress,
    /// The key was used for another request.
    Reused,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct IdempotencyItem {
    fingerprint: String,
    #[serde(with = "millis")]
    locked_until: Timestamp,
    #[serde(with = "millis")]
    ends_at: Timestamp,
    answer: Option<StoredAnswer>,
}

impl Stored for IdempotencyItem {
    const KIND: &'static str = "idempotency";
}

impl AccountStore {
    /// Decides what to do with a request that came with a key. `lock_until`: when another may run if this one is never
    /// heard of again; `expires`: when the key is forgotten.
    pub async fn idempotency_begin(
        &self,
        key_hash: [u8; 32],
        fingerprint: [u8; 32],
        now: Timestamp,
        lock_until: Timestamp,
        expires: Timestamp,
    ) -> Result<Begin, StoreError> {
        let fingerprint = fingerprint.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let item = IdempotencyItem {
            fingerprint: fingerprint.clone(),
            locked_until: lock_until,
            ends_at: expires,
            answer: None,
        };
        let item = NewItem::new(keys::idempotency(self.account, &key_hash), &item)?.expiring(expires);
        let put = self
            .store
            .client
            .put_item()
            .table_name(&*self.store.table)
            .set_item(Some(item.into_inner()))
            .condition_expression(
                "attribute_not_exists(pk) OR ends_at < :now \
                 OR (attribute_type(answer, :null) AND locked_until < :now AND fingerprint = :fingerprint)",
            )
            .expression_attribute_values(":now", AttributeValue::N(now.as_millisecond().to_string()))
            .expression_attribute_values(":null", AttributeValue::S("NULL".into()))
            .expression_attribute_values(":fingerprint", AttributeValue::S(fingerprint.clone()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match put.send().await {
            Ok(_) => return Ok(Begin::Run),
            Err(error) => error,
        };
        let existing = match error.as_service_error() {
            Some(aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
                failed,
            )) => failed.item().cloned(),
            _ => return Err(unavailable("PutItem")(error)),
        };
        let existing: IdempotencyItem = match existing {
            Some(item) => read(item)?,
            None => return Ok(Begin::InProgress),
        };
        Ok(match existing.answer {
            _ if existing.fingerprint != fingerprint => Begin::Reused,
            Some(answer) => Begin::Answer(answer),
            None => Begin::InProgress,
        })
    }

    /// Keeps the answer of a request that was carried out.
    pub async fn idempotency_complete(
        &self,
        key_hash: [u8; 32],
        answer: &StoredAnswer,
    ) -> Result<(), StoreError> {
        let value = serde_dynamo::to_attribute_value(answer)
            .map_err(|error| StoreError::unreadable(IdempotencyItem::KIND, error))?;
        self.store
            .client
            .update_item()
            .table_name(&*self.store.table)
            .set_key(Some(key_attributes(keys::idempotency(self.account, &key_hash))))
            .update_expression("SET answer = :answer")
            .expression_attribute_values(":answer", value)
            .send()
            .await
            .map(drop)
            .map_err(unavailable("UpdateItem"))
    }

    /// Forgets a key whose request was not carried out, so that it may be tried again.
    pub async fn idempotency_release(&self, key_hash: [u8; 32]) -> Result<(), StoreError> {
        self.store
            .client
            .delete_item()
            .table_name(&*self.store.table)
            .set_key(Some(key_attributes(keys::idempotency(self.account, &key_hash))))
            .send()
            .await
            .map(drop)
            .map_err(unavailable("DeleteItem"))
    }
}
