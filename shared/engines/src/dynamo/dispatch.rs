//! From `X-Amz-Target` and JSON to dynoxide's typed operations and back, errors included.

use dynoxide::{Database, DynoxideError, actions};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Answer;
use super::capacity::{Consumed, Kind, ask_for_detail, measure};
use crate::connector::{Refusal, Response};

/// The protocol's content type.
pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// The prefix of AWS's own error names in `__type`.
const ERROR_SPACE: &str = "com.amazonaws.dynamodb.v20120810#";

macro_rules! plain {
    ($db:ident, $method:ident, $body:ident) => {
        written(&$db.$method(parse($body)?)?, None)
    };
}

macro_rules! measured {
    ($db:ident, $method:ident, $body:ident, $kind:expr, $request:path) => {{
        let mut request: $request = parse($body)?;
        let asked = ask_for_detail(&mut request.return_consumed_capacity);
        let mut response = $db.$method(request)?;
        let capacity = measure(&response.consumed_capacity, $kind);
        response.consumed_capacity.reduce_to(asked.as_deref());
        written(&response, Some(capacity))
    }};
}

/// Runs one operation.
pub(super) fn dispatch(
    db: &Database,
    operation: &str,
    body: &[u8],
    streams_off: bool,
) -> Result<Answer, DynoxideError> {
    use Kind::{Read, Write};
    use actions as a;
    match operation {
        "GetItem" => measured!(db, get_item, body, Read, a::get_item::GetItemRequest),
        "Query" => measured!(db, query, body, Read, a::query::QueryRequest),
        "Scan" => measured!(db, scan, body, Read, a::scan::ScanRequest),
        "BatchGetItem" => measured!(db, batch_get_item, body, Read, a::batch_get_item::BatchGetItemRequest),
        "TransactGetItems" => {
            measured!(db, transact_get_items, body, Read, a::transact_get_items::TransactGetItemsRequest)
        }
        "PutItem" => measured!(db, put_item, body, Write, a::put_item::PutItemRequest),
        "UpdateItem" => measured!(db, update_item, body, Write, a::update_item::UpdateItemRequest),
        "DeleteItem" => measured!(db, delete_item, body, Write, a::delete_item::DeleteItemRequest),
        "BatchWriteItem" => {
            measured!(db, batch_write_item, body, Write, a::batch_write_item::BatchWriteItemRequest)
        }
        "TransactWriteItems" => {
            measured!(
                db,
                transact_write_items,
                body,
                Write,
                a::transact_write_items::TransactWriteItemsRequest
            )
        }
        "ExecuteStatement" => plain!(db, execute_statement, body),
        "ExecuteTransaction" => plain!(db, execute_transaction, body),
        "BatchExecuteStatement" => plain!(db, batch_execute_statement, body),
        "CreateTable" if streams_off => written(&db.create_table(parse(&without_stream(body))?)?, None),
        other => dispatch_tables(db, other, body),
    }
}

/// Operations on tables and streams.
fn dispatch_tables(db: &Database, operation: &str, body: &[u8]) -> Result<Answer, DynoxideError> {
    match operation {
        "CreateTable" => plain!(db, create_table, body),
        "DeleteTable" => plain!(db, delete_table, body),
        "DescribeTable" => plain!(db, describe_table, body),
        "UpdateTable" => plain!(db, update_table, body),
        "ListTables" => plain!(db, list_tables, body),
        "UpdateTimeToLive" => plain!(db, update_time_to_live, body),
        "DescribeTimeToLive" => plain!(db, describe_time_to_live, body),
        "ListStreams" => plain!(db, list_streams, body),
        "DescribeStream" => plain!(db, describe_stream, body),
        "GetShardIterator" => plain!(db, get_shard_iterator, body),
        "GetRecords" => plain!(db, get_records, body),
        "TagResource" => plain!(db, tag_resource, body),
        "UntagResource" => plain!(db, untag_resource, body),
        "ListTagsOfResource" => plain!(db, list_tags_of_resource, body),
        other => {
            Err(DynoxideError::ValidationException(format!("{other:?} is not an operation of this engine")))
        }
    }
}

