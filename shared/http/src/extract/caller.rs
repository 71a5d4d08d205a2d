//! Who asks: a signed-in user, or the operator of the installation.

use crate::extract::ClientAddress;
use crate::problem::Problem;
use app::App;
use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::ops::Deref;
use subtle::ConstantTimeEq;

/// More than any token of ours has. Longer ones are refused before they are hashed.
const TOKEN_BYTES_MAX: usize = 512;

/// The user who asks. A handler that has one is called by somebody who is signed in at this very moment: the
/// session is read from the table for each request, so that signing out or removing a user takes effect at once.
#[derive(Debug, Clone)]
pub struct Caller(pub app::Caller);

impl Deref for Caller {
    type Target = app::Caller;

    fn deref(&self) -> &app::Caller {
        &self.0
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let CallerOnHold(caller) = CallerOnHold::from_request_parts(parts, app).await?;
        match caller.hold {
            None => Ok(Self(caller)),
            Some(hold) => Err(hold.into()),
        }
    }
}

/// A caller who may be able to do nothing but what concerns their own sign-in: of a suspended account, say. Only for routes
/// by which one finds out, or gets out of it.
#[derive(Debug, Clone)]
pub struct CallerOnHold(pub app::Caller);

impl Deref for CallerOnHold {
    type Target = app::Caller;

    fn deref(&self) -> &app::Caller {
        &self.0
    }
}

impl FromRequestParts<App> for CallerOnHold {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, app).await;
        let caller = app::caller::authenticate(app, bearer(parts)?, address).await?;
        let span = tracing::Span::current();
        span.record("account", tracing::field::display(caller.account));
        span.record("user", tracing::field::display(caller.user));
        Ok(Self(caller))
    }
}

/// Proof that the request carries the operator's key, which is kept in Secrets Manager.
///
/// The operator runs the installation and belongs to no account; the key is for what customers may not do to
/// themselves, such as adding credits.
#[derive(Debug, Clone, Copy)]
pub struct Operator(());

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let offered = bearer(parts)?;
        let name = app.config.operator_key_secret.as_deref().ok_or_else(not_configured)?;
        let key = app.secrets.get(name).await.map_err(Problem::unavailable)?.ok_or_else(not_configured)?;
        // Hashes have one length, so the comparison takes the same time whatever is offered.
        let same = Sha256::digest(offered).as_slice().ct_eq(Sha256::digest(key.expose_secret()).as_slice());
        if bool::from(same) { Ok(Self(())) } else { Err(Problem::Unauthenticated) }
    }
}

/// Without a key nobody is the operator. The caller cannot tell this from a wrong key; whoever set up the
/// installation sees it in the log.
fn not_configured() -> Problem {
    tracing::error!(
        metric = "operator_key_missing",
        "no operator key is configured: its requests are refused"
    );
    Problem::Unauthenticated
}

/// The token of the one `Authorization: Bearer` header (RFC 6750, section 2.1).
fn bearer(parts: &Parts) -> Result<&str, Problem> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none()).ok_or(Problem::Unauthenticated)?;
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Problem::Unauthenticated)?;
    let token = token.trim_matches(' ');
    let plausible = scheme.eq_ignore_ascii_case("bearer")
        && (1..=TOKEN_BYTES_MAX).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    plausible.then_some(token).ok_or(Problem::Unauthenticated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn read(values: &[&str]) -> Option<String> {
        let mut request = Request::get("/");
        for value in values {
            request = request.header(AUTHORIZATION, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        bearer(&parts).ok().map(str::to_owned)
    }

    #[test]
    fn one_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        for header in ["Bearer abc", "bearer abc", "BEARER   abc "] {
            assert_eq!(read(&[header]).as_deref(), Some("abc"), "{header}");
        }
    }

    #[test]
    fn anything_else_is_nobody() {
        let long = format!("Bearer {}", "x".repeat(TOKEN_BYTES_MAX + 1));
        for headers in
            [&[][..], &[""], &["Bearer"], &["Bearer "], &["Basic abc"], &["abc"], &["Bearer a b"], &[&long]]
        {
            assert_eq!(read(headers), None, "{headers:?}");
        }
        assert_eq!(read(&["Bearer a", "Bearer a"]), None);
    }
}
