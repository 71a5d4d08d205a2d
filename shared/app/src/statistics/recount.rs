//! Counting everything anew from the timelines, to compare.

use std::collections::BTreeSet;

use domain::{
    access::Audience,
    conversation::View,
    id::AccountId,
    statistics::{Counts, Of, Tally, replay},
};
use jiff::civil::Date;
use storage::{AccountStore, InvalidCursor, ListQuery, PageRequest, StoreError, TimelineFilter};

use super::{counted, zone};
use crate::{App, Failure};

/// Conversations and entries read at once.
const PAGE: u32 = 100;

/// A counter that is not what the timelines come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it counts.
    pub of: Of,
    /// On which day.
    pub day: Date,
    /// What it says.
    pub counted: Counts,
    /// What it should say.
    pub found: Counts,
}

/// Compares the counters of these days with all timelines of the account. It reads everything that the account has, page by
/// page: for tests, and for whoever looks for a mistake, not for requests. What was changed in the meantime differs, and so
/// does what was counted before the account moved to another zone.
pub async fn recount(app: &App, account: AccountId, days: (Date, Date)) -> Result<Vec<Difference>, Failure> {
    let (store, zone) = (app.store.account(account), zone(app, account).await?.zone());
    let mut found = Tally::default();
    let mut cursor = None;
    loop {
        let list = ListQuery::of(Audience::Everyone, View::All);
        let page = PageRequest { limit: PAGE, cursor: cursor.as_deref() };
        let page = store.conversations(list, page).await?.map_err(moved)?;
        for conversation in &page.items {
            found.merge(replay(conversation, &timeline(&store, conversation.id).await?, &zone));
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    found.0.retain(|(_, day), _| days.0 <= *day && *day <= days.1);
    let counted = counted(&store, days).await?;
    let keys: BTreeSet<_> = found.0.keys().chain(counted.0.keys()).copied().collect();
    let of = |tally: &Tally, key| tally.0.get(&key).copied().unwrap_or_default();
    let difference = |key: (Of, Date)| Difference {
        of: key.0,
        day: key.1,
        counted: of(&counted, key),
        found: of(&found, key),
    };
    Ok(keys.into_iter().map(difference).filter(|it| it.counted != it.found).collect())
}

/// A whole timeline, oldest first.
async fn timeline(
    store: &AccountStore,
    conversation: domain::id::ConversationId,
) -> Result<Vec<domain::timeline::Entry>, Failure> {
    let mut entries = Vec::new();
    let mut cursor = None;
    loop {
        let page = PageRequest { limit: PAGE, cursor: cursor.as_deref() };
        let page = store.timeline(conversation, &TimelineFilter::default(), page).await?.map_err(moved)?;
        entries.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    entries.reverse();
    Ok(entries)
}

fn moved(_: InvalidCursor) -> StoreError {
    StoreError::Contention
}
