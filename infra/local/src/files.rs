//! The files of messages, for whoever has a signed link: what the bucket answers in AWS.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::any;
use carriers::{HttpReply, HttpRequest};
use engines::bucket::{Bucket, PATH};
use url::Url;

/// The largest upload that is read at all: more than any link allows.
const BODY_BYTES_MAX: usize = 32_000_000;

/// The bucket's part of the server. Links are signed for `base_url`, whatever a client calls this machine.
pub(crate) fn router(bucket: Bucket, base_url: Url) -> Router {
    let answer = move |request: Request| {
        let (bucket, base_url) = (bucket.clone(), base_url.clone());
        async move { response(answer(&bucket, &base_url, request).await) }
    };
    Router::new().route(&format!("{PATH}{{*key}}"), any(answer))
}

async fn answer(bucket: &Bucket, base_url: &Url, request: Request) -> HttpReply {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("", |it| it.as_str());
    let (Ok(url), Ok(body)) = (base_url.join(path), to_bytes(body, BODY_BYTES_MAX).await) else {
        return HttpReply::empty(StatusCode::BAD_REQUEST);
    };
    bucket.answer(&HttpRequest { method: parts.method, url, headers: parts.headers, body })
}

/// Whatever a file is, a browser believes the type that the link names.
fn response(reply: HttpReply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
