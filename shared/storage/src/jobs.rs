//! Jobs: work that takes longer than a request may, in slices.
//!
//! A job's item says what is to be done and how far it has come. Whoever works on it holds it for a while; each save is made
//! over the version that was read, so of two workers only one gets on. Files that go in and results that come out lie in
//! parts of at most [`JOB_PART_BYTES_MAX`], each an item of its own.

use domain::{
    id::{AccountId, JobId},
    job::{Job, JobFailure, JobKind, JobState, Progress, Starter},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AccountStore, Store, Traces,
    administered::over,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, NewItem, Stored, millis, read, text},
    keys::{self, PK, SK},
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// The largest part of a file, so that it fits an item with room to spare.
pub const JOB_PART_BYTES_MAX: usize = 256 * 1024;
/// How long a job and its parts are kept.
pub const JOB_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a part of a job belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// The file that somebody has uploaded.
    Upload,
    /// The results.
    Results,
}

/// A part of what belongs to a job.
#[derive(Clone, PartialEq, Eq)]
pub struct JobPart {
    /// Of what.
    pub series: Series,
    /// Its number, from 1.
    pub number: u32,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Its size only: files and results tell of people.
impl std::fmt::Debug for JobPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JobPart({:?} {}, {} bytes)", self.series, self.number, self.content.len())
    }
}

/// A job as it was read.
#[derive(Clone, Debug)]
pub struct JobRecord {
    /// The job.
    pub job: Job,
    /// What is to be done, and the place where it has come to: the business of its kind.
    pub work: Value,
    /// Until when a worker has it to itself.
    pub held_until: Option<Timestamp>,
    /// How often it was taken up since it last came further.
    pub tries: u32,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct JobItem {
    id: JobId,
    kind: JobKind,
    state: JobState,
    starter: Starter,
    #[serde(with = "millis")]
    created_at: Timestamp,
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<JobFailure>,
    progress: Progress,
    /// As JSON text: what is in it is known to the kind of job only.
    work: String,
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    held_until: Option<Timestamp>,
    #[serde(default)]
    tries: u32,
    version: u64,
}

impl Stored for JobItem {
    const KIND: &'static str = "job";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct JobPartItem {
    #[serde(with = "binary")]
    content: Vec<u8>,
}

impl Stored for JobPartItem {
    const KIND: &'static str = "job_part";
}

impl JobItem {
    fn record(self) -> Result<JobRecord, StoreError> {
        let Self { id, kind, state, starter, created_at, ended_at, failure, progress, .. } = self;
        let work =
            serde_json::from_str(&self.work).map_err(|_| StoreError::unreadable(Self::KIND, "its work"))?;
        let job = Job { id, kind, state, starter, created_at, ended_at, failure, progress };
        Ok(JobRecord { job, work, held_until: self.held_until, tries: self.tries, version: self.version })
    }
}

/// The writes of a change of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Job,
    Part,
    Traces,
}

impl Store {
    /// Jobs that somebody should have worked on by `now`, oldest first, at most `limit` of each shard.
    pub async fn due_jobs(&self, now: Timestamp, limit: u32) -> Result<Vec<(AccountId, JobId)>, StoreError> {
        let items = self.due(keys::due_jobs, now, limit).await?;
        let read = |item: &Item| keys::parse_job(text(item, PK)?, text(item, SK)?);
        Ok(items.iter().filter_map(read).collect())
    }
}

impl AccountStore {
    /// A job of the account.
    pub async fn job(&self, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        let item: Option<JobItem> = self.store.get(keys::job(self.account, id)).await?;
        item.map(JobItem::record).transpose()
    }

