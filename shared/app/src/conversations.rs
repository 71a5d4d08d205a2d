//! Looking at conversations, and doing something with one.

mod acts;

use std::collections::BTreeSet;

use domain::{
    access::{Audience, Permission},
    conversation::{Action, Conversation, NotAvailable, Personal, View},
    id::{ConversationId, GatewayId, TagId, UserId},
    search::SearchText,
    snooze::SnoozeError,
    timeline::Entry,
};
use storage::{AccountStore, InvalidCursor, ListQuery, Page, PageRequest, Pins, StoreError};
pub use storage::{TimelineFilter, Unread};

use crate::{
    App, Caller, Failure,
    caller::Forbidden,
    read_marks,
    search::{self, SearchError},
};
pub(crate) use acts::{ATTEMPTS_MAX, Who, change, change_and_add, entries};
pub use acts::{Act, act};

/// A badge shows "99+" beyond this many.
pub const COUNT_MAX: u32 = 100;
/// At most this many mailboxes are counted at once.
const MAILBOXES_MAX: u32 = 50;

/// Why a conversation was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// There is none, or the caller may not see it; which of the two is not told (X19).
    #[error("there is no such conversation")]
    NotFound,
    /// The caller has no business in the inbox.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The action is not possible now.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
    /// It cannot sleep until then.
    #[error(transparent)]
    Snooze(#[from] SnoozeError),
    /// The user to assign is not a member of the account, or may not see conversations at all.
    #[error("there is no such user to assign")]
    NoSuchUser,
    /// There is no such tag.
    #[error("there is no such tag")]
    NoSuchTag,
    /// As many conversations as possible are pinned.
    #[error("at most {most} conversations can be pinned")]
    TooManyPins {
        /// How many.
        most: usize,
    },
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for ConversationError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Which list a caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everything the caller may see.
    All,
    /// What nobody is assigned to.
    Unassigned,
    /// What this user is assigned to.
    User(UserId),
}

/// Which conversations a caller asks for: a view, and filters on top of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Which view.
    pub view: View,
    /// Whose.
    pub whose: Whose,
    /// Only those with this gateway: a mailbox (D05).
    pub gateway: Option<GatewayId>,
    /// Only those with this tag (D05).
    pub tag: Option<TagId>,
}

impl Selection {
    /// A view without filters.
    pub fn of(view: View) -> Self {
        Self { view, whose: Whose::All, gateway: None, tag: None }
    }

    /// Whether it is the inbox without filters: the one list that pinned conversations are on top of (E15, X07).
    fn is_unfiltered_inbox(self) -> bool {
        self == Self::of(View::Inbox)
    }
}

/// The list that the caller means and may see.
pub(crate) fn query(caller: &Caller, wanted: Selection) -> Result<ListQuery, ConversationError> {
    caller.require(Permission::MessagesManage)?;
    let viewer = caller.viewer();
    let audience = match wanted.whose {
        Whose::All => viewer.widest_audience(),
        Whose::Unassigned => Some(Audience::Unassigned),
        Whose::User(user) => Some(Audience::User(user)),
    };
    let Selection { view, gateway, tag, .. } = wanted;
    let allowed = audience.filter(|audience| viewer.may_list(*audience));
    let audience = allowed.ok_or(Forbidden::Permission(Permission::MessagesManage))?;
    Ok(ListQuery { audience, view, gateway, tag })
}

/// A conversation as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The conversation.
    pub conversation: Conversation,
    /// What it is to them in particular.
    pub personal: Personal,
    /// What they can do with it now.
    pub available_actions: BTreeSet<Action>,
}

/// Conversations as the caller sees them.
pub(crate) async fn all_shown(
    app: &App,
    caller: &Caller,
    pins: &Pins,
    conversations: Vec<Conversation>,
) -> Result<Vec<Shown>, ConversationError> {
    let ids: Vec<ConversationId> = conversations.iter().map(|it| it.id).collect();
    let own = read_marks::unread_of(app, caller, &ids).await?;
    let viewer = caller.viewer();
    let show = |conversation: Conversation| {
        let pinned = pins.pins.iter().any(|pin| pin.conversation == conversation.id);
        let unread = match &own {
            Some(own) => own.get(&conversation.id).copied().unwrap_or(0),
            None => conversation.unread,
        };
        let personal = Personal { user: caller.user, pinned, unread };
        let available_actions = if viewer.may_write(&conversation.assignees) {
            conversation.available_to(&personal)
        } else {
            BTreeSet::new()
        };
        Shown { conversation, personal, available_actions }
    };
    Ok(conversations.into_iter().map(show).collect())
}

