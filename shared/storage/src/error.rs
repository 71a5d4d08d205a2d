//! Why the table could not answer.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// The table did not do what was asked; whether it has done it may be unknown. The caller may try again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The table is overloaded, out of reach or answered with an error.
    #[error("the table did not answer {operation} ({code})")]
    Unavailable {
        /// The operation of the DynamoDB API.
        operation: &'static str,
        /// The code of the error, or what kind of failure it was.
        code: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// An item is not what the code of today can read. Its kind is named, its content is not.
    #[error("an item of the kind {kind} cannot be read")]
    Unreadable {
        /// The kind of the item.
        kind: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Others kept changing the same items at the same moment.
    #[error("too many changes to the same items at once")]
    Contention,
}

impl StoreError {
    pub(crate) fn unreadable(kind: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unreadable { kind, source: source.into() }
    }

    /// An error of serde's about an item. It quotes what it could not read, which may be somebody's name: what follows
    /// the first quotation mark is left out, unless it is the name of a field.
    pub(crate) fn unreadable_item(kind: &'static str, error: &serde_dynamo::Error) -> Self {
        let text = error.to_string();
        let told = if text.starts_with("missing field") {
            text
        } else {
            text.split(['"', '`']).next().unwrap_or_default().to_owned()
        };
        Self::unreadable(kind, told)
    }
}

/// Turns an error of the SDK into a [`StoreError`].
pub(crate) fn unavailable<E>(operation: &'static str) -> impl FnOnce(SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    move |error| {
        let code = match &error {
            SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown").to_owned(),
            SdkError::TimeoutError(_) => "timeout".to_owned(),
            SdkError::DispatchFailure(_) => "dispatch failure".to_owned(),
            _ => "no response".to_owned(),
        };
        StoreError::Unavailable { operation, code, source: Box::new(error) }
    }
}
