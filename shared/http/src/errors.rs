//! What can go wrong in any operation, as problems. What one use case alone refuses is turned into a problem by the
//! function that offers it, which knows the fields of its request.

use crate::field::{Code, FieldError};
use crate::problem::Problem;
use app::Failure;
use app::administered::Denied;
use app::caller::{AuthenticationError, Forbidden, Hold};
use app::conversations::ConversationError;
use app::ports::Unreachable;
use app::webhook::WebhookError;
use carriers::Unreadable;
use domain::conversation::{Action, NotAvailable};
use domain::lockout::LockedOut;
use storage::{InvalidCursor, StoreError};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable { .. } => Self::internal(error),
            StoreError::Unavailable { .. } | StoreError::Contention => Self::unavailable(error),
        }
    }
}

impl From<Unreachable> for Problem {
    fn from(error: Unreachable) -> Self {
        Self::unavailable(error)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Unreachable(error) => error.into(),
            Failure::Broken(_) => Self::internal(failure),
        }
    }
}

impl From<Forbidden> for Problem {
    fn from(forbidden: Forbidden) -> Self {
        match forbidden {
            Forbidden::Permission(permission) => Self::Forbidden { permission: permission.name() },
            Forbidden::Feature(feature) => Self::NotInPlan { feature: feature.name() },
            Forbidden::PayingCustomersOnly(_) => Self::PayingCustomersOnly,
        }
    }
}

impl From<AuthenticationError> for Problem {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Nobody => Self::Unauthenticated,
            AuthenticationError::AddressNotAllowed => Self::AddressNotAllowed,
            AuthenticationError::Store(error) => error.into(),
        }
    }
}

impl From<LockedOut> for Problem {
    fn from(LockedOut { wait }: LockedOut) -> Self {
        let seconds = wait.as_secs().saturating_add(i64::from(wait.subsec_nanos() > 0));
        Self::RateLimited { retry_after_seconds: u32::try_from(seconds).unwrap_or(u32::MAX) }
    }
}

impl From<Hold> for Problem {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::AccountSuspended => Self::AccountSuspended,
            Hold::SecondFactorMissing => Self::SecondFactorSetupRequired,
            Hold::PasswordExpired => Self::PasswordExpired,
        }
    }
}

impl From<InvalidCursor> for Problem {
    fn from(_: InvalidCursor) -> Self {
        Self::cursor_invalid()
    }
}

impl From<ConversationError> for Problem {
    fn from(error: ConversationError) -> Self {
        match error {
            // The user to assign and the tag stand in the path as well.
            ConversationError::NotFound | ConversationError::NoSuchUser | ConversationError::NoSuchTag => {
                Self::NotFound
            }
            ConversationError::TooManyPins { .. } => Self::Conflict(error.to_string().into()),
            ConversationError::Forbidden(forbidden) => forbidden.into(),
            ConversationError::NotAvailable(not_available) => not_available.into(),
            ConversationError::Snooze(error) => {
                Self::invalid(FieldError::body(["until"], Code::OutOfRange, error.to_string()))
            }
            ConversationError::Cursor(invalid) => invalid.into(),
            ConversationError::Failure(failure) => failure.into(),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Forbidden(forbidden) => forbidden.into(),
            Denied::NotFound => Self::NotFound,
            Denied::ManagedByMaster => Self::ManagedByMaster,
            Denied::Cursor(invalid) => invalid.into(),
            Denied::Failure(failure) => failure.into(),
        }
    }
}

impl From<NotAvailable> for Problem {
    fn from(NotAvailable { action, available }: NotAvailable) -> Self {
        let available_actions = available.into_iter().map(name).collect();
        Self::ActionNotAvailable { action: name(action), available_actions }
    }
}

/// The action's name in the API.
fn name(action: Action) -> String {
    let written = serde_json::to_value(action).unwrap_or_default();
    written.as_str().unwrap_or_default().to_owned()
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::NotFound => Self::NotFound,
            WebhookError::Forged(forged) => {
                tracing::warn!(error = %forged, metric = "webhook_not_genuine", "a webhook was refused");
                Self::WebhookNotGenuine
            }
            WebhookError::NotConfigured => {
                tracing::error!(metric = "gateway_not_configured", "a gateway cannot verify its webhooks");
                Self::GatewayNotConfigured
            }
            WebhookError::Unreadable(unreadable) => {
                tracing::error!(error = %unreadable, metric = "webhook_unreadable", "a genuine webhook cannot be read");
                let path: &[&str] = match &unreadable {
                    Unreadable::Form => &[],
                    Unreadable::Field(field) => &[*field],
                };
                Self::invalid(FieldError::body(path, Code::Invalid, unreadable.to_string()))
            }
            WebhookError::Failure(failure) => failure.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemKind;
    use domain::access::Permission;
    use std::collections::BTreeSet;

    #[test]
    fn an_action_that_is_not_offered_is_named_with_those_that_are() {
        let available = BTreeSet::from([Action::Archive, Action::Assign]);
        let problem = Problem::from(NotAvailable { action: Action::Complete, available });
        let Problem::ActionNotAvailable { action, available_actions } = problem else {
            panic!("{problem:?}")
        };
        assert_eq!(
            (action.as_str(), available_actions),
            ("complete", vec!["assign".into(), "archive".into()])
        );
    }

    #[test]
    fn what_may_work_later_is_told_apart_from_what_is_broken() {
        let kind = |problem: Problem| problem.kind();
        assert_eq!(kind(StoreError::Contention.into()), ProblemKind::Unavailable);
        assert_eq!(kind(Failure::Store(StoreError::Contention).into()), ProblemKind::Unavailable);
        assert_eq!(kind(Failure::Broken("a ledger does not add up").into()), ProblemKind::Internal);
        let away = || Unreachable { service: "SQS", source: "no route".into() };
        assert_eq!(kind(away().into()), ProblemKind::Unavailable);
        assert_eq!(kind(Failure::Unreachable(away()).into()), ProblemKind::Unavailable);
    }

    #[test]
    fn a_missing_permission_is_named() {
        let problem = Problem::from(Forbidden::Permission(Permission::CreditsRead));
        assert!(matches!(problem, Problem::Forbidden { permission: "credits:read" }));
        assert_eq!(Problem::from(InvalidCursor).kind(), ProblemKind::Invalid);
    }
}
