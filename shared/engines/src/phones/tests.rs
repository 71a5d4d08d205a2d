//! Tests of the phone network: what arrives, which receipts follow, how webhooks are repeated.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use domain::sender_id::SenderId;
use std::sync::{Arc, Mutex};

use carriers::{
    CarrierId, Credentials, Event, HttpExecutor as _, Outcome, Outgoing, ReceiptStatus, Refusal, carrier,
    lookup, send,
};
use http::StatusCode;
use jiff::SignedDuration;

use super::*;

const BUSINESS: &str = "+12025550100";
const CUSTOMER: &str = "+12025550101";

fn start() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn number(text: &str) -> PhoneNumber {
    text.parse().unwrap()
}

fn id(name: &str) -> MessageId {
    MessageId::derive(&[name.as_bytes()])
}

/// A network whose time a test sets by hand, with one line.
struct World {
    network: PhoneNetwork,
    now: Arc<Mutex<Timestamp>>,
    credentials: Credentials,
}

impl World {
    fn new(seed: u64) -> Self {
        let now = Arc::new(Mutex::new(start()));
        let clock = {
            let now = Arc::clone(&now);
            move || *now.lock().unwrap()
        };
        let settings = Settings::new("https://simulated.textdesk.example/carrier".parse().unwrap(), seed);
        let network = PhoneNetwork::new(settings, clock);
        let credentials = Credentials::new(network.open_line(&number(BUSINESS)));
        network.point_line(&number(BUSINESS), "https://textdesk.example/in".parse().unwrap()).unwrap();
        Self { network, now, credentials }
    }

    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn pass(&self, time: SignedDuration) {
        *self.now.lock().unwrap() += time;
    }

    async fn send(&self, to: &str, name: &str) -> Outcome {
        let (from, to, callback) =
            (BUSINESS.parse().unwrap(), number(to), "https://textdesk.example/st".parse().unwrap());
        let message = outgoing(&from, &to, &callback, name);
        send(carrier(CarrierId::Simulated), &self.network, &message, &self.credentials).await
    }

    async fn look_up(&self, to: &str, name: &str) -> Option<Outcome> {
        let (from, to, callback) =
            (BUSINESS.parse().unwrap(), number(to), "https://textdesk.example/st".parse().unwrap());
        let message = outgoing(&from, &to, &callback, name);
        lookup(carrier(CarrierId::Simulated), &self.network, &message, &self.credentials).await
    }

    /// What the business hears until `end`, in order, verified at the moment at which it is sent.
    fn hear(&self, end: SignedDuration) -> Vec<Event> {
        let end = start() + end;
        let mut heard = Vec::new();
        while let Some(due) = self.network.next_due().filter(|due| *due <= end) {
            *self.now.lock().unwrap() = due.max(self.now());
            for webhook in self.network.take_due_webhooks(self.now()) {
                heard.extend(self.read(&webhook));
            }
        }
        heard
    }

    fn read(&self, webhook: &WebhookRequest) -> Vec<Event> {
        let simulated = carrier(CarrierId::Simulated);
        let hook = webhook.webhook();
        let genuine = simulated.verify(&hook, &self.credentials, self.now()).unwrap();
        simulated.events(&genuine).unwrap()
    }

    /// The receipts heard until `end`, as statuses.
    fn statuses(&self, end: SignedDuration) -> Vec<ReceiptStatus> {
        let status = |event| match event {
            Event::Status(report) => Some(report.status),
            _ => None,
        };
        self.hear(end).into_iter().filter_map(status).collect()
    }
}

fn outgoing<'a>(from: &'a SenderId, to: &'a PhoneNumber, callback: &'a Url, name: &'a str) -> Outgoing<'a> {
    Outgoing {
        id: id(name),
        from,
        to,
        body: name,
        media: &[],
        status_callback: callback,
        validity_seconds: None,
        at: start(),
    }
}

fn day() -> SignedDuration {
    SignedDuration::from_hours(24)
}

