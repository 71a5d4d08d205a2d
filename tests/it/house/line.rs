//! A carrier's side of one number: it writes webhooks and signs them, by code of the tests' own.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::json;

use super::Ask;

/// The tokens of every gateway at Twilio: the present and the previous one.
pub(crate) const TWILIO_TOKENS: [&str; 2] =
    ["0a1b2c3d4e5f60718293a4b5c6d7e8f9", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"];
const FORM: &str = "application/x-www-form-urlencoded";

/// One of our numbers, as its carrier knows it.
#[derive(Clone)]
pub(crate) enum Line {
    Simulated { gateway: String, number: String, secret: String },
    Twilio { gateway: String, number: String, token: String, public_url: String },
}

impl Line {
    pub(crate) fn number(&self) -> &str {
        let (Self::Simulated { number, .. } | Self::Twilio { number, .. }) = self;
        number
    }

    fn address(&self) -> String {
        let (name, gateway) = match self {
            Self::Simulated { gateway, .. } => ("simulated", gateway),
            Self::Twilio { gateway, .. } => ("twilio", gateway),
        };
        format!("/v1/carriers/{name}/{gateway}")
    }

    /// Where inbound messages go.
    pub(crate) fn inbound(&self) -> String {
        format!("{}/inbound", self.address())
    }

    /// Where the receipts of a message go.
    pub(crate) fn status(&self, message: &str) -> String {
        format!("{}/status/{message}", self.address())
    }

    /// Where receipts go that name their message themselves.
    pub(crate) fn statuses(&self) -> String {
        format!("{}/status", self.address())
    }

    pub(crate) const fn content_type(&self) -> &'static str {
        match self {
            Self::Simulated { .. } => "application/json",
            Self::Twilio { .. } => FORM,
        }
    }

    /// A customer's text, in the carrier's form.
    pub(crate) fn text(&self, reference: &str, from: &str, text: &str) -> Vec<u8> {
        let to = self.number();
        match self {
            Self::Simulated { .. } => {
                let message = json!({"type": "message.received", "reference": reference, "from": from, "to": to, "text": text});
                message.to_string().into_bytes()
            }
            Self::Twilio { .. } => form(&[
                ("MessageSid", reference),
                ("SmsStatus", "received"),
                ("From", from),
                ("To", to),
                ("Body", text),
                ("NumMedia", "0"),
            ]),
        }
    }

    /// A receipt, in the carrier's form.
    pub(crate) fn receipt(&self, reference: &str, message: &str, status: &str) -> Vec<u8> {
        match self {
            Self::Simulated { .. } => {
                let receipt = json!({"type": "message.status", "reference": reference, "id": message, "status": status});
                receipt.to_string().into_bytes()
            }
            Self::Twilio { .. } => form(&[("MessageSid", reference), ("MessageStatus", status)]),
        }
    }

    /// Something that this carrier may say one day and that nobody knows yet.
    pub(crate) fn news(&self, reference: &str) -> Vec<u8> {
        match self {
            Self::Simulated { .. } => {
                json!({"type": "message.liked", "reference": reference}).to_string().into_bytes()
            }
            Self::Twilio { .. } => form(&[("MessageSid", reference), ("MessageStatus", "liked")]),
        }
    }

    /// A webhook with this body, signed now.
    pub(crate) fn webhook(&self, path: &str, body: impl Into<Vec<u8>>, now: Timestamp) -> Ask {
        self.webhook_as(self.content_type(), path, body, now)
    }

    /// The same with another content type.
    pub(crate) fn webhook_as(
        &self,
        content_type: &str,
        path: &str,
        body: impl Into<Vec<u8>>,
        now: Timestamp,
    ) -> Ask {
        let body = body.into();
        let ask = Ask::post(path);
        let ask = match self {
            Self::Simulated { secret, .. } => {
                let seconds = now.as_second().to_string();
                let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
                mac.update(&[seconds.as_bytes(), b".", &body].concat());
                let signature = hex(&mac.finalize().into_bytes());
                ask.header("x-simulated-timestamp", seconds)
                    .header("x-simulated-signature", format!("v1={signature}"))
            }
            Self::Twilio { token, public_url, .. } => {
                let mut signed = format!("{public_url}{path}");
                if content_type.starts_with(FORM) {
                    let mut pairs: Vec<_> = form_urlencoded::parse(&body).collect();
                    pairs.sort();
                    pairs.dedup();
                    signed.extend(pairs.iter().flat_map(|(name, value)| [&**name, &**value]));
                }
                let mut mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).unwrap();
                mac.update(signed.as_bytes());
                ask.header("x-twilio-signature", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
            }
        };
        ask.raw(content_type, body)
    }

    /// The same line with another secret: what a forger has.
    pub(crate) fn forged(&self) -> Self {
        let mut line = self.clone();
        let (Self::Simulated { secret, .. } | Self::Twilio { token: secret, .. }) = &mut line;
        "not the secret".clone_into(secret);
        line
    }

    /// The same line during a rotation: it still signs with the second token.
    pub(crate) fn with_token(&self, with: &str) -> Self {
        let mut line = self.clone();
        let (Self::Simulated { secret, .. } | Self::Twilio { token: secret, .. }) = &mut line;
        with.clone_into(secret);
        line
    }
}

/// A form of these parameters.
pub(crate) fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
