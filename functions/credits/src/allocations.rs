//! `/v1/accounts/{account_id}/credits`: what a master gives its sub accounts and takes back (A04, A05).

use app::App;
use app::allocations::{AllocationError, Direction};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::credits::Credits;
use domain::id::AccountId;
use http_api::{
    Caller, Code, FieldError, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, schema,
};
use serde::Deserialize;

use crate::{Balance, Line};

/// Credits to move.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreditTransfer)]
pub(crate) struct AmountBody {
    /// How many: at least one, and at most what is available where they come from.
    #[schema(value_type = u64, minimum = 1, maximum = 1_000_000_000_000_u64, example = 200)]
    amount: Credits,
}

/// Get a sub account's balance
///
/// Needs `accounts:read`.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/credits", operation_id = "get_sub_account_credits", tag = "accounts",
    extensions(("x-permission" = json!("accounts:read"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account.")),
    responses(
        (status = 200, description = "The sub account's credits.", body = Balance),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn balance(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
) -> Result<Json<Balance>, Problem> {
    Ok(Json(app::allocations::balance(&app, &caller, id).await.map_err(problem)?.into()))
}

/// List a sub account's ledger
///
/// Everything that happened to the sub account's credits, newest first. Needs `accounts:read`.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/credits/ledger", operation_id = "list_sub_account_ledger", tag = "accounts",
    extensions(("x-permission" = json!("accounts:read"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account."), PageQuery),
    responses(
        (status = 200, description = "A page of the ledger.", body = Page<Line>),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn ledger(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Line>>, Problem> {
    let entries = app::allocations::ledger(&app, &caller, id, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(entries, Line::from)))
}

/// Allocate credits
///
/// Moves credits from your balance to the sub account's, all of them or none. The `Idempotency-Key` is required, and is good
/// for ever. Needs `credits:allocate`.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/credits/allocations", operation_id = "allocate_credits", tag = "accounts",
    extensions(("x-permission" = json!("credits:allocate"))),
    params(
        ("account_id" = inline(schema::AccountId), Path, description = "The sub account."),
        ("Idempotency-Key" = inline(schema::IdempotencyKey), Header, description = "A name for this allocation, chosen by you."),
    ),
    request_body = AmountBody,
    responses(
        (status = 201, description = "The entry in your ledger.", body = Line),
        (status = 402, description = "`not-enough-credits`, `paying-customers-only`"),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn allocate(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
    key: IdempotencyKey,
    Valid(body): Valid<AmountBody>,
) -> Result<(StatusCode, Json<Line>), Problem> {
    transfer(&app, &caller, id, Direction::Allocate, &body, &key).await
}

/// Reclaim credits
///
/// Takes available credits back from the sub account, all of them or none; what messages on their way hold stays. The
/// `Idempotency-Key` is required, and is good for ever. Needs `credits:allocate`.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/credits/reclaims", operation_id = "reclaim_credits", tag = "accounts",
    extensions(("x-permission" = json!("credits:allocate"))),
    params(
        ("account_id" = inline(schema::AccountId), Path, description = "The sub account."),
        ("Idempotency-Key" = inline(schema::IdempotencyKey), Header, description = "A name for this reclaim, chosen by you."),
    ),
    request_body = AmountBody,
    responses(
        (status = 201, description = "The entry in your ledger.", body = Line),
        (status = 402, description = "`not-enough-credits`: the sub account has less, `paying-customers-only`"),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn reclaim(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
    key: IdempotencyKey,
    Valid(body): Valid<AmountBody>,
) -> Result<(StatusCode, Json<Line>), Problem> {
    transfer(&app, &caller, id, Direction::Reclaim, &body, &key).await
}

async fn transfer(
    app: &App,
    caller: &Caller,
    id: AccountId,
    direction: Direction,
    body: &AmountBody,
    key: &IdempotencyKey,
) -> Result<(StatusCode, Json<Line>), Problem> {
    let entry = app::allocations::transfer(app, caller, id, direction, body.amount, key.as_str()).await;
    Ok((StatusCode::CREATED, Json(entry.map_err(problem)?.into())))
}

fn problem(error: AllocationError) -> Problem {
    match error {
        AllocationError::Nothing | AllocationError::TooMany => {
            Problem::invalid(FieldError::body(["amount"], Code::OutOfRange, error.to_string()))
        }
        AllocationError::NotEnough { needed, available } => {
            Problem::NotEnoughCredits { needed: needed.get(), available: available.get() }
        }
        AllocationError::Forbidden(forbidden) => forbidden.into(),
        AllocationError::NotFound => Problem::NotFound,
        AllocationError::KeyReused => Problem::IdempotencyKeyReused,
        AllocationError::Cursor(invalid) => invalid.into(),
        AllocationError::Failure(failure) => failure.into(),
    }
}
