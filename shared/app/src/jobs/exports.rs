//! Exporting contacts (A20): a job reads them page by page and keeps what the file will say, in parts. Who fetches a part is
//! in the audit log, as who started the export is.

use domain::{
    access::Permission,
    audit::AuditAction,
    contact::{Contact, FieldKey},
    id::{ContactListId, JobId},
    job::{Job, JobFailure, JobKind, JobState, Outcome},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::{JOB_PART_BYTES_MAX, Page, PageRequest, StoreError};

use super::{JobError, Step, Work, Worker, begin, next_results, of_kind, put_results};
use crate::{App, Caller, Failure, audit::NOTHING};

/// Contacts read in one step. With everything that a contact can have, so many fit a part.
const AT_ONCE: u32 = 100;

/// What is exported, and where it has come to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Export {
    /// Only who is on this list.
    #[serde(default)]
    list: Option<ContactListId>,
    /// The custom fields that the account had when the export was started: the file's last columns.
    fields: Vec<FieldKey>,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    parts: u32,
}

/// A row of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportedContact {
    /// Who.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their numbers.
    pub numbers: Vec<String>,
    /// Their e-mail addresses.
    pub emails: Vec<String>,
    /// Who looks after them, by their id.
    pub owner: String,
    /// Whether they are on the stop list.
    pub blocked: bool,
    /// Since when the account knows them.
    pub created_at: String,
    /// Their custom fields, in the order of the columns.
    pub fields: Vec<String>,
}

/// A part of the file.
#[derive(Clone, Debug)]
pub struct ExportPart {
    /// The custom fields that are columns.
    pub fields: Vec<FieldKey>,
    /// The rows.
    pub contacts: Vec<ExportedContact>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// Why an export was not started or shown.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// For a reason that jobs have.
    #[error(transparent)]
    Job(#[from] JobError),
    /// There is no such list.
    #[error("there is no such list")]
    NoSuchList,
    /// It has not come to its end.
    #[error("the export is not done")]
    NotDone,
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Job(error.into())
    }
}

/// Starts an export of all contacts, or of those on a list.
pub async fn start(app: &App, caller: &Caller, list: Option<ContactListId>) -> Result<Job, ExportError> {
    caller.require(Permission::ContactsExport).map_err(JobError::from)?;
    let store = app.store.account(caller.account);
    if let Some(list) = list {
        store.contact_list(list).await?.ok_or(ExportError::NoSuchList)?;
    }
    let fields = store.contact_fields().await?.fields.into_iter().map(|field| field.key).collect();
    let work = Work::ContactExport(Export { list, fields, cursor: None, parts: 0 });
    Ok(begin(app, caller, &work, JobState::Queued, json!({"list_id": list})).await?)
}

/// An export.
pub async fn get(app: &App, caller: &Caller, id: JobId) -> Result<Job, JobError> {
    Ok(of_kind(app, caller, id, JobKind::ContactExport, Permission::ContactsExport).await?.job)
}

/// A part of the file. The audit log knows of it before anybody has it.
pub async fn part(
    app: &App,
    caller: &Caller,
    id: JobId,
    cursor: Option<&str>,
) -> Result<ExportPart, ExportError> {
    let record = of_kind(app, caller, id, JobKind::ContactExport, Permission::ContactsExport).await?;
    if record.job.state != JobState::Done {
        return Err(ExportError::NotDone);
    }
    let Work::ContactExport(Export { fields, list, .. }) =
        Work::read(&record.work).map_err(JobError::from)?
    else {
        return Err(JobError::from(Failure::Broken("an export is none")).into());
    };
    let store = app.store.account(caller.account);
    let Page { items, next_cursor } = next_results(&store, id, cursor).await?;
    let what = json!({"contacts": items.len(), "first_part": cursor.is_none(), "list_id": list});
    store.put_audit(&caller.audit(app, AuditAction::ContactsExported, id, &NOTHING, &what)).await?;
    Ok(ExportPart { fields, contacts: items, next_cursor })
}

pub(super) async fn step(worker: &Worker<'_>, job: &mut Job, export: &mut Export) -> Result<Step, Failure> {
    if worker.caller.require(Permission::ContactsExport).is_err() {
        return Ok(Step::Failed(JobFailure::NotAllowed));
    }
    let page = PageRequest { limit: AT_ONCE, cursor: export.cursor.as_deref() };
    let (contacts, next) = match export.list {
        None => {
            let found = worker.store.contacts(page).await?;
            let found = found.map_err(|_| Failure::Broken("the cursor of a job is not understood"))?;
            (found.items, found.next_cursor)
        }
        Some(list) => {
            let found = worker.store.members(list, page).await?;
            let found = found.map_err(|_| Failure::Broken("the cursor of a job is not understood"))?;
            (found.items.into_iter().map(|member| member.contact).collect(), found.next_cursor)
        }
    };
    let rows: Vec<ExportedContact> = contacts.iter().map(|it| row(it, &export.fields)).collect();
    for part in split(&rows)? {
        export.parts = export.parts.saturating_add(1);
        put_results(worker, job, export.parts, part).await?;
    }
    for _ in &rows {
        job.progress.count(Outcome::Done);
    }
    export.cursor = next;
    Ok(if export.cursor.is_some() { Step::More } else { Step::Done })
}

/// Halves what does not fit one part.
fn split(rows: &[ExportedContact]) -> Result<Vec<&[ExportedContact]>, Failure> {
    let bytes = serde_json::to_vec(rows).map_err(|_| Failure::Broken("contacts cannot be written"))?.len();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    if bytes <= JOB_PART_BYTES_MAX || rows.len() < 2 {
        return Ok(vec![rows]);
    }
    let (left, right) = rows.split_at(rows.len() / 2);
    let (mut parts, right) = (split(left)?, split(right)?);
    parts.extend(right);
    Ok(parts)
}

fn row(it: &Contact, fields: &[FieldKey]) -> ExportedContact {
    let text = |key| it.fields.get(key).map(|text| text.as_str().to_owned()).unwrap_or_default();
    ExportedContact {
        id: it.id.to_string(),
        name: it.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
        numbers: it.numbers.iter().map(|number| number.as_str().to_owned()).collect(),
        emails: it.emails.iter().map(|email| email.as_str().to_owned()).collect(),
        owner: it.owner.map(|owner| owner.to_string()).unwrap_or_default(),
        blocked: it.blocked_since.is_some(),
        created_at: it.created_at.to_string(),
        fields: fields.iter().map(text).collect(),
    }
}
