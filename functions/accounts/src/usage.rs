//! `/v1/usage`: what an account has used, month by month.

use app::App;
use app::usage::{Span, UsageError};
use axum::Json;
use axum::extract::State;
use domain::id::AccountId;
use domain::usage::Month;
use http_api::{Caller, Code, FieldError, Param, Problem, Query, schema};
use serde::{Deserialize, Serialize};

/// From which month to which.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQuery {
    /// The first month; a year ends with `to` if absent. At most 24 months before this one.
    #[param(value_type = Option<schema::Month>)]
    from: Option<Month>,
    /// The last month; this one if absent. At most 24 months are shown at once.
    #[param(value_type = Option<schema::Month>)]
    to: Option<Month>,
}

/// What an account has used.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Usage {
    /// Each month, oldest first.
    months: Vec<MonthUsage>,
    /// The seats now.
    seats: Seats,
}

/// What was used in a month.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MonthUsage {
    /// The month.
    #[schema(value_type = schema::Month)]
    month: Month,
    /// Messages that carriers took.
    #[schema(example = 812)]
    messages: u64,
    /// Credits spent on them.
    #[schema(example = 940)]
    credits: u64,
}

/// The seats of an account.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Seats {
    /// How many users there are, the owner among them.
    #[schema(example = 8)]
    users: u32,
    /// How many the plan includes beside the owner.
    #[schema(example = 5)]
    included: u32,
    /// How many more there are: the extra seats.
    #[schema(example = 2)]
    extra: u32,
}

impl From<app::usage::Usage> for Usage {
    fn from(usage: app::usage::Usage) -> Self {
        let app::usage::Seats { users, included, extra } = usage.seats;
        let months = usage.months.into_iter().map(|(month, used)| MonthUsage {
            month,
            messages: used.messages,
            credits: used.credits.get(),
        });
        Self { months: months.collect(), seats: Seats { users, included, extra } }
    }
}

/// Get usage
///
/// Messages and credits of each month, in UTC, and seats. A message counts in the month in which its carrier took it. Needs
/// `usage:read`.
#[utoipa::path(
    get, path = "/v1/usage", operation_id = "get_usage", tag = "accounts", params(UsageQuery),
    extensions(("x-permission" = json!("usage:read"))),
    responses(
        (status = 200, description = "What was used.", body = Usage),
        (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn own(
    State(app): State<App>,
    caller: Caller,
    Query(UsageQuery { from, to }): Query<UsageQuery>,
) -> Result<Json<Usage>, Problem> {
    Ok(Json(app::usage::own(&app, &caller, Span { from, to }).await.map_err(problem)?.into()))
}

/// Get a sub account's usage
///
/// Needs `accounts:read`.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/usage", operation_id = "get_sub_account_usage", tag = "accounts",
    extensions(("x-permission" = json!("accounts:read"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account."), UsageQuery),
    responses(
        (status = 200, description = "What was used.", body = Usage),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn of_sub_account(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
    Query(UsageQuery { from, to }): Query<UsageQuery>,
) -> Result<Json<Usage>, Problem> {
    let span = Span { from, to };
    Ok(Json(app::usage::of_sub_account(&app, &caller, id, span).await.map_err(problem)?.into()))
}

fn problem(error: UsageError) -> Problem {
    match error {
        UsageError::Span | UsageError::TooEarly => {
            Problem::invalid(FieldError::query("from", Code::OutOfRange, error.to_string()))
        }
        UsageError::Forbidden(forbidden) => forbidden.into(),
        UsageError::NotFound => Problem::NotFound,
        UsageError::Failure(failure) => failure.into(),
    }
}
