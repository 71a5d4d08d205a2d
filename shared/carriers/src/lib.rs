//! Carriers: how Textdesk speaks with the companies that carry text messages.
//!
//! A *connector* is one module that implements [`Carrier`]: it builds the request that sends a message, reads the
//! answer, checks that a webhook really comes from the carrier, and reads what the webhook says. It does no I/O:
//! it has no clock, no network and no storage, so each of its steps is tested with plain bytes. The one place that
//! makes an HTTP call is [`execute`].
//!
//! To add a carrier, follow `docs/adding-a-carrier.md`; `tests/conformance.rs` then runs it through the same table
//! of cases as every other one.

pub mod aws_end_user_messaging;
pub mod bandwidth;
pub mod bird;
mod contract;
mod credentials;
pub mod download;
mod events;
pub mod execute;
pub mod infobip;
mod meaning;
pub mod message_bird;
mod outcome;
mod parameters;
pub mod plivo;
mod reading;
mod registry;
mod signing;
pub mod simulated;
pub mod sinch;
pub mod telnyx;
pub mod twilio;
pub mod vonage;
pub mod vonage_sms;
mod webhook;
mod wire;

pub use contract::{Carrier, CarrierId, Limits, NotSendable, Outgoing, UnknownCarrier};
pub use credentials::{Credentials, InvalidCredentials};
pub use download::{DownloadError, Downloads};
pub use events::{
    CarrierFailure, Confirmation, Event, InboundMedia, InboundMessage, OptOut, StatusReport, UnknownEvent,
};
pub use execute::{ExecuteError, HttpExecutor, ReqwestExecutor, lookup, send};
pub use outcome::{Code, Outcome};
pub use registry::{ALL, carrier};
pub use webhook::{FetchedKey, Forged, Genuine, Unreadable, Webhook};
pub use wire::{HttpReply, HttpRequest};

// What the contract is written in, so that a connector's reader finds all of it here.
pub use domain::message::{CarrierReference, ReceiptStatus, Refusal};
