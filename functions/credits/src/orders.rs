//! `/v1/credits/orders`: what a business wants to buy (A16).

use app::App;
use app::orders::OrderError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::credits::Credits;
use domain::id::{CreditOrderId, LedgerEntryId, UserId};
use domain::name::DisplayName;
use http_api::{
    Caller, Code, FieldError, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent,
    schema,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An order of credits.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CreditOrder {
    /// Its id.
    #[schema(value_type = schema::CreditOrderId)]
    id: CreditOrderId,
    /// How many credits.
    #[schema(example = 1000)]
    amount: u64,
    /// Your own reference.
    #[schema(value_type = Option<schema::DisplayName>, required = true, example = "purchase order 4")]
    reference: Option<DisplayName>,
    /// How far it has come.
    state: OrderState,
    /// Who ordered.
    #[schema(value_type = schema::UserId)]
    ordered_by: UserId,
    /// When.
    #[schema(value_type = schema::Time)]
    ordered_at: Timestamp,
    /// When it was fulfilled or cancelled; null as long as it waits.
    #[schema(value_type = Option<schema::Time>, required = true)]
    ended_at: Option<Timestamp>,
    /// The line of the ledger that fulfilled it.
    #[schema(value_type = Option<schema::LedgerEntryId>, required = true)]
    ledger_entry_id: Option<LedgerEntryId>,
}

/// How far an order of credits has come.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CreditOrderState)]
enum OrderState {
    /// It waits for the operator.
    Open,
    /// The credits were added.
    Fulfilled,
    /// It was taken back.
    Cancelled,
}

impl From<domain::orders::CreditOrder> for CreditOrder {
    fn from(order: domain::orders::CreditOrder) -> Self {
        let state = match order.state {
            domain::orders::OrderState::Open => OrderState::Open,
            domain::orders::OrderState::Fulfilled => OrderState::Fulfilled,
            domain::orders::OrderState::Cancelled => OrderState::Cancelled,
        };
        Self {
            id: order.id,
            amount: order.amount.get(),
            reference: order.reference,
            state,
            ordered_by: order.by,
            ordered_at: order.at,
            ended_at: order.ended_at,
            ledger_entry_id: order.entry,
        }
    }
}

/// Credits to order.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCreditOrder)]
pub(crate) struct OrderBody {
    /// How many: at least one.
    #[schema(value_type = u64, minimum = 1, maximum = 1_000_000_000_000_u64, example = 1000)]
    amount: Credits,
    /// Your own reference, such as the number of a purchase order.
    #[schema(value_type = Option<schema::DisplayName>, example = "purchase order 4")]
    reference: Option<DisplayName>,
}

/// List orders
///
/// What the account has ordered, newest first. Needs `credits:read`.
#[utoipa::path(
    get, path = "/v1/credits/orders", operation_id = "list_orders", tag = "credits", params(PageQuery),
    extensions(("x-permission" = json!("credits:read"))),
    responses(
        (status = 200, description = "A page of the account's orders.", body = Page<CreditOrder>),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<CreditOrder>>, Problem> {
    let orders = app::orders::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(orders, CreditOrder::from)))
}

/// Order credits
///
/// Tells the operator what you want to buy; the credits come when it tops up. Needs `credits:buy`, and the feature
/// `buy_credits`, which a sub account has only if its master switches it on.
#[utoipa::path(
    post, path = "/v1/credits/orders", operation_id = "order_credits", tag = "credits", params(IdempotencyKey),
    extensions(("x-permission" = json!("credits:buy"))),
    request_body = OrderBody,
    responses(
        (status = 201, description = "The order.", body = CreditOrder),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn order(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<OrderBody>,
) -> Result<Response, Problem> {
    let run = Box::pin(async {
        let OrderBody { amount, reference } = &body;
        if amount.is_zero() {
            let detail = "expected a whole number, one or more";
            return Err(Problem::invalid(FieldError::body(["amount"], Code::OutOfRange, detail)));
        }
        let order = app::orders::order(&app, &caller, *amount, reference.clone()).await.map_err(problem)?;
        Ok((StatusCode::CREATED, CreditOrder::from(order)))
    });
    idempotent(&app, &caller, key, "order credits", &body, run).await
}

/// Cancel an order
///
/// Takes back an order that waits. Cancelling it again changes nothing. Needs `credits:buy`.
#[utoipa::path(
    post, path = "/v1/credits/orders/{order_id}/cancel", operation_id = "cancel_order", tag = "credits",
    extensions(("x-permission" = json!("credits:buy"))),
    params(("order_id" = inline(schema::CreditOrderId), Path, description = "The order.")),
    responses(
        (status = 200, description = "The order, cancelled.", body = CreditOrder),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: it is fulfilled"),
    ),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<CreditOrderId>,
) -> Result<Json<CreditOrder>, Problem> {
    Ok(Json(app::orders::cancel(&app, &caller, id).await.map_err(problem)?.into()))
}

fn problem(error: OrderError) -> Problem {
    match error {
        OrderError::Forbidden(forbidden) => forbidden.into(),
        OrderError::NotFound => Problem::NotFound,
        OrderError::Fulfilled => Problem::Conflict("the order is fulfilled".into()),
        OrderError::Cursor(invalid) => invalid.into(),
        OrderError::Failure(failure) => failure.into(),
    }
}
