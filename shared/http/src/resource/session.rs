//! A session of a member of staff.

use crate::schema;
use app::security::SessionView;
use domain::id::SessionId;
use jiff::Timestamp;
use serde::Serialize;
use std::net::IpAddr;

/// A session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Session {
    /// Its id.
    #[schema(value_type = schema::SessionId)]
    pub id: SessionId,
    /// Whether it is the one with which this was asked.
    pub current: bool,
    /// The address from which it was begun; null if that is not known.
    #[schema(value_type = Option<String>, required = true, example = "203.0.113.7")]
    pub address: Option<IpAddr>,
    /// What the program that began it called itself, at most 200 characters; null if it said nothing.
    #[schema(
        required = true,
        example = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
    )]
    pub user_agent: Option<String>,
    /// When it began.
    #[schema(value_type = schema::Time)]
    pub created_at: Timestamp,
    /// When it ends.
    #[schema(value_type = schema::Time)]
    pub expires_at: Timestamp,
}

impl From<SessionView> for Session {
    fn from(session: SessionView) -> Self {
        let SessionView { id, address, user_agent, created_at, expires_at, current } = session;
        Self { id, current, address, user_agent, created_at, expires_at }
    }
}
