//! Letters to people, from the table to their mailbox: sent once, in the account's look, with links that hold.

use std::sync::Arc;
use std::time::Duration;

use app::links;
use app::mail::SendError;
use app::ports::{MailError, MailJob};
use app::{App, Config};
use domain::branding::Branding;
use domain::id::{AccountId, MailId, UserId};
use domain::link::{Link, Nonce, Purpose};
use domain::mail::{Letter, Mail};
use engines::faults::Fault;
use engines::ses::SentMail;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use storage::Store;
use testkit::World;

use crate::house::House;

const ANN: &str = "ann@example.com";

fn link(account: AccountId, purpose: Purpose, now: Timestamp) -> Link {
    let (user, nonce) = (UserId::derive(&[b"ann"]), Nonce([7; 16]));
    Link { purpose, account, user, nonce, expires_at: now + SignedDuration::from_hours(72) }
}

fn mail(letter: Letter, now: Timestamp) -> Mail {
    Mail { id: MailId::derive(&[b"mail"]), to: ANN.parse().unwrap(), at: now, letter }
}

/// A world with an account, into which letters are put by hand.
struct Post {
    world: World,
    account: AccountId,
}

impl Post {
    async fn open() -> Self {
        let world = World::new(1).await;
        let account = world.business("bee", "+12025550100", 0).await.owner.account;
        world.settle().await;
        Self { world, account }
    }

    async fn put(&self, letter: Letter) -> MailJob {
        let mail = mail(letter, self.world.now());
        assert!(self.world.app.store.account(self.account).put_mail(&mail).await.unwrap());
        MailJob { account: self.account, mail: mail.id }
    }

    fn reset(&self) -> Letter {
        Letter::PasswordReset { link: link(self.account, Purpose::PasswordReset, self.world.now()) }
    }

    fn arrived(&self) -> Vec<SentMail> {
        self.world.ses.sent_to(ANN)
    }

    async fn sent_at(&self, job: MailJob) -> Option<Timestamp> {
        let record = self.world.app.store.account(job.account).mail(job.mail).await.unwrap();
        record.and_then(|record| record.sent_at)
    }
}

