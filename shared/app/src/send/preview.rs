//! What a message would be and cost, before it is sent.

use domain::{access::Permission, credits::Credits, segments::Segmentation};

use super::{Content, Recipient, SendError, Sender, target};
use crate::{App, Caller};

/// A message as it would leave now.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Its text.
    pub text: String,
    /// How it is encoded and in how many segments.
    pub segmentation: Segmentation,
    /// What it would cost (D30).
    pub credits: Credits,
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
    Ok(Preview { segmentation: finished.segmentation(), credits: finished.price(), text: finished.text })
}
