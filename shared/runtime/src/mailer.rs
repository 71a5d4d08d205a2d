//! E-mails, on SES v2.

use crate::environment::NotConfigured;
use app::Mailer;
use app::ports::{MailError, RenderedMail, Unreachable};
use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};

const SERVICE: &str = "SES";
const CHARSET: &str = "UTF-8";
/// The tag under which SES keeps our id of a mail, in what it reports of bounces and complaints.
const TAG: &str = "mail";

/// Sends from the one address that the environment names; only the name in front of it is the account's.
#[derive(Debug, Clone)]
pub struct SesMailer {
    client: Client,
    sender: Option<String>,
}

impl SesMailer {
    /// A mailer that sends from this address. Without one, sending is an error: the function has no business with it.
    pub fn new(client: Client, sender: Option<String>) -> Self {
        Self { client, sender }
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &RenderedMail) -> Result<(), MailError> {
        let sender = self.sender.as_deref().ok_or_else(|| unreachable(NotConfigured("MAIL_SENDER")))?;
        let tag = MessageTag::builder().name(TAG).value(mail.id.to_string()).build().map_err(unreachable)?;
        let sent = self
            .client
            .send_email()
            .from_email_address(mails::mailbox(&mail.content.from_name, sender))
            .destination(Destination::builder().to_addresses(mail.to.as_str()).build())
            .content(EmailContent::builder().simple(message(mail).map_err(unreachable)?).build())
            .email_tags(tag)
            .send()
            .await;
        sent.map(drop).map_err(why)
    }
}

fn message(mail: &RenderedMail) -> Result<Message, BuildError> {
    let content = |text: &str| Content::builder().data(text).charset(CHARSET).build();
    let it = &mail.content;
    let body = Body::builder().text(content(&it.text)?).html(content(&it.html)?).build();
    // Keeps holiday notices and the like from answering (RFC 3834, section 5).
    let automatic = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build()?;
    Ok(Message::builder().subject(content(&it.subject)?).body(body).headers(automatic).build())
}

/// SES refuses one mail for good, or all of them until somebody has looked into it: the latter are worth repeating. The
/// message of the error is left out, because it quotes the address.
fn why(error: SdkError<SendEmailError>) -> MailError {
    let refused = error.as_service_error().is_some_and(|service| {
        matches!(service, SendEmailError::BadRequestException(_) | SendEmailError::MessageRejected(_))
    });
    let code = error.code().unwrap_or("unknown").to_owned();
    match error {
        _ if refused => MailError::Refused { code },
        SdkError::ServiceError(_) => unreachable(Answered { code }).into(),
        error => unreachable(error).into(),
    }
}

/// SES answered with an error that may pass.
#[derive(Debug, thiserror::Error)]
#[error("the answer was {code}")]
struct Answered {
    code: String,
}

fn unreachable(source: impl std::error::Error + Send + Sync + 'static) -> Unreachable {
    Unreachable { service: SERVICE, source: Box::new(source) }
}
