//! The engines through the real AWS SDK clients, as the product uses them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod dynamo;
mod faults;
mod secrets;
mod ses;
mod sns;
mod sqs;
mod sqs_fifo;
mod streams;
mod support;
