//! What a request says: a text and media, or a template with its fields. And to whom.

use app::send::Recipient;
use app::send::{Attached, Content, InvalidContent, MEDIA_MAX};
use domain::body::MessageBody;
use domain::id::{ContactId, ConversationId, GatewayId, MediaId, QuickReplyId, TemplateId};
use domain::template::Fields;
use http_api::{Code, FieldError, Problem, schema};
use serde::Deserialize;
use url::Url;

/// Longest address of a medium, in bytes: what browsers and carriers are known to take.
pub(crate) const MEDIA_URL_BYTES_MAX: usize = 2_048;

/// A picture or another file: a public address, from which the carrier fetches it, or what was uploaded.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged, expecting = "expected an address or an object with the id of a file that was uploaded")]
pub(crate) enum NewMessageMedia {
    /// A public address.
    Address(String),
    /// What was uploaded and finished.
    Upload(MediaName),
}

/// A file by its id.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MediaName {
    /// Its id.
    #[schema(value_type = schema::MediaId)]
    id: MediaId,
}

/// The template or quick reply that is named, if one is. Who sends one composes nothing beside it.
pub(crate) fn prepared(
    template: Option<TemplateId>,
    reply: Option<QuickReplyId>,
    fields: Option<Fields>,
    is_composed: bool,
) -> Result<Option<Content>, Problem> {
    let alone = |field, alone: bool, detail: &str| {
        let wrong = || Problem::invalid(FieldError::body([field], Code::NotTogether, detail));
        if alone { Ok(()) } else { Err(wrong()) }
    };
    match (template, reply) {
        (Some(_), Some(_)) => {
            alone("quick_reply_id", false, "expected either a template or a quick reply")?;
            Ok(None)
        }
        (Some(id), None) => {
            alone("template_id", !is_composed, "expected either a template or a text with media")?;
            Ok(Some(Content::of_template(id, fields.unwrap_or_default())))
        }
        (None, Some(id)) => {
            alone("quick_reply_id", !is_composed, "expected either a quick reply or a text with media")?;
            Ok(Some(Content::of_quick_reply(id, fields.unwrap_or_default())))
        }
        (None, None) => {
            no_fields(fields.as_ref())?;
            Ok(None)
        }
    }
}

/// Fields are those of prepared texts.
fn no_fields(fields: Option<&Fields>) -> Result<(), Problem> {
    let detail = "only a template or a quick reply has fields";
    let wrong = || Problem::invalid(FieldError::body(["fields"], Code::NotTogether, detail));
    if fields.is_some() { Err(wrong()) } else { Ok(()) }
}

/// To whom, or which field is wrong. `None`: nothing is said.
pub(crate) fn recipient(
    to: Option<String>,
    conversation: Option<ConversationId>,
    gateway: Option<GatewayId>,
) -> Result<Option<Recipient>, Problem> {
    let wrong = |field, code, detail: &str| Err(Problem::invalid(FieldError::body([field], code, detail)));
    match (to, conversation, gateway) {
        (Some(number), None, gateway) => Ok(Some(Recipient::Number { number, gateway })),
        (None, Some(conversation), None) => Ok(Some(Recipient::Conversation(conversation))),
        (None, Some(conversation), Some(gateway)) => {
            Ok(Some(Recipient::CustomerOf { conversation, gateway }))
        }
        (Some(_), Some(_), _) => {
            wrong("conversation_id", Code::NotTogether, "expected either \"to\" or \"conversation_id\"")
        }
        (None, None, Some(_)) => {
            wrong("to", Code::MissingField, "expected either \"to\" or \"conversation_id\"")
        }
        (None, None, None) => Ok(None),
    }
}

/// To whom, a contact among them, or which field is wrong. `None`: nothing is said.
pub(crate) fn addressee(
    to: Option<String>,
    contact: Option<ContactId>,
    conversation: Option<ConversationId>,
    gateway: Option<GatewayId>,
) -> Result<Option<Recipient>, Problem> {
    match (contact, conversation) {
        (Some(contact), None) => Ok(Some(Recipient::Contact { contact, number: to, gateway })),
        (Some(_), Some(_)) => {
            let detail = "expected either \"contact_id\" or \"conversation_id\"";
            Err(Problem::invalid(FieldError::body(["conversation_id"], Code::NotTogether, detail)))
        }
        (None, conversation) => recipient(to, conversation, gateway),
    }
}

/// What is composed, or which field is wrong.
pub(crate) fn content(text: Option<&MessageBody>, media: &[NewMessageMedia]) -> Result<Content, Problem> {
    if media.len() > MEDIA_MAX {
        return Err(problem(InvalidContent::TooMuchMedia));
    }
    let media = media.iter().enumerate().map(|(index, it)| match it {
        NewMessageMedia::Address(text) => Ok::<_, Problem>(Attached::At(address(index, text)?)),
        NewMessageMedia::Upload(MediaName { id }) => Ok(Attached::Upload(*id)),
    });
    Content::new(text, &media.collect::<Result<Vec<_>, _>>()?).map_err(problem)
}

fn address(index: usize, text: &str) -> Result<Url, Problem> {
    let wrong =
        |code, detail: &str| Problem::invalid(FieldError::body(["media", &index.to_string()], code, detail));
    if text.len() > MEDIA_URL_BYTES_MAX {
        return Err(wrong(Code::TooLong, "the address is too long"));
    }
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.has_host());
    url.ok_or_else(|| wrong(Code::Invalid, "expected an address that begins with https://"))
}

fn problem(error: InvalidContent) -> Problem {
    let (field, code) = match error {
        InvalidContent::Empty => ("body", Code::MissingField),
        InvalidContent::TooMuchMedia => ("media", Code::TooLong),
        InvalidContent::MediaAddress => ("media", Code::Invalid),
    };
    Problem::invalid(FieldError::body([field], code, error.to_string()))
}
