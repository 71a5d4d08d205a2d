//! Where somebody signs in, and with which program.

use crate::extract::ClientAddress;
use app::sessions::Origin;
use axum::extract::FromRequestParts;
use http::header::USER_AGENT;
use http::request::Parts;
use std::convert::Infallible;

/// The caller's address as API Gateway saw it, and what their program calls itself. The second is for people to recognise
/// their sessions by; nothing is decided by it.
#[derive(Debug, Clone)]
pub struct ClientOrigin(pub Origin);

impl<S: Send + Sync> FromRequestParts<S> for ClientOrigin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, state).await?;
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(Origin::new(address, user_agent)))
    }
}
