//! The crate as the functions see it: extractors, layers and idempotency, through routers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod extractors;
mod idempotency;
mod service;
mod support;
