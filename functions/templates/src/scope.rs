//! Who has a text at hand, as the API says it.

use app::scopes::Reach;
use domain::id::TeamId;
use domain::scope::Scope;
use http_api::{Code, FieldError, Problem};
use serde::{Deserialize, Serialize};

/// Who has it at hand: everybody of the account, the members of a team, or only its maker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeName {
    /// Everybody.
    #[default]
    Account,
    /// A team.
    Team,
    /// Its maker.
    Personal,
}

/// The name of a scope, and its team.
pub(crate) fn shown(scope: Scope) -> (ScopeName, Option<TeamId>) {
    match scope {
        Scope::Account => (ScopeName::Account, None),
        Scope::Team { team } => (ScopeName::Team, Some(team)),
        Scope::Personal { .. } => (ScopeName::Personal, None),
    }
}

/// In whose reach something is to be put, or which field is wrong.
pub(crate) fn reach(scope: ScopeName, team: Option<TeamId>) -> Result<Reach, Problem> {
    let wrong = |code, detail: &str| Err(Problem::invalid(FieldError::body(["team_id"], code, detail)));
    match (scope, team) {
        (ScopeName::Account, None) => Ok(Reach::Account),
        (ScopeName::Personal, None) => Ok(Reach::Personal),
        (ScopeName::Team, Some(team)) => Ok(Reach::Team(team)),
        (ScopeName::Team, None) => wrong(Code::MissingField, "expected the team"),
        (ScopeName::Account | ScopeName::Personal, Some(_)) => {
            wrong(Code::NotTogether, "only what is a team's has a team")
        }
    }
}
