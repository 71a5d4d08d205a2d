//! Searching conversations: by whom they are with, by their tags, by what was said.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use domain::{
    access::Permission,
    conversation::{Conversation, View},
    id::{ContactId, ConversationId, TagId},
    message::Message,
    search::SearchText,
};
use futures::future::try_join_all;
use storage::{AccountStore, InvalidCursor, ListQuery, Page, PageRequest, StoreError};

use super::{CANDIDATES_MAX, Found, STEPS_MAX, SearchError, people};
use crate::{App, Caller, caller::Forbidden, conversations::all_shown};

/// At most this many contacts are looked at in one step: the conversations of each are a query.
const PEOPLE_MAX: u32 = 50;
/// At most this many conversations of one contact are found by their name.
const OF_CONTACT_MAX: u32 = 100;
/// At most this many tags are found by a query: an account has no more.
const TAGS_MAX: u32 = 200;

/// Where a search goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Behind this contact; and, of whoever has this conversation, behind it.
    People(Option<String>, Option<ConversationId>),
    /// In the list of the tag of this number among those found, behind this cursor.
    Tags(usize, Option<String>),
    /// Behind this message.
    Messages(Option<String>),
}

impl Place {
    fn encode(&self) -> String {
        match self {
            Self::People(after, within) => {
                let within = within.map(|it| it.to_string()).unwrap_or_default();
                format!("p{within}|{}", after.as_deref().unwrap_or_default())
            }
            Self::Tags(number, after) => format!("t{number}|{}", after.as_deref().unwrap_or_default()),
            Self::Messages(after) => format!("m|{}", after.as_deref().unwrap_or_default()),
        }
    }
}

impl FromStr for Place {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (phase, after) = text.split_once('|').ok_or(InvalidCursor)?;
        let after = Some(after.to_owned()).filter(|after| !after.is_empty());
        match phase.split_at_checked(1) {
            Some(("p", "")) => Ok(Self::People(after, None)),
            Some(("p", within)) => Ok(Self::People(after, Some(within.parse().map_err(|_| InvalidCursor)?))),
            Some(("t", number)) => Ok(Self::Tags(number.parse().map_err(|_| InvalidCursor)?, after)),
            Some(("m", "")) => Ok(Self::Messages(after)),
            _ => Err(InvalidCursor),
        }
    }
}

/// A page of the conversations that a query finds among those that stand in the caller's inbox (C04, I10). The same
/// conversation may come again on a later page with an older message.
pub async fn conversations(
    app: &App,
    caller: &Caller,
    query: &SearchText,
    page: PageRequest<'_>,
) -> Result<Page<Found>, SearchError> {
    caller.require(Permission::MessagesManage)?;
    if caller.viewer().widest_audience().is_none() {
        return Err(Forbidden::Permission(Permission::MessagesManage).into());
    }
    let store = app.store.account(caller.account);
    let what = format!("conversations {} {}", caller.user, query.as_str());
    let place = store.open_search(&what, page.cursor)?.map(|place| place.parse()).transpose()?;
    let mut place = Some(place.unwrap_or(Place::People(None, None)));
    let mut search = Search { app, caller, query, store, tags: None };
    let wanted = usize::try_from(page.limit.max(1)).unwrap_or(usize::MAX);
    let mut found: BTreeMap<ConversationId, Hit> = BTreeMap::new();
    for _ in 0..STEPS_MAX {
        let Some(from) = place.take_if(|_| found.len() < wanted) else { break };
        let left = wanted.saturating_sub(found.len());
        let step = match from {
            Place::People(after, within) => Box::pin(search.people(after.as_deref(), within, left)).await?,
            Place::Tags(number, after) => Box::pin(search.tags(number, after.as_deref(), left)).await?,
            Place::Messages(after) => Box::pin(search.messages(after.as_deref(), left)).await?,
        };
        for it in step.found {
            found.entry(it.conversation.id).or_insert(it);
        }
        place = step.next;
    }
    let mut items: Vec<Hit> = found.into_values().collect();
    items.sort_by_key(|it| std::cmp::Reverse((it.conversation.last_activity_at, it.conversation.id)));
    let (conversations, messages): (Vec<_>, Vec<_>) =
        items.into_iter().map(|hit| (hit.conversation, hit.message)).unzip();
    let pins = search.store.pins(caller.user).await?;
    let shown = all_shown(app, caller, &pins, conversations).await?;
    let items =
        shown.into_iter().zip(messages).map(|(conversation, message)| Found { conversation, message });
    let items = items.collect();
    let next_cursor = place.and_then(|place| search.store.seal_search(&what, &place.encode()));
    Ok(Page { items, next_cursor })
}

