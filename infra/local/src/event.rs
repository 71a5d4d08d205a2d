//! HTTP requests as API Gateway hands them to a function, and a function's answer as HTTP.
//!
//! The format is that of an HTTP API with payload 2.0:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
//! Three habits of API Gateway are easy to miss and matter to handlers: the path arrives decoded, the query string
//! does not; repeated headers and query keys are joined by commas; and a body is base64 unless its type is one of
//! a few text types (so a carrier's form comes as base64).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header, request::Parts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Content types whose body API Gateway hands over as text.
const TEXT_TYPES: [&str; 4] = ["text/", "application/json", "application/javascript", "application/xml"];

/// Where a request comes from: an extension of it, for tests that come from elsewhere than this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceAddress(pub IpAddr);

/// The route that a request took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Method and path as in the template, for example `GET /v1/messages/{message_id}`.
    pub key: String,
    /// Path parameters, decoded.
    pub parameters: BTreeMap<String, String>,
}

/// The event for a request.
pub fn request_event(
    parts: &Parts,
    body: &[u8],
    matched: &Matched,
    request_id: &str,
    now: Timestamp,
) -> Value {
    let path = decoded(parts.uri.path());
    let host = text(&parts.headers, &header::HOST);
    let query = parts.uri.query().unwrap_or_default();
    let (headers, cookies) = headers(&parts.headers);
    let source = parts.extensions.get::<SourceAddress>().map_or(Ipv4Addr::LOCALHOST.into(), |it| it.0);
    let as_text = is_text(&parts.headers).then(|| std::str::from_utf8(body).ok()).flatten();
    let mut event = json!({
        "version": "2.0",
        "routeKey": matched.key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": engines::ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source.to_string(),
                "userAgent": text(&parts.headers, &header::USER_AGENT),
            },
            "requestId": request_id,
            "routeKey": matched.key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": as_text.is_none() && !body.is_empty(),
    });
    let mut set = |key: &str, value: Value| {
        if let Some(fields) = event.as_object_mut() {
            fields.insert(key.to_owned(), value);
        }
    };
    if !cookies.is_empty() {
        set("cookies", json!(cookies));
    }
    if !query.is_empty() {
        set("queryStringParameters", json!(joined(form_urlencoded::parse(query.as_bytes()))));
    }
    if !matched.parameters.is_empty() {
        set("pathParameters", json!(matched.parameters));
    }
    if !body.is_empty() {
        set("body", as_text.map_or_else(|| BASE64.encode(body), str::to_owned).into());
    }
    event
}

/// What a function's answer means in HTTP. An answer that API Gateway could not read is a 500, as there.
pub fn http_response(answer: &Value) -> Response<Body> {
    build(answer).unwrap_or_else(|| message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
}

/// An answer of the gateway itself.
pub fn message(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({"message": text}).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn build(answer: &Value) -> Option<Response<Body>> {
    let status = answer.get("statusCode").and_then(Value::as_u64)?;
    let body = answer.get("body").and_then(Value::as_str).unwrap_or_default();
    let encoded = answer.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    let body = if encoded { BASE64.decode(body).ok()? } else { body.as_bytes().to_vec() };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        response.headers_mut().append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(cookie.as_str()?).ok()?);
    }
    Some(response)
}

/// Percent-decodes a path. A plus sign stays one.
pub fn decoded(path: &str) -> String {
    let query = format!("p={}", path.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(query.as_bytes()).next().map(|(_, path)| path.into_owned()).unwrap_or_default()
}

fn headers(headers: &HeaderMap) -> (Map<String, Value>, Vec<String>) {
    let all = headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())));
    let (cookies, others): (Vec<_>, Vec<_>) = all.partition(|(name, _)| *name == header::COOKIE.as_str());
    let cookies = cookies.iter().flat_map(|(_, value)| value.split("; ").map(str::to_owned)).collect();
    let joined = joined(others.into_iter().map(|(name, value)| (name.into(), value)));
    (joined.into_iter().map(|(name, value)| (name, value.into())).collect(), cookies)
}

fn joined<'a>(
    pairs: impl Iterator<Item = (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)>,
) -> BTreeMap<String, String> {
    let mut out = BTreeMap::<String, String>::new();
    for (key, value) in pairs {
        out.entry(key.into_owned())
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    out
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = text(headers, &header::CONTENT_TYPE).to_ascii_lowercase();
    kind.is_empty() || TEXT_TYPES.iter().any(|prefix| kind.starts_with(prefix))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn event(request: axum::http::request::Builder, body: &[u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let parameters = BTreeMap::from([("id".to_owned(), "x y".to_owned())]);
        let matched = Matched { key: "GET /{id}".to_owned(), parameters };
        request_event(&parts, body, &matched, "r-1", Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_path_is_decoded_and_the_query_is_not() {
        let event = event(Request::get("/x%20y+z/%C3%A9?q=a%20b&q=c&flag"), b"");
        assert_eq!(event["rawPath"], "/x y+z/é");
        assert_eq!(event["rawQueryString"], "q=a%20b&q=c&flag");
        assert_eq!(event["queryStringParameters"], json!({"q": "a b,c", "flag": ""}));
        assert_eq!(event["requestContext"]["time"], "01/Jan/1970:00:00:00 +0000");
    }

    #[test]
    fn repeated_headers_are_joined_and_cookies_are_a_list() {
        let request =
            Request::get("/").header("x-many", "1").header("x-many", "2").header("cookie", "a=1; b=2");
        let event = event(request, b"");
        assert_eq!(event["headers"]["x-many"], "1,2");
        assert_eq!(event["headers"].get("cookie"), None);
        assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    }

    #[test]
    fn a_body_is_text_only_if_its_type_says_so_and_it_is_utf_8() {
        let typed = |kind: &str| Request::post("/").header("content-type", kind);
        let json = event(typed("application/json; charset=utf-8"), "{\"a\":\"é\"}".as_bytes());
        assert_eq!((&json["body"], &json["isBase64Encoded"]), (&"{\"a\":\"é\"}".into(), &false.into()));
        let form = event(typed("application/x-www-form-urlencoded"), b"a=1");
        assert_eq!((&form["body"], &form["isBase64Encoded"]), (&"YT0x".into(), &true.into()));
        let broken = event(typed("application/json"), &[0xFF]);
        assert_eq!((&broken["body"], &broken["isBase64Encoded"]), (&"/w==".into(), &true.into()));
    }

    #[test]
    fn an_answer_becomes_http_with_its_cookies_and_bytes() {
        let answer = json!({"statusCode": 201, "headers": {"x-a": "1"}, "cookies": ["a=1", "b=2"],
            "body": "/w==", "isBase64Encoded": true});
        let response = http_response(&answer);
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers().get("x-a").unwrap(), "1");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    }

    #[test]
    fn an_answer_without_status_is_an_internal_server_error() {
        assert_eq!(http_response(&json!({"body": "x"})).status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(http_response(&json!({"statusCode": 99_999})).status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
