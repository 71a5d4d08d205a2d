//! What a message would be and cost, before it is sent.

use domain::{
    access::Permission,
    credits::{Credits, price},
    segments::{Replacement, Segmentation, Simplified, segment},
};

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
    /// What a text of the sender's own would be, with or without media; it may still be blank.
    pub fn of_text(text: String, smart_encoding: bool, has_media: bool) -> Self {
        let Simplified { text, replaced } = encode(text, smart_encoding);
        let segmentation = segment(&text);
        Self { credits: price(segmentation.segments, has_media), segmentation, replaced, text }
    }
}

/// What would be sent, and what it would cost. Without a recipient, a template is filled from the request alone.
pub async fn preview(
    app: &App,
    caller: &Caller,
    to: Option<&Recipient>,
    content: &Content,
) -> Result<Preview, SendError> {
    caller.require(Permission::MessagesManage)?;
    let account = app.store.account(caller.account);
    let sender = Sender::of(caller);
    let prepared = content.prepare(&account, &sender.scopes).await?;
    let found = match to {
        None => None,
        Some(to) => {
            let target = target(app, &sender, &account, to).await?;
            Some(target.conversation(app, &account, app.now()).await?)
        }
    };
    let to = found.as_ref().map(|(conversation, new)| (conversation, new.as_ref()));
    let finished = prepared.finish(&prepared.known(&account, &sender, to).await?)?;
    Ok(Preview {
        segmentation: finished.segmentation(),
        credits: finished.price(),
        text: finished.text,
        replaced: finished.replaced,
    })
}
