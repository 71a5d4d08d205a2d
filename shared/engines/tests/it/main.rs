//! The engines through the real AWS SDK clients, as the product uses them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod dynamo;
mod faults;
mod streams;
mod support;
