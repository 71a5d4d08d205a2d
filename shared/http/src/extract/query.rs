//! Typed query strings.

use crate::field::{Code, FieldError, query_error};
use crate::problem::Problem;
use axum::extract::{FromRequestParts, rejection::QueryRejection};
use http::request::Parts;
use serde::de::DeserializeOwned;
use std::error::Error;

/// The query string as a `T`. Unknown parameters (with `deny_unknown_fields`), repeated ones and wrong values are
/// answered with 422 and a pointer such as `?limit`.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(explain(&rejection, parts.uri.query().unwrap_or_default())),
        }
    }
}

/// axum wraps serde's error, which knows the parameter, in one that only has a text.
fn explain(rejection: &QueryRejection, query: &str) -> Problem {
    type FromQuery = serde_path_to_error::Error<serde::de::value::Error>;
    let mut next: Option<&(dyn Error + 'static)> = Some(rejection);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<FromQuery>() {
            return Problem::invalid(query_error(error.path(), &error.inner().to_string(), query));
        }
        next = error.source();
    }
    Problem::invalid(FieldError::query("", Code::Invalid, "the query string cannot be understood"))
}
