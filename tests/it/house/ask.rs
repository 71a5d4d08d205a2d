//! A request as a client sends it, with whatever is wrong with it, and the answer.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use local::event::SourceAddress;
use local::gateway::Gateway;
use serde_json::Value;

/// A request.
#[derive(Clone)]
pub(crate) struct Ask {
    method: Method,
    pub(crate) path: String,
    headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    source: Option<IpAddr>,
}

impl Ask {
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.parse().unwrap(),
            path: path.into(),
            headers: vec![],
            body: vec![],
            source: None,
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: impl Into<String>) -> Self {
        Self::new("POST", path)
    }

    /// With this session's token.
    pub(crate) fn by(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// From this address instead of this machine's.
    pub(crate) fn from(mut self, address: &str) -> Self {
        self.source = Some(address.parse().unwrap());
        self
    }

    /// With this idempotency key.
    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With this header, in place of one of the same name.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// With this body, declared as JSON.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// With this body, whatever it is.
    pub(crate) fn raw(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut ask = self.header("content-type", content_type);
        ask.body = body.into();
        ask
    }

    pub(crate) async fn put_to(self, gateway: &Gateway) -> Answer {
        let asked = format!("{} {}", self.method, self.path);
        let mut request = Request::builder().method(self.method).uri(&self.path);
        let headers = request.headers_mut().unwrap_or_else(|| panic!("no request: {asked}"));
        headers.insert("host", HeaderValue::from_static("localhost"));
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name).unwrap();
            headers.insert(name, HeaderValue::from_bytes(value).unwrap());
        }
        let mut request = request.body(Body::from(self.body)).unwrap();
        if let Some(source) = self.source {
            request.extensions_mut().insert(SourceAddress(source));
        }
        let response = gateway.answer(request).await;
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, text, body, asked }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    /// The body as it came.
    pub(crate) text: String,
    /// The body as JSON; null if it is none.
    pub(crate) body: Value,
    asked: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        self.body
    }

    /// The last part of a problem's type.
    pub(crate) fn slug(&self) -> &str {
        self.body["type"].as_str().and_then(|uri| uri.rsplit('/').next()).unwrap_or_default()
    }

    /// Makes sure that this is a problem document of this kind, with all that each of them has.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, slug: &str) -> Value {
        assert_eq!((self.status, self.slug()), (status, slug), "{}: {}", self.asked, self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.asked);
        assert_eq!(self.body["status"], status);
        assert!(self.body["title"].is_string());
        assert_eq!(self.body["request_id"].as_str(), self.header("x-request-id"), "{}", self.asked);
        assert_eq!(self.header("cache-control"), Some("no-store"), "{}", self.asked);
        self.body
    }

    /// Makes sure that one field is named as wrong.
    #[track_caller]
    pub(crate) fn names(self, pointer: &str, code: &str) {
        let asked = self.asked.clone();
        let problem = self.problem(422, "invalid");
        let errors = problem["errors"].as_array().unwrap();
        let named: Vec<_> = errors.iter().map(|error| (&error["pointer"], &error["code"])).collect();
        assert_eq!(named, [(&Value::from(pointer), &Value::from(code))], "{asked}: {problem:#}");
        assert!(errors[0]["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{asked}");
    }

    /// The body without what differs from request to request, to compare two answers.
    pub(crate) fn comparable(&self) -> (u16, Value) {
        let mut body = self.body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("request_id");
        }
        (self.status, body)
    }
}
