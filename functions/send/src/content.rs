//! What a request says: a text and media, or a template with its fields. And to whom.

use app::send::Recipient;
use app::send::{Content, InvalidContent, MEDIA_MAX};
use domain::body::MessageBody;
use domain::id::{ConversationId, GatewayId, TemplateId};
use domain::template::Fields;
use http_api::{Code, FieldError, Problem};
use url::Url;

/// Longest address of a medium, in bytes: what browsers and carriers are known to take.
pub(crate) const MEDIA_URL_BYTES_MAX: usize = 2_048;

/// Who sends a template composes nothing beside it.
pub(crate) fn template(
    template: TemplateId,
    fields: Option<Fields>,
    is_composed: bool,
) -> Result<Content, Problem> {
    if is_composed {
        let detail = "expected either a template or a text with media";
        return Err(Problem::invalid(FieldError::body(["template_id"], Code::NotTogether, detail)));
    }
    Ok(Content::of_template(template, fields.unwrap_or_default()))
}

/// Fields are a template's.
pub(crate) fn no_fields(fields: Option<&Fields>) -> Result<(), Problem> {
    let detail = "only a template has fields";
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
        (None, Some(_), Some(_)) => {
            wrong("gateway_id", Code::NotTogether, "a conversation has its gateway; leave this out")
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

/// What is composed, or which field is wrong.
pub(crate) fn content(text: Option<&MessageBody>, media: &[String]) -> Result<Content, Problem> {
    if media.len() > MEDIA_MAX {
        return Err(problem(InvalidContent::TooMuchMedia));
    }
    let media = media.iter().enumerate().map(|(index, text)| address(index, text));
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
