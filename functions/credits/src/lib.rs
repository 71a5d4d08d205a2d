//! Credits: the balance, where they went, and adding some on the operator's behalf.

mod top_up;

use app::App;
use app::credits::CreditsError;
use axum::Json;
use axum::extract::State;
use domain::credits::{LedgerEntry, LedgerKind};
use domain::id::{LedgerEntryId, MessageId};
use http_api::{Caller, Code, FieldError, Page, PageQuery, Problem, Query, schema};
use jiff::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(balance)).routes(routes!(ledger)).routes(routes!(top_up::top_up))
}

/// The credits of an account.
#[derive(Serialize, utoipa::ToSchema)]
struct Balance {
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
    /// What it did to the credits that can be spent: negative for a message.
    #[schema(example = -1)]
    amount: i64,
    /// For a message or a return: which message.
    #[schema(value_type = Option<schema::MessageId>, required = true)]
    message_id: Option<MessageId>,
    /// For a top-up: what the operator noted.
    #[schema(required = true, example = "invoice 17")]
    reference: Option<String>,
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
}

impl From<LedgerEntry> for Line {
    fn from(entry: LedgerEntry) -> Self {
        let amount = entry.effect();
        let (kind, message_id, reference) = match entry.kind {
            LedgerKind::TopUp { reference, .. } => (LineKind::TopUp, None, reference),
            LedgerKind::Message { message, .. } => (LineKind::Message, Some(message), None),
            LedgerKind::Return { message, .. } => (LineKind::Return, Some(message), None),
        };
        Self { id: entry.id, at: entry.at, kind, amount, message_id, reference }
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
    let balance = app::credits::balance(&app, &caller).await.map_err(problem)?;
    Ok(Json(Balance {
        available: balance.available.get(),
        held: balance.held.get(),
        spent: balance.spent.get(),
    }))
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
        CreditsError::KeyReused => Problem::IdempotencyKeyReused,
        CreditsError::Forbidden(forbidden) => forbidden.into(),
        CreditsError::Cursor(invalid) => invalid.into(),
        CreditsError::Failure(failure) => failure.into(),
    }
}
