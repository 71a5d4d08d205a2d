//! E-mail addresses, as people sign in with them.
//!
//! The address is the key by which a user is found, so two spellings of one mailbox must become one value: an
//! [`EmailAddress`] is trimmed and lower-cased when it is made. RFC 5321 lets a mail server tell `Ann@` from
//! `ann@`, but no provider of today does, and people do not remember which they typed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The longest address that fits an SMTP path (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const LENGTH_MAX: usize = 254;

/// The longest part before the `@` (RFC 5321, section 4.5.3.1.1).
const LOCAL_PART_LENGTH_MAX: usize = 64;

/// The longest label between two dots of a domain (RFC 1035, section 2.3.4).
const LABEL_LENGTH_MAX: usize = 63;

/// An address of the usual form `name@example.com`: trimmed, in lower case, in ASCII.
///
/// Internationalised domains are written in their `xn--` form. Non-ASCII names before the `@` are refused,
/// because Amazon SES cannot send to them; so are quoted names and addresses of bare hosts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is not an e-mail address that we can write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailAddressError {
    /// Not of the form `name@example.com`.
    #[error("not an e-mail address of the form name@example.com")]
    Malformed,
    /// More than [`LENGTH_MAX`] characters.
    #[error("an e-mail address has at most {LENGTH_MAX} characters")]
    TooLong,
}

impl EmailAddress {
    /// The address in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(text: &str) -> Result<Self, EmailAddressError> {
        let text = text.trim();
        if text.len() > LENGTH_MAX {
            return Err(EmailAddressError::TooLong);
        }
        match text.split_once('@') {
            Some((local, domain)) if is_local_part(local) && is_domain(domain) => {
                Ok(Self(text.to_ascii_lowercase()))
            }
            _ => Err(EmailAddressError::Malformed),
        }
    }
}

/// A "dot-atom" of RFC 5322, section 3.2.3: words of letters, digits and some signs, with single dots between.
fn is_local_part(text: &str) -> bool {
    text.len() <= LOCAL_PART_LENGTH_MAX
        && text.split('.').all(|word| !word.is_empty() && word.bytes().all(is_atom_character))
}

fn is_atom_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// At least two labels, the last of which is not a number: `example.com`, but neither `localhost` nor an IP
/// address.
pub(crate) fn is_domain(text: &str) -> bool {
    let top = text.rsplit_once('.').map(|(_, top)| top);
    top.is_some_and(|top| !top.bytes().all(|byte| byte.is_ascii_digit())) && text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    (1..=LABEL_LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailAddressError;

    fn try_from(text: String) -> Result<Self, EmailAddressError> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.0
    }
}

impl AsRef<str> for EmailAddress {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Redacted: an address names a person.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_addresses_become_lower_case() {
        for (text, expected) in [
            ("ann@example.com", "ann@example.com"),
            (" Ann.Lee+Work@Example.COM\n", "ann.lee+work@example.com"),
            ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
            ("x@xn--mnchen-3ya.de", "x@xn--mnchen-3ya.de"),
            ("1@2.io", "1@2.io"),
        ] {
            assert_eq!(text.parse::<EmailAddress>().unwrap().as_str(), expected);
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.com",
            "ann@localhost",
            "ann@127.0.0.1",
            "ann@[127.0.0.1]",
            "ann@@example.com",
            "ann@example.com@example.com",
            "ann lee@example.com",
            "ann@exam ple.com",
            ".ann@example.com",
            "ann.@example.com",
            "an..n@example.com",
            "ann@.example.com",
            "ann@example..com",
            "ann@example.com.",
            "ann@-example.com",
            "ann@example-.com",
            "ann@exa_mple.com",
            "\"ann lee\"@example.com",
            "ann\0@example.com",
            "ann@example.com\0",
            "ann@example.com\r\nBcc: bob@example.com",
            "Ann <ann@example.com>",
            "änn@example.com",
            "ann@exämple.com",
            // A Kelvin sign lower-cases to k in Unicode: it must not become somebody else's address.
            "\u{212a}im@example.com",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(EmailAddressError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn lengths_are_those_of_the_mail_standards() {
        let local = "a".repeat(64);
        let domain = format!("{0}.{0}.{1}", "b".repeat(63), "c".repeat(61));
        let longest = format!("{local}@{domain}");
        assert_eq!(longest.len(), LENGTH_MAX);
        assert!(longest.parse::<EmailAddress>().is_ok());
        assert_eq!(format!("{longest}d").parse::<EmailAddress>(), Err(EmailAddressError::TooLong));
        assert!(format!("a{local}@example.com").parse::<EmailAddress>().is_err());
        assert!(format!("a@{}.com", "b".repeat(64)).parse::<EmailAddress>().is_err());
    }

    #[test]
    fn debug_does_not_show_the_address() {
        let address: EmailAddress = "ann@example.com".parse().unwrap();
        assert_eq!(format!("{address:?}"), "EmailAddress(…)");
    }

    #[test]
    fn json_is_a_plain_string_and_is_checked() {
        let address: EmailAddress = serde_json::from_str(r#""ANN@example.com""#).unwrap();
        assert_eq!(serde_json::to_string(&address).unwrap(), r#""ann@example.com""#);
        assert!(serde_json::from_str::<EmailAddress>(r#""ann""#).is_err());
    }
}
