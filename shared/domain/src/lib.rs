//! The rules of the product, as values in and values out.
//!
//! Start here to learn what Textdesk is about: what an id, a phone number, a text and its price in segments
//! are, which states a message and a conversation go through, who may see what and who is told. Nothing in
//! this crate reads a clock, draws a random number, waits, or knows that a table, a network or HTTP exist:
//! callers pass in what it needs, so each rule is tested by calling it. Untrusted input becomes a type with
//! one way in (STYLE: parse, don't validate); whoever holds such a value need not check again.

pub mod access;
pub mod account;
pub mod alerts;
pub mod audit;
pub mod automation;
pub mod body;
pub mod branding;
pub mod consent;
pub mod contact;
pub mod conversation;
pub mod credits;
pub mod csv;
pub mod email;
pub mod gateway;
pub mod happening;
pub mod id;
pub mod job;
pub mod keyword;
pub mod link;
pub mod live;
pub mod lockout;
pub mod mail;
pub mod managed;
pub mod media;
pub mod message;
pub mod name;
pub mod news;
pub mod note;
pub mod notify;
pub mod orders;
pub mod phone;
pub mod policy;
pub mod prices;
pub mod push;
pub mod quick_reply;
pub mod quiet;
pub mod quiet_hours;
pub mod read_marks;
pub mod saved_view;
pub mod scheduled;
pub mod scope;
pub mod search;
pub mod second_factor;
pub mod security;
pub mod segments;
pub mod sender_id;
pub mod snooze;
pub mod statistics;
pub mod tag;
pub mod template;
pub mod timeline;
pub mod usage;
