//! What can go wrong in any operation, as problems. What one use case alone refuses is turned into a problem by the
//! function that offers it, which knows the fields of its request.

use crate::problem::Problem;
use app::Failure;
use app::ports::Unreachable;
use app::sessions::Forbidden;
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
    fn from(Forbidden { permission }: Forbidden) -> Self {
        Self::Forbidden { permission: permission.name() }
    }
}

impl From<InvalidCursor> for Problem {
    fn from(_: InvalidCursor) -> Self {
        Self::cursor_invalid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemKind;
    use domain::access::Permission;

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
        let problem = Problem::from(Forbidden { permission: Permission::CreditsRead });
        assert!(matches!(problem, Problem::Forbidden { permission: "credits:read" }));
        assert_eq!(Problem::from(InvalidCursor).kind(), ProblemKind::Invalid);
    }
}
