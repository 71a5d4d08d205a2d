//! What handlers ask for in their signatures. Each extractor answers with a [`Problem`](crate::Problem) itself if
//! the request lacks what it stands for, so that a handler's body begins with values that can be trusted.

mod address;
mod body;
mod caller;
mod idempotency_key;
mod origin;
mod param;
mod query;

pub use address::ClientAddress;
pub use body::{BODY_BYTES_MAX, RAW_BODY_BYTES_MAX, RawBody, Valid};
pub use caller::{Caller, CallerOnHold, Operator};
pub use idempotency_key::IdempotencyKey;
pub use origin::ClientOrigin;
pub use param::Param;
pub use query::Query;
