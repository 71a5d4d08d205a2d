//! What a message says: composed by its sender, or made from a template.

use domain::{
    body::MessageBody,
    credits::{Credits, price},
    id::TemplateId,
    message::Media,
    name::DisplayName,
    segments::{Segmentation, segment},
    template::{Fields, FillError, Template},
};
use storage::AccountStore;
use url::Url;

use super::SendError;

/// At most this many media in one message: the smallest limit of the carriers (Twilio's).
pub const MEDIA_MAX: usize = 10;

/// What to send: what the sender has composed (a text, media, or both), or a template of the account.
#[derive(Clone, Debug)]
pub struct Content(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Composed { text: String, media: Vec<Media> },
    Template { template: TemplateId, fields: Fields },
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
    pub fn new(text: Option<&MessageBody>, media: &[Url]) -> Result<Self, InvalidContent> {
        if text.is_none() && media.is_empty() {
            return Err(InvalidContent::Empty);
        }
        if media.len() > MEDIA_MAX {
            return Err(InvalidContent::TooMuchMedia);
        }
        if media.iter().any(|url| url.scheme() != "https") {
            return Err(InvalidContent::MediaAddress);
        }
        let text = text.map(|text| text.as_str().to_owned()).unwrap_or_default();
        let media = media.iter().map(|url| Media { url: url.to_string(), content_type: None }).collect();
        Ok(Self(Kind::Composed { text, media }))
    }

    /// A template of the account, with what the sender fills its fields with.
    pub fn of_template(template: TemplateId, fields: Fields) -> Self {
        Self(Kind::Template { template, fields })
    }

    /// Whether the sender wrote it, and not somebody who may manage templates (X12).
    pub fn is_composed(&self) -> bool {
        matches!(self.0, Kind::Composed { .. })
    }

    /// Everything that makes two contents the same, in parts.
    pub(super) fn parts(&self, mut part: impl FnMut(&[u8])) {
        match &self.0 {
            Kind::Composed { text, media } => {
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
        }
    }

    /// Reads what is needed to finish it.
    pub(super) async fn prepare(&self, account: &AccountStore) -> Result<Prepared<'_>, SendError> {
        Ok(match &self.0 {
            Kind::Composed { text, media } => Prepared::Composed { text, media },
            Kind::Template { template, fields } => {
                let found = account.template(*template).await?.ok_or(SendError::NoSuchTemplate)?;
                Prepared::Template { template: Box::new(found.template), fields }
            }
        })
    }
}

/// Content with its template at hand.
pub(super) enum Prepared<'a> {
    Composed { text: &'a str, media: &'a [Media] },
    Template { template: Box<Template>, fields: &'a Fields },
}

impl Prepared<'_> {
    /// The content for a customer of this name.
    pub(super) fn finish(&self, contact: Option<&DisplayName>) -> Result<Finished, FillError> {
        Ok(match self {
            Self::Composed { text, media } => {
                Finished { text: (*text).to_owned(), media: media.to_vec(), template: None }
            }
            Self::Template { template, fields } => Finished {
                text: template.fill(contact, fields)?.into(),
                media: Vec::new(),
                template: Some(template.id),
            },
        })
    }
}

/// Content as it leaves.
pub(super) struct Finished {
    pub(super) text: String,
    pub(super) media: Vec<Media>,
    pub(super) template: Option<TemplateId>,
}

impl Finished {
    /// How the text is encoded and in how many segments.
    pub(super) fn segmentation(&self) -> Segmentation {
        segment(&self.text)
    }

    /// What it costs: exactly what is charged when it is sent (D30, X14).
    pub(super) fn price(&self) -> Credits {
        price(self.segmentation().segments, !self.media.is_empty())
    }
}
