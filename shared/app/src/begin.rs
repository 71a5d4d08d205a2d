//! How a conversation begins, whoever writes first.

use domain::{
    conversation::{Conversation, Start},
    id::{ContactId, GatewayId},
    phone::PhoneNumber,
};
use jiff::Timestamp;
use storage::{AccountStore, Contact, StoreError};

use crate::App;

/// A conversation between a gateway and a number that have not met before. Its contact may be known from another gateway, or
/// made by hand; otherwise they are returned too, to be written with the conversation. A number from the stop list stays on it.
pub(crate) async fn begin(
    app: &App,
    account: &AccountStore,
    gateway: GatewayId,
    number: &PhoneNumber,
    at: Timestamp,
) -> Result<(Conversation, Option<Contact>), StoreError> {
    let known = account.number(number).await?;
    let blocked_since = known.as_ref().and_then(|known| known.blocked_since);
    let (contact, contact_name, new_contact) = if let Some(known) = known.filter(|known| !known.released) {
        let contact = account.contact(known.contact).await?;
        (known.contact, contact.and_then(|contact| contact.name), None)
    } else {
        let id: ContactId = app.new_id();
        let new = Contact::with_number(id, number.clone(), at);
        (id, None, Some(Contact { blocked_since, version: 1, ..new }))
    };
    let mut conversation = Conversation::start(Start {
        account: account.id(),
        gateway,
        contact,
        contact_number: number.clone(),
        contact_name,
        at,
    });
    conversation.blocked = blocked_since.is_some();
    Ok((conversation, new_contact))
}
