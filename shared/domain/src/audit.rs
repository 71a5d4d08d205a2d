//! The audit log: who changed what, when, from where, and how it was before and after (B05, I11).
//!
//! An entry is written in the transaction of the change it tells of, so neither exists without the other. What happens in
//! conversations is told by their timelines; the stream copies it here.

use std::{fmt, net::IpAddr, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{AccountId, ApiKeyId, AuditEntryId, UserId};

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AuditActor {
    /// A member of staff.
    User {
        /// Who.
        user: UserId,
    },
    /// A program, with an API key.
    ApiKey {
        /// Which key.
        key: ApiKeyId,
        /// Who made the key.
        user: UserId,
    },
    /// Somebody of the master account who has entered as support (A09).
    Support {
        /// The master account.
        account: AccountId,
        /// Who of it.
        user: UserId,
    },
    /// The master account, from outside (A02 to A09).
    Master {
        /// The master account.
        account: AccountId,
        /// Who of it.
        user: UserId,
    },
    /// The operator of the installation.
    Operator,
    /// Nobody who has signed in: whoever holds a link of ours, or tries to sign in.
    Nobody,
    /// The product itself.
    System,
}

/// Who did something, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Who.
    pub actor: AuditActor,
    /// From which address, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
}

impl AuditActor {
    /// The name under which the log is filtered by actor: the key of a program, the id of a person, a word otherwise.
    pub fn filter_name(&self) -> String {
        match self {
            Self::User { user } | Self::Support { user, .. } | Self::Master { user, .. } => user.to_string(),
            Self::ApiKey { key, .. } => key.to_string(),
            Self::Operator => "operator".to_owned(),
            Self::Nobody => "nobody".to_owned(),
            Self::System => "system".to_owned(),
        }
    }
}

