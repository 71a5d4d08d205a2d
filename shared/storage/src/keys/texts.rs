//! Keys of what people send with and by: templates, lists, keywords, automations, saved views.

use domain::{
    id::{
        AccountId, AutomationId, ContactId, ContactListId, EventId, KeywordId, MediaId, MessageId,
        QuickReplyId, SavedViewId, TemplateId,
    },
    scope::Scope,
};

use super::{DUE_SHARDS, Key, key};

/// The things of a kind that lie in a scope: of the account, of a team, or of one person.
pub(super) fn in_scope(account: AccountId, scope: Scope, kind: &str) -> String {
    match scope {
        Scope::Account => format!("{account}#{kind}"),
        Scope::Team { team } => format!("{account}#{team}#{kind}"),
        Scope::Personal { user } => format!("{account}#{user}#{kind}"),
    }
}

pub(crate) fn upload(account: AccountId, id: MediaId) -> Key {
    key(format!("{account}#{id}"), "upload")
}

/// The partition of the templates of a scope.
pub(crate) fn templates(account: AccountId, scope: Scope) -> String {
    in_scope(account, scope, "templates")
}

pub(crate) fn template(account: AccountId, template: TemplateId) -> Key {
    template_in(account, Scope::Account, template)
}

pub(crate) fn template_in(account: AccountId, scope: Scope, template: TemplateId) -> Key {
    key(templates(account, scope), template.to_string())
}

/// The partition of the quick replies of a scope.
pub(crate) fn quick_replies(account: AccountId, scope: Scope) -> String {
    in_scope(account, scope, "quick_replies")
}

pub(crate) fn quick_reply(account: AccountId, scope: Scope, id: QuickReplyId) -> Key {
    key(quick_replies(account, scope), id.to_string())
}

/// The partition of the saved views of a scope.
pub(crate) fn saved_views(account: AccountId, scope: Scope) -> String {
    in_scope(account, scope, "views")
}

pub(crate) fn saved_view(account: AccountId, scope: Scope, id: SavedViewId) -> Key {
    key(saved_views(account, scope), id.to_string())
}

/// The partition of an account's automations.
pub(crate) fn automations(account: AccountId) -> String {
    format!("{account}#automations")
}

pub(crate) fn automation(account: AccountId, automation: AutomationId) -> Key {
    key(automations(account), automation.to_string())
}

/// What became of an automation that an event has started.
pub(crate) fn automation_run(account: AccountId, automation: AutomationId, event: EventId) -> Key {
    key(format!("{account}#{automation}"), event.to_string())
}

/// The partition of an account's lists of contacts.
pub(crate) fn contact_lists(account: AccountId) -> String {
    format!("{account}#contact_lists")
}

pub(crate) fn contact_list(account: AccountId, list: ContactListId) -> Key {
    key(contact_lists(account), list.to_string())
}

/// The partition of those who are on a list.
pub(crate) fn members(account: AccountId, list: ContactListId) -> String {
    format!("{account}#{list}#members")
}

pub(crate) fn member(account: AccountId, list: ContactListId, contact: ContactId) -> Key {
    key(members(account, list), contact.to_string())
}

/// A list that was removed while somebody may still be on it.
pub(crate) fn clearing(account: AccountId, list: ContactListId) -> Key {
    key(format!("{account}#{list}"), "clearing")
}

/// Reads back the partition of a [`clearing`].
pub(crate) fn parse_clearing(pk: &str) -> Option<(AccountId, ContactListId)> {
    let (account, list) = pk.split_once('#')?;
    Some((account.parse().ok()?, list.parse().ok()?))
}

/// The partition of lists to clear, for a shard.
pub(crate) fn due_clearings(shard: u8) -> String {
    format!("clearings#{shard}")
}

/// The shard of a list to clear.
pub(crate) fn clearing_shard(list: ContactListId) -> u8 {
    list.uuid().as_bytes().last().copied().unwrap_or_default() % DUE_SHARDS
}

/// The partition of an account's keywords.
pub(crate) fn keywords(account: AccountId) -> String {
    format!("{account}#keywords")
}

/// Words are what people wrote: the id follows from the word by a hash.
pub(crate) fn keyword(account: AccountId, keyword: KeywordId) -> Key {
    key(keywords(account), keyword.to_string())
}

/// What a text that is a keyword has led to: beside the message's record.
pub(crate) fn keyword_use(account: AccountId, message: MessageId) -> Key {
    key(format!("{account}#{message}"), "keyword")
}
