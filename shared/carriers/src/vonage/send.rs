//! Building the Messages API's send request and reading its answer (Vonage, "Messages API: send a message").

use domain::{id::MessageId, message::CarrierReference};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::{codes, credentials::VonageCredentials};
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, meaning, wire};

/// The shortest validities that Vonage takes.
const SMS_SECONDS_MIN: u32 = 20;
const MMS_SECONDS_MIN: u32 = 300;

#[derive(Serialize)]
struct Body<'a> {
    channel: &'static str,
    from: &'a str,
    to: &'a str,
    message_type: &'static str,
    /// The text, the file or the files, under the name that the type has.
    #[serde(flatten)]
    content: Value,
    client_ref: MessageId,
    webhook_url: &'a str,
    webhook_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u32>,
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &VonageCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let (channel, seconds_min) =
        if message.media.is_empty() { ("sms", SMS_SECONDS_MIN) } else { ("mms", MMS_SECONDS_MIN) };
    let (message_type, content) = content(message);
    let body = Body {
        channel,
        from: wire::without_plus(message.from.as_str()),
        to: wire::without_plus(message.to.as_str()),
        message_type,
        content,
        client_ref: message.id,
        webhook_url: message.status_callback.as_str(),
        webhook_version: "v1",
        ttl: message.validity_seconds.map(|seconds| seconds.max(seconds_min)),
    };
    let url = Url::parse("https://api.nexmo.com/v1/messages").map_err(|_| InvalidCredentials::Form)?;
    let login = wire::basic(&credentials.api_key, credentials.api_secret.expose_secret())?;
    HttpRequest::json(url, login, &body)
}

/// The message's type and what it consists of. The text goes with the first file.
fn content(message: &Outgoing<'_>) -> (&'static str, Value) {
    let caption = (!message.body.is_empty()).then_some(message.body);
    let file = |url: &Url, caption: Option<&str>| match caption {
        Some(caption) => json!({ "url": url.as_str(), "caption": caption }),
        None => json!({ "url": url.as_str() }),
    };
    match message.media {
        [] => ("text", json!({ "text": message.body })),
        [one] => {
            let kind = media_type(one);
            (kind, json!({ kind: file(one, caption) }))
        }
        several => {
            let item = |(index, url): (usize, &Url)| {
                let mut item = file(url, caption.filter(|_| index == 0));
                if let Some(fields) = item.as_object_mut() {
                    fields.insert("type".to_owned(), media_type(url).into());
                }
                item
            };
            let items: Vec<Value> = several.iter().enumerate().map(item).collect();
            ("content", json!({ "content": items }))
        }
    }
}

/// What kind of file lies at the address, as its name says.
fn media_type(url: &Url) -> &'static str {
    let extension = url.path().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("jpg" | "jpeg" | "png" | "gif") => "image",
        Some("mp3" | "m4a" | "amr" | "ogg" | "wav") => "audio",
        Some("mp4" | "3gp" | "3gpp" | "mov" | "webm") => "video",
        Some("vcf") => "vcard",
        _ => "file",
    }
}

#[derive(Deserialize)]
struct Answer {
    message_uuid: CarrierReference,
}

/// The part of a problem (RFC 9457) that decides. Never its text.
#[derive(Deserialize)]
pub(super) struct Problem {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    title: Value,
}

impl Problem {
    /// The code: behind the `#` of the type's address, or else the title if that is a number.
    pub(super) fn code(&self) -> Option<String> {
        let fragment = self.kind.rsplit_once('#').map(|(_, code)| code).filter(|code| !code.is_empty());
        fragment.map(str::to_owned).or_else(|| self.title.as_u64().map(|code| code.to_string())).or_else(
            || {
                let digits =
                    |title: &&str| !title.is_empty() && title.bytes().all(|byte| byte.is_ascii_digit());
                self.title.as_str().filter(digits).map(str::to_owned)
            },
        )
    }
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if reply.status.is_success() {
        return match reply.json() {
            Some(Answer { message_uuid }) => Outcome::Accepted { reference: message_uuid },
            None => Outcome::Unknown,
        };
    }
    let code = reply.json().and_then(|problem: Problem| problem.code());
    let meaning = code.as_deref().and_then(codes::meaning);
    meaning::failure(reply, code.as_deref(), meaning)
}
