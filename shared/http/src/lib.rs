//! Between API Gateway and a use case: who asks, what they ask, and how an answer looks.
//!
//! A function's handlers declare what they need in their signature (`Caller`, `Param`, `Query`, `Valid`); each of
//! these either yields a value that can be trusted or answers with a [`Problem`] before the handler runs. No other
//! crate knows status codes. [`service`] puts the same layers around every function's routes.

mod errors;
mod export;
mod extract;
pub mod field;
mod idempotency;
mod object;
pub mod openapi;
mod page;
mod password;
mod problem;
pub mod resource;
pub mod schema;
mod service;
mod webhook;

pub use export::{CSV, Cell, csv_file, export_part};
pub use extract::{
    BODY_BYTES_MAX, Caller, CallerOnHold, ClientAddress, ClientOrigin, IdempotencyKey, Operator, Param,
    Query, RAW_BODY_BYTES_MAX, RawBody, Valid,
};
pub use field::{Code, FieldError};
pub use idempotency::idempotent;
pub use object::{object, optional_object};
pub use page::{LIMIT_DEFAULT, LIMIT_MAX, Page, PageLimit, PageQuery};
pub use password::{password_flaws, password_flaws_at};
pub use problem::{Cause, Problem, ProblemDocument, ProblemKind, TYPE_BASE};
pub use service::service;
pub use webhook::webhook;
