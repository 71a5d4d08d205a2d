//! What the product does: one module per use case.
//!
//! A use case loads what it needs through `storage`, asks the `domain` for the decision and writes the outcome in one
//! transaction. It knows neither HTTP (that is `http-api`) nor keys (that is `storage`) nor where time, ids, queues and
//! secrets come from: those are the [`ports`], given by `runtime` in AWS, by `infra/local` on a laptop and by `testkit`
//! in tests.

pub mod accounts;
pub mod administered;
mod alerting;
pub mod alerts;
pub mod allocations;
pub mod api_keys;
pub mod assign;
pub mod audit;
pub mod audit_log;
mod automatic;
pub mod automations;
mod begin;
pub mod caller;
pub mod changes;
mod consent_answers;
mod contact_copies;
pub mod contact_lists;
pub mod contacts;
pub mod conversations;
pub mod credits;
pub mod deliver;
pub mod departures;
pub mod devices;
pub mod digests;
pub mod dispatch;
pub mod email_change;
mod error;
pub mod first_users;
pub mod gateways;
pub mod invitations;
pub mod jobs;
mod keyword_answers;
pub mod keywords;
pub mod links;
pub mod live;
mod log_keeping;
pub mod mail;
pub mod media;
pub mod news;
pub mod notes;
pub mod notifications;
pub mod orders;
pub mod own_security;
pub mod password_reset;
pub mod passwords;
pub mod pins;
pub mod ports;
pub mod project;
pub mod quick_replies;
pub mod read_marks;
pub mod receive;
pub mod scopes;
pub mod search;
pub mod second_factor;
pub mod security;
pub mod send;
pub mod sessions;
pub mod sign_in;
pub mod statistics;
pub mod status;
pub mod sub_accounts;
pub mod support;
pub mod sweep;
pub mod tags;
pub mod teams;
mod telling;
pub mod templates;
pub mod unsnooze;
pub mod usage;
pub mod users;
pub mod views;
pub mod webhook;

pub use caller::Caller;
pub use error::Failure;
pub use ports::{App, Clock, Config, IdSource, Live, Mailer, Notifier, Queues, Secrets};
