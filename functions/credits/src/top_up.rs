//! `POST /v1/credits/top-ups`: the operator adds credits to an account.

use app::App;
use app::credits::TopUp;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::credits::Credits;
use domain::id::{AccountId, CreditOrderId};
use domain::name::DisplayName;
use http_api::{ClientAddress, Code, FieldError, IdempotencyKey, Operator, Problem, Valid, schema};
use serde::Deserialize;

use crate::{Line, problem};

/// Credits to add.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TopUp)]
pub(crate) struct TopUpBody {
    /// To which account.
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    /// How many: at least one.
    #[schema(value_type = u64, minimum = 1, maximum = 1_000_000_000_000_u64, example = 1000)]
    amount: Credits,
    /// Shown in the ledger, for example the number of an invoice.
    #[schema(value_type = Option<schema::DisplayName>, example = "invoice 17")]
    reference: Option<DisplayName>,
    /// The order that it fulfils: one of this account, over just this amount, that waits.
    #[schema(value_type = Option<schema::CreditOrderId>)]
    order_id: Option<CreditOrderId>,
}

/// Top up an account
///
/// For the operator of this installation, with the operator's key. The `Idempotency-Key` is required, and is good for
/// ever: the same key never adds credits to the same account twice.
#[utoipa::path(
    post, path = "/v1/credits/top-ups", operation_id = "top_up", tag = "credits", security(("operator" = [])),
    extensions(("x-permission" = json!("operator"))),
    params(
        ("Idempotency-Key" = inline(schema::IdempotencyKey), Header, description = "A name for this top-up, chosen by you."),
    ),
    request_body = TopUpBody,
    responses(
        (status = 201, description = "The entry in the account's ledger.", body = Line),
        (status = 401, description = "`unauthenticated`: the key is not the operator's"),
        (status = 409, description = "`conflict`: the order was cancelled, or is fulfilled"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn top_up(
    State(app): State<App>,
    _operator: Operator,
    ClientAddress(address): ClientAddress,
    key: IdempotencyKey,
    Valid(body): Valid<TopUpBody>,
) -> Result<(StatusCode, Json<Line>), Problem> {
    if body.amount.is_zero() {
        let detail = "expected a whole number, one or more";
        return Err(Problem::invalid(FieldError::body(["amount"], Code::OutOfRange, detail)));
    }
    let top_up = TopUp {
        account: body.account_id,
        amount: body.amount,
        reference: body.reference.map(String::from),
        order: body.order_id,
        key: key.as_str().to_owned(),
        address,
    };
    let entry = app::credits::top_up(&app, top_up).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(entry.into())))
}
