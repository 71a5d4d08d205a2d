//! Files of messages, on S3.
//!
//! Every request is a signed link (AWS, "Authenticating requests: using query parameters"), the clients' and our own alike: so
//! there is one way in which they are signed. An upload's link holds for one type and one length, which are signed headers.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use app::Clock;
use app::ports::{MediaLink, MediaStore, SignedUpload, Unreachable};
use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use carriers::{ExecuteError, HttpExecutor, HttpReply, HttpRequest, ReqwestExecutor};
use domain::media::{FileType, INBOUND_BYTES_MAX};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use secrecy::ExposeSecret;
use url::Url;

use crate::environment::{Environment, NotConfigured};

const SERVICE: &str = "S3";
/// For how long links of our own requests are signed.
const OWN_SECONDS: u32 = 60;

/// Keeps files in the bucket that the environment names.
pub struct S3Media {
    bucket: Option<Url>,
    region: String,
    credentials: Credentials,
    clock: Arc<dyn Clock>,
    http: Arc<dyn HttpExecutor>,
}

/// A bucket that is not at S3.
#[derive(Clone)]
pub struct BucketAt {
    /// Its address, with a slash at its end.
    pub url: Url,
    /// The way there.
    pub http: Arc<dyn HttpExecutor>,
}

/// The way to S3. The client is built at the first call, as for carriers.
#[derive(Default)]
struct Lazy(OnceLock<ReqwestExecutor>);

#[async_trait]
impl HttpExecutor for Lazy {
    async fn execute(&self, request: HttpRequest) -> Result<HttpReply, ExecuteError> {
        let client = if let Some(client) = self.0.get() {
            client
        } else {
            let client = ReqwestExecutor::reading(INBOUND_BYTES_MAX).map_err(|error| {
                tracing::error!(%error, "there is no way to the bucket");
                ExecuteError::NotSent
            })?;
            self.0.get_or_init(|| client)
        };
        client.execute(request).await
    }
}

impl S3Media {
    /// The bucket of the environment, if it names one, perhaps somewhere else than at S3. Without one, using it is an error: the
    /// function has no business with it.
    pub fn new(environment: &Environment, clock: Arc<dyn Clock>, elsewhere: Option<BucketAt>) -> Self {
        let token = environment.session_token.as_ref().map(|token| token.expose_secret().to_owned());
        Self {
            bucket: match (&environment.media_bucket, &elsewhere) {
                (None, _) => None,
                (Some(_), Some(it)) => Some(it.url.clone()),
                (Some(name), None) => address(environment, name),
            },
            region: environment.region.clone(),
            credentials: Credentials::new(
                &environment.access_key_id,
                environment.secret_access_key.expose_secret(),
                token,
                None,
                "environment",
            ),
            clock,
            http: elsewhere.map_or_else(|| Arc::<Lazy>::default() as Arc<dyn HttpExecutor>, |it| it.http),
        }
    }

    /// A link for this request and no other.
    fn sign(
        &self,
        method: &Method,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        seconds: u32,
    ) -> Result<Url, Unreachable> {
        let bucket = self.bucket.as_ref().ok_or_else(|| unreachable(NotConfigured("MEDIA_BUCKET")))?;
        let mut url = bucket.join(key).map_err(unreachable)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        // S3 decodes no plus sign, and signs what was sent.
        let spelled = url.as_str().replace('+', "%20");
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.expires_in = Some(Duration::from_secs(seconds.into()));
        let identity = self.credentials.clone().into();
        let seconds = u64::try_from(self.clock.now().as_second()).unwrap_or_default();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .settings(settings)
            .build()
            .map_err(unreachable)?
            .into();
        let request = SignableRequest::new(
            method.as_str(),
            spelled.as_str(),
            headers.iter().copied(),
            SignableBody::UnsignedPayload,
        );
        let (instructions, _) =
            sign(request.map_err(unreachable)?, &parameters).map_err(unreachable)?.into_parts();
        let mut signed =
            http::Request::builder().method(method).uri(&spelled).body(()).map_err(unreachable)?;
        instructions.apply_to_request_http1x(&mut signed);
        Url::parse(&signed.uri().to_string()).map_err(unreachable)
    }

