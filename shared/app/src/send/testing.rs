//! A test message: a disclaimer, then the text, both as any other message (D36, X14).
//!
//! Both are accepted in one transaction, so neither leaves without the other, and they leave in their order as all messages
//! of a conversation do (I08). Both are charged.

use domain::{body::disclaimer as words, id::MessageId};
use storage::AccountStore;

use super::{Accepted, Caller, Leaving, Order, Permission, Request, SendError, Sender};
use super::{content::Finished, fingerprint, message_id, quiet, take_all};
use crate::{App, Failure};

/// An accepted test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// What says that a test follows.
    pub disclaimer: Accepted,
    /// The text.
    pub message: Accepted,
}

/// Accepts a test message. Whoever may send the text may send it as a test, and nobody else.
pub async fn send_test(app: &App, caller: &Caller, request: &Request) -> Result<Tested, SendError> {
    caller.require(Permission::MessagesManage)?;
    quiet::may_override(caller, request)?;
    let order = Order {
        id: message_id(app, caller, request.key.as_deref()),
        fingerprint: fingerprint(caller, request, b"test"),
        to: &request.to,
        content: &request.content,
        seen: request.seen,
        is_test: true,
        due: None,
        overrides_quiet_hours: request.overrides_quiet_hours,
    };
    let both = take_all(app, &Sender::of(caller), &order).await?;
    let [disclaimer, message] =
        <[Accepted; 2]>::try_from(both).map_err(|_| Failure::Broken("a test is two messages"))?;
    Ok(Tested { disclaimer, message })
}

/// The id of the disclaimer follows from that of the text: a repeated request finds both.
pub(super) fn disclaimer_id(message: MessageId) -> MessageId {
    MessageId::derive(&[b"disclaimer", message.uuid().as_bytes()])
}

/// What goes before a test.
pub(super) async fn disclaimer(account: &AccountStore, order: &Order<'_>) -> Result<Leaving, SendError> {
    let settings = account.settings().await?.ok_or(Failure::Broken("the account has no settings"))?;
    Ok(Leaving { id: disclaimer_id(order.id), content: Finished::text(words(&settings.name)) })
}
