//! A delivery receipt comes in.

use carriers::StatusReport;
use domain::{
    consent::{OptOut, OptOutSource},
    gateway::Gateway,
    message::{Failure as MessageFailure, Refusal},
};
use storage::{MessageSaveError, StoreError};

use crate::{App, Failure, conversations::ATTEMPTS_MAX};

/// What became of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// The message's status rose.
    Changed,
    /// It says nothing new: repeated, late or out of order (I06).
    NothingNew,
    /// No message of this gateway has that id.
    UnknownMessage,
}

/// Applies a receipt to its message.
pub async fn report(app: &App, gateway: &Gateway, report: &StatusReport) -> Result<Reported, Failure> {
    let Some(id) = report.message else { return Ok(Reported::UnknownMessage) };
    let account = app.store.account(gateway.account);
    let Some(record) = account.message_record(id).await? else { return Ok(Reported::UnknownMessage) };
    for _ in 0..ATTEMPTS_MAX {
        let found = account.message_at(record.conversation, record.sequence).await?;
        let Some((message, delivery)) = found.as_ref().and_then(|it| Some((it, it.delivery()?))) else {
            return Ok(Reported::UnknownMessage);
        };
        if delivery.gateway != gateway.id {
            return Ok(Reported::UnknownMessage);
        }
        let now = app.now();
        let failure =
            report.error.clone().map(|error| MessageFailure { reason: error.reason, code: Some(error.code) });
        if failure.as_ref().is_some_and(|failure| failure.reason == Refusal::OptedOut) {
            account.opt_out(&delivery.to, OptOut { since: now, source: OptOutSource::Carrier }).await?;
        }
        let Some(mut step) = delivery.receipt(report.status, failure, now) else {
            return Ok(Reported::NothingNew);
        };
        step.delivery.reference = step.delivery.reference.or_else(|| report.reference.clone());
        match account.save_delivery(message, step.delivery, step.credits).await {
            Ok(_) => return Ok(Reported::Changed),
            Err(MessageSaveError::Changed) => {}
            Err(MessageSaveError::Store(error)) => return Err(error.into()),
        }
    }
    Err(StoreError::Contention.into())
}
