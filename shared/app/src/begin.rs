//! How a conversation begins, whoever writes first.

use domain::{
    conversation::{Conversation, Start},
    id::{ContactId, GatewayId},
    phone::PhoneNumber,
};
use jiff::Timestamp;
use storage::{AccountStore, Contact, StoreError};

use crate::App;

/// A conversation between a gateway and a number that have not met before. Its contact may be known from another gateway;
/// otherwise they are returned too, to be written with the conversation.
pub(crate) async fn begin(
    app: &App,
    account: &AccountStore,
    gateway: GatewayId,
    number: &PhoneNumber,
    at: Timestamp,
) -> Result<(Conversation, Option<Contact>), StoreError> {
    let (contact, contact_name, new_contact) = if let Some(known) = account.number(number).await? {
        let contact = account.contact(known.contact).await?;
        (known.contact, contact.and_then(|contact| contact.name), None)
    } else {
        let id: ContactId = app.new_id();
        (id, None, Some(Contact { id, name: None, number: number.clone(), created_at: at }))
    };
    let conversation = Conversation::start(Start {
        account: account.id(),
        gateway,
        contact,
        contact_number: number.clone(),
        contact_name,
        at,
    });
    Ok((conversation, new_contact))
}
