//! The second reader of the stream: what is derived for searches and statistics, read badly while things go wrong, and
//! compared with the truth when they have stopped.

use std::{collections::BTreeSet, time::Duration};

use app::{search, statistics};
use domain::id::ConversationId;
use serde_json::Value;
use storage::PageRequest;

use super::Story;

/// What is searched for at rest: digits of customers, and words that customers and staff have written.
const QUERIES: [&str; 8] = ["5550101", "5550176", "555016", "hi", "open", "مرحبا", "join", "answer"];

/// Longer than any search of a story's two inboxes.
const PAGES_MAX: usize = 200;

impl Story {
    /// Records are projected in their order; each may be killed, or come again although it was done, and now and then two
    /// readers do the same.
    pub(super) async fn the_projections_are_read(&mut self) {
        let batch = 1 + self.roll(12);
        for record in self.world.unprojected(batch) {
            let life = if self.chance(15) { self.roll(300) as u64 } else { 900_000 };
            let twice = self.chance(10);
            let work = async {
                if twice {
                    let (one, other) = tokio::join!(self.world.project(&record), self.world.project(&record));
                    one.and(other)
                } else {
                    self.world.project(&record).await
                }
            };
            match Box::pin(tokio::time::timeout(Duration::from_millis(life), work)).await {
                Ok(Ok(())) if !self.chance(10) => self.world.advance_projections(&record),
                Ok(Ok(())) => return self.memory.mark("projection: comes again"),
                Ok(Err(_)) => return self.memory.mark("projection: failed"),
                Err(_) => return self.memory.mark("projection: killed"),
            }
        }
    }

    /// I13: counters equal a recount, and a search finds exactly what a look at every message finds.
    pub(crate) async fn projections_agree(&mut self) {
        assert_eq!(self.world.unprojected(1), Vec::<Value>::new());
        let today = domain::statistics::day_of(self.world.now(), &jiff::tz::TimeZone::UTC);
        let month = jiff::Span::new().days(30);
        let days = (today.saturating_sub(month), today.saturating_add(month));
        let items = self.world.items();
        for people in self.staff.clone() {
            let owner = &people[0];
            let differences = statistics::recount(&self.world.app, owner.account, days).await.unwrap();
            assert_eq!(differences, [], "I13: a counter that a recount does not find");
            for query in QUERIES {
                let found = self.found(owner, query).await;
                let expected = expected(&items, &owner.account.to_string(), query);
                assert_eq!(found, expected, "I13: a search for {query}");
                if !found.is_empty() {
                    self.memory.mark("search: found");
                }
            }
        }
    }

    async fn found(&self, owner: &app::Caller, query: &str) -> BTreeSet<ConversationId> {
        let (query, mut cursor, mut found) = (query.parse().unwrap(), None, BTreeSet::new());
        for _ in 0..PAGES_MAX {
            let page = PageRequest { limit: 50, cursor: cursor.as_deref() };
            let page = search::conversations(&self.world.app, owner, &query, page).await.unwrap();
            found.extend(page.items.iter().map(|it| it.conversation.conversation.id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                return found;
            }
        }
        panic!("a search that does not end");
    }
}

/// The conversations of an account whose customer's number or messages contain what is searched for.
fn expected(items: &[Value], account: &str, query: &str) -> BTreeSet<ConversationId> {
    let text = |item: &Value, path: &str| {
        item.pointer(path).and_then(Value::as_str).unwrap_or_default().to_lowercase()
    };
    let mine = items.iter().filter(|item| text(item, "/pk/S").starts_with(account));
    let hits = mine.filter(|item| match text(item, "/_t/S").as_str() {
        "conversation" => text(item, "/contact_number/S").contains(query),
        "entry" => says(&text(item, "/message/M/text/S"), query),
        _ => false,
    });
    hits.filter_map(|item| text(item, "/pk/S").split('#').nth(1)?.parse().ok()).collect()
}

/// Whether one of the words of a text begins with the query.
fn says(body: &str, query: &str) -> bool {
    body.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(query))
}