#[tokio::test]
async fn what_a_customer_texts_reaches_the_business_word_for_word() {
    let world = World::new(1);
    let media =
        [Attachment { url: "https://m.example/a.jpg".parse().unwrap(), content_type: "image/jpeg".into() }];
    let reference =
        world.network.text_in(&number(CUSTOMER), &number(BUSINESS), "Grüße \"🎉\" \n", &media).unwrap();
    let events = world.hear(day());
    let [Event::Inbound(inbound)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((inbound.from.as_str(), inbound.to.as_str()), (CUSTOMER, BUSINESS));
    assert_eq!(inbound.text, "Grüße \"🎉\" \n");
    assert_eq!((&inbound.reference, inbound.media[0].content_type.as_str()), (&reference, "image/jpeg"));
}

#[tokio::test]
async fn a_number_without_a_line_or_without_an_address_cannot_be_texted() {
    let world = World::new(1);
    let texted = |to| world.network.text_in(&number(CUSTOMER), &number(to), "Hello", &[]);
    assert_eq!(texted("+12025550102").unwrap_err(), NoSuchLine);
    world.network.open_line(&number("+12025550102"));
    assert_eq!(texted("+12025550102").unwrap_err(), NoSuchLine);
    assert_eq!(world.network.phones().len(), 0);
}

#[tokio::test]
async fn a_message_arrives_and_its_receipts_follow() {
    let world = World::new(1);
    let Outcome::Accepted { reference } = world.send(CUSTOMER, "Hello").await else { panic!("not taken") };
    assert_eq!(world.network.arrivals(id("Hello")), 1);
    let events = world.hear(day());
    let reports: Vec<_> = events
        .iter()
        .map(|event| match event {
            Event::Status(report) => (report.message, report.reference.clone(), report.status),
            other => panic!("{other:?}"),
        })
        .collect();
    let known = (Some(id("Hello")), Some(reference.clone()));
    let expected = [ReceiptStatus::Sent, ReceiptStatus::Delivered].map(|s| (known.0, known.1.clone(), s));
    assert_eq!(reports, expected);
    assert_eq!(world.look_up(CUSTOMER, "Hello").await, Some(Outcome::Accepted { reference }));
}

#[tokio::test]
async fn a_message_sent_twice_arrives_twice() {
    let world = World::new(1);
    world.send(CUSTOMER, "Hello").await;
    world.send(CUSTOMER, "Hello").await;
    assert_eq!(world.network.arrivals(id("Hello")), 2);
    assert_eq!(world.network.received(&number(CUSTOMER), &number(BUSINESS)).len(), 2);
}

#[tokio::test]
async fn each_magic_number_does_what_its_row_says() {
    use ReceiptStatus::{Delivered, Failed, Sent, Undelivered};
    let usual = [Sent, Delivered];
    let refused = |reason| (format!("Refused({reason:?})"), vec![], 0);
    let expect = |digits: &str| -> (String, Vec<ReceiptStatus>, usize) {
        let first = |outcome: &str, receipts: &[ReceiptStatus], arrivals| {
            (outcome.to_owned(), receipts.to_vec(), arrivals)
        };
        match digits {
            "0150" => refused(Refusal::InvalidNumber),
            "0151" => refused(Refusal::OptedOut),
            "0152" => refused(Refusal::Blocked),
            "0153" => refused(Refusal::Content),
            "0154" => refused(Refusal::SenderNotAllowed),
            "0155" => refused(Refusal::Account),
            "0156" | "0157" => first("TryLater(throttled, Some(1))", &[], 0),
            "0158" => first("TryLater(down, None)", &[], 0),
            "0159" => first("TryLater(not_sent, None)", &[], 0),
            "0160" | "0161" | "0163" => first("Unknown", &usual, 1),
            "0162" => first("Unknown", &[], 1),
            "0164" | "0165" => first("Unknown", &[], 0),
            "0166" => first("Unknown", &[Sent, Undelivered], 0),
            "0170" | "0178" | "0180" => first("Accepted", &usual, 1),
            "0177" => first("Accepted", &[Delivered], 1),
            "0171" => first("Accepted", &[Sent, Sent, Sent, Delivered, Delivered, Delivered], 1),
            "0172" => first("Accepted", &[Delivered, Sent], 1),
            "0173" => first("Accepted", &[Sent, Undelivered], 0),
            "0174" => first("Accepted", &[], 1),
            "0175" => first("Accepted", &[Failed], 0),
            "0176" => first("Accepted", &[Sent, Undelivered, Delivered], 1),
            "0179" => first("Accepted", &[], 0),
            other => panic!("no expectation for {other}"),
        }
    };
    for row in &magic::TABLE {
        let world = World::new(7);
        let phone = format!("+1415555{}", row.last_digits);
        let outcome = match world.send(&phone, "Hello").await {
            Outcome::Accepted { .. } => "Accepted".to_owned(),
            Outcome::Refused { reason, .. } => format!("Refused({reason:?})"),
            Outcome::TryLater { after_seconds, code } => format!("TryLater({code}, {after_seconds:?})"),
            Outcome::Unknown => "Unknown".to_owned(),
        };
        let mut receipts = world.statuses(day());
        receipts.retain(|status| *status != ReceiptStatus::Pending);
        let seen = (outcome, receipts, world.network.arrivals(id("Hello")));
        assert_eq!(seen, expect(row.last_digits), "{}: {}", row.last_digits, row.meaning);
    }
}

#[tokio::test]
async fn what_fails_at_first_is_taken_in_the_end() {
    for (phone, attempts) in
        [("+12025550156", 3), ("+12025550158", 3), ("+12025550159", 3), ("+12025550164", 2)]
    {
        let world = World::new(3);
        for attempt in 1..attempts {
            let outcome = world.send(phone, "Hello").await;
            assert!(!matches!(outcome, Outcome::Accepted { .. }), "{phone}, attempt {attempt}");
            let never = Some(Outcome::TryLater { after_seconds: None, code: "not_found".to_owned() });
            assert_eq!(world.look_up(phone, "Hello").await, never, "{phone}");
        }
        assert!(matches!(world.send(phone, "Hello").await, Outcome::Accepted { .. }), "{phone}");
        assert_eq!(world.network.arrivals(id("Hello")), 1, "{phone}");
    }
}

#[tokio::test]
async fn a_look_up_tells_what_the_lost_answer_would_have_said() {
    let world = World::new(1);
    let cases =
        [("+12025550160", true), ("+12025550161", false), ("+12025550162", false), ("+12025550166", true)];
    for (phone, found) in cases {
        assert_eq!(world.send(phone, phone).await, Outcome::Unknown);
        let answer = world.look_up(phone, phone).await;
        assert_eq!(matches!(answer, Some(Outcome::Accepted { .. })), found, "{phone}: {answer:?}");
        assert_eq!(answer.is_some(), found, "{phone}");
    }
    world.send("+12025550151", "refused").await;
    let refused = Outcome::Refused { code: "opted_out".to_owned(), reason: Refusal::OptedOut };
    assert_eq!(world.look_up("+12025550151", "refused").await, Some(refused));
}

#[tokio::test]
async fn only_the_lines_own_key_and_number_may_send() {
    let world = World::new(1);
    let stranger = Credentials::from(
        r#"{"base_url": "https://simulated.textdesk.example/carrier", "api_key": "x", "signing_secrets": ["x"]}"#,
    );
    let (from, to, callback) =
        (number(BUSINESS), number(CUSTOMER), "https://textdesk.example/".parse().unwrap());
    let simulated = carrier(CarrierId::Simulated);
    let outcome =
        send(simulated, &world.network, &outgoing(&from.clone().into(), &to, &callback, "x"), &stranger)
            .await;
    assert!(matches!(outcome, Outcome::Refused { reason: Refusal::Account, .. }), "{outcome:?}");
    let other = number("+12025550102");
    let outcome =
        send(simulated, &world.network, &outgoing(&other.into(), &to, &callback, "x"), &world.credentials)
            .await;
    assert!(matches!(outcome, Outcome::Refused { reason: Refusal::SenderNotAllowed, .. }), "{outcome:?}");
    assert_eq!(world.network.arrivals(id("x")), 0);
}

/// The way to other hosts.
struct Elsewhere;
#[async_trait]
impl HttpExecutor for Elsewhere {
    async fn execute(&self, _: HttpRequest) -> Result<HttpReply, ExecuteError> {
        Ok(HttpReply::empty(StatusCode::IM_A_TEAPOT))
    }
}

#[tokio::test]
async fn a_call_to_another_host_is_not_sent_unless_a_switchboard_knows_the_way() {
    let world = World::new(1);
    let request = HttpRequest {
        method: http::Method::GET,
        url: "https://api.elsewhere.example/carrier/messages/1".parse().unwrap(),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
    };
    assert_eq!(world.network.execute(request.clone()).await.unwrap_err(), ExecuteError::NotSent);

    let switchboard = Switchboard { network: Arc::new(world.network), elsewhere: Elsewhere };
    let reply = switchboard.execute(request.clone()).await.unwrap();
    assert_eq!(reply.status, StatusCode::IM_A_TEAPOT);
    let here =
        HttpRequest { url: "https://simulated.textdesk.example/carrier/x".parse().unwrap(), ..request };
    assert_eq!(switchboard.execute(here).await.unwrap().status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story() {
    async fn story(seed: u64) -> Vec<(Timestamp, bytes::Bytes)> {
        let world = World::new(seed);
        world.network.text_in(&number(CUSTOMER), &number(BUSINESS), "Hello", &[]).unwrap();
        for phone in [CUSTOMER, "+12025550171", "+12025550172"] {
            world.send(phone, phone).await;
        }
        let mut bodies = Vec::new();
        while let Some(due) = world.network.next_due() {
            for webhook in world.network.take_due_webhooks(due) {
                bodies.push((due, webhook.body));
            }
        }
        bodies
    }
    assert_eq!(story(1).await, story(1).await);
    assert_ne!(story(1).await, story(2).await);
}

#[tokio::test]
async fn a_restarted_network_keeps_its_lines_secrets_and_repeats_no_reference() {
    let (first, second) = (World::new(1), World::new(1));
    second.pass(SignedDuration::from_secs(60));
    let texted =
        |world: &World| world.network.text_in(&number(CUSTOMER), &number(BUSINESS), "Hello", &[]).unwrap();
    assert_ne!(texted(&first), texted(&second));
    let webhook = &second.network.take_due_webhooks(second.now())[0];
    let hook = webhook.webhook();
    assert!(carrier(CarrierId::Simulated).verify(&hook, &first.credentials, second.now()).is_ok());
}

#[tokio::test]
async fn webhooks_taken_by_hand_can_be_repeated_and_come_back_a_bounded_number_of_times() {
    let world = World::new(1);
    world.network.text_in(&number(CUSTOMER), &number(BUSINESS), "Hello", &[]).unwrap();
    let mut webhook = world.network.take_due_webhooks(world.now()).remove(0);
    assert!(world.network.take_due_webhooks(world.now()).is_empty());
    assert_eq!(world.read(&webhook), world.read(&webhook));
    for attempt in 2..=ATTEMPTS_MAX {
        let Returned::Again(due) = world.network.return_webhook(webhook, world.now()) else {
            panic!("{attempt}")
        };
        assert_eq!(world.network.next_due(), Some(due));
        world.pass(due.duration_since(world.now()));
        webhook = world.network.take_due_webhooks(world.now()).remove(0);
        assert_eq!(webhook.attempt, attempt);
        assert_eq!(world.read(&webhook).len(), 1, "signed anew, so never stale");
    }
    assert_eq!(world.network.return_webhook(webhook, world.now()), Returned::GivenUp);
    assert_eq!(world.network.next_due(), None);
    assert_eq!(world.network.summary().webhooks_given_up, 1);
}

/// Answers as scripted, then 200; remembers what came.
#[derive(Default)]
struct Script {
    answers: Mutex<Vec<Result<StatusCode, SinkError>>>,
    heard: Mutex<Vec<(String, u32)>>,
}

#[async_trait]
impl WebhookSink for Script {
    async fn deliver(&self, webhook: WebhookRequest) -> Result<StatusCode, SinkError> {
        self.heard.lock().unwrap().push((webhook.kind().to_owned(), webhook.attempt));
        self.answers.lock().unwrap().pop().unwrap_or(Ok(StatusCode::OK))
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_network_repeats_what_failed_and_not_what_was_refused() {
    let settings = Settings::new("https://simulated.textdesk.example".parse().unwrap(), 1);
    let network = Arc::new(PhoneNetwork::new(settings, tokio_clock(start())));
    network.open_line(&number(BUSINESS));
    network.point_line(&number(BUSINESS), "https://textdesk.example/in".parse().unwrap()).unwrap();
    let sink = Arc::new(Script::default());
    *sink.answers.lock().unwrap() = vec![Ok(StatusCode::SERVICE_UNAVAILABLE), Err(SinkError)];
    let running = tokio::spawn({
        let (network, sink) = (Arc::clone(&network), Arc::clone(&sink));
        async move { network.run(&*sink).await }
    });
    network.text_in(&number(CUSTOMER), &number(BUSINESS), "Hello", &[]).unwrap();
    tokio::time::sleep(Duration::from_mins(1)).await;
    let received = |attempt| ("message.received".to_owned(), attempt);
    assert_eq!(*sink.heard.lock().unwrap(), [received(1), received(2), received(3)]);

    *sink.answers.lock().unwrap() = vec![Ok(StatusCode::FORBIDDEN)];
    network.text_in(&number(CUSTOMER), &number(BUSINESS), "Hello?", &[]).unwrap();
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(sink.heard.lock().unwrap().len(), 4);
    assert_eq!(network.summary().webhooks_given_up, 1);
    running.abort();
}

#[tokio::test]
async fn the_simulators_page_sees_phones_threads_and_receipts() {
    let world = World::new(1);
    world.network.text_in(&number(CUSTOMER), &number(BUSINESS), "Are you open?", &[]).unwrap();
    world.send(CUSTOMER, "Until six.").await;
    world.hear(day());
    let json = serde_json::to_value(world.network.summary()).unwrap();
    assert_eq!(json["lines"][0]["number"], BUSINESS);
    assert_eq!(json["phones"][0]["number"], CUSTOMER);
    assert_eq!(json["phones"][0]["threads"][0]["last_text"], "Until six.");
    assert_eq!(json["webhooks_waiting"], 0);
    assert_eq!(json["magic_numbers"][0]["last_digits"], "0150");
    let thread = serde_json::to_value(world.network.thread(&number(CUSTOMER), &number(BUSINESS))).unwrap();
    let messages = thread["messages"].as_array().unwrap();
    assert_eq!((&messages[0]["from"], &messages[1]["from"]), (&"customer".into(), &"business".into()));
    let statuses: Vec<_> =
        messages[1]["receipts"].as_array().unwrap().iter().map(|receipt| receipt["status"].clone()).collect();
    assert_eq!(statuses, ["sent", "delivered"]);
    assert_eq!(messages[1]["arrived"], true);
}

#[test]
fn magic_digits_are_sorted_distinct_and_only_count_in_fiction() {
    assert!(magic::TABLE.is_sorted_by(|one, next| one.last_digits < next.last_digits));
    let ordinary = magic::behaviour(&number(CUSTOMER));
    for real in ["+12024560150", "+442025550150", "+1202555015", "+12025550149", "+447700900150"] {
        assert_eq!(magic::behaviour(&number(real)), ordinary, "{real}");
    }
    assert_ne!(magic::behaviour(&number("+12025550150")), ordinary);
}

#[test]
fn nothing_printed_shows_text_or_numbers() {
    let world = World::new(1);
    world.network.text_in(&number(CUSTOMER), &number(BUSINESS), "Hello there", &[]).unwrap();
    let webhook = world.network.take_due_webhooks(world.now()).remove(0);
    let printed = format!("{webhook:?} {:?}", webhook.webhook());
    assert!(!printed.contains("Hello") && !printed.contains("202555"), "{printed}");
}
