//! Things that more than one function shows, as the API shows them.
//!
//! Functions do not depend on each other, so what two of them answer is described here. These structs are the API's
//! own: a change of a domain type does not change an answer by accident.

mod branding;
mod conversation;
mod grants;
mod message;
mod session;
mod timeline;
mod user;

pub use branding::Branding;
pub use conversation::{Contact, Conversation};
pub use grants::Grants;
pub use message::{Author, Failure, Media, Message};
pub use session::Session;
pub use timeline::{Happening, Note, TimelineActor, TimelineEntry, TimelineEvent};
pub use user::User;