    async fn execute(&self, request: HttpRequest) -> Result<HttpReply, Unreachable> {
        self.http.execute(request).await.map_err(unreachable)
    }
}

/// Where the bucket is, with a slash at its end.
fn address(environment: &Environment, bucket: &str) -> Option<Url> {
    let text = match &environment.endpoint_url {
        Some(url) => format!("{}/{bucket}/", url.as_str().trim_end_matches('/')),
        None => format!("https://{bucket}.s3.{}.amazonaws.com/", environment.region),
    };
    Url::parse(&text).ok()
}

#[async_trait]
impl MediaStore for S3Media {
    fn upload(
        &self,
        key: &str,
        file_type: FileType,
        bytes: u64,
        seconds: u32,
    ) -> Result<SignedUpload, Unreachable> {
        let length = bytes.to_string();
        let headers = [("content-length", length.as_str()), ("content-type", file_type.mime())];
        let url = self.sign(&Method::PUT, key, &[], &headers, seconds)?;
        let headers = vec![("content-type", file_type.mime().to_owned()), ("content-length", length)];
        Ok(SignedUpload { url, headers })
    }

    fn link(&self, key: &str, link: MediaLink) -> Result<Url, Unreachable> {
        // What the file is was found by its content; nothing else is believed, not even by the browser.
        let disposition = if link.file_type.is_shown() { "inline" } else { "attachment" };
        let query =
            [("response-content-type", link.file_type.mime()), ("response-content-disposition", disposition)];
        self.sign(&Method::GET, key, &query, &[], link.seconds)
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Unreachable> {
        let url = self.sign(&Method::GET, key, &[], &[], OWN_SECONDS)?;
        let reply = self.execute(HttpRequest::get_public(url)).await?;
        match reply.status {
            StatusCode::OK => Ok(Some(reply.body)),
            // Without the right to list, a bucket answers 403 for what is not there.
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => Ok(None),
            status => Err(unreachable(Answered(status))),
        }
    }

    async fn put(&self, key: &str, file_type: FileType, content: Bytes) -> Result<(), Unreachable> {
        let headers = [("content-type", file_type.mime())];
        let url = self.sign(&Method::PUT, key, &[], &headers, OWN_SECONDS)?;
        let content_type = HeaderValue::from_static(file_type.mime());
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]);
        let reply = self.execute(HttpRequest { method: Method::PUT, url, headers, body: content }).await?;
        if reply.status.is_success() { Ok(()) } else { Err(unreachable(Answered(reply.status))) }
    }
}

/// The bucket answered with this.
#[derive(Debug, thiserror::Error)]
#[error("the bucket answered {0}")]
struct Answered(StatusCode);

