//! Jobs: work that takes longer than a request may.
//!
//! A job is an item of the table that says what is to be done and how far it has come. A worker takes it up, holds it for a
//! while, does step after step and saves the place after each; when its time is over it puts the job back on the queue. Of
//! two workers only one gets on, because each save is made over the version that was read; the other one has done nothing
//! that the first does not do as well. Whatever gets lost on the way, the sweep queues the job again.
//!
//! Each kind of job is a module of its own with a `step`. What a step does has to be the same when it is done twice.

pub mod bulk;
pub mod exports;
pub mod imports;
pub mod reconciliation;

use domain::{
    access::Permission,
    audit::AuditAction,
    id::{AccountId, JobId},
    job::{Job, JobFailure, JobKind, JobState},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use storage::{
    AccountStore, InvalidCursor, JobPart, JobRecord, Page, PageRequest, Series, StoreError, Traces,
};

use crate::{
    App, Caller, Failure,
    audit::NOTHING,
    caller::{Forbidden, of_starter},
    conversations::ATTEMPTS_MAX,
    ports::{JobTask, Unreachable},
};

/// How long a worker works on a job before it makes room for others.
const SLICE: SignedDuration = SignedDuration::from_secs(20);
/// At most this many steps in one slice, however quick they are.
const STEPS_MAX: u32 = 200;
/// How long a worker has a job to itself: longer than its function lives.
const HELD_FOR: SignedDuration = SignedDuration::from_secs(90);
/// When the sweep looks after a job that nobody has taken up.
const LOOKED_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// A job that was taken up this often without coming further is given up.
const TRIES_MAX: u32 = 20;
/// At most this many jobs of each shard are queued in one sweep.
const QUEUED_AT_ONCE: u32 = 20;

/// Why a job was not shown, started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// There is none, or the caller may not see it.
    #[error("there is no such job")]
    NotFound,
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// It has been started already, or has ended.
    #[error("the job is not waiting for anything any more")]
    Begun,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<Unreachable> for JobError {
    fn from(error: Unreachable) -> Self {
        Self::Failure(error.into())
    }
}

/// What is to be done, and the place where it has come to. Stored as JSON: new fields need defaults.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    /// See [`imports`].
    ContactImport(Box<imports::Import>),
    /// See [`exports`].
    ContactExport(exports::Export),
    /// See [`bulk`].
    ConversationsBulk(bulk::Bulk),
    /// See [`reconciliation`].
    Reconciliation(reconciliation::Reconciliation),
}

impl Work {
    fn kind(&self) -> JobKind {
        match self {
            Self::ContactImport(_) => JobKind::ContactImport,
            Self::ContactExport(_) => JobKind::ContactExport,
            Self::ConversationsBulk(_) => JobKind::ConversationsBulk,
            Self::Reconciliation(_) => JobKind::Reconciliation,
        }
    }

    fn written(&self) -> Result<Value, Failure> {
        serde_json::to_value(self).map_err(|_| Failure::Broken("the work of a job cannot be written"))
    }

    fn read(value: &Value) -> Result<Self, Failure> {
        Self::deserialize(value).map_err(|_| Failure::Broken("the work of a job cannot be read"))
    }
}

/// What a step has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is more to do.
    More,
    /// Everything is done.
    Done,
    /// It cannot go on.
    Failed(JobFailure),
}

/// What a step works with.
pub(crate) struct Worker<'a> {
    pub(crate) app: &'a App,
    /// Whoever started the job, with what they may do now.
    pub(crate) caller: &'a Caller,
    /// The account's data.
    pub(crate) store: &'a AccountStore,
}

/// Starts a job, or writes down one that waits for its file. What it is about stands in the audit log.
pub(crate) async fn begin(
    app: &App,
    caller: &Caller,
    work: &Work,
    state: JobState,
    about: Value,
) -> Result<Job, JobError> {
    let (id, now) = (app.new_id(), app.now());
    let job = Job { state, ..Job::new(id, work.kind(), caller.starter(), now) };
    let mut record = JobRecord { job, work: work.written()?, held_until: None, tries: 0, version: 0 };
    let entry = caller.audit(app, AuditAction::JobStarted, id, &NOTHING, &told(&record.job, about));
    let due = (state == JobState::Queued).then(|| later(now, LOOKED_AFTER));
    if !app.store.account(caller.account).save_job(&mut record, due, None, &entry.into()).await? {
        return Err(Failure::Broken("a new id was not new").into());
    }
    if state == JobState::Queued {
        enqueue(app, caller.account, id).await;
    }
    Ok(record.job)
}

