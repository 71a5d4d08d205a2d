//! What the network knows: lines, threads, what became of each message, and the webhooks it owes.

use std::{collections::BTreeMap, time::Duration};

use carriers::CarrierReference;
use domain::{id::MessageId, phone::PhoneNumber};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Attachment, NoSuchLine, magic::Receipts, webhooks::Owed};

/// A business's number.
pub(super) struct Line {
    pub(super) number: PhoneNumber,
    pub(super) inbound_url: Option<Url>,
    pub(super) api_key: SecretString,
    pub(super) signing_secret: SecretString,
}

impl Line {
    pub(super) fn credentials(&self, base_url: &Url) -> SecretString {
        let json = json!({
            "base_url": base_url,
            "api_key": self.api_key.expose_secret(),
            "signing_secrets": [self.signing_secret.expose_secret()],
        });
        SecretString::from(json.to_string())
    }
}

/// Who wrote a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Writer {
    /// The owner of the phone.
    Customer,
    /// The business.
    Business,
}

/// A text that a phone received from a business.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The business's own id of the message.
    pub message: MessageId,
    /// The text.
    pub text: String,
    /// When it arrived.
    pub at: Timestamp,
}

impl std::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrival")
            .field("message", &self.message)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// One text in a thread.
pub(super) struct Text {
    pub(super) writer: Writer,
    pub(super) reference: CarrierReference,
    pub(super) message: Option<MessageId>,
    pub(super) words: String,
    pub(super) media: Vec<Attachment>,
    pub(super) at: Timestamp,
    pub(super) arrived: bool,
    pub(super) receipts: Vec<(Timestamp, String)>,
}

/// What the carrier knows of a message by the business's id.
#[derive(Default)]
pub(super) struct Known {
    pub(super) attempts: u32,
    /// The first one that was taken.
    pub(super) taken: Option<CarrierReference>,
    pub(super) refused: Option<&'static str>,
}

/// A send, as the interface read it.
pub(super) struct Submission {
    pub(super) id: MessageId,
    pub(super) from: PhoneNumber,
    pub(super) to: PhoneNumber,
    pub(super) text: String,
    pub(super) media: Vec<Attachment>,
    pub(super) status_callback: Url,
}

pub(super) struct State {
    seed: u64,
    chance: ChaCha8Rng,
    made: u64,
    pub(super) lines: BTreeMap<PhoneNumber, Line>,
    /// By phone, then by business.
    pub(super) threads: BTreeMap<(PhoneNumber, PhoneNumber), Vec<Text>>,
    pub(super) known: BTreeMap<MessageId, Known>,
    /// By the time at which they fall due, then in the order in which they were made.
    pub(super) owed: BTreeMap<(Timestamp, u64), Owed>,
    pub(super) webhooks_given_up: u64,
}

