//! Statistics (D21, B11): volume, response times and times to complete, from counters that the stream keeps.
//!
//! What the figures mean is said in `domain::statistics`. [`follow`] adds what a change comes to, once; [`read`] adds days up;
//! [`recount`] counts everything anew from the timelines and says where the counters differ (I13).

mod recount;

use std::collections::BTreeMap;

use domain::{
    access::Permission,
    account::ZoneName,
    id::AccountId,
    statistics::{Counts, DAYS_MAX, Of, Tally, facts, may_add, outcome},
    timeline::Entry,
};
use futures::future::try_join_all;
use jiff::{civil::Date, tz::TimeZone};
pub use recount::{Difference, recount};
pub use storage::statistics::CountedBy;
use storage::{
    AccountStore, InvalidCursor, StoreError,
    projected::{ConversationChange, EntryChange, Projected},
};

use crate::{App, Caller, Failure, caller::Forbidden};

/// At most this many entries come with one change of a conversation.
const ENTRIES_MAX: u64 = 50;
/// At most this many mailboxes are added up for totals and days.
const GATEWAYS_MAX: usize = 100;

/// Counts what has happened. The same change may come again: it is counted once.
pub(crate) async fn follow(app: &App, change: &Projected) -> Result<(), Failure> {
    match change {
        Projected::Conversation(change) => follow_conversation(app, change).await,
        Projected::Entry(change) => follow_entry(app, change).await,
        _ => Ok(()),
    }
}

async fn follow_conversation(app: &App, change: &ConversationChange) -> Result<(), Failure> {
    let (before, Some(after)) = (change.before.as_ref(), &change.after) else { return Ok(()) };
    if !may_add(before, after) {
        return Ok(());
    }
    let store = app.store.account(change.account);
    let first = before.map_or(1, |it| it.next_sequence);
    let until = after.next_sequence.min(first.saturating_add(ENTRIES_MAX));
    let places = (first..until).map(|sequence| (after.id, sequence)).collect();
    let mut entries: Vec<Entry> =
        store.entries_at(&places).await?.into_iter().map(|(_, entry)| entry).collect();
    entries.sort_by_key(|entry| entry.sequence);
    let zone = zone(app, change.account).await?;
    let tally = facts(before, after, &entries, &zone.zone());
    store.count_once(after.id, &format!("{:012}", after.version), &tally, app.now()).await?;
    Ok(())
}

async fn follow_entry(app: &App, change: &EntryChange) -> Result<(), Failure> {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return Ok(()) };
    // Whether anything comes of it does not depend on the zone.
    if outcome(before, after, &TimeZone::UTC).is_empty() {
        return Ok(());
    }
    let zone = zone(app, change.account).await?;
    let tally = outcome(before, after, &zone.zone());
    let version = after.message().and_then(|it| it.delivery()).map_or(0, |delivery| delivery.version);
    let what = format!("entry#{:012}#{version:012}", after.sequence);
    app.store.account(change.account).count_once(change.conversation, &what, &tally, app.now()).await?;
    Ok(())
}

/// The zone in which the account's days are.
async fn zone(app: &App, account: AccountId) -> Result<ZoneName, Failure> {
    let settings = app.store.account(account).settings().await?;
    Ok(settings.ok_or(Failure::Broken("an account has no settings"))?.time_zone)
}

/// Why no statistics were given.
#[derive(Debug, thiserror::Error)]
pub enum StatisticsError {
    /// The caller may not see statistics.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The first day is after the last.
    #[error("the first day is after the last")]
    EndsBeforeItBegins,
    /// More than [`DAYS_MAX`] days.
    #[error("at most {DAYS_MAX} days are counted up at once")]
    TooLong,
    /// The cursor belongs to other statistics.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for StatisticsError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// How the figures are split up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitBy {
    /// A line for each day.
    Day,
    /// A line for each gateway, user or tag of which something was counted.
    Thing(CountedBy),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Of what: a day, or an id.
    pub of: String,
    /// How much.
    pub counts: Counts,
}

/// What was counted within some days.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// The zone in which the days are.
    pub time_zone: ZoneName,
    /// Over all mailboxes.
    pub totals: Counts,
    /// Line by line, ordered by day or id.
    pub lines: Vec<Line>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The first day and the last.
    pub days: (Date, Date),
    /// How to split it up.
    pub by: SplitBy,
    /// At most this many lines, unless they are days.
    pub limit: u32,
    /// The cursor of the page before.
    pub cursor: Option<&'a str>,
}

