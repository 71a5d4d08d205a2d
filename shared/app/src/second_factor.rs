//! Codes of the second factor: how they are made, shown and checked (B04).
//!
//! The secret of an authenticator application is derived from the key for links, the user and the nonce of the enrolment,
//! so the table holds nothing that makes codes. Recovery codes are random, shown once and kept as hashes.

use std::collections::BTreeSet;

use domain::{
    email::EmailAddress,
    id::UserId,
    link::Nonce,
    second_factor::{RECOVERY_CODES, RecoveryHash},
};
use jiff::Timestamp;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use crate::{App, Failure, links};

/// What authenticator applications show above the code.
const ISSUER: &str = "Textdesk";
/// The length of the secret that RFC 4226, section 4, recommends.
const SECRET_BYTES: usize = 20;
/// The bits of a recovery code, in bytes: as many as nobody guesses, and few enough to copy from paper.
const RECOVERY_BYTES: usize = 10;
/// Recovery codes are written in groups of this many characters.
const RECOVERY_GROUP: usize = 4;

/// What an authenticator application needs in order to make codes. It is shown once.
pub struct Enrolment {
    /// The `otpauth://` address, which is shown as a QR code.
    pub otpauth: SecretString,
    /// The secret in base32, for typing.
    pub secret: SecretString,
}

/// What the user needs for an enrolment.
pub(crate) async fn enrolment(
    app: &App,
    user: UserId,
    email: &EmailAddress,
    nonce: Nonce,
) -> Result<Enrolment, Failure> {
    describe(secret(app, user, nonce).await?, email)
        .ok_or(Failure::Broken("an address of ours has a character that an otpauth address must not have"))
}

/// The step whose code this is, if it is one of the present step or of its neighbours: telephones' clocks differ.
pub(crate) async fn step_of(
    app: &App,
    user: UserId,
    nonce: Nonce,
    code: &str,
) -> Result<Option<u64>, Failure> {
    let secret = secret(app, user, nonce).await?;
    Ok(matching_step(secret, code, app.now()))
}

async fn secret(app: &App, user: UserId, nonce: Nonce) -> Result<[u8; SECRET_BYTES], Failure> {
    let derived = links::derive(app, "totp", &[user.uuid().as_bytes(), &nonce.0]).await?;
    let mut secret = [0; SECRET_BYTES];
    secret.iter_mut().zip(derived).for_each(|(to, from)| *to = from);
    Ok(secret)
}

fn describe(secret: [u8; SECRET_BYTES], email: &EmailAddress) -> Option<Enrolment> {
    let totp = builder(secret).with_account_name(email.as_str()).with_issuer(Some(ISSUER)).build().ok()?;
    let otpauth = totp.to_url().ok()?.into();
    Some(Enrolment { otpauth, secret: totp.secret().to_base32().into() })
}

/// SHA-1, six digits, steps of 30 seconds: the only parameters that every authenticator application understands. HMAC does
/// not need the property that SHA-1 has lost.
fn builder(secret: [u8; SECRET_BYTES]) -> Builder {
    Builder::new().with_secret(Secret::new_stack(secret)).with_skew(1)
}

fn matching_step(secret: [u8; SECRET_BYTES], code: &str, now: Timestamp) -> Option<u64> {
    let totp: Totp = builder(secret).with_account_name(ISSUER).build().ok()?;
    totp.check(code, u64::try_from(now.as_second()).ok()?)
}

/// New recovery codes, to be shown once, and what is kept of them.
pub(crate) fn new_recovery_codes(app: &App) -> (Vec<SecretString>, BTreeSet<RecoveryHash>) {
    let codes: Vec<String> = (0..RECOVERY_CODES)
        .map(|_| {
            let mut bytes = [0; RECOVERY_BYTES];
            app.ids.fill(&mut bytes);
            write_recovery_code(bytes)
        })
        .collect();
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    (codes.into_iter().map(SecretString::from).collect(), hashes)
}

fn write_recovery_code(bytes: [u8; RECOVERY_BYTES]) -> String {
    let text = Secret::new(Box::new(bytes)).to_base32();
    let mut code = String::with_capacity(text.len() + text.len() / RECOVERY_GROUP);
    for (place, character) in text.chars().enumerate() {
        if place > 0 && place % RECOVERY_GROUP == 0 {
            code.push('-');
        }
        code.push(character);
    }
    code
}

/// What is kept of a recovery code, however it was typed: without hyphens and spaces, in any case.
pub(crate) fn recovery_hash(code: &str) -> RecoveryHash {
    let typed: String = code.chars().filter(|character| !matches!(character, '-' | ' ')).collect();
    RecoveryHash(hex::encode(Sha256::digest(typed.to_ascii_uppercase())))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// The secret and three of the codes of RFC 6238, appendix B, cut to six digits.
    const RFC_SECRET: [u8; SECRET_BYTES] = *b"12345678901234567890";
    const RFC_CODES: [(i64, &str); 3] =
        [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")];

    #[test]
    fn b04_codes_are_those_of_rfc_6238() {
        for (time, code) in RFC_CODES {
            let step = u64::try_from(time / 30).unwrap();
            assert_eq!(matching_step(RFC_SECRET, code, at(time)), Some(step), "{time}");
        }
    }

    #[test]
    fn b04_a_code_is_good_for_its_step_and_the_neighbouring_ones() {
        let code = "081804";
        let step = 1_111_111_109 / 30;
        for (steps_later, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = matching_step(RFC_SECRET, code, at((step + steps_later) * 30));
            assert_eq!(found.is_some(), good, "{steps_later} steps later");
        }
    }

    #[test]
    fn what_is_no_code_matches_nothing() {
        for code in ["", "81804", "0818040", "+81804", " 081804", "08180a", "٠٨١٨٠٤"] {
            assert_eq!(matching_step(RFC_SECRET, code, at(1_111_111_109)), None, "{code:?}");
        }
    }

    #[test]
    fn b04_the_text_for_the_qr_code_names_issuer_and_address() {
        let enrolment = describe(RFC_SECRET, &"ann+desk@example.com".parse().unwrap()).unwrap();
        let otpauth = enrolment.otpauth.expose_secret();
        let url = url::Url::parse(otpauth).unwrap();
        assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
        assert_eq!(url.path(), "/Textdesk:ann%2Bdesk%40example.com");
        let query: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(query["issuer"], "Textdesk");
        assert_eq!(query["secret"], "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(enrolment.secret.expose_secret(), query["secret"]);
        for (name, usual) in [("algorithm", "SHA1"), ("digits", "6"), ("period", "30")] {
            assert!(query.get(name).is_none_or(|value| value == usual), "{name}");
        }
    }

    #[test]
    fn a_recovery_code_may_be_typed_carelessly() {
        let code = write_recovery_code([0xa5; RECOVERY_BYTES]);
        assert_eq!(code.len(), 19);
        assert!(code.split('-').all(|group| group.len() == RECOVERY_GROUP));
        let careless = format!(" {} ", code.replace('-', " ").to_lowercase());
        assert_eq!(recovery_hash(&careless), recovery_hash(&code));
        assert_ne!(recovery_hash(&write_recovery_code([0xa6; RECOVERY_BYTES])), recovery_hash(&code));
    }
}