/// What the audit log shows of a job.
fn told(job: &Job, about: Value) -> Value {
    let mut shown = json!({"kind": job.kind});
    if let (Some(shown), Value::Object(about)) = (shown.as_object_mut(), about) {
        shown.extend(about);
    }
    shown
}

/// Puts a job on the queue. Where that fails, the sweep does it a little later.
pub(crate) async fn enqueue(app: &App, account: AccountId, job: JobId) {
    if let Err(error) = app.queues.enqueue_job(&JobTask { account, job }).await {
        tracing::warn!(%job, %error, "a job could not be queued; the sweep will");
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(now)
}

/// Whether the caller may see a job: their own, or with what such jobs are seen with.
fn sees(caller: &Caller, job: &Job) -> bool {
    job.starter.user == caller.user || caller.require(job.kind.seen_with()).is_ok()
}

/// A page of the jobs that the caller may see, newest first. A page may show fewer than were asked for.
pub async fn list(app: &App, caller: &Caller, page: PageRequest<'_>) -> Result<Page<Job>, JobError> {
    let found = app.store.account(caller.account).jobs(page).await??;
    let items = found.items.into_iter().map(|record| record.job).filter(|job| sees(caller, job)).collect();
    Ok(Page { items, next_cursor: found.next_cursor })
}

/// A job, if the caller may see it.
pub async fn get(app: &App, caller: &Caller, id: JobId) -> Result<Job, JobError> {
    let found = app.store.account(caller.account).job(id).await?;
    found.map(|record| record.job).filter(|job| sees(caller, job)).ok_or(JobError::NotFound)
}

/// A job of a kind, for who has the permission that the kind's routes need.
pub(crate) async fn of_kind(
    app: &App,
    caller: &Caller,
    id: JobId,
    kind: JobKind,
    needed: Permission,
) -> Result<JobRecord, JobError> {
    caller.require(needed)?;
    let found = app.store.account(caller.account).job(id).await?;
    found.filter(|it| it.job.kind == kind && sees(caller, &it.job)).ok_or(JobError::NotFound)
}

/// Stops a job. What it has done stays done; stopping one that has ended changes nothing.
pub async fn cancel(app: &App, caller: &Caller, id: JobId) -> Result<Job, JobError> {
    let store = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let mut record = store.job(id).await?.filter(|it| sees(caller, &it.job)).ok_or(JobError::NotFound)?;
        if record.job.state.has_ended() {
            return Ok(record.job);
        }
        let before = json!({"state": record.job.state});
        record.job.end(JobState::Cancelled, None, app.now());
        record.held_until = None;
        let after = json!({"state": record.job.state});
        let entry = caller.audit(app, AuditAction::JobCancelled, id, &before, &after);
        if store.save_job(&mut record, None, None, &entry.into()).await? {
            return Ok(record.job);
        }
    }
    Err(StoreError::Contention.into())
}