/// Adds up what was counted.
pub async fn read(app: &App, caller: &Caller, asked: Asked<'_>) -> Result<Statistics, StatisticsError> {
    caller.require(Permission::StatisticsRead)?;
    let (from, to) = asked.days;
    let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
    if days < 0 {
        return Err(StatisticsError::EndsBeforeItBegins);
    }
    if days >= DAYS_MAX {
        return Err(StatisticsError::TooLong);
    }
    let store = app.store.account(caller.account);
    let what = format!("{from} {to} {:?}", asked.by);
    let after = store.open_statistics(&what, asked.cursor)?;
    let time_zone = zone(app, caller.account).await?;
    let by_day = by_day(&store, asked.days).await?;
    let mut totals = Counts::default();
    for counts in by_day.values() {
        totals += *counts;
    }
    let (lines, next) = match asked.by {
        SplitBy::Day => {
            let line = |(day, counts): (Date, Counts)| Line { of: day.to_string(), counts };
            (by_day.into_iter().map(line).collect(), None)
        }
        SplitBy::Thing(by) => by_thing(&store, by, asked, after).await?,
    };
    let next_cursor = next.and_then(|place| store.seal_statistics(&what, &place));
    Ok(Statistics { time_zone, totals, lines, next_cursor })
}

/// Ids of what was counted, behind `after`, at most `limit`; and whether there are more.
async fn ids(
    store: &AccountStore,
    by: CountedBy,
    mut after: Option<String>,
    limit: usize,
) -> Result<(Vec<String>, bool), StoreError> {
    let mut ids = Vec::new();
    while let Some(id) = store.next_counted(by, after.as_deref()).await? {
        if ids.len() >= limit {
            return Ok((ids, true));
        }
        after = Some(id.clone());
        ids.push(id);
    }
    Ok((ids, false))
}

/// Everything by day: the sum of all mailboxes.
async fn by_day(store: &AccountStore, days: (Date, Date)) -> Result<BTreeMap<Date, Counts>, StoreError> {
    let (gateways, _) = ids(store, CountedBy::Gateway, None, GATEWAYS_MAX).await?;
    let each = gateways.iter().map(|id| store.counts(CountedBy::Gateway, id, days));
    let mut sums: BTreeMap<Date, Counts> = BTreeMap::new();
    for (day, counts) in try_join_all(each).await?.into_iter().flatten() {
        *sums.entry(day).or_default() += counts;
    }
    Ok(sums)
}

/// A page of lines by gateway, user or tag. Those of which nothing was counted within these days have none.
async fn by_thing(
    store: &AccountStore,
    by: CountedBy,
    asked: Asked<'_>,
    after: Option<String>,
) -> Result<(Vec<Line>, Option<String>), StoreError> {
    let limit = usize::try_from(asked.limit.max(1)).unwrap_or(usize::MAX);
    let (ids, more) = ids(store, by, after, limit).await?;
    let each = try_join_all(ids.iter().map(|id| store.counts(by, id, asked.days))).await?;
    let mut lines = Vec::new();
    for (id, days) in ids.iter().zip(each) {
        let mut sum = Counts::default();
        for (_, counts) in days {
            sum += counts;
        }
        if sum != Counts::default() {
            lines.push(Line { of: id.clone(), counts: sum });
        }
    }
    Ok((lines, ids.last().filter(|_| more).cloned()))
}

/// What the counters say of some days, all of it.
pub(crate) async fn counted(store: &AccountStore, days: (Date, Date)) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    for by in [CountedBy::Gateway, CountedBy::User, CountedBy::Tag] {
        let (ids, _) = ids(store, by, None, usize::MAX).await?;
        for id in ids {
            let of = match by {
                CountedBy::Gateway => id.parse().map(Of::Gateway),
                CountedBy::User => id.parse().map(Of::User),
                CountedBy::Tag => id.parse().map(Of::Tag),
            };
            let Ok(of) = of else { continue };
            for (day, counts) in store.counts(by, &id, days).await? {
                tally.add(of, day, counts);
            }
        }
    }
    Ok(tally)
}
