//! What SNS wraps around each message, and its signature (AWS, "Verifying the signatures of Amazon SNS messages").
//!
//! The envelope is JSON. Some of its fields, each as `{name}\n{value}\n` in the order of their names, are signed with RSA
//! (PKCS #1 v1.5), over SHA-1 in version 1 and SHA-256 in version 2. The certificate is at an address in the envelope, which
//! has to be SNS's own in the topic's region. Its chain is not followed: that it comes from that host over TLS proves it.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters,
    UnparsedPublicKey,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use serde::Deserialize;
use url::Url;
use webpki::EndEntityCert;

use super::credentials::{AwsCredentials, is_region};
use crate::{Forged, HttpRequest, Limits, Webhook, signing};

/// A topic's name: `arn:aws:sns:us-east-1:123456789012:inbound`.
pub(super) struct Topic<'a> {
    region: &'a str,
    domain: &'static str,
}

impl<'a> Topic<'a> {
    pub(super) fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.split(':');
        let mut next = || parts.next();
        let ("arn", partition, "sns", region, account, name) =
            (next()?, next()?, next()?, next()?, next()?, next()?)
        else {
            return None;
        };
        let domain = match partition {
            "aws" | "aws-us-gov" => "amazonaws.com",
            "aws-cn" => "amazonaws.com.cn",
            _ => return None,
        };
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let fits = is_region(region) && is_account && is_name(name) && next().is_none();
        fits.then_some(Self { region, domain })
    }

    /// The address, if it is one of SNS itself in the topic's region.
    fn own_address(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let own = url.scheme() == "https"
            && url.host_str() == Some(&format!("sns.{}.{}", self.region, self.domain))
            && url.port().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none();
        own.then_some(url)
    }

    fn certificate_address(&self, envelope: &Envelope) -> Option<Url> {
        let url = self.own_address(&envelope.signing_cert_url)?;
        let is_certificate = url.path().rsplit_once('.').is_some_and(|(_, kind)| kind == "pem");
        (is_certificate && url.query().is_none()).then_some(url)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Envelope {
    #[serde(rename = "Type")]
    pub(super) kind: String,
    pub(super) message: String,
    message_id: String,
    subject: Option<String>,
    timestamp: String,
    topic_arn: String,
    token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    signature: String,
    signature_version: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
}

impl Envelope {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// Where the subscription is confirmed, if that is at SNS and for this topic.
    pub(super) fn confirmation(&self) -> Option<Url> {
        let url = Topic::parse(&self.topic_arn)?.own_address(self.subscribe_url.as_deref()?)?;
        let asks = |name, value| url.query_pairs().any(|(key, is)| key == name && is == value);
        (asks("Action", "ConfirmSubscription") && asks("TopicArn", &self.topic_arn)).then_some(url)
    }

    /// What is signed; `None` for a kind that SNS does not have, or one with a part missing.
    fn signed(&self) -> Option<String> {
        let message = ("Message", Some(self.message.as_str()));
        let id = ("MessageId", Some(self.message_id.as_str()));
        let timestamp = ("Timestamp", Some(self.timestamp.as_str()));
        let topic = ("TopicArn", Some(self.topic_arn.as_str()));
        let kind = ("Type", Some(self.kind.as_str()));
        let subject = ("Subject", self.subject.as_deref());
        let fields = match self.kind.as_str() {
            "Notification" => vec![message, id, subject, timestamp, topic, kind],
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => {
                let address = ("SubscribeURL", Some(self.subscribe_url.as_deref()?));
                let token = ("Token", Some(self.token.as_deref()?));
                vec![message, id, address, timestamp, token, topic, kind]
            }
            _ => return None,
        };
        let lines = fields.into_iter().filter_map(|(name, value)| Some(format!("{name}\n{}\n", value?)));
        Some(lines.collect())
    }

    fn algorithm(&self) -> Option<&'static RsaParameters> {
        match self.signature_version.as_str() {
            "1" => Some(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
            "2" => Some(&RSA_PKCS1_2048_8192_SHA256),
            _ => None,
        }
    }
}

/// The request for the certificate. A stranger makes us ask SNS at most, and only who knows one of the topics.
pub(super) fn key_request(
    hook: &Webhook,
    credentials: &AwsCredentials,
    limits: &Limits,
) -> Option<HttpRequest> {
    signing::check_size(hook, limits).ok()?;
    let envelope = Envelope::read(&hook.body)?;
    let address = credentials.topic(&envelope.topic_arn)?.certificate_address(&envelope)?;
    Some(HttpRequest::get_public(address))
}

pub(super) fn verify(
    hook: &Webhook,
    credentials: &AwsCredentials,
    now: Timestamp,
    limits: &Limits,
) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    let envelope = Envelope::read(&hook.body).ok_or(Forged::Unsigned)?;
    let topic = credentials.topic(&envelope.topic_arn).ok_or(Forged::WrongSignature)?;
    let address = topic.certificate_address(&envelope).ok_or(Forged::Unsigned)?;
    let (algorithm, signed) = envelope.algorithm().zip(envelope.signed()).ok_or(Forged::Unsigned)?;
    let signature = BASE64_STANDARD.decode(&envelope.signature).map_err(|_| Forged::Unsigned)?;
    let signed_at: Timestamp = envelope.timestamp.parse().map_err(|_| Forged::Unsigned)?;

    let key = hook.key.as_ref().filter(|key| key.address == address).ok_or(Forged::Unsigned)?;
    let certificate = CertificateDer::from_pem_slice(&key.body).map_err(|_| Forged::Unsigned)?;
    let certificate = EndEntityCert::try_from(&certificate).map_err(|_| Forged::Unsigned)?;
    let public_key = UnparsedPublicKey::new(algorithm, certificate.subject_public_key_info());
    public_key.verify(signed.as_bytes(), &signature).map_err(|_| Forged::WrongSignature)?;
    signing::check_age(signed_at.as_second(), now, limits)
}