/// Works on a job for a slice, unless somebody else does.
pub async fn work(app: &App, task: &JobTask) -> Result<(), Failure> {
    let store = app.store.account(task.account);
    let Some(mut record) = take_up(app, &store, task.job).await? else { return Ok(()) };
    let Some(caller) = of_starter(app, task.account, &record.job.starter).await? else {
        record.job.end(JobState::Failed, Some(JobFailure::NotAllowed), app.now());
        store.save_job(&mut record, None, None, &Traces::default()).await?;
        return Ok(());
    };
    let worker = Worker { app, caller: &caller, store: &store };
    let until = later(app.now(), SLICE);
    let mut work = Work::read(&record.work)?;
    for step in 1..=STEPS_MAX {
        let outcome = one_step(&worker, &mut record.job, &mut work).await?;
        let now = app.now();
        match outcome {
            Step::More => {}
            Step::Done => record.job.end(JobState::Done, None, now),
            Step::Failed(failure) => record.job.end(JobState::Failed, Some(failure), now),
        }
        let ends = record.job.state.has_ended();
        let rests = ends || step == STEPS_MAX || now >= until;
        record.tries = 0;
        record.work = work.written()?;
        record.held_until = (!rests).then(|| later(now, HELD_FOR));
        let due = record.held_until.unwrap_or_else(|| later(now, LOOKED_AFTER));
        if !store.save_job(&mut record, (!ends).then_some(due), None, &Traces::default()).await? {
            tracing::info!(job = %task.job, "a job was stopped, or somebody else works on it");
            return Ok(());
        }
        if ends {
            tracing::info!(job = %task.job, kind = ?record.job.kind, state = ?record.job.state, "a job has ended");
            return Ok(());
        }
        if rests {
            break;
        }
    }
    Ok(app.queues.enqueue_job(task).await?)
}

async fn one_step(worker: &Worker<'_>, job: &mut Job, work: &mut Work) -> Result<Step, Failure> {
    match work {
        Work::ContactImport(import) => imports::step(worker, job, import).await,
        Work::ContactExport(export) => exports::step(worker, job, export).await,
        Work::ConversationsBulk(bulk) => bulk::step(worker, job, bulk).await,
        Work::Reconciliation(place) => reconciliation::step(worker, job, place).await,
    }
}

/// Takes a job up; `None`: there is nothing to do, or somebody else does it.
async fn take_up(app: &App, store: &AccountStore, id: JobId) -> Result<Option<JobRecord>, Failure> {
    let Some(mut record) = store.job(id).await? else { return Ok(None) };
    let now = app.now();
    let held = record.held_until.is_some_and(|until| until > now);
    if held || !matches!(record.job.state, JobState::Queued | JobState::Running) {
        return Ok(None);
    }
    record.tries = record.tries.saturating_add(1);
    if record.tries > TRIES_MAX {
        tracing::error!(job = %id, kind = ?record.job.kind, metric = "job_given_up", "a job came no further");
        record.job.end(JobState::Failed, Some(JobFailure::GaveUp), now);
        store.save_job(&mut record, None, None, &Traces::default()).await?;
        return Ok(None);
    }
    record.job.state = JobState::Running;
    let until = later(now, HELD_FOR);
    record.held_until = Some(until);
    let taken = store.save_job(&mut record, Some(until), None, &Traces::default()).await?;
    Ok(taken.then_some(record))
}

/// Queues jobs that nobody works on although somebody should. Called every minute.
pub async fn queue_stuck(app: &App) -> Result<u32, Failure> {
    let mut queued = 0_u32;
    for (account, job) in app.store.due_jobs(app.now(), QUEUED_AT_ONCE).await? {
        app.queues.enqueue_job(&JobTask { account, job }).await?;
        queued = queued.saturating_add(1);
    }
    Ok(queued)
}

/// Writes a part of a job's results: rows of JSON. The same again changes nothing.
pub(crate) async fn put_results<T: Serialize>(
    worker: &Worker<'_>,
    job: &Job,
    number: u32,
    rows: &[T],
) -> Result<(), Failure> {
    let content =
        serde_json::to_vec(rows).map_err(|_| Failure::Broken("the results of a job cannot be written"))?;
    Ok(worker.store.put_job_part(job, &JobPart { series: Series::Results, number, content }).await?)
}

/// The next part of a job's results.
pub(crate) async fn next_results<T: DeserializeOwned>(
    store: &AccountStore,
    job: JobId,
    cursor: Option<&str>,
) -> Result<Page<T>, JobError> {
    let found = store.next_job_part(job, Series::Results, cursor).await??;
    let mut items = Vec::new();
    for part in found.items {
        let rows: Vec<T> = serde_json::from_slice(&part)
            .map_err(|_| Failure::Broken("the results of a job cannot be read"))?;
        items.extend(rows);
    }
    Ok(Page { items, next_cursor: found.next_cursor })
}