/// Conversations as the caller sees them, in their order.
pub(crate) async fn shown_all(
    app: &App,
    caller: &Caller,
    conversations: Vec<Conversation>,
) -> Result<Vec<Shown>, ConversationError> {
    let pins = app.store.account(caller.account).pins(caller.user).await?;
    all_shown(app, caller, &pins, conversations).await
}

/// A conversation as the caller sees it.
pub(crate) async fn shown(
    app: &App,
    caller: &Caller,
    conversation: Conversation,
) -> Result<Shown, ConversationError> {
    let shown = shown_all(app, caller, vec![conversation]).await?.pop();
    shown.ok_or_else(|| Failure::Broken("a conversation that was there is not shown").into())
}

/// A page of a list. What the caller has pinned stands on top of the first page of the unfiltered inbox, beside as many
/// others as were asked for, and nowhere else in it (E14, E15, X07).
pub async fn list(
    app: &App,
    caller: &Caller,
    wanted: Selection,
    page: PageRequest<'_>,
) -> Result<Page<Shown>, ConversationError> {
    let query = query(caller, wanted)?;
    let account = app.store.account(caller.account);
    let (found, pins) = tokio::join!(page_of(app, caller, wanted, query, page), account.pins(caller.user));
    let (mut found, pins) = (found?, pins?);
    let mut top = Vec::new();
    if wanted.is_unfiltered_inbox() {
        if page.cursor.is_none() {
            top = pinned(&account, query, &pins).await?;
        }
        found.items.retain(|it| !pins.pins.iter().any(|pin| pin.conversation == it.id));
    }
    top.append(&mut found.items);
    Ok(Page { items: all_shown(app, caller, &pins, top).await?, next_cursor: found.next_cursor })
}

/// A page of what is found in a list by a text. What is found is held against the same predicate as the list itself (I10), so
/// a page may be short.
pub async fn search(
    app: &App,
    caller: &Caller,
    wanted: Selection,
    text: &SearchText,
    page: PageRequest<'_>,
) -> Result<Page<Shown>, ConversationError> {
    let query = query(caller, wanted)?;
    let found = search::conversations(app, caller, text, page).await.map_err(|error| match error {
        SearchError::Forbidden(forbidden) => ConversationError::Forbidden(forbidden),
        SearchError::Cursor(invalid) => ConversationError::Cursor(invalid),
        SearchError::Failure(failure) => ConversationError::Failure(failure),
    })?;
    let mut items: Vec<Shown> = found.items.into_iter().map(|it| it.conversation).collect();
    items.retain(|it| {
        let unread = it.personal.unread;
        query.picks(&Conversation { unread, ..it.conversation.clone() })
    });
    Ok(Page { items, next_cursor: found.next_cursor })
}

/// A page of a list, by the read state that the caller has (X08).
async fn page_of(
    app: &App,
    caller: &Caller,
    wanted: Selection,
    query: ListQuery,
    page: PageRequest<'_>,
) -> Result<Page<Conversation>, ConversationError> {
    if wanted.view == View::Unread
        && let Some(mut own) = read_marks::unread_page(app, caller, wanted.whose, page).await?
    {
        // That it is unread to the caller is known; the rest is the same predicate as ever.
        let query = ListQuery { view: View::Inbox, ..query };
        own.items.retain(|it| query.picks(it));
        return Ok(own);
    }
    Ok(app.store.account(caller.account).conversations(query, page).await??)
}

/// The pinned conversations that belong to a list, newest activity first.
async fn pinned(
    account: &AccountStore,
    query: ListQuery,
    pins: &Pins,
) -> Result<Vec<Conversation>, StoreError> {
    if pins.pins.is_empty() {
        return Ok(Vec::new());
    }
    let ids = pins.pins.iter().map(|pin| pin.conversation).collect();
    let mut found = account.conversations_by_id(&ids).await?;
    found.retain(|it| query.picks(it));
    found.sort_by_key(|it| std::cmp::Reverse((it.last_activity_at, it.id)));
    Ok(found)
}

