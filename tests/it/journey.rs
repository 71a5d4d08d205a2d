//! What people do with the product, from the customer's text to the receipt, rule by rule.
//!
//! A test's name begins with the rules that it shows (see `docs/rules.md`). Each ends with an audit: the balance is the
//! sum of the ledger, and what is counted is what is listed (I05, I13).

mod consent;
mod inbox;
mod media;
mod paid;
mod receipts;
mod snooze;
mod timeline;
mod told;
