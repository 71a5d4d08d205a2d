//! Automations: what the product does by itself when something happens in a conversation (C14, C19, C20, C21, D20).
//!
//! An automation sends a template, assigns people, or both. Only what people and customers do starts one: what an
//! automation causes never starts another, nor itself (X18, I15).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    id::{AutomationId, TemplateId, UserId},
    name::DisplayName,
    timeline::{Actor, ConversationEvent},
};

/// At most this many automations in an account: all of them are looked at when something happens.
pub const AUTOMATIONS_MAX: usize = 50;
/// At most this many people are named by one automation or keyword.
pub const ASSIGNED_MAX: usize = 10;
/// At most this many messages does the product itself send in one conversation within [`ANSWERS_WITHIN`], so that two
/// machines that answer each other come to an end (I15).
pub const ANSWERS_MAX: usize = 10;
/// See [`ANSWERS_MAX`].
pub const ANSWERS_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// What starts an automation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Somebody marks a conversation as complete (D20).
    ConversationCompleted,
    /// A customer writes to one of our numbers for the first time.
    ConversationStarted,
}

impl Trigger {
    /// Every trigger.
    pub const ALL: [Self; 2] = [Self::ConversationCompleted, Self::ConversationStarted];

    /// What an event of a timeline starts. What the product itself does starts nothing (I15).
    pub fn of(event: &ConversationEvent, actor: Actor) -> Option<Self> {
        match (event, actor) {
            (ConversationEvent::Completed, Actor::User(_) | Actor::ApiKey(_)) => {
                Some(Self::ConversationCompleted)
            }
            (ConversationEvent::Started, Actor::Contact) => Some(Self::ConversationStarted),
            _ => None,
        }
    }
}

/// Who is assigned when the product itself sends something (C19, C20).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    /// Whoever looks after the customer at that moment: the sales person of their record.
    #[serde(default)]
    pub owner_of_contact: bool,
    /// These people.
    #[serde(default)]
    pub users: BTreeSet<UserId>,
}

impl Assign {
    /// Whether it assigns nobody, ever.
    pub fn is_nobody(&self) -> bool {
        !self.owner_of_contact && self.users.is_empty()
    }

    /// Who is meant, with this owner of the contact.
    pub fn people(&self, owner: Option<UserId>) -> BTreeSet<UserId> {
        self.users.iter().copied().chain(owner.filter(|_| self.owner_of_contact)).collect()
    }
}

/// An automation of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automation {
    /// Its id.
    pub id: AutomationId,
    /// What people call it.
    pub name: DisplayName,
    /// What starts it.
    pub trigger: Trigger,
    /// The template that it sends; `None`: it sends nothing.
    pub template: Option<TemplateId>,
    /// Whom it assigns.
    pub assign: Assign,
    /// Whether it is switched on.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Automation {
    /// Whether it does anything at all.
    pub fn does_something(&self) -> bool {
        self.template.is_some() || !self.assign.is_nobody()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::Id;

    #[test]
    fn d20_i15_only_what_people_and_customers_do_starts_an_automation() {
        let (user, key) =
            (Actor::User(Id::from_uuid(Uuid::nil())), Actor::ApiKey(Id::from_uuid(Uuid::nil())));
        for (event, actor, trigger) in [
            (ConversationEvent::Completed, user, Some(Trigger::ConversationCompleted)),
            (ConversationEvent::Completed, key, Some(Trigger::ConversationCompleted)),
            (ConversationEvent::Completed, Actor::System, None),
            (ConversationEvent::Started, Actor::Contact, Some(Trigger::ConversationStarted)),
            (ConversationEvent::Started, user, None),
            (ConversationEvent::Started, Actor::System, None),
            (ConversationEvent::Reopened, Actor::Contact, None),
        ] {
            assert_eq!(Trigger::of(&event, actor), trigger, "{event:?} {actor:?}");
        }
    }

    #[test]
    fn c20_the_owner_of_the_customer_and_named_people_are_assigned_together() {
        let [ann, ben] = [1, 2].map(|n| UserId::from_uuid(Uuid::from_u128(n)));
        let both = Assign { owner_of_contact: true, users: BTreeSet::from([ann]) };
        assert_eq!(both.people(Some(ben)), BTreeSet::from([ann, ben]));
        assert_eq!(both.people(Some(ann)), BTreeSet::from([ann]));
        assert_eq!(both.people(None), BTreeSet::from([ann]));
        let fixed = Assign { owner_of_contact: false, users: BTreeSet::from([ann]) };
        assert_eq!(fixed.people(Some(ben)), BTreeSet::from([ann]));
        assert!(Assign::default().is_nobody() && Assign::default().people(Some(ben)).is_empty());
    }
}
