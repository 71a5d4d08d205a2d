//! The whole product in one process on one machine, for development and for trying it out.
//!
//! [`start`] reads `infra/template.yaml` as AWS would: its routes, queues, event sources, schedules, its table, each
//! function's environment and permissions. The functions are the ones that run in Lambda, linked in ([`linked`]); the
//! services are embedded (`engines`); a request passes through the same events and the same `lambda_http` code as there.
//!
//! | module | stands for |
//! |---|---|
//! | [`gateway`], [`routes`], [`event`], [`socket`] | API Gateway |
//! | [`functions`], [`linked`], [`outside`] | Lambda: invocations, environments |
//! | [`mappings`], [`filter`] | Lambda's event source mappings, `EventBridge` Scheduler |
//! | [`permissions`] | IAM |
//! | [`document`], [`template`], [`resolve`], [`resources`] | `CloudFormation` |
//! | [`simulator`] | a carrier and its customers' phones |
//! | [`mailbox`] | the mailboxes of the people who work with the product |

pub mod demo;
pub mod document;
pub mod engines_client;
pub mod event;
mod files;
pub mod filter;
pub mod folder;
pub mod functions;
pub mod gateway;
pub mod linked;
pub mod mailbox;
pub mod mappings;
pub mod outside;
pub mod permissions;
pub mod resolve;
pub mod resources;
pub mod routes;
pub mod running;
pub mod simulator;
pub mod simulator_only;
pub mod socket;
pub mod stack;
pub mod template;

pub use running::{Restless, Running};
pub use stack::{Options, StartError, start};
