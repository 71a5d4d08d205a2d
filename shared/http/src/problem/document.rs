//! A problem as the caller reads it.

use super::{Problem, ProblemKind};
use crate::field::FieldError;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::sync::Arc;

/// The JSON of an error answer (RFC 9457). Members beyond the first five appear with the problems that have them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Says which problem it is. Programs decide by this member (and the status), never by the texts.
    #[serde(rename = "type")]
    #[schema(format = "uri", example = "https://textdesk.example/problems/invalid")]
    pub type_uri: String,
    /// The same for each case of a problem.
    #[schema(example = "The request is not valid")]
    pub title: &'static str,
    /// The status of the answer.
    #[schema(example = 422)]
    pub status: u16,
    /// What is special about this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The id of the request, as in the header `X-Request-Id`. Quote it when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// With `invalid`: what is wrong, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// With `not-enough-credits`: the credits that the request needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<u64>,
    /// With `not-enough-credits`: the credits that are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<u64>,
    /// With `forbidden`: the permission that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<&'static str>,
    /// With `not-in-plan`: the feature that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<&'static str>,
    /// With `action-not-available`: what was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// With `action-not-available`: what the conversation offers instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_actions: Option<Vec<String>>,
    /// With `contact-taken`: which field of the request, as a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// With `contact-taken`: the other contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// With `conversation-has-moved-on`: the newest message of the conversation, if there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_id: Option<String>,
    /// With `too-large`: the limit in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_bytes: Option<usize>,
}

impl ProblemDocument {
    fn of_kind(kind: ProblemKind) -> Self {
        Self {
            type_uri: kind.type_uri(),
            title: kind.title(),
            status: kind.status().as_u16(),
            detail: None,
            request_id: None,
            errors: Vec::new(),
            needed: None,
            available: None,
            permission: None,
            feature: None,
            action: None,
            available_actions: None,
            pointer: None,
            contact_id: None,
            last_message_id: None,
            limit_bytes: None,
        }
    }

    fn new(problem: &Problem, request_id: Option<&str>) -> Self {
        let base = Self { request_id: request_id.map(str::to_owned), ..Self::of_kind(problem.kind()) };
        match problem {
            Problem::Malformed(detail) => Self { detail: Some((*detail).to_owned()), ..base },
            Problem::Conflict(detail) => Self { detail: Some(detail.clone().into_owned()), ..base },
            Problem::NotEnoughCredits { needed, available } => {
                Self { needed: Some(*needed), available: Some(*available), ..base }
            }
            Problem::Forbidden { permission } => Self { permission: Some(permission), ..base },
            Problem::NotInPlan { feature } => Self { feature: Some(feature), ..base },
            Problem::ActionNotAvailable { action, available_actions } => Self {
                action: Some(action.clone()),
                available_actions: Some(available_actions.clone()),
                ..base
            },
            Problem::ContactTaken { pointer, contact_id } => {
                Self { pointer: Some(pointer.clone()), contact_id: Some(contact_id.clone()), ..base }
            }
            Problem::ConversationHasMovedOn { last_message_id } => {
                Self { last_message_id: last_message_id.clone(), ..base }
            }
            Problem::TooLarge { limit_bytes } => Self { limit_bytes: Some(*limit_bytes), ..base },
            Problem::Invalid(errors) => Self { errors: errors.clone(), ..base },
            _ => base,
        }
    }
}

impl Problem {
    /// The answer as the caller gets it, with the id of the request if it is known already.
    pub(crate) fn to_response(&self, request_id: Option<&str>) -> Response {
        let document = ProblemDocument::new(self, request_id);
        // Strings and numbers only: this cannot fail. An empty body would still carry the right status.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"textdesk\""));
        }
        if let Some(seconds) = self.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A problem on its way from a handler to the layer that knows the request's id and writes the log.
#[derive(Debug, Clone)]
pub(crate) struct Answered(pub(crate) Arc<Problem>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.to_response(None);
        response.extensions_mut().insert(Answered(Arc::new(self)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Code, FieldError};
    use serde_json::{Value, json};

    fn read(problem: &Problem) -> Value {
        serde_json::to_value(ProblemDocument::new(problem, Some("r-1"))).unwrap()
    }

    #[test]
    fn a_problem_shows_its_kind_and_the_request() {
        assert_eq!(
            read(&Problem::NotFound),
            json!({"type": "https://textdesk.example/problems/not-found", "title": "There is no such thing",
                "status": 404, "request_id": "r-1"})
        );
    }

    #[test]
    fn members_beyond_the_common_ones_appear_with_their_problems() {
        let credits = read(&Problem::NotEnoughCredits { needed: 3, available: 2 });
        assert_eq!((&credits["needed"], &credits["available"]), (&json!(3), &json!(2)));
        let forbidden = read(&Problem::Forbidden { permission: "users.manage" });
        assert_eq!(forbidden["permission"], "users.manage");
        let action = Problem::ActionNotAvailable {
            action: "complete".into(),
            available_actions: vec!["archive".into()],
        };
        let action = read(&action);
        assert_eq!(
            (&action["action"], &action["available_actions"]),
            (&json!("complete"), &json!(["archive"]))
        );
        assert_eq!(read(&Problem::TooLarge { limit_bytes: 10 })["limit_bytes"], 10);
        assert_eq!(read(&Problem::Conflict("it is closed".into()))["detail"], "it is closed");
        let invalid = read(&Problem::invalid(FieldError::body(["to"], Code::Invalid, "not a number")));
        assert_eq!(
            invalid["errors"],
            json!([{"pointer": "#/to", "code": "invalid", "detail": "not a number"}])
        );
    }

    #[test]
    fn a_failure_of_ours_does_not_show_its_cause() {
        let shown = read(&Problem::internal("the table is called secret-table")).to_string();
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn headers_tell_how_to_sign_in_and_when_to_come_back() {
        let header = |problem: Problem, name| problem.into_response().headers().get(name).cloned();
        assert_eq!(
            header(Problem::Unauthenticated, "www-authenticate").unwrap(),
            "Bearer realm=\"textdesk\""
        );
        assert_eq!(header(Problem::RateLimited { retry_after_seconds: 7 }, "retry-after").unwrap(), "7");
        assert_eq!(header(Problem::InProgress { retry_after_seconds: 1 }, "retry-after").unwrap(), "1");
        assert_eq!(header(Problem::unavailable("busy"), "retry-after").unwrap(), "2");
        assert_eq!(header(Problem::NotFound, "retry-after"), None);
        assert_eq!(header(Problem::NotFound, "content-type").unwrap(), "application/problem+json");
    }
}
