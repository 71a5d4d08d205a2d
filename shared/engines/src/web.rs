//! The files that others have on the internet, for a test: whoever names an address that was not set gets a small picture.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use carriers::{DownloadError, Downloads, HttpReply, HttpRequest};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::lock;

/// A picture of nothing: the smallest that is recognised.
pub const PICTURE: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\xff\xd9";

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// A file.
    File(Bytes),
    /// A file for whoever shows credentials.
    Locked(Bytes),
    /// It is elsewhere.
    Moved(String),
    /// Nobody answers.
    Silent,
    /// There is nothing.
    Missing,
}

/// The internet as downloads see it.
#[derive(Debug, Default)]
pub struct Web {
    pages: Mutex<BTreeMap<String, Page>>,
    asked: Mutex<Vec<(String, bool)>>,
}

impl Web {
    /// Puts something at an address.
    pub fn set(&self, url: &str, page: Page) {
        lock(&self.pages).insert(url.to_owned(), page);
    }

    /// What was asked for, in order, and whether with credentials.
    pub fn asked(&self) -> Vec<(String, bool)> {
        lock(&self.asked).clone()
    }
}

#[async_trait]
impl Downloads for Web {
    async fn get(&self, request: HttpRequest, bytes_max: usize) -> Result<HttpReply, DownloadError> {
        domain::media::fetch::check(&request.url, 0)?;
        let (url, shown) = (request.url.to_string(), request.headers.contains_key(header::AUTHORIZATION));
        lock(&self.asked).push((url.clone(), shown));
        let page = lock(&self.pages).get(&url).cloned();
        let reply = |status, body| HttpReply { status, headers: HeaderMap::new(), body };
        let content = match page {
            None => Bytes::from_static(PICTURE),
            Some(Page::File(content)) => content,
            Some(Page::Locked(content)) if shown => content,
            Some(Page::Locked(_)) => return Ok(reply(StatusCode::UNAUTHORIZED, Bytes::new())),
            Some(Page::Missing) => return Ok(reply(StatusCode::NOT_FOUND, Bytes::new())),
            Some(Page::Silent) => return Err(DownloadError::Unreachable),
            Some(Page::Moved(to)) => {
                let mut moved = reply(StatusCode::TEMPORARY_REDIRECT, Bytes::new());
                let to = HeaderValue::try_from(to).map_err(|_| DownloadError::Unreachable)?;
                moved.headers.insert(header::LOCATION, to);
                return Ok(moved);
            }
        };
        if content.len() > bytes_max {
            Err(DownloadError::TooLarge)
        } else {
            Ok(reply(StatusCode::OK, content))
        }
    }
}