impl State {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            chance: ChaCha8Rng::seed_from_u64(seed),
            made: 0,
            lines: BTreeMap::new(),
            threads: BTreeMap::new(),
            known: BTreeMap::new(),
            owed: BTreeMap::new(),
            webhooks_given_up: 0,
        }
    }

    pub(super) fn open_line(&mut self, number: &PhoneNumber) -> &Line {
        let seed = self.seed;
        self.lines.entry(number.clone()).or_insert_with(|| Line {
            number: number.clone(),
            inbound_url: None,
            api_key: secret(seed, "api key", number),
            signing_secret: secret(seed, "signing secret", number),
        })
    }

    pub(super) fn point_line(&mut self, number: &PhoneNumber, url: Url) -> Result<(), NoSuchLine> {
        self.lines.get_mut(number).ok_or(NoSuchLine)?.inbound_url = Some(url);
        Ok(())
    }

    /// References hold the time, so that a restarted network does not repeat those of its last run.
    fn reference(&mut self, now: Timestamp) -> CarrierReference {
        self.made += 1;
        let text =
            format!("sim_{:012x}{:06x}{:016x}", now.as_millisecond(), self.made, self.chance.next_u64());
        #[expect(clippy::expect_used, reason = "letters and digits, fewer than 200: always a reference")]
        CarrierReference::try_from(text).expect("visible ASCII")
    }

    fn jitter(&mut self, most: Duration) -> SignedDuration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX).max(1);
        SignedDuration::from_millis(i64::try_from(self.chance.next_u64() % most).unwrap_or_default())
    }

    pub(super) fn text_in(
        &mut self,
        now: Timestamp,
        from: &PhoneNumber,
        to: &PhoneNumber,
        text: &str,
        media: &[Attachment],
    ) -> Result<CarrierReference, NoSuchLine> {
        let url = self.lines.get(to).and_then(|line| line.inbound_url.clone()).ok_or(NoSuchLine)?;
        let reference = self.reference(now);
        let body = json!({
            "type": "message.received",
            "reference": reference,
            "from": from,
            "to": to,
            "text": text,
            "media": media,
        });
        self.owe(now, Owed::first(to.clone(), url, body, None));
        self.threads.entry((from.clone(), to.clone())).or_default().push(Text {
            writer: Writer::Customer,
            reference: reference.clone(),
            message: None,
            words: text.to_owned(),
            media: media.to_vec(),
            at: now,
            arrived: true,
            receipts: Vec::new(),
        });
        Ok(reference)
    }

    /// Takes a message: shows it on the phone and plans its receipts.
    pub(super) fn take(&mut self, now: Timestamp, send: Submission, receipts: Receipts) -> CarrierReference {
        let reference = self.reference(now);
        self.plan_receipts(now, &send, &reference, receipts);
        self.known.entry(send.id).or_default().taken.get_or_insert_with(|| reference.clone());
        let arrived = !matches!(
            receipts,
            Receipts::Undelivered | Receipts::Failed | Receipts::Corrected | Receipts::Vanished
        );
        self.threads.entry((send.to, send.from)).or_default().push(Text {
            writer: Writer::Business,
            reference: reference.clone(),
            message: Some(send.id),
            words: send.text,
            media: send.media,
            at: now,
            arrived,
            receipts: Vec::new(),
        });
        reference
    }

    fn plan_receipts(
        &mut self,
        now: Timestamp,
        send: &Submission,
        reference: &CarrierReference,
        receipts: Receipts,
    ) {
        let hours = SignedDuration::from_hours;
        let soon = SignedDuration::from_millis(200) + self.jitter(Duration::from_millis(500));
        let later = SignedDuration::from_millis(1_000) + self.jitter(Duration::from_millis(1_500));
        let at_once = SignedDuration::ZERO;
        let plan: Vec<(SignedDuration, &str)> = match receipts {
            Receipts::Usual => vec![(soon, "sent"), (later, "delivered")],
            Receipts::Late => vec![(soon, "sent"), (hours(2), "delivered")],
            Receipts::VeryLate => vec![(hours(6), "sent"), (hours(6), "delivered")],
            Receipts::Repeated => {
                let (first, second) = ((soon, "sent"), (later, "delivered"));
                vec![first, first, first, second, second, second]
            }
            Receipts::Reversed => vec![(soon, "delivered"), (later, "sent")],
            Receipts::Undelivered => vec![(soon, "sent"), (later, "undelivered")],
            Receipts::Failed => vec![(later, "failed")],
            Receipts::Corrected => vec![(soon, "sent"), (later, "undelivered"), (hours(1), "delivered")],
            Receipts::None | Receipts::Vanished => vec![],
            Receipts::Strange => vec![(soon, "queued"), (soon, "sniffed_by_dog"), (later, "delivered")],
            Receipts::AtOnce => vec![(at_once, "sent"), (at_once, "delivered")],
        };
        for (delay, status) in plan {
            let body = status_body(send.id, reference, status);
            let owed =
                Owed::first(send.from.clone(), send.status_callback.clone(), body, Some(reference.clone()));
            self.owe(now.checked_add(delay).unwrap_or(Timestamp::MAX), owed);
        }
    }

    pub(super) fn owe(&mut self, due: Timestamp, owed: Owed) {
        self.made += 1;
        self.owed.insert((due, self.made), owed);
    }

    pub(super) fn arrivals(&self, message: MessageId) -> usize {
        self.threads.values().flatten().filter(|text| text.arrived && text.message == Some(message)).count()
    }

    pub(super) fn received(&self, phone: &PhoneNumber, business: &PhoneNumber) -> Vec<Arrival> {
        let thread = self.threads.get(&(phone.clone(), business.clone()));
        let arrived = thread.into_iter().flatten().filter(|text| text.arrived);
        arrived
            .filter_map(|text| {
                Some(Arrival { message: text.message?, text: text.words.clone(), at: text.at })
            })
            .collect()
    }
}

fn status_body(id: MessageId, reference: &CarrierReference, status: &str) -> Value {
    let mut body = json!({"type": "message.status", "reference": reference, "id": id, "status": status});
    let code = match status {
        "undelivered" => Some("unreachable"),
        "failed" => Some("content"),
        _ => None,
    };
    if let (Some(code), Some(fields)) = (code, body.as_object_mut()) {
        fields.insert("error".to_owned(), json!({ "code": code }));
    }
    body
}

/// A line's secret: the same for the same seed, use and number.
fn secret(seed: u64, used_for: &str, number: &PhoneNumber) -> SecretString {
    let digest = Sha256::digest(format!("{seed}/{used_for}/{}", number.as_str()));
    SecretString::from(digest.iter().fold("sim".to_owned(), |text, byte| format!("{text}{byte:02x}")))
}