fn unreachable(source: impl std::error::Error + Send + Sync + 'static) -> Unreachable {
    Unreachable { service: SERVICE, source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use engines::bucket::Bucket;

    fn media() -> S3Media {
        let variables = |name: &str| match name {
            "MEDIA_BUCKET" => Some("files".to_owned()),
            "AWS_REGION" => Some("eu-central-1".to_owned()),
            "AWS_ENDPOINT_URL" | "PUBLIC_URL" | "LIVE_URL" => None,
            _ => Some("hidden".to_owned()),
        };
        let environment = Environment::from_variables(variables, &[]).unwrap();
        S3Media::new(&environment, Arc::new(SystemClock), None)
    }

    /// The same with a bucket in this process, whose time is ahead by so many seconds.
    fn embedded(ahead: i64) -> (S3Media, Bucket) {
        let now = move || SystemClock.now() + jiff::SignedDuration::from_secs(ahead);
        let bucket = Bucket::new(None, ("hidden", "hidden"), now);
        let url = Url::parse("https://media.test/media/").unwrap();
        let media = S3Media { bucket: Some(url), region: engines::REGION.into(), ..media() };
        let key = Credentials::new("hidden", "hidden", None, None, "test");
        (S3Media { credentials: key, http: Arc::new(bucket.clone()), ..media }, bucket)
    }

    fn put(upload: &SignedUpload, content_type: &'static str, body: &'static [u8]) -> HttpRequest {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        HttpRequest { method: Method::PUT, url: upload.url.clone(), headers, body: Bytes::from_static(body) }
    }

    #[tokio::test]
    async fn b01_a_signed_request_does_what_it_says_and_nothing_else_until_its_time_is_over() {
        let (media, bucket) = embedded(0);
        let upload = media.upload("uploads/a/b", FileType::Png, 3, 300).unwrap();
        let status = |request: &HttpRequest| bucket.answer(request).status.as_u16();
        assert_eq!(status(&put(&upload, "image/png", b"longer")), 403);
        assert_eq!(status(&put(&upload, "text/html", b"png")), 403);
        let mut elsewhere = put(&upload, "image/png", b"png");
        elsewhere.url.set_path("/media/uploads/a/c");
        assert_eq!(status(&elsewhere), 403);
        assert_eq!(status(&HttpRequest::get_public(upload.url.clone())), 403);
        assert_eq!(embedded(301).1.answer(&put(&upload, "image/png", b"png")).status.as_u16(), 403);
        assert_eq!(status(&put(&upload, "image/png", b"png")), 200);
        assert_eq!(media.get("uploads/a/b").await.unwrap().as_deref(), Some(&b"png"[..]));
        assert_eq!(media.get("uploads/a/c").await.unwrap(), None);
        let link = media.link("uploads/a/b", MediaLink { file_type: FileType::Pdf, seconds: 60 }).unwrap();
        let answer = bucket.answer(&HttpRequest::get_public(link.clone()));
        assert_eq!(answer.headers[header::CONTENT_DISPOSITION], "attachment");
        let other = link.as_str().replace("application%2Fpdf", "text%2Fhtml");
        assert_ne!(other, link.as_str());
        assert_eq!(status(&HttpRequest::get_public(other.parse().unwrap())), 403);
    }

    fn query(url: &Url, name: &str) -> String {
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    struct Fixed(&'static str);

    impl Clock for Fixed {
        fn now(&self) -> jiff::Timestamp {
            self.0.parse().unwrap()
        }
    }

    /// The example of AWS, "Authenticating requests: using query parameters".
    #[test]
    fn b01_links_are_signed_as_aws_does_it() {
        let key = Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            None,
            None,
            "example",
        );
        let media = S3Media {
            bucket: Url::parse("https://examplebucket.s3.amazonaws.com/").ok(),
            region: "us-east-1".into(),
            credentials: key,
            clock: Arc::new(Fixed("2013-05-24T00:00:00Z")),
            ..media()
        };
        let url = media.sign(&Method::GET, "test.txt", &[], &[], 86_400).unwrap();
        let expected = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        assert_eq!(query(&url, "X-Amz-Signature"), expected);
    }

    #[test]
    fn b01_an_upload_is_signed_for_one_type_and_one_length() {
        let upload = media().upload("uploads/a/b", FileType::Jpeg, 1_234, 300).unwrap();
        assert_eq!(upload.url.host_str(), Some("files.s3.eu-central-1.amazonaws.com"));
        assert_eq!(upload.url.path(), "/uploads/a/b");
        assert_eq!(query(&upload.url, "X-Amz-SignedHeaders"), "content-length;content-type;host");
        assert_eq!(query(&upload.url, "X-Amz-Expires"), "300");
        assert!(upload.headers.contains(&("content-length", "1234".to_owned())));
        assert_eq!(query(&upload.url, "X-Amz-Signature").len(), 64);
    }

    #[test]
    fn b01_a_link_names_the_type_that_was_found_and_shows_no_document_in_place() {
        let link = |file_type| media().link("files/a/b", MediaLink { file_type, seconds: 300 }).unwrap();
        let (picture, document) = (link(FileType::Png), link(FileType::Pdf));
        assert_eq!(query(&picture, "response-content-type"), "image/png");
        assert_eq!(query(&picture, "response-content-disposition"), "inline");
        assert_eq!(query(&document, "response-content-disposition"), "attachment");
        assert!(!picture.as_str().contains("SecretKey"));
    }

    #[tokio::test]
    async fn b01_a_function_without_a_bucket_says_so() {
        let media = S3Media { bucket: None, ..media() };
        let error = media.get("files/a/b").await.unwrap_err();
        assert_eq!(error.source.to_string(), "MEDIA_BUCKET is not set on this function");
    }
}
