//! What an account has used: messages and credits of each month, and its seats (X17).

use domain::{
    access::Permission,
    id::AccountId,
    policy::Policy,
    usage::{Month, Used},
};
use storage::{MONTHS_KEPT, StoreError};

use crate::{
    App, Caller, Failure,
    accounts::{NoSubAccount, sub_account},
    caller::Forbidden,
};

/// At most this many months at once.
pub const MONTHS_MAX: u32 = 24;
/// So many months, this one included, are shown if nothing is said.
const MONTHS_USUALLY: u32 = 12;

/// Why no usage was shown.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The caller's account has no such sub account.
    #[error("there is no such sub account")]
    NotFound,
    /// The first month is after the last, or too far from it.
    #[error("from one month to the same or a later one, at most {MONTHS_MAX} months")]
    Span,
    /// Nobody remembers.
    #[error("what was used is known for {MONTHS_KEPT} months before this one")]
    TooEarly,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for UsageError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<NoSubAccount> for UsageError {
    fn from(error: NoSubAccount) -> Self {
        match error {
            NoSubAccount::NotFound => Self::NotFound,
            NoSubAccount::Failure(failure) => Self::Failure(failure),
        }
    }
}

/// From which month to which.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// The first month; `None`: a year ends with the last.
    pub from: Option<Month>,
    /// The last month; `None`: this one.
    pub to: Option<Month>,
}

/// The seats of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// How many users there are, the owner among them: those that the list of users shows.
    pub users: u32,
    /// How many the plan includes beside the owner.
    pub included: u32,
    /// How many more there are (A13).
    pub extra: u32,
}

/// What an account has used.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Each month of the span, oldest first.
    pub months: Vec<(Month, Used)>,
    /// Its seats now.
    pub seats: Seats,
}

/// What the caller's account has used.
pub async fn own(app: &App, caller: &Caller, span: Span) -> Result<Usage, UsageError> {
    caller.require(Permission::UsageRead)?;
    usage(app, caller.account, &caller.policy, span).await
}

/// What a sub account has used.
pub async fn of_sub_account(
    app: &App,
    caller: &Caller,
    id: AccountId,
    span: Span,
) -> Result<Usage, UsageError> {
    caller.require(Permission::AccountsRead)?;
    let sub = sub_account(app, caller, id).await?;
    let policy = app.store.account(sub.id).policy().await?.policy;
    usage(app, sub.id, &policy, span).await
}

async fn usage(app: &App, account: AccountId, policy: &Policy, span: Span) -> Result<Usage, UsageError> {
    let this = Month::of(app.now());
    let last = span.to.unwrap_or(this);
    let first = span.from.unwrap_or_else(|| last.before(MONTHS_USUALLY - 1).max(this.before(MONTHS_KEPT)));
    if first > last || last.since(first) >= MONTHS_MAX {
        return Err(UsageError::Span);
    }
    if first < this.before(MONTHS_KEPT) {
        return Err(UsageError::TooEarly);
    }
    let account = app.store.account(account);
    let used = account.used(first.to(last)).await?;
    let months = first.to(last).map(|month| (month, used.get(&month).copied().unwrap_or_default())).collect();
    let staff = account.all_users().await?.into_iter().filter(domain::account::User::is_staff).count();
    let users = u32::try_from(staff).unwrap_or(u32::MAX);
    let seats = Seats { users, included: policy.plan.included_users, extra: policy.plan.extra_seats(users) };
    Ok(Usage { months, seats })
}
