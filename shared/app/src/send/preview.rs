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
    let prepared = content.prepare(&account).await?;
    let name = match to {
        None => None,
        Some(to) => {
            let target = target(app, &Sender::of(caller), &account, to).await?;
            target.conversation(app, &account, app.now()).await?.0.contact_name
        }
    };
    let finished = prepared.finish(name.as_ref())?;
    Ok(Preview { segmentation: finished.segmentation(), credits: finished.price(), text: finished.text })
}
