//! Building AWS's send requests and reading its answer (AWS, `SendTextMessage` and `SendMediaMessage`, JSON 1.0).

use domain::message::CarrierReference;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    codes,
    credentials::{AwsCredentials, MessageType},
    sigv4,
};
use crate::{HttpReply, HttpRequest, InvalidCredentials, NotSendable, Outcome, Outgoing, meaning};

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
/// The shortest validity that AWS takes.
const VALIDITY_SECONDS_MIN: u32 = 5;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Input<'a> {
    destination_phone_number: &'a str,
    origination_identity: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message_body: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    media_urls: Vec<String>,
    /// Texts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_type: Option<MessageType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_set_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_live: Option<u32>,
    context: Context,
}

/// What every event about the message echoes.
#[derive(Serialize)]
struct Context {
    message: String,
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &AwsCredentials,
) -> Result<HttpRequest, NotSendable> {
    let media_urls: Option<Vec<String>> = message.media.iter().map(s3_address).collect();
    let is_text = message.media.is_empty();
    let body = Input {
        destination_phone_number: message.to.as_str(),
        origination_identity: message.from.as_str(),
        message_body: message.body,
        media_urls: media_urls.ok_or(NotSendable::MediaAddress)?,
        message_type: is_text.then_some(credentials.message_type),
        configuration_set_name: credentials.configuration_set.as_deref(),
        time_to_live: message.validity_seconds.map(|seconds| seconds.max(VALIDITY_SECONDS_MIN)),
        context: Context { message: message.id.to_string() },
    };
    let action = if is_text { "SendTextMessage" } else { "SendMediaMessage" };
    let target = HeaderValue::try_from(format!("PinpointSMSVoiceV2.{action}"));
    let json = HeaderValue::from_static("application/x-amz-json-1.0");
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, json),
        (TARGET, target.map_err(|_| InvalidCredentials::Form)?),
    ]);
    let url = address(&credentials.region)?;
    let body = serde_json::to_vec(&body).map_err(|_| InvalidCredentials::Form)?;
    sigv4::add(&mut headers, &url, &body, credentials, message.at)?;
    Ok(HttpRequest { method: Method::POST, url, headers, body: body.into() })
}

fn address(region: &str) -> Result<Url, InvalidCredentials> {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Url::parse(&format!("https://sms-voice.{region}.{domain}/"))
        .map_err(|_| InvalidCredentials::Field("region"))
}

/// `s3://bucket/key` of a file whose address names its bucket: `https://{bucket}.s3.{region}.amazonaws.com/{key}`, with or
/// without a signature behind it. `None`: it does not lie in S3, so AWS cannot read it.
fn s3_address(url: &Url) -> Option<String> {
    let host = url.host_str().filter(|_| url.scheme() == "https")?;
    let host = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com")?;
    // A bucket's name may itself contain `.s3`.
    let (bucket, region) =
        host.rsplit_once(".s3").filter(|(_, rest)| rest.is_empty() || rest.starts_with('.'))?;
    let key = percent_decode_str(url.path().strip_prefix('/')?).decode_utf8().ok()?;
    let one_region = region.strip_prefix('.').is_none_or(super::credentials::is_region);
    (!bucket.is_empty() && !key.is_empty() && one_region).then(|| format!("s3://{bucket}/{key}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    message_id: CarrierReference,
}

/// The parts of an error that decide. Never its text.
#[derive(Deserialize)]
struct Problem {
    /// Maybe behind a namespace and a `#`.
    #[serde(rename = "__type")]
    kind: String,
    #[serde(rename = "Reason")]
    reason: Option<String>,
    #[serde(rename = "Fields", default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Field {
    name: String,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if reply.status.is_success() {
        let answer = reply.json();
        return answer
            .map_or(Outcome::Unknown, |Answer { message_id: reference }| Outcome::Accepted { reference });
    }
    let Some(Problem { kind, reason, fields }) = reply.json() else { return Outcome::of_status(reply) };
    let kind = kind.rsplit('#').next().unwrap_or_default();
    if kind == codes::MAY_HAVE_SENT {
        return Outcome::Unknown;
    }
    let field = fields.first().map(|field| field.name.as_str());
    let meaning = reason.as_deref().and_then(codes::meaning).or_else(|| codes::meaning(kind));
    let meaning = field.and_then(codes::meaning_of_field).or(meaning);
    meaning::failure(reply, Some(reason.as_deref().unwrap_or(kind)), meaning)
}
