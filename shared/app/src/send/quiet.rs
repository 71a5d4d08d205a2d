//! The customer's quiet hours, asked at the moment of sending (see [`domain::quiet_hours`]).

use domain::{
    access::Permission,
    conversation::Conversation,
    quiet_hours::{Verdict, Whereabouts, is_answer},
};
use jiff::Timestamp;
use storage::{AccountStore, Contact, StoreError};

use super::{Order, Request, SendError, Sender};
use crate::{Caller, caller::Forbidden};

/// Insists that whoever wants to disturb may.
pub(super) fn may_override(caller: &Caller, request: &Request) -> Result<(), Forbidden> {
    if request.overrides_quiet_hours {
        caller.require(Permission::MessagesOverrideQuietHours)
    } else {
        Ok(())
    }
}

/// When the window closes in which an order may leave; `None`: it may leave at any hour, because it answers the customer or
/// because somebody who may has said so. In quiet hours it is refused.
pub(super) async fn leave_before(
    sender: &Sender,
    account: &AccountStore,
    order: &Order<'_>,
    to: (&Conversation, Option<&Contact>),
    at: Timestamp,
) -> Result<Option<Timestamp>, SendError> {
    // What the product itself says, it says because the customer has written.
    if sender.viewer.is_none() || order.overrides_quiet_hours {
        return Ok(None);
    }
    match verdict(account, to, at).await? {
        None => Ok(None),
        Some(Verdict::Open { until }) => Ok(Some(until)),
        Some(Verdict::Quiet { until }) => Err(SendError::QuietHours { until }),
    }
}

/// Whether a text of ours that nobody waits for may arrive now; `None`: quiet hours do not matter, because the customer has
/// just written or because the account does not keep them.
pub(crate) async fn verdict(
    account: &AccountStore,
    (conversation, new): (&Conversation, Option<&Contact>),
    at: Timestamp,
) -> Result<Option<Verdict>, StoreError> {
    if is_answer(conversation.last_inbound.map(|it| it.at), at) {
        return Ok(None);
    }
    let contact = async {
        match new {
            None => account.contact(conversation.contact).await,
            new => Ok(new.cloned()),
        }
    };
    let (settings, contact) = futures::try_join!(account.settings(), contact)?;
    let Some(settings) = settings.filter(|it| it.quiet_hours.enforced) else { return Ok(None) };
    let location = contact.map(|it| it.location).unwrap_or_default();
    let (zone, within) = (&settings.time_zone, settings.quiet_hours.within);
    let whereabouts = Whereabouts::of(&conversation.contact_number, &location, zone, within);
    Ok(Some(whereabouts.at(at)))
}
