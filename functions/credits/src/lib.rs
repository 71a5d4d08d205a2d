//! Credits: the balance, where they went, ordering some, adding some on the operator's behalf, and what goes between a
//! master and its sub accounts.

mod allocations;
mod orders;
mod top_up;

use app::App;
use app::credits::CreditsError;
use axum::Json;
use axum::extract::State;
use domain::credits::{LedgerEntry, LedgerKind, Transfer};
use domain::id::{AccountId, CreditOrderId, LedgerEntryId, MessageId};
use domain::orders::OrderState;
use http_api::{Caller, Code, FieldError, Page, PageQuery, Problem, Query, schema};
use jiff::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(balance))
        .routes(routes!(ledger))
        .routes(routes!(top_up::top_up))
        .routes(routes!(orders::list, orders::order))
        .routes(routes!(orders::cancel))
        .routes(routes!(allocations::balance))
        .routes(routes!(allocations::ledger))
        .routes(routes!(allocations::allocate))
        .routes(routes!(allocations::reclaim))
}

/// The credits of an account.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Balance {
    /// What can be spent.
    #[schema(example = 970)]
    available: u64,
    /// What messages on their way hold.
    #[schema(example = 2)]
    held: u64,
    /// What was spent.
    #[schema(example = 28)]
    spent: u64,
}

impl From<domain::credits::Balance> for Balance {
    fn from(balance: domain::credits::Balance) -> Self {
        let domain::credits::Balance { available, held, spent } = balance;
        Self { available: available.get(), held: held.get(), spent: spent.get() }
    }
}

/// What happened to the credits of an account.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct Line {
    /// Its id.
    #[schema(value_type = schema::LedgerEntryId)]
    id: LedgerEntryId,
    /// When.
    #[schema(value_type = schema::Time)]
    at: Timestamp,
    /// What.
    kind: LineKind,
    /// What it did to the credits that can be spent: negative for a message, and for what went to another account.
    #[schema(example = -1)]
    amount: i64,
    /// For a message or a return: which message.
    #[schema(value_type = Option<schema::MessageId>, required = true)]
    message_id: Option<MessageId>,
    /// For a top-up: what the operator noted.
    #[schema(required = true, example = "invoice 17")]
    reference: Option<String>,
    /// For a top-up: which order it fulfilled, if any.
    #[schema(value_type = Option<schema::CreditOrderId>, required = true)]
    order_id: Option<CreditOrderId>,
    /// For what went to another account or came from it: which account.
    #[schema(value_type = Option<schema::AccountId>, required = true)]
    account_id: Option<AccountId>,
}

/// What can happen to credits.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LedgerKind)]
enum LineKind {
    /// The operator added some.
    TopUp,
    /// A message was accepted.
    Message,
    /// A message was not taken by its carrier; its price came back.
    Return,
    /// Allocated to a sub account.
    AllocationOut,
    /// Allocated by the master account.
    AllocationIn,
    /// Taken back by the master account.
    ReclaimOut,
    /// Taken back from a sub account.
    ReclaimIn,
}

impl From<Transfer> for LineKind {
    fn from(transfer: Transfer) -> Self {
        match transfer {
            Transfer::AllocationOut => Self::AllocationOut,
            Transfer::AllocationIn => Self::AllocationIn,
            Transfer::ReclaimOut => Self::ReclaimOut,
            Transfer::ReclaimIn => Self::ReclaimIn,
        }
    }
}

impl From<LedgerEntry> for Line {
    fn from(entry: LedgerEntry) -> Self {
        let base = Self {
            id: entry.id,
            at: entry.at,
            kind: LineKind::TopUp,
            amount: entry.effect(),
            message_id: None,
            reference: None,
            order_id: None,
            account_id: None,
        };
        match entry.kind {
            LedgerKind::TopUp { reference, order, .. } => Self { reference, order_id: order, ..base },
            LedgerKind::Message { message, .. } => {
                Self { kind: LineKind::Message, message_id: Some(message), ..base }
            }
            LedgerKind::Return { message, .. } => {
                Self { kind: LineKind::Return, message_id: Some(message), ..base }
            }
            LedgerKind::Transfer { transfer, account, .. } => {
                Self { kind: transfer.into(), account_id: Some(account), ..base }
            }
        }
    }
}

/// Get the balance
///
/// Needs `credits:read`.
#[utoipa::path(
    get, path = "/v1/credits", operation_id = "get_credits", tag = "credits",
    extensions(("x-permission" = json!("credits:read"))),
    responses(
        (status = 200, description = "The account's credits.", body = Balance),
        (status = 403, description = "`forbidden`"),
    ),
)]
async fn balance(State(app): State<App>, caller: Caller) -> Result<Json<Balance>, Problem> {
    Ok(Json(app::credits::balance(&app, &caller).await.map_err(problem)?.into()))
}

/// List the ledger
///
/// Everything that happened to the account's credits, newest first. Needs `credits:read`.
#[utoipa::path(
    get, path = "/v1/credits/ledger", operation_id = "list_ledger", tag = "credits", params(PageQuery),
    extensions(("x-permission" = json!("credits:read"))),
    responses(
        (status = 200, description = "A page of the ledger.", body = Page<Line>),
        (status = 403, description = "`forbidden`"),
    ),
)]
async fn ledger(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Line>>, Problem> {
    let entries = app::credits::ledger(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(entries, Line::from)))
}

fn problem(error: CreditsError) -> Problem {
    let field = |field, code| Problem::invalid(FieldError::body([field], code, error.to_string()));
    match error {
        CreditsError::NoAccount => field("account_id", Code::NoSuchThing),
        CreditsError::TooMany => field("amount", Code::OutOfRange),
        CreditsError::NoSuchOrder => field("order_id", Code::NoSuchThing),
        CreditsError::OtherAmount(_) => field("amount", Code::NotTogether),
        CreditsError::OrderEnded(OrderState::Cancelled) => {
            Problem::Conflict("the order was cancelled".into())
        }
        CreditsError::OrderEnded(_) => Problem::Conflict("another top-up has fulfilled the order".into()),
        CreditsError::KeyReused => Problem::IdempotencyKeyReused,
        CreditsError::Forbidden(forbidden) => forbidden.into(),
        CreditsError::Cursor(invalid) => invalid.into(),
        CreditsError::Failure(failure) => failure.into(),
    }
}
