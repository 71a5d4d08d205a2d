//! Where a message goes: a conversation, or the one that begins with it.

use domain::{conversation::Conversation, id::GatewayId, phone::PhoneNumber};
use jiff::Timestamp;
use storage::{AccountStore, Contact, StoreError};

use super::{Recipient, SendError, Sender};
use crate::{App, Failure, begin::begin};

/// Where a message goes, read before anything is decided.
pub(super) struct Target {
    pub(super) gateway: GatewayId,
    pub(super) number: PhoneNumber,
    pub(super) conversation: Option<Conversation>,
}

impl Target {
    /// The conversation, or the one that begins, with its contact if they are new.
    pub(super) async fn conversation(
        &self,
        app: &App,
        account: &AccountStore,
        at: Timestamp,
    ) -> Result<(Conversation, Option<Contact>), StoreError> {
        match self.conversation.clone() {
            Some(conversation) => Ok((conversation, None)),
            // Staff may write first (E06).
            None => begin(app, account, self.gateway, &self.number, at).await,
        }
    }
}

/// Finds where a request wants to go, if the sender may write there.
pub(super) async fn target(
    app: &App,
    sender: &Sender,
    account: &AccountStore,
    to: &Recipient,
) -> Result<Target, SendError> {
    let target = match to {
        Recipient::Conversation(id) => {
            let conversation = account.conversation(*id).await?.ok_or(SendError::NotFound)?;
            Target {
                gateway: conversation.gateway,
                number: conversation.contact_number.clone(),
                conversation: Some(conversation),
            }
        }
        Recipient::CustomerOf { conversation, gateway } => {
            let conversation = account.conversation(*conversation).await?;
            let conversation = conversation.filter(|it| sender.may_write(it)).ok_or(SendError::NotFound)?;
            from_gateway(app, account, conversation.contact_number, *gateway).await?
        }
        Recipient::Number { number, gateway } => {
            let (number, gateway) = number_and_gateway(account, number, *gateway).await?;
            from_gateway(app, account, number, gateway).await?
        }
        Recipient::Contact { contact, number, gateway } => {
            let contact = account.contact(*contact).await?.ok_or(SendError::NoSuchContact)?;
            let first = contact.number().ok_or(SendError::NotTheirNumber)?;
            let number = number.as_deref().unwrap_or(first.as_str());
            let (number, gateway) = number_and_gateway(account, number, *gateway).await?;
            if !contact.numbers.contains(&number) {
                return Err(SendError::NotTheirNumber);
            }
            from_gateway(app, account, number, gateway).await?
        }
    };
    let hidden = target.conversation.as_ref().is_some_and(|it| !sender.may_write(it));
    if hidden { Err(SendError::NotFound) } else { Ok(target) }
}

/// The conversation between a gateway and a number, or the one that begins.
async fn from_gateway(
    app: &App,
    account: &AccountStore,
    number: PhoneNumber,
    gateway: GatewayId,
) -> Result<Target, SendError> {
    let found = app.gateways.gateway_in(app, account.id(), gateway).await?;
    if found.ok_or(SendError::NoSuchGateway)?.sender.number() == Some(&number) {
        return Err(SendError::OwnNumber);
    }
    let id = Conversation::id_for(account.id(), gateway, &number);
    Ok(Target { gateway, number, conversation: account.conversation(id).await? })
}

/// Reads the account's settings only where the request leaves something to them.
async fn number_and_gateway(
    account: &AccountStore,
    number: &str,
    gateway: Option<GatewayId>,
) -> Result<(PhoneNumber, GatewayId), SendError> {
    if let (Some(gateway), true) = (gateway, number.trim_start().starts_with('+')) {
        return Ok((PhoneNumber::parse(number, None)?, gateway));
    }
    let settings = account.settings().await?.ok_or(Failure::Broken("the account has no settings"))?;
    let number = PhoneNumber::parse(number, Some(settings.region))?;
    Ok((number, gateway.or(settings.default_gateway).ok_or(SendError::NoGateway)?))
}
