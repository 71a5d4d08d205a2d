//! What the audit log is told, and reading it.

use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, By, difference},
    id::AccountId,
};
use serde::Serialize;
use serde_json::Value;

use crate::{App, Caller, caller::Credential};

/// The object did not exist before, or exists no more.
pub const NOTHING: Option<()> = None;

impl Caller {
    /// Who the audit log says it was.
    pub fn actor(&self) -> AuditActor {
        match (self.credential, self.profile.support_of) {
            (Credential::ApiKey(key), _) => AuditActor::ApiKey { key, user: self.user },
            (_, Some(supporter)) => AuditActor::Support { account: supporter.account, user: supporter.user },
            _ => AuditActor::User { user: self.user },
        }
    }

    /// Who is behind what the caller does in a conversation: the log is told by the stream.
    pub fn by(&self) -> By {
        By { actor: self.actor(), address: self.address }
    }

    /// Who the audit log of another account says it was: what a master does to its sub account is in both logs.
    pub fn actor_in(&self, account: AccountId) -> AuditActor {
        if account == self.account {
            return self.actor();
        }
        AuditActor::Master { account: self.account, user: self.user }
    }

    /// An entry about something that the caller does in their own account. `before` and `after` are what the API shows of the
    /// object; only what differs is kept. They must hold no secret.
    pub fn audit(
        &self,
        app: &App,
        action: AuditAction,
        object: impl ToString + Copy,
        before: &impl Serialize,
        after: &impl Serialize,
    ) -> AuditEntry {
        let about = About { action, object: object.to_string() };
        entry(app, self.actor(), self.address, about, before, after)
    }

    /// The same for the log of another account: a sub account of the caller's.
    pub fn audit_in(
        &self,
        app: &App,
        account: AccountId,
        action: AuditAction,
        object: impl ToString + Copy,
        before: &impl Serialize,
        after: &impl Serialize,
    ) -> AuditEntry {
        let about = About { action, object: object.to_string() };
        entry(app, self.actor_in(account), self.address, about, before, after)
    }
}

/// What was done to what.
pub(crate) struct About {
    pub(crate) action: AuditAction,
    pub(crate) object: String,
}

/// An entry by anybody, for what happens without a caller.
pub(crate) fn entry(
    app: &App,
    actor: AuditActor,
    address: Option<std::net::IpAddr>,
    about: About,
    before: &impl Serialize,
    after: &impl Serialize,
) -> AuditEntry {
    let (before, after) = difference(value(before), value(after));
    let About { action, object } = about;
    AuditEntry { id: app.new_id(), at: app.now(), actor, address, action, object, before, after }
}

/// What cannot be written as JSON leaves no trace of its content, only of the act.
fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}
