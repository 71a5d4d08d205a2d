//! What clients send, as JSON.

use app::live::{SaidWrong, Saying};
use domain::id::ConversationId;
use serde::Deserialize;

/// The longest text that is read: all that can be said is much shorter.
const TEXT_BYTES_MAX: usize = 1024;

const TOO_LARGE: SaidWrong = SaidWrong { problem: "too-large", detail: "at most 1024 bytes" };
const MALFORMED: SaidWrong = SaidWrong { problem: "malformed", detail: "expected a JSON object as text" };
const INVALID: SaidWrong = SaidWrong {
    problem: "invalid",
    detail: "expected the action watch or typing with a conversation_id, or unwatch or ping with nothing else",
};

#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    Watch { conversation_id: ConversationId },
    Unwatch {},
    Typing { conversation_id: ConversationId },
    Ping {},
}

/// Reads what a client sent. `binary`: it did not come as text.
pub(crate) fn read(text: &str, binary: bool) -> Result<Saying, SaidWrong> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(TOO_LARGE);
    }
    let json: serde_json::Value = serde_json::from_str(text).map_err(|_| MALFORMED)?;
    if binary || !json.is_object() {
        return Err(MALFORMED);
    }
    Ok(match serde_json::from_value(json).map_err(|_| INVALID)? {
        Said::Watch { conversation_id } => Saying::Watch(conversation_id),
        Said::Unwatch {} => Saying::Unwatch,
        Said::Typing { conversation_id } => Saying::Typing(conversation_id),
        Said::Ping {} => Saying::Ping,
    })
}
