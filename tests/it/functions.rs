//! The functions one by one: what each route takes, what it refuses and with which words, and what each worker does with
//! the records that it is given. Routers and batch handlers are called directly, over a world whose parts can fail.

mod api;
mod gateways;
mod inbox;
mod lifecycle;
mod messages;
mod paid;
mod people;
mod rights;
mod told;
mod webhooks;
mod workers;
