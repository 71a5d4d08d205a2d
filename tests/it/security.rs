//! How people sign in, what protects that, and what an account asks of everybody (B04, B10).

mod discretion;
mod email;
mod password;
mod reset;
mod second_factor;
mod sessions;
mod settings;
mod sign_in;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::house::{Answer, Ask, House, PASSWORD, Person};

/// A password that nobody has yet.
const OTHER_PASSWORD: &str = "purple elephant stairs";

fn sign_in(email: &str, password: &str) -> Ask {
    Ask::post("/v1/sessions").json(&json!({"email": email, "password": password}))
}

fn sign_in_with(email: &str, field: &str, code: &str) -> Ask {
    Ask::post("/v1/sessions").json(&json!({"email": email, "password": PASSWORD, field: code}))
}

/// Asks with a method that [`House`] has no short form for.
async fn ask(house: &House, method: &str, token: &str, path: &str, body: &Value) -> Answer {
    house.ask(Ask::new(method, path).by(token).json(body)).await
}

async fn delete(house: &House, token: &str, path: &str) -> Answer {
    house.ask(Ask::new("DELETE", path).by(token)).await
}

/// Changes some of the account's security settings, and leaves the others as they are.
async fn settings(house: &House, token: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let mut body = house.get(token, "/v1/account/security").await.expect(200);
    change(&mut body);
    ask(house, "PUT", token, "/v1/account/security", &body).await
}

/// The code of an authenticator application at this time (RFC 6238), by code of the tests' own.
fn totp(secret: &str, now: Timestamp) -> String {
    let key = base32(secret);
    let step = now.as_second() / 30;
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// RFC 4648, section 6, without padding.
fn base32(text: &str) -> Vec<u8> {
    let value = |character: u8| match character {
        b'A'..=b'Z' => character - b'A',
        b'2'..=b'7' => character - b'2' + 26,
        _ => panic!("not base32: {text}"),
    };
    let bits: Vec<bool> =
        text.bytes().flat_map(|it| (0..5).rev().map(move |bit| value(it) >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}

/// A second factor that has been set up.
pub(crate) struct SecondFactor {
    secret: String,
    recovery_codes: Vec<String>,
}

impl SecondFactor {
    /// Sets one up; time passes, so that the next code is a new one.
    pub(crate) async fn set_up(house: &House, token: &str) -> Self {
        let begun = house.post(token, "/v1/me/second-factor", &json!({})).await.expect(201);
        let secret = begun["secret"].as_str().unwrap().to_owned();
        let code = json!({"totp": totp(&secret, house.now())});
        let confirmed = house.post(token, "/v1/me/second-factor/confirm", &code).await.expect(200);
        let codes = confirmed["recovery_codes"].as_array().unwrap();
        let recovery_codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        house.move_clock(jiff::SignedDuration::from_secs(30));
        Self { secret, recovery_codes }
    }

    /// One that is still to be confirmed.
    pub(crate) fn begun(secret: &str) -> Self {
        Self { secret: secret.to_owned(), recovery_codes: vec![] }
    }

    pub(crate) fn code(&self, house: &House) -> String {
        totp(&self.secret, house.now())
    }
}

/// The token of the link in the latest mail to an address.
pub(crate) async fn link(house: &House, email: &str) -> String {
    house.settle().await;
    let mails = house.running.engines.ses.sent_to(email);
    let text = &mails.last().unwrap_or_else(|| panic!("no mail to {email}")).text;
    let (_, rest) = text.split_once("tdl_").expect("a link");
    let token: String =
        rest.chars().take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_')).collect();
    format!("tdl_{token}")
}

/// The subjects of the mails to an address.
async fn subjects(house: &House, email: &str) -> Vec<String> {
    house.settle().await;
    house.running.engines.ses.sent_to(email).into_iter().map(|mail| mail.subject).collect()
}

/// The codes of the mistakes in one field.
fn flaws(answer: Answer, pointer: &str) -> Vec<String> {
    let problem = answer.problem(422, "invalid");
    let errors = problem["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["pointer"] == pointer), "{problem}");
    errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
}

async fn is_signed_in(house: &House, token: &str) -> bool {
    house.get(token, "/v1/me").await.status == 200
}

/// What the log of table calls says of a request: which operations, in which order, up to the first transaction. What
/// follows from a transaction is done by others, in their own time.
async fn table_calls(house: &House, ask: Ask) -> (Answer, Vec<String>) {
    house.settle().await;
    house.running.engines.dynamo.take_calls();
    let answer = house.ask(ask).await;
    let mut calls: Vec<String> =
        house.running.engines.dynamo.take_calls().into_iter().map(|call| call.operation).collect();
    if let Some(last) = calls.iter().position(|call| call == "TransactWriteItems") {
        calls.truncate(last + 1);
    }
    (answer, calls)
}

/// What somebody who can sign in from here again and again is known by.
async fn fresh(house: &House, person: &Person) -> String {
    house.sign_in(&person.email).await
}
