//! Keeping a conversation on top of one's own inbox (E14, X07). Nobody else is concerned: the timeline does not tell of it.

use domain::{access::Permission, id::ConversationId};
use storage::{Pin, StoreError};

use crate::{
    App, Caller,
    conversations::{ATTEMPTS_MAX, ConversationError, Shown, readable, shown},
};

/// At most this many conversations has somebody pinned: more would be a list of their own.
pub const PINS_MAX: usize = 50;

/// Pins a conversation. Doing it again changes nothing.
pub async fn pin(app: &App, caller: &Caller, id: ConversationId) -> Result<Shown, ConversationError> {
    let conversation = readable(app, caller, id).await?;
    if !caller.viewer().may_write(&conversation.assignees) {
        return Err(ConversationError::NotFound);
    }
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let mut pins = account.pins(caller.user).await?;
        let already = pins.pins.iter().any(|pin| pin.conversation == id);
        if !already && pins.pins.len() >= PINS_MAX {
            return Err(ConversationError::TooManyPins { most: PINS_MAX });
        }
        if !already {
            pins.pins.push(Pin { conversation: id, at: app.now() });
        }
        if already || account.save_pins(caller.user, &pins).await? {
            return shown(app, caller, conversation).await;
        }
    }
    Err(StoreError::Contention.into())
}

/// Lets a conversation stand where it belongs again. Doing it again changes nothing. Who has lost sight of a conversation
/// can still unpin it.
pub async fn unpin(app: &App, caller: &Caller, id: ConversationId) -> Result<Shown, ConversationError> {
    caller.require(Permission::MessagesManage)?;
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let mut pins = account.pins(caller.user).await?;
        let before = pins.pins.len();
        pins.pins.retain(|pin| pin.conversation != id);
        if pins.pins.len() == before || account.save_pins(caller.user, &pins).await? {
            let conversation = readable(app, caller, id).await?;
            return shown(app, caller, conversation).await;
        }
    }
    Err(StoreError::Contention.into())
}
