//! What the templates may speak of: the facts of a letter, in words.

use std::collections::BTreeMap;

use domain::{
    link::Link,
    mail::{DigestCounts, Letter, Mail, SecurityChange},
    message::Refusal,
    name::DisplayName,
};
use jiff::{Timestamp, tz::TimeZone};

/// Facts by the name that templates use.
pub(crate) type Facts = BTreeMap<&'static str, String>;

/// The template of a letter.
pub(crate) const fn template(letter: &Letter) -> &'static str {
    match letter {
        Letter::Invitation { .. } => "invitation",
        Letter::PasswordReset { .. } => "password_reset",
        Letter::PasswordChanged => "password_changed",
        Letter::EmailConfirmation { .. } => "email_confirmation",
        Letter::EmailChanged => "email_changed",
        Letter::NewSignIn { .. } => "new_sign_in",
        Letter::SecurityChanged { .. } => "security_changed",
        Letter::SecurityAlert { .. } => "security_alert",
        Letter::LowBalance { .. } => "low_balance",
        Letter::FailedDeliveries { .. } => "failed_deliveries",
        Letter::GatewayTrouble { .. } => "gateway_trouble",
        Letter::Digest(_) => "digest",
    }
}

/// The facts of a letter of the account that is shown as `account`, with times of this zone.
pub(crate) fn of(mail: &Mail, account: &DisplayName, zone: &TimeZone) -> Facts {
    let mut facts = Facts::from([("account", text(account)), ("at", time(mail.at, zone))]);
    let mut add = |name, value: String| drop(facts.insert(name, value));
    match &mail.letter {
        Letter::PasswordChanged | Letter::EmailChanged => {}
        Letter::Invitation { name, invited_by, link } => {
            add("name", text(name));
            add("expires", expires(link, zone));
            if let Some(by) = invited_by {
                add("by", text(by));
            }
        }
        Letter::PasswordReset { link } | Letter::EmailConfirmation { link } => {
            add("expires", expires(link, zone));
        }
        Letter::NewSignIn { at, address } => {
            add("at", time(*at, zone));
            if let Some(address) = address {
                add("address", address.to_string());
            }
        }
        Letter::SecurityChanged { change, by } => {
            add("change", changed(*change).to_owned());
            if let Some(by) = by {
                add("by", text(by));
            }
        }
        Letter::SecurityAlert { change, person, by } => {
            add("change", changed_of_somebody(*change).to_owned());
            if let Some(person) = person {
                add("person", text(person));
            }
            if let Some(by) = by {
                add("by", text(by));
            }
        }
        Letter::LowBalance { available, threshold } => {
            add("available", available.get().to_string());
            add("threshold", threshold.get().to_string());
        }
        Letter::FailedDeliveries { count, within_minutes } => {
            add("count", count.to_string());
            add("minutes", within_minutes.to_string());
        }
        Letter::GatewayTrouble { gateway, reason } => {
            add("gateway", text(gateway));
            add("reason", refused(*reason).to_owned());
        }
        Letter::Digest(digest) => {
            let DigestCounts { since, messages, conversations, assigned, mentions, more } = *digest;
            let total = messages.saturating_add(assigned).saturating_add(mentions);
            add("since", time(since, zone));
            add("total", if more { format!("{total}+") } else { total.to_string() });
            for (name, count) in [
                ("messages", messages),
                ("conversations", conversations),
                ("assigned", assigned),
                ("mentions", mentions),
            ] {
                // What is nothing is not mentioned.
                add(name, if count == 0 { String::new() } else { count.to_string() });
            }
        }
    }
    facts
}

fn text(name: &DisplayName) -> String {
    name.as_str().to_owned()
}

fn expires(link: &Link, zone: &TimeZone) -> String {
    time(link.expires_at, zone)
}

/// Such as `2 June 2026, 11:00 (EDT)`.
fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%-d %B %Y, %H:%M (%Z)").to_string()
}

const fn changed(change: SecurityChange) -> &'static str {
    match change {
        SecurityChange::SecondFactorOn => "a second factor was switched on for your sign-in",
        SecurityChange::SecondFactorOff => "the second factor of your sign-in was switched off",
        SecurityChange::RecoveryCodesRenewed => "your recovery codes were replaced",
        SecurityChange::ApiKeyCreated => "an API key was made",
        SecurityChange::ApiKeyRevoked => "an API key was revoked",
        SecurityChange::SecuritySettings => "the security settings of the account were changed",
        SecurityChange::SupportAllowed => "the master account may enter for support",
        SecurityChange::SupportEntered => "the master account has entered for support",
    }
}

/// The same for those whom it does not concern themselves.
const fn changed_of_somebody(change: SecurityChange) -> &'static str {
    match change {
        SecurityChange::SecondFactorOn => "somebody's second factor was switched on",
        SecurityChange::SecondFactorOff => "somebody's second factor was switched off",
        SecurityChange::RecoveryCodesRenewed => "somebody's recovery codes were replaced",
        other => changed(other),
    }
}

const fn refused(reason: Refusal) -> &'static str {
    match reason {
        Refusal::Account => "something is wrong with the account at the carrier",
        Refusal::SenderNotAllowed => {
            "the number is not allowed to send, for example because it is not registered"
        }
        Refusal::Blocked => "messages are blocked",
        Refusal::Content => "their content is refused",
        Refusal::InvalidNumber => "the numbers of the customers cannot receive messages",
        Refusal::OptedOut | Refusal::OptedOutHere => "the customers have opted out",
        Refusal::BlockedHere => "the customers were blocked",
        Refusal::GaveUp => "the carrier kept asking to try later",
        Refusal::NeverConfirmed => "the carrier does not confirm what it is given",
        Refusal::NotPermitted | Refusal::NotEnoughCredits | Refusal::TooLate | Refusal::Answered => {
            "they were not sent when their time had come"
        }
        Refusal::Other => "the carrier's reason is none that we know",
    }
}
