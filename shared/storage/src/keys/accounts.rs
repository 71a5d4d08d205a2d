//! Keys of accounts, their people and their gateways.

use domain::{
    id::{AccountId, GatewayId, UserId},
    sender_id::SenderId,
};

use super::{Key, key};

pub(crate) fn account(account: AccountId) -> Key {
    key(account.to_string(), "account")
}

/// The list of an account's sub accounts.
pub(crate) fn sub_accounts(parent: AccountId) -> String {
    format!("{parent}#accounts")
}

pub(crate) fn users(account: AccountId) -> String {
    format!("{account}#users")
}

pub(crate) fn user(account: AccountId, user: UserId) -> Key {
    key(users(account), user.to_string())
}

/// E-mail addresses are what people wrote: only their hash is part of a key.
pub(crate) fn credential(email_hash: &[u8; 32]) -> Key {
    key(format!("email#{}", hex::encode(email_hash)), "credential")
}

/// Tries at the password of an address, whether or not it is anybody's.
pub(crate) fn tries(email_hash: &[u8; 32]) -> Key {
    key(format!("email#{}", hex::encode(email_hash)), "tries")
}

/// What is written for an address that is nobody's, so that it is as much as for somebody's.
pub(crate) fn decoy(email_hash: &[u8; 32], number: u8) -> Key {
    key(format!("email#{}", hex::encode(email_hash)), format!("decoy#{number}"))
}

pub(crate) fn gateway(gateway: GatewayId) -> Key {
    key(gateway.to_string(), "gateway")
}

/// How busy a gateway's carrier is.
pub(crate) fn turns(gateway: GatewayId) -> Key {
    key(gateway.to_string(), "turns")
}

pub(crate) fn gateways(account: AccountId) -> String {
    format!("{account}#gateways")
}

pub(crate) fn our_number(account: AccountId, sender: &SenderId) -> Key {
    key(format!("{account}#our#{sender}"), "our_number")
}
