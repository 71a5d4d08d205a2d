//! The whole product in one process (draft).
pub mod document;
pub mod event;
pub mod filter;
pub mod permissions;
pub mod resolve;
pub mod routes;
pub mod template;
