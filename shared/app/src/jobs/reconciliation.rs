//! Repairing lists of conversations (I13): every conversation of the account is compared with its copies in lists.
//!
//! The lists of everyone lead to every conversation; the lists of nobody, of each tag and of each user then lead to copies
//! whose conversation is elsewhere. Nothing but what is wrong is written, so doing it again does nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::{Audience, Permission},
    conversation::{Conversation, View},
    id::{ConversationId, TagId, UserId},
    job::{Job, JobState, Outcome},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::{ListQuery, PageRequest, StoreError};

use super::{JobError, Step, Work, Worker, begin};
use crate::{App, Caller, Failure};

/// Conversations looked at in one step.
const AT_ONCE: u32 = 50;
/// Tags read at once.
const TAGS_AT_ONCE: u32 = 1_000;

/// Which lists are walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Walked {
    /// Those that every conversation is in.
    #[default]
    Everyone,
    /// Those of what nobody is assigned to.
    Unassigned,
    /// Those of a tag.
    Tag(TagId),
    /// Those of a user.
    User(UserId),
}

/// Where the walk has come to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Reconciliation {
    #[serde(default)]
    walked: Walked,
    #[serde(default)]
    cursor: Option<String>,
}

/// Starts a reconciliation.
pub async fn start(app: &App, caller: &Caller) -> Result<Job, JobError> {
    caller.require(Permission::AccountManage)?;
    let work = Work::Reconciliation(Reconciliation::default());
    begin(app, caller, &work, JobState::Queued, json!({})).await
}

pub(super) async fn step(
    worker: &Worker<'_>,
    job: &mut Job,
    place: &mut Reconciliation,
) -> Result<Step, Failure> {
    if worker.caller.require(Permission::AccountManage).is_err() {
        return Ok(Step::Failed(domain::job::JobFailure::NotAllowed));
    }
    let query = match place.walked {
        Walked::Everyone => ListQuery::of(Audience::Everyone, View::All),
        Walked::Unassigned => ListQuery::of(Audience::Unassigned, View::All),
        Walked::User(user) => ListQuery::of(Audience::User(user), View::All),
        Walked::Tag(tag) => ListQuery { tag: Some(tag), ..ListQuery::of(Audience::Everyone, View::All) },
    };
    let page = PageRequest { limit: AT_ONCE, cursor: place.cursor.as_deref() };
    // A cursor that is not understood any more belongs to an older release: the list is walked from its beginning.
    let Ok(found) = worker.store.conversations(query, page).await? else {
        place.cursor = None;
        return Ok(Step::More);
    };
    let suspicious = match place.walked {
        Walked::Everyone => found.items.iter().map(|it| it.id).collect(),
        _ => disagreeing(worker, found.items).await?,
    };
    for id in suspicious {
        let repaired = worker.store.repair_lists(id).await?;
        if repaired > 0 {
            tracing::warn!(conversation = %id, repaired, metric = "lists_repaired", "lists disagreed");
            job.progress.count(Outcome::Repaired);
        } else if place.walked == Walked::Everyone {
            job.progress.count(Outcome::Done);
        }
    }
    place.cursor = found.next_cursor;
    if place.cursor.is_some() {
        return Ok(Step::More);
    }
    match next(worker, place.walked).await? {
        Some(walked) => {
            place.walked = walked;
            Ok(Step::More)
        }
        None => Ok(Step::Done),
    }
}

/// The copies of a page that are not as their conversations are.
async fn disagreeing(
    worker: &Worker<'_>,
    copies: Vec<Conversation>,
) -> Result<BTreeSet<ConversationId>, StoreError> {
    let ids: BTreeSet<_> = copies.iter().map(|it| it.id).collect();
    let found = worker.store.conversations_by_id(&ids).await?;
    let found: BTreeMap<_, _> = found.into_iter().map(|it| (it.id, it)).collect();
    Ok(copies.into_iter().filter(|copy| found.get(&copy.id) != Some(copy)).map(|copy| copy.id).collect())
}

async fn all_tags(worker: &Worker<'_>) -> Result<BTreeSet<TagId>, StoreError> {
    let (mut tags, mut cursor) = (BTreeSet::new(), None::<String>);
    loop {
        let page = PageRequest { limit: TAGS_AT_ONCE, cursor: cursor.as_deref() };
        let Ok(found) = worker.store.tags(page).await? else { return Ok(tags) };
        tags.extend(found.items.into_iter().map(|tag| tag.id));
        cursor = found.next_cursor;
        if cursor.is_none() {
            return Ok(tags);
        }
    }
}

/// What is walked after that: tags and users in the order of their ids.
async fn next(worker: &Worker<'_>, walked: Walked) -> Result<Option<Walked>, Failure> {
    let mut tags = BTreeSet::new();
    if !matches!(walked, Walked::User(_)) {
        tags = all_tags(worker).await?;
    }
    let after = match walked {
        Walked::Everyone => return Ok(Some(Walked::Unassigned)),
        Walked::Unassigned => tags.into_iter().next(),
        Walked::Tag(tag) => tags.into_iter().find(|it| *it > tag),
        Walked::User(_) => None,
    };
    if let Some(tag) = after {
        return Ok(Some(Walked::Tag(tag)));
    }
    let users: BTreeSet<_> = worker.store.all_users().await?.into_iter().map(|user| user.id).collect();
    let next = match walked {
        Walked::User(user) => users.into_iter().find(|it| *it > user),
        _ => users.into_iter().next(),
    };
    Ok(next.map(Walked::User))
}
