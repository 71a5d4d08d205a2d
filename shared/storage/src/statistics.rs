//! Counters by day (D21), kept by `project`.
//!
//! What a change adds is written in one transaction with a mark that says that it was counted, so a change that comes again
//! adds nothing. The mark outlives the stream, which forgets after a day.

use domain::{
    id::ConversationId,
    statistics::{COLUMNS, Counts, Of, Tally, Times},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    error::StoreError,
    item::{Item, NewItem, Stored, text},
    keys::{self, SK},
    query::{Index, Range, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// How long it is known that a change was counted.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// That a change was counted. Its key says it all.
#[derive(Serialize, Deserialize)]
pub(crate) struct CountedItem {}

impl Stored for CountedItem {
    const KIND: &'static str = "counted";
}

/// What was counted on one day, for the document: it is only ever added to, attribute by attribute.
#[derive(Serialize, Deserialize)]
pub(crate) struct CountItem {}

impl Stored for CountItem {
    const KIND: &'static str = "count";
}

/// What is counted by, for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedBy {
    /// By mailbox.
    Gateway,
    /// By person.
    User,
    /// By tag.
    Tag,
}

impl CountedBy {
    fn partition(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::User => "user",
            Self::Tag => "tag",
        }
    }
}

/// Where the counters of a thing lie: by what, and its id.
fn place_of(of: Of) -> (CountedBy, String) {
    match of {
        Of::Gateway(id) => (CountedBy::Gateway, id.to_string()),
        Of::User(id) => (CountedBy::User, id.to_string()),
        Of::Tag(id) => (CountedBy::Tag, id.to_string()),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Write {
    Mark,
    Count,
}

/// The attributes of counts, those that are not zero.
fn numbers(counts: &Counts) -> Vec<(String, i64)> {
    let mut numbers = vec![
        ("inbound".to_owned(), counts.inbound),
        ("outbound".to_owned(), counts.outbound),
        ("failed".to_owned(), counts.failed),
    ];
    for (name, times) in [("responses", &counts.responses), ("completed", &counts.completed)] {
        numbers.push((name.to_owned(), times.count));
        numbers.push((format!("{name}_seconds"), times.seconds));
        let columns = times.columns.iter().enumerate();
        numbers.extend(columns.map(|(column, number)| (format!("{name}_{column:02}"), *number)));
    }
    numbers.retain(|(_, number)| *number != 0);
    numbers
}

/// Reads back what [`numbers`] has added up.
fn counts(item: &Item) -> Counts {
    let number = |name: &str| {
        let value = item.get(name).and_then(|value| value.as_n().ok());
        value.and_then(|number| number.parse().ok()).unwrap_or_default()
    };
    let times = |name: &str| {
        let mut columns = [0; COLUMNS];
        for (column, sum) in columns.iter_mut().enumerate() {
            *sum = number(&format!("{name}_{column:02}"));
        }
        Times { count: number(name), seconds: number(&format!("{name}_seconds")), columns }
    };
    Counts {
        inbound: number("inbound"),
        outbound: number("outbound"),
        failed: number("failed"),
        responses: times("responses"),
        completed: times("completed"),
    }
}

impl AccountStore {
    /// Adds what a change of a conversation comes to; `false`: it was added before. `change` names it.
    pub async fn count_once(
        &self,
        conversation: ConversationId,
        change: &str,
        tally: &Tally,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if tally.is_empty() {
            return Ok(true);
        }
        let key = keys::counted_change(self.account, conversation, change);
        let until = now.checked_add(KNOWN_FOR).unwrap_or(now);
        let mut transaction = Transaction::new(&self.store);
        transaction.put(
            Write::Mark,
            NewItem::new(key, &CountedItem {})?.expiring(until),
            Some(Expect::absent()),
        );
        for ((of, day), counts) in &tally.0 {
            let (by, id) = place_of(*of);
            let key = keys::count(self.account, by.partition(), &id, *day);
            transaction.add::<CountItem>(Write::Count, key, numbers(counts));
        }
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// What was counted of one gateway, user or tag on each of these days; days without anything are left out.
    pub async fn counts(
        &self,
        by: CountedBy,
        id: &str,
        days: (Date, Date),
    ) -> Result<Vec<(Date, Counts)>, StoreError> {
        let range = Range::Between(keys::count_place(id, days.0), keys::count_place(id, days.1));
        let limit = u32::try_from(domain::statistics::DAYS_MAX).unwrap_or(u32::MAX);
        let read = Read::new(Index::Table, keys::counts(self.account, by.partition()), limit).range(range);
        let found = self.store.query(read.eventually()).await?;
        let day = |item: &Item| Some((keys::parse_count_place(text(item, SK)?)?.1, counts(item)));
        Ok(found.items.iter().filter_map(day).collect())
    }

    /// The next gateway, user or tag of which anything was ever counted, in the order of their ids.
    pub async fn next_counted(
        &self,
        by: CountedBy,
        after: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        let mut read = Read::new(Index::Table, keys::counts(self.account, by.partition()), 1).eventually();
        if let Some(id) = after {
            // Behind all of its days.
            read = read.range(Range::Above(format!("{id}#~")));
        }
        let found = self.store.query(read).await?;
        let id = |item: &Item| Some(keys::parse_count_place(text(item, SK)?)?.0.to_owned());
        Ok(found.items.first().and_then(id))
    }

    /// The place that a cursor of statistics names; `what` is all that they depend on.
    pub fn open_statistics(
        &self,
        what: &str,
        cursor: Option<&str>,
    ) -> Result<Option<String>, crate::InvalidCursor> {
        self.open_cursor(&format!("statistics {what}"), cursor)
    }

    /// The cursor for going on with statistics.
    pub fn seal_statistics(&self, what: &str, place: &str) -> Option<String> {
        self.seal_cursor(&format!("statistics {what}"), place)
    }
}
