//! SES v2 under the real SDK client.

use aws_sdk_sesv2::error::ProvideErrorMetadata;
use aws_sdk_sesv2::operation::send_email::builders::SendEmailFluentBuilder;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use engines::faults::Fault;
use engines::ses::Ses;

use crate::support::ses_client;

const FROM: &str = "\"Bee\" <no-reply@example.com>";

fn content(text: &str) -> Content {
    Content::builder().data(text).charset("UTF-8").build().unwrap()
}

fn email(ses: &Ses, from: &str, to: &[&str], subject: &str) -> SendEmailFluentBuilder {
    let header = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build().unwrap();
    let body = Body::builder().text(content("Hällo")).html(content("<p>Hällo</p>")).build();
    let message = Message::builder().subject(content(subject)).body(body).headers(header).build();
    let to = to.iter().map(|address| (*address).to_owned()).collect();
    ses_client(ses.clone())
        .send_email()
        .from_email_address(from)
        .destination(Destination::builder().set_to_addresses(Some(to)).build())
        .content(EmailContent::builder().simple(message).build())
        .email_tags(MessageTag::builder().name("mail").value("mai_1").build().unwrap())
}

#[tokio::test]
async fn what_is_sent_lies_in_the_mailbox_with_all_its_parts() {
    let ses = Ses::starting_at(1_000);
    let sent = email(&ses, FROM, &["ann@example.com"], "Grüße").send().await.unwrap();
    let mails = ses.sent_to("ann@example.com");
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(sent.message_id(), Some(mail.message_id.as_str()));
    assert_eq!((mail.from.as_str(), mail.subject.as_str()), (FROM, "Grüße"));
    assert_eq!((mail.text.as_str(), mail.html.as_str()), ("Hällo", "<p>Hällo</p>"));
    assert_eq!(mail.headers["Auto-Submitted"], "auto-generated");
    assert_eq!(mail.tags["mail"], "mai_1");
    assert!(mail.at_unix_ms >= 1_000);
    assert_eq!(ses.sent_to("ben@example.com"), []);
    assert_eq!(ses.calls()[0].operation, "SendEmail");
    assert!(!format!("{mail:?}").contains("ann"));
}

#[tokio::test]
async fn what_would_break_a_header_is_refused_as_ses_does() {
    let ses = Ses::new();
    let ann = ["ann@example.com"];
    for request in [
        email(&ses, "\"Bäckerei\" <no-reply@example.com>", &ann, "Hi"),
        email(&ses, "\"Bee\r\nBcc: x@example.com\" <no-reply@example.com>", &ann, "Hi"),
        email(&ses, "nobody", &ann, "Hi"),
        email(&ses, FROM, &ann, "Hi\r\nBcc: x@example.com"),
        email(&ses, FROM, &[], "Hi"),
    ] {
        let error = request.send().await.unwrap_err();
        assert_eq!(error.code(), Some("BadRequestException"), "{error:?}");
    }
    assert_eq!(ses.sent(), []);
}

#[tokio::test]
async fn an_address_can_be_one_that_ses_does_not_take() {
    let ses = Ses::new();
    ses.refuse("ann@example.com");
    let error = email(&ses, FROM, &["ann@example.com"], "Hi").send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_message_rejected());
    email(&ses, FROM, &["ben@example.com"], "Hi").send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn faults_hit_it_like_the_other_services() {
    let ses = Ses::new();
    let send = || email(&ses, FROM, &["ann@example.com"], "Hi").send();
    ses.faults().push_next(Fault::Throttled);
    assert!(send().await.unwrap_err().as_service_error().unwrap().is_too_many_requests_exception());
    ses.faults().push_next(Fault::Down);
    assert!(send().await.is_err());
    ses.faults().push_next(Fault::LostRequest);
    assert!(send().await.is_err());
    assert_eq!(ses.sent().len(), 0);
    ses.faults().push_next(Fault::LostResponse);
    assert!(send().await.is_err());
    assert_eq!(ses.sent().len(), 1, "it was sent all the same");
}
