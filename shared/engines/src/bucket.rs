//! A bucket of S3: files behind signed links, in memory or in a folder.
//!
//! It does what the product relies on: a request has to be signed for just this method, key, query, type and length (AWS,
//! "Authenticating requests: using query parameters"), and its time must not be over. It is an [`HttpExecutor`] under the real
//! code, and what a server answers clients with.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use bytes::Bytes;
use carriers::{ExecuteError, HttpExecutor, HttpReply, HttpRequest};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use url::Url;

use crate::{REGION, lock};

/// Where the bucket is within its host.
pub const PATH: &str = "/media/";
/// How the names of what a signature adds to an address begin.
const SIGNING: &str = "X-Amz-";

/// Files; clones share them.
#[derive(Clone)]
pub struct Bucket {
    key: (String, String),
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Memory(Arc<Mutex<BTreeMap<String, Bytes>>>),
    Folder(PathBuf),
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").finish_non_exhaustive()
    }
}

impl Bucket {
    /// Files in a folder, which is made when the first is kept; `None`: in memory. Whoever has this id and secret may sign.
    pub fn new(
        folder: Option<PathBuf>,
        (id, secret): (&str, &str),
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        let place = folder.map_or_else(|| Place::Memory(Arc::default()), Place::Folder);
        Self { key: (id.to_owned(), secret.to_owned()), now: Arc::new(now), place }
    }

    /// The keys of all files in memory.
    pub fn keys(&self) -> Vec<String> {
        match &self.place {
            Place::Memory(files) => lock(files).keys().cloned().collect(),
            Place::Folder(_) => Vec::new(),
        }
    }

    /// Answers a request.
    pub fn answer(&self, request: &HttpRequest) -> HttpReply {
        let key = request.url.path().strip_prefix(PATH).filter(|key| is_key(key));
        let Some(key) = key else { return HttpReply::empty(StatusCode::NOT_FOUND) };
        if !self.is_signed(request) {
            return HttpReply::empty(StatusCode::FORBIDDEN);
        }
        let reply = if request.method == Method::PUT {
            self.write(key, &request.body).map(|()| HttpReply::empty(StatusCode::OK))
        } else {
            self.read(key).map(|found| match found {
                Some(body) => HttpReply { status: StatusCode::OK, headers: named(&request.url), body },
                None => HttpReply::empty(StatusCode::NOT_FOUND),
            })
        };
        reply.unwrap_or_else(|_| HttpReply::empty(StatusCode::INTERNAL_SERVER_ERROR))
    }

    fn is_signed(&self, request: &HttpRequest) -> bool {
        let given = asked(&request.url, "X-Amz-Signature");
        given.is_some() && given == self.expected(request)
    }

    /// The signature that the request would have; `None`: it is too late for one, or nothing can be signed.
    fn expected(&self, request: &HttpRequest) -> Option<String> {
        let seconds: i64 = asked(&request.url, "X-Amz-Expires")?.parse().ok()?;
        let at = asked(&request.url, "X-Amz-Date")?;
        let at = TimeZone::UTC.to_timestamp(DateTime::strptime("%Y%m%dT%H%M%SZ", at).ok()?).ok()?;
        if at.as_second().saturating_add(seconds) < (self.now)().as_second() {
            return None;
        }
        let length = request.body.len().to_string();
        let names = asked(&request.url, "X-Amz-SignedHeaders")?;
        let headers: Option<Vec<(&str, &str)>> = names
            .split(';')
            .filter(|name| *name != "host")
            .map(|name| match name {
                "content-length" => Some((name, length.as_str())),
                name => Some((name, request.headers.get(name)?.to_str().ok()?)),
            })
            .collect();
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.expires_in = Some(Duration::from_secs(u64::try_from(seconds).ok()?));
        let identity = Credentials::new(&self.key.0, &self.key.1, None, None, "bucket").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("s3")
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_second()).ok()?))
            .settings(settings)
            .build()
            .ok()?
            .into();
        let url = unsigned(&request.url);
        let method = request.method.as_str();
        let signable =
            SignableRequest::new(method, url, headers?.into_iter(), SignableBody::UnsignedPayload).ok()?;
        Some(sign(signable, &parameters).ok()?.into_parts().1)
    }

    fn read(&self, key: &str) -> std::io::Result<Option<Bytes>> {
        match &self.place {
            Place::Memory(files) => Ok(lock(files).get(key).cloned()),
            Place::Folder(folder) => match std::fs::read(folder.join(key)) {
                Ok(content) => Ok(Some(content.into())),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    fn write(&self, key: &str, content: &Bytes) -> std::io::Result<()> {
        match &self.place {
            Place::Memory(files) => {
                lock(files).insert(key.to_owned(), content.clone());
                Ok(())
            }
            Place::Folder(folder) => {
                let file = folder.join(key);
                if let Some(parent) = file.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                std::fs::write(file, content)
            }
        }
    }
}

/// The headers that the link asks for.
fn named(url: &Url) -> HeaderMap {
    let wanted = [
        ("response-content-type", header::CONTENT_TYPE),
        ("response-content-disposition", header::CONTENT_DISPOSITION),
    ];
    let value = |name| asked(url, name).and_then(|value| HeaderValue::try_from(value).ok());
    wanted.into_iter().filter_map(|(name, header)| Some((header, value(name)?))).collect()
}

fn asked(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// The address as it was before it was signed.
fn unsigned(url: &Url) -> String {
    let (base, query) = url.as_str().split_once('?').unwrap_or((url.as_str(), ""));
    let rest: Vec<_> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(SIGNING)).collect();
    if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) }
}

/// Our own keys: ids behind slashes, nothing that leads out of the folder.
fn is_key(key: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    key.split('/').all(is_part)
}

#[async_trait]
impl HttpExecutor for Bucket {
    async fn execute(&self, request: HttpRequest) -> Result<HttpReply, ExecuteError> {
        Ok(self.answer(&request))
    }
}
