//! What a message would be and cost, before it is sent.

use domain::{
    access::Permission,
    credits::Credits,
    prices::{Destination, price},
    segments::{Replacement, Segmentation, Simplified, segment},
};
use jiff::Timestamp;

use super::{Content, Recipient, SendError, Sender, content::encode, target};
use crate::{App, Caller};

/// A message as it would leave now.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Its text.
    pub text: String,
    /// What smart encoding has replaced in it.
    pub replaced: Vec<Replacement>,
    /// How it is encoded and in how many segments.
    pub segmentation: Segmentation,
    /// What it would cost (D30).
    pub credits: Credits,
}

impl Preview {
    /// What a text of the sender's own would be, with or without media, wherever it goes; it may still be blank.
    pub fn of_text(text: String, smart_encoding: bool, has_media: bool, at: Timestamp) -> Self {
        let Simplified { text, replaced } = encode(text, smart_encoding);
        let segmentation = segment(&text);
        let credits = price(Destination::Unknown, segmentation.segments, has_media, at);
        Self { text, replaced, segmentation, credits }
    }
}

/// What would be sent, and what it would cost. Without a recipient, a template is filled from the request alone, and the price
/// is that of the cheapest destination.
pub async fn preview(
    app: &App,
    caller: &Caller,
    to: Option<&Recipient>,
    content: &Content,
) -> Result<Preview, SendError> {
    caller.require(Permission::MessagesManage)?;
    let account = app.store.account(caller.account);
    let sender = Sender::of(caller);
    let at = app.now();
    let prepared = content.prepare(&account, &sender.scopes).await?;
    let found = match to {
        None => None,
        Some(to) => {
            let target = target(app, &sender, &account, to).await?;
            Some(target.conversation(app, &account, at).await?)
        }
    };
    let destination = found.as_ref().map_or(Destination::Unknown, |(it, _)| (&it.contact_number).into());
    let to = found.as_ref().map(|(conversation, new)| (conversation, new.as_ref()));
    let finished = prepared.finish(&prepared.known(&account, &sender, to).await?)?;
    Ok(Preview {
        segmentation: finished.segmentation(),
        credits: finished.price(destination, at),
        text: finished.text,
        replaced: finished.replaced,
    })
}
