//! The carriers' side of each signature, written a second time, so that a test can sign any webhook.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use carriers::{CarrierId, FetchedKey, Webhook};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::{fixtures::credentials_text, parameters};

/// Signs the webhook as the carrier would.
pub(crate) fn sign(id: CarrierId, hook: &mut Webhook, now: Timestamp) {
    let credentials: Value = serde_json::from_str(&credentials_text(id)).unwrap();
    match id {
        CarrierId::Twilio => twilio(hook, credentials["auth_tokens"][0].as_str().unwrap()),
        CarrierId::Telnyx => telnyx(hook, now),
        CarrierId::Bandwidth | CarrierId::Infobip => password(hook, &credentials),
        CarrierId::Sinch => sinch(hook, credentials["webhook_secrets"][0].as_str().unwrap(), now),
        CarrierId::Bird => bird(hook, now),
        CarrierId::MessageBird => message_bird(hook, credentials["signing_keys"][0].as_str().unwrap(), now),
        CarrierId::AwsEndUserMessaging => aws_sns(hook, now),
        CarrierId::Vonage => vonage(hook, credentials["signature_secrets"][0].as_str().unwrap(), now),
        CarrierId::VonageSms => {
            vonage_sms(hook, credentials["signature_secrets"][0].as_str().unwrap(), now);
        }
        CarrierId::Plivo => plivo(hook, credentials["auth_tokens"][0].as_str().unwrap()),
        CarrierId::Simulated => simulated(hook, credentials["signing_secrets"][0].as_str().unwrap(), now),
    }
}

fn twilio(hook: &mut Webhook, token: &str) {
    let form = hook
        .headers
        .get("content-type")
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if hook.method != Method::GET && !form {
        let hash = hex(&sha2::Sha256::digest(&hook.body));
        hook.url.set_query(Some(&format!("bodySHA256={hash}")));
    }
    let mut text = hook.url.to_string();
    if hook.method != Method::GET && form {
        let mut pairs: Vec<_> = form_urlencoded::parse(&hook.body).collect();
        pairs.sort();
        pairs.dedup();
        text.extend(pairs.iter().flat_map(|(name, value)| [&**name, &**value]));
    }
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    hook.headers.insert("x-twilio-signature", HeaderValue::try_from(signature).unwrap());
}

/// With the key whose public half is in the credentials.
fn telnyx(hook: &mut Webhook, now: Timestamp) {
    let seed: Vec<u8> = (0..32).collect();
    let key = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let seconds = now.as_second();
    let signature = key.sign(&[format!("{seconds}|").as_bytes(), &hook.body].concat());
    let signature = BASE64_STANDARD.encode(signature.as_ref());
    hook.headers.insert("telnyx-timestamp", HeaderValue::from(seconds));
    hook.headers.insert("telnyx-signature-ed25519", HeaderValue::try_from(signature).unwrap());
}

/// No signature: the user name and the first password.
fn password(hook: &mut Webhook, credentials: &Value) {
    let user = credentials["webhook_user"].as_str().unwrap();
    let password = credentials["webhook_passwords"][0].as_str().unwrap();
    let login = BASE64_STANDARD.encode([user, password].join(":"));
    hook.headers.insert("authorization", HeaderValue::try_from(format!("Basic {login}")).unwrap());
}

fn sinch(hook: &mut Webhook, secret: &str, now: Timestamp) {
    let (nonce, seconds) = ("01JHFFHWYY7HSS4FWTMDTQEK8V", now.as_second());
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&[&hook.body, format!(".{nonce}.{seconds}").as_bytes()].concat());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    for (part, value) in [
        ("", signature),
        ("-algorithm", "HmacSHA256".to_owned()),
        ("-nonce", nonce.to_owned()),
        ("-timestamp", seconds.to_string()),
    ] {
        let name: http::HeaderName = format!("x-sinch-webhook-signature{part}").parse().unwrap();
        hook.headers.insert(name, HeaderValue::try_from(value).unwrap());
    }
}

/// Standard Webhooks, with the key that the first secret in the credentials holds.
fn bird(hook: &mut Webhook, now: Timestamp) {
    let key = b"a made-up key of thirty-two byte";
    let (id, seconds) = ("msg_01krdgeqcxet5s7t44vh8rt9mg", now.as_second());
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(&[format!("{id}.{seconds}.").as_bytes(), &hook.body].concat());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    hook.headers.insert("webhook-id", HeaderValue::from_static(id));
    hook.headers.insert("webhook-timestamp", HeaderValue::from(seconds));
    hook.headers.insert("webhook-signature", HeaderValue::try_from(format!("v1,{signature}")).unwrap());
}

