//! What several carriers' webhooks have in common.

use domain::{message::CarrierReference, phone::PhoneNumber, sender_id::SenderId};
use serde_json::Value;
use url::Url;

use crate::{Event, InboundMedia, UnknownEvent, Unreadable, outcome::Code};

/// A JSON body that is one event or an array of them.
pub(crate) fn one_or_many(
    body: &[u8],
    event: impl Fn(Value) -> Result<Event, Unreadable>,
) -> Result<Vec<Event>, Unreadable> {
    match serde_json::from_slice(body).map_err(|_| Unreadable::Form)? {
        Value::Array(events) => events.into_iter().map(event).collect(),
        one => Ok(vec![event(one)?]),
    }
}

/// A kind of event, or a status, that we do not know.
pub(crate) fn unknown(kind: &str, reference: Option<CarrierReference>) -> Event {
    Event::Unknown(UnknownEvent { kind: Code::new(kind).into_string(), reference })
}

/// A message from what is no phone number (a short code, a name, another channel): there is nobody to hold a conversation
/// with.
pub(crate) fn no_phone_number(reference: Option<CarrierReference>) -> Event {
    unknown("inbound.not_a_phone_number", reference)
}

/// The number, which some carriers write without its `+`.
pub(crate) fn phone_number(text: &str) -> Option<PhoneNumber> {
    if text.starts_with('+') { text.parse().ok() } else { format!("+{text}").parse().ok() }
}

/// What the customer wrote to: a number, which some carriers write without its `+`, or a short code.
pub(crate) fn sender_id(text: &str) -> Option<SenderId> {
    /// The longest short codes in the world have as many digits as the shortest numbers. No carrier of ours writes the number
    /// of a country so small without its `+`.
    const SHORT_CODE_DIGITS_MAX: usize = 6;
    if text.len() <= SHORT_CODE_DIGITS_MAX {
        text.parse().ok()
    } else {
        phone_number(text).map(SenderId::from)
    }
}

/// The media that lie at usable addresses, and how many do not.
pub(crate) fn media<'a>(
    all: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> (Vec<InboundMedia>, u32) {
    let (mut media, mut unreadable) = (Vec::new(), 0_u32);
    for (address, content_type) in all {
        let url = address.and_then(|text| Url::parse(text).ok()).filter(|url| url.scheme() == "https");
        match url {
            Some(url) => {
                let content_type = content_type.unwrap_or("application/octet-stream").to_owned();
                media.push(InboundMedia { url, content_type });
            }
            None => unreadable = unreadable.saturating_add(1),
        }
    }
    (media, unreadable)
}
