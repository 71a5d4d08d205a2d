//! Reading the Messages API's webhooks (Vonage, "Messages API: inbound message" and "message status"): one JSON object, with a
//! `status` if it is a receipt.

use domain::message::{CarrierReference, ReceiptStatus};
use serde::Deserialize;

use super::{codes, send::Problem};
use crate::{CarrierFailure, Event, InboundMessage, StatusReport, Unreadable, outcome::Code, reading};

#[derive(Deserialize)]
struct Hook {
    message_uuid: CarrierReference,
    channel: Option<String>,
    from: Option<String>,
    to: Option<String>,
    #[serde(flatten)]
    content: Content,
    status: Option<String>,
    client_ref: Option<String>,
    error: Option<Problem>,
}

/// What a message from a customer may consist of; the field is named as the type.
#[derive(Deserialize)]
struct Content {
    message_type: Option<String>,
    text: Option<String>,
    image: Option<File>,
    audio: Option<File>,
    video: Option<File>,
    vcard: Option<File>,
    file: Option<File>,
    #[serde(rename = "content", default)]
    several: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    url: Option<String>,
    caption: Option<String>,
    /// A part of `content` may be a text instead of a file.
    text: Option<String>,
}

pub(super) fn read(body: &[u8]) -> Result<Event, Unreadable> {
    let hook: Hook = serde_json::from_slice(body).map_err(|_| Unreadable::Form)?;
    let channel = hook.channel.as_deref().ok_or(Unreadable::Field("channel"))?;
    if !matches!(channel, "sms" | "mms") {
        return Ok(reading::unknown(&format!("channel.{channel}"), Some(hook.message_uuid)));
    }
    if hook.status.is_some() { status_report(hook) } else { inbound(hook) }
}

fn inbound(hook: Hook) -> Result<Event, Unreadable> {
    let reference = hook.message_uuid;
    let from = hook.from.ok_or(Unreadable::Field("from"))?;
    let to = hook.to.ok_or(Unreadable::Field("to"))?;
    let kind = hook.content.message_type.as_deref().ok_or(Unreadable::Field("message_type"))?;
    if !matches!(kind, "text" | "image" | "audio" | "video" | "vcard" | "file" | "content") {
        return Ok(reading::unknown(&format!("inbound.{kind}"), Some(reference)));
    }
    let Some((from, to)) = reading::phone_number(&from).zip(reading::sender_id(&to)) else {
        return Ok(reading::no_phone_number(Some(reference)));
    };
    let text = hook.content.text();
    let files = hook.content.files();
    let (media, media_unreadable) = reading::media(files.map(|file| (file.url.as_deref(), None)));
    Ok(Event::Inbound(InboundMessage { reference, from, to, text, media, media_unreadable, opt_out: None }))
}

impl Content {
    fn parts(&self) -> impl Iterator<Item = &File> {
        let single = [&self.image, &self.audio, &self.video, &self.vcard, &self.file];
        single.into_iter().flatten().chain(&self.several)
    }

    fn files(&self) -> impl Iterator<Item = &File> {
        self.parts().filter(|part| part.url.is_some() || part.text.is_none())
    }

    /// The text and what is written below the files, a line each.
    fn text(&self) -> String {
        let below = self.parts().flat_map(|part| [&part.text, &part.caption]);
        let texts: Vec<_> = [&self.text].into_iter().chain(below).flatten().map(String::as_str).collect();
        texts.join("\n")
    }
}

fn status_report(hook: Hook) -> Result<Event, Unreadable> {
    let reference = Some(hook.message_uuid);
    let status = match hook.status.as_deref().ok_or(Unreadable::Field("status"))? {
        "submitted" => ReceiptStatus::Sent,
        "delivered" | "read" => ReceiptStatus::Delivered,
        "undeliverable" => ReceiptStatus::Undelivered,
        "rejected" => ReceiptStatus::Failed,
        other => return Ok(reading::unknown(&format!("status.{other}"), reference)),
    };
    let failed = matches!(status, ReceiptStatus::Undelivered | ReceiptStatus::Failed);
    let code = hook.error.filter(|_| failed).and_then(|problem| problem.code());
    let error = code
        .map(|code| CarrierFailure { reason: codes::refusal(&code), code: Code::new(&code).into_string() });
    let message = hook.client_ref.and_then(|id| id.parse().ok());
    Ok(Event::Status(StatusReport { message, reference, status, error }))
}
