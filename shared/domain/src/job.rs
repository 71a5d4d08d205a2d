//! Jobs: work that takes longer than a request may.
//!
//! Somebody starts a job, workers do it in slices, and anybody who may can see how far it has come. What a slice does may be
//! done twice without harm, and its place is saved with it, so a job that is interrupted anywhere goes on from there.

use std::{collections::BTreeMap, net::IpAddr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::Permission,
    id::{ApiKeyId, JobId, SessionId, UserId},
};

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Makes and changes contacts from the rows of a file (B15).
    ContactImport,
    /// Writes contacts into a file (A20).
    ContactExport,
    /// Does one thing with every conversation that a filter shows (D16 to D24).
    ConversationsBulk,
    /// Repairs lists of conversations that disagree with the conversations themselves (I13).
    Reconciliation,
}

impl JobKind {
    /// What somebody needs to see such a job of a colleague's. Whoever started it sees it anyway.
    pub const fn seen_with(self) -> Permission {
        match self {
            Self::ContactImport => Permission::ContactsManage,
            Self::ContactExport => Permission::ContactsExport,
            // What it shows are conversations, which are not everybody's who has an inbox.
            Self::ConversationsBulk | Self::Reconciliation => Permission::AccountManage,
        }
    }
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits for its file.
    Waiting,
    /// It waits for a worker.
    Queued,
    /// It is being worked on.
    Running,
    /// Everything is done; what could not be done stands in its results.
    Done,
    /// It could not go on.
    Failed,
    /// Somebody stopped it. What it had done stays done.
    Cancelled,
}

impl JobState {
    /// Whether nothing more will happen.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// Why a job could not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobFailure {
    /// Whoever started it may not do this any more.
    NotAllowed,
    /// It was tried again and again and came no further.
    GaveUp,
    /// The file has no rows under its line of names.
    FileEmpty,
    /// The file is not UTF-8: its line of names cannot be read.
    FileUnreadable,
    /// The file has no column that the mapping names.
    ColumnMissing,
    /// Two columns of the file have the name that the mapping gives.
    ColumnAmbiguous,
}

/// What became of one thing that a job worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was made.
    Created,
    /// It was there and was brought up to date.
    Updated,
    /// It was there and was left as it is.
    Skipped,
    /// It was done.
    Done,
    /// It was not as it should be, and was repaired.
    Repaired,
    /// It could not be done.
    Failed,
}

/// What a job has worked on so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How many things.
    pub worked_on: u64,
    /// How many there are in all, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// How many of those worked on came out how.
    #[serde(default)]
    pub outcomes: BTreeMap<Outcome, u64>,
}

impl Progress {
    /// Counts one more.
    pub fn count(&mut self, outcome: Outcome) {
        self.worked_on = self.worked_on.saturating_add(1);
        let so_far = self.outcomes.entry(outcome).or_default();
        *so_far = so_far.saturating_add(1);
    }
}

/// Who started a job: everything it does, it does with what they may do at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Starter {
    /// Who; for an API key, who made it.
    pub user: UserId,
    /// With which API key, if with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<ApiKeyId>,
    /// In which session, otherwise. It may have ended since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// From which address, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// How far it has come.
    pub state: JobState,
    /// Who started it.
    pub starter: Starter,
    /// When.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it could not go on.
    pub failure: Option<JobFailure>,
    /// What it has worked on.
    pub progress: Progress,
}

impl Job {
    /// A new one.
    pub fn new(id: JobId, kind: JobKind, starter: Starter, at: Timestamp) -> Self {
        let (state, progress) = (JobState::Waiting, Progress::default());
        Self { id, kind, state, starter, created_at: at, ended_at: None, failure: None, progress }
    }

    /// Ends it. What has ended stays as it ended.
    pub fn end(&mut self, state: JobState, failure: Option<JobFailure>, at: Timestamp) {
        if !self.state.has_ended() {
            (self.state, self.failure, self.ended_at) = (state, failure, Some(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::Id;

    #[test]
    fn a_job_that_has_ended_stays_as_it_ended() {
        let user = Id::from_uuid(Uuid::from_u128(1));
        let starter = Starter { user, api_key: None, session: None, address: None };
        let id = Id::from_uuid(Uuid::from_u128(2));
        let mut job = Job::new(id, JobKind::ContactImport, starter, Timestamp::UNIX_EPOCH);
        job.end(JobState::Cancelled, None, Timestamp::UNIX_EPOCH);
        let cancelled = job.clone();
        job.end(JobState::Failed, Some(JobFailure::GaveUp), Timestamp::MAX);
        assert_eq!(job, cancelled);
    }

    #[test]
    fn progress_adds_up() {
        let mut progress = Progress::default();
        for outcome in [Outcome::Created, Outcome::Failed, Outcome::Created] {
            progress.count(outcome);
        }
        assert_eq!(progress.worked_on, 3);
        assert_eq!(progress.outcomes.values().sum::<u64>(), 3);
        assert_eq!(progress.outcomes[&Outcome::Created], 2);
    }
}
