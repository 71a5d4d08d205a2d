//! Tests through the public interfaces: the API, the template, the tree itself.
//!
//! One binary, so that it is linked once. `rules`, `template` and `tidy` are house rules; `tour` replays the README;
//! `events` feeds the sample events of `infra/events` to the handlers; `functions` looks at each function alone. The others
//! ask the whole product: `product` over HTTP, here or deployed; `staff` joins, may and leaves; `mail` follows letters from the table to the mailbox; `journey`, `bad_input`, `bad_days` and `strangers` in a
//! `house` with a clock of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod accounts;
mod alerts;
mod audit;
mod automations;
mod bad_days;
mod bad_input;
mod carriers_offered;
mod contact_lists;
mod contacts;
mod events;
mod functions;
mod house;
mod inbox;
mod jobs;
mod journey;
mod keywords;
mod live;
mod mail;
mod media;
mod notifications;
mod openapi;
mod product;
mod published_keys;
mod quick_replies;
mod quiet_hours;
mod read_state;
mod rules;
mod scheduled;
mod search;
mod security;
mod send_test;
mod staff;
mod statistics;
mod strangers;
mod template;
mod templates;
mod tidy;
mod tour;
mod views;
