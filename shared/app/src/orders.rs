//! Orders of credits (A16): a business says what it wants to buy, the operator tops up when it is paid.

use domain::{
    access::Permission,
    audit::AuditAction,
    credits::Credits,
    id::CreditOrderId,
    name::DisplayName,
    orders::{CreditOrder, OrderState},
};
use serde_json::{Value, json};
use storage::{CancelOrder, InvalidCursor, Page, PageRequest, StoreError};

use crate::{App, Caller, Failure, audit::NOTHING, caller::Forbidden};

/// Why there is no order, or none was cancelled.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The caller may not, or the account may not order by itself.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such order in the account.
    #[error("there is no such order")]
    NotFound,
    /// Its credits were added already.
    #[error("the order is fulfilled")]
    Fulfilled,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for OrderError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

fn shown(amount: Credits, reference: Option<&DisplayName>, state: OrderState) -> Value {
    json!({"amount": amount, "reference": reference, "state": state})
}

/// Orders credits. Nothing moves until the operator tops up.
pub async fn order(
    app: &App,
    caller: &Caller,
    amount: Credits,
    reference: Option<DisplayName>,
) -> Result<CreditOrder, OrderError> {
    caller.require(Permission::CreditsBuy)?;
    let order = CreditOrder {
        id: app.new_id(),
        amount,
        reference,
        by: caller.user,
        at: app.now(),
        state: OrderState::Open,
        ended_at: None,
        entry: None,
    };
    let after = shown(amount, order.reference.as_ref(), order.state);
    let ordered = caller.audit(app, AuditAction::CreditsOrdered, order.id, &NOTHING, &after);
    app.store.account(caller.account).add_order(&order, &ordered.into()).await?;
    Ok(order)
}

/// A page of the account's orders, newest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    page: PageRequest<'_>,
) -> Result<Page<CreditOrder>, OrderError> {
    caller.require(Permission::CreditsRead)?;
    Ok(app.store.account(caller.account).orders(page).await??)
}

/// Takes an order back. Taking it back again changes nothing.
pub async fn cancel(app: &App, caller: &Caller, id: CreditOrderId) -> Result<CreditOrder, OrderError> {
    caller.require(Permission::CreditsBuy)?;
    let (before, after) = (json!({"state": OrderState::Open}), json!({"state": OrderState::Cancelled}));
    let cancelled = caller.audit(app, AuditAction::CreditsOrderCancelled, id, &before, &after);
    match app.store.account(caller.account).cancel_order(id, app.now(), &cancelled.into()).await? {
        CancelOrder::Cancelled(order) => Ok(order),
        CancelOrder::Ended(order) if order.state == OrderState::Cancelled => Ok(order),
        CancelOrder::Ended(_) => Err(OrderError::Fulfilled),
        CancelOrder::NotFound => Err(OrderError::NotFound),
    }
}
