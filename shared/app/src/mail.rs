//! Letters to the people who work with the product, from the table to the mail service.
//!
//! A job names a mail; everything else is read when it is its turn: the mail, the account's name and look, the link key.
//! The mail says when it was sent, so a job that comes twice sends once, unless it is interrupted between sending and
//! writing that down: then the same letter may come twice, with the same link in it.

use domain::{account::Account, branding::Branding, mail::Mail};
use mails::{RenderError, Setting};
use secrecy::ExposeSecret;

use crate::{
    App, Failure, links,
    ports::{MailError, MailJob, RenderedMail},
};

/// Why a mail has not gone out. Its job comes back.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The mail service did not take it.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// Its template is wrong.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Something else outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<storage::StoreError> for SendError {
    fn from(error: storage::StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Sends a mail, unless it was sent before or its link has ended meanwhile.
pub async fn send(app: &App, job: &MailJob) -> Result<(), SendError> {
    let store = app.store.account(job.account);
    let Some(record) = store.mail(job.mail).await? else {
        tracing::warn!(mail = %job.mail, "a mail is not kept any more and was not sent");
        return Ok(());
    };
    if record.sent_at.is_some() {
        return Ok(());
    }
    if record.mail.letter.link().is_some_and(|link| !link.is_open(app.now())) {
        tracing::warn!(mail = %job.mail, "the link of a mail ended before it could be sent");
        return Ok(());
    }
    let account = store.settings().await?.ok_or(Failure::Broken("the account of a mail is not there"))?;
    let mail = write(app, &account, record.mail).await?;
    match app.mailer.send(&mail).await {
        Ok(()) => Ok(store.mail_sent(job.mail, app.now()).await.map(drop)?),
        Err(MailError::Refused { code }) => {
            tracing::error!(mail = %job.mail, code, metric = "mail_refused", "a mail was refused for good");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// How an account looks: its own values over those that its parent sets for its sub accounts (A08).
pub async fn look(app: &App, account: &Account) -> Result<Branding, Failure> {
    let Some(parent) = account.parent else { return Ok(account.branding.clone()) };
    let parent = app.store.account(parent).settings().await?;
    let base = parent.map(|parent| parent.sub_account_branding).unwrap_or_default();
    Ok(account.branding.over(&base))
}

/// Puts a mail into words.
async fn write(app: &App, account: &Account, mail: Mail) -> Result<RenderedMail, SendError> {
    let branding = look(app, account).await?;
    let web_address = match &branding.web_domain {
        Some(domain) => format!("https://{}", domain.as_str()),
        None => app.config.public_url.as_str().trim_end_matches('/').to_owned(),
    };
    let token = match mail.letter.link() {
        Some(link) => Some(links::token(app, link).await?),
        None => None,
    };
    let setting = Setting {
        account: &account.name,
        branding: &branding,
        zone: &account.time_zone.zone(),
        web_address: &web_address,
        token: token.as_ref().map(ExposeSecret::expose_secret),
    };
    let content = mails::render(&mail, &setting)?;
    Ok(RenderedMail { id: mail.id, to: mail.to, content })
}