/// Writes the actions and their names in one place.
macro_rules! actions {
    ($($variant:ident => $name:literal;)+) => {
        /// What was done. The name says to what kind of thing, and what.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum AuditAction {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The action's name in the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

actions! {
    AccountOpened => "account.opened";
    AccountChanged => "account.changed";
    AccountSuspended => "account.suspended";
    AccountReopened => "account.reopened";
    AccountPlanChanged => "account.plan_changed";
    AccountFeaturesChanged => "account.features_changed";
    AccountBrandingChanged => "account.branding_changed";
    AlertSettingsChanged => "alerts.changed";
    SupportAllowed => "support.allowed";
    SupportEnded => "support.ended";
    SupportEntered => "support.entered";
    UserInvited => "user.invited";
    UserAdded => "user.added";
    UserJoined => "user.joined";
    UserChanged => "user.changed";
    UserDisabled => "user.disabled";
    UserEnabled => "user.enabled";
    UserRemoved => "user.removed";
    UserOverridden => "user.overridden";
    TeamCreated => "team.created";
    TeamChanged => "team.changed";
    TeamRemoved => "team.removed";
    RoleCreated => "role.created";
    RoleChanged => "role.changed";
    RoleRemoved => "role.removed";
    SecurityChanged => "security.changed";
    SignedIn => "session.began";
    SignedOut => "session.ended";
    SignInRefused => "session.refused";
    PasswordChanged => "password.changed";
    PasswordResetRequested => "password.reset_requested";
    EmailChangeRequested => "email.change_requested";
    EmailChanged => "email.changed";
    SecondFactorOn => "second_factor.on";
    SecondFactorOff => "second_factor.off";
    RecoveryCodesRenewed => "second_factor.codes_renewed";
    ApiKeyCreated => "api_key.created";
    ApiKeyRevoked => "api_key.revoked";
    AuditExported => "audit.exported";
    CreditsToppedUp => "credits.topped_up";
    CreditsOrdered => "credits.ordered";
    CreditsOrderCancelled => "credits.order_cancelled";
    CreditsAllocated => "credits.allocated";
    CreditsReclaimed => "credits.reclaimed";
    GatewayAdded => "gateway.added";
    GatewayChanged => "gateway.changed";
    TemplateCreated => "template.created";
    TemplateChanged => "template.changed";
    TemplateRemoved => "template.removed";
    QuickReplyCreated => "quick_reply.created";
    QuickReplyChanged => "quick_reply.changed";
    QuickReplyRemoved => "quick_reply.removed";
    SavedViewCreated => "view.created";
    SavedViewChanged => "view.changed";
    SavedViewRemoved => "view.removed";
    AutomationCreated => "automation.created";
    AutomationChanged => "automation.changed";
    AutomationRemoved => "automation.removed";
    KeywordCreated => "keyword.created";
    KeywordChanged => "keyword.changed";
    KeywordRemoved => "keyword.removed";
    ContactCreated => "contact.created";
    ContactChanged => "contact.changed";
    ContactBlocked => "contact.blocked";
    ContactUnblocked => "contact.unblocked";
    ContactMerged => "contact.merged";
    ContactRemoved => "contact.removed";
    ContactEventTold => "contact.event_told";
    ContactFieldCreated => "contact_field.created";
    ContactFieldChanged => "contact_field.changed";
    ContactFieldRemoved => "contact_field.removed";
    NoteChanged => "note.changed";
    NoteRemoved => "note.removed";
    ContactListCreated => "contact_list.created";
    ContactListChanged => "contact_list.changed";
    ContactListRemoved => "contact_list.removed";
    ContactsExported => "contacts.exported";
    JobStarted => "job.started";
    JobCancelled => "job.cancelled";
    MessageSent => "message.sent";
    MessageScheduled => "message.scheduled";
    MessageChanged => "message.changed";
    MessageCancelled => "message.cancelled";
    ConversationAssigned => "conversation.assigned";
    ConversationUnassigned => "conversation.unassigned";
    ConversationSnoozed => "conversation.snoozed";
    ConversationUnsnoozed => "conversation.unsnoozed";
    ConversationCompleted => "conversation.completed";
    ConversationReopened => "conversation.reopened";
    ConversationArchived => "conversation.archived";
    ConversationTagged => "conversation.tagged";
    ConversationUntagged => "conversation.untagged";
    NoteAdded => "note.added";
    TagCreated => "tag.created";
    TagChanged => "tag.changed";
    TagRemoved => "tag.removed";
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no [`AuditAction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an action of the audit log")]
pub struct UnknownAction;

impl FromStr for AuditAction {
    type Err = UnknownAction;
    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL.iter().copied().find(|action| action.name() == text).ok_or(UnknownAction)
    }
}

impl TryFrom<String> for AuditAction {
    type Error = UnknownAction;
    fn try_from(text: String) -> Result<Self, UnknownAction> {
        text.parse()
    }
}

impl From<AuditAction> for String {
    fn from(action: AuditAction) -> Self {
        action.name().to_owned()
    }
}

/// What the log can be filtered by: the id of somebody or something, or a word such as `operator`.
///
/// 1 to [`Subject::CHARACTERS_MAX`] lower-case letters, digits and underscores, so that no text that a person wrote becomes
/// part of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Subject(String);

/// The text is no [`Subject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id, or a word of lower-case letters")]
pub struct InvalidSubject;

impl Subject {
    /// The longest: more than any id has.
    pub const CHARACTERS_MAX: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Subject {
    type Error = InvalidSubject;
    fn try_from(text: String) -> Result<Self, InvalidSubject> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = (1..=Self::CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(plain);
        if fits { Ok(Self(text)) } else { Err(InvalidSubject) }
    }
}

impl FromStr for Subject {
    type Err = InvalidSubject;
    fn from_str(text: &str) -> Result<Self, InvalidSubject> {
        text.to_owned().try_into()
    }
}

/// One entry of an account's audit log. Entries are only ever added.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditEntryId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: AuditActor,
    /// From which address, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// What.
    pub action: AuditAction,
    /// The id of what it was done to; the account's own id for its settings.
    pub object: String,
    /// What of the object was different before, if it existed. Never a secret.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// What of the object is different after, if it still exists. Never a secret.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after: Value,
}

/// Hides before and after, which hold names and addresses.
impl fmt::Debug for AuditEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, at, actor, action, object, .. } = self;
        write!(f, "AuditEntry({id} {at} {actor:?} {action} {object})")
    }
}

/// What differs between two states of a thing, member by member. What is the same in both says nothing in a log.
pub fn difference(before: Value, after: Value) -> (Value, Value) {
    let (Value::Object(mut before), Value::Object(mut after)) = (before.clone(), after.clone()) else {
        return (before, after);
    };
    let same: Vec<String> = before
        .iter()
        .filter(|(name, value)| after.get(*name) == Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        before.remove(&name);
        after.remove(&name);
    }
    (Value::Object(before), Value::Object(after))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn every_action_reads_back_from_its_one_name() {
        let names: BTreeSet<_> = AuditAction::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(names.len(), AuditAction::ALL.len());
        for action in AuditAction::ALL {
            assert_eq!(action.name().parse(), Ok(*action));
        }
        assert_eq!("user.king".parse::<AuditAction>(), Err(UnknownAction));
    }

    #[test]
    fn the_log_is_filtered_by_ids_and_words_and_by_no_other_text() {
        let longest = "a".repeat(Subject::CHARACTERS_MAX);
        for right in ["operator", "usr_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b", longest.as_str()] {
            assert_eq!(right.parse::<Subject>().map(|it| it.0), Ok(right.to_owned()));
        }
        let too_long = format!("{longest}a");
        for wrong in ["", "Ann", "usr#1", "a b", "\u{e9}", "a-b", too_long.as_str()] {
            assert_eq!(wrong.parse::<Subject>(), Err(InvalidSubject), "{wrong}");
        }
    }

    #[test]
    fn only_what_differs_is_told() {
        let (before, after) =
            difference(json!({"name": "Ann", "roles": ["a"]}), json!({"name": "Ann", "roles": [], "new": 1}));
        assert_eq!((before, after), (json!({"roles": ["a"]}), json!({"roles": [], "new": 1})));
        assert_eq!(difference(Value::Null, json!({"name": "Ann"})), (Value::Null, json!({"name": "Ann"})));
    }
}
