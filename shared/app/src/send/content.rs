//! What a message says: composed by its sender, or made from a template.

use domain::{
    body::MessageBody,
    contact::CustomFields,
    conversation::Conversation,
    credits::Credits,
    id::{MediaId, QuickReplyId, TemplateId},
    message::Media,
    prices::{Destination, price},
    scheduled::Scheduled,
    segments::{Replacement, Segmentation, Simplified, segment, simplify},
    template::{BUSINESS_NAME, Fields, FillError, Known, TemplateText},
};
use jiff::Timestamp;
use storage::{AccountStore, Contact, StoreError};
use url::Url;

use super::{Scopes, SendError, Sender};

/// At most this many media in one message: the smallest limit of the carriers (Twilio's).
pub const MEDIA_MAX: usize = 10;

/// What to send: what the sender has composed (a text, media, or both), or a template of the account.
#[derive(Clone, Debug)]
pub struct Content {
    kind: Kind,
    smart_encoding: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Composed {
        text: String,
        media: Vec<Attached>,
    },
    Template {
        template: TemplateId,
        fields: Fields,
    },
    QuickReply {
        reply: QuickReplyId,
        fields: Fields,
    },
    /// Settled when it was scheduled.
    Settled {
        text: String,
        media: Vec<Media>,
        template: Option<TemplateId>,
        is_composed: bool,
    },
}

/// A picture or another file, as a sender names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attached {
    /// What lies at an address.
    At(Url),
    /// What was uploaded (D28).
    Upload(MediaId),
}

/// There is nothing to send, or too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContent {
    /// Neither a text nor media.
    #[error("a message has a text, media, or both")]
    Empty,
    /// Too many media.
    #[error("a message has at most {MEDIA_MAX} media")]
    TooMuchMedia,
    /// A medium is not at a public HTTPS address, from where the carrier could fetch it.
    #[error("media lie at https addresses")]
    MediaAddress,
}

impl Content {
    /// What a sender has composed.
    pub fn new(text: Option<&MessageBody>, media: &[Attached]) -> Result<Self, InvalidContent> {
        if text.is_none() && media.is_empty() {
            return Err(InvalidContent::Empty);
        }
        if media.len() > MEDIA_MAX {
            return Err(InvalidContent::TooMuchMedia);
        }
        if media.iter().any(|it| matches!(it, Attached::At(url) if url.scheme() != "https")) {
            return Err(InvalidContent::MediaAddress);
        }
        let text = text.map(|text| text.as_str().to_owned()).unwrap_or_default();
        Ok(Kind::Composed { text, media: media.to_vec() }.into())
    }

    /// A template of the account, with what the sender fills its fields with.
    pub fn of_template(template: TemplateId, fields: Fields) -> Self {
        Kind::Template { template, fields }.into()
    }

    /// A quick reply that the sender has at hand, with what they fill its fields with.
    pub fn of_quick_reply(reply: QuickReplyId, fields: Fields) -> Self {
        Kind::QuickReply { reply, fields }.into()
    }

    /// With characters that only look different replaced, where the text then travels in GSM 7-bit (D31).
    #[must_use]
    pub fn with_smart_encoding(self, smart_encoding: bool) -> Self {
        Self { smart_encoding, ..self }
    }

    /// What the product itself says, word by word.
    pub(crate) fn of_answer(text: String) -> Self {
        Kind::Settled { text, media: Vec::new(), template: None, is_composed: false }.into()
    }

    /// What was settled when it was scheduled.
    pub(super) fn of_scheduled(it: &Scheduled) -> Self {
        let (text, media) = (it.text.clone(), it.media.clone());
        Kind::Settled { text, media, template: it.template, is_composed: it.is_composed }.into()
    }

    /// Whether the sender wrote it, and not somebody who may manage templates (X12), as far as the request says. A quick
    /// reply is a text that could have been changed.
    pub fn is_composed(&self) -> bool {
        match self.kind {
            Kind::Composed { .. } | Kind::QuickReply { .. } => true,
            Kind::Template { .. } => false,
            Kind::Settled { is_composed, .. } => is_composed,
        }
    }

    /// Everything that makes two contents the same, in parts.
    pub(super) fn parts(&self, mut part: impl FnMut(&[u8])) {
        if self.smart_encoding {
            part(b"smart encoding");
        }
        match &self.kind {
            Kind::Composed { text, media } => {
                part(text.as_bytes());
                for it in media {
                    match it {
                        Attached::At(url) => part(url.as_str().as_bytes()),
                        Attached::Upload(id) => part(id.uuid().as_bytes()),
                    }
                }
            }
            // Its fingerprint was taken when it was scheduled.
            Kind::Settled { text, media, .. } => {
                part(text.as_bytes());
                for it in media {
                    part(it.url.as_bytes());
                }
            }
            Kind::Template { template, fields } => {
                part(b"template");
                part(template.uuid().as_bytes());
                for (name, value) in fields {
                    part(name.as_str().as_bytes());
                    part(value.as_str().as_bytes());
                }
            }
            Kind::QuickReply { reply, fields } => {
                part(b"quick reply");
                part(reply.uuid().as_bytes());
                for (name, value) in fields {
                    part(name.as_str().as_bytes());
                    part(value.as_str().as_bytes());
                }
            }
        }
    }

