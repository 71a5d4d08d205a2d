//! The files of a message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::media::{KeptFile, MediaCopy};

/// Media of a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Where it lies, at the carrier or where the sender put it; empty for what was uploaded.
    pub url: String,
    /// Its MIME type, as far as known.
    pub content_type: Option<String>,
    /// What became of copying it; `None`: it was not copied, or not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<MediaCopy>,
}

impl Media {
    /// What lies at an address.
    pub fn at(url: String, content_type: Option<String>) -> Self {
        Self { url, content_type, copy: None }
    }

    /// A file that the product keeps.
    pub fn kept(file: KeptFile) -> Self {
        let content_type = Some(file.file_type.mime().to_owned());
        Self { url: String::new(), content_type, copy: Some(MediaCopy::Kept(file)) }
    }

    /// The file, if the product keeps it.
    pub fn file(&self) -> Option<KeptFile> {
        self.copy.and_then(MediaCopy::file)
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media").field("content_type", &self.content_type).finish_non_exhaustive()
    }
}
