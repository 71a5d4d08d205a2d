//! Mails on their way.

use domain::{
    credits::Credits,
    link::{Link, Nonce, Purpose},
    mail::{Letter, Mail, SecurityChange},
    message::Refusal,
};
use storage::{MailRecord, stream};

use crate::support::{World, at, id};

fn letters() -> Vec<Letter> {
    let link = |purpose| Link {
        purpose,
        account: id(1),
        user: id(2),
        nonce: Nonce([9; 16]),
        expires_at: at(3_600_000),
    };
    let name = |text: &str| text.parse().unwrap();
    vec![
        Letter::Invitation {
            name: name("Ann"),
            invited_by: Some(name("Ada")),
            link: link(Purpose::Invitation),
        },
        Letter::Invitation { name: name("Ann"), invited_by: None, link: link(Purpose::Invitation) },
        Letter::PasswordReset { link: link(Purpose::PasswordReset) },
        Letter::PasswordChanged,
        Letter::EmailConfirmation { link: link(Purpose::EmailConfirmation) },
        Letter::EmailChanged,
        Letter::NewSignIn { at: at(7), address: Some("2001:db8::1".parse().unwrap()) },
        Letter::NewSignIn { at: at(7), address: None },
        Letter::SecurityChanged { change: SecurityChange::ApiKeyCreated, by: Some(name("Ada")) },
        Letter::SecurityChanged { change: SecurityChange::SupportEntered, by: None },
        Letter::SecurityAlert {
            change: SecurityChange::SecondFactorOff,
            person: Some(name("Ben")),
            by: None,
        },
        Letter::LowBalance { available: Credits::from(3_u32), threshold: Credits::from(10_u32) },
        Letter::FailedDeliveries { count: 12, within_minutes: 60 },
        Letter::GatewayTrouble { gateway: name("Front"), reason: Refusal::Account },
    ]
}

fn mail(n: u64, letter: Letter) -> Mail {
    Mail { id: id(n), to: "ann@example.com".parse().unwrap(), at: at(5), letter }
}

#[tokio::test]
async fn every_letter_reads_back_as_it_was_put() {
    let world = World::new().await;
    for (n, letter) in (1..).zip(letters()) {
        let mail = mail(n, letter);
        assert!(world.account.put_mail(&mail).await.unwrap());
        let found = world.account.mail(mail.id).await.unwrap();
        assert_eq!(found, Some(MailRecord { mail, sent_at: None }));
    }
}

#[tokio::test]
async fn a_mail_is_put_once_and_says_when_it_was_sent() {
    let world = World::new().await;
    let first = mail(1, Letter::PasswordChanged);
    assert!(world.account.put_mail(&first).await.unwrap());
    assert!(world.account.mail_sent(first.id, at(9)).await.unwrap());
    assert!(!world.account.put_mail(&mail(1, Letter::EmailChanged)).await.unwrap());
    let found = world.account.mail(first.id).await.unwrap().unwrap();
    assert_eq!(found, MailRecord { mail: first, sent_at: Some(at(9)) });
    assert!(!world.account.mail_sent(id(2), at(9)).await.unwrap(), "there is no such mail");
    assert_eq!(world.account.mail(id(2)).await.unwrap(), None);
}

#[tokio::test]
async fn the_stream_names_a_new_mail() {
    let world = World::streaming().await;
    let mail = mail(1, Letter::PasswordChanged);
    world.account.put_mail(&mail).await.unwrap();
    let records = world.dynamo.stream_records(None, 1_000).unwrap();
    for r in &records {
        eprintln!("{} {} {}", r["eventName"], r["dynamodb"]["Keys"], r["dynamodb"]["NewImage"]["_t"]);
    }
    let mut images = records.iter().map(|record| &record["dynamodb"]["NewImage"]);
    let image = images.rfind(|image| image["_t"]["S"] == "mail").unwrap().clone();
    let expires: i64 = image["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires, at(5).as_second() + 7 * 24 * 3_600);
    let added = stream::added(serde_json::from_value(image).unwrap()).unwrap();
    let Some(stream::Added::Mail(new)) = added else { panic!("{added:?}") };
    assert_eq!(new, stream::NewMail { account: world.account.id(), mail: mail.id });
}
