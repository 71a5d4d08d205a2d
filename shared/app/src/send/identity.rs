//! What makes a request to send the same request again (I12).

use domain::id::MessageId;
use sha2::{Digest, Sha256};

use super::{Recipient, Request};
use crate::{App, Caller};

/// The message's id: what the client made and keeps until it is answered, or what follows from its key, or a new one.
pub(super) fn message_id(app: &App, caller: &Caller, key: Option<&str>) -> MessageId {
    let Some(key) = key else { return app.new_id() };
    match key.parse::<MessageId>() {
        Ok(id) if id.uuid().get_version_num() == 7 => id,
        _ => {
            let user = caller.user.uuid();
            MessageId::derive(&[
                b"outbound",
                caller.account.uuid().as_bytes(),
                user.as_bytes(),
                key.as_bytes(),
            ])
        }
    }
}

/// What makes two requests the same request.
pub(super) fn fingerprint(caller: &Caller, request: &Request, kind: &[u8]) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or_default().to_be_bytes());
        hash.update(bytes);
    };
    part(caller.user.uuid().as_bytes());
    match &request.to {
        Recipient::Number { number, gateway } => {
            part(number.as_bytes());
            part(gateway.map(|it| it.to_string()).unwrap_or_default().as_bytes());
        }
        Recipient::Contact { contact, number, gateway } => {
            part(contact.uuid().as_bytes());
            part(number.as_deref().unwrap_or_default().as_bytes());
            part(gateway.map(|it| it.to_string()).unwrap_or_default().as_bytes());
        }
        Recipient::Conversation(conversation) => part(conversation.uuid().as_bytes()),
        Recipient::CustomerOf { conversation, gateway } => {
            part(conversation.uuid().as_bytes());
            part(gateway.uuid().as_bytes());
        }
    }
    request.content.parts(&mut part);
    if let Some(seen) = request.seen {
        part(b"seen");
        part(seen.map(|it| it.to_string()).unwrap_or_default().as_bytes());
    }
    if request.overrides_quiet_hours {
        part(b"at any hour");
    }
    part(kind);
    hex::encode(hash.finalize())
}
