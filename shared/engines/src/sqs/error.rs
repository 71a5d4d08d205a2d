//! SQS's errors, each in its two spellings: the shape's name (JSON protocol) and the older query code, which SDKs
//! read from a header.

use serde_json::{Value, json};

use crate::connector::Response;

/// The protocol's content type.
pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// An error of SQS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct SqsError {
    shape: &'static str,
    code: &'static str,
    status: u16,
    message: String,
}

impl SqsError {
    fn new(shape: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { shape, code, status: 400, message: message.into() }
    }

    /// The name of the error's shape, for example `QueueDoesNotExist`.
    pub fn shape(&self) -> &'static str {
        self.shape
    }

    pub(super) fn no_such_queue() -> Self {
        let message = "The specified queue does not exist.";
        Self::new("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", message)
    }

    pub(super) fn name_taken(attribute: &str) -> Self {
        let message = format!(
            "A queue already exists with the same name and a different value for attribute {attribute}"
        );
        Self::new("QueueNameExists", "QueueAlreadyExists", message)
    }

    pub(super) fn invalid_value(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterValue", "InvalidParameterValue", message)
    }

    pub(super) fn missing(parameter: &str) -> Self {
        let message = format!("The request must contain the parameter {parameter}.");
        Self::new("MissingParameter", "MissingParameter", message)
    }

    pub(super) fn invalid_attribute_name(name: &str) -> Self {
        Self::new("InvalidAttributeName", "InvalidAttributeName", format!("Unknown Attribute {name}."))
    }

    pub(super) fn invalid_attribute_value(name: &str) -> Self {
        let message = format!("Invalid value for the parameter {name}.");
        Self::new("InvalidAttributeValue", "InvalidAttributeValue", message)
    }

    pub(super) fn invalid_contents() -> Self {
        let message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | \
                       #xE000 to #xFFFD | #x10000 to #x10FFFF";
        Self::new("InvalidMessageContents", "InvalidMessageContents", message)
    }

    pub(super) fn invalid_receipt(handle: &str) -> Self {
        let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        Self::new("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", message)
    }

    pub(super) fn not_in_flight() -> Self {
        let code = "AWS.SimpleQueueService.MessageNotInflight";
        Self::new("MessageNotInflight", code, "The specified message isn't in flight.")
    }

    pub(super) fn empty_batch() -> Self {
        let code = "AWS.SimpleQueueService.EmptyBatchRequest";
        Self::new("EmptyBatchRequest", code, "There should be at least one entry in the request.")
    }

    pub(super) fn batch_too_many(entries: usize) -> Self {
        let code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
        let message = format!("Maximum number of entries per request are 10. You have sent {entries}.");
        Self::new("TooManyEntriesInBatchRequest", code, message)
    }

    pub(super) fn batch_id_twice(id: &str) -> Self {
        let code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
        Self::new("BatchEntryIdsNotDistinct", code, format!("Id {id} repeated."))
    }

    pub(super) fn batch_id_invalid() -> Self {
        let code = "AWS.SimpleQueueService.InvalidBatchEntryId";
        let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
                       It can be at most 80 letters long.";
        Self::new("InvalidBatchEntryId", code, message)
    }

    pub(super) fn batch_too_long(limit: usize, sent: usize) -> Self {
        let code = "AWS.SimpleQueueService.BatchRequestTooLong";
        let message =
            format!("Batch requests cannot be longer than {limit} bytes. You have sent {sent} bytes.");
        Self::new("BatchRequestTooLong", code, message)
    }

    pub(super) fn no_such_resource(message: &str) -> Self {
        Self::new("ResourceNotFoundException", "ResourceNotFoundException", message)
    }

    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self::new("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", message)
    }

    /// The request is not the JSON that the operation takes.
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        Self::new("SerializationException", "MalformedInput", error.to_string())
    }

    pub(super) fn throttled() -> Self {
        let throttled = Self::new("RequestThrottled", "RequestThrottled", "Request was throttled.");
        Self { status: 403, ..throttled }
    }

    /// The error as one entry of a batch's `Failed` list.
    pub(super) fn batch_entry(&self, id: &str) -> Value {
        json!({"Id": id, "SenderFault": true, "Code": self.code, "Message": self.message})
    }

    pub(super) fn response(&self) -> Response {
        let body = json!({"__type": format!("com.amazonaws.sqs#{}", self.shape), "message": self.message});
        Response::new(self.status, CONTENT_TYPE, body.to_string())
            .with_header("x-amzn-query-error", format!("{};Sender", self.code))
            .with_error(self.shape)
    }
}
