//! SES v2 in memory: `SendEmail` under the real SDK client, and the mailboxes of everybody.
//!
//! [`Ses`] is a handle; clones share it. What SES would send is kept for assertions and for the mailbox page
//! ([`Ses::sent`]). It is as strict as SES where that has teeth: headers in ASCII and on one line, one address
//! at least. [`Ses::refuse`] makes an address one that SES does not take.
//!
//! Left out: identities, templates, raw messages, attachments, bounces.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::ambient::Ambient;
use crate::calls::{Call, CallLog};
use crate::connector::{Connector, Engine, NoAnswer, Refusal, Request, Response};
use crate::faults::Faults;
use crate::lock;

/// The path of `SendEmail`, the one operation.
pub const SEND_EMAIL: &str = "/v2/email/outbound-emails";

const CONTENT_TYPE: &str = "application/json";
/// How many e-mails are kept: enough for any test, bounded for the long local run.
const KEPT_MAX: usize = 2_000;
/// At most this many addresses in one request, as in SES.
const ADDRESSES_MAX: usize = 50;

/// An e-mail that SES took.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SentMail {
    /// The id that the sender got.
    pub message_id: String,
    /// The `From` header.
    pub from: String,
    /// Whom it went to.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The part in plain text.
    pub text: String,
    /// The part in HTML.
    pub html: String,
    /// Further headers, by name.
    pub headers: BTreeMap<String, String>,
    /// Tags, by name.
    pub tags: BTreeMap<String, String>,
    /// When, in milliseconds since 1970.
    pub at_unix_ms: u64,
}

impl fmt::Debug for SentMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMail").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// A local SES; clones share it.
#[derive(Clone, Debug)]
pub struct Ses {
    connector: Connector<Mailboxes>,
    faults: Faults,
    calls: CallLog,
}

#[derive(Clone)]
struct Mailboxes {
    state: Arc<Mutex<State>>,
    ambient: Ambient,
}

impl fmt::Debug for Mailboxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailboxes(…)")
    }
}

#[derive(Default)]
struct State {
    sent: VecDeque<SentMail>,
    refused: BTreeSet<String>,
}

impl Default for Ses {
    fn default() -> Self {
        Self::new()
    }
}

impl Ses {
    /// Nothing sent yet; time is the system's.
    pub fn new() -> Self {
        Self::with(Ambient::system())
    }

    /// Nothing sent yet; time begins at this one, in milliseconds since 1970.
    pub fn starting_at(unix_ms: u64) -> Self {
        Self::with(Ambient::starting_at(unix_ms))
    }

    fn with(ambient: Ambient) -> Self {
        let (faults, calls) = (Faults::default(), CallLog::default());
        let mailboxes = Mailboxes { state: Arc::default(), ambient };
        Self { connector: Connector::new(mailboxes, faults.clone(), calls.clone()), faults, calls }
    }

    /// What an SDK configuration takes as `http_client`. `Ses` itself is accepted there, too.
    pub fn http_client(&self) -> SharedHttpClient {
        self.connector.http_client()
    }

    /// Answers one request, for serving the engine over a socket.
    ///
    /// # Errors
    /// An injected fault hid the answer.
    pub async fn respond(&self, request: Request) -> Result<Response, NoAnswer> {
        self.connector.respond(request).await
    }

    /// What goes wrong in front of SES.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The SDK calls since the beginning, at most the last 10,000.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.list()
    }

    /// From now on SES rejects what goes to this address.
    pub fn refuse(&self, address: &str) {
        lock(&self.connector.engine().state).refused.insert(address.to_owned());
    }

    /// The e-mails, oldest first, at most the last 2,000.
    pub fn sent(&self) -> Vec<SentMail> {
        lock(&self.connector.engine().state).sent.iter().cloned().collect()
    }

    /// The e-mails to one address, oldest first.
    pub fn sent_to(&self, address: &str) -> Vec<SentMail> {
        let mut sent = self.sent();
        sent.retain(|mail| mail.to.iter().any(|to| to == address));
        sent
    }
}

impl HttpClient for Ses {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.connector.clone())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    from_email_address: String,
    destination: Destination,
    content: EmailContent,
    #[serde(default)]
    email_tags: Vec<NameValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    #[serde(default)]
    to_addresses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EmailContent {
    simple: Simple,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Part,
    body: Body,
    #[serde(default)]
    headers: Vec<NameValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Body {
    text: Part,
    html: Part,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Part {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameValue {
    name: String,
    value: String,
}

/// An error: status, name and message.
struct Refused(u16, &'static str, String);

impl Refused {
    fn bad(message: &str) -> Self {
        Self(400, "BadRequestException", message.to_owned())
    }

    fn response(&self) -> Response {
        let body = json!({"message": self.2}).to_string();
        Response::new(self.0, CONTENT_TYPE, body).with_header("x-amzn-errortype", self.1).with_error(self.1)
    }
}

impl Engine for Mailboxes {
    fn operation(&self, request: &Request) -> String {
        if request.path == SEND_EMAIL { "SendEmail".to_owned() } else { String::new() }
    }

    async fn answer(&self, operation: &str, request: Request) -> Response {
        let taken = if operation == "SendEmail" {
            self.send(&request.body)
        } else {
            Err(Refused(404, "NotFoundException", format!("{:?} is not of this engine", request.path)))
        };
        match taken {
            Ok(message_id) => Response::new(200, CONTENT_TYPE, json!({"MessageId": message_id}).to_string()),
            Err(refused) => refused.response(),
        }
    }

    fn refuse(&self, refusal: Refusal, _: &str, _: &Request) -> Option<Response> {
        let throttled = Refused(429, "TooManyRequestsException", "Maximum sending rate exceeded.".to_owned());
        (refusal == Refusal::Throttled).then(|| throttled.response())
    }
}

impl Mailboxes {
    fn send(&self, body: &[u8]) -> Result<String, Refused> {
        let input: Input = serde_json::from_slice(body)
            .map_err(|error| Refused(400, "SerializationException", error.to_string()))?;
        let Input { from_email_address: from, destination, content, email_tags } = input;
        let Simple { subject, body, headers } = content.simple;
        let to = destination.to_addresses;
        if to.is_empty() || to.len() > ADDRESSES_MAX {
            return Err(Refused::bad("Destination has no address, or too many."));
        }
        if !to.iter().chain([&from]).all(|address| address.contains('@') && header_safe(address)) {
            return Err(Refused::bad("Domain contains illegal character, or the display name is not ASCII."));
        }
        if subject.data.chars().any(char::is_control) {
            return Err(Refused::bad("The subject contains a control character."));
        }
        let mut state = lock(&self.state);
        if to.iter().any(|address| state.refused.contains(address)) {
            return Err(Refused(
                400,
                "MessageRejected",
                format!("Address is on the suppression list: {to:?}"),
            ));
        }
        let message_id = self.ambient.id().to_string();
        let named = |pairs: Vec<NameValue>| pairs.into_iter().map(|it| (it.name, it.value)).collect();
        if state.sent.len() == KEPT_MAX {
            state.sent.pop_front();
        }
        state.sent.push_back(SentMail {
            message_id: message_id.clone(),
            from,
            to,
            subject: subject.data,
            text: body.text.data,
            html: body.html.data,
            headers: named(headers),
            tags: named(email_tags),
            at_unix_ms: self.ambient.unix_ms(),
        });
        Ok(message_id)
    }
}

/// SES takes headers of addresses in ASCII only; anything else has to be in encoded words.
fn header_safe(header: &str) -> bool {
    header.chars().all(|character| character == ' ' || character.is_ascii_graphic())
}
