//! Searching conversations and contacts (E09).
//!
//! `project` keeps the index ([`follow`]); a search looks up one term or word in it and decides on each candidate by itself:
//! whether the query finds it (`domain::search`), and whether the caller may see it, by the predicate of all lists (I10, C04).
//! A request looks at a bounded number of candidates; whoever wants more goes on with the cursor. What is on a page stands in the
//! order of its last activity, and the conversations of people and tags that are found come before those in which something
//! was said. Nothing is shown by two ways: who is found by name is not shown again for their texts.

mod conversations;
mod index;

use domain::{access::Permission, contact::Contact, message::Message, search::SearchText};
use storage::{InvalidCursor, Page, PageRequest, StoreError, search::term_order};

pub(crate) use index::follow;

use crate::{
    App, Caller, Failure,
    caller::Forbidden,
    conversations::{ConversationError, Shown},
};
pub use conversations::conversations;

/// At most this many candidates are looked at in one step.
const CANDIDATES_MAX: u32 = 100;
/// At most this many steps in one request.
const STEPS_MAX: usize = 4;

/// Why nothing was looked for.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The caller may not look for this.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The cursor belongs to another search.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for SearchError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// How conversations are shown: what refuses one has refused it before.
impl From<ConversationError> for SearchError {
    fn from(error: ConversationError) -> Self {
        Self::Failure(match error {
            ConversationError::Failure(failure) => failure,
            _ => Failure::Broken("a conversation that was found is not shown"),
        })
    }
}

/// A conversation that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The conversation, as the caller sees it.
    pub conversation: Shown,
    /// The newest message on the page that was found in it; `None`: it was found by whom it is with, or by a tag.
    pub message: Option<Message>,
}

/// A page of the contacts that a query finds; those of the page that were changed last come first.
pub async fn contacts(
    app: &App,
    caller: &Caller,
    query: &SearchText,
    page: PageRequest<'_>,
) -> Result<Page<Contact>, SearchError> {
    caller.require(Permission::ContactsRead)?;
    let store = app.store.account(caller.account);
    let what = format!("contacts {}", query.as_str());
    let mut place = store.open_search(&what, page.cursor)?;
    let (mut found, mut more) = (Vec::new(), true);
    for _ in 0..STEPS_MAX {
        let left = usize::try_from(page.limit.max(1)).unwrap_or(usize::MAX).saturating_sub(found.len());
        if left == 0 {
            break;
        }
        let part = people(app, caller, query, place.as_deref(), left, CANDIDATES_MAX).await?;
        found.extend(part.contacts.into_iter().map(|(contact, _)| contact));
        more = part.more;
        place = part.place.or(place);
        if !more {
            break;
        }
    }
    found.sort_by_key(|it| std::cmp::Reverse((it.updated_at, it.id)));
    let next_cursor = place.filter(|_| more).and_then(|place| store.seal_search(&what, &place));
    Ok(Page { items: found, next_cursor })
}

/// Some of the contacts that a query finds.
struct People {
    /// They, each with their place in the index.
    contacts: Vec<(Contact, String)>,
    /// Behind whom to go on.
    place: Option<String>,
    more: bool,
}

/// The next contacts in the order of the index, at most `wanted`, among at most `candidates`. Each is found at the first of
/// their terms only.
async fn people(
    app: &App,
    caller: &Caller,
    query: &SearchText,
    after: Option<&str>,
    wanted: usize,
    candidates: u32,
) -> Result<People, StoreError> {
    let Some(term) = query.contact_term() else {
        return Ok(People { contacts: Vec::new(), place: None, more: false });
    };
    let store = app.store.account(caller.account);
    let hits = store.contacts_under(term, after, candidates).await?;
    let ids: Vec<_> = hits.hits.iter().map(|hit| hit.contact).collect();
    let known = if ids.is_empty() { Vec::new() } else { store.contacts_by_id(&ids).await? };
    let mut part = People { contacts: Vec::new(), place: None, more: hits.more };
    for hit in hits.hits {
        if part.contacts.len() >= wanted {
            part.more = true;
            break;
        }
        part.place = Some(hit.place.clone());
        let contact = known.iter().find(|it| it.id == hit.contact);
        if let Some(contact) = contact
            && first_term(contact, term).as_deref() == Some(hit.term.as_str())
            && query.finds_contact(contact)
        {
            part.contacts.push((contact.clone(), hit.place));
        }
    }
    Ok(part)
}

/// The first of a contact's terms that begin like this, as the index spells it.
fn first_term(contact: &Contact, beginning: &str) -> Option<String> {
    let terms = domain::search::contact_terms(contact);
    let beginning = storage::search::term_key(beginning);
    let mut fitting: Vec<_> =
        terms.iter().filter(|term| storage::search::term_key(term).starts_with(&beginning)).collect();
    fitting.sort_by(|one, other| term_order(one, other));
    fitting.first().map(|term| storage::search::term_key(term))
}
