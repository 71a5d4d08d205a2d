//! Quick replies: texts at hand while composing, such as opening hours or the way to the shop (D32, D37).
//!
//! A quick reply is a beginning: it may be changed before it is sent, so sending one counts as composing (X12). Its fields
//! are those of templates (see [`crate::template`]).

use jiff::Timestamp;

use crate::{id::QuickReplyId, name::DisplayName, scope::Scope, template::TemplateText};

/// A quick reply of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickReply {
    /// Its id.
    pub id: QuickReplyId,
    /// By what it is found.
    pub title: DisplayName,
    /// Its text.
    pub text: TemplateText,
    /// Who has it at hand.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
}
