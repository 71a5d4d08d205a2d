//! Credits: what there is, where it went, and adding some.

use std::net::IpAddr;

use domain::{
    access::Permission,
    audit::{AuditAction, AuditActor},
    credits::{Balance, Credits, LedgerEntry, LedgerKind},
    id::{AccountId, CreditOrderId, LedgerEntryId},
    orders::{CreditOrder, OrderState},
};
use storage::{InvalidCursor, Page, PageRequest, StoreError, TopUpError};

use crate::{
    App, Caller, Failure,
    audit::{self, About, NOTHING},
    caller::Forbidden,
};

/// Why credits were not shown or added.
#[derive(Debug, thiserror::Error)]
pub enum CreditsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such account.
    #[error("there is no such account")]
    NoAccount,
    /// The key was used for another top-up.
    #[error("the idempotency key was used for another top-up")]
    KeyReused,
    /// The balance would become too large.
    #[error("the balance would become too large")]
    TooMany,
    /// The account has no such order.
    #[error("the account has no such order")]
    NoSuchOrder,
    /// The order is over another amount.
    #[error("the order is over {0} credits")]
    OtherAmount(Credits),
    /// The order was cancelled, or another top-up has fulfilled it.
    #[error("the order waits no more")]
    OrderEnded(OrderState),
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for CreditsError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// The balance of the caller's account (B13).
pub async fn balance(app: &App, caller: &Caller) -> Result<Balance, CreditsError> {
    caller.require(Permission::CreditsRead)?;
    Ok(app.store.account(caller.account).balance().await?)
}

/// A page of the ledger of the caller's account, newest first.
pub async fn ledger(
    app: &App,
    caller: &Caller,
    page: PageRequest<'_>,
) -> Result<Page<LedgerEntry>, CreditsError> {
    caller.require(Permission::CreditsRead)?;
    Ok(app.store.account(caller.account).ledger(page).await??)
}

/// Credits that the operator adds to an account.
pub struct TopUp {
    /// To which account.
    pub account: AccountId,
    /// How many.
    pub amount: Credits,
    /// The operator's own reference.
    pub reference: Option<String>,
    /// The order that it fulfils.
    pub order: Option<CreditOrderId>,
    /// The request's idempotency key; the same key again makes no second top-up.
    pub key: String,
    /// From where the operator calls.
    pub address: Option<IpAddr>,
}

/// Adds credits to an account on the operator's behalf, who has been authenticated by the caller of this function.
pub async fn top_up(app: &App, top_up: TopUp) -> Result<LedgerEntry, CreditsError> {
    let TopUp { account, amount, reference, order, key, address } = top_up;
    let id = LedgerEntryId::derive(&[b"top-up", account.uuid().as_bytes(), key.as_bytes()]);
    let wanted = LedgerKind::TopUp { amount, reference: reference.clone(), order };
    let about = About { action: AuditAction::CreditsToppedUp, object: account.to_string() };
    let after = serde_json::json!({"amount": amount, "reference": reference, "order_id": order});
    let traces = audit::entry(app, AuditActor::Operator, address, about, &NOTHING, &after).into();
    let top_up = storage::TopUp { id, at: app.now(), amount, reference, order };
    match app.store.account(account).top_up(top_up, &traces).await {
        Ok(entry) => Ok(entry),
        Err(TopUpError::Made(entry)) if entry.kind == wanted => Ok(*entry),
        Err(TopUpError::Made(_)) => Err(CreditsError::KeyReused),
        Err(TopUpError::NoAccount) => Err(CreditsError::NoAccount),
        Err(TopUpError::TooMany) => Err(CreditsError::TooMany),
        Err(TopUpError::NoSuchOrder) => Err(CreditsError::NoSuchOrder),
        Err(TopUpError::OtherOrder(order)) => Err(match *order {
            CreditOrder { state: OrderState::Open, amount, .. } => CreditsError::OtherAmount(amount),
            CreditOrder { state, .. } => CreditsError::OrderEnded(state),
        }),
        Err(TopUpError::Store(error)) => Err(error.into()),
    }
}
