//! What happens in a simulated story, and what everybody in it was promised.

pub(crate) mod keywords;
mod projections;
mod transfers;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use app::{
    Caller,
    conversations::{Act, act},
    send::{Accepted, Content, Recipient, Request, SendError, send},
};
use domain::{
    access::ConversationAccess,
    body::MessageBody,
    conversation::Conversation,
    id::{ConversationId, MessageId},
    phone::PhoneNumber,
    snooze::SnoozeRequest,
};
use engines::{faults::Plan, phones::WebhookRequest};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use testkit::{Business, World};

/// How many things happen before the story calms down.
pub(crate) const STEPS: usize = 130;

/// The customers: ordinary phones first, then numbers that misbehave (see the phone network's table).
const CUSTOMERS: [&str; 12] = [
    "+12025550101",
    "+12025550102",
    "+12025550103",
    "+12025550151", // refused: opted out at the carrier
    "+12025550156", // throttled at first
    "+12025550157", // throttled for ever
    "+12025550160", // taken without an answer, a look-up finds it
    "+12025550161", // taken without an answer, only receipts tell
    "+12025550164", // lost without an answer
    "+12025550171", // each receipt three times
    "+12025550172", // delivered before sent
    "+12025550176", // undelivered, an hour later delivered after all
];

/// What customers write. The opt-out words are words like any other to them.
const TEXTS: [&str; 9] =
    ["hi", "are you open?", "STOP", "START", "🎉", "مرحبا", "thanks\u{0}!", "a\nb", keywords::KEYWORD];

/// A send that a member of staff wants to be done, however often it takes to ask.
pub(crate) struct Wish {
    pub(crate) business: usize,
    person: usize,
    request: Request,
    pub(crate) answer: Option<Result<Accepted, String>>,
}

/// What was promised to whom, and what was seen before.
#[derive(Default)]
pub(crate) struct Memory {
    /// Inbound messages whose webhook was answered with success, by the carrier's reference.
    pub(crate) acknowledged: BTreeSet<String>,
    /// How often each thing worth seeing has happened: a story in which nothing goes wrong proves nothing.
    pub(crate) marks: BTreeMap<String, u32>,
    /// Since when each number of each account is known to have opted out, in milliseconds.
    pub(crate) opted_out: BTreeMap<(String, String), i64>,
    /// The highest rank in which each message was seen.
    pub(crate) ranks: BTreeMap<String, u8>,
}

/// A simulated story.
pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) businesses: Vec<Business>,
    pub(crate) staff: Vec<Vec<Caller>>,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) moves: Vec<transfers::Move>,
    pub(crate) memory: Memory,
    dice: ChaCha8Rng,
    chaos: bool,
}

impl Memory {
    pub(crate) fn mark(&mut self, what: impl Into<String>) {
        *self.marks.entry(what.into()).or_default() += 1;
    }
}

impl Story {
    /// A business and its sub account, each with staff of every access, and a table that does not always answer.
    pub(crate) async fn begin(seed: u64) -> Self {
        let world = World::new(seed).await;
        let mut businesses = Vec::new();
        let mut staff = Vec::new();
        let alpha = world.business("Alpha", "+12125550110", 48).await;
        let beta = world.branch(&alpha.owner, "Beta", "+13125550120", 8).await;
        keywords::make(&world, &alpha, &beta).await;
        for business in [alpha, beta] {
            let mut people = vec![business.owner.clone()];
            for (name, access) in [
                ("all", ConversationAccess::All),
                ("assigned", ConversationAccess::Assigned),
                ("none", ConversationAccess::None),
            ] {
                people.push(world.colleague(&business.owner, name, access).await);
            }
            businesses.push(business);
            staff.push(people);
        }
        world.settle().await;
        let plan = Plan {
            lost_request: 0.03,
            lost_response: 0.03,
            throttled: 0.02,
            transaction_conflict: 0.05,
            slow: 0.15,
            slow_max: Duration::from_millis(400),
            ..Plan::default()
        };
        world.dynamo.faults().set_plan(seed, plan);
        world
            .sqs
            .faults()
            .set_plan(seed, Plan { lost_request: 0.02, lost_response: 0.02, ..Plan::default() });
        let dice = ChaCha8Rng::seed_from_u64(seed);
        Self {
            world,
            businesses,
            staff,
            wishes: Vec::new(),
            moves: Vec::new(),
            memory: Memory::default(),
            dice,
            chaos: true,
        }
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.dice.random_range(0..sides)
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.chaos && self.dice.random_range(0..100) < percent
    }

