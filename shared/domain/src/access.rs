//! Who may do what, and who may see which conversation.
//!
//! Two questions, two answers: [`Rights::may`] for actions of the product, [`Viewer`] for a conversation. Every route, list,
//! count, notification and export asks one of them (I10); nothing else looks at roles or compares assignees with users.
//!
//! Rights come from what everybody has, from the access to conversations set for the user, from roles, from teams and from
//! what was said about the user alone; [`crate::policy::Policy`] holds the account's side of that and puts it together.

mod audience;
mod grants;
mod permission;
mod rights;
mod role;
mod viewer;

pub use audience::{Audience, InvalidAudience};
pub use grants::{Contradiction, ConversationAccess, Effect, Grants, MessageAccess};
pub use permission::{Feature, Permission, UnknownPermission};
pub use rights::{Explanation, Rights, Source};
pub(crate) use rights::{Voice, Voices};
pub use role::{CustomRole, EVERYBODY, Role, RoleRef, UnknownRole};
pub use viewer::Viewer;
