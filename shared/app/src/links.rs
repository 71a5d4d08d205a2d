//! Tokens of the links that we e-mail, and other secrets that follow from one key.
//!
//! A token is `tdl_` and, in base64url, the [`Link`] with a signature: HMAC-SHA256 under the link key, which lies in the
//! secret store alone. So a token is made when its letter is written and can be checked when it comes back, and neither
//! the table nor a queue ever has one. Whether the link's nonce is still the one that the user is waiting for is the
//! business of the use case that it belongs to.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::link::{BYTES, Link, Purpose};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{App, Failure};

/// How tokens begin.
const PREFIX: &str = "tdl_";
/// What the signature of a token is derived for.
const LINK: &str = "link";

/// The token of a link.
pub async fn token(app: &App, link: &Link) -> Result<SecretString, Failure> {
    let mut bytes = link.to_bytes();
    let signature = derive(app, LINK, &[&bytes]).await?;
    bytes.extend(signature);
    Ok(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)).into())
}

/// The link behind a token, if the token is ours, for this purpose and not too old; `None` otherwise, and why is not told.
pub async fn open(app: &App, purpose: Purpose, token: &str, now: Timestamp) -> Result<Option<Link>, Failure> {
    let bytes = token.strip_prefix(PREFIX).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
    let Some((content, signature)) = bytes.as_ref().and_then(|bytes| bytes.split_at_checked(BYTES)) else {
        return Ok(None);
    };
    let expected = derive(app, LINK, &[content]).await?;
    if !bool::from(expected.ct_eq(signature)) {
        return Ok(None);
    }
    Ok(Link::from_bytes(content).filter(|link| link.purpose == purpose && link.is_open(now)))
}

/// 32 bytes that follow from the link key, a purpose and parts, and from nothing that anybody else has. Each purpose and
/// part counts with its length, so that no two lists of parts are alike.
pub async fn derive(app: &App, purpose: &str, parts: &[&[u8]]) -> Result<[u8; 32], Failure> {
    let name = app.config.link_key_secret.as_deref();
    let name = name.ok_or(Failure::Broken("this function has no business with the link key"))?;
    let key = app.secrets.get(name).await?.ok_or(Failure::Broken("the link key does not exist"))?;
    let mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes());
    let mut mac = mac.map_err(|_| Failure::Broken("the link key cannot be used"))?;
    for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}