    fn customer(&mut self) -> PhoneNumber {
        let index = self.roll(CUSTOMERS.len());
        CUSTOMERS[index].parse().unwrap()
    }

    /// One thing happens.
    pub(crate) async fn step(&mut self) {
        match self.roll(22) {
            0 | 1 => self.a_customer_texts(),
            2 | 3 | 16 | 17 => self.somebody_wishes_to_send().await,
            4 => self.somebody_asks_again().await,
            5 | 6 => Box::pin(self.somebody_acts()).await,
            7 | 8 => self.the_stream_is_read().await,
            9 | 10 => Box::pin(self.jobs_are_done()).await,
            11 | 12 => self.the_carrier_calls().await,
            13 => self.kept_webhooks_are_applied().await,
            14 => self.time_passes().await,
            18 => self.the_master_moves_credits().await,
            19 => self.the_master_asks_again().await,
            20 | 21 => Box::pin(self.the_projections_are_read()).await,
            _ => Box::pin(self.schedules_run()).await,
        }
        if self.chance(2) {
            self.world.dynamo.faults().set_down(true);
        } else if self.chance(50) {
            self.world.dynamo.faults().set_down(false);
        }
    }

    /// Runs something that may be killed at any wait, as a Lambda function may be.
    async fn perhaps_killed<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let life = if self.chance(15) {
            Duration::from_millis(self.roll(300) as u64)
        } else {
            Duration::from_mins(15)
        };
        let done = tokio::time::timeout(life, work).await.ok();
        if done.is_none() {
            self.memory.mark("killed");
        }
        done
    }

    fn a_customer_texts(&mut self) {
        let (customer, text) = (self.customer(), TEXTS[self.roll(TEXTS.len())]);
        let business = self.roll(self.businesses.len());
        let number = self.businesses[business].gateway.sender.number().unwrap().clone();
        self.world.phones.text_in(&customer, &number, text, &[]).unwrap();
    }

    async fn somebody_wishes_to_send(&mut self) {
        let business = self.roll(self.businesses.len());
        // Mostly those who may; now and then who has no access at all.
        let person = if self.chance(5) { 3 } else { self.roll(3) };
        let customer = self.customer();
        let gateway = self.businesses[business].gateway.id;
        let account = self.staff[business][0].account;
        let to = if self.chance(25) {
            Recipient::Conversation(Conversation::id_for(account, gateway, &customer))
        } else {
            Recipient::Number { number: customer.as_str().to_owned(), gateway: Some(gateway) }
        };
        let length = if self.chance(20) { 300 } else { 20 };
        let text = format!("answer {} {}", self.wishes.len(), "x".repeat(length));
        let content = Content::new(Some(&MessageBody::try_from(text).unwrap()), &[]).unwrap();
        let key = Some(format!("wish-{}", self.wishes.len()));
        self.wishes.push(Wish {
            business,
            person,
            request: Request { to, content, key, seen: None, overrides_quiet_hours: false },
            answer: None,
        });
        self.ask(self.wishes.len() - 1).await;
    }

    async fn somebody_asks_again(&mut self) {
        if !self.wishes.is_empty() {
            let index = self.roll(self.wishes.len());
            self.ask(index).await;
        }
    }

    /// Asks for a send, perhaps not for the first time. The same key must give the same answer (I12).
    async fn ask(&mut self, index: usize) {
        let Wish { business, person, request, .. } = &self.wishes[index];
        let (app, caller, request) =
            (self.world.app.clone(), self.staff[*business][*person].clone(), request.clone());
        let sending = Box::pin(async { send(&app, &caller, &request).await });
        let Some(outcome) = self.perhaps_killed(sending).await else {
            return;
        };
        let answer = match outcome {
            Ok(accepted) => Ok(accepted),
            Err(SendError::Failure(_)) => return self.memory.mark("send: failure"),
            Err(refused) => {
                let variant = format!("{refused:?}");
                self.memory.mark(format!("send: {}", variant.split([' ', '(']).next().unwrap_or_default()));
                Err(refused.to_string())
            }
        };
        if matches!((&self.wishes[index].answer, &answer), (Some(Ok(_)), Ok(_))) {
            self.memory.mark("send: answered again");
        }
        let wish = &mut self.wishes[index];
        match (&wish.answer, &answer) {
            (Some(Ok(before)), Ok(now)) => assert_eq!(before, now, "I12: another answer to the same request"),
            (Some(Ok(_)), Err(refused)) => {
                // Credits, consent and assignments may have changed since; what was accepted stays accepted.
                assert!(!refused.contains("idempotency"), "I12: {refused}");
            }
            _ => wish.answer = Some(answer),
        }
    }

    async fn somebody_acts(&mut self) {
        let business = self.roll(self.businesses.len());
        let person = self.roll(self.staff[business].len());
        let person = if person == 3 && self.chance(80) { 0 } else { person };
        let caller = self.staff[business][person].clone();
        let colleague = self.staff[business][self.dice.random_range(0..3)].user;
        let customer = self.customer();
        // Now and then at the other business's conversation: it must be as if it did not exist.
        let owner = if self.chance(10) { 1 - business } else { business };
        let account = self.staff[owner][0].account;
        let id: ConversationId = Conversation::id_for(account, self.businesses[owner].gateway.id, &customer);
        let until =
            self.world.now().checked_add(Duration::from_secs(60 * (1 + self.roll(120) as u64))).unwrap();
        let what = match self.roll(14) {
            0 | 1 => Act::Assign(colleague),
            2 => Act::Unassign(colleague),
            3 | 4 => Act::Snooze(SnoozeRequest::Until(until)),
            5 => Act::Unsnooze,
            6 | 11 | 12 => Act::Complete,
            7 => Act::Archive,
            8 => Act::Read,
            9 => Act::Unread,
            _ => Act::Reopen,
        };
        let app = self.world.app.clone();
        let done = Box::pin(self.perhaps_killed(async { act(&app, &caller, id, what).await })).await;
        if owner != business {
            assert!(!matches!(done, Some(Ok(_))), "I09: acted on another account's conversation");
        }
    }

    async fn the_stream_is_read(&mut self) {
        let batch = 1 + self.roll(10);
        for record in self.world.stream_records(batch) {
            let life = if self.chance(15) { self.roll(300) as u64 } else { 900_000 };
            let work = self.world.dispatch(&record);
            match tokio::time::timeout(Duration::from_millis(life), work).await {
                // Now and then the position gets lost although the work was done: the record comes again.
                Ok(Ok(())) if !self.chance(10) => self.world.advance_stream(&record),
                _ => return,
            }
        }
    }

    async fn jobs_are_done(&mut self) {
        let batch = 1 + self.roll(4);
        for taken in self.world.take_sends(batch) {
            let life = if self.chance(15) { self.roll(600) as u64 } else { 900_000 };
            let twice = self.chance(10);
            let work = async {
                if twice {
                    let (first, second) =
                        tokio::join!(self.world.deliver(&taken), self.world.deliver(&taken));
                    first.ok();
                    second.ok();
                } else {
                    self.world.deliver(&taken).await.ok();
                }
            };
            Box::pin(tokio::time::timeout(Duration::from_millis(life), work)).await.ok();
        }
    }

    async fn the_carrier_calls(&mut self) {
        let mut due = self.world.phones.take_due_webhooks(self.world.now());
        if self.chance(30) {
            due.shuffle(&mut self.dice);
        }
        for webhook in due {
            self.bring(&webhook).await;
            if self.chance(15) {
                self.bring(&webhook).await;
            }
        }
    }

    async fn bring(&mut self, webhook: &WebhookRequest) {
        let life = if self.chance(10) { self.roll(300) as u64 } else { 15_000 };
        let answer = tokio::time::timeout(Duration::from_millis(life), self.world.bring(webhook)).await;
        // The answer may get lost on its way, too.
        let heard = answer.ok().filter(|_| !self.chance(5));
        match heard {
            Some(status) if status.is_success() => {
                if webhook.kind() == "message.received" {
                    self.memory.acknowledged.insert(reference(webhook));
                }
            }
            _ => {
                self.memory.mark("webhook repeated");
                self.world.phones.return_webhook(webhook.clone(), self.world.now());
            }
        }
    }

    async fn kept_webhooks_are_applied(&mut self) {
        for taken in self.world.take_ingest(5) {
            self.memory.mark("webhook kept for later");
            let life = if self.chance(15) { self.roll(300) as u64 } else { 900_000 };
            tokio::time::timeout(Duration::from_millis(life), self.world.ingest(&taken)).await.ok();
        }
    }

    async fn time_passes(&mut self) {
        let seconds = if self.chance(20) { 600 } else { 30 };
        let seconds = 1 + self.roll(seconds) as u64;
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    async fn schedules_run(&mut self) {
        let app = self.world.app.clone();
        self.perhaps_killed(async { Box::pin(app::unsnooze::wake_due(&app)).await.ok() }).await;
        self.perhaps_killed(async { app::sweep::sweep(&app).await.ok() }).await;
    }

    /// The faults stop, everybody gets an answer, and time passes until nothing is left to do.
    pub(crate) async fn calm_down(&mut self) {
        /// First often, then rarely: long enough for every receipt, lease, retry and deadline.
        const PAUSES_MINUTES: [(u64, u32); 3] = [(1, 8), (5, 12), (30, 16)];
        self.chaos = false;
        self.world.dynamo.faults().clear();
        self.world.sqs.faults().clear();
        for index in 0..self.wishes.len() {
            self.ask(index).await;
            assert!(self.wishes[index].answer.is_some(), "without faults every request is answered");
        }
        self.every_move_is_answered().await;
        for (minutes, times) in PAUSES_MINUTES {
            for _ in 0..times {
                self.rest().await;
                tokio::time::advance(Duration::from_secs(minutes * 60)).await;
            }
        }
        self.rest().await;
    }

    async fn rest(&mut self) {
        // Here and not in the world, so that acknowledgements are remembered.
        while self.world.phones.next_due().is_some_and(|due| due <= self.world.now()) {
            self.the_carrier_calls().await;
        }
        self.world.settle().await;
        app::unsnooze::wake_due(&self.world.app).await.unwrap();
        app::sweep::sweep(&self.world.app).await.unwrap();
        self.world.settle().await;
    }

    /// The messages that were accepted, with their answers.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = (&Wish, &Accepted)> {
        self.wishes.iter().filter_map(|wish| Some((wish, wish.answer.as_ref()?.as_ref().ok()?)))
    }
}

/// The carrier's reference of the inbound message that a webhook brings.
fn reference(webhook: &WebhookRequest) -> String {
    let body: serde_json::Value = serde_json::from_slice(&webhook.body).unwrap();
    let found = body.pointer("/message/reference").or_else(|| body.get("reference"));
    found.and_then(|it| it.as_str()).expect("the webhook names its message").to_owned()
}

/// Where the story's customers are in the table of misbehaving numbers does not matter to the invariants; only that a
/// message arrives at most once does.
pub(crate) fn arrived(world: &World, message: MessageId) -> usize {
    world.phones.arrivals(message)
}
