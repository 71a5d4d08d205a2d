//! Draft.
pub mod document;
pub mod engines_client;
pub mod event;
pub mod filter;
pub mod folder;
pub mod functions;
pub mod gateway;
pub mod mappings;
pub mod permissions;
pub mod resolve;
pub mod resources;
pub mod routes;
pub mod simulator;
pub mod template;