/// Whether the operation may have written items.
pub(super) fn writes(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem"
            | "UpdateItem"
            | "DeleteItem"
            | "BatchWriteItem"
            | "TransactWriteItems"
            | "ExecuteStatement"
            | "ExecuteTransaction"
            | "BatchExecuteStatement"
    )
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

fn written(
    response: &impl Serialize,
    capacity: Option<crate::calls::Capacity>,
) -> Result<Answer, DynoxideError> {
    let json = serde_json::to_string(response)
        .map_err(|error| DynoxideError::InternalServerError(format!("the answer is not JSON: {error}")))?;
    Ok(Answer { json, capacity })
}

fn without_stream(body: &[u8]) -> Vec<u8> {
    let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(fields) = request.as_object_mut() {
        fields.remove("StreamSpecification");
    }
    request.to_string().into_bytes()
}

/// The refusal of a request that does not have the operation's shape.
///
/// dynoxide's request types mark the kind of error in the text of the parser's message; its own server turns
/// that into the service's errors, but does not let others use that code.
pub(super) fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let bare = text.rfind(" at line ").map_or(text.as_str(), |end| text.get(..end).unwrap_or(&text));
    if let Some((mark, message)) = bare.split_once(':') {
        match mark {
            "VALIDATION" | "VALIDATION_REQUEST" | "VALIDATION_AS_READ" => {
                return DynoxideError::ValidationException(message.to_owned());
            }
            "SERIALIZATION" | "SERIALIZATION_AS_READ" => {
                return DynoxideError::SerializationException(message.to_owned());
            }
            _ => {}
        }
    }
    let missing = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
    if missing.iter().any(|sign| bare.contains(sign)) {
        DynoxideError::ValidationException(bare.to_owned())
    } else {
        DynoxideError::SerializationException(bare.to_owned())
    }
}

/// The error's name without its name space, for example `ValidationException`.
pub(super) fn error_name(error: &DynoxideError) -> &'static str {
    let full = error.error_type();
    full.rsplit('#').next().unwrap_or(full)
}

/// An error as the service answers it.
pub(super) fn error_response(error: &DynoxideError) -> Response {
    Response::new(error.status_code(), CONTENT_TYPE, error.to_json()).with_error(error_name(error))
}

/// A refusal that this engine never makes by itself, in the words of AWS.
pub(super) fn refusal(refusal: Refusal, operation: &str, body: &[u8]) -> Option<Response> {
    match refusal {
        Refusal::Throttled => {
            let name = "ProvisionedThroughputExceededException";
            let message = "The level of configured provisioned throughput for the table was exceeded. Consider \
                           increasing your provisioning level with the UpdateTable API.";
            Some(refused(name, &json!({"__type": format!("{ERROR_SPACE}{name}"), "message": message})))
        }
        Refusal::TransactionConflict if operation == "TransactWriteItems" => Some(conflict(body)),
        Refusal::TransactionConflict => None,
    }
}

/// One reason for each item of the transaction: the first is the one in conflict.
fn conflict(body: &[u8]) -> Response {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let items = request.get("TransactItems").and_then(Value::as_array).map_or(1, Vec::len).max(1);
    let mut codes = vec!["None"; items];
    let mut reasons = vec![json!({"Code": "None"}); items];
    if let (Some(code), Some(reason)) = (codes.first_mut(), reasons.first_mut()) {
        *code = "TransactionConflict";
        *reason = json!({"Code": code, "Message": "Transaction is ongoing for the item"});
    }
    let name = "TransactionCanceledException";
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let body =
        json!({"__type": format!("{ERROR_SPACE}{name}"), "Message": message, "CancellationReasons": reasons});
    refused(name, &body)
}

fn refused(name: &str, body: &Value) -> Response {
    Response::new(400, CONTENT_TYPE, body.to_string()).with_error(name)
}
