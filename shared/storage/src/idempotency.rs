//! Idempotency keys: the same request again gives the same answer again (I12).
//!
//! One conditional write decides who runs. It is the state machine of AWS's Powertools: in progress until a deadline,
//! then completed with the answer, until the record expires. Expiry is compared here, because DynamoDB removes expired
//! items only within days.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys,
    transact::{Transaction, TransactionError},
    write::Expect,
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
    ///
    /// A transaction of one write, so that the SDK can repeat it when its answer was lost: a plain write would then find
    /// its own lock and wait for itself.
    pub async fn idempotency_begin(
        &self,
        key_hash: [u8; 32],
        fingerprint: [u8; 32],
        now: Timestamp,
        lock_until: Timestamp,
        expires: Timestamp,
    ) -> Result<Begin, StoreError> {
        let fingerprint = hex::encode(fingerprint);
        let item = IdempotencyItem {
            fingerprint: fingerprint.clone(),
            locked_until: lock_until,
            ends_at: expires,
            answer: None,
        };
        let item = NewItem::new(keys::idempotency(self.account, &key_hash), &item)?.expiring(expires);
        let expect = Expect {
            expression: "attribute_not_exists(pk) OR ends_at <= :now \
                 OR (attribute_type(answer, :null) AND locked_until <= :now AND fingerprint = :fingerprint)",
            values: vec![
                (":now", AttributeValue::N(now.as_millisecond().to_string())),
                (":fingerprint", AttributeValue::S(fingerprint.clone())),
                null(),
            ],
        };
        let mut transaction = Transaction::new(&self.store);
        transaction.put((), item, Some(expect));
        let existing: IdempotencyItem = match transaction.run(&self.store).await {
            Ok(()) => return Ok(Begin::Run),
            Err(TransactionError::Store(error)) => return Err(error),
            Err(TransactionError::Refused(refused)) => match refused.item(()) {
                Some(item) => read(item.clone())?,
                None => return Ok(Begin::InProgress),
            },
        };
        Ok(match existing.answer {
            _ if existing.fingerprint != fingerprint => Begin::Reused,
            Some(answer) => Begin::Answer(answer),
            None => Begin::InProgress,
        })
    }

    /// Keeps the answer of a request that was carried out, unless one is kept already: what was answered once stays.
    pub async fn idempotency_complete(
        &self,
        key_hash: [u8; 32],
        answer: &StoredAnswer,
    ) -> Result<(), StoreError> {
        let value = serde_dynamo::to_attribute_value(answer)
            .map_err(|error| StoreError::unreadable_item(IdempotencyItem::KIND, &error))?;
        let key = keys::idempotency(self.account, &key_hash);
        let values = vec![(":answer", value), null()];
        self.store.update_if(key, "SET answer = :answer", values, UNANSWERED).await.map(drop)
    }

    /// Forgets a key whose request was not carried out, so that it may be tried again. An answer is never forgotten.
    pub async fn idempotency_release(&self, key_hash: [u8; 32]) -> Result<(), StoreError> {
        let key = keys::idempotency(self.account, &key_hash);
        let expect = Expect { expression: UNANSWERED, values: vec![null()] };
        self.store.delete_if(key, expect).await.map(drop)
    }
}

/// There is a record, and no answer in it yet.
const UNANSWERED: &str = "attribute_type(answer, :null)";

fn null() -> (&'static str, AttributeValue) {
    (":null", AttributeValue::S("NULL".into()))
}
