//! What follows when a customer texts a keyword: they are put on its list, and perhaps answered (A06).
//!
//! This follows from the table's stream, which may tell of a text more than once: the list knows by the text whether it was
//! told before, and the answer's id follows from the text. An answer that cannot be sent (too few credits, an opt-out, a
//! feature that is switched off) is left out once and for all, because a late answer is worse than none. Nothing is answered
//! to one of our own numbers, and what we send is never read as a keyword, so no answer leads to another (I15). Where another
//! business answers by itself too, both stop soon: see [`domain::automation::ANSWERS_MAX`].

use domain::{
    access::Feature,
    id::{AccountId, ConversationId, MessageId},
    keyword::{Keyword, Word},
    managed::ManagedBy,
    message::Message,
    template::Fields,
};
use storage::{KeywordAnswer, KeywordUse, Listed};

use crate::{
    App, Failure,
    send::{Automatic, Content, SendError, send_automatically},
};

/// Does what follows from a customer's text, if it is a keyword.
pub(crate) async fn follow(
    app: &App,
    account: AccountId,
    conversation: ConversationId,
    text: &Message,
) -> Result<(), Failure> {
    let Some(word) = Word::of_text(&text.text) else { return Ok(()) };
    let store = app.store.account(account);
    let Some(keyword) = store.keyword_of(&word).await? else { return Ok(()) };
    let Some(conversation) = store.conversation(conversation).await? else { return Ok(()) };
    if store.has_gateway_for(&conversation.contact_number.clone().into()).await? {
        return Ok(());
    }
    let it = KeywordUse {
        message: text.id,
        keyword: keyword.id,
        list: keyword.contact_list,
        contact: conversation.contact,
        at: app.now(),
    };
    match store.use_keyword(&it).await? {
        Listed::Done(KeywordAnswer::Open) => {}
        Listed::Done(KeywordAnswer::Sent | KeywordAnswer::None) => return Ok(()),
        Listed::NoSuchList => {
            tracing::warn!(metric = "keyword_without_list", keyword = %keyword.id, "the list of a keyword is gone");
            return Ok(());
        }
    }
    let answer = answer(app, account, conversation.id, &keyword, text).await?;
    Ok(store.keyword_answered(text.id, answer).await?)
}

async fn answer(
    app: &App,
    account: AccountId,
    conversation: ConversationId,
    keyword: &Keyword,
    text: &Message,
) -> Result<KeywordAnswer, Failure> {
    let Some(template) = keyword.answer else { return Ok(KeywordAnswer::None) };
    let answer = Automatic {
        id: MessageId::derive(&[b"keyword answer", text.id.uuid().as_bytes()]),
        account,
        conversation,
        content: Content::of_template(template, Fields::new()),
        // A master's keywords are the master's feature.
        needs: (keyword.managed_by == ManagedBy::Account).then_some(Feature::Keywords),
        assign: keyword.assign.clone(),
        exempt_until: None,
    };
    match send_automatically(app, &answer).await {
        Ok(_) => Ok(KeywordAnswer::Sent),
        Err(SendError::Failure(failure)) => Err(failure),
        Err(refused) => {
            tracing::warn!(
                metric = "keyword_not_answered", keyword = %keyword.id, reason = %refused, "a keyword is not answered"
            );
            Ok(KeywordAnswer::None)
        }
    }
}