/// How many conversations a list has, up to [`COUNT_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many, at most [`COUNT_MAX`].
    pub conversations: u32,
    /// Whether there are more.
    pub capped: bool,
}

/// What is unread in what the caller may see: the badge (D04). The view does not matter.
pub async fn unread(app: &App, caller: &Caller, wanted: Selection) -> Result<Unread, ConversationError> {
    let query = query(caller, wanted)?;
    if read_marks::individual_since(caller).is_none() {
        return Ok(app.store.account(caller.account).unread(query, COUNT_MAX).await?);
    }
    if wanted.gateway.is_none()
        && wanted.tag.is_none()
        && let Some(own) = read_marks::badge(app, caller, wanted.whose).await?
    {
        return Ok(own);
    }
    let (own, more) = own_unread(app, caller, wanted).await?;
    let messages = own.iter().fold(0_u32, |sum, it| sum.saturating_add(it.personal.unread));
    Ok(Unread { conversations: u32::try_from(own.len()).unwrap_or(COUNT_MAX), messages, capped: more })
}

/// The first of what is unread to a caller who has a read state of their own, and whether there may be more.
async fn own_unread(
    app: &App,
    caller: &Caller,
    wanted: Selection,
) -> Result<(Vec<Shown>, bool), ConversationError> {
    let wanted = Selection { view: View::Unread, ..wanted };
    let page = PageRequest { limit: COUNT_MAX, cursor: None };
    let found = list(app, caller, wanted, page).await?;
    Ok((found.items, found.next_cursor.is_some()))
}

/// What is unread in each mailbox of what the caller may see.
pub async fn unread_by_mailbox(
    app: &App,
    caller: &Caller,
    wanted: Selection,
) -> Result<Vec<(GatewayId, Unread)>, ConversationError> {
    let page = PageRequest { limit: MAILBOXES_MAX, cursor: None };
    let gateways = app.store.account(caller.account).gateways(page).await??;
    let mut counts = Vec::new();
    if read_marks::individual_since(caller).is_some() {
        let (own, capped) = own_unread(app, caller, wanted).await?;
        for gateway in gateways.items {
            let mut unread = Unread { capped, ..Unread::default() };
            let theirs = own.iter().filter(|it| it.conversation.gateway == gateway.id);
            for it in theirs {
                unread.add(it.personal.unread);
            }
            counts.push((gateway.id, unread));
        }
        return Ok(counts);
    }
    for gateway in gateways.items {
        let wanted = Selection { gateway: Some(gateway.id), ..wanted };
        counts.push((gateway.id, unread(app, caller, wanted).await?));
    }
    Ok(counts)
}

/// How many conversations a list has: of the same list that [`list`] pages through.
pub async fn count(app: &App, caller: &Caller, wanted: Selection) -> Result<Count, ConversationError> {
    let query = query(caller, wanted)?;
    let (conversations, capped) = app.store.account(caller.account).count(query, COUNT_MAX).await?;
    Ok(Count { conversations, capped })
}

/// A conversation, if the caller may see it.
pub async fn get(app: &App, caller: &Caller, id: ConversationId) -> Result<Shown, ConversationError> {
    let conversation = readable(app, caller, id).await?;
    shown(app, caller, conversation).await
}

/// A conversation that the caller may read.
pub(crate) async fn readable(
    app: &App,
    caller: &Caller,
    id: ConversationId,
) -> Result<Conversation, ConversationError> {
    caller.require(Permission::MessagesManage)?;
    let found = app.store.account(caller.account).conversation(id).await?;
    found.filter(|it| caller.viewer().may_read(&it.assignees)).ok_or(ConversationError::NotFound)
}

/// A page of a conversation's timeline, newest first.
pub async fn timeline(
    app: &App,
    caller: &Caller,
    id: ConversationId,
    filter: &TimelineFilter,
    page: PageRequest<'_>,
) -> Result<Page<Entry>, ConversationError> {
    readable(app, caller, id).await?;
    Ok(app.store.account(caller.account).timeline(id, filter, page).await??)
}