    /// A page of the account's jobs, newest first.
    pub async fn jobs(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<JobRecord>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Table, keys::jobs(self.account), page.limit).newest_first();
        self.page("jobs", request, page, |item| read::<JobItem>(item)?.record()).await
    }

    /// Saves a job over the version that was read, with a part that belongs to the change and with its traces; the record
    /// then has its new version. `due`: when the sweep is to look after it. `false`: somebody else has changed it.
    pub async fn save_job(
        &self,
        record: &mut JobRecord,
        due: Option<Timestamp>,
        part: Option<&JobPart>,
        traces: &Traces,
    ) -> Result<bool, StoreError> {
        let version = record.version.saturating_add(1);
        let job = self.job_item(record, version, due)?;
        let expect = over(record.version);
        let written = if part.is_none() && traces.audit.is_empty() && traces.mails.is_empty() {
            self.store.put_if(job, expect).await?
        } else {
            let mut transaction = Transaction::new(&self.store);
            transaction.put(Write::Job, job, Some(expect));
            if let Some(part) = part {
                transaction.put(Write::Part, self.part_item(&record.job, part)?, None);
            }
            self.leave(&mut transaction, Write::Traces, traces)?;
            match transaction.run(&self.store).await {
                Ok(()) => true,
                Err(TransactionError::Refused(_)) => false,
                Err(TransactionError::Store(error)) => return Err(error),
            }
        };
        if written {
            record.version = version;
        }
        Ok(written)
    }

    fn job_item(
        &self,
        record: &JobRecord,
        version: u64,
        due: Option<Timestamp>,
    ) -> Result<NewItem, StoreError> {
        let Job { id, kind, state, starter, created_at, ended_at, failure, progress } = record.job.clone();
        let (work, held_until, tries) = (record.work.to_string(), record.held_until, record.tries);
        let item = JobItem {
            id,
            kind,
            state,
            starter,
            created_at,
            ended_at,
            failure,
            progress,
            work,
            held_until,
            tries,
            version,
        };
        let item = NewItem::new(keys::job(self.account, id), &item)?.expiring(kept_until(created_at));
        Ok(match due {
            Some(due) => item.wanting_attention(keys::due_jobs(keys::job_shard(id)), due),
            None => item,
        })
    }

    fn part_item(&self, job: &Job, part: &JobPart) -> Result<NewItem, StoreError> {
        let key = keys::job_part(self.account, job.id, part.series, part.number);
        let item = NewItem::new(key, &JobPartItem { content: part.content.clone() })?;
        Ok(item.expiring(kept_until(job.created_at)))
    }

    /// Writes a part of a job. The same again changes nothing.
    pub async fn put_job_part(&self, job: &Job, part: &JobPart) -> Result<(), StoreError> {
        let anyway =
            Expect { expression: "attribute_not_exists(pk) OR attribute_exists(pk)", values: Vec::new() };
        self.store.put_if(self.part_item(job, part)?, anyway).await.map(drop)
    }

    /// What is in a part.
    pub async fn job_part(
        &self,
        job: JobId,
        series: Series,
        number: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let item: Option<JobPartItem> =
            self.store.get(keys::job_part(self.account, job, series, number)).await?;
        Ok(item.map(|item| item.content))
    }

    /// The next part of a series, and the cursor of the one after it.
    pub async fn next_job_part(
        &self,
        job: JobId,
        series: Series,
        cursor: Option<&str>,
    ) -> Result<Result<Page<Vec<u8>>, InvalidCursor>, StoreError> {
        let partition = keys::job_parts(self.account, job, series);
        let (request, page) =
            (Read::new(Index::Table, partition.clone(), 1), PageRequest { limit: 1, cursor });
        self.page(&partition, request, page, |item| Ok(read::<JobPartItem>(item)?.content)).await
    }
}

fn kept_until(created_at: Timestamp) -> Timestamp {
    created_at.checked_add(JOB_KEPT).unwrap_or(Timestamp::MAX)
}

/// Bytes as the table's binary attributes.
mod binary {
    use std::fmt;

    use serde::{
        Deserializer, Serializer,
        de::{self, Visitor},
    };

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }

            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }
        }

        deserializer.deserialize_byte_buf(Bytes)
    }
}