    /// Reads what is needed to finish it.
    pub(super) async fn prepare(
        &self,
        account: &AccountStore,
        scopes: &Scopes,
    ) -> Result<Prepared<'_>, SendError> {
        let content = match &self.kind {
            Kind::Composed { text, media } => {
                Source::Composed { text, media: attached(account, media).await? }
            }
            Kind::Settled { text, media, template, is_composed } => {
                Source::Settled { text, media, template: *template, is_composed: *is_composed }
            }
            Kind::Template { template, fields } => {
                let found = account.template_in(&scopes.templates, *template).await?;
                let found = found.ok_or(SendError::NoSuchTemplate)?.template;
                // One of a person's own is a text of their own.
                let is_composed = found.scope.is_personal();
                Source::Filled { text: found.text, fields, template: Some(found.id), is_composed }
            }
            Kind::QuickReply { reply, fields } => {
                let found = account.quick_reply(&scopes.quick_replies, *reply).await?;
                let text = found.ok_or(SendError::NoSuchQuickReply)?.quick_reply.text;
                Source::Filled { text, fields, template: None, is_composed: true }
            }
        };
        Ok(Prepared { content, smart_encoding: self.smart_encoding })
    }
}

/// The files that the sender names; those that were uploaded as they were found to be.
async fn attached(account: &AccountStore, media: &[Attached]) -> Result<Vec<Media>, SendError> {
    let mut all = Vec::with_capacity(media.len());
    for (index, it) in media.iter().enumerate() {
        all.push(match it {
            Attached::At(url) => Media::at(url.to_string(), None),
            Attached::Upload(id) => {
                Media::kept(account.upload(*id).await?.ok_or(SendError::NoSuchMedia { index })?.file)
            }
        });
    }
    Ok(all)
}

impl From<Kind> for Content {
    fn from(kind: Kind) -> Self {
        Self { kind, smart_encoding: false }
    }
}

/// Content with its template or quick reply at hand.
pub(super) struct Prepared<'a> {
    content: Source<'a>,
    smart_encoding: bool,
}

enum Source<'a> {
    Composed { text: &'a str, media: Vec<Media> },
    Settled { text: &'a str, media: &'a [Media], template: Option<TemplateId>, is_composed: bool },
    Filled { text: TemplateText, fields: &'a Fields, template: Option<TemplateId>, is_composed: bool },
}

impl Prepared<'_> {
    /// Whether it is a text of the sender's own (X12).
    pub(super) fn is_composed(&self) -> bool {
        match &self.content {
            Source::Composed { .. } => true,
            Source::Filled { is_composed, .. } | Source::Settled { is_composed, .. } => *is_composed,
        }
    }

    /// What is known of the customer, the sender and the business, read only as far as the text asks for it.
    pub(super) async fn known(
        &self,
        account: &AccountStore,
        sender: &Sender,
        to: Option<(&Conversation, Option<&Contact>)>,
    ) -> Result<Known, StoreError> {
        let Source::Filled { text, .. } = &self.content else { return Ok(Known::default()) };
        let known = match to {
            None => Known::default(),
            Some((conversation, new)) => {
                let contact = match new {
                    None if text.asks_about_contact() => account.contact(conversation.contact).await?,
                    new => new.cloned(),
                };
                let fields = contact.map_or_else(CustomFields::new, |contact| contact.fields);
                Known::of_contact(conversation.contact_name.as_ref(), &fields)
            }
        };
        let wants_business = text.fields().iter().any(|field| field.as_str() == BUSINESS_NAME);
        let settings = if wants_business { account.settings().await? } else { None };
        let business = settings.as_ref().map(|it| &it.name);
        Ok(known.from_sender(sender.name.as_ref()).for_business(business))
    }

    /// The content, with what is known in its fields.
    pub(super) fn finish(&self, known: &Known) -> Result<Finished, FillError> {
        let (text, media, template) = match &self.content {
            Source::Composed { text, media } => ((*text).to_owned(), media.clone(), None),
            Source::Filled { text, fields, template, .. } => {
                (text.fill(known, fields)?.into(), Vec::new(), *template)
            }
            Source::Settled { text, media, template, .. } => ((*text).to_owned(), media.to_vec(), *template),
        };
        let Simplified { text, replaced } = encode(text, self.smart_encoding);
        Ok(Finished { text, media, template, replaced })
    }
}

/// The text as it leaves: with smart encoding, look-alikes are replaced, unless the text, of which a character may become
/// three, would then be too long to send.
pub(super) fn encode(text: String, smart_encoding: bool) -> Simplified {
    if smart_encoding {
        let simplified = simplify(&text);
        if simplified.text.parse::<MessageBody>().is_ok() {
            return simplified;
        }
    }
    Simplified { text, replaced: Vec::new() }
}

/// Content as it leaves.
pub(super) struct Finished {
    pub(super) text: String,
    pub(super) media: Vec<Media>,
    pub(super) template: Option<TemplateId>,
    /// What smart encoding has replaced in the text.
    pub(super) replaced: Vec<Replacement>,
}

impl Finished {
    /// A text of our own.
    pub(super) fn text(text: String) -> Self {
        Self { text, media: Vec::new(), template: None, replaced: Vec::new() }
    }

    /// How the text is encoded and in how many segments.
    pub(super) fn segmentation(&self) -> Segmentation {
        segment(&self.text)
    }

    /// What it costs: exactly what is charged when it is sent (D30, X14).
    pub(super) fn price(&self, to: Destination, at: Timestamp) -> Credits {
        price(to, self.segmentation().segments, !self.media.is_empty(), at)
    }
}
