//! Jobs as the API shows them.

use std::collections::BTreeMap;

use app::jobs::bulk::{BulkResult, Refusal};
use domain::id::{ConversationId, JobId, UserId};
use domain::job::{JobFailure, JobKind, JobState, Outcome};
use http_api::schema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Work that takes longer than a request may.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Job {
    /// Its id.
    #[schema(value_type = schema::JobId)]
    id: JobId,
    /// What it does: `contact_import`, `contact_export`, `conversations_bulk` or `reconciliation`.
    #[schema(value_type = String, example = "contact_import")]
    kind: JobKind,
    /// How far it has come: `waiting` for its file, `queued`, `running`, `done`, `failed` or `cancelled`.
    #[schema(value_type = String, example = "running")]
    state: JobState,
    /// Who started it.
    #[schema(value_type = schema::UserId)]
    started_by: UserId,
    /// What it has worked on.
    progress: Progress,
    /// Why it could not go on: `not_allowed` (whoever started it may not do this any more), `gave_up`, or of a file
    /// `file_empty`, `file_unreadable` (its first line is not UTF-8), `column_missing` or `column_ambiguous` (the mapping
    /// names a column that is not there, or is there twice).
    #[schema(value_type = Option<String>, required = true)]
    failure: Option<JobFailure>,
    /// When it was started, or written down.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<schema::Time>, required = true)]
    ended_at: Option<Timestamp>,
}

/// What a job has worked on.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = JobProgress)]
pub(crate) struct Progress {
    /// How many things.
    worked_on: u64,
    /// How many there are in all, once that is known.
    #[schema(required = true)]
    total: Option<u64>,
    /// How many came out how: `created`, `updated`, `skipped`, `done`, `repaired`, `failed`.
    #[schema(value_type = BTreeMap<String, u64>)]
    outcomes: BTreeMap<Outcome, u64>,
}

impl From<domain::job::Job> for Job {
    fn from(it: domain::job::Job) -> Self {
        let domain::job::Progress { worked_on, total, outcomes } = it.progress;
        Self {
            id: it.id,
            kind: it.kind,
            state: it.state,
            started_by: it.starter.user,
            progress: Progress { worked_on, total, outcomes },
            failure: it.failure,
            created_at: it.created_at,
            ended_at: it.ended_at,
        }
    }
}

/// What became of one conversation.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = BulkResult)]
pub(crate) struct Result {
    /// Which.
    #[schema(value_type = schema::ConversationId)]
    conversation_id: ConversationId,
    /// Whether it was done. What was so already counts as done.
    done: bool,
    /// Why not, by the last part of the type of problem that the single request would be answered with: `not-found`,
    /// `forbidden`, `action-not-available`, `invalid`, or `unavailable`, which is worth another try.
    #[schema(value_type = Option<String>, required = true, example = "action-not-available")]
    problem: Option<Refusal>,
}

impl From<BulkResult> for Result {
    fn from(BulkResult { conversation, refused }: BulkResult) -> Self {
        Self { conversation_id: conversation, done: refused.is_none(), problem: refused }
    }
}

/// Which part of results.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PartQuery {
    /// `next_cursor`, or `Next-Cursor`, of the part before; nothing for the first part.
    pub(crate) cursor: Option<String>,
}