/// A JSON Web Token.
fn message_bird(hook: &mut Webhook, key: &str, now: Timestamp) {
    let seconds = now.as_second();
    let mut claims = json!({
        "iss": "MessageBird",
        "nbf": seconds,
        "exp": seconds + 300,
        "jti": "7a3de98f-1a0b-4b53-a0cb-9f0f2c0f3b2e",
        "url_hash": hex(&sha2::Sha256::digest(hook.url.as_str())),
    });
    if !hook.body.is_empty() {
        claims["payload_hash"] = Value::from(hex(&sha2::Sha256::digest(&hook.body)));
    }
    let encode = |part: String| BASE64_URL_SAFE_NO_PAD.encode(part);
    let signed = format!(
        "{}.{}",
        encode(json!({ "alg": "HS256", "typ": "JWT" }).to_string()),
        encode(claims.to_string())
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let token = format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
    hook.headers.insert("messagebird-signature-jwt", HeaderValue::try_from(token).unwrap());
}

/// With a key and a certificate made for it. What is no envelope is wrapped in one.
fn aws_sns(hook: &mut Webhook, now: Timestamp) {
    let address = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0190a1b2c3d475f6.pem";
    let envelope =
        serde_json::from_slice(&hook.body).ok().filter(|json: &Value| json["TopicArn"].is_string());
    let mut envelope = envelope.unwrap_or_else(|| {
        json!({
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": "arn:aws:sns:us-east-1:123456789012:textdesk-inbound",
            "Message": String::from_utf8_lossy(&hook.body),
        })
    });
    envelope["Timestamp"] = Value::from(now.to_string());
    envelope["SignatureVersion"] = Value::from("2");
    envelope["SigningCertURL"] = Value::from(address);
    let names = if envelope["Type"] == "Notification" {
        ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type", ""]
    } else {
        ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    };
    let mut text = String::new();
    for name in names {
        if let Some(value) = envelope[name].as_str() {
            text.extend([name, "\n", value, "\n"]);
        }
    }
    let key = RsaKeyPair::from_pkcs8(include_bytes!("../vectors/aws_sns_key.pk8")).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    envelope["Signature"] = Value::from(BASE64_STANDARD.encode(signature));
    hook.body = envelope.to_string().into();
    let certificate = include_bytes!("../vectors/aws_sns_certificate.pem");
    hook.key = Some(FetchedKey { address: address.parse().unwrap(), body: certificate.to_vec().into() });
}

/// The third version: the second does not cover the body.
fn plivo(hook: &mut Webhook, token: &str) {
    let mut query: Vec<_> = hook.url.query_pairs().collect();
    query.sort();
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let body = if hook.method == Method::GET { &[] } else { &hook.body[..] };
    let mut body: Vec<_> = form_urlencoded::parse(body).collect();
    body.sort();
    let body: Vec<_> = body.iter().map(|(name, value)| [&**name, &**value].concat()).collect();
    let mut address = hook.url.clone();
    address.set_query(None);
    let text = match (query.join("&"), body.concat()) {
        (_, _) if query.is_empty() && body.is_empty() => format!("{address}"),
        (query, _) if body.is_empty() => format!("{address}?{query}"),
        (_, body) if query.is_empty() => format!("{address}?{body}"),
        (query, body) => format!("{address}?{query}.{body}"),
    };
    let nonce = "05429567804466091622";
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(format!("{text}.{nonce}").as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    hook.headers.insert("x-plivo-signature-v3-nonce", HeaderValue::from_static(nonce));
    hook.headers.insert("x-plivo-signature-v3", HeaderValue::try_from(signature).unwrap());
}

/// A JSON Web Token about the body.
fn vonage(hook: &mut Webhook, secret: &str, now: Timestamp) {
    let claims = json!({
        "iss": "Vonage",
        "iat": now.as_second(),
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "payload_hash": hex(&sha2::Sha256::digest(&hook.body)),
    });
    let encode = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let text = [encode(json!({ "typ": "JWT", "alg": "HS256" })), encode(claims)].join(".");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    let token = HeaderValue::try_from(format!("Bearer {text}.{signature}")).unwrap();
    hook.headers.insert("authorization", token);
}

/// With HMAC-SHA256, which the account of all cases has chosen.
fn vonage_sms(hook: &mut Webhook, secret: &str, now: Timestamp) {
    parameters::set(hook, "sig", None);
    parameters::set(hook, "timestamp", Some(&now.as_second().to_string()));
    let mut all = parameters::all(hook);
    all.sort();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for (name, value) in all {
        let [name, value] = [name, value].map(|text| text.replace(['&', '='], "_"));
        mac.update(format!("&{name}={value}").as_bytes());
    }
    parameters::set(hook, "sig", Some(&hex(&mac.finalize().into_bytes())));
}

fn simulated(hook: &mut Webhook, secret: &str, now: Timestamp) {
    let seconds = now.as_second();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&[seconds.to_string().as_bytes(), b".", &hook.body].concat());
    let hex = hex(&mac.finalize().into_bytes());
    hook.headers.insert("x-simulated-timestamp", HeaderValue::from(seconds));
    hook.headers.insert("x-simulated-signature", HeaderValue::try_from(format!("v1={hex}")).unwrap());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
