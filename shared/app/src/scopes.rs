//! Who has which texts at hand, and who may put one there (D32, X12).

use std::collections::BTreeSet;

use domain::{access::Permission, scope::Scope};

use crate::{Caller, caller::Forbidden};

/// Something cannot lie in this scope.
#[derive(Debug, thiserror::Error)]
pub enum ScopeError {
    /// The caller may not put it there.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error("there is no such team")]
    NoSuchTeam,
}

/// In whose reach the caller wants to put something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's in the account.
    #[default]
    Account,
    /// That of this team.
    Team(domain::id::TeamId),
    /// Only the caller's.
    Personal,
}

/// The scopes in which the caller finds things; whoever has `manage` looks after those of all teams.
pub(crate) fn scopes_of(caller: &Caller, manage: Permission) -> BTreeSet<Scope> {
    let manages = caller.require(manage).is_ok();
    Scope::of(caller.user, &caller.profile.teams, &caller.policy.teams, manages)
}

/// The scope that the caller means, if they may put things there: what is their own takes `own`, everything else `manage`.
pub(crate) fn scope_for(
    caller: &Caller,
    reach: Reach,
    own: Permission,
    manage: Permission,
) -> Result<Scope, ScopeError> {
    let scope = match reach {
        Reach::Account => Scope::Account,
        Reach::Team(team) => Scope::Team { team },
        Reach::Personal => Scope::Personal { user: caller.user },
    };
    may_change(caller, scope, own, manage)?;
    match reach {
        Reach::Team(team) if !caller.policy.teams.contains_key(&team) => Err(ScopeError::NoSuchTeam),
        _ => Ok(scope),
    }
}

/// Insists that the caller may change what lies in a scope of theirs.
pub(crate) fn may_change(
    caller: &Caller,
    scope: Scope,
    own: Permission,
    manage: Permission,
) -> Result<(), Forbidden> {
    caller.require(if scope.is_personal() { own } else { manage })
}
