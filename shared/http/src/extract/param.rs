//! Typed path parameters.

use crate::problem::Problem;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The parameters of the path: one typed value, or a tuple of them in the order of the path.
///
/// A text that is not an id of the right kind cannot name anything, so the answer is 404 as for an id that does
/// not exist; it is not worth telling the two apart.
#[derive(Debug, Clone, Copy)]
pub struct Param<T>(pub T);

impl<S, T> FromRequestParts<S> for Param<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::NotFound),
        }
    }
}
