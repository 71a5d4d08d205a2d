//! The table through the real SDK client, over an embedded DynamoDB: production's expressions, keys and retries.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod alerts;
mod audit;
mod budgets;
mod collisions;
mod contacts;
mod conversations;
mod credits;
mod delivery;
mod document;
mod due;
mod expiry;
mod faults;
mod gateways;
mod idempotency;
mod inbox;
mod lagging;
mod limits;
mod lists;
mod lists_of_contacts;
mod mails;
mod media;
mod notifications;
mod numbers;
mod orders;
mod records;
mod scheduled;
mod steps;
mod sub_accounts;
mod support;
mod timeline;
mod turns;
mod unknown_events;
mod unreadable;
mod users;
