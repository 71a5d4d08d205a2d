//! Tickets: what opens one connection, once, within a minute.
//!
//! A browser cannot send a header with a WebSocket, and an address lands in logs, so the session's token must not be in it.
//! The ticket stands in for it: `tdt_` and, in base64url, a [`Ticket`] with a signature under the link key.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    link::Nonce,
    live::{TICKET_BYTES, TICKET_LASTS, Ticket},
};
use jiff::Timestamp;
use secrecy::SecretString;
use subtle::ConstantTimeEq;
use url::Url;

use super::may_look;
use crate::{App, Caller, Failure, caller::Forbidden, links::derive};
use domain::access::Permission;

/// How tickets begin.
const PREFIX: &str = "tdt_";
/// What the signature of a ticket is derived for.
const TICKET: &str = "live ticket";

/// A ticket on its way to a client.
#[derive(Debug)]
pub struct NewTicket {
    /// Where to connect, as `ws` or `wss`, without the ticket.
    pub url: Url,
    /// The ticket.
    pub ticket: SecretString,
    /// Until when it opens a connection.
    pub expires_at: Timestamp,
}

/// Why there is no ticket.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// A program asks: it has webhooks and the log of changes.
    #[error("only people who have signed in have live connections")]
    NotAPerson,
    /// The caller has no business in the inbox.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// A ticket for the caller's session.
pub async fn ticket(app: &App, caller: &Caller) -> Result<NewTicket, TicketError> {
    caller.require(Permission::MessagesManage)?;
    let session = caller.session().ok_or(TicketError::NotAPerson)?;
    if !may_look(caller) {
        return Err(Forbidden::Permission(Permission::MessagesManage).into());
    }
    let mut nonce = [0; 16];
    app.ids.fill(&mut nonce);
    let now = app.now();
    let expires_at = now.checked_add(TICKET_LASTS).unwrap_or(now);
    let ticket =
        Ticket { account: caller.account, user: caller.user, session, nonce: Nonce(nonce), expires_at };
    let mut bytes = ticket.to_bytes();
    bytes.extend(derive(app, TICKET, &[&bytes]).await?);
    let text = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
    Ok(NewTicket { url: address(app)?, ticket: text.into(), expires_at })
}

/// Where clients connect.
fn address(app: &App) -> Result<Url, Failure> {
    let mut url =
        app.config.live_url.clone().ok_or(Failure::Broken("LIVE_URL is not set on this function"))?;
    let scheme = if url.scheme() == "http" { "ws" } else { "wss" };
    url.set_scheme(scheme).map_err(|()| Failure::Broken("LIVE_URL cannot be one of WebSockets"))?;
    Ok(url)
}

/// The ticket behind its text, if it is ours and has not ended; `None` otherwise, and why is not told.
pub(super) async fn open(app: &App, text: &str, now: Timestamp) -> Result<Option<Ticket>, Failure> {
    let bytes = text.strip_prefix(PREFIX).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
    let Some((content, signature)) = bytes.as_ref().and_then(|bytes| bytes.split_at_checked(TICKET_BYTES))
    else {
        return Ok(None);
    };
    let expected = derive(app, TICKET, &[content]).await?;
    if !bool::from(expected.ct_eq(signature)) {
        return Ok(None);
    }
    Ok(Ticket::from_bytes(content).filter(|ticket| ticket.expires_at > now))
}