#[tokio::test(start_paused = true)]
async fn a_letter_in_the_table_arrives_with_a_link_that_opens_and_is_sent_once() {
    let post = Post::open().await;
    let letter = post.reset();
    let job = post.put(letter.clone()).await;
    post.world.settle().await;
    let [arrived] = &post.arrived()[..] else { panic!("one letter") };
    assert_eq!(arrived.from, format!("\"bee\" <{}>", testkit::MAIL_SENDER));
    assert_eq!(arrived.headers["Auto-Submitted"], "auto-generated");
    assert_eq!(arrived.tags["mail"], job.mail.to_string());
    let start = "https://textdesk.test/password-reset#";
    let token = arrived.text.lines().find_map(|line| line.strip_prefix(start)).expect("a link in the text");
    assert!(arrived.html.contains(token), "the same link in the HTML");
    let app = &post.world.app;
    let opened = links::open(app, Purpose::PasswordReset, token, app.now()).await.unwrap();
    assert_eq!(opened.as_ref(), letter.link());
    assert_eq!(post.sent_at(job).await, Some(app.now()));
    // The same job again, as queues and streams do.
    app.queues.enqueue_mail(&job).await.unwrap();
    post.world.settle().await;
    assert_eq!(post.arrived().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_token_lies_in_the_table_or_in_a_queue() {
    let post = Post::open().await;
    post.put(post.reset()).await;
    post.world.settle().await;
    let arrived = post.arrived().remove(0);
    let token = arrived.text.split('#').nth(1).unwrap().lines().next().unwrap();
    assert!(token.len() > 100, "{token}");
    for item in post.world.items() {
        assert!(!item.to_string().contains(token) && !item.to_string().contains("tdl_"));
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_mail_service_is_away_a_letter_waits_in_the_queue() {
    let post = Post::open().await;
    let job = post.put(post.reset()).await;
    for fault in [Fault::Down, Fault::Throttled, Fault::LostRequest] {
        post.world.ses.faults().push_next(fault);
        post.world.settle().await;
        assert_eq!((post.arrived().len(), post.sent_at(job).await), (0, None), "{fault:?}");
        tokio::time::advance(Duration::from_secs(91)).await;
    }
    post.world.settle().await;
    assert_eq!(post.arrived().len(), 1);
    assert!(post.sent_at(job).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_letter_whose_answer_got_lost_comes_again_with_the_same_link() {
    let post = Post::open().await;
    post.put(post.reset()).await;
    post.world.ses.faults().push_next(Fault::LostResponse);
    post.world.settle().await;
    tokio::time::advance(Duration::from_secs(91)).await;
    post.world.settle().await;
    let [first, second] = &post.arrived()[..] else { panic!("two letters") };
    assert_eq!((&first.text, &first.html), (&second.text, &second.html));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_refused_is_given_up_and_named_nowhere() {
    let post = Post::open().await;
    post.world.ses.refuse(ANN);
    let job = post.put(post.reset()).await;
    post.world.settle().await;
    assert_eq!(post.world.sqs.bodies(testkit::MAILS).unwrap(), Vec::<String>::new());
    assert_eq!((post.arrived().len(), post.sent_at(job).await), (0, None));

    let rendered =
        app::ports::RenderedMail { id: job.mail, to: ANN.parse().unwrap(), content: words(post.world.now()) };
    let refused = post.world.app.mailer.send(&rendered).await.unwrap_err();
    let MailError::Refused { code } = &refused else { panic!("{refused:?}") };
    assert_eq!(code, "MessageRejected");
    assert!(!format!("{refused:?} {refused}").contains(ANN));
}

/// A letter in words.
fn words(now: Timestamp) -> mails::Rendered {
    let setting = mails::Setting {
        account: &"Bee".parse().unwrap(),
        branding: &Branding::default(),
        zone: &jiff::tz::TimeZone::UTC,
        web_address: "https://textdesk.test",
        token: None,
    };
    mails::render(&mail(Letter::EmailChanged, now), &setting).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_link_that_has_ended_is_not_sent_any_more() {
    let post = Post::open().await;
    let job = post.put(post.reset()).await;
    post.world.ses.faults().set_down(true);
    post.world.settle().await;
    tokio::time::advance(Duration::from_hours(72)).await;
    post.world.ses.faults().clear();
    app::mail::send(&post.world.app, &job).await.unwrap();
    assert_eq!((post.arrived().len(), post.sent_at(job).await), (0, None));
    // A mail that is not kept any more, neither.
    let gone = MailJob { mail: MailId::derive(&[b"gone"]), ..job };
    app::mail::send(&post.world.app, &gone).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_is_worth_nothing_changed_late_or_for_another_purpose() {
    let post = Post::open().await;
    let (app, now) = (&post.world.app, post.world.now());
    let link = link(post.account, Purpose::Invitation, now);
    let token = links::token(app, &link).await.unwrap();
    let token = token.expose_secret();
    assert_eq!(token, links::token(app, &link).await.unwrap().expose_secret(), "always the same");
    let open = async |purpose, token: &str, now| links::open(app, purpose, token, now).await.unwrap();
    assert_eq!(open(Purpose::Invitation, token, now).await, Some(link));
    assert_eq!(open(Purpose::PasswordReset, token, now).await, None);
    assert_eq!(open(Purpose::Invitation, token, link.expires_at).await, None);
    for place in 4..token.len() {
        let mut changed = token.to_owned().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(open(Purpose::Invitation, &changed, now).await, None, "{place}");
    }
    for other in ["", "tdl_", "tdl_AAAA", &token[4..], &format!("{token}A"), &token[..token.len() - 4]] {
        assert_eq!(open(Purpose::Invitation, other, now).await, None, "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_derived_differs_by_purpose_and_parts_and_needs_the_key() {
    let world = World::new(1).await;
    let derive =
        async |purpose: &str, parts: &[&[u8]]| links::derive(&world.app, purpose, parts).await.unwrap();
    let one = derive("totp", &[b"ab", b"c"]).await;
    assert_eq!(one, derive("totp", &[b"ab", b"c"]).await);
    assert_ne!(one, derive("totp", &[b"a", b"bc"]).await);
    assert_ne!(one, derive("totp", &[b"abc"]).await);
    assert_ne!(one, derive("link", &[b"ab", b"c"]).await);
    let config = &world.app.config;
    let without = Config {
        public_url: config.public_url.clone(),
        secret_prefix: config.secret_prefix.clone(),
        operator_key_secret: None,
        link_key_secret: None,
        live_url: None,
        simulated_carrier: false,
    };
    let app = App { config: Arc::new(without), ..world.app.clone() };
    assert!(links::derive(&app, "totp", &[]).await.is_err());
}

impl Post {
    /// Changes an account behind the product's back.
    fn set(&self, account: AccountId, attribute: &str, value: &Value) {
        let update = json!({
            "TableName": testkit::TABLE, "Key": {"pk": {"S": account.to_string()}, "sk": {"S": "account"}},
            "UpdateExpression": "SET #attribute = :value", "ExpressionAttributeNames": {"#attribute": attribute},
            "ExpressionAttributeValues": {":value": value},
        });
        self.world.dynamo.run("UpdateItem", &update).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_looks_as_it_says_and_for_the_rest_as_its_master_says_for_its_sub_accounts() {
    let post = Post::open().await;
    let master = post.world.business("hive", "+12025550101", 0).await.owner.account;
    let look = |pairs: &[(&str, &str)]| {
        let fields = pairs.iter().map(|(name, value)| ((*name).to_owned(), json!({"S": value})));
        json!({"M": fields.collect::<serde_json::Map<_, _>>()})
    };
    post.set(master, "branding", &look(&[("name", "The hive itself")]));
    let shared =
        [("web_domain", "texts.hive.example"), ("sender_name", "Hive"), ("primary_colour", "#112233")];
    post.set(master, "sub_account_branding", &look(&shared));
    post.set(post.account, "branding", &look(&[("name", "Busy Bee"), ("sender_name", "Bee Desk")]));
    // As long as it has no master, the rest is ours.
    let app = &post.world.app;
    let settings = async || app.store.account(post.account).settings().await.unwrap().unwrap();
    assert_eq!(app::mail::look(app, &settings().await).await.unwrap().web_domain, None);

    post.set(post.account, "parent", &json!({"S": master.to_string()}));
    post.put(post.reset()).await;
    post.world.settle().await;
    let arrived = post.arrived().remove(0);
    assert_eq!(arrived.from, format!("\"Bee Desk\" <{}>", testkit::MAIL_SENDER));
    assert_eq!(arrived.subject, "Choose a new password for Busy Bee");
    assert!(arrived.text.contains("https://texts.hive.example/password-reset#tdl_"), "{}", arrived.text);
    assert!(arrived.html.contains("background:#112233") && !arrived.html.contains("hive itself"));
}

#[tokio::test(start_paused = true)]
async fn a_letter_of_an_unknown_account_comes_back_until_somebody_looks() {
    let post = Post::open().await;
    let nobody = AccountId::derive(&[b"nobody"]);
    let mail = mail(Letter::PasswordChanged, post.world.now());
    post.world.app.store.account(nobody).put_mail(&mail).await.unwrap();
    let failed = app::mail::send(&post.world.app, &MailJob { account: nobody, mail: mail.id }).await;
    assert!(matches!(failed, Err(SendError::Failure(_))));
}

/// A store over the table of a house.
fn store(house: &House) -> Store {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
        .region(aws_sdk_dynamodb::config::Region::new(engines::REGION))
        .credentials_provider(aws_sdk_dynamodb::config::Credentials::new("a", "s", None, None, "test"))
        .http_client(house.running.engines.dynamo.http_client())
        .build();
    Store::new(aws_sdk_dynamodb::Client::from_conf(config), &house.running.template().table.id, [7; 32])
}

/// Through the functions as the template wires them: each with its own permissions.
#[tokio::test(flavor = "multi_thread")]
async fn the_functions_bring_a_letter_from_the_table_to_the_mailbox() {
    let house = House::open().await;
    let (account, _) = house.sign_up("Bäckerei Müller").await;
    let account: AccountId = account.parse().unwrap();
    let letter = Letter::Invitation {
        name: "Ann".parse().unwrap(),
        invited_by: Some("<b>Ada</b>".parse().unwrap()),
        link: link(account, Purpose::Invitation, house.now()),
    };
    store(&house).account(account).put_mail(&mail(letter, house.now())).await.unwrap();
    let letters = house.letters_to(ANN).await;
    let [letter] = &letters[..] else { panic!("{} letters", letters.len()) };
    assert!(letter.from.starts_with("=?UTF-8?B?") && letter.from.is_ascii(), "{}", letter.from);
    assert_eq!(letter.subject, "<b>Ada</b> invites you to Bäckerei Müller");
    assert!(letter.text.contains("Hello Ann,") && !letter.html.contains("<b>Ada"));
    let page = format!("{}invitation", house.running.base_url);
    assert_eq!(letter.page.as_deref(), Some(page.as_str()));
    assert_eq!(letter.token.as_ref(), Some(&house.token_for(ANN).await));
    house.close().await;
}