/// A conversation that was found, and the newest message that was found in it.
struct Hit {
    conversation: Conversation,
    message: Option<Message>,
}

/// What one step has found, and where the next one begins.
struct Step {
    found: Vec<Hit>,
    next: Option<Place>,
}

struct Search<'a> {
    app: &'a App,
    caller: &'a Caller,
    query: &'a SearchText,
    store: AccountStore,
    /// The tags that the query finds, once they were needed.
    tags: Option<Vec<TagId>>,
}

impl Search<'_> {
    /// The conversations with those whom the query finds.
    async fn people(
        &mut self,
        after: Option<&str>,
        within: Option<ConversationId>,
        wanted: usize,
    ) -> Result<Step, SearchError> {
        let part = people(self.app, self.caller, self.query, after, wanted, PEOPLE_MAX).await?;
        let page = PageRequest { limit: OF_CONTACT_MAX, cursor: None };
        let of = part.contacts.iter().map(|(contact, _)| self.store.conversation_ids_of(contact.id, page));
        let mut of_each: Vec<BTreeSet<ConversationId>> = Vec::new();
        for page in try_join_all(of).await? {
            of_each.push(page?.items.into_iter().collect());
        }
        let seen = self.seen(&of_each.iter().flatten().copied().collect()).await?;
        let (mut found, mut place, mut more): (Vec<Hit>, _, _) = (Vec::new(), part.place, part.more);
        let (mut behind, mut rest) = (None, None);
        for (number, ((_, at), ids)) in part.contacts.into_iter().zip(of_each).enumerate() {
            let mut theirs: Vec<_> = seen.iter().filter(|it| ids.contains(&it.id)).cloned().collect();
            theirs.sort_by_key(|it| it.id);
            if let Some(last) = within.filter(|last| ids.contains(last)) {
                theirs.retain(|it| it.id > last);
            }
            if number > 0 && found.len().saturating_add(theirs.len()) > wanted {
                // The next page begins with them.
                (place, more) = (behind, true);
                break;
            }
            let too_many = theirs.len() > wanted;
            theirs.truncate(wanted);
            rest = theirs.last().map(|it| it.id).filter(|_| too_many);
            found.extend(theirs.into_iter().map(|conversation| Hit { conversation, message: None }));
            if rest.is_some() {
                // The next page begins with their other conversations.
                (place, more) = (after.map(str::to_owned), true);
                break;
            }
            behind = Some(at);
        }
        let next = if more { Place::People(place, rest) } else { Place::Tags(0, None) };
        Ok(Step { found, next: Some(next) })
    }

    /// The conversations with a tag that the query finds.
    async fn tags(&mut self, number: usize, after: Option<&str>, wanted: usize) -> Result<Step, SearchError> {
        let tags = self.found_tags().await?;
        let (Some(tag), Some(audience)) = (tags.get(number), self.caller.viewer().widest_audience()) else {
            return Ok(Step { found: Vec::new(), next: Some(Place::Messages(None)) });
        };
        let list = ListQuery { audience, view: View::All, gateway: None, tag: Some(*tag) };
        let limit = u32::try_from(wanted).unwrap_or(CANDIDATES_MAX).clamp(1, CANDIDATES_MAX);
        let page = self.store.conversations(list, PageRequest { limit, cursor: after }).await??;
        let candidates = self.not_by_name(page.items).await?;
        let earlier = |it: &Conversation| tags.iter().take(number).any(|tag| it.tags.contains(tag));
        let found = candidates.into_iter().filter(|it| self.may_see(it) && !earlier(it));
        let found = found.map(|conversation| Hit { conversation, message: None }).collect();
        let next = match page.next_cursor {
            Some(cursor) => Place::Tags(number, Some(cursor)),
            None => Place::Tags(number.saturating_add(1), None),
        };
        Ok(Step { found, next: Some(next) })
    }

    /// The conversations in which the words were said, newest first.
    async fn messages(&mut self, after: Option<&str>, wanted: usize) -> Result<Step, SearchError> {
        let Some(word) = self.query.message_word() else { return Ok(Step { found: Vec::new(), next: None }) };
        let hits = self.store.messages_under(&word, after, CANDIDATES_MAX).await?;
        let places = hits.hits.iter().map(|hit| (hit.conversation, hit.sequence)).collect();
        let messages: BTreeMap<(ConversationId, u64), Message> = self
            .store
            .entries_at(&places)
            .await?
            .into_iter()
            .filter_map(|(conversation, entry)| {
                Some(((conversation, entry.sequence), entry.message()?.clone()))
            })
            .filter(|(_, message)| self.query.finds_message(&message.text))
            .collect();
        let seen = self.seen(&messages.keys().map(|(conversation, _)| *conversation).collect()).await?;
        let tags = self.found_tags().await?;
        let by_tag = |it: &Conversation| tags.iter().any(|tag| it.tags.contains(tag));
        let by_words = self.not_by_name(seen).await?.into_iter().filter(|it| !by_tag(it));
        let by_words: BTreeMap<ConversationId, Conversation> = by_words.map(|it| (it.id, it)).collect();
        let mut found: Vec<Hit> = Vec::new();
        let (mut place, mut more) = (None, hits.more);
        for hit in hits.hits {
            if found.len() >= wanted {
                more = true;
                break;
            }
            let message = messages.get(&(hit.conversation, hit.sequence)).cloned();
            let known = found.iter().any(|it| it.conversation.id == hit.conversation);
            if let (Some(message), Some(conversation), false) =
                (message, by_words.get(&hit.conversation), known)
            {
                found.push(Hit { conversation: conversation.clone(), message: Some(message) });
            }
            place = Some(hit.place);
        }
        Ok(Step { found, next: more.then_some(Place::Messages(place)) })
    }

    /// Those of these conversations that the caller may see, as they are now.
    async fn seen(&self, ids: &BTreeSet<ConversationId>) -> Result<Vec<Conversation>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.store.conversations_by_id(ids).await?;
        found.retain(|it| self.may_see(it));
        Ok(found)
    }

    fn may_see(&self, conversation: &Conversation) -> bool {
        self.caller.viewer().may_see(&conversation.assignees)
    }

    /// Leaves out what was found by whom it is with.
    async fn not_by_name(&self, conversations: Vec<Conversation>) -> Result<Vec<Conversation>, StoreError> {
        if conversations.is_empty() || self.query.contact_term().is_none() {
            return Ok(conversations);
        }
        let ids: Vec<ContactId> = conversations.iter().map(|it| it.contact).collect();
        let contacts = self.store.contacts_by_id(&ids).await?.into_iter();
        let by_name: BTreeSet<ContactId> =
            contacts.filter(|it| self.query.finds_contact(it)).map(|it| it.id).collect();
        Ok(conversations.into_iter().filter(|it| !by_name.contains(&it.contact)).collect())
    }

    /// The tags that the query finds, in the order in which they were made.
    async fn found_tags(&mut self) -> Result<Vec<TagId>, SearchError> {
        if let Some(tags) = &self.tags {
            return Ok(tags.clone());
        }
        let page = self.store.tags(PageRequest { limit: TAGS_MAX, cursor: None }).await??;
        let found = page.items.into_iter().filter(|tag| self.query.finds_name(tag.name.as_str()));
        let tags: Vec<TagId> = found.map(|tag| tag.id).collect();
        self.tags = Some(tags.clone());
        Ok(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back() {
        for place in [
            Place::People(None, None),
            Place::People(Some("61|62#con".to_owned()), None),
            Place::People(Some("61|62#con".to_owned()), Some(ConversationId::derive(&[b"a"]))),
            Place::Tags(3, Some("abc".to_owned())),
            Place::Tags(0, None),
            Place::Messages(Some("1#2#3".to_owned())),
        ] {
            assert_eq!(place.encode().parse::<Place>(), Ok(place));
        }
        for none in ["", "x|", "p1|", "tx|", "p"] {
            assert_eq!(none.parse::<Place>(), Err(InvalidCursor), "{none}");
        }
    }
}
