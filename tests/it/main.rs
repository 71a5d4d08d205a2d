//! Tests through the public interfaces: the API, the template, the tree itself.
//!
//! One binary, so that it is linked once. `rules`, `template` and `tidy` are house rules; `tour` replays the README;
//! `events` feeds the sample events of `infra/events` to the handlers; the others speak HTTP to the whole product.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod bad_days;
mod bad_input;
mod carriers_offered;
mod events;
mod functions;
mod house;
mod journey;
mod openapi;
mod product;
mod rules;
mod strangers;
mod template;
mod tidy;
mod tour;
